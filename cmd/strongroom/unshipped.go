package main

import (
	"errors"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// giveUp keeps the manifest of a snapshot that did not become good and makes room for the
// next: it may lie in a store, and is this home's all the same. What is lost of it
// is sealed anew.
func (d *desk) giveUp(s backup.Signed, lost []string) error {
	err := errors.Join(d.keepUnshipped(s.SignatureName(), s.Signature()), d.keepUnshipped(s.TextName(), s.Bytes()))
	if err != nil || len(lost) == 0 {
		return err
	}
	return d.keepIndex(d.index().Without(lost...))
}

// keepUnshipped keeps a file of a snapshot that did not become good.
func (d *desk) keepUnshipped(name string, b []byte) error {
	return d.inBackup(unshippedIn, func(dir *durable.Dir) error {
		files, err := dir.List(2 * maxUnshipped)
		if err != nil {
			return err
		}
		for len(files) >= maxUnshipped { // the oldest, since names begin with the number
			if err := dir.Remove(files[0].Name); err != nil {
				return err
			}
			files = files[1:]
		}
		return dir.WriteFile(name, b)
	})
}

// rememberSpool keeps the manifest that lies in the spool and that today's key of the
// maker did not sign: who takes the next snapshot empties the spool, and it may have
// come to a store before.
func (d *desk) rememberSpool(spool *durable.Dir) error {
	files, err := spool.List(maxSpoolFiles)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, ok := backup.NumberOf(f.Name); !ok || !f.Regular {
			continue
		}
		b, err := spool.ReadFile(f.Name, int64(text.Manifest.MaxSize()))
		if errors.Is(err, durable.ErrTooLarge) {
			continue // no manifest
		}
		if err == nil {
			err = d.keepUnshipped(f.Name, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// markOwn marks snapshots that this home made without having kept the manifest: the
// one that still lies in the spool, since a run that was killed may have shipped it,
// and those that were given up.
func (d *desk) markOwn(byID map[text.Hash]*snapshotCopy) error {
	mark := func(givenUp bool) func(*durable.Dir) error {
		return func(dir *durable.Dir) error {
			files, err := dir.List(maxSpoolFiles + 2*maxUnshipped)
			for _, f := range files {
				for _, c := range byID {
					if f.Name == c.TextName() {
						c.own, c.givenUp = true, givenUp
					}
				}
			}
			return err
		}
	}
	return errors.Join(d.inBackup(spoolIn, mark(false)), d.inBackup(unshippedIn, mark(true)))
}
