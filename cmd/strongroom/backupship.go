package main

import (
	"context"
	"errors"
	"slices"
	"time"

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

// takeAndShip ends what an interrupted run left, then takes a new snapshot. If what it
// has from before is bad, and too few copies are good therefore, it takes another one
// that has all of it anew. Are enough good, what is bad in one is left to repair.
func (d *desk) takeAndShip(ctx context.Context, r backupRun) error {
	if err := d.endInterrupted(ctx, &r); err != nil {
		return err
	}
	one, err := d.snapshot(ctx, &r, false)
	if err != nil {
		return err
	}
	if len(one.lost) > 0 {
		d.tellLost(one)
		if err := errors.Join(d.giveUp(one.taken.Signed, one.lost), d.doubt(one.taken.Signed.Manifest(), one.outcomes)); err != nil {
			return err
		}
		if one, err = d.snapshot(ctx, &r, true); err != nil {
			return err
		}
	}
	if one.missed != nil { // what is given up is told by no result: the next one has all of it
		d.keepLooks(&r, one.taken.Signed, failedOf(one.outcomes))
	}
	if err := d.keepIndex(one.taken.Index.Without(one.lost...)); err != nil {
		return err
	}
	for _, o := range one.outcomes {
		if errors.Is(o.Err, backup.ErrStopped) {
			r.late = append(r.late, o.Target)
		}
	}
	if err := d.catchUp(ctx, r, one.before); err != nil {
		return err
	}
	return d.tellRun(one.taken, one.outcomes, r, one.missed)
}

// endInterrupted ships what a run left whole in the spool. If that does not become good
// either, this home remembers that it made it. So it does, without shipping it, where
// the maker or the key is another one by now, and where what is in it is sealed to others
// than today, or everything is to be sealed anew: the next one has all of it.
func (d *desk) endInterrupted(ctx context.Context, r *backupRun) error {
	pending, err := backup.Pending(r.plan.Spool, r.plan.Maker, r.plan.Signer.Key())
	switch {
	case missingFile(err): // or signed by another maker
		return d.rememberSpool(r.plan.Spool)
	case err != nil:
		d.world.Warnf("left out what an earlier run left in the spool: %v", err)
		return d.rememberSpool(r.plan.Spool)
	case pending.Manifest().Place != r.plan.Place:
		return nil
	}
	present, err := r.plan.Layers.Lines()
	if err != nil {
		return err
	}
	if r.reseal || !slices.Equal(pending.Manifest().Recipients, present) {
		d.world.Warnf("snapshot %d was interrupted before it reached its stores, and is sealed to keys of before: it is not shipped, the next one has all of it", pending.Manifest().Number)
		return d.giveUp(pending, nil)
	}
	d.world.Warnf("snapshot %d was interrupted before it reached its stores: shipping it first", pending.Manifest().Number)
	whole := *r
	whole.level = backup.V3 // nobody knows what of it was sent and not read back
	outcomes, missed, err := d.ship(ctx, &whole, pending)
	if err != nil || missed == nil {
		return err
	}
	for i, o := range outcomes {
		if o.Err != nil && r.stores[i].err == nil {
			d.world.Warnf("store %s: snapshot %d: %v", o.Target, pending.Manifest().Number, o.Err)
		}
	}
	return errors.Join(d.giveUp(pending, pending.Manifest().LostSegments(d.believed(outcomes))), d.doubt(pending.Manifest(), outcomes))
}

// oneSnapshot is a snapshot that was taken and shipped.
type oneSnapshot struct {
	before   []snapshotCopy // those before it
	taken    backup.Taken
	outcomes []backup.Outcome
	missed   error    // the quorum of copies that was not reached
	lost     []string // payloads from before that some store has not got right, where that missed the quorum
}

// snapshot takes a snapshot and ships it; again, because the one before did not do.
func (d *desk) snapshot(ctx context.Context, r *backupRun, again bool) (one oneSnapshot, err error) {
	if one.before, err = d.manifests(ctx, r.versions, r.stores); err != nil {
		return one, err
	}
	r.plan.Last = tip(one.before)
	if !again {
		d.readDue(r, one.before)
		d.tellBefore(ctx, one.before, r)
	}
	if one.taken, err = d.take(ctx, *r); err != nil {
		return one, err
	}
	for _, name := range one.taken.Other {
		d.world.Warnf("%q has other bytes than when it was sealed, though its size and times are the same: it was sealed anew; ask why, and check the disk", name)
	}
	for _, name := range one.taken.Unread {
		d.world.Warnf("%q cannot be read any more, and says that it did not change: what was sealed of it earlier stays in the snapshot and may be all that is left; save what the disk still gives", name)
	}
	for _, name := range one.taken.Torn {
		d.world.Warnf("%q never stood still while it was read: what is in the snapshot may be half old, half new", name)
	}
	if one.outcomes, one.missed, err = d.ship(ctx, r, one.taken.Signed); err != nil {
		return one, err
	}
	if one.missed == nil {
		return one, nil
	}
	for _, name := range one.taken.Signed.Manifest().LostSegments(d.believed(one.outcomes)) {
		if slices.ContainsFunc(r.plan.Last.Segments, func(g backup.Segment) bool { return g.Name == name }) {
			one.lost = append(one.lost, name)
		}
	}
	return one, nil
}

// tellBefore says what is odd, and what is to come.
func (d *desk) tellBefore(ctx context.Context, before []snapshotCopy, r *backupRun) {
	d.tellOdd(before)
	d.tellRoster(before, *r)
	if r.forecast = d.foretell(ctx, before, *r); r.forecast.bytes > 0 && !r.asJSON {
		d.world.Field("forecast", r.forecast.String())
	}
}

// tellLost says what is sealed anew, and what that does not mend.
func (d *desk) tellLost(one oneSnapshot) {
	for _, name := range one.lost {
		var in []text.ID
		for _, o := range one.outcomes {
			if slices.Contains(one.taken.Signed.Manifest().LostSegments([]backup.Outcome{o}), name) {
				in = append(in, o.Target)
			}
		}
		d.world.Warnf("%s, sealed for an earlier snapshot, is bad or missing in %s: what is in it is sealed anew now; the earlier ones need it repaired", name, list(in))
	}
	d.world.Hintf("strongroom backup verify --level V3 --repair")
}

// ship sends a snapshot to the stores with the page for emergencies, keeps its
// manifest and empties the spool once a store has all of it. missed is the quorum of copies that was not
// reached.
func (d *desk) ship(ctx context.Context, r *backupRun, s backup.Signed) (outcomes []backup.Outcome, missed, err error) {
	if r.kit, err = d.kit(*r, s); err != nil {
		return nil, nil, err
	}
	if err := d.noteBegun(s.Manifest().Number, r.stores); err != nil {
		return nil, nil, err
	}
	shipment := r.shipment(d, s, backup.FromSpool(r.plan.Spool))
	shipment.Kit, shipment.Enough = r.kit, backup.Quorum(r.copies)
	outcomes, err = backup.Ship(ctx, shipment, r.targets(r.stores, r.levelOf))
	if err != nil {
		return nil, nil, err
	}
	missed = backup.Quorum(r.copies).Check(outcomes, r.least())
	good := goodOf(outcomes)
	for _, o := range good {
		o.Verification = unforeseen(o.Verification, s.Manifest(), r.plan.Block)
		err = errors.Join(err, d.noteCopy(o.Target, s.Manifest().Number, o))
	}
	if len(good) > 0 && err == nil {
		if err = d.keepManifest(ctx, s, r.kit); err == nil { // without it the spool is what remembers the snapshot
			err = backup.Shipped(r.plan.Spool)
		}
	}
	if missed == nil {
		good = outcomes
	}
	d.keepLooks(r, s, good)
	return outcomes, missed, err
}

func goodOf(outcomes []backup.Outcome) []backup.Outcome {
	return slices.DeleteFunc(slices.Clone(outcomes), func(o backup.Outcome) bool { return o.Err != nil })
}

func failedOf(outcomes []backup.Outcome) []backup.Outcome {
	return slices.DeleteFunc(slices.Clone(outcomes), func(o backup.Outcome) bool { return o.Err == nil })
}

// keepLooks signs what was found of the copies of a snapshot, good or bad. That it
// cannot be written down is told and ends no run: the copies are what counts.
func (d *desk) keepLooks(r *backupRun, s backup.Signed, outcomes []backup.Outcome) {
	for _, o := range outcomes {
		l := look{copy: snapshotCopy{Signed: s, id: text.Identity(s.Bytes())}, store: namedStore{name: o.Target}, seed: r.plan.Block, found: o.Verification, err: o.Err}
		if err := d.keepResult(witness{r.plan.Signer, r.plan.Maker}, l); err != nil {
			d.world.Warnf("store %s: what was found of its copy of snapshot %d is not written down: %v", o.Target, s.Manifest().Number, err)
		}
	}
}

// shipment is how a run ships a snapshot, for no longer than a store may take.
func (r *backupRun) shipment(d *desk, s backup.Signed, from ...backup.Source) backup.Shipment {
	return backup.Shipment{Signed: s, From: from, Level: r.least(), Until: r.until, Seed: backup.Sum(r.plan.Block.Hash), Now: d.world.Now,
		Most: mostTime(sealedSize(s.Manifest()), r.stores), Sleep: pause}
}

// mostTime is how long a store may take to be sent so many bytes and to give them back.
// Whoever limits the bandwidth of a store gets as much time as that takes twice.
func mostTime(bytes int64, stores []namedStore) time.Duration {
	speed := int64(leastSpeed)
	for _, s := range stores {
		if limit := s.bucket.limit / 2; limit > 0 {
			speed = min(speed, limit)
		}
	}
	return leastCopyTime + time.Duration(2*bytes/speed)*time.Second
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
