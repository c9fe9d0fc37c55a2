package durable

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// WriteChecked is WriteStream for what is not read again soon: as far as the
// file system can do that, it goes around the page cache, where it would only
// push out what others need. Once all bytes are on disk, check reads them back
// from there; nothing appears under the name before it has returned nil.
func (d *Dir) WriteChecked(name string, fn func(io.Writer) error, check func(io.Reader) error) error {
	if err := d.ready(name, checkChange); err != nil {
		return err
	}
	if err := d.mustBeFree(name); err != nil {
		return err
	}
	return d.write(name, func(t *temp) error {
		s := &stream{t: t}
		if err := fn(s); err != nil {
			return err
		}
		return s.end()
	}, func(t *temp) error {
		if err := t.readBack(check); err != nil {
			return err
		}
		return t.claim()
	})
}

// readBack has what was written looked at, under its temporary name.
func (t *temp) readBack(check func(io.Reader) error) error {
	f, err := t.d.root.Open(t.own)
	if err != nil {
		return t.d.fail(t.name, "read back", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return t.d.fail(t.name, "read back", err)
	}
	return check(rangeOf(f, 0, info.Size()))
}

// stream gathers what is written into blocks. The end, less than a block, goes
// through the cache; fsync comes after it.
type stream struct {
	t      *temp
	block  []byte // what is not written yet
	direct bool   // whether the cache is left out
}

// Write adds bytes.
func (s *stream) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		if err := s.room(); err != nil {
			return n, err
		}
		k := min(len(b), cap(s.block)-len(s.block))
		s.block = append(s.block, b[:k]...)
		n, b = n+k, b[k:]
	}
	return n, nil
}

// ReadFrom adds what r gives, without a buffer between.
func (s *stream) ReadFrom(r io.Reader) (n int64, err error) {
	for {
		if err := s.room(); err != nil {
			return n, err
		}
		k, err := r.Read(s.block[len(s.block):cap(s.block)])
		s.block, n = s.block[:len(s.block)+k], n+int64(k)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// room makes some: a buffer, then a block in its place, then an empty block. A
// short stream never needs a whole one.
func (s *stream) room() error {
	switch {
	case len(s.block) < cap(s.block):
	case cap(s.block) == 0:
		s.block = make([]byte, 0, streamBuffer)
	case cap(s.block) < streamBlock:
		s.block = append(make([]byte, 0, streamBlock), s.block...)
		s.direct = bypassCache(s.t.file, true) == nil
	default:
		return s.flush()
	}
	return nil
}

// flush writes a whole block. A file system that takes no such writes after all
// gets the rest through the cache.
func (s *stream) flush() error {
	n, err := s.t.Write(s.block)
	if s.direct && errors.Is(err, syscall.EINVAL) {
		s.direct = false
		if err = bypassCache(s.t.file, false); err == nil {
			_, err = s.t.Write(s.block[n:])
		}
	}
	s.block = s.block[:0]
	return err
}

// end writes what is left.
func (s *stream) end() error {
	if s.direct {
		if err := bypassCache(s.t.file, false); err != nil {
			return s.t.d.fail(s.t.name, "write", err)
		}
	}
	if len(s.block) == 0 {
		return nil
	}
	_, err := s.t.Write(s.block)
	return err
}

// OpenRange opens n bytes of the regular file name from an offset on, for
// whoever wants to know what is on the disk: as far as the file system can do
// that, they do not come from the page cache and do not fill it. Fewer than a
// block may come from there. It refuses what ReadFile refuses. The caller closes
// it.
//
// What comes from the disk also has a method Next() ([]byte, error), which gives
// the bytes that come next where they lie, good until it is called again.
func (d *Dir) OpenRange(name string, offset, n int64) (io.ReadCloser, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	r := rangeOf(f, offset, n)
	if u, ok := r.(*uncached); ok {
		return &rangedBlocks{u, f}, nil
	}
	return &ranged{r, f}, nil
}

// rangeOf reads a range of a file, from the disk if it is long.
func rangeOf(f *os.File, offset, n int64) io.Reader {
	if n < streamBlock || bypassCache(f, true) != nil {
		return io.NewSectionReader(f, offset, n)
	}
	return &uncached{f: f, at: offset, end: offset + n}
}

// ranged is an opened range.
type ranged struct {
	io.Reader
	io.Closer
}

// rangedBlocks is an opened range that comes from the disk.
type rangedBlocks struct {
	*uncached
	io.Closer
}

// uncached reads a range in blocks that begin where disks want it.
type uncached struct {
	f       *os.File
	at, end int64  // of the range, what is still to be given
	block   []byte // all of it, nil before the first
	have    []byte // the part of block that comes next
}

func (u *uncached) Read(b []byte) (int, error) {
	next, err := u.ahead()
	return u.pass(copy(b, next)), err
}

// Next gives what is read already and not given yet, or else the next block.
func (u *uncached) Next() ([]byte, error) {
	next, err := u.ahead()
	return next[:u.pass(len(next))], err
}

// ahead returns what comes next: at least a byte, or an error.
func (u *uncached) ahead() ([]byte, error) {
	if u.at >= u.end {
		return nil, io.EOF
	}
	if len(u.have) == 0 {
		if err := u.fill(); err != nil {
			return nil, err
		}
	}
	return u.have[:min(int64(len(u.have)), u.end-u.at)], nil
}

// pass goes on behind n bytes that were given.
func (u *uncached) pass(n int) int {
	u.at, u.have = u.at+int64(n), u.have[n:]
	return n
}

// fill reads the block in which the next byte is.
func (u *uncached) fill() error {
	if u.block == nil {
		u.block = make([]byte, streamBlock)
	}
	before := u.at % diskBlock
	n, err := u.f.ReadAt(u.block, u.at-before)
	if errors.Is(err, syscall.EINVAL) { // not on this file system after all
		if err = bypassCache(u.f, false); err == nil {
			n, err = u.f.ReadAt(u.block, u.at-before)
		}
	}
	if int64(n) > before {
		u.have = u.block[before:n]
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}
