package durable

import (
	"errors"
	"fmt"
	"path"
	"sync"
	"sync/atomic"
)

// ErrStopped reports a step that did not happen because a [Fault] stopped it or
// an earlier one.
var ErrStopped = errors.New("stopped by the fault hook")

// Kind says what a step does to the disk. The zero Kind is no step.
type Kind uint8

// The kinds of steps, in the order in which a write takes them.
const (
	MakeDir    Kind = iota + 1 // a folder is made
	CreateTemp                 // an empty temporary file is made
	Write                      // bytes are added to it
	Sync                       // its content is made durable
	Rename                     // it takes its name, replacing what had it
	Link                       // it takes its name, which must be free
	Remove                     // a file, or a temporary name that did its work, goes away
	SyncDir                    // the names in a folder are made durable
)

// String returns the kind in words, such as "create temp".
func (k Kind) String() string {
	switch k {
	case MakeDir:
		return "make dir"
	case CreateTemp:
		return "create temp"
	case Write:
		return "write"
	case Sync:
		return "sync"
	case Rename:
		return "rename"
	case Link:
		return "link"
	case Remove:
		return "remove"
	case SyncDir:
		return "sync dir"
	}
	return "no step"
}

// Op is one step that is about to change the disk.
type Op struct {
	Kind Kind

	// Name is the file or folder concerned, as a slash-separated path from the
	// folder that WithFault was called on ("." is that folder). A step on a
	// temporary file carries the name that the file will have in the end; only
	// Clean, which cannot know it, gives the temporary one.
	Name string
}

// String returns the step in words, such as "rename checkpoint".
func (op Op) String() string { return op.Kind.String() + " " + op.Name }

// Fault is asked before each step. An error stops this step and every later one
// of the same folder and its sub folders, the tidying-up included, as a power
// cut would. It may be called from several goroutines, never at the same time.
type Fault func(op Op) error

// tree is what a folder shares with its sub folders.
type tree struct {
	temps atomic.Uint64 // numbers the temporary names

	mu      sync.Mutex
	fault   Fault // nil: nothing is ever stopped
	stopped error // the first error of fault
}

// allow returns nil if op may happen.
func (t *tree) allow(op Op) error {
	if t.fault == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped == nil {
		t.stopped = t.fault(op)
	}
	if t.stopped != nil {
		return fmt.Errorf("%s: %w: %w", op, ErrStopped, t.stopped)
	}
	return nil
}

// step takes one step that changes the disk, unless the hook forbids it.
func (d *Dir) step(kind Kind, name string, act func() error) error {
	if err := d.tree.allow(Op{Kind: kind, Name: path.Join(d.rel, name)}); err != nil {
		return err
	}
	return act()
}

// syncDir makes the names in the folder durable.
func (d *Dir) syncDir() error {
	return d.step(SyncDir, ".", func() error {
		f, err := d.root.Open(".")
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}
