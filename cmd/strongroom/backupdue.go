package main

import (
	"time"

	"strongroom/backup"
	"strongroom/quorum/policy"
)

// dueLevel is how a run verifies copies beside reading back what it sends: V3 if
// in one of the stores that is due, or its copy of the last snapshot was found no
// good; else V1.
func (d *desk) dueLevel(r backupRun, before []snapshotCopy) (backup.Level, error) {
	signed, _, err := d.signedResults(r.rules, before)
	if err != nil {
		return 0, err
	}
	for _, s := range r.stores {
		if s.err != nil {
			continue
		}
		for _, c := range before {
			if c.Manifest().Number == r.plan.Last.Number && signed.isBad(s.name, c) {
				return backup.V3, nil
			}
		}
		last := d.notes(s.name).proofs().upTo(d.world.Now()).last(backup.V3, d.world.Now())
		if rereadDue(last.at, takenAt(before, last.snapshot), r.rules.Verify, d.world.Now()) {
			return backup.V3, nil
		}
	}
	return backup.V1, nil
}

// rereadDue says whether it is time to read again what lies in a store from before:
// nobody here did for rereadEvery, or for half of what the schedule asks; or what
// was read then was older than that already, such as a snapshot that waited long
// for its stores.
func rereadDue(read, taken time.Time, schedule policy.Schedule, now time.Time) bool {
	every := min(rereadEvery, hours(schedule.V3)/2)
	return now.Sub(read) >= every || now.Sub(taken) >= every
}
