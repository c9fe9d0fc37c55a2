package dirstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"strongroom/backup"
	"strongroom/custody/durable"
)

// Repair implements backup.Repairer. A file with wrong bytes, and a checksum
// file that says something else, get names that begin with bad- and a number:
// somebody may want to know what happened to them. Whatever stops in between is
// made good by the next Repair or Put.
func (s *Store) Repair(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	if err := backup.CheckObjectName(name); err != nil {
		return backup.Object{}, err
	}
	if sum, err := s.storedSum(name); err != nil || sum != c.Sum {
		if err := s.aside(name + sumSuffix); err != nil {
			return backup.Object{}, err
		}
	}
	if s.sameBytes(name, c.Size, c.Sum) != nil {
		if err := s.aside(name); err != nil {
			return backup.Object{}, err
		}
	}
	return s.Put(ctx, name, c, from, until)
}

// aside gives a file a name of its own that is no object's. None there is no
// error. When somebody who watched stopped the look at it, nothing is known of it,
// and it stays.
func (s *Store) aside(name string) error {
	if err := s.wanted(); err != nil {
		return err
	}
	for n := 1; n <= maxBad; n++ {
		err := s.dir.Rename(name, fmt.Sprintf("bad-%d-%s", n, name))
		if errors.Is(err, durable.ErrExists) {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return fmt.Errorf("%s: want fewer than %d bad files of that name, found more", name, maxBad)
}
