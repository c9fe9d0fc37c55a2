package main

import (
	"context"
	"io"
	"time"

	"strongroom/backup"
)

// Put implements backup.Store.
func (m *mounted) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	return await(ctx, m, m.writing(), func(t *turn) (backup.Object, error) {
		return m.watched(t.further).Put(ctx, name, c, lent{from, t}, until)
	})
}

// Repair implements backup.Repairer.
func (m *mounted) Repair(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	return await(ctx, m, m.writing(), func(t *turn) (backup.Object, error) {
		return m.watched(t.further).Repair(ctx, name, c, lent{from, t}, until)
	})
}

// Versions implements backup.Store.
func (m *mounted) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	return await(ctx, m, m.answer(), func(t *turn) ([]backup.Object, error) {
		return m.watched(t.further).Versions(ctx, name)
	})
}

// List implements backup.Store.
func (m *mounted) List(ctx context.Context, prefix string) ([]backup.Object, error) {
	return await(ctx, m, m.waitsFor("its list", namesTime), func(t *turn) ([]backup.Object, error) {
		return m.watched(t.further).List(ctx, prefix)
	})
}

// Extend implements backup.Store.
func (m *mounted) Extend(ctx context.Context, o backup.Object, until time.Time) error {
	_, err := await(ctx, m, m.answer(), func(t *turn) (none struct{}, err error) {
		return none, m.watched(t.further).Extend(ctx, o, until)
	})
	return err
}

// Open implements backup.Store.
func (m *mounted) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	in, err := await(ctx, m, m.answer(), func(t *turn) (io.ReadCloser, error) {
		return m.watched(t.further).Open(ctx, o, offset, n)
	})
	if err != nil {
		return nil, err
	}
	r := &mountedReader{store: m, ctx: ctx, in: in, left: n}
	if blocks, ok := in.(interface{ Next() ([]byte, error) }); ok {
		r.next = blocks.Next
	} else {
		r.next = pieces(in, min(n, readPiece))
	}
	return r, nil
}

// pieces reads into a buffer of its own, at most so many bytes at once.
func pieces(r io.Reader, most int64) func() ([]byte, error) {
	buffer := make([]byte, max(most, 1))
	return func() ([]byte, error) {
		n, err := r.Read(buffer)
		return buffer[:n], err
	}
}

// mountedReader reads an object in large pieces: each is waited for, and what lies
// in it already costs no more than a copy.
type mountedReader struct {
	store *mounted
	ctx   context.Context
	in    io.ReadCloser
	next  func() ([]byte, error) // the bytes that come next, good until it is called again

	left int64  // of what was asked for
	have []byte // read, and not given yet
	err  error  // what comes behind that
	hung bool   // next may still be at work
}

// Read gives what is there, or else waits for more.
func (r *mountedReader) Read(b []byte) (int, error) {
	if len(r.have) == 0 && r.err == nil {
		r.more()
	}
	n := copy(b, r.have)
	if r.have = r.have[n:]; len(r.have) > 0 {
		return n, nil
	}
	if r.err == nil && r.left == 0 {
		r.err = io.EOF
	}
	return n, r.err
}

// more waits for the next piece.
func (r *mountedReader) more() {
	type piece struct {
		b   []byte
		err error
	}
	p, err := await(r.ctx, r.store, r.store.waitsFor("bytes", answerTime), func(*turn) (piece, error) {
		b, err := r.next()
		return piece{b, err}, nil
	})
	if r.hung = err != nil; r.hung {
		p.err = err
	}
	r.have, r.err = p.b, p.err
	r.left -= int64(len(p.b))
}

// Close closes the object, unless somebody may hang in it: then the end of the
// program does.
func (r *mountedReader) Close() error {
	if r.hung {
		return nil
	}
	_, err := await(context.WithoutCancel(r.ctx), r.store, r.store.answer(), func(*turn) (none struct{}, err error) { return none, r.in.Close() })
	return err
}
