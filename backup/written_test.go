package backup

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"
)

// noting is a folder that notes which files are opened.
type noting struct {
	fs.FS
	opened *[]string
}

func (n noting) Open(name string) (fs.File, error) {
	*n.opened = append(*n.opened, name)
	return n.FS.Open(name)
}

func (n noting) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(n.FS, name) }

// wrote writes files as a restore does, with their SHA256SUMS, and returns what
// it remembers.
func wrote(t *testing.T, dir string, files ...string) *Written {
	t.Helper()
	w := new(Written)
	var sums []byte
	for _, name := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		sum := Sum(sha256.Sum256([]byte(name)))
		w.Add(info, sum)
		sums = appendSumLine(sums, sum, name)
	}
	if err := os.WriteFile(filepath.Join(dir, sumsName), sums, 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// What a restore wrote it need not read again, as long as it is the same file.
func TestWhatWasWrittenIsReadAgainOnlyIfItChanged(t *testing.T) {
	other := fmt.Sprintf("%x", sha256.Sum256([]byte("B")))
	mine := fmt.Sprintf("%x", sha256.Sum256([]byte("b")))
	differs := `restored: "b": want SHA-256 ` + mine + ", found " + other
	later := time.Now().Add(time.Hour)
	cases := map[string]struct {
		change func(b string) error
		reads  int // of b, beside the list of a folder and SHA256SUMS
		want   string
	}{
		"nothing":       {func(string) error { return nil }, 0, ""},
		"a second name": {func(b string) error { return errors.Join(os.Link(b, b+"2"), os.Remove(b), os.Rename(b+"2", b)) }, 0, ""},
		"touched":       {func(b string) error { return os.Chtimes(b, later, later) }, 1, ""},
		"written over": {func(b string) error {
			return errors.Join(os.WriteFile(b, []byte("B"), 0o600), os.Chtimes(b, later, later))
		}, 1, differs},
		"another file": {func(b string) error {
			return errors.Join(os.WriteFile(b+".n", []byte("B"), 0o600), os.Rename(b+".n", b))
		}, 1, differs},
		"longer, old": {func(b string) error {
			return keepingTime(b, func() error { return os.WriteFile(b, []byte("bb"), 0o600) })
		}, 1, ""},
		"gone":            {os.Remove, 0, `restored: "b": want the file that SHA256SUMS lists, found none`},
		"one more beside": {func(b string) error { return os.WriteFile(b+"b", nil, 0o600) }, 0, `restored: "bb": want a file that SHA256SUMS lists, found one more`},
	}
	c := cases["longer, old"]
	c.want = fmt.Sprintf(`restored: "b": want SHA-256 %s, found %x`, mine, sha256.Sum256([]byte("bb")))
	cases["longer, old"] = c
	for name, c := range cases {
		dir := t.TempDir()
		w := wrote(t, dir, "a", "b", "c")
		if err := c.change(filepath.Join(dir, "b")); err != nil {
			t.Fatal(err)
		}
		var opened []string
		found, err := CheckWritten(noting{os.DirFS(dir), &opened}, w)
		if c.want == "" && (err != nil || found.Files != 3 || found.Bytes != 3) || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: want %q, found %v, %v", name, c.want, found, err)
		}
		reads := 0
		for _, o := range opened {
			switch o {
			case "b":
				reads++
			case "a", "c":
				t.Errorf("%s: want %s not read again, found it was", name, o)
			}
		}
		if reads != c.reads {
			t.Errorf("%s: want b read %d times, found %d", name, c.reads, reads)
		}
	}
}

// keepingTime sets the time of a file back.
func keepingTime(path string, change func() error) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return errors.Join(change(), os.Chtimes(path, info.ModTime(), info.ModTime()))
}

// A file that an earlier run wrote, or one on a file system without inodes, is read.
func TestWhatNobodyRemembersIsRead(t *testing.T) {
	dir := t.TempDir()
	wrote(t, dir, "a")
	for name, w := range map[string]*Written{"none": nil, "zero": {}} {
		var opened []string
		if _, err := CheckWritten(noting{os.DirFS(dir), &opened}, w); err != nil || opened[len(opened)-1] != "a" {
			t.Errorf("%s: want a read, found %q, %v", name, opened, err)
		}
	}
	w := new(Written)
	m := fstest.MapFS{"a": file("a")}
	info, err := m.Stat("a")
	if err != nil {
		t.Fatal(err)
	}
	w.Add(info, Sum{})
	if len(w.files) != 0 {
		t.Error("want nothing remembered without an inode, found a file")
	}
}

// A hash that is not the one listed is looked at again before it is told: what is
// remembered can only spare work.
func TestAWrongMemoryIsNotBelieved(t *testing.T) {
	dir := t.TempDir()
	w := wrote(t, dir, "a")
	info, err := os.Lstat(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	w.Add(info, Sum{1})
	if _, err := CheckWritten(os.DirFS(dir), w); err != nil {
		t.Errorf("want the file read, found %v", err)
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	w := &Written{files: map[uint64]writtenFile{}}
	for i := range uint64(maxEntries) {
		w.files[i+1<<40] = writtenFile{}
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/a", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(dir + "/a")
	if err != nil {
		t.Fatal(err)
	}
	if w.Add(info, Sum{}); len(w.files) != maxEntries {
		t.Errorf("want %d files, found %d", maxEntries, len(w.files))
	}
}
