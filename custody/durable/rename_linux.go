package durable

import "golang.org/x/sys/unix"

// renameNew renames inside the folder and fails with EEXIST if there is
// something under the new name.
func (d *Dir) renameNew(from, to string) error {
	f, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	fd := int(f.Fd())
	return unix.Renameat2(fd, from, fd, to, unix.RENAME_NOREPLACE)
}
