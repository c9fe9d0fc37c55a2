package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// Dir is an opened folder. It stays the same folder even if its path is renamed
// or replaced. Its methods may be called from several goroutines; two writers of
// one name need an order of their own. The zero Dir refuses everything.
type Dir struct {
	root *os.Root
	path string // as opened, for messages only
	rel  string // from the folder that the fault hook was set on
	tree *tree
}

// Open opens the folder at path. It must exist, and the last element of path
// must not be a symbolic link. It neither changes nor judges its mode.
func Open(path string) (*Dir, error) {
	clean := filepath.Clean(path)
	info, err := os.Lstat(clean)
	if err != nil {
		return nil, fmt.Errorf("%s: open: %w", clean, bare(err))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: wanted a folder, found %s", clean, KindOf(info.Mode()))
	}
	root, err := os.OpenRoot(clean)
	if err != nil {
		return nil, fmt.Errorf("%s: open: %w", clean, bare(err))
	}
	d := &Dir{root: root, path: clean, rel: ".", tree: new(tree)}
	return d.confirm(info)
}

// confirm closes d again unless it is the folder that was looked at before.
func (d *Dir) confirm(before fs.FileInfo) (*Dir, error) {
	now, err := d.root.Stat(".")
	if err == nil && !os.SameFile(before, now) {
		err = errors.New("replaced while it was opened")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: open: %w", d.path, bare(err)), d.Close())
	}
	return d, nil
}

// Create makes the folder at path with mode 0700 and opens it. The parent must
// exist. A folder that exists already must be empty and gets mode 0700, where
// its file system keeps modes. The new name is durable when Create returns.
func Create(path string) (*Dir, error) {
	clean := filepath.Clean(path)
	err := os.Mkdir(clean, dirMode)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s: create: %w", clean, bare(err))
	}
	d, err := Open(clean)
	if err != nil {
		return nil, err
	}
	if err = d.mustBeEmpty(); err == nil {
		err = d.tighten()
	}
	if err == nil {
		err = syncPath(filepath.Dir(clean))
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// tighten gives the folder mode 0700. A file system without modes (FAT, on most
// memory sticks) refuses with EPERM, and there is nothing to tighten.
func (d *Dir) tighten() error {
	err := d.root.Chmod(".", dirMode)
	if err == nil || errors.Is(err, syscall.EPERM) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return d.fail(".", "set mode 0700", err)
}

// mustBeEmpty refuses a folder that holds anything at all.
func (d *Dir) mustBeEmpty() error {
	first, err := d.firstName()
	if err != nil {
		return err
	}
	if first != "" {
		return fmt.Errorf("%s: wanted a new or empty folder, found %q in it", d.path, first)
	}
	return nil
}

// firstName returns some name in the folder, or "" if it is empty.
func (d *Dir) firstName() (string, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return "", d.fail(".", "read", err)
	}
	defer f.Close()
	names, err := f.Readdirnames(1)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", d.fail(".", "read", err)
	}
	if len(names) == 0 {
		return "", nil
	}
	return names[0], nil
}

// syncPath makes the names in a folder durable that is not opened as a Dir.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s: sync: %w", path, bare(err))
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%s: sync: %w", path, bare(err))
	}
	return nil
}

// WithFault returns the same folder with a hook that is asked before each step
// that changes the disk, here and in the sub folders opened from the result.
func (d *Dir) WithFault(f Fault) *Dir {
	return &Dir{root: d.root, path: d.path, rel: ".", tree: &tree{fault: f}}
}

// Sub opens the sub folder name, and makes it first, with mode 0700, if it is
// missing. It is durable when Sub returns. The caller closes it.
func (d *Dir) Sub(name string) (*Dir, error) {
	if err := d.ready(name, checkChange); err != nil {
		return nil, err
	}
	sub, err := d.OpenSub(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = d.step(MakeDir, name, func() error { return d.root.Mkdir(name, dirMode) })
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, d.fail(name, "create", err)
		}
		sub, err = d.OpenSub(name)
	}
	if err != nil {
		return nil, err
	}
	if err := d.keepSub(sub); err != nil {
		return nil, errors.Join(err, sub.Close())
	}
	return sub, nil
}

// keepSub makes the name of an empty sub folder durable. One that holds
// something was made durable before anything was put in; an empty one may be
// what a crash left between making it and syncing it.
func (d *Dir) keepSub(sub *Dir) error {
	first, err := sub.firstName()
	if err != nil || first != "" {
		return err
	}
	if err := d.syncDir(); err != nil {
		return d.fail(".", "sync", err)
	}
	return nil
}

// OpenSub opens the sub folder name, which must exist and be no symbolic link;
// errors.Is(err, fs.ErrNotExist) tells that it is missing. The caller closes it.
func (d *Dir) OpenSub(name string) (*Dir, error) {
	if err := d.ready(name, checkName); err != nil {
		return nil, err
	}
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, d.fail(name, "open", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: wanted a folder, found %s", d.at(name), KindOf(info.Mode()))
	}
	root, err := d.root.OpenRoot(name)
	if err != nil {
		return nil, d.fail(name, "open", err)
	}
	sub := &Dir{root: root, path: d.at(name), rel: path.Join(d.rel, name), tree: d.tree}
	return sub.confirm(info)
}

// Path returns the path that the folder was opened by, for messages.
func (d *Dir) Path() string {
	if d == nil {
		return ""
	}
	return d.path
}

// Close gives the folder back; sub folders and locks have their own Close.
func (d *Dir) Close() error {
	if d == nil || d.root == nil {
		return nil
	}
	return d.root.Close()
}

// ready refuses a Dir that nobody opened, and a name that check refuses.
func (d *Dir) ready(name string, check func(string) error) error {
	if d == nil || d.root == nil {
		return fmt.Errorf("folder: not open: %w", fs.ErrClosed)
	}
	if err := check(name); err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	return nil
}

// at returns the path of a name in the folder, for messages.
func (d *Dir) at(name string) string { return filepath.Join(d.path, name) }

// fail names the file and what was being done to it.
func (d *Dir) fail(name, doing string, err error) error {
	return fmt.Errorf("%s: %s: %w", d.at(name), doing, bare(err))
}

// bare drops the verb and the path that package os puts in front of an error:
// ours are better, because os sees the bare name inside the folder only.
func bare(err error) error {
	switch e := err.(type) { //nolint:errorlint // only the outermost one: what lies deeper belongs to the text
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}

// KindOf says in words what a file is, such as "a symbolic link".
func KindOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a regular file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
