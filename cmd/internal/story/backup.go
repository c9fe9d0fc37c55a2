package story

import (
	"bytes"
	"strings"
)

// sites stand for three places far apart.
func sites() []string { return []string{"one", "two", "three"} }

// backUp seals the desk's home once, ships it to three sites, and restores it
// from one of them by stock tools alone.
func (s *scene) backUp() {
	for _, name := range sites() {
		s.run(line("strongroom backup store add %s sites/%s", name, name).shows(2, 1))
	}
	s.run(line("strongroom backup run --key officers/alice").shows(24, 4))
	s.sameEverywhere()
	s.run(line("strongroom backup verify --level V1").shows(8, 2))
	s.run(line("strongroom backup verify --level V3").shows(8, 2))
	seconds := s.restore()
	s.certify(seconds)
	s.run(line("strongroom backup status").shows(16, 2))
}

// sameEverywhere wants the three sites to hold the same bytes.
func (s *scene) sameEverywhere() {
	out := s.run(pipe("find sites -name 'payload-*.age-payload' | sort | xargs sha256sum"))
	first := s.find(out, `([0-9a-f]{64})`)
	s.want(s.err != nil || strings.Count(out, first) >= len(sites()), "the same ciphertext at three sites, found different ones")
}

// restore opens the copy of site two with dave's key and no program of ours.
// It returns the seconds that it took.
func (s *scene) restore() int {
	s.say("A restore, by stock programs only, with the key of an officer who had no part in the backup:")
	began := s.w.Now()
	s.folder("restored")
	s.run(pipe("cat %s \\\n    %s \\\n    | age -d -i officers/dave | zstd -d -q | tar x -C restored",
		s.one("sites/two", "header-*-1-*.age"), s.one("sites/two", "payload-*.age-payload")))
	s.run(pipe("cd restored && sha256sum -c SHA256SUMS | tail -n 3"))
	s.run(pipe("cd restored && sha256sum -c --quiet SHA256SUMS && wc -l < SHA256SUMS"))
	policy, restored := s.read("desk/policy-1.txt"), s.read("restored/policy-1.txt")
	s.want(s.err != nil || bytes.Equal(policy, restored), "the restored policy-1.txt equal to the desk's, found another")
	s.say("The sealed shares came back as well. They open for their holders alone:")
	s.compareShare("cora", s.one("restored/shares", "share-*-cora.age"), "restored/registry/texts/*")
	return max(1, int(s.w.Now().Sub(began).Seconds()))
}

// certify has the restored folder judged by its content, and two officers sign
// what was found.
func (s *scene) certify(seconds int) {
	out := s.run(line("strongroom drill restored restored --snapshot 1 --store two --seconds %d --present carol --present dave -o drill.txt", seconds))
	id := s.find(out, `(?m)^certificate\s+([0-9a-f]{64})$`)
	for _, who := range []string{"carol", "dave"} {
		s.run(line("strongroom drill sign drill.txt --key officers/%s", who).typing(asksID, s.short(id)).shows(0, 3))
	}
	out = s.run(line("strongroom drill show drill.txt"))
	s.want(s.err != nil || strings.Contains(out, "V5"), "a certificate of level V5, found another")
}
