package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/quorum/policy"
)

// newestCopy finds the newest snapshot that a store has as its manifest says,
// and looks at its locks.
func (d *desk) newestCopy(ctx context.Context, s namedStore, in statusInput, st *storeStatus) error {
	pages := d.knownPages(ctx)
	for _, c := range slices.Backward(in.good) {
		if in.signed.isBad(s.name, c) {
			continue // told by its signed result
		}
		v, err := backup.Verify(ctx, s.store, c.Signed, backup.Checking{Level: backup.V1, Known: pages, Now: d.world.Now})
		if hung := silenceIn(err); hung != nil {
			st.late("%v", hung)
			return nil
		}
		if err != nil {
			continue
		}
		st.Snapshot, st.taken, st.Covered = c.Manifest().Number, c.Manifest().Taken, append(st.Covered, v.Covered...)
		st.Taken, st.Page, st.odd = st.taken.Format(time.RFC3339), v.Kit, v.Odd
		if st.Page == "" && !closedAtEnd(v, c.Signed) {
			st.lateFor(helpRepair, "want a recovery page%s beside snapshot %d, found none", ofRewrap(c.Signed), st.Snapshot)
		}
		if !v.Until.IsZero() {
			st.locked, st.Locked = v.Until, v.Until.UTC().Format(time.RFC3339)
		}
		_, _, err = d.closedIn(s.name, c, v) // closedAsTold tells
		if err := errors.Join(err, d.noteProven(s.name, st.Snapshot, v)); err != nil {
			return err
		}
		break
	}
	if st.Snapshot == 0 {
		st.late("want a snapshot as its manifest says, found none")
		return nil
	}
	if in.now.Sub(st.taken) > hours(in.rules.RPOHours) {
		st.late("its newest copy was taken %s", st.Taken)
	}
	if newest := in.good[len(in.good)-1].Manifest().Number; st.Snapshot != newest {
		st.late("want snapshot %d, found none newer than %d", newest, st.Snapshot)
	}
	if in.rules.LockOf(s.name) == policy.LockCompliance && !s.isFolder() && !st.locked.After(in.now.AddDate(0, 0, in.rules.LockDays/2)) {
		st.lateFor(helpExtend, "want its newest copy locked for half of %s yet, found %s", count(in.rules.LockDays, "day"), orDash(st.Locked != "", st.Locked))
	}
	for _, name := range st.odd {
		st.late("%s was not signed by who made the snapshot, tells of a re-wrap that it does not have, or cannot be read: do not follow it", name)
	}
	for _, name := range st.Covered {
		st.late("somebody wrote over %s; the locked version is still there", name)
	}
	return nil
}

// verified holds what is proven against the schedule.
func (st *storeStatus) verified(notes storeNotes, in statusInput) {
	have := proofsOf(notes, in.signed[st.Store], *st, in)
	if best := have.highest(st.Snapshot); st.Snapshot != 0 && best.level != 0 {
		st.Level, st.Reached, st.By = best.level.String(), best.at.UTC().Format(time.RFC3339), best.by
	}
	if in.rules.Named {
		sent := shipped(in.signed[st.Store], in.good)
		if sent.level != 0 {
			st.Shipped = sent.String()
		}
		st.Unsigned = unsignedClaims(notes, append(slices.Clip(have), sent))
	}
	for _, x := range []struct {
		level backup.Level
		every int
		words string
	}{
		{backup.V1, in.rules.Verify.V1, "nobody compared its checksums lately"},
		{backup.V2, in.rules.Verify.V2, "nobody read a sample of a copy lately"},
		{backup.V3, in.rules.Verify.V3, "nobody read a whole copy again lately"},
	} {
		last := have.last(x.level, in.now.Add(-hours(x.every)))
		st.tellLevel(x.level, last)
		switch taken := in.takenAt(last.snapshot); {
		case in.now.Sub(last.at) > hours(x.every):
			st.lateFor(helpVerify, "%s: %s", x.level, x.words)
		case x.level > backup.V1 && !taken.IsZero() && in.now.Sub(taken) > hours(x.every+in.rules.RPOHours):
			st.lateFor(helpVerify, "%s: want it of a snapshot of the last %s, found none newer than %d, taken %s", x.level, count(x.every+in.rules.RPOHours, "hour"), last.snapshot, taken.UTC().Format(time.RFC3339))
		}
	}
	st.tellLevel(backup.V4, have.last(backup.V4, in.now))
	st.Reread, st.Opened = st.Verified[backup.V3.String()], st.Verified[backup.V4.String()]
}

// tellLevel tells when a level was last reached, and of which snapshot.
func (st *storeStatus) tellLevel(level backup.Level, last proof) {
	if !last.at.IsZero() {
		st.Verified[level.String()], st.VerifiedOf[level.String()] = last.at.UTC().Format(time.RFC3339), last.snapshot
	}
}

// takenAt is when a snapshot that counts was taken; zero for one that is not known.
func (in statusInput) takenAt(number uint64) time.Time { return takenAt(in.good, number) }

// takenAt is when the snapshot with a number was taken; zero where it is not known.
func takenAt(list []snapshotCopy, number uint64) (at time.Time) {
	for _, c := range list {
		if c.Manifest().Number == number {
			at = c.Manifest().Taken
		}
	}
	return at
}

// seen tells where the store is, and what its answers told of that.
func (st *storeStatus) seen(n sightNote, s namedStore, rules policy.Backup) {
	was := n.whereabouts()
	st.Seen, st.Region, st.RoundTrip = n.At, was.regionOf(s), was.RoundTrip.Microseconds()
	if st.RoundTrip > 0 {
		st.Bound = backup.RoundTripBound(was.RoundTrip)
	}
	var parts []string
	place, ok := placeOf(storePlaces(rules), string(s.name))
	if ok {
		st.Kilometres = place.Location.Kilometres(backup.Location(rules.Site))
		parts = append(parts, fmt.Sprintf("%s %s, %d km from the site", place.Location, place.Jurisdiction, st.Kilometres))
	}
	if st.Region != "" {
		parts = append(parts, "region "+st.Region)
	}
	if n.At != "" && (ok || !s.isFolder()) {
		parts = append(parts, was.words())
	}
	st.Where = strings.Join(parts, "; ")
}

// probed holds the last probe against the annex, where it has a canary: a good
// one that who may signed, or a bad one that nobody mended since.
func (st *storeStatus) probed(n probeNote, in statusInput) {
	if in.rules.Named {
		n = signedProbe(n, in.probes[st.Store].Result())
	}
	st.Probed = n.At
	if in.rules.Probe.Key == "" {
		return
	}
	at, err := time.Parse(time.RFC3339, n.At)
	switch {
	case err != nil || in.now.Sub(at) > hours(in.rules.Probe.Hours) || notYet(at, in.now):
		st.lateFor(helpProbe, "no probe for %s", count(in.rules.Probe.Hours, "hour"))
	case !n.Good:
		st.lateFor(helpProbe, "the last probe failed: %s", n.Sentence)
	}
}

// signedProbe is what counts of a probe: bad news from anybody, good news signed.
func signedProbe(n probeNote, x backup.Result) probeNote {
	signed := probeNote{Good: x.Probe.Good() && x.Level != 0}
	if !x.Verified.IsZero() {
		signed.At = x.Verified.Format(time.RFC3339)
	}
	switch {
	case n.At >= signed.At && n.At != "" && !n.Good:
		return n
	case signed.At != "" && !signed.Good:
		signed.Sentence = fmt.Sprintf("canary %s, %s broken, copy %s", x.Probe.Canary, count(len(x.Probe.Broken), "promise"), x)
	}
	return signed
}

// credentialAge asks when a bucket's credentials were issued.
func (d *desk) credentialAge(ctx context.Context, s namedStore, in statusInput, st *storeStatus) error {
	if s.keys == nil {
		return nil
	}
	c, err := s.keys.Credentials(ctx)
	if err != nil {
		st.late("%v", err)
		return nil
	}
	issued, err := d.issued(s.name, c)
	if err != nil {
		return err
	}
	st.Credential = issued.UTC().Format(time.RFC3339)
	if in.now.Sub(issued) > 24*hours(in.rules.CredentialDays) {
		st.late("its credentials are older than %s", count(in.rules.CredentialDays, "day"))
	}
	return nil
}
