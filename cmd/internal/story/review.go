package story

import "strings"

// review has two people look at the programs that this story runs, and sign them
// before they make a key: one with this program, one with stock OpenSSH.
func (s *scene) review() {
	s.say("Before a program makes a key, two people who are no officers review the build and sign it. Each says what they looked at; a witness will check it again with stock tools.")
	for _, id := range []string{"rita", "olga"} {
		s.unseen(line("ssh-keygen -q -t ed25519 -C %s -f reviewers/%s -N", id, id).and(""))
	}
	c := line("strongroom program review --source %s -o build", s.o.Source).and("--go-sum", s.o.Modules, "--signer", s.o.Signer, "--desk", s.o.Program)
	c = c.and("--reviewer", "rita=acme-ops=Rita Roe", "--key", "rita=reviewers/rita.pub", "--check", "rita=source,dependencies,reproduced")
	c = c.and("--reviewer", "olga=audit-llp=Olga Ohm", "--key", "olga=reviewers/olga.pub", "--check", "olga=entropy,reproduced")
	s.run(c.silently())
	out := s.run(line("sha256sum build/build.txt"))
	s.run(line("strongroom program sign build --key reviewers/rita").typing("of the build's sha-256", s.short(s.find(out, `^([0-9a-f]{64})`))).shows(0, 3))
	s.run(line("ssh-keygen -q -Y sign -n build.v1@strongroom -f reviewers/olga build/build.txt"))
	out = s.run(line("strongroom program check build").and("--signer", s.o.Signer).shows(2, 3))
	s.want(s.err != nil || strings.Contains(out, "The build counts"), "a build that counts, found another")
	s.say("The witness does that with sha256sum and ssh-keygen alone, and will type the end of the hash.")
	out = s.run(line("sha256sum").and(s.o.Signer))
	s.programEnd = s.find(out, `^[0-9a-f]{56}([0-9a-f]{8}) `)
	out = s.run(line("ssh-keygen -Y verify -f build/allowed_signers -I rita -n build.v1@strongroom -s build/build.txt.rita.sig").reads("build/build.txt"))
	s.want(s.err != nil || strings.HasPrefix(out, "Good "), "a good signature of rita, found none")
}
