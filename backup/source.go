package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"strongroom/custody/durable"
)

// Source is where the bytes of a snapshot come from: the spool in which they
// were sealed, or a store that has them. Neither needs a key.
type Source interface {
	// Bytes gives an object. A missing one satisfies errors.Is(err,
	// fs.ErrNotExist). The caller closes what it got.
	Bytes(ctx context.Context, name string, c Content) (Bytes, io.Closer, error)
}

// FromSpool gives the objects that lie in a folder under their own names.
func FromSpool(d *durable.Dir) Source { return spoolSource{d} }

type spoolSource struct{ dir *durable.Dir }

func (s spoolSource) Bytes(_ context.Context, name string, c Content) (Bytes, io.Closer, error) {
	f, err := s.dir.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() != c.Size {
		err = fmt.Errorf("%s: want %d bytes in the spool, found %d: %w", name, c.Size, info.Size(), ErrContent)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return fileBytes{f}, f, nil
}

type fileBytes struct{ f io.ReaderAt }

func (b fileBytes) Part(_ context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	return unclosed{io.NewSectionReader(b.f, offset, n)}, nil
}

// FromStore gives the objects of a store: how a store that was left behind, or
// whose copy went bad, is made whole from another.
func FromStore(s Store) Source { return storeSource{s} }

type storeSource struct{ store Store }

func (s storeSource) Bytes(ctx context.Context, name string, c Content) (Bytes, io.Closer, error) {
	o, err := Find(ctx, s.store, name, c)
	if err != nil {
		return nil, nil, err
	}
	return storeBytes{s.store, o, c}, io.NopCloser(nil), nil
}

type storeBytes struct {
	store   Store
	object  Object
	content Content
}

// Part reads a part into memory, so that it can be sent twice.
func (b storeBytes) Part(ctx context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	if n < 0 || n > b.content.Part {
		return nil, fmt.Errorf("%s: want a part of at most %d bytes, found %d", b.object.Name, b.content.Part, n)
	}
	r, err := b.store.Open(ctx, b.object, offset, n)
	if err != nil {
		return nil, err
	}
	buffer := make(Memory, n)
	_, err = io.ReadFull(r, buffer)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", b.object.Name, err)
	}
	return buffer.Part(ctx, 0, n)
}

// firstOf gives an object from the first source that has it.
type firstOf []Source

func (f firstOf) Bytes(ctx context.Context, name string, c Content) (Bytes, io.Closer, error) {
	var errs []error
	for _, s := range f {
		b, done, err := s.Bytes(ctx, name, c)
		if err == nil {
			return b, done, nil
		}
		errs = append(errs, err)
	}
	return nil, nil, fmt.Errorf("%s: want it in the spool or another store, found it nowhere: %w", name, errors.Join(append(errs, fs.ErrNotExist)...))
}
