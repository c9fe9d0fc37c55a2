package bucket

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/custody/durable"
	"strongroom/quorum/registry"
)

// folder is the keys below a path.
type folder struct {
	root *root
	path string // below the prefix, without a slash at its end; "" for all
	anew bool   // nothing that is remembered counts
}

// Path implements registry.Folder.
func (f *folder) Path() string { return strings.TrimSuffix(f.root.at(f.path), "/") }

// Close implements registry.Folder. Closing a folder of the registry itself tells
// once that the bucket could not be asked, for those who pass over what they cannot
// read.
func (f *folder) Close() error {
	if strings.Contains(f.path, "/") {
		return nil
	}
	return f.root.close()
}

// Anew implements registry.Folder.
func (f *folder) Anew() registry.Folder {
	if f.anew {
		return f
	}
	f.root.forget(f.path)
	return &folder{root: f.root, path: f.path, anew: true}
}

// Sub implements registry.Folder: a folder is there as soon as something is in it.
func (f *folder) Sub(name string) (registry.Folder, error) {
	path, err := f.below(name)
	if err != nil {
		return nil, err
	}
	return &folder{root: f.root, path: path, anew: f.anew}, nil
}

// OpenSub implements registry.Folder.
func (f *folder) OpenSub(name string) (registry.Folder, error) { return f.Sub(name) }

// below is the path of a name in the folder.
func (f *folder) below(name string) (string, error) {
	if err := checkName(name); err != nil {
		return "", fmt.Errorf("%s: %w", f.Path(), err)
	}
	if f.path == "" {
		return name, nil
	}
	return f.path + "/" + name, nil
}

// List implements registry.Folder. What this machine remembers is in it, also
// where the bucket's list is late or somebody took something away.
func (f *folder) List(max int) ([]durable.Entry, error) {
	if f.path == "" {
		return nil, fmt.Errorf("%s: want one of the registry's folders, found none", f.Path())
	}
	entries, err := f.root.children(f.path)
	if err != nil {
		return nil, err
	}
	if err := f.remembered(entries, max); err != nil {
		return nil, err
	}
	if len(entries) > max {
		return nil, fmt.Errorf("%s: %w: wanted at most %d entries, found more", f.Path(), durable.ErrTooLarge, max)
	}
	return sorted(entries), nil
}

func sorted(entries map[string]durable.Entry) []durable.Entry {
	var out []durable.Entry
	for _, e := range entries {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b durable.Entry) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// ReadFile implements registry.Folder.
func (f *folder) ReadFile(name string, max int64, good func([]byte) bool) ([]byte, error) {
	path, err := f.below(name)
	if err != nil {
		return nil, err
	}
	if b, ok := f.recall(name, max); ok && (good == nil || good(b)) {
		return b, nil
	}
	if good != nil {
		b, err := f.right(path, max, good)
		if err == nil && good(b) {
			f.remember(name, path, b, true)
		}
		return b, err
	}
	versions, err := f.root.known(path)
	if err != nil {
		return nil, err
	}
	b, err := f.first(path, max, versions)
	if err == nil {
		f.remember(name, path, b, false)
	}
	return b, err
}

// first returns what a key was given first: nothing else tells which of several
// contents is the right one. Versions that a late list does not know are asked for
// by the key itself.
func (f *folder) first(path string, max int64, versions []version) ([]byte, error) {
	if len(versions) == 0 || versions[0].id == "" {
		var err error
		if versions, err = f.root.versions(path); err != nil {
			return nil, err
		}
	}
	if len(versions) > 1 {
		f.root.warn(path, fmt.Sprintf("it was put %d times; what was put first counts", len(versions)))
	}
	for _, v := range versions {
		if b, err := f.root.get(path, v.id, max); !missing(err) {
			return b, err
		}
	}
	return f.root.get(path, "", max)
}

// right returns the content of a key that good accepts: what it has now, or else
// what is below that. If there is none it returns what the key has now.
func (f *folder) right(path string, max int64, good func([]byte) bool) ([]byte, error) {
	now, err := f.root.get(path, "", max)
	if err == nil && good(now) {
		return now, nil
	}
	if err != nil && !missing(err) && !errors.Is(err, durable.ErrTooLarge) {
		return nil, err
	}
	versions, listing := f.root.versions(path)
	if listing != nil {
		return nil, listing
	}
	for _, v := range versions {
		b, err := f.root.get(path, v.id, max)
		if err == nil && good(b) {
			f.root.warn(path, "something was put over it that is not what its name says; what is below counts")
			return b, nil
		}
		if err != nil && !missing(err) && !errors.Is(err, durable.ErrTooLarge) {
			return nil, err
		}
	}
	return now, err
}

// WriteNew implements registry.Folder. A key that is hidden by a delete marker is
// not free.
func (f *folder) WriteNew(name string, b []byte) error {
	path, err := f.below(name)
	if err != nil {
		return err
	}
	versions, err := f.root.versions(path)
	if err != nil {
		return err
	}
	for try := range maxSettled {
		if len(versions) > 0 || try > 0 {
			// It is there, somebody was faster, or the answer to our own try was lost.
			if err := f.holds(path, b, versions); !missing(err) {
				return f.put(name, path, b, err)
			}
			versions = nil
		}
		err := f.root.Objects.PutNew(f.root.ctx, f.root.Prefix+path, b)
		if !errors.Is(err, durable.ErrExists) {
			return f.put(name, path, b, err)
		}
	}
	return fmt.Errorf("%s: write: want a key that is free or taken, found it refused and nothing there", f.root.at(path))
}

// put notes what was put, unless that failed.
func (f *folder) put(name, path string, b []byte, err error) error {
	if err != nil {
		return f.root.away(fmt.Errorf("%s: write: %w", f.root.at(path), err))
	}
	f.remember(name, path, b, true)
	return nil
}

// holds wants a taken key to have been given b first.
func (f *folder) holds(path string, b []byte, versions []version) error {
	found, err := f.first(path, int64(len(b)), versions)
	if err == nil && !bytes.Equal(found, b) || errors.Is(err, durable.ErrTooLarge) {
		return fmt.Errorf("%w, with other bytes", durable.ErrExists)
	}
	return err
}

// recall returns what this machine remembers under a name.
func (f *folder) recall(name string, max int64) ([]byte, bool) {
	if f.anew {
		return nil, false
	}
	d, err := f.copies(false)
	if d == nil || err != nil {
		return nil, false
	}
	defer d.Close()
	b, err := d.ReadFile(name, max)
	return b, err == nil
}

// remember keeps what was read or written. What is sure takes the place of what
// was wrong; what a bucket merely says does not. Nothing depends on it.
func (f *folder) remember(name, path string, b []byte, sure bool) {
	f.root.saw(path, int64(len(b)))
	d, err := f.copies(true)
	if d != nil && err == nil {
		defer d.Close()
		if err = d.WriteNew(name, b); errors.Is(err, durable.ErrExists) {
			if err = nil; sure {
				err = d.WriteFile(name, b)
			}
		}
	}
	if err != nil {
		f.root.warn("", "what is read is not remembered on this machine: "+err.Error())
	}
}

// remembered adds the names that this machine remembers.
func (f *folder) remembered(entries map[string]durable.Entry, max int) error {
	d, err := f.copies(false)
	if d == nil || err != nil {
		return err
	}
	defer d.Close()
	found, err := d.List(max)
	if err != nil {
		return err
	}
	for _, e := range found {
		if _, there := entries[e.Name]; !there && checkName(e.Name) == nil && (e.Regular || e.Dir) {
			entries[e.Name] = e
		}
	}
	return nil
}

// copies opens the folder of the same path on this machine; nil if there is none,
// or none to be made.
func (f *folder) copies(make bool) (*durable.Dir, error) {
	at := f.root.Copies
	if at == nil || f.path == "" {
		return nil, nil
	}
	for i, name := range strings.Split(f.path, "/") {
		open := at.OpenSub
		if make {
			open = at.Sub
		}
		sub, err := open(name)
		if i > 0 {
			err = errors.Join(err, at.Close())
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		at = sub
	}
	return at, nil
}
