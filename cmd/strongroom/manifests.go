package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// snapshotCopy is a snapshot and the stores whose list names its manifest.
type snapshotCopy struct {
	backup.Signed
	id  text.Hash
	on  []text.ID
	own bool // this home made it, or remembers it
}

// manifests gathers every manifest of this vault, from the home and from all
// stores that can be reached, by number. What is not signed by a maker of
// any version of the policy is left out with a warning: a store is trusted for nothing.
// One whose list cannot be had, or not in time, is marked.
func (d *desk) manifests(ctx context.Context, versions []*policy.Policy, stores []namedStore) ([]snapshotCopy, error) {
	byID := map[text.Hash]*snapshotCopy{}
	rewraps := rewrapsOf{}
	trusted := d.makerKeys(versions)
	home := newGathering(d, trusted, nil)
	err := d.inBackup(manifestsIn, func(dir *durable.Dir) error { return home.all(ctx, dirstore.Open(dir)) })
	if err != nil {
		return nil, err
	}
	home.into(byID, rewraps)
	for i, g := range d.gatherStores(ctx, stores, home) {
		s := &stores[i]
		if s.err != nil {
			d.world.Warnf("%v", s.err)
			continue
		}
		g.into(byID, rewraps)
		if s.unlisted = g.err; s.unlisted != nil {
			d.world.Warnf("store %s: %v", s.name, s.unlisted)
		}
	}
	d.attach(byID, rewraps)
	if err := d.markOwn(byID); err != nil {
		return nil, err
	}
	var out []snapshotCopy
	for _, c := range byID {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b snapshotCopy) int {
		return cmp.Or(cmp.Compare(a.Manifest().Number, b.Manifest().Number), strings.Compare(a.id.String(), b.id.String()))
	})
	for _, why := range checkChain(out) {
		d.world.Warnf("%s", why)
	}
	return out, nil
}

func prefixed(store text.ID) string {
	if store == "" {
		return ""
	}
	return string(store) + "/"
}

// makerCheck says whether a key may sign as a maker.
type makerCheck func(maker text.ID, key sshsig.Key) bool

// openManifest reads a manifest and verifies its signature by a key of its maker.
func openManifest(ctx context.Context, trusted makerCheck, s backup.Store, name string) (backup.Signed, error) {
	var m backup.Manifest
	b, err := backup.Fetch(ctx, s, name, func(b []byte) (err error) {
		if m, err = backup.ParseManifest(b); err == nil && !strings.HasSuffix(strings.TrimSuffix(name, ".txt"), "-"+text.Identity(b).Short()) {
			err = fmt.Errorf("want the name of its hash, %s", text.Identity(b).Short())
		}
		return err
	})
	if err != nil {
		return backup.Signed{}, err
	}
	var signed backup.Signed
	_, err = backup.Fetch(ctx, s, fmt.Sprintf("%s.%s.manifest.sig", strings.TrimSuffix(name, ".txt"), m.Maker), func(armored []byte) (err error) {
		signed, err = openSigned(trusted, b, armored, m.Maker)
		return err
	})
	if err == nil && signed.TextName() != name {
		err = fmt.Errorf("want the name %s", signed.TextName())
	}
	return signed, err
}

func openSigned(trusted makerCheck, b, armored []byte, maker text.ID) (backup.Signed, error) {
	sig, err := sshsig.Parse(armored)
	if err != nil {
		return backup.Signed{}, err
	}
	if !trusted(maker, sig.Key()) {
		return backup.Signed{}, fmt.Errorf("want a signature by a key of %s, found %s", maker, sig.Key().Fingerprint())
	}
	return backup.OpenManifest(b, armored, maker, sig.Key())
}

// ours refuses a manifest of another vault.
func (d *desk) ours(m backup.Manifest) error {
	if m.Place != d.place() {
		return fmt.Errorf("want vault %s on %s, found %s on %s", d.vault, d.network, m.Place.Vault, m.Place.Chain)
	}
	return nil
}

func (d *desk) place() backup.Place {
	return backup.Place{Vault: d.vault, Chain: text.ID(d.network.String())}
}

// keepManifest keeps a manifest and its signature in the home as well, and the
// page beside it.
func (d *desk) keepManifest(ctx context.Context, s backup.Signed, k backup.Kit) error {
	return d.inBackup(manifestsIn, func(dir *durable.Dir) error {
		store := dirstore.Open(dir)
		for name, b := range map[string][]byte{s.TextName(): s.Bytes(), s.SignatureName(): s.Signature()} {
			if _, err := store.Put(ctx, name, backup.Whole(b), backup.Memory(b), time.Time{}); err != nil {
				return err
			}
		}
		_, err := backup.RepairKit(ctx, store, k, time.Time{})
		return err
	})
}

// keepKit keeps a page in the home.
func (d *desk) keepKit(ctx context.Context, k backup.Kit) error {
	return d.inBackup(manifestsIn, func(dir *durable.Dir) error {
		_, err := backup.RepairKit(ctx, dirstore.Open(dir), k, time.Time{})
		return err
	})
}

// missingFile says whether an error means that there is no such file.
func missingFile(err error) bool { return errors.Is(err, fs.ErrNotExist) }
