package story

import (
	"os"
	"regexp"
	"strings"

	"strongroom/quorum/text"
)

// officer is a person of the vault.
type officer struct {
	id, name, org, key string
	groups             []string
}

func officers() []officer {
	both := []string{"recovery", "treasury"}
	return []officer{
		{"alice", "Alice Adler", "acme-ops", "ed25519", []string{"treasury"}},
		{"bob", "Bob Brandt", "acme-ops", "ecdsa", []string{"treasury"}},
		{"carol", "Carol Conti", "acme-ops", "ed25519", both},
		{"dave", "Dave Duval", "acme-ops", "ed25519", both},
		{"erin", "Erin Egede", "acme-ops", "ed25519", both},
		{"frank", "Frank Farkas", "audit-llp", "ed25519", []string{"watch"}},
		{"grace", "Grace Gruber", "law-firm", "ed25519", []string{"watch"}},
	}
}

// agree writes the first policy, has everybody consent, and lets every signer
// trust it.
func (s *scene) agree() {
	s.writePolicy()
	s.consent()
	s.mistrust()
	for i, name := range signers() {
		s.trust(name, i == 0)
		if i == 0 {
			s.swapWallet(name)
		}
		s.enroll(name, i == 0)
	}
	s.run(line("strongroom receive carrier/signer-a-enrolled carrier/signer-b-enrolled carrier/signer-c-enrolled").shows(6, 1))
	out := s.run(line("strongroom wallet shares").shows(11, 9))
	s.want(s.err != nil || strings.Count(out, "none with anybody who has left") == len(signers()), "no share with anybody who has left, found one")
}

// hire makes everybody's ssh key and enters them into the draft.
func (s *scene) hire() {
	s.say("Seven officers, each with a fresh ssh key; bob's is of another kind (P-256).")
	for i, o := range officers() {
		c := line("ssh-keygen -q -t %s -C %s -f officers/%s -N", o.key, o.id, o.id)
		if o.key == "ecdsa" {
			c = line("ssh-keygen -q -t ecdsa -b 256 -C %s -f officers/%s -N", o.id, o.id)
		}
		s.run(c.and("").shows(2, 0))
		c = line("strongroom officer enrol %s --org %s --name", o.id, o.org).and(o.name, "--key", "officers/"+o.id+".pub")
		for _, g := range o.groups {
			c = c.and("--group", g)
		}
		if i > 0 {
			c = c.silently()
		}
		s.run(c)
	}
}

// writePolicy names the payees and fixes the policy's text.
func (s *scene) writePolicy() {
	for _, d := range []struct{ label, cap, window string }{{"exchange-hot", "20.00000000", "1008"}, {"payroll", "2.00000000", "4320"}} {
		s.payee[d.label] = s.stranger()
		s.run(line("strongroom policy draft destination %s --address %s --cap %s --window %s", d.label, s.payee[d.label], d.cap, d.window).shows(3, 1))
	}
	s.say("On a chain without value nothing waits unless somebody says so. Here a loosening of the rules shall wait: one line of the draft is changed, as an editor would.")
	s.run(pipe("sed -i 's/^act loosen cool 0 named$/act loosen cool %d named/' desk/draft.txt", cooling))
	s.run(line("strongroom policy draft finish"))
	s.run(pipe("grep -E '^(clock|wallet|device|tier|need (small|large)|quiet|witness-need)' \\\n    desk/policy-1.txt"))
	policy := string(s.read("desk/policy-1.txt"))
	for _, l := range []string{`clock test`, `tier small below \S+ rBTC window \d+ cool 0 named`, `quiet destination 0`, `quiet policy 0`, `witness-need 0`, `wallet main active [0-9a-f]{64} 2 3`} {
		s.want(s.err != nil || regexp.MustCompile(`(?m)^`+l+`$`).MatchString(policy), "the line %q in policy-1.txt, found none", l)
	}
	s.want(s.err != nil || !regexp.MustCompile(`(?m)^clear (small|large) `).MatchString(policy), "no tier that watchers clear in policy-1.txt, found one")
	out := s.run(pipe("cd desk && sha256sum policy-1.txt"))
	s.genesis = s.find(out, `([0-9a-f]{64})`)
	s.say("That hash, by a stock tool, is what the officers compare and what each signer will be told.")
}

// consent has everybody read the policy and sign it.
func (s *scene) consent() {
	for i, o := range officers() {
		c := line("strongroom consent policy-1 --key officers/%s", o.id).typing("first 8", s.short(s.genesis))
		if i == 0 {
			c = c.shows(30, 4)
		} else {
			c = c.shows(0, 2)
		}
		s.run(c)
	}
	s.run(line("strongroom bundle policy-1 -o carrier/founding").shows(15, 3))
}

// short is what a person types of an id.
func (s *scene) short(id string) string { return id[:min(len(id), 8)] }

// mistrust shows what a signer does not trust: a hash that is one digit off.
func (s *scene) mistrust() {
	if s.err != nil {
		return
	}
	wrong := []byte(s.genesis)
	if wrong[len(wrong)-1]++; wrong[len(wrong)-1] > '9' {
		wrong[len(wrong)-1] = '0'
	}
	s.say("First with one digit mistyped: the signer trusts no policy but the one that a person names.")
	out := s.run(signer("signer-a", "trust carrier/founding").typing("hash", string(wrong)).ends(3).resumes(2, "Its SHA-256"))
	s.want(s.err != nil || strings.Contains(out, "POL-GENESIS"), "the code POL-GENESIS, found another")
}

// trust makes one signer trust the policy.
func (s *scene) trust(name string, first bool) {
	c := signer(name, "trust carrier/founding").typing("hash", s.genesis)
	if !first {
		c = c.shows(3, 3)
	}
	s.run(c)
}

// swapWallet shows what a signer does not enroll: a wallet that looks like the
// policy's, with one key of somebody else's.
func (s *scene) swapWallet(name string) {
	s.say("Somebody swaps the wallet's file on the carrier for a look-alike:")
	s.copyFolder("carrier/founding", "carrier/swapped")
	old := s.one("carrier/swapped", "descriptor-*.txt")
	like := s.lookAlike(s.wallet(old))
	if s.err != nil {
		return
	}
	s.must(os.Remove(s.in(old)))
	s.write("carrier/swapped/descriptor-"+text.Identity(like.File()).Short()+".txt", like.File())
	out := s.run(signer(name, "enroll carrier/swapped").ends(3))
	s.want(s.err != nil || strings.Contains(out, "POL-NOWALLET"), "the code POL-NOWALLET, found another")
}

// enroll makes one signer enroll the wallet, and compares the address that it
// derives.
func (s *scene) enroll(name string, first bool) {
	last := s.receive[max(0, len(s.receive)-4):]
	c := signer(name, "enroll carrier/founding -o carrier/%s-enrolled", name).typing("last 4", last)
	if !first {
		c = c.shows(3, 5)
	}
	joined := strings.Join(strings.Fields(s.run(c)), "")
	s.want(s.err != nil || strings.Contains(joined, s.receive), "%s to derive %s, found another address", name, s.receive)
}
