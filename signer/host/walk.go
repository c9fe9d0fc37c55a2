package host

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"strongroom/custody/durable"
)

// sighting is something that lies at a path.
type sighting struct {
	name string // absolute
	odd  string // what it is, when it is no readable file
}

func (s sighting) compare(name string) int { return strings.Compare(s.name, name) }

// walk lists everything but readable folders at and below the roots, sorted. A
// root that is not there is left out.
func walk(root fs.FS, roots []string) ([]sighting, error) {
	w := walker{root: root}
	for _, name := range roots {
		info, err := fs.Stat(root, name[1:])
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = nil
		case err != nil:
			err = w.add(sighting{name, "something that cannot be looked at"})
		case info.IsDir():
			err = w.folder(name, 1)
		default:
			err = w.see(name, info.Mode())
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(w.found, func(a, b sighting) int { return strings.Compare(a.name, b.name) })
	return w.found, nil
}

type walker struct {
	root  fs.FS
	found []sighting
}

// folder looks at what is in a folder. One that cannot be looked into is itself
// what was found: it must not end a check without an answer.
func (w *walker) folder(name string, depth int) error {
	if depth > maxDepth {
		return w.add(sighting{name, "a folder too deep in others"})
	}
	entries, err := fs.ReadDir(w.root, name[1:])
	if err != nil {
		return w.add(sighting{name, "a folder that cannot be read"})
	}
	for _, e := range entries {
		below := name + "/" + e.Name()
		if e.IsDir() {
			err = w.folder(below, depth+1)
		} else {
			err = w.entry(below, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entry looks at what a link leads to, as sha256sum would.
func (w *walker) entry(name string, e fs.DirEntry) error {
	if e.Type()&fs.ModeSymlink == 0 {
		return w.see(name, e.Type())
	}
	info, err := fs.Stat(w.root, name[1:])
	if err != nil {
		return w.add(sighting{name, "a link that leads nowhere"})
	}
	if info.IsDir() {
		return w.add(sighting{name, "a link to a folder"})
	}
	return w.see(name, info.Mode())
}

func (w *walker) see(name string, mode fs.FileMode) error {
	if mode.Type() == 0 {
		return w.add(sighting{name: name})
	}
	return w.add(sighting{name, durable.KindOf(mode)})
}

func (w *walker) add(s sighting) error {
	if len(w.found) == maxFiles {
		return fmt.Errorf("integrity: want at most %d files, found more", maxFiles)
	}
	w.found = append(w.found, s)
	return nil
}
