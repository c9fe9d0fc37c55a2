package s3store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// Put implements backup.Store. A content of one part is one conditional PUT,
// so that of many who put one name one wins; a larger one is a multipart
// upload, for which few stores know conditions: its name is looked at before,
// and names of payloads are random. The lock is asked for with the upload and
// read back; where it is missing it is asked for again by itself.
func (s *Store) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	if err := checkPut(name, c); err != nil {
		return backup.Object{}, err
	}
	until = wholeSeconds(until)
	o, err := s.holding(ctx, name, c)
	if errors.Is(err, fs.ErrNotExist) {
		if c.Parts() == 1 {
			o, err = s.putWhole(ctx, name, c, from, until)
		} else {
			o, err = s.putParts(ctx, name, c, from, until, s.finish)
		}
	}
	if refused(err) && !until.IsZero() && s.lockless(ctx) {
		err = fmt.Errorf("%w: bucket %s has no object lock: %w", backup.ErrNoLock, s.config.Bucket, err)
	}
	if err != nil {
		return backup.Object{}, named(name, err)
	}
	return s.locked(ctx, o, until)
}

func checkPut(name string, c backup.Content) error {
	if err := backup.CheckObjectName(name); err != nil {
		return err
	}
	parts := c.Parts()
	switch {
	case parts < 1 || c.Size < 0 || len(c.Sums) != parts:
		return fmt.Errorf("%s: want the SHA-256 of %d parts, found %d", name, parts, len(c.Sums))
	case parts > mostParts:
		return fmt.Errorf("%s: want at most %d parts, found %d", name, mostParts, parts)
	case parts > 1 && c.Part < smallestPart:
		return fmt.Errorf("%s: want parts of at least %d bytes, found %d", name, smallestPart, c.Part)
	case min(c.Part, c.Size) > largestPart:
		return fmt.Errorf("%s: want parts of at most %d bytes, found %d", name, largestPart, c.Part)
	}
	return nil
}

// wholeSeconds rounds up: lock headers carry no fractions.
func wholeSeconds(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); whole.Before(t) {
		return whole.Add(time.Second).UTC()
	}
	return t.UTC()
}

// holding returns the version that has a content. A name that holds other
// bytes, and be it below a delete marker, is backup.ErrExists.
func (s *Store) holding(ctx context.Context, name string, c backup.Content) (backup.Object, error) {
	versions, err := s.versions(ctx, name)
	if err != nil {
		return backup.Object{}, err
	}
	for _, o := range versions {
		if o.Is(c) {
			return o, nil
		}
	}
	return backup.Object{}, fmt.Errorf("%w: want %d bytes with SHA-256 %s, found %d with %s", backup.ErrExists, c.Size, c.Sum, versions[0].Size, versions[0].Checksum.Sum)
}

// putWhole puts a content of one part.
func (s *Store) putWhole(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	p, err := openPiece(ctx, name, c, from, 0)
	if err != nil {
		return backup.Object{}, err
	}
	defer p.close()
	for range maxSettled {
		o, err := s.send(ctx, p, c, until, true)
		if err == nil || !refused(err) {
			return o, err
		}
		// Somebody was faster, an answer was lost, or the content is wrong.
		if o, there := s.holding(ctx, name, c); !errors.Is(there, fs.ErrNotExist) {
			return o, there
		}
		if !taken(err) {
			return backup.Object{}, p.blame(err)
		}
		if err := s.pause(ctx, 0); err != nil {
			return backup.Object{}, err
		}
	}
	return backup.Object{}, errors.New("want a name that is free or taken, found it refused and nothing there")
}

// send puts a piece, on condition that the name is free if that is asked, and
// reads back what became of it.
func (s *Store) send(ctx context.Context, p *piece, c backup.Content, until time.Time, free bool) (backup.Object, error) {
	version := ""
	err := s.again(ctx, func(ctx context.Context) error {
		body, err := s.body(ctx, p)
		if err != nil {
			return err
		}
		options := wish(until)
		options.UserMetadata = map[string]string{checksumHeader: base64.StdEncoding.EncodeToString(p.sum[:])}
		if free {
			options.SetMatchETagExcept("*")
		}
		made, err := s.core.PutObject(ctx, s.config.Bucket, p.name, body, p.size, "", "", options)
		version = made.VersionID
		return body.failed(err)
	})
	if err != nil {
		return backup.Object{}, err
	}
	return s.arrived(ctx, p.name, version, c)
}

// checksumHeader carries a SHA-256 that the store compares and keeps. The header
// is signed, so the bytes need not be signed once more: the store would only
// hash them twice.
const checksumHeader = "x-amz-checksum-sha256"

// wish asks for a lock, if there is to be one.
func wish(until time.Time) minio.PutObjectOptions {
	if until.IsZero() {
		return minio.PutObjectOptions{}
	}
	return minio.PutObjectOptions{Mode: minio.Compliance, RetainUntilDate: until}
}

// arrived reads back what was just put.
func (s *Store) arrived(ctx context.Context, name, version string, c backup.Content) (backup.Object, error) {
	o, err := s.head(ctx, name, version)
	if err != nil {
		return backup.Object{}, fmt.Errorf("read back: %w", err)
	}
	if !o.Is(c) {
		return backup.Object{}, fmt.Errorf("read back: want %d bytes with SHA-256 %s in %d parts, found %d with %s in %d: %w",
			c.Size, expected(c), c.Parts(), o.Size, o.Checksum.Sum, max(1, o.Checksum.Parts), backup.ErrContent)
	}
	return o, nil
}

// expected is the checksum that a store should tell.
func expected(c backup.Content) backup.Sum {
	if c.Parts() == 1 {
		return c.Sum
	}
	return c.Composite
}

// taken says whether a condition was not met: the name is taken, or somebody is
// just taking it.
func taken(err error) bool {
	var a *Answer
	return errors.As(err, &a) && a.Status == http.StatusPreconditionFailed
}
