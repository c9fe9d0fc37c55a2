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

func (r rewrapsOf) add(x backup.SignedRewrap) {
	of := x.Rewrap().Manifest
	if r[of] == nil {
		r[of] = map[text.Hash]backup.SignedRewrap{}
	}
	r[of][x.ID()] = x
}

// wrapped finds re-wraps that this home does not have. What is not signed by a maker
// is left out with a warning, and the headers that it names are used by nobody.
func (g *gathering) wrapped(ctx context.Context, s backup.Store) error {
	names, err := backup.RewrapNames(ctx, s)
	if err != nil {
		return err
	}
	left := leavingOut{gathering: g, most: g.most, kind: "a re-wrap's"}
	for i, n := range names {
		if g.wraps[n] {
			continue
		}
		if left.enough(len(names) - i - 1) {
			break
		}
		x, err := openRewrap(ctx, g.trusted, s, n)
		if err != nil {
			left.vain++
			left.out(n, err)
			continue
		}
		g.rewraps = append(g.rewraps, x)
	}
	left.tell()
	return ctx.Err()
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
