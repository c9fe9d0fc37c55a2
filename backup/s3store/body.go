package s3store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"strongroom/backup"
)

// piece is one part of a content on its way: what a single PUT or one part of
// a multipart upload carries.
type piece struct {
	name   string
	size   int64
	sum    backup.Sum
	source io.ReadSeekCloser
}

func openPiece(ctx context.Context, name string, c backup.Content, from backup.Bytes, part int) (*piece, error) {
	offset, n := c.PartRange(part)
	source, err := from.Part(ctx, offset, n)
	if err != nil {
		return nil, err
	}
	return &piece{name: name, size: n, sum: c.Sums[part], source: source}, nil
}

// close ends a piece, which is only read from.
func (p *piece) close() { _ = p.source.Close() }

// body returns the piece from its beginning, for one try.
func (s *Store) body(ctx context.Context, p *piece) (*exact, error) {
	if _, err := p.source.Seek(0, io.SeekStart); err != nil {
		return nil, ownError{err}
	}
	e := &exact{source: p.source, want: p.size, left: p.size}
	if s.limiter != nil {
		e.source = &limited{p.source, ctx, s.limiter}
	}
	if p.size > 0 {
		return e, nil
	}
	if err := e.end(); err != nil { // nobody will read it
		return nil, ownError{err}
	}
	return e, nil
}

// exact reads a source that must have exactly so many bytes. It gives the last
// ones only when it knows that none follow: what a store has got is never the
// beginning of something longer.
type exact struct {
	source     io.Reader
	want, left int64
	err        error // of the source; the library does not pass errors on as they are
}

func (e *exact) Read(b []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.source.Read(b[:min(int64(len(b)), e.left)])
	e.left -= int64(n)
	switch {
	case e.left == 0:
		err = e.end()
	case errors.Is(err, io.EOF):
		err = fmt.Errorf("want %d bytes, found %d: %w", e.want, e.want-e.left, backup.ErrContent)
	}
	if err != nil {
		e.err = err
		return 0, err
	}
	return n, nil
}

// end wants the source to have ended.
func (e *exact) end() error {
	var one [1]byte
	for range maxEmptyReads {
		n, err := e.source.Read(one[:])
		switch {
		case n > 0:
			return fmt.Errorf("want %d bytes, found more: %w", e.want, backup.ErrContent)
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}

// failed returns the error of a try: that of the source goes before what it
// did to the connection.
func (e *exact) failed(err error) error {
	if err != nil && e.err != nil {
		return ownError{e.err}
	}
	return err
}

// blame says whose fault a refusal was: it hashes the piece, which nobody has
// done so far on its way from the spool.
func (p *piece) blame(refusal error) error {
	if _, err := p.source.Seek(0, io.SeekStart); err != nil {
		return errors.Join(refusal, err)
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(p.source, p.size+1))
	if err != nil {
		return errors.Join(refusal, err)
	}
	if found := backup.Sum(h.Sum(nil)); n != p.size || found != p.sum {
		return fmt.Errorf("want SHA-256 %s, found %s in the source: %w", p.sum, found, backup.ErrContent)
	}
	return refusal
}
