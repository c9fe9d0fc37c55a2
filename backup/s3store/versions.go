package s3store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// Versions implements backup.Store. Of more than a hundred the fifty newest
// and the fifty oldest are told.
func (s *Store) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	if err := backup.CheckObjectName(name); err != nil {
		return nil, err
	}
	found, err := s.versions(ctx, name)
	return found, named(name, err)
}

func (s *Store) versions(ctx context.Context, name string) ([]backup.Object, error) {
	found, err := s.listed(ctx, name, func(o backup.Object) bool { return o.Name == name })
	if err != nil {
		return nil, err
	}
	if len(found) > maxVersions {
		found = slices.Delete(found, maxVersions/2, len(found)-maxVersions/2)
	}
	return s.examine(ctx, found)
}

// examine asks for checksum and lock of each version. One that the store does
// not tell about, such as one encrypted with somebody's own key, equals no
// content; only if all are like this it is an error.
func (s *Store) examine(ctx context.Context, found []backup.Object) ([]backup.Object, error) {
	var out []backup.Object
	var refusal error
	told := false
	for _, o := range found {
		h, err := s.head(ctx, o.Name, o.Version)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // it was not locked, and somebody has just deleted it
		case refused(err):
			refusal = err
			out = append(out, o)
			continue
		case err != nil:
			return nil, err
		}
		told = true
		if h.Covered = o.Covered; h.Covered && h.Until.IsZero() {
			if h.Until, err = s.retention(ctx, h); err != nil {
				return nil, err
			}
		}
		out = append(out, h)
	}
	switch {
	case len(out) == 0:
		return nil, fs.ErrNotExist
	case !told:
		return nil, refusal
	}
	return out, nil
}

// List implements backup.Store.
func (s *Store) List(ctx context.Context, prefix string) ([]backup.Object, error) {
	found, err := s.listed(ctx, prefix, func(o backup.Object) bool { return backup.CheckObjectName(o.Name) == nil })
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	slices.SortStableFunc(found, func(a, b backup.Object) int { return strings.Compare(a.Name, b.Name) })
	return found, nil
}

// listed returns the versions whose names begin with prefix and that keep
// takes, in the store's order: by name, the newest first.
func (s *Store) listed(ctx context.Context, prefix string, keep func(backup.Object) bool) ([]backup.Object, error) {
	var found []backup.Object
	err := s.again(ctx, func(ctx context.Context) error {
		found = nil
		entries := 0
		for e := range s.core.ListObjectsIter(ctx, s.config.Bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true, WithVersions: true}) {
			if e.Err != nil {
				return e.Err
			}
			if entries++; entries > maxEntries {
				return ownError{fmt.Errorf("want at most %d versions below %q, found more", maxEntries, prefix)}
			}
			o := backup.Object{Name: e.Key, Version: e.VersionID, Size: e.Size, Covered: !e.IsLatest}
			if !e.IsDeleteMarker && strings.HasPrefix(o.Name, prefix) && keep(o) {
				found = append(found, o)
			}
		}
		return ctx.Err() // the library ends a list when the context does, and does not say so
	})
	return found, err
}

// head asks for size, checksum and lock of a version; of the newest without one.
func (s *Store) head(ctx context.Context, name, version string) (backup.Object, error) {
	var o backup.Object
	err := s.again(ctx, func(ctx context.Context) error {
		h, err := s.core.StatObject(ctx, s.config.Bucket, name, minio.StatObjectOptions{VersionID: version, Checksum: true})
		if err != nil {
			return err
		}
		o = backup.Object{Name: name, Version: h.VersionID, Size: h.Size}
		if version != "" {
			o.Version = version
		}
		o.Checksum, _ = parseChecksum(h.ChecksumSHA256) // one that is not told equals no content
		o.Until = lockedUntil(h.Metadata.Get("X-Amz-Object-Lock-Mode"), h.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"))
		return nil
	})
	return o, err
}

// lockedUntil reads the lock headers. Only compliance mode is a lock: the other
// can be lifted by who is permitted to.
func lockedUntil(mode, until string) time.Time {
	t, err := time.Parse(time.RFC3339, until)
	if err != nil || mode != string(minio.Compliance) {
		return time.Time{}
	}
	return t.UTC()
}

// parseChecksum reads a SHA-256 as S3 writes it: base64, and for the hash of so
// many parts' hashes "-" and their number behind it. Only the one form that
// formatChecksum writes is taken.
func parseChecksum(text string) (backup.Checksum, bool) {
	var c backup.Checksum
	digits, parts, composite := strings.Cut(text, "-")
	sum, err := base64.StdEncoding.Strict().DecodeString(digits)
	if err != nil || len(sum) != len(c.Sum) {
		return backup.Checksum{}, false
	}
	copy(c.Sum[:], sum)
	if composite {
		n, err := strconv.Atoi(parts)
		if err != nil || n < 1 || n > mostParts {
			return backup.Checksum{}, false
		}
		c.Parts = n
	}
	if formatChecksum(c) != text {
		return backup.Checksum{}, false
	}
	return c, true
}

// formatChecksum writes a checksum as S3 does.
func formatChecksum(c backup.Checksum) string {
	text := base64.StdEncoding.EncodeToString(c.Sum[:])
	if c.Parts > 0 {
		text += "-" + strconv.Itoa(c.Parts)
	}
	return text
}
