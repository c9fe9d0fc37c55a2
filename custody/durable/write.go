package durable

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrExists reports a name that is taken, by other bytes, where nothing may be
// replaced.
var ErrExists = errors.New("exists already")

// WriteFile puts b under name, durably and at once: whoever looks finds the old
// bytes or the new ones, whenever the machine stops. A symbolic link under name
// is replaced, not followed. After an error the name holds the one or the other.
func (d *Dir) WriteFile(name string, b []byte) error {
	if err := d.ready(name, checkChange); err != nil {
		return err
	}
	return d.write(name, writeAll(b), (*temp).replace)
}

// WriteNew puts b under name durably and never replaces anything. If a regular
// file with the same bytes has the name, it is made durable and the error is
// nil, so that a write can be repeated after a crash; anything else under the
// name is ErrExists.
func (d *Dir) WriteNew(name string, b []byte) error {
	if err := d.ready(name, checkChange); err != nil {
		return err
	}
	err := d.mustBeFree(name)
	if err == nil {
		err = d.write(name, writeAll(b), (*temp).claim)
	}
	if errors.Is(err, ErrExists) {
		return d.keepSame(name, b)
	}
	return err
}

// WriteStream puts what fn writes under name durably and never replaces
// anything, ErrExists. Nothing appears under the name before fn has returned
// nil and all its bytes are on disk.
func (d *Dir) WriteStream(name string, fn func(io.Writer) error) error {
	if err := d.ready(name, checkChange); err != nil {
		return err
	}
	if err := d.mustBeFree(name); err != nil {
		return err
	}
	return d.write(name, func(t *temp) error {
		buffer := bufio.NewWriterSize(t, streamBuffer)
		if err := fn(buffer); err != nil {
			return err
		}
		return buffer.Flush()
	}, (*temp).claim)
}

// write is the way of every file: a temporary name, the content, fsync, and
// then its own name, by publish, with an fsync of the folder.
func (d *Dir) write(name string, fill func(*temp) error, publish func(*temp) error) error {
	t, err := d.newTemp(name)
	if err != nil {
		return err
	}
	defer t.abandon() // of no effect once the file has its name
	if err := fill(t); err != nil {
		return err
	}
	if err := t.seal(); err != nil {
		return err
	}
	return publish(t)
}

func writeAll(b []byte) func(*temp) error {
	return func(t *temp) error {
		_, err := t.Write(b)
		return err
	}
}

// mustBeFree spares the work of writing what could not get its name anyway.
func (d *Dir) mustBeFree(name string) error {
	_, err := d.root.Lstat(name)
	switch {
	case err == nil:
		return d.exists(name)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return d.fail(name, "look", err)
}

// keepSame accepts the file under name if it holds exactly b, and makes it
// durable: whoever put it there may have been stopped before.
func (d *Dir) keepSame(name string, b []byte) error {
	f, size, err := d.openRegular(name, os.O_RDONLY)
	if err != nil {
		return errors.Join(d.exists(name), err)
	}
	defer f.Close()
	if size != int64(len(b)) {
		return fmt.Errorf("%w with %d bytes, wanted %d", d.exists(name), size, len(b))
	}
	found, err := io.ReadAll(io.LimitReader(f, size+1))
	if err != nil {
		return d.fail(name, "read", err)
	}
	if !bytes.Equal(found, b) {
		return fmt.Errorf("%w with other bytes", d.exists(name))
	}
	if err := d.step(Sync, name, f.Sync); err != nil {
		return d.fail(name, "sync", err)
	}
	if err := d.syncDir(); err != nil {
		return d.fail(name, "sync the folder", err)
	}
	return nil
}

// exists is the error of a name that is taken.
func (d *Dir) exists(name string) error { return fmt.Errorf("%s: %w", d.at(name), ErrExists) }

// Remove removes the file name, durably. It refuses folders; what is missing is
// an error that satisfies errors.Is(err, fs.ErrNotExist).
func (d *Dir) Remove(name string) error {
	if err := d.ready(name, checkChange); err != nil {
		return err
	}
	info, err := d.root.Lstat(name)
	if err != nil {
		return d.fail(name, "remove", err)
	}
	if info.IsDir() {
		return fmt.Errorf("%s: remove: wanted a file, found a folder", d.at(name))
	}
	if err := d.step(Remove, name, func() error { return d.root.Remove(name) }); err != nil {
		return d.fail(name, "remove", err)
	}
	if err := d.syncDir(); err != nil {
		return d.fail(name, "sync the folder", err)
	}
	return nil
}
