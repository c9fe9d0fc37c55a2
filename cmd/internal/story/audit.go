package story

import (
	"fmt"
	"strings"
)

// audit has every decision made again, then checks the same files by stock
// tools alone: a few by hand, all of them by the commands that the replay
// prints, and once more by the shell kit.
func (s *scene) audit() {
	out := s.run(line("strongroom verify desk --genesis %s", s.genesis).resumes(40, "verdict"))
	s.want(s.err != nil || strings.Contains(out, "every one of 6 releases and 12 other decisions"), "six releases and twelve other decisions permitted, found otherwise")
	for _, a := range s.attacks() {
		s.want(s.err != nil || strings.Contains(out, a.code), "the refusal %s in the replay, found none", a.code)
	}
	s.say("And now without this program. Who asked for the first withdrawal, and who approved it:")
	bundle, name := "carrier/"+s.first.name, s.short16(s.first.id)
	s.run(pipe("sed -n 's/^signer //p' desk/policy-1.txt > roster"))
	for _, v := range []struct{ who, act string }{{"alice", "propose"}, {"carol", "approve"}, {"bob", "approve"}} {
		sig := fmt.Sprintf("%s/%s.%s.%s.sig", bundle, name, v.who, v.act)
		out := s.run(line("ssh-keygen -Y verify -f roster -I %s -n %s.v1@strongroom -s %s", v.who, v.act, sig).reads(bundle + "/" + name + ".txt"))
		s.want(s.err != nil || strings.HasPrefix(out, "Good "), "a good signature of %s, found none", v.who)
	}
	s.say("That the text is the one with that id:")
	out = s.run(pipe("cd %s && sha256sum %s.txt", bundle, name))
	s.want(s.err != nil || strings.HasPrefix(out, s.first.id), "the id %s, found another", s.first.id)
	s.stockCheckpoint()
	s.stockCommands()
	s.stockKit()
	s.neverInTheClear()
}

// short16 is what file names carry of an id.
func (s *stage) short16(id string) string { return id[:min(len(id), 16)] }

// stockCheckpoint checks the signature on signer C's log head with openssl.
func (s *scene) stockCheckpoint() {
	if s.err != nil {
		return
	}
	s.say("That signer C vouches for its log's head, with the key that the policy names:")
	head := "carrier/" + s.answer(s.second, "signer-c") + "/signer-c.checkpoint"
	s.run(pipe("sed '/^$/,$d' %s | tee head.txt", head))
	s.run(pipe("sed -n 's/^— [^ ]* //p' %s \\\n    | base64 -d | tail -c 64 > head.sig", head))
	s.run(pipe("{ printf 302a300506032b6570032100 | xxd -r -p\n" +
		"sed -n 's/^device signer-c [^+]*+[^+]*+//p' desk/policy-1.txt \\\n| base64 -d | tail -c 32; } > log-key.der"))
	out := s.run(line("openssl pkeyutl -verify -pubin -keyform DER -inkey log-key.der -rawin -in head.txt -sigfile head.sig"))
	s.want(s.err != nil || strings.Contains(out, "Signature Verified Successfully"), "openssl to find the signature good, found otherwise")
}

// stockCommands runs every command that the replay prints for an artefact, but
// for those that want Bitcoin Core.
func (s *scene) stockCommands() {
	s.say("The replay has printed such commands for every artefact. All of them, as they stand there:")
	s.run(pipe("strongroom verify desk | sed -n '/^cd /,/^# all of it/p' \\\n    | grep -v '^bitcoin-cli ' > stock-checks.sh"))
	commands := string(s.read("stock-checks.sh"))
	out := s.run(line("sh -eu stock-checks.sh").shows(12, 4))
	if s.err != nil {
		return
	}
	wanted, found := strings.Count(commands, "ssh-keygen -Y verify"), strings.Count(out, "Good \"")
	s.want(wanted > len(officers()) && wanted == found, "%d good signatures, of the officers and on both withdrawals, found %d", wanted, found)
	found = strings.Count(out, "Signature Verified Successfully")
	s.want(found == len(signers()), "the log heads of %d signers to verify, found %d", len(signers()), found)
}

// stockKit has the shell kit check everything again, roots included.
func (s *scene) stockKit() {
	s.say("And the shell kit, which recomputes the logs' roots too. Whoever reads its few lines needs no program of ours.")
	s.run(line("strongroom verify --stock audit-kit").with("STRONGROOM_HOME=").silently())
	out := s.run(line("sh audit-kit/audit.sh desk/registry %s", s.genesis).shows(6, 6))
	s.want(s.err != nil || strings.Contains(out, "AGREED"), "the kit to agree, found otherwise")
}
