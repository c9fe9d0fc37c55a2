package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/quorum/text"
)

// badNote remembers a look of this home that found a copy no good: bad news counts from
// anybody, also where nobody signed it or no signature counts.
type badNote struct {
	Snapshot uint64 `json:"snapshot"`
	Manifest string `json:"manifest"` // the first digits of its hash
	Asked    string `json:"asked"`
	At       string `json:"at"`
	Sentence string `json:"sentence"`
}

// noteLook notes a look that found a copy no good, and forgets of that copy what a good
// one mends.
func (d *desk) noteLook(l look) error {
	m, id, bad := l.copy.Manifest(), l.copy.id.Short(), l.found.Lost()
	seen := unforeseen(l.found, m, l.seed)
	return d.changeNotes(l.store.name, func(n *storeNotes) {
		n.Bad = slices.DeleteFunc(n.Bad, func(b badNote) bool {
			asked, err := backup.ParseLevel(b.Asked)
			return b.Manifest == id && (err != nil || bad && l.found.Asked.Includes(asked) || !bad && l.err == nil && seen.Level.Mends(asked))
		})
		if bad {
			told := strings.TrimPrefix(backup.Result{}.Take(l.found).String(), "none: ")
			n.Bad = append(n.Bad, badNote{m.Number, id, l.found.Asked.String(), d.stamp(), clipText(told, maxNoteText)})
			n.Bad = n.Bad[max(0, len(n.Bad)-maxBadNotes):]
		}
	})
}

// foundBad tells which copies of a store looks of this home found no good, unless a
// signed result says so too, or a later one that mends it.
func (n storeNotes) foundBad(store text.ID, in statusInput) (out []string) {
	for _, b := range n.Bad {
		known := in.mendable()
		at := slices.IndexFunc(known, func(c snapshotCopy) bool { return c.id.Short() == b.Manifest })
		if at < 0 || !slices.Contains(known[at].on, store) || !b.stands(in.signed[store][known[at].id]) {
			continue
		}
		out = append(out, fmt.Sprintf("this home found snapshot %d no good at %s: %s", b.Snapshot, cmp.Or(b.At, "some time"), b.Sentence))
	}
	return out
}

// stands says whether it is news beside what signed results of that copy come to.
func (b badNote) stands(signed backup.Standing) bool {
	if signed.Bad.Result().Snapshot != 0 {
		return false
	}
	asked, err := backup.ParseLevel(b.Asked)
	at, bad := time.Parse(time.RFC3339, b.At)
	for level, s := range signed.Reached {
		if err == nil && bad == nil && level.Mends(asked) && s.Result().Verified.After(at) {
			return false
		}
	}
	return true
}
