package story

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// keyHolder is somebody who holds a share of one key.
type keyHolder struct {
	id, name string
	by       seal
}

// seal is what a share opens with.
type seal int

const (
	passphrase seal = iota + 1
	ageKey          // a key file of age's own
	sshKey          // the key by which its holder also signs
)

// site is where a signer's machine and the shares of its key are.
type site struct {
	place   string
	holders []keyHolder
}

// siteOf returns where a signer is. Nobody holds shares of two keys, and no two
// keys are in one place.
func siteOf(signer string) site {
	switch signer {
	case "signer-a":
		return site{"geneva", []keyHolder{{"ada", "Ada Amsel", sshKey}, {"anna", "Anna Arp", passphrase}, {"arno", "Arno Abt", ageKey}}}
	case "signer-b":
		return site{"bergen", []keyHolder{{"bea", "Bea Bohl", ageKey}, {"birgit", "Birgit Bang", sshKey}, {"boris", "Boris Beck", ageKey}}}
	}
	return site{"como", []keyHolder{{"clara", "Clara Cox", passphrase}, {"cora", "Cora Cone", ageKey}, {"cyril", "Cyril Cady", sshKey}}}
}

// makeKeys founds the desk, has its officers in the draft, and makes a key at each
// of three signers.
func (s *scene) makeKeys() {
	s.run(line("strongroom init --home desk --vault acme-treasury --chain regtest --preset team --node node.txt").shows(6, 2))
	s.hire()
	s.review()
	s.say("Nine more people will hold the shares, three of each key. Each gets an ssh key to sign with; what opens a share is a passphrase, a key of age's, or that ssh key.")
	for i, name := range signers() {
		s.equip(name, i > 0)
		s.plan(name, i > 0)
		s.ceremony(name, i > 0)
		s.sign(name, i > 0)
	}
	s.neverInTheClear()
	s.openByStock("arno")
}

// equip makes the keys of a signer's holders.
func (s *scene) equip(name string, brief bool) {
	for i, h := range siteOf(name).holders {
		c := line("ssh-keygen -q -t ed25519 -C %s -f holders/%s -N", h.id, h.id).and("").shows(2, 0)
		if brief || i > 0 {
			s.unseen(c)
		} else {
			s.run(c)
		}
		if h.by != ageKey {
			continue
		}
		c = line("age-keygen -o holders/%s.key", h.id)
		if brief {
			s.unseen(c)
		} else {
			s.run(c)
		}
	}
}

// unseen runs a command that is like one which was shown.
func (s *scene) unseen(c command) {
	if s.err != nil {
		return
	}
	lines, exit, err := s.perform(c)
	if err == nil && exit != c.exit {
		err = fmt.Errorf("want exit status %d, found %d: %v", c.exit, exit, lines)
	}
	s.must(err)
}

// recipient is to what a holder's share is sealed.
func (s *scene) recipient(h keyHolder) string {
	switch h.by {
	case ageKey:
		return s.find(string(s.read("holders/"+h.id+".key")), `public key: (age1[0-9a-z]+)`)
	case sshKey:
		return "holders/" + h.id + ".pub"
	}
	return "passphrase"
}

// plan writes the plan of one signer's ceremony.
func (s *scene) plan(name string, brief bool) {
	at := siteOf(name)
	c := line("strongroom ceremony plan --signer %s --place %s --group 2=%s", name, at.place, at.place)
	for _, h := range at.holders {
		c = c.and("--holder", h.id+"="+s.recipient(h), "--person", h.id+"=acme-keys="+h.name, "--key", h.id+"=holders/"+h.id+".pub")
	}
	c = c.and("--entropy", at.holders[0].id+"=dice6", "--entropy", at.holders[1].id+"=coins")
	c = c.and("--administrator", "frank", "--witness", "grace", "--equipment", "laptop=Lenovo X230, serial DEMO-"+strings.ToUpper(name[len(name)-1:]))
	c = c.and("--program-file", s.o.Signer, "--build", "build", "-o", "plans/"+name+".txt")
	if brief {
		c = c.silently()
	}
	s.run(c)
}

// asksName is how the guide asks who has done a step.
var asksName = regexp.MustCompile(`^(\w+), when step \d+ is done: type your name`)

// asksOf is how it asks one person for something.
var asksOf = regexp.MustCompile(`^(?:a folder on|the file of|the number of) (\w+)'s (medium|key|bag)`)

// ceremony makes one signer's key, and takes what is public to the carrier.
func (s *scene) ceremony(name string, brief bool) {
	s.run(signer(name, "init --vault acme-treasury --signer %s --chain regtest", name).shows(2, 1))
	out := s.run(pipe("sha256sum plans/%s.txt", name))
	hash := s.short(s.find(out, `^([0-9a-f]{64})`))
	if !brief {
		s.say("From here on people sit at the machine. What they roll and their passphrases are typed unseen; whoever did a step types their name.")
	}
	at := siteOf(name)
	bags := 0
	c := signer(name, "key ceremony plans/%s.txt --build build -o carrier/%s-key", name, name).opening(s.rolled(at)).
		replying(func(l string) string {
			if m := asksName.FindStringSubmatch(l); m != nil {
				return m[1]
			}
			if m := asksOf.FindStringSubmatch(l); m != nil {
				bags++
				return map[string]string{"medium": "media/" + m[1], "key": s.keyFile(at, m[1]), "bag": fmt.Sprintf("%s-%04d", strings.ToUpper(at.place[:1]), 1200+bags)}[m[2]]
			}
			switch {
			case strings.Contains(l, "of the plan's SHA-256"):
				return hash
			case strings.Contains(l, "of the program's SHA-256"):
				return s.programEnd
			case strings.Contains(l, "; own: "):
				return "own"
			}
			return ""
		})
	if brief {
		c = c.shows(3, 16)
	}
	s.run(c)
	for _, h := range at.holders {
		s.shares[h.id] = s.one("media/"+h.id, "share-*-1-"+h.id+".age")
	}
	if !brief {
		s.run(pipe("ls carrier/%s-key media/*", name))
	}
}

// keyFile is the file that opens a holder's share.
func (s *stage) keyFile(at site, holder string) string {
	for _, h := range at.holders {
		if h.id == holder && h.by == ageKey {
			return "holders/" + holder + ".key"
		}
	}
	return "holders/" + holder
}

// rolled draws what two people roll and the passphrases of the holders, in the
// order in which they are typed: a passphrase twice, when the share is sealed and
// when it is opened again.
func (s *scene) rolled(at site) []byte {
	typed := [][]byte{s.dice(diceRolls), s.coins(coinFlips)}
	for _, h := range at.holders {
		if h.by == passphrase {
			s.passphrases[h.id] = s.passphrase()
			s.secrets = append(s.secrets, s.passphrases[h.id])
			typed = append(typed, s.passphrases[h.id], s.passphrases[h.id])
		}
	}
	s.secrets = append(s.secrets, typed[:2]...)
	all := bytes.Join(typed, []byte("\n"))
	s.secrets = append(s.secrets, all)
	return all
}

// dice rolls dice.
func (s *scene) dice(n int) []byte {
	const fair = 252 // bytes below it fall on six faces equally often
	var out []byte
	for len(out) < 2*n && s.err == nil {
		if b := s.random(1)[0]; b < fair {
			out = append(out, '1'+b%6, ' ')
		}
	}
	return out[:max(0, len(out)-1)]
}

// coins flips coins.
func (s *scene) coins(n int) []byte {
	var out []byte
	for _, b := range s.random(n) {
		out = append(out, "ht"[b&1], ' ')
	}
	return out[:len(out)-1]
}

// sign has everybody who was there sign the transcript, and checks it.
func (s *scene) sign(name string, brief bool) {
	folder := "carrier/" + name + "-key"
	transcript := s.one(folder, "transcript-*.txt")
	keys := "officers/frank officers/grace \\\n   "
	for _, h := range siteOf(name).holders {
		keys += " holders/" + h.id
	}
	signing := pipe("for k in %s; do\nssh-keygen -q -Y sign -f $k -n ceremony.v1@strongroom \\\n< %s \\\n> %s/$(basename $k).sig; done", keys, transcript, folder)
	check := pipe("strongroom ceremony check \\\n    %s \\\n    plans/%s.txt %s/*.sig", transcript, name, folder)
	if brief {
		check = check.shows(0, 1)
	}
	s.run(signing)
	s.want(s.err != nil || strings.Contains(s.run(check), "followed the plan"), "a transcript that follows its plan, found another")
	if brief {
		return
	}
	s.say("And without this program: the plan names everybody's key.")
	s.run(pipe("sed -n 's/^key //p' plans/%s.txt > present", name))
	who := siteOf(name).holders[0].id
	out := s.run(line("ssh-keygen -Y verify -f present -I %s -n ceremony.v1@strongroom -s %s/%s.sig", who, folder, who).reads(transcript))
	s.want(s.err != nil || strings.HasPrefix(out, "Good "), "a good signature of %s, found none", who)
}

// openByStock opens one share by stock age, and compares what it prints with the
// commitment that everybody signed.
func (s *scene) openByStock(who string) {
	s.say("A holder can check a share alone, with stock tools: what comes out is the commitment in the transcript, digit by digit.")
	s.compareShare(who, s.shares[who], "carrier/*-key/transcript-*.txt")
}

// compareShare opens a share by stock age, and wants the commitment that stands in
// a transcript.
func (s *scene) compareShare(who, share, transcripts string) {
	out := s.run(pipe("age -d -i holders/%s.key %s \\\n    | sha256sum", who, share))
	commitment := s.find(out, `^([0-9a-f]{64})`)
	found := s.run(pipe("grep -h '^share .* %s ' %s", who, transcripts))
	s.want(s.err != nil || strings.Contains(found, commitment), "the commitment %s in the transcript, found another", commitment)
}

// opened adds to a command of a signer the shares of two holders: one of a file,
// and one that stock age opens and hands over through a pipe.
func (s *scene) opened(c command, name string) command {
	if s.err != nil {
		return c
	}
	at := siteOf(name)
	piped := at.holders[2]
	for _, h := range at.holders[:2] {
		if h.by == passphrase {
			c = c.opening(s.passphrases[h.id])
		}
	}
	first := at.holders[0]
	if at.holders[1].by == passphrase {
		first = at.holders[1]
	}
	c = c.and("--share", s.shares[first.id])
	if first.by != passphrase {
		c = c.and("--key-file", first.id+"="+s.keyFile(at, first.id))
	}
	return c.and("--share-fd", fmt.Sprintf("%s=%d", piped.id, shareFD)).
		feeding(fmt.Sprintf("age -d -i %s %s", s.keyFile(at, piped.id), s.shares[piped.id]))
}
