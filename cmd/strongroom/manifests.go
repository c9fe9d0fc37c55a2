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
	"strongroom/quorum/text"
)

// snapshotCopy is a snapshot and the stores whose list names its manifest.
type snapshotCopy struct {
	backup.Signed
	id      text.Hash
	on      []text.ID
	own     bool // this home made it, or remembers it
	kept    bool // this home found it before, and kept its manifest
	givenUp bool // this home made it, and another in its place
}

// mayBeIn says whether a store lists a snapshot, or nobody knows what it lists.
func (c snapshotCopy) mayBeIn(s namedStore) bool {
	return slices.Contains(c.on, s.name) || s.unlisted != nil
}

// manifests gathers every manifest of this vault, from the home and from all
// stores that can be reached, by number. What is not signed by a maker of
// any version of the policy is left out with a warning: a store is trusted for nothing.
// One whose list cannot be had, or not in time, is marked.
func (d *desk) manifests(ctx context.Context, versions []*policy.Policy, stores []namedStore) ([]snapshotCopy, error) {
	byID := map[text.Hash]*snapshotCopy{}
	rewraps := rewrapsOf{}
	trusted := d.makerKeys(versions)
	made, kept, err := d.gatherHome(ctx, trusted)
	if err != nil {
		return nil, err
	}
	made.into(byID, rewraps)
	kept.into(byID, rewraps)
	for i, g := range d.gatherStores(ctx, trusted, stores, made, kept) {
		s := &stores[i]
		if s.err != nil {
			d.world.Warnf("%v", s.err)
			continue
		}
		g.into(byID, rewraps)
		if hung := silenceIn(g.err); hung != nil {
			s.away(hung)
			d.world.Warnf("%v", s.err)
			continue
		}
		if s.unlisted = g.err; s.unlisted != nil {
			d.world.Warnf("store %s: %v", s.name, s.unlisted)
		}
	}
	if err := d.markOwn(byID); err != nil {
		return nil, err
	}
	d.attach(byID, rewraps)
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
		if err := keepPair(ctx, store, s); err != nil {
			return err
		}
		_, err := backup.RepairKit(ctx, store, k, time.Time{})
		return err
	})
}

// keepFound keeps the manifests and re-wraps that a look found: in the next one no
// number of names hides them. They are apart from those that this home made.
func (d *desk) keepFound(ctx context.Context, all []snapshotCopy) error {
	return d.inBackup(foundIn, func(dir *durable.Dir) error {
		store := dirstore.Open(dir)
		for _, c := range all {
			if !c.own && !c.kept {
				if err := keepPair(ctx, store, c.Signed); err != nil {
					return err
				}
			}
			for _, x := range c.AllRewraps() {
				if err := keepPair(ctx, store, x); err != nil {
					return err
				}
			}
		}
		return nil
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
