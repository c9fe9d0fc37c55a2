package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"filippo.io/age"
)

// HeadersOf gives the headers that open one segment: from a store, or those that
// officers wrapped for one occasion.
type HeadersOf func(context.Context, Segment) (Headers, error)

// VerifyOpened is level V4 for a copy. It examines it as V1 does, opens the
// header of every segment and authenticates its last piece: whoever has the key
// can open what lies there, and it is as long as it was sealed. Of a payload it
// reads no more than the ends, so what lies between is V3's.
//
// Ends that do not open are flaws of their segments. That these keys open none of
// it says nothing of the copy, nor does a store that is away: both end it.
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
		return v, err
	}
	v.Asked, v.Level = V4, 0
	e := examination{ctx: ctx, store: s, Checking: c, found: v}
	for _, g := range m.manifest.Segments {
		if err := e.ends(g, headers, identities); err != nil {
			return e.found, fmt.Errorf("verify: %w", err)
		}
	}
	slices.SortFunc(e.found.Flaws, Flawed.compare)
	e.found.Took = c.Now().Sub(start)
	if e.first != nil {
		return e.found, fmt.Errorf("verify: %w", e.first)
	}
	e.found.Level = V4
	return e.found, nil
}

// ends examines both ends of a segment.
func (e *examination) ends(g Segment, headers HeadersOf, identities []age.Identity) error {
	h, err := headers(e.ctx, g)
	if err != nil {
		return err
	}
	n, err := verifyEnds(e.ctx, e.store, g, h, identities...)
	e.found.Bytes += n
	return e.wrong(g.Name, err)
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
			return payload.read, payload.told(err)
		}
	}
	if _, err := at.ReadAt(make([]byte, 1), size-1); err != nil && !errors.Is(err, io.EOF) {
		return payload.read, payload.told(fmt.Errorf("the last piece: %w", err))
	}
	return payload.read, nil
}

// rangesOf reads an object of a store at any place, and counts.
type rangesOf struct {
	ctx   context.Context
	store Store
	o     Object
	read  int64
	away  bool // the store did not give what it was asked for
}

// told says whether it is the object that an error of age tells of: not when the
// store did not answer, nor when the keys were others'.
func (r *rangesOf) told(err error) error {
	var none *age.NoIdentityMatchError
	if r.away || errors.As(err, &none) {
		return fmt.Errorf("%s: %w", r.o.Name, err)
	}
	return fmt.Errorf("%s: %w: %w", r.o.Name, err, ErrContent)
}

// ReadAt implements io.ReaderAt.
func (r *rangesOf) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 || offset >= r.o.Size {
		return 0, io.EOF
	}
	n := min(int64(len(b)), r.o.Size-offset)
	in, err := r.store.Open(r.ctx, r.o, offset, n)
	if err != nil {
		r.away = true
		return 0, err
	}
	k, err := io.ReadFull(in, b[:n])
	r.read += int64(k)
	if err = errors.Join(err, in.Close()); err != nil {
		r.away = true
	}
	if err == nil && n < int64(len(b)) {
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
