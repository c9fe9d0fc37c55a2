package backup

import (
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// HeadersOf gives the headers that open one segment: from a store, or those that
// officers wrapped for one occasion.
type HeadersOf func(context.Context, Segment) (Headers, error)

// VerifyOpened is level V4 for a copy. It examines it as V1 does, opens the
// header of every segment and authenticates its last piece: whoever has the key
// can open what lies there, and it is as long as it was sealed. Of a payload it
// reads no more than the ends, so what lies between is V3's.
func VerifyOpened(ctx context.Context, s Store, m Signed, c Checking, headers HeadersOf, identities ...age.Identity) (Verification, error) {
	if c.Level != V4 {
		return Verification{}, fmt.Errorf("verify: want level V4, found %s", c.Level)
	}
	if len(identities) == 0 {
		return Verification{}, errors.New("verify: want a key that opens the header, found none")
	}
	start := c.Now()
	c.Level = V1
	v, err := Verify(ctx, s, m, c)
	if err != nil {
		return Verification{}, err
	}
	for _, g := range m.manifest.Segments {
		h, err := headers(ctx, g)
		if err != nil {
			return Verification{}, fmt.Errorf("verify: %w", err)
		}
		n, err := verifyEnds(ctx, s, g, h, identities...)
		if err != nil {
			return Verification{}, fmt.Errorf("verify: %w", err)
		}
		v.Bytes += n
	}
	v.Level, v.Took = V4, c.Now().Sub(start)
	return v, nil
}

// VerifyEnds is what V4 does to one segment: its headers open, and its last
// piece is authentic, so the payload is as long as it was sealed. Of the payload
// it reads no more than the ends of both layers.
func VerifyEnds(ctx context.Context, s Store, g Segment, h Headers, identities ...age.Identity) error {
	_, err := verifyEnds(ctx, s, g, h, identities...)
	return err
}

// verifyEnds also tells how many bytes of the payload it read.
func verifyEnds(ctx context.Context, s Store, g Segment, h Headers, identities ...age.Identity) (int64, error) {
	if len(h) != len(g.Headers) || len(h) == 0 {
		return 0, fmt.Errorf("%s: want %d headers, found %d", g.Name, len(g.Headers), len(h))
	}
	o, err := Find(ctx, s, g.Name, g.Content)
	if err != nil {
		return 0, err
	}
	payload := &rangesOf{ctx: ctx, store: s, o: o}
	var at io.ReaderAt = payload
	size := o.Size
	for _, header := range h {
		whole := behind{header, at}
		if at, size, err = age.DecryptReaderAt(whole, int64(len(header))+size, identities...); err != nil {
			return payload.read, fmt.Errorf("%s: %w", g.Name, err)
		}
	}
	if _, err := at.ReadAt(make([]byte, 1), size-1); err != nil && !errors.Is(err, io.EOF) {
		return payload.read, fmt.Errorf("%s: the last piece: %w", g.Name, err)
	}
	return payload.read, nil
}

// rangesOf reads an object of a store at any place, and counts.
type rangesOf struct {
	ctx   context.Context
	store Store
	o     Object
	read  int64
}

// ReadAt implements io.ReaderAt.
func (r *rangesOf) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 || offset >= r.o.Size {
		return 0, io.EOF
	}
	n := min(int64(len(b)), r.o.Size-offset)
	in, err := r.store.Open(r.ctx, r.o, offset, n)
	if err != nil {
		return 0, err
	}
	k, err := io.ReadFull(in, b[:n])
	r.read += int64(k)
	if err = errors.Join(err, in.Close()); err == nil && n < int64(len(b)) {
		err = io.EOF
	}
	return k, err
}

// behind puts a header in front of what is read at any place.
type behind struct {
	head []byte
	rest io.ReaderAt
}

func (w behind) ReadAt(b []byte, offset int64) (int, error) {
	n := 0
	if offset < int64(len(w.head)) {
		n = copy(b, w.head[offset:])
		if n == len(b) {
			return n, nil
		}
		offset += int64(n)
	}
	k, err := w.rest.ReadAt(b[n:], offset-int64(len(w.head)))
	return n + k, err
}
