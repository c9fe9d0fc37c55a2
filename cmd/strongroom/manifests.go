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
	"strongroom/cmd/internal/cli"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// snapshotCopy is a snapshot and the stores whose list names its manifest.
type snapshotCopy struct {
	backup.Signed
	id text.Hash
	on []text.ID
}

// manifests gathers every manifest of this vault, from the home and from all
// stores that can be reached, by number. What is not signed by a maker of
// any version of the policy is left out with a warning: a store is trusted for nothing.
func (d *desk) manifests(ctx context.Context, versions []*policy.Policy, stores []namedStore) ([]snapshotCopy, error) {
	byID := map[text.Hash]*snapshotCopy{}
	rewraps := rewrapsOf{}
	trusted := d.makerKeys(versions)
	err := d.inBackup(manifestsIn, func(dir *durable.Dir) error {
		home := dirstore.Open(dir)
		return errors.Join(d.gather(ctx, trusted, "", home, byID), d.gatherRewraps(ctx, trusted, "", home, rewraps))
	})
	if err != nil {
		return nil, err
	}
	for _, s := range stores {
		if s.err != nil {
			d.world.Warnf("%v", s.err)
			continue
		}
		if err := errors.Join(d.gather(ctx, trusted, s.name, s.store, byID), d.gatherRewraps(ctx, trusted, s.name, s.store, rewraps)); err != nil {
			d.world.Warnf("store %s: %v", s.name, err)
		}
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

// gather adds the manifests of one store. The home has the empty name.
func (d *desk) gather(ctx context.Context, trusted makerCheck, name text.ID, s backup.Store, byID map[text.Hash]*snapshotCopy) error {
	names, err := backup.ManifestNames(ctx, s)
	if err != nil {
		return err
	}
	for _, n := range names {
		signed, err := openManifest(ctx, trusted, s, n)
		if err == nil {
			err = d.ours(signed.Manifest())
		}
		if err != nil {
			d.world.Warnf("left out %s%s: %v", prefixed(name), n, err)
			continue
		}
		id := text.Identity(signed.Bytes())
		if byID[id] == nil {
			byID[id] = &snapshotCopy{Signed: signed, id: id}
		}
		if name != "" {
			byID[id].on = append(byID[id].on, name)
		}
	}
	return nil
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

// checkChain says where the manifests are not one chain without a fork or a
// gap: somebody took snapshots from another copy of this home, or took some
// away. It stops no further snapshot, which is what helps.
func checkChain(list []snapshotCopy) []string {
	var out []string
	for i := 1; i < len(list); i++ {
		if err := list[i].Manifest().Follows(list[i-1].Manifest()); err != nil {
			out = append(out, fmt.Sprintf("snapshot %d does not follow the one before it: %v", list[i].Manifest().Number, err))
		}
	}
	return out
}

// snapshotNumbered returns one of the snapshots; 0 stands for the newest.
func snapshotNumbered(list []snapshotCopy, number uint64) (snapshotCopy, error) {
	for _, c := range slices.Backward(list) {
		if number == 0 || c.Manifest().Number == number {
			return c, nil
		}
	}
	err := errors.New("snapshots: want at least one, found none")
	if len(list) > 0 {
		err = fmt.Errorf("snapshot: want one of 1 to %d, found %d", list[len(list)-1].Manifest().Number, number)
	}
	return snapshotCopy{}, cli.Hint(err, "strongroom backup list")
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

// missingFile says whether an error means that there is no such file.
func missingFile(err error) bool { return errors.Is(err, fs.ErrNotExist) }
