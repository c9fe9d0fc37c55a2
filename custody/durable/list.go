package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Entry is what a folder holds under one name.
type Entry struct {
	Name    string
	Size    int64 // bytes, of a regular file
	Regular bool  // a regular file: no folder, link, device or pipe
	Dir     bool  // a folder
}

// List returns what the folder holds, sorted by name (bytewise), at most max
// entries: more is ErrTooLarge. It leaves out nothing but the temporary files
// that Clean removes, so names may be such that no other method accepts.
func (d *Dir) List(max int) ([]Entry, error) {
	names, err := d.names(max, func(name string) bool { return !strings.HasPrefix(name, tempPrefix) })
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(names))
	for _, name := range names {
		info, err := d.root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since we read the folder
		}
		if err != nil {
			return nil, d.fail(name, "look", err)
		}
		e := Entry{Name: name, Regular: info.Mode().IsRegular(), Dir: info.IsDir()}
		if e.Regular {
			e.Size = info.Size()
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Names returns at most max of the names that List tells and that begin with prefix,
// sorted, and whether these are all. It looks at none of the files.
func (d *Dir) Names(prefix string, max int) (names []string, all bool, err error) {
	return d.some(max, func(name string) bool {
		return strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, tempPrefix)
	})
}

// names returns the sorted names in the folder that wanted accepts.
func (d *Dir) names(max int, wanted func(string) bool) ([]string, error) {
	names, all, err := d.some(max, wanted)
	if err == nil && !all {
		return nil, fmt.Errorf("%s: %w: wanted at most %d entries, found more", d.path, ErrTooLarge, max)
	}
	return names, err
}

// some returns the sorted names in the folder that wanted accepts, or max of them.
func (d *Dir) some(max int, wanted func(string) bool) (names []string, all bool, err error) {
	if err := d.ready("folder", checkName); err != nil {
		return nil, false, err
	}
	f, err := d.root.Open(".")
	if err != nil {
		return nil, false, d.fail(".", "list", err)
	}
	defer f.Close()
	for {
		chunk, err := f.Readdirnames(listChunk)
		for _, name := range chunk {
			if wanted(name) {
				names = append(names, name)
			}
		}
		if all = len(names) <= max; !all || errors.Is(err, io.EOF) {
			names = names[:min(max, len(names))]
			slices.Sort(names)
			return names, all, nil
		}
		if err != nil {
			return nil, false, d.fail(".", "list", err)
		}
	}
}

// Clean removes the temporary files that a crash left in this folder (not in
// its sub folders). Only the one who holds the Lock may call it, or who knows
// that nobody else writes: a file that another process is just writing would go
// too, and that write would fail.
func (d *Dir) Clean() error {
	names, err := d.names(maxTemps, func(name string) bool { return strings.HasPrefix(name, tempPrefix) })
	if err != nil || len(names) == 0 {
		return err
	}
	for _, name := range names {
		if err := d.step(Remove, name, func() error { return d.root.Remove(name) }); err != nil {
			return d.fail(name, "remove", err)
		}
	}
	if err := d.syncDir(); err != nil {
		return d.fail(".", "sync", err)
	}
	return nil
}
