package registry

import (
	"errors"
	"fmt"

	"strongroom/custody/durable"
)

// ErrTampered is wrapped when a file is not what its name says. It names the
// file; a person has to look at it and take it away.
var ErrTampered = errors.New("not what its name says")

// Registry is an opened registry. Its methods may be called from several
// goroutines. The zero Registry refuses everything.
type Registry struct {
	texts, sigs, psbts, txs, descriptors, keyRecords, headers, logs *durable.Dir
}

// Open opens the registry in a folder and makes what is missing of it. The
// caller closes the Registry and, after it, the folder.
func Open(d *durable.Dir) (*Registry, error) {
	r := &Registry{}
	for name, sub := range map[string]**durable.Dir{
		"texts": &r.texts, "sigs": &r.sigs, "psbts": &r.psbts, "txs": &r.txs, "descriptors": &r.descriptors,
		"keyrecords": &r.keyRecords, "headers": &r.headers, "logs": &r.logs,
	} {
		opened, err := d.Sub(name)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("registry: %w", err), r.Close())
		}
		*sub = opened
	}
	return r, nil
}

// Close gives the folders back.
func (r *Registry) Close() error {
	return errors.Join(r.texts.Close(), r.sigs.Close(), r.psbts.Close(), r.txs.Close(),
		r.descriptors.Close(), r.keyRecords.Close(), r.headers.Close(), r.logs.Close())
}
