package s3store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"strongroom/backup"
)

// Repair implements backup.Repairer. The right bytes become a new version over
// what the name holds, locked by itself. What went bad stays below it as long as
// its own lock lasts: whoever reads takes the newest version with the right
// checksum, and that is this one.
func (s *Store) Repair(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	if err := checkPut(name, c); err != nil {
		return backup.Object{}, err
	}
	until = wholeSeconds(until)
	var o backup.Object
	var err error
	if c.Parts() == 1 {
		o, err = s.repairWhole(ctx, name, c, from, until)
	} else {
		o, err = s.putParts(ctx, name, c, from, until, s.over)
	}
	if err != nil {
		return backup.Object{}, named(name, err)
	}
	return s.locked(ctx, o, until)
}

// repairWhole is putWhole without the condition. An answer that was lost makes
// two versions of the same bytes.
func (s *Store) repairWhole(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	p, err := openPiece(ctx, name, c, from, 0)
	if err != nil {
		return backup.Object{}, err
	}
	defer p.close()
	o, err := s.send(ctx, p, c, until, false)
	if refused(err) {
		err = p.blame(err)
	}
	return o, err
}

// over sends what is missing and completes an upload, whoever has the name. An
// answer that was lost is no failure if there is a new version.
func (s *Store) over(ctx context.Context, u upload, c backup.Content, from backup.Bytes) (backup.Object, error) {
	if err := s.sendMissing(ctx, u, c, from); err != nil {
		if errors.Is(err, backup.ErrContent) {
			err = errors.Join(err, s.drop(ctx, u))
		}
		return backup.Object{}, err
	}
	before, err := s.top(ctx, u.name)
	if err != nil {
		return backup.Object{}, err
	}
	version, err := s.join(ctx, u, c)
	if err == nil {
		return s.arrived(ctx, u.name, version, c)
	}
	if refused(err) || errors.Is(err, fs.ErrNotExist) {
		if o, there := s.top(ctx, u.name); there == nil && o.Version != before.Version && o.Is(c) {
			return o, nil
		}
	}
	return backup.Object{}, fmt.Errorf("complete: %w", err)
}

// top is the newest version of a name; none is no error.
func (s *Store) top(ctx context.Context, name string) (backup.Object, error) {
	versions, err := s.versions(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return backup.Object{}, nil
	}
	if err != nil {
		return backup.Object{}, err
	}
	return versions[0], nil
}

var _ backup.Repairer = (*Store)(nil)
