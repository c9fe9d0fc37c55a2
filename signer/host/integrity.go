package host

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// Drift is how a machine differs from its baseline; each list is sorted. The
// zero Drift says that nothing differs.
type Drift struct {
	Changed []string `json:"changed"` // other content, or no longer a readable file
	Missing []string `json:"missing"`
	Added   []string `json:"added"` // whatever it is
}

// None tells that the machine is as it was.
func (d Drift) None() bool { return len(d.Changed)+len(d.Missing)+len(d.Added) == 0 }

// Check compares a machine, by its file tree rooted at /, with a baseline.
// What cannot be read counts as changed, and a folder that cannot as added; a
// new folder without a file in it is not seen. An error means that there is no
// answer, not that nothing differs.
func Check(b Baseline, root fs.FS) (Drift, error) {
	if len(b.files) == 0 {
		return Drift{}, errors.New("integrity: want a baseline, found none")
	}
	found, err := walk(root, b.roots)
	if err != nil {
		return Drift{}, err
	}
	d := Drift{Changed: []string{}, Missing: []string{}, Added: []string{}}
	for _, f := range b.files {
		i, ok := slices.BinarySearchFunc(found, f.Name, sighting.compare)
		switch {
		case !ok:
			d.Missing = append(d.Missing, f.Name)
		case found[i].odd != "" || !holds(root, f):
			d.Changed = append(d.Changed, f.Name)
		}
	}
	for _, f := range found {
		if _, ok := slices.BinarySearchFunc(b.files, f.name, File.compare); !ok {
			d.Added = append(d.Added, f.name)
		}
	}
	return d, nil
}

// holds tells whether the file still has its digest.
func holds(root fs.FS, f File) bool {
	digest, err := digestOf(root, f.Name)
	return err == nil && digest == f.Digest
}

func (f File) compare(name string) int { return strings.Compare(f.Name, name) }
