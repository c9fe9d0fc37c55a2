package durable

import (
	"errors"
	"io/fs"
)

// Rename gives the file from another name in the same folder, durably. A name
// that is taken is [ErrExists]: nothing is ever replaced.
func (d *Dir) Rename(from, to string) error {
	for _, name := range []string{from, to} {
		if err := d.ready(name, checkChange); err != nil {
			return err
		}
	}
	err := d.step(Rename, to, func() error { return d.renameNew(from, to) })
	if errors.Is(err, fs.ErrExist) {
		return d.exists(to)
	}
	if err != nil {
		return d.fail(from, "rename", err)
	}
	if err := d.syncDir(); err != nil {
		return d.fail(to, "sync the folder", err)
	}
	return nil
}
