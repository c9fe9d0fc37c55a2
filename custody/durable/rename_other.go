//go:build !linux

package durable

import (
	"errors"
	"io/fs"
)

// renameNew renames inside the folder unless there is something under the new
// name. Only Linux has a portable way to do both in one step; elsewhere a second
// writer could slip in between, on a file system without links only.
func (d *Dir) renameNew(from, to string) error {
	_, err := d.root.Lstat(to)
	if err == nil {
		return fs.ErrExist
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return d.root.Rename(from, to)
}
