package s3store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// probeKind and canaryKind begin the names of objects that may be attacked: if
// a store allows what it must not, nothing is lost.
const (
	probeKind  = "probe-"
	canaryKind = "canary-"
)

// errUntried tells that a store was away during an attempt.
var errUntried = errors.New("nothing was found out")

// TryDelete tries to delete a locked version, also with the right to lift
// locks, and returns nil if it is still there with the same bytes. It takes
// probe and canary objects only. Credentials that may not delete anything are
// refused for that reason: try with those of who may.
func (s *Store) TryDelete(ctx context.Context, o backup.Object) error {
	before, err := s.victim(ctx, o, probeKind, canaryKind)
	if err != nil {
		return err
	}
	for _, bypass := range []bool{false, true} {
		err := s.again(ctx, func(ctx context.Context) error {
			return s.core.RemoveObject(ctx, s.config.Bucket, o.Name, minio.RemoveObjectOptions{VersionID: o.Version, GovernanceBypass: bypass})
		})
		if err := s.unharmed(ctx, before, "the locked version is deleted", err); err != nil {
			return err
		}
	}
	return nil
}

// TryShorten tries to make the lock of a version end earlier, in both modes,
// and returns nil if it ends when it did. It takes probe and canary objects
// only.
func (s *Store) TryShorten(ctx context.Context, o backup.Object) error {
	before, err := s.victim(ctx, o, probeKind, canaryKind)
	if err != nil {
		return err
	}
	now := s.config.Now()
	sooner := wholeSeconds(now.Add(before.Until.Sub(now) / 2))
	for _, mode := range []minio.RetentionMode{minio.Compliance, minio.Governance} {
		err := s.retain(ctx, before.Object, mode, sooner)
		if err := s.unharmed(ctx, before, "the lock is shortened", err); err != nil {
			return err
		}
	}
	return nil
}

// TryOverwrite puts other bytes under the name of a locked version, without any
// condition, and returns nil if the version can still be found and read. That a
// store takes the new bytes is no fault: with versions they only cover the old
// ones. It takes probe objects only, for nobody may be left with a covered
// canary.
func (s *Store) TryOverwrite(ctx context.Context, o backup.Object) error {
	before, err := s.victim(ctx, o, probeKind)
	if err != nil {
		return err
	}
	const other = "put over a locked object by a test\n"
	err = s.again(ctx, func(ctx context.Context) error {
		_, err := s.core.PutObject(ctx, s.config.Bucket, o.Name, strings.NewReader(other), int64(len(other)), "", "", minio.PutObjectOptions{
			UserMetadata: map[string]string{checksumHeader: formatChecksum(backup.Checksum{Sum: backup.Whole([]byte(other)).Sum})}})
		return err
	})
	if harmed := s.unharmed(ctx, before, "something else was put in its place", err); harmed != nil || err != nil {
		return harmed
	}
	return s.findable(ctx, before)
}

// victim looks at an object before it is attacked, and refuses one that could
// be lost.
func (s *Store) victim(ctx context.Context, o backup.Object, kinds ...string) (victim, error) {
	if err := backup.CheckObjectName(o.Name); err != nil {
		return victim{}, err
	}
	ours := false
	for _, k := range kinds {
		ours = ours || strings.HasPrefix(o.Name, k)
	}
	if !ours || o.Version == "" {
		return victim{}, fmt.Errorf("%s: want a version of an object named %s..., found another", o.Name, strings.Join(kinds, "... or "))
	}
	before, err := s.state(ctx, o)
	if err != nil {
		return victim{}, named(o.Name, err)
	}
	if now := s.config.Now(); !before.Until.After(now.Add(time.Second)) {
		return victim{}, fmt.Errorf("%s: want it locked for a while, found %s: %w", o.Name, lockWords(before.Until), backup.ErrNoLock)
	}
	sum, err := s.hash(ctx, before)
	return victim{before, sum}, err
}

// victim is a locked version as it was before an attack.
type victim struct {
	backup.Object
	sum backup.Sum // of its bytes, as they were read
}

// unharmed judges an attack by what is there afterwards. An attack that never
// reached the store proves nothing.
func (s *Store) unharmed(ctx context.Context, before victim, harm string, attack error) error {
	if attack != nil && !refused(attack) {
		return fmt.Errorf("%s: %w: %w", before.Name, errUntried, attack)
	}
	after, err := s.state(ctx, before.Object)
	if err != nil && !refused(err) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w: %w", before.Name, errUntried, err)
	}
	if err != nil {
		return fmt.Errorf("%s: want it unharmed, found that %s: %w", before.Name, harm, err)
	}
	if after.Size != before.Size || after.Checksum != before.Checksum || after.Until.Before(before.Until) {
		return behaviour(fmt.Sprintf("%s: want it unharmed and locked until %s, found that %s: %s", before.Name, utc(before.Until), harm, lockWords(after.Until)))
	}
	sum, err := s.hash(ctx, after)
	if err == nil && sum != before.sum {
		err = behaviour(fmt.Sprintf("%s: want SHA-256 %s, found that %s: %s", before.Name, before.sum, harm, sum))
	}
	return err
}

// behaviour is what a store did against the rules.
type behaviour string

// Error returns one line.
func (b behaviour) Error() string { return string(b) }

// hash reads a small object.
func (s *Store) hash(ctx context.Context, o backup.Object) (backup.Sum, error) {
	if o.Size > maxProbed {
		return backup.Sum{}, fmt.Errorf("%s: want at most %d bytes, found %d", o.Name, maxProbed, o.Size)
	}
	r, err := s.Open(ctx, o, 0, o.Size)
	if err != nil {
		return backup.Sum{}, err
	}
	h := sha256.New()
	_, err = io.Copy(h, io.LimitReader(r, maxProbed))
	return backup.Sum(h.Sum(nil)), errors.Join(err, r.Close())
}

// findable wants a version among those of its name.
func (s *Store) findable(ctx context.Context, before victim) error {
	versions, err := s.Versions(ctx, before.Name)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.Version == before.Version && v.Checksum == before.Checksum && v.Covered {
			return nil
		}
	}
	return behaviour(fmt.Sprintf("%s: want version %s told as covered, found %d others", before.Name, before.Version, len(versions)))
}
