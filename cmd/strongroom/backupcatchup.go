package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"strongroom/backup"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// catchUp brings the snapshots that the rules keep to the stores that were away
// when they were made, the newest first, from those that have them. It takes no
// key. What fails is told, and tried again by the next run: the new snapshot is
// safe by now. A copy of the last one that was found no good is looked at again, since
// only that makes it good in status.
func (d *desk) catchUp(ctx context.Context, r backupRun, known []snapshotCopy) error {
	left, notes := maxCaughtUp, d.notesOf(r.stores)
	for _, c := range catchUpOrder(keptIn(counted(known), r.rules, d.world.Now())) {
		number, to := c.Manifest().Number, r.lacking(c, notes)
		if left == 0 || len(to) == 0 || len(c.on) == 0 {
			continue
		}
		left--
		level := r.catchUpLevel(c, to, notes)
		shipment := r.shipment(d, c.Signed, sourcesOf(r.stores, c)...)
		shipment.Kit = d.anyKit(ctx, c.Signed, r.stores)
		if err := d.noteBegun(number, to); err != nil {
			return err
		}
		outcomes, err := backup.Ship(ctx, shipment, r.targets(to, level))
		if err != nil {
			return err
		}
		d.keepLooks(&r, c.Signed, outcomes)
		var done []text.ID
		for _, o := range outcomes {
			if closed := o.Verification.Closed; closed != nil {
				d.world.Warnf("store %s: snapshot %d: %s: %v", o.Target, number, closedFor(c.Closed(o.Verification.Flaws)), closed)
			}
			if o.Err == nil {
				if err := d.noteEnded(o.Target, number); err != nil {
					return err
				}
				done = append(done, o.Target)
				continue
			}
			what := "is missing there"
			if slices.Contains(c.on, o.Target) {
				what = "is no good there yet"
			}
			d.world.Warnf("store %s: snapshot %d %s: %v", o.Target, number, what, o.Err)
			if errors.Is(o.Err, backup.ErrStopped) {
				r.late = append(r.late, o.Target) // nobody waits for it again in this run
			}
		}
		if len(done) > 0 && !r.asJSON {
			d.world.Field("caught up", fmt.Sprintf("snapshot %d in %s", number, list(done)))
		}
	}
	return nil
}

// catchUpOrder is the newest first; what was given up comes last, since the one after
// it has all of it.
func catchUpOrder(kept []snapshotCopy) []snapshotCopy {
	out := slices.Clone(kept)
	slices.Reverse(out)
	slices.SortStableFunc(out, func(a, b snapshotCopy) int {
		switch {
		case a.givenUp == b.givenUp:
			return 0
		case a.givenUp:
			return 1
		}
		return -1
	})
	return out
}

// notesOf are what is remembered of some stores.
func (d *desk) notesOf(stores []namedStore) map[text.ID]storeNotes {
	out := map[text.ID]storeNotes{}
	for _, s := range stores {
		out[s.name] = d.notes(s.name)
	}
	return out
}

// unread says whether a snapshot was sent there and not read back yet. One that was
// found bad since is left to repair.
func (n storeNotes) unread(c snapshotCopy) bool {
	return slices.Contains(n.Begun, c.Manifest().Number) && !slices.ContainsFunc(n.Bad, func(b badNote) bool { return b.Manifest == c.id.Short() })
}

// lacking returns the stores that a snapshot is brought to: those that can be reached
// and do not list it, or got it and were not read back to the end, or whose copy of
// the last one was found no good; but none that was too slow in this run.
func (r *backupRun) lacking(c snapshotCopy, notes map[text.ID]storeNotes) []namedStore {
	last := c.Manifest().Number == r.plan.Last.Number
	return slices.DeleteFunc(slices.Clone(r.stores), func(s namedStore) bool {
		bad := r.signed.isBad(s.name, c)
		there := slices.Contains(c.on, s.name) && !(bad && last) && (bad || !notes[s.name].unread(c))
		return s.err != nil || s.unlisted != nil || there || slices.Contains(r.late, s.name)
	})
}

// catchUpLevel is how a copy is verified that is brought to stores: V3 where it was
// begun before, or found no good.
func (r *backupRun) catchUpLevel(c snapshotCopy, to []namedStore, notes map[text.ID]storeNotes) func(text.ID) backup.Level {
	whole := map[text.ID]bool{}
	for _, s := range to {
		whole[s.name] = r.signed.isBad(s.name, c) || slices.Contains(notes[s.name].Begun, c.Manifest().Number)
	}
	return func(store text.ID) backup.Level {
		if whole[store] {
			return backup.V3
		}
		return r.levelOf(store)
	}
}

// anyKit is a snapshot's recovery page from this home, or else from a store; none
// if it is nowhere, which status tells.
func (d *desk) anyKit(ctx context.Context, m backup.Signed, stores []namedStore) backup.Kit {
	k, err := d.keptKit(ctx, m)
	for _, s := range stores {
		if err == nil {
			break
		}
		if s.store != nil {
			k, _, err = backup.FindKit(ctx, s.store, m, d.knownPages(ctx)...)
		}
	}
	return k
}

// keptIn returns the snapshots that the rules keep, in their order.
func keptIn(all []snapshotCopy, rules policy.Backup, now time.Time) []snapshotCopy {
	list := make([]backup.Manifest, len(all))
	for i, c := range all {
		list[i] = c.Manifest()
	}
	var out []snapshotCopy
	for _, i := range backup.Keep(list, backup.Retention(rules.Keep), now) {
		out = append(out, all[i])
	}
	return out
}

// promised returns the snapshots that the rules keep, and those whose first lock has
// not ended, whatever others were signed since: none of them may go.
func promised(all []snapshotCopy, rules policy.Backup, now time.Time) []snapshotCopy {
	kept := map[text.Hash]bool{}
	for _, c := range keptIn(all, rules, now) {
		kept[c.id] = true
	}
	return slices.DeleteFunc(slices.Clone(all), func(c snapshotCopy) bool {
		return !kept[c.id] && !c.Manifest().Taken.AddDate(0, 0, rules.LockDays).After(now)
	})
}

// sourcesOf are the stores that list a snapshot.
func sourcesOf(stores []namedStore, c snapshotCopy) []backup.Source {
	var out []backup.Source
	for _, s := range stores {
		if slices.Contains(c.on, s.name) {
			out = append(out, backup.FromStore(s.store))
		}
	}
	return out
}

// thin says which of the snapshots that are kept lie in fewer stores than annex
// backup wants. A store whose list cannot be had may hold them.
func thin(known []snapshotCopy, stores []namedStore, rules policy.Backup, now time.Time) []string {
	unknown := 0
	for _, s := range stores {
		if s.err != nil || s.unlisted != nil {
			unknown++
		}
	}
	var out []string
	for _, c := range keptIn(counted(known), rules, now) {
		if need := rules.Need(len(stores)); len(c.on)+unknown < need {
			out = append(out, fmt.Sprintf("snapshot %d: want it in %s, found it in %d", c.Manifest().Number, count(need, "store"), len(c.on)))
		}
	}
	return out
}

// tellOdd warns of what a run should not find: a snapshot of somebody else, or
// one from a time to come.
func (d *desk) tellOdd(list []snapshotCopy) {
	for _, c := range strangers(list) {
		d.world.Warnf("%s", stranger(c))
	}
	for _, c := range list {
		if notYet(c.Manifest().Taken, d.world.Now()) {
			d.world.Warnf("%s", tooEarly(c.Manifest()))
		}
	}
}

// tooEarly is the sentence about a snapshot from a time to come.
func tooEarly(m backup.Manifest) string {
	return fmt.Sprintf("snapshot %d says that it was taken at %s, which is not yet: was a clock wrong then, or is it now?", m.Number, m.Taken.Format(time.RFC3339))
}

// notYet says whether a time is too far ahead to be a matter of two clocks.
func notYet(t, now time.Time) bool { return t.After(now.Add(maxAhead)) }
