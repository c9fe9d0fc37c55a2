package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// temp is a file that has no name of its own yet.
type temp struct {
	d    *Dir
	name string // the name it shall have
	own  string // the temporary one
	file *os.File
}

// newTemp makes an empty temporary file that shall become name.
func (d *Dir) newTemp(name string) (*temp, error) {
	t := &temp{d: d, name: name}
	err := d.step(CreateTemp, name, t.create)
	if err != nil {
		return nil, d.fail(name, "create a temporary file", err)
	}
	return t, nil
}

// create finds a free temporary name. Several processes may write to one
// folder, so the name carries ours, and O_EXCL decides.
func (t *temp) create() error {
	for range maxTempTries {
		own := fmt.Sprintf("%s%d-%d", tempPrefix, os.Getpid(), t.d.tree.temps.Add(1))
		file, err := t.d.root.OpenFile(own, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		t.own, t.file = own, file
		return nil
	}
	return fmt.Errorf("no free temporary name in %d tries", maxTempTries)
}

// Write adds bytes to the file.
func (t *temp) Write(b []byte) (n int, err error) {
	err = t.d.step(Write, t.name, func() error {
		n, err = t.file.Write(b)
		return err
	})
	if err != nil {
		return n, t.d.fail(t.name, "write", err)
	}
	return n, nil
}

// seal makes the content durable and closes the file. After a failed fsync the
// kernel may have dropped the bytes, so nobody tries again: the file goes.
func (t *temp) seal() error {
	err := t.d.step(Sync, t.name, t.file.Sync)
	if err = errors.Join(err, t.file.Close()); err != nil {
		return t.d.fail(t.name, "sync", err)
	}
	return nil
}

// replace gives the file its name, whatever had the name before.
func (t *temp) replace() error {
	err := t.d.step(Rename, t.name, func() error { return t.d.root.Rename(t.own, t.name) })
	if err != nil {
		return t.d.fail(t.name, "rename", err)
	}
	t.own = ""
	return t.keepName()
}

// claim gives the file its name if the name is free, else fails with
// [ErrExists]. A link does that in one step everywhere but on file systems that
// have no links (FAT), where the kernel's own never-replacing rename serves.
func (t *temp) claim() error {
	err := t.d.step(Link, t.name, func() error {
		err := t.d.root.Link(t.own, t.name)
		if noLinks(err) {
			if err = t.d.renameNew(t.own, t.name); err == nil {
				t.own = ""
			}
		}
		return err
	})
	if errors.Is(err, fs.ErrExist) {
		return t.d.exists(t.name)
	}
	if err != nil {
		return t.d.fail(t.name, "link", err)
	}
	if err := t.drop(); err != nil {
		return t.d.fail(t.name, "remove the temporary name", err)
	}
	return t.keepName()
}

// noLinks tells a file system without hard links from one that has no room.
func noLinks(err error) bool {
	return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, errors.ErrUnsupported)
}

// keepName makes the new name durable.
func (t *temp) keepName() error {
	if err := t.d.syncDir(); err != nil {
		return t.d.fail(t.name, "sync the folder", err)
	}
	return nil
}

// drop removes the temporary name, if there still is one.
func (t *temp) drop() error {
	if t.own == "" {
		return nil
	}
	own := t.own
	t.own = ""
	return t.d.step(Remove, t.name, func() error { return t.d.root.Remove(own) })
}

// abandon removes a file that did not come about. Its error is of no use to a
// caller who has a better one, and Clean removes what stays.
func (t *temp) abandon() {
	_ = t.file.Close()
	_ = t.drop()
}
