package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestZeroDirRefuses(t *testing.T) {
	for _, d := range []*Dir{nil, new(Dir)} {
		calls := map[string]func() error{
			"WriteFile":    func() error { return d.WriteFile("a", nil) },
			"WriteNew":     func() error { return d.WriteNew("a", nil) },
			"WriteStream":  func() error { return d.WriteStream("a", func(io.Writer) error { return nil }) },
			"WriteChecked": func() error { return d.WriteChecked("a", func(io.Writer) error { return nil }, all(0)) },
			"OpenRange":    func() error { _, err := d.OpenRange("a", 0, 1); return err },
			"ReadFile":     func() error { _, err := d.ReadFile("a", 1); return err },
			"Open":         func() error { _, err := d.Open("a"); return err },
			"List":         func() error { _, err := d.List(1); return err },
			"Names":        func() error { _, _, err := d.Names("", 1); return err },
			"Clean":        func() error { return d.Clean() },
			"Remove":       func() error { return d.Remove("a") },
			"Lock":         func() error { _, err := d.Lock(); return err },
			"Sub":          func() error { _, err := d.Sub("a"); return err },
			"OpenSub":      func() error { _, err := d.OpenSub("a"); return err },
		}
		for name, call := range calls {
			if err := call(); !errors.Is(err, fs.ErrClosed) || err.Error() != "folder: not open: file already closed" {
				t.Errorf("%s: %v", name, err)
			}
		}
		must(t, d.Close())
		if d.Path() != "" {
			t.Errorf("path %q", d.Path())
		}
	}
}

func TestClosedDirRefuses(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	must(t, d.Close())
	wantError(t, d.WriteFile("a", nil), dir, "DIR/a: create a temporary file: file already closed")
}

func TestNames(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	bad := []struct{ name, want string }{
		{"", "DIR: file name: wanted a name, found nothing"},
		{".", `DIR: file name ".": wanted no dot in front`},
		{"..", `DIR: file name "..": wanted no dot in front`},
		{".hidden", `DIR: file name ".hidden": wanted no dot in front`},
		{".tmp-1-1", `DIR: file name ".tmp-1-1": wanted no dot in front`},
		{"a/b", `DIR: file name "a/b": wanted a single path element, found a slash`},
		{"/a", `DIR: file name "/a": wanted a single path element, found a slash`},
		{`a\b`, `DIR: file name "a\\b": wanted a single path element, found a slash`},
		{"a\nb", `DIR: file name "a\nb": wanted no control character`},
		{"a\x00", `DIR: file name "a\x00": wanted no control character`},
		{"\xff", `DIR: file name "\xff": wanted valid UTF-8`},
		{strings.Repeat("x", 256), "DIR: file name: wanted at most 255 bytes, found 256"},
	}
	for _, c := range bad {
		_, readErr := d.ReadFile(c.name, 9)
		_, subErr := d.Sub(c.name)
		_, openErr := d.OpenSub(c.name)
		for _, err := range []error{d.WriteFile(c.name, nil), d.WriteNew(c.name, nil), d.Remove(c.name), readErr, subErr, openErr} {
			wantError(t, err, dir, c.want)
		}
	}
	wantError(t, d.WriteFile("lock", nil), dir, `DIR: file name "lock": kept for the lock of the folder`)
	wantError(t, d.Remove("lock"), dir, `DIR: file name "lock": kept for the lock of the folder`)
	wantOnDisk(t, dir, map[string]string{})
	must(t, d.WriteNew(strings.Repeat("x", 255), nil))
}

func TestModesArePrivate(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	home := t.TempDir() + "/home"
	d, err := Create(home)
	must(t, err)
	defer d.Close()
	sub, err := d.Sub("sub")
	must(t, err)
	defer sub.Close()
	lock, err := d.Lock()
	must(t, err)
	defer lock.Close()
	must(t, d.WriteFile("file", nil))
	must(t, d.WriteNew("new", nil))
	must(t, d.WriteStream("stream", func(io.Writer) error { return nil }))
	for name, want := range map[string]fs.FileMode{"": 0o700, "sub": 0o700, "file": 0o600, "new": 0o600, "stream": 0o600, "lock": 0o600} {
		info, err := os.Lstat(filepath.Join(home, name))
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%q: mode %o, wanted %o", name, info.Mode().Perm(), want)
		}
	}
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(dir+"/empty", 0o755))
	must(t, os.Mkdir(dir+"/full", 0o755))
	must(t, os.WriteFile(dir+"/full/thing", nil, 0o600))
	must(t, os.WriteFile(dir+"/file", nil, 0o600))
	must(t, os.Symlink("empty", dir+"/link"))

	d, err := Create(dir + "/empty")
	must(t, err)
	must(t, d.Close())
	info, err := os.Lstat(dir + "/empty")
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode %o", info.Mode().Perm())
	}
	for path, want := range map[string]string{
		"full":       `DIR/full: wanted a new or empty folder, found "thing" in it`,
		"file":       "DIR/file: wanted a folder, found a regular file",
		"link":       "DIR/link: wanted a folder, found a symbolic link",
		"missing/in": "DIR/missing/in: create: no such file or directory",
	} {
		_, err := Create(filepath.Join(dir, path))
		wantError(t, err, dir, want)
	}
	info, err = os.Lstat(dir + "/full")
	must(t, err)
	if info.Mode().Perm() != 0o755 {
		t.Errorf("the mode of a folder that was refused is now %o", info.Mode().Perm())
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(dir+"/sub", 0o700))
	must(t, os.WriteFile(dir+"/file", nil, 0o600))
	must(t, os.Symlink("sub", dir+"/link"))
	for path, want := range map[string]string{
		"file":    "DIR/file: wanted a folder, found a regular file",
		"link":    "DIR/link: wanted a folder, found a symbolic link",
		"link/":   "DIR/link: wanted a folder, found a symbolic link",
		"missing": "DIR/missing: open: no such file or directory",
	} {
		_, err := Open(dir + "/" + path)
		wantError(t, err, dir, want)
	}
	d := mustOpen(t, dir)
	if d.Path() != dir {
		t.Errorf("path %q", d.Path())
	}
	_, err := d.OpenSub("link")
	wantError(t, err, dir, "DIR/link: wanted a folder, found a symbolic link")
	_, err = d.Sub("file")
	wantError(t, err, dir, "DIR/file: wanted a folder, found a regular file")
	_, err = d.OpenSub("none")
	wantError(t, err, dir, "DIR/none: open: no such file or directory")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("a missing sub folder is not fs.ErrNotExist")
	}
}

func TestFolderMovedAwayStaysTheSame(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(dir+"/home", 0o700))
	d := mustOpen(t, dir+"/home")
	must(t, os.Rename(dir+"/home", dir+"/moved"))
	must(t, os.Mkdir(dir+"/home", 0o700))
	must(t, d.WriteFile("a", []byte("x")))
	wantOnDisk(t, dir+"/moved", map[string]string{"a": "x"})
	wantOnDisk(t, dir+"/home", map[string]string{})
}

func TestWriteNewNeverReplaces(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	must(t, d.WriteNew("a", []byte("one")))
	must(t, d.WriteNew("a", []byte("one")))
	must(t, os.Symlink("a", dir+"/link"))
	must(t, os.Mkdir(dir+"/sub", 0o700))
	for name, want := range map[string]string{
		"a":    "DIR/a: exists already with other bytes",
		"link": "DIR/link: exists already\nDIR/link: wanted a regular file, found a symbolic link",
		"sub":  "DIR/sub: exists already\nDIR/sub: wanted a regular file, found a folder",
	} {
		err := d.WriteNew(name, []byte("two"))
		wantError(t, err, dir, want)
		if !errors.Is(err, ErrExists) {
			t.Errorf("%s: not ErrExists", name)
		}
	}
	wantError(t, d.WriteNew("a", []byte("longer")), dir, "DIR/a: exists already with 3 bytes, wanted 6")
	err := d.WriteStream("a", func(io.Writer) error { t.Error("written for nothing"); return nil })
	wantError(t, err, dir, "DIR/a: exists already")
	must(t, os.Remove(dir+"/link"))
	wantOnDisk(t, dir, map[string]string{"a": "one", "sub": "(folder)"})
}

// The name is taken after the look and before the link.
func TestNameTakenWhileWriting(t *testing.T) {
	for name, claim := range map[string]func(*Dir) error{
		"other bytes": func(d *Dir) error { return d.WriteNew("a", []byte("ours")) },
		"stream": func(d *Dir) error {
			return d.WriteStream("a", func(w io.Writer) error { _, err := io.WriteString(w, "ours"); return err })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := mustOpen(t, dir).WithFault(func(op Op) error {
				if op.Kind == Link {
					return os.WriteFile(dir+"/a", []byte("them"), 0o600)
				}
				return nil
			})
			if err := claim(d); !errors.Is(err, ErrExists) {
				t.Errorf("error %v", err)
			}
			wantOnDisk(t, dir, map[string]string{"a": "them"})
		})
	}
}

func TestRenameThatNeverReplaces(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	must(t, d.WriteFile("from", []byte("x")))
	must(t, d.WriteFile("taken", []byte("y")))
	if err := d.renameNew("from", "taken"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
	must(t, d.renameNew("from", "to"))
	wantOnDisk(t, dir, map[string]string{"to": "x", "taken": "y"})
	if !noLinks(&os.LinkError{Err: syscall.EPERM}) || noLinks(&os.LinkError{Err: syscall.ENOSPC}) || noLinks(nil) {
		t.Error("noLinks mistakes one error for another")
	}
}

func TestWriteFileReplacesALinkAndFollowsNone(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	must(t, d.WriteFile("target", []byte("target")))
	must(t, os.Symlink("target", dir+"/a"))
	must(t, d.WriteFile("a", []byte("new")))
	wantOnDisk(t, dir, map[string]string{"a": "new", "target": "target"})
	must(t, os.Mkdir(dir+"/sub", 0o700))
	wantError(t, d.WriteFile("sub", nil), dir, "DIR/sub: rename: file exists")
	wantOnDisk(t, dir, map[string]string{"a": "new", "target": "target", "sub": "(folder)"})
}

func TestStreamThatFailsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	err := d.WriteStream("a", func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 3*streamBuffer)); err != nil {
			return err
		}
		return errors.New("source: ended early")
	})
	wantError(t, err, dir, "source: ended early")
	wantOnDisk(t, dir, map[string]string{})
	func() {
		defer func() { _ = recover() }()
		_ = d.WriteStream("a", func(io.Writer) error { panic("in the source") })
	}()
	wantOnDisk(t, dir, map[string]string{})
}

func TestReadFileRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	must(t, d.WriteFile("five", []byte("12345")))
	must(t, os.Symlink("five", dir+"/link"))
	must(t, os.Symlink("/etc/passwd", dir+"/out"))
	must(t, os.Mkdir(dir+"/sub", 0o700))
	must(t, syscall.Mkfifo(dir+"/pipe", 0o600))
	socket, err := net.Listen("unix", dir+"/sock")
	must(t, err)
	defer socket.Close()
	for name, want := range map[string]string{
		"link":    "DIR/link: wanted a regular file, found a symbolic link",
		"out":     "DIR/out: wanted a regular file, found a symbolic link",
		"sub":     "DIR/sub: wanted a regular file, found a folder",
		"pipe":    "DIR/pipe: wanted a regular file, found a named pipe",
		"sock":    "DIR/sock: wanted a regular file, found a socket",
		"missing": "DIR/missing: open: no such file or directory",
		"five":    "DIR/five: too large: wanted at most 4 bytes, found 5",
	} {
		_, err := d.ReadFile(name, 4)
		wantError(t, err, dir, want)
		if errors.Is(err, fs.ErrNotExist) != (name == "missing") || errors.Is(err, ErrTooLarge) != (name == "five") {
			t.Errorf("%s: wrong class", name)
		}
		if name == "five" {
			continue
		}
		if _, err := d.Open(name); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	b, err := d.ReadFile("five", 5)
	if err != nil || string(b) != "12345" {
		t.Errorf("%q, %v", b, err)
	}
	f, err := d.Open("five")
	must(t, err)
	defer f.Close()
	if b, err := io.ReadAll(f); err != nil || string(b) != "12345" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestReadFileOfDevice(t *testing.T) {
	_, err := mustOpen(t, "/dev").ReadFile("zero", 9)
	wantError(t, err, "/dev", "DIR/zero: wanted a regular file, found a device")
}

// Files under /proc say that their size is 0 and hold more: they "grow".
func TestFileThatGrowsWhileReadIsRefused(t *testing.T) {
	self := "/proc/" + strconv.Itoa(os.Getpid())
	d := mustOpen(t, self)
	_, err := d.ReadFile("status", 100)
	wantError(t, err, self, "DIR/status: too large: wanted at most 100 bytes, found more while reading")
	b, err := d.ReadFile("status", 1<<20)
	if err != nil || len(b) < 100 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	must(t, d.WriteFile("b", []byte("12")))
	must(t, d.WriteFile("a", nil))
	must(t, os.Mkdir(dir+"/sub", 0o700))
	must(t, os.Symlink("a", dir+"/link"))
	must(t, os.WriteFile(dir+"/.hidden", []byte("x"), 0o600))
	must(t, os.WriteFile(dir+"/.tmp-1-1", []byte("x"), 0o600))
	got, err := d.List(5)
	must(t, err)
	want := []Entry{
		{Name: ".hidden", Size: 1, Regular: true},
		{Name: "a", Regular: true},
		{Name: "b", Size: 2, Regular: true},
		{Name: "link"},
		{Name: "sub", Dir: true},
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries: %v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("entry %d: %v, wanted %v", i, got[i], want[i])
		}
	}
	_, err = d.List(4)
	wantError(t, err, dir, "DIR: too large: wanted at most 4 entries, found more")
}

func TestNamesTellsWhetherTheseAreAll(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	for _, name := range []string{"b-2", "a", "b-1", "b-3", ".tmp-1-1"} {
		must(t, os.WriteFile(dir+"/"+name, nil, 0o600))
	}
	for _, c := range []struct {
		prefix string
		max    int
		want   string
	}{{"b-", 3, "[b-1 b-2 b-3] true"}, {"", 4, "[a b-1 b-2 b-3] true"}, {"c", 0, "[] true"}} {
		names, all, err := d.Names(c.prefix, c.max)
		must(t, err)
		if got := fmt.Sprint(names, all); got != c.want {
			t.Errorf("%q: %s, wanted %s", c.prefix, got, c.want)
		}
	}
	names, all, err := d.Names("b-", 2)
	must(t, err)
	if len(names) != 2 || all {
		t.Errorf("want two names and that there are more, found %v %v", names, all)
	}
}

func TestCleanRemovesOnlyLeftOvers(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	for i := range 3 {
		must(t, os.WriteFile(dir+"/.tmp-1-"+strconv.Itoa(i), []byte("x"), 0o600))
	}
	must(t, os.WriteFile(dir+"/.temporary", nil, 0o600))
	must(t, d.WriteFile("a", []byte("a")))
	must(t, d.Clean())
	wantOnDisk(t, dir, map[string]string{".temporary": "", "a": "a"})
}

// A process number comes back after a crash, and with it the temporary names.
func TestLeftOversOfTheSameNumberAreNotInTheWay(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		must(t, os.WriteFile(dir+"/.tmp-"+strconv.Itoa(os.Getpid())+"-"+strconv.Itoa(i), []byte("theirs"), 0o600))
	}
	must(t, mustOpen(t, dir).WriteNew("a", []byte("a")))
	if found := onDisk(t, dir); found["a"] != "a" || len(found) != 6 {
		t.Errorf("found %s", show(found))
	}
}

func TestRemove(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	must(t, os.Mkdir(dir+"/sub", 0o700))
	must(t, d.WriteFile("a", nil))
	must(t, d.Remove("a"))
	wantError(t, d.Remove("a"), dir, "DIR/a: remove: no such file or directory")
	wantError(t, d.Remove("sub"), dir, "DIR/sub: remove: wanted a file, found a folder")
	wantOnDisk(t, dir, map[string]string{"sub": "(folder)"})
}

func TestLockIsForOne(t *testing.T) {
	dir := t.TempDir()
	d := mustOpen(t, dir)
	lock, err := d.Lock()
	must(t, err)
	_, err = mustOpen(t, dir).Lock()
	wantError(t, err, dir, "DIR: locked by process "+strconv.Itoa(os.Getpid()))
	if !errors.Is(err, ErrLocked) {
		t.Error("not ErrLocked")
	}
	must(t, os.Truncate(dir+"/lock", 0))
	_, err = d.Lock()
	wantError(t, err, dir, "DIR: locked by another process")
	must(t, lock.Close())
	must(t, lock.Close())
	again, err := d.Lock()
	must(t, err)
	must(t, again.Close())
	wantOnDisk(t, dir, map[string]string{"lock": strconv.Itoa(os.Getpid()) + "\n"})
}

func TestLockEndsWithItsProcess(t *testing.T) {
	dir := t.TempDir()
	child := startChild(t, "lock", dir)
	in, err := child.StdinPipe()
	must(t, err)
	defer in.Close()
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	said := make([]byte, len("locked\n"))
	_, err = io.ReadFull(out, said)
	must(t, err)
	d := mustOpen(t, dir)
	_, err = d.Lock()
	wantError(t, err, dir, "DIR: locked by process "+strconv.Itoa(child.Process.Pid))
	must(t, child.Process.Kill())
	_ = child.Wait() // "signal: killed" is what we want
	lock, err := d.Lock()
	must(t, err)
	must(t, lock.Close())
}

func TestLockFileThatIsALinkIsRefused(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Symlink("elsewhere", dir+"/lock"))
	_, err := mustOpen(t, dir).Lock()
	wantError(t, err, dir, "DIR/lock: wanted a regular file, found a symbolic link")
	if _, err := os.Lstat(dir + "/elsewhere"); err == nil {
		t.Error("the link was followed")
	}
}

func TestKindsHaveNames(t *testing.T) {
	for k := MakeDir; k <= SyncDir; k++ {
		if k.String() == "no step" {
			t.Errorf("kind %d has no name", k)
		}
	}
	if Kind(0).String() != "no step" {
		t.Error("the zero kind is a step")
	}
}
