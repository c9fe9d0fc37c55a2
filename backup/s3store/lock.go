package s3store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// Extend implements backup.Store, in compliance mode. A store may refuse, or
// agree and do nothing: what HEAD shows afterwards counts.
func (s *Store) Extend(ctx context.Context, o backup.Object, until time.Time) error {
	if err := backup.CheckObjectName(o.Name); err != nil {
		return err
	}
	_, err := s.extend(ctx, o, wholeSeconds(until))
	return err
}

// locked returns the object with a lock that is at least as long as asked.
func (s *Store) locked(ctx context.Context, o backup.Object, until time.Time) (backup.Object, error) {
	if until.IsZero() || !o.Until.Before(until) {
		return o, nil
	}
	return s.extend(ctx, o, until)
}

func (s *Store) extend(ctx context.Context, o backup.Object, until time.Time) (backup.Object, error) {
	before, err := s.state(ctx, o)
	if err != nil {
		return backup.Object{}, named(o.Name, err)
	}
	before.Covered = o.Covered
	if !before.Until.Before(until) {
		return before, nil
	}
	refusal := s.retain(ctx, before, minio.Compliance, until)
	after, err := s.state(ctx, before)
	if err != nil {
		return backup.Object{}, named(o.Name, errors.Join(refusal, err))
	}
	after.Covered = o.Covered
	if !after.Until.Before(until) {
		return after, nil
	}
	if refusal != nil && !refused(refusal) {
		return backup.Object{}, named(o.Name, refusal) // it was away; perhaps it can lock
	}
	lacking := fmt.Errorf("%s: want it locked until %s, found %s: %w", o.Name, utc(until), lockWords(after.Until), backup.ErrNoLock)
	if refusal != nil {
		lacking = fmt.Errorf("%w: %w", lacking, refusal)
	}
	return backup.Object{}, lacking
}

// retain asks for a lock of one version.
func (s *Store) retain(ctx context.Context, o backup.Object, mode minio.RetentionMode, until time.Time) error {
	return s.again(ctx, func(ctx context.Context) error {
		return s.core.PutObjectRetention(ctx, s.config.Bucket, o.Name, minio.PutObjectRetentionOptions{
			Mode: &mode, RetainUntilDate: &until, VersionID: o.Version, GovernanceBypass: mode != minio.Compliance})
	})
}

// retention asks for the lock of one version by itself. Some stores (VersityGW)
// do not tell in HEAD about the lock of a version that is covered.
func (s *Store) retention(ctx context.Context, o backup.Object) (time.Time, error) {
	var until time.Time
	err := s.again(ctx, func(ctx context.Context) error {
		mode, t, err := s.core.GetObjectRetention(ctx, s.config.Bucket, o.Name, o.Version)
		if err == nil && mode != nil && t != nil && *mode == minio.Compliance {
			until = t.UTC()
		}
		return err
	})
	if refused(err) || errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, nil // it has none
	}
	return until, err
}

// state tells of a version, also of one that is covered.
func (s *Store) state(ctx context.Context, o backup.Object) (backup.Object, error) {
	h, err := s.head(ctx, o.Name, o.Version)
	if err == nil && h.Until.IsZero() {
		h.Until, err = s.retention(ctx, h)
	}
	return h, err
}

// lockless says whether a bucket is one without object lock, for which stores
// have different answers. That we may not ask tells nothing.
func (s *Store) lockless(ctx context.Context) bool {
	enabled := ""
	err := s.again(ctx, func(ctx context.Context) (err error) {
		enabled, _, _, _, err = s.core.GetObjectLockConfig(ctx, s.config.Bucket)
		return err
	})
	var a *Answer
	if errors.As(err, &a) {
		return refused(err) && a.Status != http.StatusForbidden
	}
	return err == nil && enabled != minio.Enabled
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func lockWords(until time.Time) string {
	if until.IsZero() {
		return "no lock"
	}
	return utc(until)
}
