package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// trail is the way from a folder down to the one that was used last, all open.
type trail struct {
	root *os.Root
	path string    // of the last one, as package fs has it
	down []*folder // from root, which is the first once anything was opened
}

// folder is an open one on a trail.
type folder struct {
	name string // in the one above
	root *os.Root
	file *os.File // the same once more, for calls that os.Root hasn't got; nil until then
}

// purpose says what becomes of a folder that is not there.
type purpose int

const (
	looking purpose = iota + 1 // it is an error
	making                     // it is made
)

// at does something with a name in the folder in which it lies. If that fails
// where the folder was open already, it may have been replaced: then it is done
// again from the top.
func (t *trail) at(name string, why purpose, do func(d *folder, base string) error) error {
	if !fs.ValidPath(name) {
		return fs.ErrInvalid
	}
	dir, base := path.Dir(name), path.Base(name)
	if len(t.down) > 0 && dir == t.path {
		err := do(t.down[len(t.down)-1], base)
		if err == nil {
			return nil
		}
		if err := t.leave(0); err != nil {
			return err
		}
	}
	if err := t.enter(dir, why); err != nil {
		return err
	}
	return do(t.down[len(t.down)-1], base)
}

// enter goes up as far as it must, and down to a folder.
func (t *trail) enter(dir string, why purpose) error {
	var names []string
	if dir != "." {
		names = strings.Split(dir, "/")
	}
	if len(t.down) == 0 {
		t.down = []*folder{{root: t.root}}
	}
	same := 1
	for same < len(t.down) && same <= len(names) && t.down[same].name == names[same-1] {
		same++
	}
	if err := t.leave(same); err != nil {
		return err
	}
	for i := same - 1; i < len(names); i++ {
		d, err := t.down[i].sub(names[i], why)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", path.Join(names[:i+1]...), err), t.leave(0))
		}
		t.down = append(t.down, d)
	}
	t.path = dir
	return nil
}

// leave closes all but the first so many folders.
func (t *trail) leave(n int) error {
	var err error
	for len(t.down) > n {
		last := t.down[len(t.down)-1]
		t.down = t.down[:len(t.down)-1]
		if last.file != nil {
			err = errors.Join(err, last.file.Close())
		}
		if len(t.down) > 0 { // the first is the caller's
			err = errors.Join(err, last.root.Close())
		}
	}
	t.path = ""
	return err
}

// sub opens a folder in this one, which is no link, and makes it if it is
// missing. The dot keeps a pipe that somebody put there from holding us.
func (d *folder) sub(name string, why purpose) (*folder, error) {
	before, err := d.root.Lstat(name)
	if why == making && errors.Is(err, fs.ErrNotExist) {
		if err = d.root.Mkdir(name, dirMode); err == nil || errors.Is(err, fs.ErrExist) {
			before, err = d.root.Lstat(name)
		}
	}
	if err != nil {
		return nil, bare(err)
	}
	if !before.IsDir() {
		return nil, fmt.Errorf("wanted a folder, found %s", KindOf(before.Mode()))
	}
	root, err := d.root.OpenRoot(name + "/.")
	if err != nil {
		return nil, bare(err)
	}
	now, err := root.Stat(".")
	if err == nil && !os.SameFile(before, now) {
		err = errors.New("replaced while it was opened")
	}
	if err != nil {
		return nil, errors.Join(bare(err), root.Close())
	}
	return &folder{name: name, root: root}, nil
}

// fd returns what the system calls the folder.
func (d *folder) fd() (int, error) {
	if d.file == nil {
		var err error
		if d.file, err = d.root.Open("."); err != nil {
			return 0, err
		}
	}
	return int(d.file.Fd()), nil
}
