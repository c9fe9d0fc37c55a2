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

// firstOf are sources that are asked one after the other. None is believed: what
// the first gives may be rotten although the checksum beside it is right.
type firstOf []Source

// nowhere reports an object that no source has right.
type nowhere struct {
	name string
	why  []error
}

func (e nowhere) Error() string {
	return fmt.Sprintf("%s: want it right in the spool or another store, found it nowhere: %v", e.name, errors.Join(e.why...))
}

// Unwrap returns what each source said, and that the object is missing.
func (e nowhere) Unwrap() []error { return append(e.why[:len(e.why):len(e.why)], fs.ErrNotExist) }

// try has work done with one source after the other, until one gives what is
// right. What fails for a reason that lies with nobody's bytes is not tried again.
// Only when each of them answered is it nowhere: one that is away may have it.
func (f firstOf) try(ctx context.Context, name string, work func(Source) error) error {
	var why []error
	away := false
	for _, s := range f {
		err := work(s)
		var unread unreadable
		if err == nil || ctx.Err() != nil || !missing(err) && !errors.Is(err, ErrContent) && !errors.As(err, &unread) {
			return err
		}
		why, away = append(why, err), away || !missing(err) && !errors.Is(err, ErrContent)
	}
	if away {
		return unanswered{fmt.Errorf("%s: want it right in the spool or another store, found it in none that answers: %s", name, errors.Join(why...).Error())}
	}
	return nowhere{name, why}
}

// unanswered reports an object that no source has right which answers.
type unanswered struct{ error }

// notGiven says whether an error means that no source gave an object, and not that
// the target did not take it.
func notGiven(err error) bool {
	var none nowhere
	var silent unanswered
	return errors.As(err, &none) || errors.As(err, &silent)
}

// unreadable is the error of a source, not of the store that asks for its bytes.
type unreadable struct{ error }

// Unwrap returns the error itself.
func (u unreadable) Unwrap() error { return u.error }

// blaming gives the bytes of a source, and tells its errors from the target's.
type blaming struct{ Bytes }

func (b blaming) Part(ctx context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	r, err := b.Bytes.Part(ctx, offset, n)
	if err != nil {
		return nil, unreadable{err}
	}
	return r, nil
}
