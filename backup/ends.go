package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"filippo.io/age"
)

// HeadersOf gives the headers that officers wrapped for one occasion, which open
// one segment.
type HeadersOf func(context.Context, Segment) (Headers, error)

// Unopened is an error about what was brought to open a copy: a passphrase that
// was mistyped, a device that refused, keys or headers for something else. It says
// nothing of the copy.
type Unopened struct{ Err error }

// Error returns the text of the error in it.
func (u Unopened) Error() string { return u.Err.Error() }

// Unwrap returns the error in it.
func (u Unopened) Unwrap() error { return u.Err }

// VerifyOpened is level V4 for a copy. It examines it as V1 does, opens the
// header of every segment and authenticates its last piece: whoever has the key
// can open what lies there, and it is as long as it was sealed. Of a payload it
// reads no more than the ends, so what lies between is V3's.
//
// The headers of the newest re-wrap come first, then those before it, which still
// open for whom they always opened. Without brought they are the copy's own, whose
// hashes signed texts name: ends that do not open by the keys in them are flaws of
// their segments. Headers that were brought accuse nobody, since they may be
// another's. That these keys open no header is Unopened; that, and a store that is
// away, says nothing of the copy and ends it.
func VerifyOpened(ctx context.Context, s Store, m Signed, c Checking, brought HeadersOf, identities ...age.Identity) (Verification, error) {
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
	e := examination{ctx: ctx, store: s, Checking: c, found: v, added: m.addedNames()}
	ways := m.Ways()
	for i := range m.manifest.Segments {
		var of []Segment // in each way, in the same order
		for _, way := range ways {
			of = append(of, way.Segments[i])
		}
		if err := e.anyEnds(of, brought, identities); err != nil {
			return e.found, fmt.Errorf("verify: %w", err)
		}
	}
	e.found.Back = min(e.found.Back, len(m.line())) // those beside the line that is followed are not newer
	slices.SortFunc(e.found.Flaws, Flawed.compare)
	e.found.Took = c.Now().Sub(start)
	if e.first != nil {
		return e.found, fmt.Errorf("verify: %w", e.first)
	}
	e.found.Level = V4
	return e.found, nil
}

// ErrDisputed says that the headers of a re-wrap hold another key than the payload's,
// or that the payload is no good, and that these keys do not open the headers which
// decide that.
var ErrDisputed = errors.New("the headers of a re-wrap hold another key, or the copy is no good, which V3 tells")

// anyEnds examines both ends of a segment by the first of its headers that these
// keys open. What a re-wrap's headers say of a payload neither accuses nor clears
// anybody: whoever signed them may have wrapped another key, also of another payload.
// So those of the manifest decide, where these keys open them. What one of several
// tells of a key, when none opens, is told before that another is for somebody else.
func (e *examination) anyEnds(ways []Segment, brought HeadersOf, identities []age.Identity) error {
	var last error
	own := len(ways) - 1
	for i, g := range ways {
		flaws, first := len(e.found.Flaws), e.first
		err := e.endsAs(g, brought, identities)
		if i < own && err == nil && len(e.found.Flaws) > flaws {
			e.found.Flaws, e.first = e.found.Flaws[:flaws], first
			err = Unopened{fmt.Errorf("%s: %w", g.Name, ErrDisputed)}
		}
		if !isUnopened(err) {
			if e.found.Back = max(e.found.Back, i); err != nil || i == own {
				return err
			}
			if err = e.endsAs(ways[own], brought, identities); isUnopened(err) {
				return nil
			}
			return err
		}
		if last == nil || notForThese(last) && !notForThese(err) {
			last = err
		}
	}
	return last
}

// endsAs examines them by headers that were brought, or else by the copy's own.
func (e *examination) endsAs(g Segment, brought HeadersOf, identities []age.Identity) error {
	if brought != nil {
		return e.endsBy(g, brought, identities)
	}
	return e.ends(g, identities)
}

func isUnopened(err error) bool {
	var ours Unopened
	return errors.As(err, &ours)
}

// notForThese says whether headers were for other keys, or not there at all.
func notForThese(err error) bool {
	var none *age.NoIdentityMatchError
	return errors.As(err, &none) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrContent)
}

// ends examines both ends of a segment by the copy's own headers. All of them are
// opened before the payload is looked at, so that what a key does wrong is not
// taken for what the store did.
func (e *examination) ends(g Segment, identities []age.Identity) error {
	o := opener{identities: identities}
	defer o.erase()
	for i, x := range g.Headers {
		b, err := FetchHeader(e.ctx, e.store, x)
		if err != nil {
			return e.passed(x.Name, err)
		}
		if err := o.own(b, i == 1); err != nil {
			return e.passed(x.Name, fmt.Errorf("%s: %w", x.Name, err))
		}
	}
	n, err := o.ends(e.ctx, e.store, g)
	e.found.Bytes += n
	return e.wrong(g.Name, err)
}

// passed notes what is wrong with a header. One that only a re-wrap names leaves it
// to the others to open the copy.
func (e *examination) passed(header string, err error) error {
	if isUnopened(err) {
		return err
	}
	if bad := e.wrong(header, err); bad != nil || !e.added[header] {
		return bad
	}
	return Unopened{err}
}

// endsBy examines them by headers that were brought.
func (e *examination) endsBy(g Segment, brought HeadersOf, identities []age.Identity) error {
	h, err := brought(e.ctx, g)
	if err != nil {
		return Unopened{err}
	}
	o := opener{identities: identities}
	defer o.erase()
	if err := o.openAll(g, h); err != nil {
		return err
	}
	n, err := o.ends(e.ctx, e.store, g)
	e.found.Bytes += n
	if errors.Is(err, ErrContent) {
		return errors.New(err.Error() + ": the headers that were brought are another's, or the copy is no good, which V3 tells")
	}
	return err
}

// VerifyEnds is what V4 does to one segment: its headers open, and its last
// piece is authentic, so the payload is as long as it was sealed. Of the payload
// it reads no more than the ends of both layers. Keys that do not open the headers
// are Unopened, a payload that does not open by what was in them ErrContent.
func VerifyEnds(ctx context.Context, s Store, g Segment, h Headers, identities ...age.Identity) error {
	o := opener{identities: identities}
	defer o.erase()
	if err := o.openAll(g, h); err != nil {
		return err
	}
	_, err := o.ends(ctx, s, g)
	return err
}

// opener opens the headers of one segment, and by what was in them its ends.
type opener struct {
	identities []age.Identity
	headers    Headers
	keys       []FileKey // one of each header
}

func (o *opener) erase() {
	for i := range o.keys {
		o.keys[i].Erase()
	}
}

// openAll opens headers that somebody gave. What is wrong with them is that one's
// fault.
func (o *opener) openAll(g Segment, h Headers) error {
	if len(h) != len(g.Headers) || len(h) == 0 {
		return Unopened{fmt.Errorf("%s: want %d headers, found %d", g.Name, len(g.Headers), len(h))}
	}
	for i, header := range h {
		if err := o.open(header); err != nil {
			return fmt.Errorf("%s: %w", g.Headers[i].Name, err)
		}
	}
	return nil
}

// own opens the next header as a store has it; an inner one lies in an age file.
func (o *opener) own(b []byte, inner bool) (err error) {
	if inner {
		if b, err = o.inner(b); err != nil {
			return err
		}
	}
	if err := wellFormed(b); err != nil {
		return err
	}
	return o.open(b)
}

// open opens the next header.
func (o *opener) open(header []byte) error {
	key, err := o.key(header)
	if err != nil {
		return err
	}
	o.headers, o.keys = append(o.headers, header), append(o.keys, key)
	return nil
}

// key takes the file key out of a header.
func (o *opener) key(header []byte) (FileKey, error) {
	key, err := age.DecryptHeader(header, o.identities...)
	if err != nil {
		return FileKey{}, Unopened{err}
	}
	return FileKey{key}, nil
}

// wellFormed wants what begins as an age file does, which shows without a key.
func wellFormed(header []byte) error {
	if _, err := age.ExtractHeader(bytes.NewReader(header)); err != nil {
		return fmt.Errorf("%w: %w", err, ErrContent)
	}
	return nil
}

// inner opens the age file that holds the header of an inner layer.
func (o *opener) inner(file []byte) ([]byte, error) {
	if err := wellFormed(file); err != nil {
		return nil, err
	}
	key, err := o.key(file)
	if err != nil {
		return nil, err
	}
	defer key.Erase()
	b, err := OpenInner(file, age.NewInjectedFileKeyIdentity(key.key))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrContent)
	}
	return b, nil
}

// ends opens both ends of the payload in a store, and tells how many bytes of it
// were read.
func (o *opener) ends(ctx context.Context, s Store, g Segment) (int64, error) {
	found, err := Find(ctx, s, g.Name, g.Content)
	if err != nil {
		return 0, err
	}
	payload := &rangesOf{ctx: ctx, store: s, o: found}
	var at io.ReaderAt = payload
	size := found.Size
	for i, header := range o.headers {
		whole, key := behind{header, at}, age.NewInjectedFileKeyIdentity(o.keys[i].key)
		if at, size, err = age.DecryptReaderAt(whole, int64(len(header))+size, key); err != nil {
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
// store did not answer.
func (r *rangesOf) told(err error) error {
	if r.away {
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
