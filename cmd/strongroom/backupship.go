package main

import (
	"context"
	"errors"
	"slices"

	"strongroom/backup"
	"strongroom/custody/durable"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// newestBlock is the tip of the headers that the registry holds, if there are
// any: the snapshot was not taken before it.
func (d *desk) newestBlock(p *policy.Policy) (backup.Block, error) {
	c, err := d.chain(p)
	if err != nil {
		return backup.Block{}, err
	}
	tip, ok := c.Tip()
	if !ok {
		return backup.Block{}, nil
	}
	return backup.Block{Height: tip.Height, Hash: text.Hash(tip.Hash)}, nil
}

// takeAndShip ends what an interrupted run left, then takes a new snapshot.
func (d *desk) takeAndShip(ctx context.Context, r backupRun) error {
	pending, err := backup.Pending(r.plan.Spool, r.plan.Maker, r.plan.Signer.Key())
	switch {
	case err == nil && pending.Manifest().Place == r.plan.Place:
		d.world.Warnf("snapshot %d was interrupted before it reached its stores: shipping it first", pending.Manifest().Number)
		if _, _, err := d.ship(ctx, &r, pending); err != nil {
			return err
		}
	case err != nil && !missingFile(err):
		d.world.Warnf("left out what an earlier run left in the spool: %v", err)
	}
	list, err := d.manifests(ctx, r.versions, r.stores)
	if err != nil {
		return err
	}
	r.plan.Last = tip(list)
	d.tellOdd(list)
	d.tellRoster(list, r)
	if r.forecast = d.foretell(list, r); r.forecast.bytes > 0 && !r.asJSON {
		d.world.Field("forecast", r.forecast.String())
	}
	taken, err := d.take(ctx, r)
	if err != nil {
		return err
	}
	for _, name := range taken.Other {
		d.world.Warnf("%q has other bytes than when it was sealed, though its size and times are the same: it was sealed anew; ask why, and check the disk", name)
	}
	for _, name := range taken.Torn {
		d.world.Warnf("%q never stood still while it was read: what is in the snapshot may be half old, half new", name)
	}
	outcomes, missed, err := d.ship(ctx, &r, taken.Signed)
	if err != nil {
		return err
	}
	if err := d.catchUp(ctx, r, list); err != nil {
		return err
	}
	if err := d.keepIndex(taken.Index); err != nil {
		return err
	}
	return d.tellRun(taken, outcomes, r, missed)
}

// ship sends a snapshot to the stores with the page for emergencies, keeps its
// manifest and empties the spool once a store has all of it. missed is the quorum of copies that was not
// reached.
func (d *desk) ship(ctx context.Context, r *backupRun, s backup.Signed) (outcomes []backup.Outcome, missed, err error) {
	if r.kit, err = d.kit(*r, s); err != nil {
		return nil, nil, err
	}
	outcomes, err = backup.Ship(ctx, backup.Shipment{Signed: s, From: []backup.Source{backup.FromSpool(r.plan.Spool)}, Level: r.level, Until: r.until,
		Seed: backup.Sum(r.plan.Block.Hash), Kit: r.kit, Now: d.world.Now}, targets(r.rules, r.stores))
	if err != nil {
		return nil, nil, err
	}
	good := false
	for _, o := range outcomes {
		if o.Err == nil {
			good = true
			noted := o
			noted.Verification = unforeseen(o.Verification, s.Manifest(), r.plan.Block)
			l := look{copy: snapshotCopy{Signed: s, id: text.Identity(s.Bytes())}, store: namedStore{name: o.Target}, seed: r.plan.Block, found: o.Verification}
			err = errors.Join(err, d.noteCopy(o.Target, s.Manifest().Number, noted), d.keepResult(witness{r.plan.Signer, r.plan.Maker}, l))
		}
	}
	if good && err == nil {
		if err = d.keepManifest(ctx, s, r.kit); err == nil { // without it the spool is what remembers the snapshot
			err = backup.Shipped(r.plan.Spool)
		}
	}
	return outcomes, backup.Quorum(r.copies).Check(outcomes, r.level), err
}

// locked takes the lock of the backup folder.
func (d *desk) locked(work func() error) error {
	dir, err := d.dir.Sub(backupIn)
	if err != nil {
		return err
	}
	lock, err := dir.Lock()
	if err != nil {
		return errors.Join(err, dir.Close())
	}
	return errors.Join(work(), lock.Close(), dir.Close())
}

// index is what the last run remembered of the files it sealed. Without it, or with one
// that cannot be read, every file is read again.
func (d *desk) index() (x backup.Index) {
	err := d.inBackup(".", func(dir *durable.Dir) error {
		b, err := dir.ReadFile(indexFile, maxIndex)
		if err == nil {
			x, err = backup.ParseIndex(b)
		}
		return err
	})
	if err != nil && !missingFile(err) {
		d.world.Warnf("every file is read again: %v", err)
	}
	return x
}

// stillThere leaves out of the index what no store has any more, so that a run
// seals it anew instead of naming what is lost.
func (d *desk) stillThere(ctx context.Context, x backup.Index, r backupRun) backup.Index {
	var lost []string
	for _, g := range r.plan.Last.Segments {
		if slices.Contains(x.Segments(), g.Name) && !slices.ContainsFunc(r.stores, func(s namedStore) bool { return s.mayHave(ctx, g) }) {
			d.world.Warnf("no store has %s any more: the files in it are sealed anew, and snapshots before this one have lost them", g.Name)
			lost = append(lost, g.Name)
		}
	}
	return x.Without(lost...)
}

// mayHave says whether a store has a segment, or does not answer.
func (s namedStore) mayHave(ctx context.Context, g backup.Segment) bool {
	if s.err != nil {
		return true
	}
	_, err := backup.Find(ctx, s.store, g.Name, g.Content)
	return !missingFile(err) && !errors.Is(err, backup.ErrContent)
}

func (d *desk) keepIndex(x backup.Index) error {
	return d.inBackup(".", func(dir *durable.Dir) error { return dir.WriteFile(indexFile, x.Render()) })
}
