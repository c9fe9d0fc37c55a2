package story

import (
	"regexp"
	"strings"
)

// cooling is how many blocks the demo's policy lets a loosening wait.
const cooling = 12

// change has the policy changed: somebody new, and a new payee. No signer can be
// hurried, and one that comes late follows those that have waited.
func (s *scene) change() {
	s.draftTwo()
	id := s.find(s.run(line("strongroom propose amendment --memo").and("Kate joins treasury; the otc desk may be paid", "--key", "officers/alice").
		reading(asksID, firstID)), idPattern)
	s.say("Three people of treasury approve the difference, line by line, and Kate consents with her own key: it works, and she knows.")
	amendment := order{name: "amendment", id: id}
	for _, who := range []string{"bob", "carol", "dave"} {
		s.approve(amendment, who)
	}
	s.run(line("strongroom consent policy-2 --key officers/kate").reading(asksID, policyHash).shows(4, 3))
	s.record(amendment)
	s.say("Too early: the signer has no clock, but it counts blocks.")
	s.run(line("strongroom bundle %s -o carrier/early-rules", s.short(id)).silently())
	s.refused("signer-a", "carrier/early-rules", "CLK-COOLING")
	s.mine(cooling)
	s.say("%d blocks later Frank, a watcher from outside, looks at the logs and says that nobody objects. Without him nothing happens.", cooling)
	s.run(line("strongroom clear %s --key officers/frank", s.short(id)).reading(asksID, firstID).shows(12, 6))
	s.adopt(amendment)
}

// policyHash reads the first digits of the policy's hash that stands on the
// screen.
func policyHash(screen string) string {
	m := regexp.MustCompile(`(?m)^policy\s+([0-9a-f]{64})`).FindStringSubmatch(screen)
	if m == nil {
		return ""
	}
	return m[1][:8]
}

// newHash reads the first digits of the policy that a signer is asked to adopt.
func newHash(screen string) string {
	m := regexp.MustCompile(`version \d+ of the policy\s+([0-9a-f]{64})`).FindStringSubmatch(screen)
	if m == nil {
		return ""
	}
	return m[1][:8]
}

// draftTwo writes version 2 of the policy.
func (s *scene) draftTwo() {
	s.run(line("strongroom policy draft start").shows(4, 2))
	s.run(line("ssh-keygen -q -t ed25519 -C kate -f officers/kate -N").and("").shows(2, 0))
	s.run(line("strongroom officer enrol kate --org acme-ops --name").and("Kate Kern", "--key", "officers/kate.pub", "--group", "treasury").silently())
	s.payee["otc-desk"] = s.stranger()
	s.run(line("strongroom policy draft destination otc-desk --address %s --cap 5.00000000 --window 1008", s.payee["otc-desk"]).shows(3, 1))
	out := s.run(line("strongroom policy diff"))
	s.want(s.err != nil || strings.Contains(out, "loosen"), "the class loosen, found another")
}

// record begins the wait on two signers.
func (s *scene) record(o order) {
	s.run(line("strongroom bundle %s -o carrier/%s", s.short(o.id), o.name).shows(20, 3))
	for i, name := range []string{"signer-a", "signer-b"} {
		c := signer(name, "record carrier/%s -o carrier/%s", o.name, s.answer(o, name)).
			typing(asksID, s.short(o.id)).reading("hash of version", newHash)
		if i > 0 {
			c = c.shows(3, 4)
		}
		s.run(c)
	}
	s.run(line("strongroom receive carrier/%s carrier/%s", s.answer(o, "signer-a"), s.answer(o, "signer-b")).silently())
}

// adopt brings the change to all three signers; the third has not waited.
func (s *scene) adopt(o order) {
	for i, name := range signers() {
		bundle := "carrier/rules" + strings.TrimPrefix(name, "signer")
		s.run(line("strongroom bundle %s -o %s", s.short(o.id), bundle).silently())
		if i == 2 {
			s.say("C was far away. It wants the same signatures and the same clearance, but it need not wait again: two others have.")
		}
		c := signer(name, "release %s -o %s-answer", bundle, bundle).
			typing(asksID, s.short(o.id)).reading("hash of version", newHash)
		if i > 0 {
			c = c.shows(3, 4)
		}
		s.run(c)
		s.run(line("strongroom receive %s-answer", bundle).silently())
	}
	out := s.run(line("strongroom policy log"))
	s.want(s.err != nil || regexp.MustCompile(`\b2\b.*loosen`).MatchString(out), "version 2 in force, found otherwise")
}

// brake has a freeze stop a withdrawal that is signed for, and a quorum lift it.
func (s *scene) brake() {
	s.fourth = s.propose("fourth", "otc-desk", "0.01000000", "First block trade, ticket TR-4414", true)
	s.approve(s.fourth, "kate")
	s.approve(s.fourth, "bob")
	s.say("Everything is approved. Then Grace hears that Alice's laptop is gone, and pulls the brake: one officer is enough.")
	out := s.run(line("strongroom freeze all --memo").and("maker's laptop reported stolen", "--key", "officers/grace").reading(asksID, firstID).shows(4, 6))
	freeze := s.find(out, idPattern)
	s.run(line("strongroom build %s", s.short(s.fourth.id)).shows(14, 2))
	s.run(line("strongroom bundle %s -o carrier/frozen", s.short(s.fourth.id)).silently())
	s.refused("signer-a", "carrier/frozen", "FRZ-ACTIVE")
	s.run(line("strongroom receive carrier/frozen.signer-a").silently())
	s.say("The laptop was found under a desk. To let go again takes a quorum.")
	thaw := order{name: "thaw", id: s.find(s.run(line("strongroom propose thaw %s --memo", s.short(freeze)).and("found, and never unlocked", "--key", "officers/alice").
		reading(asksID, firstID).shows(4, 4)), idPattern)}
	s.approve(thaw, "carol")
	s.approve(thaw, "dave")
	s.run(line("strongroom bundle %s %s -o carrier/%s", s.short(thaw.id), s.short(s.fourth.id), s.fourth.name).shows(20, 4))
	for i, name := range []string{"signer-a", "signer-b"} {
		s.thaw(thaw, name, i > 0)
	}
	s.fourth.txid = s.send(s.fourth, "signer-a", "signer-b", true)
	s.run(line("strongroom receive carrier/%s carrier/%s", s.answer(s.fourth, "signer-a"), s.answer(s.fourth, "signer-b")).silently())
}

// thaw lifts the freeze on a signer and releases what it held up.
func (s *scene) thaw(thaw order, name string, brief bool) {
	to := s.payee[s.fourth.label]
	c := signer(name, "release carrier/%s -o carrier/%s --operator ivan", s.fourth.name, s.answer(s.fourth, name)).
		typing(asksID, s.short(thaw.id)).
		typing(asksID, s.short(s.fourth.id)).typing(asksAmount, s.fourth.amount).typing(asksAddress, to[max(0, len(to)-4):])
	if brief {
		c = c.shows(4, 8)
	}
	s.run(s.opened(c, name))
}
