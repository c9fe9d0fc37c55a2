package main

import (
	"cmp"
	"slices"
	"time"

	"strongroom/backup"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// levelOf is how a run verifies the copy in a store beside reading back what it sends.
func (r *backupRun) levelOf(store text.ID) backup.Level {
	if r.level == 0 && slices.Contains(r.due, store) {
		return backup.V3
	}
	return r.least()
}

// least is the level that every good copy reaches.
func (r *backupRun) least() backup.Level { return cmp.Or(r.level, backup.V1) }

// targets are the stores of a run, each with the level of its copy.
func (r *backupRun) targets(stores []namedStore, level func(text.ID) backup.Level) []backup.Target {
	out := targets(r.rules, stores)
	for i := range out {
		out[i].Level = level(out[i].ID)
	}
	return out
}

// readDue finds out which stores are read again whole by this run: where that is due,
// and where the copy of the last snapshot was found no good. One that never is good
// costs the others nothing. Where what was signed cannot be read it is due everywhere,
// and no run ends for it.
func (d *desk) readDue(r *backupRun, before []snapshotCopy) {
	signed, _, unread := d.signedResults(r.rules, before)
	if unread != nil {
		d.world.Warnf("what was signed about copies cannot be read, so every store is read again whole: %v", unread)
		signed = nil
	}
	r.signed = signed
	for _, s := range r.stores {
		bad := slices.ContainsFunc(before, func(c snapshotCopy) bool {
			return c.Manifest().Number == r.plan.Last.Number && r.signed.isBad(s.name, c)
		})
		n := d.notes(s.name)
		if s.err == nil && (unread != nil || bad || rereadDue(n, takenAt(before, n.Read.Snapshot), r.plan.Last.Number, r.rules.Verify, d.world.Now())) {
			r.due = append(r.due, s.name)
		}
	}
}

// rereadDue says whether it is time to read again what lies in a store from before:
// no run did for rereadEvery, or for half of what the schedule asks; or what was read
// then, a snapshot up to the last, was older than that already, such as one that waited
// long for its stores. So it is when something was sent since whose copy did not become
// good: nobody knows what of it came and was not read back.
func rereadDue(n storeNotes, taken time.Time, last uint64, schedule policy.Schedule, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, n.Read.At)
	if err != nil || notYet(at, now) || n.Read.Snapshot > last {
		return true
	}
	every := min(rereadEvery, hours(schedule.V3)/2)
	unread := slices.ContainsFunc(n.Begun, func(number uint64) bool { return number > n.Read.Snapshot })
	return unread || now.Sub(at) >= every || now.Sub(taken) >= every
}
