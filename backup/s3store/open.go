package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
)

// Open implements backup.Store. A transfer that breaks is taken up where it
// broke.
func (s *Store) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	if err := backup.CheckObjectName(o.Name); err != nil {
		return nil, err
	}
	if offset < 0 || n < 0 || offset+n < offset {
		return nil, fmt.Errorf("%s: want bytes of the object, found %d from %d on", o.Name, n, offset)
	}
	if n == 0 {
		_, err := s.head(ctx, o.Name, o.Version)
		return http.NoBody, named(o.Name, err)
	}
	d := &download{store: s, ctx: ctx, object: o, at: offset, left: n}
	if err := d.connect(); err != nil {
		return nil, named(o.Name, err)
	}
	return d, nil
}

// download reads a range of an object.
type download struct {
	store    *Store
	ctx      context.Context
	object   backup.Object
	at, left int64 // what is still to come
	body     io.ReadCloser
	broken   int // how often it broke without a byte between
}

// connect asks for what is still to come.
func (d *download) connect() error {
	return d.store.again(d.ctx, func(ctx context.Context) error {
		o := minio.GetObjectOptions{VersionID: d.object.Version}
		o.Set("Range", fmt.Sprintf("bytes=%d-%d", d.at, d.at+d.left-1))
		body, _, header, err := d.store.core.GetObject(within(ctx, true), d.store.config.Bucket, d.object.Name, o)
		var answer minio.ErrorResponse
		if errors.As(err, &answer) && answer.StatusCode == http.StatusRequestedRangeNotSatisfiable {
			d.body = http.NoBody // there is nothing so far behind
			return nil
		}
		if err != nil {
			return err
		}
		if got := header.Get("Content-Range"); !strings.HasPrefix(got, fmt.Sprintf("bytes %d-", d.at)) {
			_ = body.Close() // its error would say nothing more
			return ownError{fmt.Errorf("want the bytes from %d on, found another answer", d.at)}
		}
		d.body = body
		return nil
	})
}

func (d *download) Read(b []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	n, err := d.body.Read(b[:min(int64(len(b)), d.left)])
	d.at, d.left = d.at+int64(n), d.left-int64(n)
	if n > 0 {
		d.broken = 0
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if d.ctx.Err() != nil {
		return n, named(d.object.Name, d.ctx.Err())
	}
	return n, d.reconnect(err)
}

// reconnect takes up a broken transfer; nil means that it goes on.
func (d *download) reconnect(broken error) error {
	if d.broken++; d.left == 0 || d.broken > d.store.config.Retries || !passing(broken) {
		return named(d.object.Name, d.spoilt(broken))
	}
	_ = d.body.Close() // it is broken
	if err := d.store.pause(d.ctx, d.broken-1); err != nil {
		return named(d.object.Name, err)
	}
	d.body = http.NoBody
	return named(d.object.Name, d.connect())
}

// spoilt tells a store whose disk lost the bytes from one that is away: it still
// knows the object, and breaks off at the same byte however often it is asked.
// So does MinIO.
func (d *download) spoilt(broken error) error {
	if !errors.Is(broken, io.ErrUnexpectedEOF) || d.broken <= d.store.config.Retries || d.store.config.Retries == 0 {
		return d.store.plain(broken)
	}
	if _, err := d.store.head(d.ctx, d.object.Name, d.object.Version); err != nil {
		return d.store.plain(broken)
	}
	return fmt.Errorf("%w: the store breaks off at byte %d each of %d times", backup.ErrContent, d.at, d.broken)
}

// Close implements io.Closer.
func (d *download) Close() error { return d.body.Close() }
