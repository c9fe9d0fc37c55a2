package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/custody/durable"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// rewrapsOf are the re-wraps that were found, each once, by the snapshot that they
// are of.
type rewrapsOf map[text.Hash]map[text.Hash]backup.SignedRewrap

// gatherRewraps adds the re-wraps of one store. What is not signed by a maker is
// left out with a warning, and the headers that it names are used by nobody.
func (d *desk) gatherRewraps(ctx context.Context, trusted makerCheck, name text.ID, s backup.Store, found rewrapsOf) error {
	names, err := backup.RewrapNames(ctx, s)
	if err != nil {
		return err
	}
	for _, n := range names {
		x, err := openRewrap(ctx, trusted, s, n)
		if err != nil {
			d.world.Warnf("left out %s%s: %v", prefixed(name), n, err)
			continue
		}
		of := x.Rewrap().Manifest
		if found[of] == nil {
			found[of] = map[text.Hash]backup.SignedRewrap{}
		}
		found[of][x.ID()] = x
	}
	return nil
}

// openRewrap reads a re-wrap and verifies its signature by a key of its maker.
func openRewrap(ctx context.Context, trusted makerCheck, s backup.Store, name string) (backup.SignedRewrap, error) {
	var x backup.Rewrap
	b, err := backup.Fetch(ctx, s, name, func(b []byte) (err error) {
		if x, err = backup.ParseRewrap(b); err == nil && !strings.HasSuffix(strings.TrimSuffix(name, ".txt"), "-"+text.Identity(b).Short()) {
			err = fmt.Errorf("want the name of its hash, %s", text.Identity(b).Short())
		}
		return err
	})
	if err != nil {
		return backup.SignedRewrap{}, err
	}
	var signed backup.SignedRewrap
	_, err = backup.Fetch(ctx, s, fmt.Sprintf("%s.%s.rewrap.sig", strings.TrimSuffix(name, ".txt"), x.Maker), func(armored []byte) (err error) {
		signed, err = verifyRewrap(trusted, b, armored, x.Maker)
		return err
	})
	if err == nil && signed.TextName() != name {
		err = fmt.Errorf("want the name %s", signed.TextName())
	}
	return signed, err
}

// verifyRewrap takes a re-wrap that a key of its maker signed.
func verifyRewrap(trusted makerCheck, b, armored []byte, maker text.ID) (backup.SignedRewrap, error) {
	sig, err := sshsig.Parse(armored)
	if err != nil {
		return backup.SignedRewrap{}, err
	}
	if !trusted(maker, sig.Key()) {
		return backup.SignedRewrap{}, fmt.Errorf("want a signature by a key of %s, found %s", maker, sig.Key().Fingerprint())
	}
	return backup.OpenRewrap(b, armored, maker, sig.Key())
}

// attach gives each snapshot its re-wraps, and tells of those that belong to none.
func (d *desk) attach(byID map[text.Hash]*snapshotCopy, found rewrapsOf) {
	for of, list := range found {
		c := byID[of]
		if c == nil {
			d.world.Warnf("left out %s of snapshot %s: want its manifest, found none", count(len(list), "re-wrap"), of.Short())
			continue
		}
		var odd []string
		c.Signed, odd = c.With(slices.Collect(maps.Values(list)))
		for _, s := range odd {
			d.world.Warnf("snapshot %d: %s", c.Manifest().Number, s)
		}
	}
}

// keepRewrap keeps a re-wrap and its signature in the home, beside the manifests.
func (d *desk) keepRewrap(ctx context.Context, x backup.SignedRewrap) error {
	return d.inBackup(manifestsIn, func(dir *durable.Dir) error {
		store := dirstore.Open(dir)
		for name, b := range map[string][]byte{x.TextName(): x.Bytes(), x.SignatureName(): x.Signature()} {
			if _, err := store.Put(ctx, name, backup.Whole(b), backup.Memory(b), time.Time{}); err != nil {
				return err
			}
		}
		return nil
	})
}
