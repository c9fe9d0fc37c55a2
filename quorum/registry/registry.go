package registry

import (
	"errors"
	"fmt"

	"strongroom/custody/durable"
)

// ErrTampered is wrapped when a file is not what its name says. It names the
// file; a person has to look at it and take it away.
var ErrTampered = errors.New("not what its name says")

// ErrAway is wrapped by a Folder behind a network that could not be asked. It says
// nothing about what is there, so nobody may take a file for missing or spoiled
// because of it.
var ErrAway = errors.New("away")

const (
	textsIn       = "texts"
	sigsIn        = "sigs"
	psbtsIn       = "psbts"
	txsIn         = "txs"
	descriptorsIn = "descriptors"
	keyRecordsIn  = "keyrecords"
	headersIn     = "headers"
	logsIn        = "logs"
)

// folders are those that a registry has.
func folders() []string {
	return []string{textsIn, sigsIn, psbtsIn, txsIn, descriptorsIn, keyRecordsIn, headersIn, logsIn}
}

// Registry is an opened registry. Its methods may be called from several
// goroutines. The zero Registry refuses everything.
type Registry struct {
	parts map[string]Folder // by the names of folders
}

// Open opens the registry in a folder and makes what is missing of it. The
// caller closes the Registry and, after it, the folder.
func Open(d *durable.Dir) (*Registry, error) { return OpenIn(Directory(d)) }

// OpenIn is Open for a registry in whatever place.
func OpenIn(f Folder) (*Registry, error) {
	r := &Registry{parts: map[string]Folder{}}
	for _, name := range folders() {
		opened, err := f.Sub(name)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("registry: %w", err), r.Close())
		}
		r.parts[name] = opened
	}
	return r, nil
}

// part returns one of the folders. That of a Registry which nobody opened refuses
// everything.
func (r *Registry) part(name string) Folder {
	if f, ok := r.parts[name]; ok {
		return f
	}
	return Directory(nil)
}

// Close gives the folders back.
func (r *Registry) Close() error {
	var err error
	for _, name := range folders() {
		err = errors.Join(err, r.part(name).Close())
	}
	return err
}
