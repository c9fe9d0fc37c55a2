package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// shelf is a folder of files that are named by the SHA-256 of their bytes.
type shelf struct {
	dir  Folder
	size int64 // most bytes of a file
	most int   // most files that are listed
}

// on returns the shelf of what belongs to one text, which is a sub folder. The
// caller closes its dir. Without make, one that is missing is fs.ErrNotExist.
func (s shelf) on(h text.Hash, make bool) (shelf, error) {
	if h.IsZero() {
		return shelf{}, fmt.Errorf("registry: want the hash of a text, found zeros")
	}
	open := s.dir.OpenSub
	if make {
		open = s.dir.Sub
	}
	sub, err := open(h.String())
	if err != nil {
		return shelf{}, fmt.Errorf("registry: %w", err)
	}
	return shelf{sub, s.size, s.most}, nil
}

// put stores b, unless it is there.
func (s shelf) put(b []byte) (text.Hash, error) {
	if len(b) == 0 || int64(len(b)) > s.size {
		return text.Hash{}, fmt.Errorf("registry: want 1 to %d bytes, found %d", s.size, len(b))
	}
	h := text.Identity(b)
	err := s.dir.WriteNew(h.String(), b)
	if errors.Is(err, durable.ErrExists) {
		return h, tampered(s.dir, h.String(), "other content")
	}
	if err != nil {
		return h, fmt.Errorf("registry: %w", err)
	}
	return h, nil
}

// get reads the file that h names and compares it with its name.
func (s shelf) get(h text.Hash) ([]byte, error) {
	b, err := s.dir.ReadFile(h.String(), s.size, func(b []byte) bool { return text.Identity(b) == h })
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	if found := text.Identity(b); found != h {
		return nil, tampered(s.dir, h.String(), "content with SHA-256 "+found.String())
	}
	return b, nil
}

// hashes lists what is there, sorted. Names that are no hash are passed over.
func (s shelf) hashes() ([]text.Hash, error) {
	entries, err := s.dir.List(s.most)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	var out []text.Hash
	for _, e := range entries {
		if h, err := text.ParseHash(e.Name); err == nil && e.Regular {
			out = append(out, h)
		}
	}
	return out, nil
}

// all reads everything on the shelf and hands out what is as its name says; the
// other files are told in bad, one error each.
func (s shelf) all(take func(h text.Hash, b []byte)) (bad []error, err error) {
	hashes, err := s.hashes()
	if err != nil {
		return nil, err
	}
	for _, h := range hashes {
		b, err := s.get(h)
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken away since we listed it
		}
		if errors.Is(err, ErrAway) {
			return nil, err
		}
		if err != nil {
			bad = append(bad, err)
			continue
		}
		take(h, b)
	}
	return bad, nil
}

// tampered is the error of a file that is not what its name says.
func tampered(d Folder, name, found string) error {
	return fmt.Errorf("registry: %s: %w: want the content that the name stands for, found %s", filepath.Join(d.Path(), name), ErrTampered, found)
}
