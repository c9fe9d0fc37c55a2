package story

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
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

// makeKeys sets up three signers and takes what is public to the carrier.
func (s *scene) makeKeys() {
	for i, name := range signers() {
		show := func(c command) command {
			if i > 0 {
				return c.shows(2, 1)
			}
			return c
		}
		s.run(show(signer(name, "init --vault acme-treasury --signer %s --chain regtest", name)))
		s.passphrases[name] = s.passphrase()
		s.run(show(signer(name, "key create").opening(s.passphrases[name])))
		if i == 0 {
			s.say("Seven random words were typed as its passphrase. They are not shown.")
		}
		s.run(signer(name, "key show -o carrier/%s-key", name).silently())
	}
	s.neverInTheClear()
	s.run(pipe("head -c 60 signer-a/key.age | head -n 2; ls carrier/signer-a-key"))
	s.say("A key record proves possession: the key has signed it (BIP-129). That, the log's public key and the log go to the desk.")
}

// neverInTheClear looks for the passphrases in everything that exists, and wants
// every seed sealed.
func (s *scene) neverInTheClear() {
	for _, name := range signers() {
		sealed := s.read(name + "/key.age")
		s.want(s.err != nil || bytes.HasPrefix(sealed, []byte("age-encryption.org/v1\n-> scrypt ")), "%s/key.age sealed by age under a passphrase, found something else", name)
	}
	if s.err != nil {
		return
	}
	s.must(filepath.WalkDir(s.o.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(path, s.in("node")) {
			return err
		}
		b, err := s.w.ReadFile(path, maxFile)
		for _, p := range s.passphrases {
			if bytes.Contains(b, p) {
				err = errors.Join(err, fmt.Errorf("want no passphrase on disk, found one in %s", path))
			}
		}
		return err
	}))
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
	s.run(line("strongroom init --home desk --vault acme-treasury --chain regtest --preset team --node node.txt").shows(8, 2))
	s.run(line("strongroom receive carrier/signer-a-key carrier/signer-b-key carrier/signer-c-key").shows(10, 2))
	s.run(line("strongroom wallet enroll main --threshold 2 --signer signer-a --signer signer-b --signer signer-c"))
	out := s.run(line("strongroom wallet address main --index 0"))
	s.receive = s.find(out, `(bcrt1q[0-9a-z]{58})`)
	s.say("Every signer will derive this address by itself, and a person will compare.")
}
