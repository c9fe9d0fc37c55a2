package backup_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"strongroom/backup"
)

// coarse is a file system that keeps times in whole seconds.
type coarse struct{ fs.FS }

func (c coarse) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if d, ok := f.(fs.ReadDirFile); ok {
		if info, err := d.Stat(); err == nil && info.IsDir() {
			return coarseDir{d}, nil
		}
	}
	return coarseFile{f}, err
}

func (c coarse) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(c.FS, name)
	return coarseInfo{info}, err
}

type coarseFile struct{ fs.File }

func (f coarseFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return coarseInfo{info}, err
}

type coarseDir struct{ fs.ReadDirFile }

func (d coarseDir) ReadDir(n int) ([]fs.DirEntry, error) {
	list, err := d.ReadDirFile.ReadDir(n)
	for i, e := range list {
		list[i] = coarseEntry{e}
	}
	return list, err
}

type coarseEntry struct{ fs.DirEntry }

func (e coarseEntry) Info() (fs.FileInfo, error) {
	info, err := e.DirEntry.Info()
	return coarseInfo{info}, err
}

type coarseInfo struct{ fs.FileInfo }

func (i coarseInfo) ModTime() time.Time { return i.FileInfo.ModTime().Truncate(time.Second) }

func (i coarseInfo) Sys() any {
	s := *i.FileInfo.Sys().(*syscall.Stat_t)
	s.Ctim.Nsec = 0
	return &s
}

// Where times are whole seconds, a file may change twice in one, before it is read
// and after.
func TestAFileThatChangedInTheSecondInWhichItWasReadIsReadAgain(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		again bool
	}{{time.Second, true}, {2 * time.Second, true}, {4 * time.Second, false}} {
		dir, p, _ := packedPlan(t)
		p.Index = backup.Index{}
		info, err := os.Stat(filepath.Join(dir, "file 20"))
		if err != nil {
			t.Fatal(err)
		}
		p.Now = func() time.Time { return info.ModTime().Truncate(time.Second).Add(c.after) }
		first := mustTake(t, coarse{os.DirFS(dir)}, p)
		p.Last, p.Index, p.Now = first.Signed.Manifest(), first.Index, later
		_, err = backup.Take(t.Context(), unreadFS{coarse{os.DirFS(dir)}, []string{"file 20"}}, p)
		if again := err != nil && strings.Contains(err.Error(), "read again"); again != c.again || err != nil && !again {
			t.Errorf("%s after its second began: want it read again: %v, found %v", c.after, c.again, err)
		}
	}
}

// broken is a disk with a bad sector under one file.
type broken struct {
	fs.FS
	name string
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, syscall.EIO
	}
	return b.FS.Open(name)
}

// What was sealed of a file that cannot be read any more is the last of it, and
// its snapshots go on.
func TestAFileThatCannotBeReadAnyMoreStaysAsItWasSealed(t *testing.T) {
	dir, p, store := packedPlan(t)
	before := treeOf(t, dir)
	p.Reread = true
	taken := mustTake(t, broken{os.DirFS(dir), "file 20"}, p)
	if !slices.Equal(taken.Unread, []string{"file 20"}) || taken.Other != nil || taken.Torn != nil {
		t.Errorf("want file 20 named, found %q, %q, %q", taken.Unread, taken.Other, taken.Torn)
	}
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store))
	back, _ := stockRestore(t, store, taken.Signed.Manifest())
	wantTree(t, "with a bad sector", before, treeOf(t, back))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := backup.Take(ctx, os.DirFS(dir), p); !errors.Is(err, context.Canceled) {
		t.Errorf("want it ended, found %v", err)
	}
	p.Index = backup.Index{}
	if _, err := backup.Take(t.Context(), broken{os.DirFS(dir), "file 20"}, p); !errors.Is(err, syscall.EIO) {
		t.Errorf("never sealed: want an error, found %v", err)
	}
}

// vanishing is a folder from which files are removed once they are listed.
type vanishing struct {
	fs.FS
	names []string
}

func (v vanishing) Open(name string) (fs.File, error) {
	if slices.Contains(v.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return v.FS.Open(name)
}

// A file that is removed between the list and its turn was never there: in a pack,
// alone, and among the rest.
func TestAFileThatIsRemovedBeforeItsTurnEndsNothing(t *testing.T) {
	dir, p, store := packedPlan(t)
	p.Index = backup.Index{}
	if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, testAlone), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := []string{"big", "file 00", "file 20", "file 29"}
	taken := mustTake(t, vanishing{os.DirFS(dir), gone}, p)
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store))
	for _, name := range gone {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	back, _ := stockRestore(t, store, taken.Signed.Manifest())
	wantTree(t, "without them", treeOf(t, dir), treeOf(t, back))
	if taken.Torn != nil || taken.Signed.Manifest().Contents.Files != 27 {
		t.Errorf("want 27 files and none torn, found %+v, %q", taken.Signed.Manifest().Contents, taken.Torn)
	}
	p.Last, p.Index = taken.Signed.Manifest(), taken.Index
	again := mustTake(t, os.DirFS(dir), p)
	mustShip(t, shipment(p, again.Signed, backup.V3), targets(store))
	back, _ = stockRestore(t, store, again.Signed.Manifest())
	wantTree(t, "the next", treeOf(t, dir), treeOf(t, back))
}
