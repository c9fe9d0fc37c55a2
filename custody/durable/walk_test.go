package durable

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// walked is a folder with a/x, a/y and b/x in it, and another outside.
func walked(t *testing.T) (w *Walk, dir, outside string) {
	t.Helper()
	dir, outside = t.TempDir(), t.TempDir()
	for _, name := range []string{"a/x", "a/y", "b/x"} {
		must(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600))
	}
	must(t, os.WriteFile(outside+"/x", []byte("secret"), 0o600))
	root, err := os.OpenRoot(dir)
	must(t, err)
	w = NewWalk(root)
	t.Cleanup(func() {
		must(t, w.Close())
		must(t, root.Close())
	})
	return w, dir, outside
}

// reads returns what a file holds, or the error.
func reads(w *Walk, name string) string {
	f, err := w.Open(name)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// creates writes a file and returns the error's text.
func creates(w *Walk, name string) string {
	f, err := w.Create(name)
	if err == nil {
		_, err = f.WriteString("new")
		err = wrapClose(f, err)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func wrapClose(f *os.File, err error) error {
	if bad := f.Close(); err == nil {
		err = bad
	}
	return err
}

func wantText(t *testing.T, what, found, want string) {
	t.Helper()
	if found != want {
		t.Errorf("%s: want %q, found %q", what, want, found)
	}
}

func TestNoNameLeadsOutOfAWalk(t *testing.T) {
	w, dir, _ := walked(t)
	for _, name := range []string{"../x", "/etc/passwd", "a/../../x", "a//x", "a/./x", "", "a/", "./a"} {
		wantText(t, "read", reads(w, name), "open "+name+": invalid argument")
		wantText(t, "create", creates(w, name), "create "+name+": invalid argument")
		for doing, err := range map[string]error{"symbolic link": w.Symlink("x", name), "link": w.Link("a/x", name)} {
			if err == nil || err.Error() != "create "+name+": invalid argument" {
				t.Errorf("%s %q: found %v", doing, name, err)
			}
		}
		if err := w.Link(name, "c/x"); err == nil || err.Error() != "create c/x: invalid argument" {
			t.Errorf("link to %q: found %v", name, err)
		}
	}
	wantOnDisk(t, filepath.Join(dir, "a"), map[string]string{"x": "a/x", "y": "a/y"})
}

func TestZeroWalkRefuses(t *testing.T) {
	wantText(t, "zero", reads(new(Walk), "x"), "open x: file already closed")
	wantText(t, "zero", creates(new(Walk), "x"), "create x: file already closed")
}

func TestAWalkKeepsTheFolderOpenAndClosesIt(t *testing.T) {
	w, _, _ := walked(t)
	open := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc/self/fd: open folders were not counted")
		}
		return len(list)
	}
	before := open()
	wantText(t, "a/x", reads(w, "a/x"), "a/x")
	last := w.files.down[1]
	wantText(t, "a/y", reads(w, "a/y"), "a/y")
	if w.files.down[1] != last {
		t.Error("want one folder for files beside each other, found it opened again")
	}
	for range 50 {
		wantText(t, "b/x", reads(w, "b/x"), "b/x")
		wantText(t, "a/x", reads(w, "a/x"), "a/x")
		must(t, w.Link("a/x", "c/d/e/x"))
	}
	if found := open(); found > before+8 {
		t.Errorf("want the folders on the way open and no others, found %d more", found-before)
	}
	must(t, w.Close())
	if found := open(); found != before {
		t.Errorf("want all closed, found %d more open", found-before)
	}
}

// Somebody puts a link in a folder's place while others walk there.
func TestALinkInAFoldersPlaceIsNotFollowed(t *testing.T) {
	w, dir, outside := walked(t)
	wantText(t, "before", reads(w, "a/x"), "a/x")
	must(t, os.Rename(dir+"/a", dir+"/was"))
	must(t, os.Symlink(outside, dir+"/a"))
	wantText(t, "opened before", reads(w, "a/x"), "a/x")
	wantText(t, "written into what was opened", creates(w, "a/new"), "")
	wantText(t, "another folder", reads(w, "b/x"), "b/x")
	refused := "a: wanted a folder, found a symbolic link"
	wantText(t, "read", reads(w, "a/x"), "open a/x: "+refused)
	wantText(t, "create", creates(w, "a/x"), "create a/x: "+refused)
	wantText(t, "create deeper", creates(w, "a/b/x"), "create a/b/x: "+refused)
	must(t, os.Remove(dir+"/a"))
	must(t, os.Symlink("b", dir+"/a")) // not out of it either
	wantText(t, "inside", reads(w, "a/x"), "open a/x: "+refused)
	if err := w.Link("a/x", "c"); err == nil || err.Error() != "create c: "+refused {
		t.Errorf("link: found %v", err)
	}
	wantOnDisk(t, outside, map[string]string{"x": "secret"})
	wantOnDisk(t, dir+"/was", map[string]string{"x": "a/x", "y": "a/y", "new": "new"})
}

func TestAFolderThatWasReplacedIsFoundAgain(t *testing.T) {
	w, dir, _ := walked(t)
	wantText(t, "before", reads(w, "a/x"), "a/x")
	must(t, os.RemoveAll(dir+"/a"))
	wantText(t, "gone", reads(w, "a/x"), "open a/x: a: no such file or directory")
	must(t, os.Mkdir(dir+"/a", 0o700))
	must(t, os.WriteFile(dir+"/a/x", []byte("other"), 0o600))
	wantText(t, "another", reads(w, "a/x"), "other")
	must(t, os.RemoveAll(dir+"/a"))
	wantText(t, "made again", creates(w, "a/z"), "")
	wantOnDisk(t, dir+"/a", map[string]string{"z": "new"})
}

func TestALinkInAFilesPlaceLeadsNowhere(t *testing.T) {
	w, dir, outside := walked(t)
	must(t, os.Remove(dir+"/a/x"))
	must(t, os.Symlink(outside+"/x", dir+"/a/x"))
	wantText(t, "out of the folder", reads(w, "a/x"), "open a/x: path escapes from parent")
	wantText(t, "written", creates(w, "a/x"), "") // it takes the link's place
	wantOnDisk(t, outside, map[string]string{"x": "secret"})
	wantOnDisk(t, dir+"/a", map[string]string{"x": "new", "y": "a/y"})
}

func TestAPipeInTheWayHoldsNobody(t *testing.T) {
	w, dir, _ := walked(t)
	must(t, os.Remove(dir+"/a/x"))
	must(t, syscall.Mkfifo(dir+"/a/x", 0o600))
	must(t, syscall.Mkfifo(dir+"/c", 0o600))
	wantText(t, "a file's place", reads(w, "a/x"), "")
	wantText(t, "a folder's place", reads(w, "c/x"), "open c/x: c: wanted a folder, found a named pipe")
}

func TestASecondNameTakesTheFirstOnesPlace(t *testing.T) {
	w, dir, _ := walked(t)
	must(t, w.Link("a/x", "b/x"))
	must(t, w.Link("a/y", "new/deep/y"))
	must(t, w.Symlink("../a", "new/link"))
	must(t, w.Make("new/empty"))
	wantText(t, "b/x", reads(w, "b/x"), "a/x")
	wantText(t, "new/deep/y", reads(w, "new/deep/y"), "a/y")
	to, err := w.ReadLink("new/link")
	must(t, err)
	wantText(t, "new/link", to, "../a")
	list, err := w.ReadDir("new")
	must(t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	wantText(t, "new", strings.Join(names, " "), "deep empty link")
	first, err := w.Lstat("a/x")
	must(t, err)
	second, err := os.Stat(dir + "/b/x")
	must(t, err)
	if !os.SameFile(first, second) {
		t.Error("want one file under both names, found two")
	}
}

var _ interface {
	fs.ReadDirFS
	fs.ReadLinkFS
} = (*Walk)(nil)
