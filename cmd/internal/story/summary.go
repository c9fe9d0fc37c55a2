package story

import (
	"fmt"
	"path/filepath"
	"time"
)

// summary closes the story: what exists where, how long it took, what to try.
func (s *stage) summary(number int) {
	s.heading(number, number, "What there is now")
	s.blank()
	if s.o.Keep {
		s.say("Everything is in %s:", s.o.Folder)
		s.blank()
	}
	s.w.Table([]string{"folder", "what"}, [][]string{
		{"desk/", "the online program's home: policy, registry, wallet; no key"},
		{"signer-a/ -b/ -c/", "three air-gapped homes: a log each, and no key"},
		{"media/", "nine holders' media: a sealed share each"},
		{"officers/ holders/", "people's ssh keys (no passphrase: a demo's)"},
		{"carrier/", "all that crossed the gap, and the seven attacks"},
		{"sites/", "three copies of one sealed snapshot"},
		{"drill/", "a restore of one of them, by age, zstd and tar"},
		{"drill.txt", "the certificate of that restore, signed by two officers"},
		{"node/", "the private chain"},
	})
	s.blank()
	rows := [][]string{}
	var all time.Duration
	for i, t := range s.times {
		rows = append(rows, []string{fmt.Sprint(i + 1), t.title, fmt.Sprintf("%.1f", t.took.Seconds())})
		all += t.took
	}
	s.w.Table([]string{">step", "what", ">seconds"}, append(rows, []string{"", "all", fmt.Sprintf("%.1f", all.Seconds())}))
	s.blank()
	for _, o := range []order{s.first, s.second, s.fourth} {
		s.say("%s transaction %s", o.outcome(), o.txid)
	}
	s.tryNext()
}

func (s *stage) tryNext() {
	s.blank()
	if !s.o.Keep {
		s.say("The folder is removed now. To look into it:")
		s.prompt("strongroom demo --keep DIR")
		return
	}
	s.say("To try next (the node has stopped):")
	for _, l := range []string{
		"cd " + s.o.Folder,
		"export PATH=" + filepath.Dir(s.o.Program) + ":$PATH STRONGROOM_HOME=$PWD/desk",
		"strongroom queue --all",
		"strongroom why " + s.third.id[:8],
		"strongroom log show signer-a",
		"strongroom verify drill/restored",
		"strongroom-signer --home signer-a inspect carrier/attack-2",
	} {
		s.styled(bold, "$ "+l)
	}
}
