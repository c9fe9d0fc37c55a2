package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"strongroom/backup"
)

// kept is a store of which the payload of one segment is kept beside the folder
// that is restored, sealed as it came, until the segment is written: a restore that
// was interrupted asks the store for the range that is still to come. The bytes
// prove themselves when they are opened.
type kept struct {
	backup.Store
	path    string
	payload string
	opened  bool // what is there was looked at
	broke   bool // the store did, so that what is there is worth keeping
	lost    bool // the disk did, so that what is there cannot be read
}

// Open reads what is there from the disk and the rest from the store.
func (k *kept) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	if o.Name != k.payload || offset != 0 || n != o.Size {
		return k.Store.Open(ctx, o, offset, n)
	}
	f, err := os.OpenFile(k.path, os.O_RDWR|os.O_CREATE|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%s: want a file of an earlier try or none, found a link", k.path)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	have := int64(0)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: want a file of an earlier try or none, found %s", k.path, info.Mode().Type())
	}
	if err == nil {
		if have = info.Size(); have > n { // of nothing that we wrote
			have, err = 0, f.Truncate(0)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	k.opened = true
	if have == n {
		return &keeping{of: k, file: f, here: have, rest: io.NopCloser(strings.NewReader(""))}, nil
	}
	rest, err := k.Store.Open(ctx, o, have, n-have)
	if err != nil {
		k.broke = true
		return nil, errors.Join(err, f.Close())
	}
	return &keeping{of: k, file: f, here: have, rest: rest}, nil
}

// forget removes what was kept.
func (k *kept) forget() error {
	if err := os.Remove(k.path); !missingFile(err) {
		return err
	}
	return nil
}

// forgetBad removes what was kept of a segment that could not be written, when what is
// there is why: it will not open next time either. It stays when the store broke off,
// somebody stopped it, it was never looked at, such as where a header did not come,
// other keys are wanted, or the folder took no more.
func (k *kept) forgetBad(ctx context.Context, why error) error {
	var folder *fs.PathError
	switch {
	case k.lost:
		return k.forget()
	case !k.opened || k.broke || ctx.Err() != nil || forOthers(why) || errors.As(why, &folder):
		return nil
	}
	return k.forget()
}

// keeping reads a file to its end and then a store, of which it keeps what comes.
type keeping struct {
	of   *kept
	file *os.File // nil once there was no room for more
	at   int64
	here int64 // bytes that were there
	rest io.ReadCloser
}

func (k *keeping) Read(b []byte) (int, error) {
	if k.at < k.here {
		n, err := k.file.ReadAt(b[:min(int64(len(b)), k.here-k.at)], k.at)
		k.at += int64(n)
		if n > 0 {
			err = nil
		}
		k.of.lost = k.of.lost || err != nil
		return n, err
	}
	n, err := k.rest.Read(b)
	if n > 0 && k.file != nil {
		if _, bad := k.file.Write(b[:n]); bad != nil { // it goes on without
			bad = errors.Join(k.file.Close(), k.of.forget())
			k.file = nil
			err = errors.Join(err, bad)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		k.of.broke = true
	}
	return n, err
}

func (k *keeping) Close() error {
	err := k.rest.Close()
	if k.file != nil {
		err = errors.Join(err, k.file.Close())
	}
	return err
}
