package story

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
)

// neverInTheClear looks for passphrases, rolls and the words of shares in
// everything that exists, and wants every share sealed.
func (s *scene) neverInTheClear() {
	secrets := append([][]byte(nil), s.secrets...)
	for _, name := range signers() {
		at := siteOf(name)
		for _, h := range at.holders {
			sealed := s.read(s.shares[h.id])
			s.want(s.err != nil || bytes.HasPrefix(sealed, []byte("age-encryption.org/v1\n")), "%s sealed by age, found something else", s.shares[h.id])
			if h.by != passphrase {
				words := s.words(h.id, s.keyFile(at, h.id))
				s.secrets = append(s.secrets, words)
				secrets = append(secrets, words)
			}
		}
	}
	if s.err != nil {
		return
	}
	s.must(filepath.WalkDir(s.o.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(path, s.in("node")) {
			return err
		}
		b, err := s.w.ReadFile(path, maxFile)
		for _, p := range secrets {
			if len(p) > 0 && bytes.Contains(b, p) {
				err = errors.Join(err, fmt.Errorf("want no passphrase, roll or share in the clear on disk, found one in %s", path))
			}
		}
		return err
	}))
	s.say("Every file in %s was searched: no passphrase, no roll and no word of a share is in any.", s.o.Folder)
}

// words opens a share for the search.
func (s *scene) words(holder, key string) []byte {
	if s.err != nil {
		return nil
	}
	cmd := exec.CommandContext(s.ctx, "age", "-d", "-i", key, s.shares[holder])
	cmd.Dir, cmd.Env = s.o.Folder, s.environment()
	out, err := cmd.Output()
	s.must(err)
	s.want(s.err != nil || len(bytes.Fields(out)) >= shareWords, "%d words in the share of %s, found %d", shareWords, holder, len(bytes.Fields(out)))
	return bytes.TrimSpace(out)
}
