package s3store

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
	"strongroom/custody/durable"
)

// Keys is the same bucket as a set of keys that are created once, for what is
// shared rather than kept: keys may have slashes, nothing is locked, and contents
// are small. Connections, tries and credentials are the store's.
// Errors do not name the key: the caller has it.
type Keys struct{ store *Store }

// Keys returns the bucket as a set of keys.
func (s *Store) Keys() Keys { return Keys{s} }

// PutNew creates a key by one conditional PUT with a SHA-256 that the store
// compares. A key that is taken is durable.ErrExists, also where an earlier try
// took it whose answer was lost.
func (k Keys) PutNew(ctx context.Context, key string, b []byte) error {
	sum := backup.Whole(b).Sum
	err := k.store.again(ctx, func(ctx context.Context) error {
		options := minio.PutObjectOptions{UserMetadata: map[string]string{checksumHeader: base64.StdEncoding.EncodeToString(sum[:])}}
		options.SetMatchETagExcept("*")
		_, err := k.store.core.PutObject(ctx, k.store.config.Bucket, key, bytes.NewReader(b), int64(len(b)), "", "", options)
		return err
	})
	if taken(err) {
		return durable.ErrExists
	}
	return err
}

// Get returns the bytes of a version, or without one those that a key has now, at
// most max: more is durable.ErrTooLarge. A key that is not there, or hidden by a
// delete marker, is fs.ErrNotExist.
func (k Keys) Get(ctx context.Context, key, version string, max int64) ([]byte, error) {
	d := &download{store: k.store, ctx: ctx, object: backup.Object{Name: key, Version: version}, left: max + 1}
	if err := d.connect(); err != nil {
		return nil, err
	}
	b, err := io.ReadAll(d)
	_ = d.Close() // it was only read from
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > max {
		return nil, fmt.Errorf("%w: wanted at most %d bytes, found more", durable.ErrTooLarge, max)
	}
	return b, nil
}

// List hands out the versions of all keys that begin with prefix, of one key the
// newest first, without delete markers. More than max is durable.ErrTooLarge.
func (k Keys) List(ctx context.Context, prefix string, max int, take func(key, version string, size int64)) error {
	found, err := k.store.listed(ctx, prefix, func(backup.Object) bool { return true })
	if err != nil {
		return err
	}
	if len(found) > max {
		return fmt.Errorf("%w: wanted at most %d versions below %q, found more", durable.ErrTooLarge, max, prefix)
	}
	for _, o := range found {
		take(o.Name, o.Version, o.Size)
	}
	return nil
}
