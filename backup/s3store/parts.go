package s3store

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// upload is a multipart upload on its way.
type upload struct {
	name  string
	id    string
	begun bool                       // by this Put
	there map[int]minio.CompletePart // by index, those that need not be sent
}

// ending sends what an upload lacks and makes an object of it: finish, or over for a
// name that is taken.
type ending func(context.Context, upload, backup.Content, backup.Bytes) (backup.Object, error)

// putParts puts a content of several parts. An interrupted upload is continued
// unless the store refuses that, as it may if somebody else began it.
func (s *Store) putParts(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time, end ending) (backup.Object, error) {
	u, err := s.interrupted(ctx, name, c)
	if err != nil {
		return backup.Object{}, err
	}
	if u != nil {
		o, err := end(ctx, *u, c, from)
		if err == nil || !refused(err) {
			return o, err
		}
	}
	begun, err := s.begin(ctx, name, until)
	if err != nil {
		return backup.Object{}, err
	}
	return end(ctx, begun, c, from)
}

// begin begins an upload, with the lock that the object is to have.
func (s *Store) begin(ctx context.Context, name string, until time.Time) (upload, error) {
	u := upload{name: name, begun: true, there: map[int]minio.CompletePart{}}
	err := s.again(ctx, func(ctx context.Context) (err error) {
		options := wish(until)
		options.UserMetadata = map[string]string{"x-amz-checksum-algorithm": "SHA256", "x-amz-checksum-type": "COMPOSITE"}
		u.id, err = s.core.NewMultipartUpload(ctx, s.config.Bucket, name, options)
		return err
	})
	return u, err
}

// finish sends what is missing and completes an upload.
func (s *Store) finish(ctx context.Context, u upload, c backup.Content, from backup.Bytes) (backup.Object, error) {
	err := s.sendMissing(ctx, u, c, from)
	if err == nil {
		// Conditions are not to be had here: look who took the name meanwhile.
		var o backup.Object
		o, err = s.holding(ctx, u.name, c)
		if err == nil {
			return o, s.drop(ctx, u)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return s.complete(ctx, u, c)
		}
	}
	if errors.Is(err, backup.ErrContent) || errors.Is(err, backup.ErrExists) {
		err = errors.Join(err, s.drop(ctx, u))
	}
	return backup.Object{}, err
}

// drop aborts an upload that this Put began; any other is left alone.
func (s *Store) drop(ctx context.Context, u upload) error {
	if !u.begun {
		return nil
	}
	err := s.again(ctx, func(ctx context.Context) error {
		return s.core.AbortMultipartUpload(ctx, s.config.Bucket, u.name, u.id)
	})
	if errors.Is(err, fs.ErrNotExist) || refused(err) {
		return nil // it is not there
	}
	return err
}

// sendMissing sends the parts that are not there, some at once. After an error
// no more are begun; those on their way arrive, so that none of them comes to a
// store that has just dropped the upload.
func (s *Store) sendMissing(ctx context.Context, u upload, c backup.Content, from backup.Bytes) error {
	var (
		wait  sync.WaitGroup
		mutex sync.Mutex
		first error
		rest  = missing(u, c)
	)
	next := func() (int, bool) {
		mutex.Lock()
		defer mutex.Unlock()
		if first != nil || len(rest) == 0 {
			return 0, false
		}
		i := rest[0]
		rest = rest[1:]
		return i, true
	}
	for range atOnce {
		wait.Go(func() {
			for i, ok := next(); ok; i, ok = next() {
				part, err := s.sendPart(ctx, u, c, from, i)
				mutex.Lock()
				if err == nil {
					u.there[i] = part
				} else if first == nil {
					first = err
				}
				mutex.Unlock()
			}
		})
	}
	wait.Wait()
	return first
}

// missing lists the parts that are not there.
func missing(u upload, c backup.Content) []int {
	var out []int
	for i := range c.Parts() {
		if _, ok := u.there[i]; !ok {
			out = append(out, i)
		}
	}
	return out
}

func (s *Store) sendPart(ctx context.Context, u upload, c backup.Content, from backup.Bytes, i int) (minio.CompletePart, error) {
	p, err := openPiece(ctx, u.name, c, from, i)
	if err != nil {
		return minio.CompletePart{}, err
	}
	defer p.close()
	checksum := base64.StdEncoding.EncodeToString(p.sum[:])
	var made minio.ObjectPart
	err = s.again(ctx, func(ctx context.Context) error {
		body, err := s.body(ctx, p)
		if err != nil {
			return err
		}
		made, err = s.core.PutObjectPart(ctx, s.config.Bucket, u.name, u.id, i+1, body, p.size,
			minio.PutObjectPartOptions{CustomHeader: http.Header{http.CanonicalHeaderKey(checksumHeader): {checksum}}})
		return body.failed(err)
	})
	if refused(err) {
		err = p.blame(err)
	}
	if err != nil {
		return minio.CompletePart{}, fmt.Errorf("part %d: %w", i+1, err)
	}
	return minio.CompletePart{PartNumber: i + 1, ETag: made.ETag, ChecksumSHA256: checksum}, nil
}

// complete joins the parts. An answer that is lost or says that there is no
// such upload is no failure if the object is there.
func (s *Store) complete(ctx context.Context, u upload, c backup.Content) (backup.Object, error) {
	version, err := s.join(ctx, u, c)
	if err == nil {
		return s.arrived(ctx, u.name, version, c)
	}
	if refused(err) || errors.Is(err, fs.ErrNotExist) {
		if o, there := s.holding(ctx, u.name, c); !errors.Is(there, fs.ErrNotExist) {
			return o, there
		}
	}
	return backup.Object{}, fmt.Errorf("complete: %w", err)
}

// join makes an object of the parts that are there.
func (s *Store) join(ctx context.Context, u upload, c backup.Content) (version string, err error) {
	parts := make([]minio.CompletePart, c.Parts())
	for i := range parts {
		parts[i] = u.there[i]
	}
	err = s.again(ctx, func(ctx context.Context) error {
		made, err := s.core.CompleteMultipartUpload(ctx, s.config.Bucket, u.name, u.id, parts, minio.PutObjectOptions{})
		version = made.VersionID
		return err
	})
	return version, err
}
