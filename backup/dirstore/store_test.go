package dirstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/storetest"
	"strongroom/custody/durable"
)

func openDir(t *testing.T) *durable.Dir {
	t.Helper()
	d, err := durable.Create(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestStorePassesTheSuite(t *testing.T) {
	storetest.Run(t, storetest.Plain, func(t *testing.T) backup.Store { return Open(openDir(t)) })
}

func put(s *Store, name, content string) error {
	_, err := s.Put(context.Background(), name, backup.Whole([]byte(content)), backup.Memory(content), time.Time{})
	return err
}

func TestStockSha256sumChecksTheFolder(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("sha256sum is not installed: checksum files were not checked with it")
	}
	d := openDir(t)
	s := Open(d)
	if err := errors.Join(put(s, "one.txt", "hello\n"), put(s, "two.txt", "world\n")); err != nil {
		t.Fatal(err)
	}
	check := func() ([]byte, error) {
		cmd := exec.Command(tool, "--strict", "-c", "one.txt.sha256", "two.txt.sha256")
		cmd.Dir = d.Path()
		return cmd.CombinedOutput()
	}
	if out, err := check(); err != nil || string(out) != "one.txt: OK\ntwo.txt: OK\n" {
		t.Errorf("found %v, %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(d.Path(), "two.txt"), []byte("World\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := check(); err == nil {
		t.Error("want a changed object found by sha256sum")
	}
}

// Power may fail before any step of a Put. Afterwards the object is not there
// or whole, and the same Put makes everything good.
func TestPutInterruptedAnywhereIsMadeGood(t *testing.T) {
	stopped := errors.New("power failed")
	for n := 0; ; n++ {
		d := openDir(t)
		steps := 0
		faulty := d.WithFault(func(durable.Op) error {
			if steps++; steps > n {
				return stopped
			}
			return nil
		})
		err := put(Open(faulty), "one.txt", "hello\n")
		if err == nil {
			if n < 6 {
				t.Fatalf("want more steps in a put, found %d", n)
			}
			return
		}
		if !errors.Is(err, stopped) {
			t.Fatalf("step %d: want %v, found %v", n, stopped, err)
		}
		if err := d.Clean(); err != nil {
			t.Fatal(err)
		}
		b, err := d.ReadFile("one.txt", 100)
		if err == nil && string(b) != "hello\n" {
			t.Errorf("step %d: want all or nothing, found %d bytes", n, len(b))
		}
		s := Open(d)
		if err := put(s, "one.txt", "hello\n"); err != nil {
			t.Fatalf("step %d: again: %v", n, err)
		}
		if o, err := backup.Find(t.Context(), s, "one.txt", backup.Whole([]byte("hello\n"))); err != nil {
			t.Errorf("step %d: again: found %v, %v", n, o, err)
		}
	}
}

// The hook changes a byte of the temporary file after it was written: a disk
// that keeps other bytes. Nothing gets the name. The longer content is read
// around the page cache, and ends in the middle of a block.
func TestWhatTheDiskDidNotKeepGetsNoName(t *testing.T) {
	for _, size := range []int{6, 3<<20 + 17} {
		d := openDir(t)
		faulty := d.WithFault(func(op durable.Op) error {
			if op.Kind != durable.Sync || op.Name != "one.bin" {
				return nil
			}
			names, err := filepath.Glob(filepath.Join(d.Path(), ".tmp-*"))
			if err != nil || len(names) != 1 {
				t.Fatalf("want one temporary file, found %v, %v", names, err)
			}
			f, err := os.OpenFile(names[0], os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.WriteAt([]byte{'!'}, int64(size-1))
			return errors.Join(err, f.Close())
		})
		content := strings.Repeat("x", size)
		bad := backup.Whole([]byte(content[1:] + "!"))
		want := fmt.Sprintf("one.bin: other content than announced: want SHA-256 %s, found %s", backup.Whole([]byte(content)).Sum, bad.Sum)
		if err := put(Open(faulty), "one.bin", content); err == nil || err.Error() != want || !errors.Is(err, backup.ErrContent) {
			t.Errorf("%d bytes: want %q, found %v", size, want, err)
		}
		if files, err := os.ReadDir(d.Path()); err != nil || len(files) != 0 {
			t.Errorf("%d bytes: want nothing left, found %v, %v", size, files, err)
		}
		if err := put(Open(d), "one.bin", content); err != nil {
			t.Errorf("%d bytes: again: %v", size, err)
		}
	}
}

func TestDamageIsSeen(t *testing.T) {
	d := openDir(t)
	s := Open(d)
	if err := put(s, "one.txt", "hello\n"); err != nil {
		t.Fatal(err)
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(d.Path(), name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("one.txt", "hallo\n")
	want := "one.txt: exists already with other bytes: want SHA-256 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03, found 622cb3371c1a08096eaac564fb59acccda1fcdbe13a9dd10b486e6463c8c2525"
	if err := put(s, "one.txt", "hello\n"); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
	want = "one.txt: checksum file: want a line of sha256sum, found something else: other content than announced"
	for _, line := range []string{"", "abc", strings.Repeat("0", 64) + "  two.txt\n", strings.Repeat("0", 64) + " *one.txt\n", strings.Repeat("A", 64) + "  one.txt\n"} {
		write("one.txt.sha256", line)
		if _, err := s.Versions(t.Context(), "one.txt"); err == nil || err.Error() != want {
			t.Errorf("%q: want %q, found %v", line, want, err)
		}
	}
}

// A checksum file that says something else is the name's other bytes too.
func TestAWrongChecksumFileIsToldByPut(t *testing.T) {
	d := openDir(t)
	if err := put(Open(d), "one.txt", "hello\n"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.Path(), "one.txt.sha256"), []byte(strings.Repeat("0", 64)+"  one.txt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "one.txt: checksum file: exists already with other bytes: want SHA-256 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 in it, found something else"
	if err := put(Open(d), "one.txt", "hello\n"); err == nil || err.Error() != want || !errors.Is(err, backup.ErrExists) {
		t.Errorf("want %q, found %v", want, err)
	}
}

// The memory of this process is a regular file whose first bytes nobody can read:
// what it answers is that of a bad sector.
func TestABadSectorIsAFlawOfItsFile(t *testing.T) {
	d, err := durable.Open(fmt.Sprintf("/proc/%d", os.Getpid()))
	if err != nil {
		t.Skipf("this system has no /proc: bad sectors were not tried: %v", err)
	}
	t.Cleanup(func() { d.Close() })
	s := Open(d)
	r, err := s.Open(t.Context(), backup.Object{Name: "mem"}, 0, 16)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(r)
	if want := "other content than announced: the disk cannot read it: "; err == nil || !strings.HasPrefix(err.Error(), want) || !errors.Is(err, backup.ErrContent) || !errors.Is(err, syscall.EIO) {
		t.Errorf("want %q, found %v", want, err)
	}
	if err := errors.Join(r.Close(), s.sameBytes("mem", 16, backup.Sum{})); !errors.Is(err, backup.ErrExists) {
		t.Errorf("want %v, so that repair puts it aside, found %v", backup.ErrExists, err)
	}
	away := &fs.PathError{Op: "read", Path: "one.txt", Err: syscall.EIO}
	if err := new(Store).spoilt("one.txt", away); errors.Is(err, backup.ErrContent) {
		t.Errorf("want a disk that is away told from one that lost bytes, found %v", err)
	}
}

// What went bad stays in the folder under another name.
func TestRepairPutsBadFilesAside(t *testing.T) {
	good := []byte("hello\n")
	repair := func(s *Store) error {
		_, err := s.Repair(t.Context(), "one.txt", backup.Whole(good), backup.Memory(good), time.Time{})
		return err
	}
	for _, c := range []struct{ file, content, aside string }{
		{"one.txt", "hallo\n", "bad-1-one.txt"},
		{"one.txt", "", "bad-1-one.txt"},
		{"one.txt.sha256", "nonsense\n", "bad-1-one.txt.sha256"},
	} {
		d := openDir(t)
		s := Open(d)
		if err := put(s, "one.txt", string(good)); err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ { // it may happen again
			if err := os.WriteFile(filepath.Join(d.Path(), c.file), []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := repair(s); err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Find(t.Context(), s, "one.txt", backup.Whole(good)); err != nil {
				t.Error(err)
			}
			b, err := d.ReadFile("one.txt", 100)
			if err != nil || string(b) != string(good) {
				t.Errorf("want it made good, found %q %v", b, err)
			}
			kept := strings.Replace(c.aside, "1", strconv.Itoa(n), 1)
			if b, err := d.ReadFile(kept, 100); err != nil || string(b) != c.content {
				t.Errorf("want what was bad in %s, found %q %v", kept, b, err)
			}
		}
		if err := repair(s); err != nil { // nothing bad, nothing moved
			t.Error(err)
		}
		if files, err := d.List(100); err != nil || len(files) != 4 {
			t.Errorf("want two good and two bad files, found %d %v", len(files), err)
		}
	}
}

func TestForeignFilesAreNoObjects(t *testing.T) {
	d := openDir(t)
	if err := errors.Join(
		os.Mkdir(filepath.Join(d.Path(), "lost+found"), 0o700),
		os.Mkdir(filepath.Join(d.Path(), "folder"), 0o700),
		os.WriteFile(filepath.Join(d.Path(), "My Notes.TXT"), nil, 0o600),
		os.Symlink("/etc/passwd", filepath.Join(d.Path(), "link")),
	); err != nil {
		t.Fatal(err)
	}
	s := Open(d)
	if got, err := s.List(t.Context(), ""); err != nil || len(got) != 0 {
		t.Errorf("want no object, found %v, %v", got, err)
	}
	for _, name := range []string{"link", "folder"} {
		if _, err := s.Open(t.Context(), backup.Object{Name: name}, 0, 1); err == nil {
			t.Errorf("%s: want it refused", name)
		}
		if err := put(s, name, "x"); err == nil {
			t.Errorf("put %s: want it refused", name)
		}
	}
}

// Whoever watches hears of every piece that is read back, and ends a Put whose caller
// no longer waits: nothing gets a name.
func TestWhoWatchesEndsWhatIsReadBack(t *testing.T) {
	content, d := strings.Repeat("x", 3*copyBuffer), openDir(t)
	pieces, gone := 0, errors.New("nobody waits")
	watched := func(most int) *Store {
		pieces = 0
		return Open(d).Watched(func() error {
			if pieces++; pieces > most {
				return gone
			}
			return nil
		})
	}
	if err := put(watched(2), "one.bin", content); !errors.Is(err, gone) || pieces != 3 {
		t.Errorf("want it ended at the third piece, found %v at %d", err, pieces)
	}
	if files, err := d.List(9); err != nil || len(files) != 0 {
		t.Errorf("want nothing left, found %v, %v", files, err)
	}
	for range 2 { // what is there already is read again
		if err := put(watched(9), "one.bin", content); err != nil || pieces < 3 {
			t.Errorf("want each piece told, found %d, %v", pieces, err)
		}
	}
}

// A look that was ended says nothing of a file, least of all that it is bad.
func TestARepairThatNobodyWaitsForPutsNothingAside(t *testing.T) {
	d, gone := openDir(t), errors.New("nobody waits")
	good := []byte(strings.Repeat("x", 3*copyBuffer))
	if err := put(Open(d), "one.txt", string(good)); err != nil {
		t.Fatal(err)
	}
	_, err := Open(d).Watched(func() error { return gone }).Repair(t.Context(), "one.txt", backup.Whole(good), backup.Memory(good), time.Time{})
	if !errors.Is(err, gone) {
		t.Errorf("want %v, found %v", gone, err)
	}
	if files, err := d.List(9); err != nil || len(files) != 2 || files[0].Name != "one.txt" {
		t.Errorf("want the file where it was, found %v, %v", files, err)
	}
}

func TestZeroStoreRefuses(t *testing.T) {
	s := Open(nil)
	if err := put(s, "one.txt", "x"); err == nil {
		t.Error("put: want it refused")
	}
	if _, err := s.Open(t.Context(), backup.Object{Name: "one.txt"}, 0, 1); err == nil {
		t.Error("open: want it refused")
	}
	if _, err := s.List(t.Context(), ""); err == nil {
		t.Error("list: want it refused")
	}
}
