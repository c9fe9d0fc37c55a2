package story

import (
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// signers are the three machines, each in a place of its own.
func signers() []string { return []string{"signer-a", "signer-b", "signer-c"} }

// chooseApart finds out once whether a process may have its network taken away.
func (s *scene) chooseApart() {
	if s.err != nil {
		return
	}
	for _, words := range [][]string{{"unshare", "-n"}, {"unshare", "-c", "-n"}} {
		path, err := exec.LookPath(words[0])
		if err != nil {
			break
		}
		if exec.CommandContext(s.ctx, path, append(words[1:], "true")...).Run() == nil {
			s.apart = words
			s.say("The signers will run in empty network namespaces (%s): they could not speak to anybody if they tried.", strings.Join(words, " "))
			return
		}
	}
	s.say("This machine does not permit empty network namespaces (unshare -n): the signers will run beside its network. They hold no code that opens a socket; \"make airgap\" proves that.")
}

// random reads the system's generator.
func (s *scene) random(n int) []byte {
	b := make([]byte, n)
	if s.err == nil {
		_, err := io.ReadFull(s.w.Rand, b)
		s.must(err)
	}
	return b
}

// passphrase draws words that all differ.
func (s *scene) passphrase() []byte {
	list := strings.Fields(words)
	if len(list) != 256 {
		s.must(fmt.Errorf("want 256 words to draw from, found %d", len(list)))
	}
	var drawn []string
	for len(drawn) < passphraseWords && s.err == nil {
		w := list[s.random(1)[0]]
		if !strings.Contains(" "+strings.Join(drawn, " ")+" ", " "+w+" ") {
			drawn = append(drawn, w)
		}
	}
	return []byte(strings.Join(drawn, " "))
}

// makeWallet brings the public keys to the desk and makes the wallet of them.
func (s *scene) makeWallet() {
	s.run(line("strongroom receive carrier/signer-a-key carrier/signer-b-key carrier/signer-c-key").shows(20, 2))
	s.run(line("strongroom wallet enroll main --threshold 2 --signer signer-a --signer signer-b --signer signer-c"))
	s.say("Who holds the shares goes into the policy too, so that it counts with who could pass by it, and tells when somebody leaves.")
	s.run(line("strongroom policy draft people").shows(4, 1))
	out := s.run(line("strongroom wallet address main --index 0"))
	s.receive = s.find(out, `(bcrt1q[0-9a-z]{58})`)
	s.say("Every signer will derive this address by itself, and a person will compare.")
}
