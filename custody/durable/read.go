package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrTooLarge reports a file or a folder that holds more than the caller takes.
var ErrTooLarge = errors.New("too large")

// ReadFile returns the content of the regular file name, at most max bytes: the
// size is checked before reading and while reading, and more is ErrTooLarge.
// Links, devices and pipes are refused without being opened; what is missing is
// an error that satisfies errors.Is(err, fs.ErrNotExist).
func (d *Dir) ReadFile(name string, max int64) ([]byte, error) {
	f, size, err := d.openRegular(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > max {
		return nil, fmt.Errorf("%s: %w: wanted at most %d bytes, found %d", d.at(name), ErrTooLarge, max, size)
	}
	b := make([]byte, 0, size+1)
	for {
		n, err := f.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if int64(len(b)) > max {
			return nil, fmt.Errorf("%s: %w: wanted at most %d bytes, found more while reading", d.at(name), ErrTooLarge, max)
		}
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return nil, d.fail(name, "read", err)
		}
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
	}
}

// Open opens the regular file name for reading, for what is too big for memory.
// It refuses what ReadFile refuses. The caller closes it.
func (d *Dir) Open(name string) (*os.File, error) {
	f, _, err := d.openRegular(name, os.O_RDONLY)
	return f, err
}

// openRegular opens a regular file that exists and returns its size. The look before keeps
// us from opening a link or a device; the look after shows that we opened what
// we looked at. A file replaced in between, by an orderly writer, is looked at
// again; O_NONBLOCK keeps a pipe put there by a disorderly one from holding us.
func (d *Dir) openRegular(name string, flag int) (*os.File, int64, error) {
	if err := d.ready(name, checkName); err != nil {
		return nil, 0, err
	}
	for range maxOpenTries {
		before, err := d.root.Lstat(name)
		if err != nil {
			return nil, 0, d.fail(name, "open", err)
		}
		if !before.Mode().IsRegular() {
			return nil, 0, fmt.Errorf("%s: wanted a regular file, found %s", d.at(name), KindOf(before.Mode()))
		}
		f, err := d.root.OpenFile(name, flag|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil, 0, d.fail(name, "open", err)
		}
		now, err := f.Stat()
		if err == nil && os.SameFile(before, now) {
			return f, now.Size(), nil
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, 0, d.fail(name, "open", err)
		}
	}
	return nil, 0, fmt.Errorf("%s: replaced %d times while it was opened", d.at(name), maxOpenTries)
}
