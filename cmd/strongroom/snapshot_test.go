package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"strongroom/backup"
)

// swapping is a home in which somebody changes something before a name is opened.
type swapping struct {
	*homeFS
	name string
	swap func() error
}

func (s *swapping) Open(name string) (fs.File, error) {
	if name == s.name && s.swap != nil {
		if err := s.swap(); err != nil {
			return nil, err
		}
		s.swap = nil
	}
	return s.homeFS.Open(name)
}

const elsewhere = "kept out of snapshots"

// Whoever can write in a home cannot have a snapshot take what lies elsewhere, or
// wait, by putting something in the place of what was listed.
func TestWhatIsSwappedWhileItIsSavedIsRefused(t *testing.T) {
	outside := t.TempDir()
	for _, dir := range []string{"", "deep"} {
		if err := errors.Join(os.MkdirAll(filepath.Join(outside, dir), 0o700), os.WriteFile(filepath.Join(outside, dir, "b"), []byte(elsewhere), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		at   string
		swap func(home string) error
		want string
	}{
		"a link out of the home": {"texts/deep/b", func(home string) error {
			return errors.Join(os.Remove(home+"/texts/deep/b"), os.Symlink(outside+"/b", home+"/texts/deep/b"))
		}, "snapshot: open texts/deep/b: path escapes from parent"},
		"a link to what is left out": {"texts/deep/b", func(home string) error {
			return errors.Join(os.Remove(home+"/texts/deep/b"), os.Symlink("../../backup/b", home+"/texts/deep/b"))
		}, "snapshot: open texts/deep/b: path escapes from parent"},
		"a link beside it": {"texts/deep/b", func(home string) error {
			return errors.Join(os.Rename(home+"/texts/deep/b", home+"/texts/deep/x"), os.Symlink("x", home+"/texts/deep/b"))
		}, `snapshot: "texts/deep/b": want a file that stays one, found something else`},
		"a folder's place, out of the home": {"texts/deep/b", func(home string) error {
			return errors.Join(os.RemoveAll(home+"/texts/deep"), os.Symlink(outside+"/deep", home+"/texts/deep"))
		}, "snapshot: open texts/deep/b: texts/deep: wanted a folder, found a symbolic link"},
		"a higher folder's place, in the home": {"texts/deep/b", func(home string) error {
			return errors.Join(os.RemoveAll(home+"/texts"), os.Symlink("backup", home+"/texts"))
		}, "snapshot: open texts/deep/b: texts: wanted a folder, found a symbolic link"},
		"a pipe": {"texts/deep/b", func(home string) error {
			return errors.Join(os.Remove(home+"/texts/deep/b"), syscall.Mkfifo(home+"/texts/deep/b", 0o600))
		}, `snapshot: "texts/deep/b": want a file that stays one, found something else`},
		"a folder with the same files, put aside": {"texts/deep/b", func(home string) error {
			return errors.Join(os.Rename(home+"/texts/deep", home+"/aside"), os.Symlink(outside+"/deep", home+"/texts/deep"))
		}, ""}, // it is open, and gives the file that was listed
	} {
		home := t.TempDir()
		for _, file := range []string{"texts/deep/a", "texts/deep/b", "backup/b", "backup/deep/b"} {
			b := []byte("text")
			if strings.HasPrefix(file, backupIn) {
				b = []byte(elsewhere)
			}
			if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(home, file)), 0o700), os.WriteFile(filepath.Join(home, file), b, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		src, err := snapshotFS(home, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		_, err = backup.WriteTar(&out, &swapping{src, c.at, func() error { return c.swap(home) }}, time.Unix(1, 0), nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: want %q, found %v", name, c.want, err)
		}
		if bytes.Contains(out.Bytes(), []byte(elsewhere)) {
			t.Errorf("%s: want nothing of what lies elsewhere, found it in the archive", name)
		}
		if err := src.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
