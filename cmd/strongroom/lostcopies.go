package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"strongroom/quorum/text"
)

// tellBadSince notes since when each bad copy of each store is told, and returns the
// snapshots that are lost for good.
func (d *desk) tellBadSince(stores []namedStore, in statusInput) (map[text.Hash]bool, error) {
	since := map[text.ID]map[string]string{}
	for _, s := range stores {
		since[s.name] = map[string]string{}
		err := d.changeNotes(s.name, func(n *storeNotes) {
			for _, c := range in.promised {
				if len(since[s.name]) < maxBadNotes && (in.signed.isBad(s.name, c) || n.isBad(s.name, c, in)) {
					since[s.name][c.id.Short()] = cmp.Or(n.BadSince[c.id.Short()], d.stamp())
				}
			}
			n.BadSince = since[s.name]
		})
		if err != nil {
			return nil, err
		}
	}
	return lostForGood(in.promised, stores, since, in.now), nil
}

// lostAsNoted returns the snapshots that are lost for good as status noted.
func (d *desk) lostAsNoted(known []snapshotCopy, stores []namedStore) map[text.Hash]bool {
	since := map[text.ID]map[string]string{}
	for _, s := range stores {
		since[s.name] = d.notes(s.name).BadSince
	}
	return lostForGood(known, stores, since, d.world.Now())
}

// lostForGood returns the snapshots that are bad in every store that lists them, and
// were told as that for toldFor: nothing mends them. While one store cannot be listed
// nobody knows.
func lostForGood(known []snapshotCopy, stores []namedStore, since map[text.ID]map[string]string, now time.Time) map[text.Hash]bool {
	out := map[text.Hash]bool{}
	if slices.ContainsFunc(stores, func(s namedStore) bool { return s.err != nil || s.unlisted != nil }) {
		return out
	}
	for _, c := range known {
		good := slices.ContainsFunc(c.on, func(store text.ID) bool {
			at, err := time.Parse(time.RFC3339, since[store][c.id.Short()])
			return err != nil || now.Sub(at) < toldFor
		})
		if !good && len(c.on) > 0 {
			out[c.id] = true
		}
	}
	return out
}

// lost is the sentence about one of them.
func lost(c snapshotCopy) string {
	return fmt.Sprintf("snapshot %d is bad in every store that lists it (%s), and was told for %s: nothing mends it", c.Manifest().Number, list(c.on), count(int(toldFor/(24*time.Hour)), "day"))
}

// isBad says that a look of this home found a copy no good, and it is news.
func (n storeNotes) isBad(store text.ID, c snapshotCopy, in statusInput) bool {
	return slices.ContainsFunc(n.Bad, func(b badNote) bool {
		return b.Manifest == c.id.Short() && slices.Contains(c.on, store) && b.stands(in.signed[store][c.id])
	})
}

// mendable leaves out what is lost for good, and what is not kept any more.
func (in statusInput) mendable() []snapshotCopy {
	return slices.DeleteFunc(slices.Clone(in.promised), func(c snapshotCopy) bool { return in.lost[c.id] })
}
