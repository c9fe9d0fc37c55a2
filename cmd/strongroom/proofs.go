package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/quorum/text"
)

// proof is a level that was reached once: of which snapshot, when, and whose word
// it is; nobody's is that of a note.
type proof struct {
	level    backup.Level
	snapshot uint64
	at       time.Time
	by       text.ID
}

// String tells all of it.
func (p proof) String() string {
	return fmt.Sprintf("%s of snapshot %d, %s, signed by %s", p.level, p.snapshot, p.at.UTC().Format(time.RFC3339), p.by)
}

// proofs are what is known of the copies in one store.
type proofs []proof

// proofsOf are the levels that signed results bear out for snapshots that count,
// and beside them what this very run saw; without the annex what the notes say.
func proofsOf(notes storeNotes, signed map[text.Hash]backup.Standing, st storeStatus, in statusInput) (out proofs) {
	if !in.rules.Named {
		return notes.proofs().upTo(in.now)
	}
	for _, c := range in.good {
		for level, s := range signed[c.id].Reached {
			out = append(out, proof{level, s.Result().Snapshot, s.Result().Verified, s.Result().Maker})
		}
	}
	if st.Snapshot != 0 {
		out = append(out, proof{backup.V1, st.Snapshot, in.now, ""})
	}
	return out
}

// shipped is the best that who is no verifier says of a snapshot in a store: a
// run of what it sent.
func shipped(signed map[text.Hash]backup.Standing, good []snapshotCopy) (best proof) {
	for _, c := range good {
		if x := signed[c.id].Shipped.Result(); x.Level != 0 {
			best = proof{x.Level, x.Snapshot, x.Verified, x.Maker}
		}
	}
	return best
}

// proofs are the notes' own.
func (n storeNotes) proofs() (out proofs) {
	for name, p := range n.Proven {
		level, err := backup.ParseLevel(name)
		at, bad := time.Parse(time.RFC3339, p.At)
		if err == nil && bad == nil && level >= backup.V1 && level <= backup.V4 {
			out = append(out, proof{level, p.Snapshot, at, ""})
		}
	}
	return out
}

// upTo leaves out what is from a time to come, which a wrong clock wrote.
func (p proofs) upTo(now time.Time) (out proofs) {
	for _, x := range p {
		if !notYet(x.at, now) {
			out = append(out, x)
		}
	}
	return out
}

// last returns how a level, or one that includes it, was reached since a time: of
// the newest snapshot, and of that the newest time. What was reached before stands
// where nothing was since; the zero value is never.
func (p proofs) last(level backup.Level, since time.Time) (last proof) {
	for _, x := range p {
		if !x.level.Includes(level) {
			continue
		}
		young, was := !x.at.Before(since), last.level != 0 && !last.at.Before(since)
		switch {
		case young && (!was || x.snapshot > last.snapshot || x.snapshot == last.snapshot && x.at.After(last.at)):
			last = x
		case !young && !was && x.at.After(last.at):
			last = x
		}
	}
	return last
}

// highest returns the highest level that a snapshot reached, the newest time.
func (p proofs) highest(snapshot uint64) (best proof) {
	for _, x := range p {
		if x.snapshot == snapshot && (x.level > best.level || x.level == best.level && x.at.After(best.at)) {
			best = x
		}
	}
	return best
}

// unsignedClaims tells what notes claim and no signed result bears out.
func unsignedClaims(notes storeNotes, have proofs) []string {
	out := []string{}
	claims := slices.DeleteFunc(notes.proofs(), func(c proof) bool { return c.level < backup.V2 })
	slices.SortFunc(claims, func(a, b proof) int { return int(a.level) - int(b.level) })
	for _, c := range claims {
		borne := slices.ContainsFunc(have, func(p proof) bool {
			return p.level.Includes(c.level) && p.snapshot >= c.snapshot && p.at.After(c.at.Add(-noteSlack))
		})
		if !borne {
			out = append(out, fmt.Sprintf("%s of snapshot %d, %s: no signed result bears it out, so it does not count", c.level, c.snapshot, c.at.UTC().Format(time.RFC3339)))
		}
	}
	return out
}

// foundBad tells which copies of a store signed results found no good.
func (s resultsOf) foundBad(store text.ID, known []snapshotCopy) (out []string) {
	for _, c := range known {
		x := s[store][c.id].Bad.Result()
		if x.Snapshot != 0 && slices.Contains(c.on, store) {
			out = append(out, fmt.Sprintf("%s found snapshot %d no good at %s: %s", x.Maker, x.Snapshot, x.Verified.Format(time.RFC3339), strings.TrimPrefix(x.String(), "none: ")))
		}
	}
	return out
}

// isBad says that the copy of a snapshot was found no good, and nothing healed it.
func (s resultsOf) isBad(store text.ID, c snapshotCopy) bool {
	return s[store][c.id].Bad.Result().Snapshot != 0
}
