package durable

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Walk reads or writes the files below a folder, one after the other. It keeps
// open the folders on the way to the last one, so that the next one beside it is
// one step of the system, however deep it lies. Names are those of package fs.
//
// No name leads out of the folder, and no folder on the way is a link: if one was
// put in its place, it is refused. What was opened stays the same folder even if
// it is renamed; what is not found in it is looked for once more from the top. A
// pipe is opened without waiting for who writes into it. What a walk writes is
// durable after [SyncAll]. Several goroutines may use it.
type Walk struct {
	mu    sync.Mutex
	files trail
	held  trail // to files that get a second name, which lie elsewhere
}

// NewWalk begins at a folder, which stays the caller's to close after the walk.
func NewWalk(root *os.Root) *Walk {
	return &Walk{files: trail{root: root}, held: trail{root: root}}
}

// Close closes the folders that the walk opened.
func (w *Walk) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(w.files.leave(0), w.held.leave(0))
}

// Open opens a file or a folder for reading. A link is followed as far as the
// folder that it lies in, no further.
func (w *Walk) Open(name string) (fs.File, error) {
	var f *os.File
	err := w.at(name, "open", looking, func(d *folder, base string) (err error) {
		f, err = d.root.OpenFile(base, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ReadDir lists a folder, sorted by name.
func (w *Walk) ReadDir(name string) (list []fs.DirEntry, err error) {
	err = w.at(path.Join(name, "x"), "open", looking, func(d *folder, _ string) error {
		list, err = fs.ReadDir(d.root.FS(), ".")
		return err
	})
	return list, err
}

// Lstat looks at a name itself.
func (w *Walk) Lstat(name string) (info fs.FileInfo, err error) {
	err = w.at(name, "lstat", looking, func(d *folder, base string) error {
		info, err = d.root.Lstat(base)
		return err
	})
	return info, err
}

// ReadLink tells where a link points.
func (w *Walk) ReadLink(name string) (to string, err error) {
	err = w.at(name, "readlink", looking, func(d *folder, base string) error {
		to, err = d.root.Readlink(base)
		return err
	})
	return to, err
}

// Make makes a folder with mode 0700, and those on the way. One that is there
// stays as it is.
func (w *Walk) Make(name string) error {
	return w.at(path.Join(name, "x"), "create", making, func(*folder, string) error { return nil })
}

// Create makes a file with mode 0600 for writing, and the folders on the way. It
// takes the place of a file or a link of that name.
func (w *Walk) Create(name string) (f *os.File, err error) {
	err = w.put(name, func(d *folder, base string) error {
		f, err = d.root.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NONBLOCK, fileMode)
		return err
	})
	return f, err
}

// Symlink makes a link that says to, and the folders on the way. It takes the
// place of a file or a link of that name.
func (w *Walk) Symlink(to, name string) error {
	return w.put(name, func(d *folder, base string) error { return bare(d.root.Symlink(to, base)) })
}

// Link gives a file a second name, and makes the folders on the way. It takes the
// place of a file or a link of that name.
func (w *Walk) Link(file, name string) error {
	return w.put(name, func(to *folder, base string) error {
		return w.held.at(file, looking, func(from *folder, old string) error {
			a, err := from.fd()
			if err != nil {
				return err
			}
			b, err := to.fd()
			if err != nil {
				return err
			}
			return unix.Linkat(a, old, b, base, 0)
		})
	})
}

// put makes something under a name, in the place of what is there.
func (w *Walk) put(name string, do func(d *folder, base string) error) error {
	return w.at(name, "create", making, func(d *folder, base string) error {
		err := do(d, base)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := d.root.Remove(base); err != nil {
			return err
		}
		return do(d, base)
	})
}

// at does something with a name in its folder, and names it in the error.
func (w *Walk) at(name, doing string, why purpose, do func(d *folder, base string) error) error {
	if w == nil || w.files.root == nil {
		return &fs.PathError{Op: doing, Path: name, Err: fs.ErrClosed}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.files.at(name, why, do); err != nil {
		return &fs.PathError{Op: doing, Path: name, Err: bare(err)}
	}
	return nil
}
