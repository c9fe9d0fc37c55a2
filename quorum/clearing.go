package quorum

import (
	"fmt"
	"slices"

	"strongroom/custody/headers"
	"strongroom/quorum/text"
)

// judgeClearances reads the clearances that were brought for this proposal.
// One that is about something else is passed over; one about this proposal that
// does not hold is told and counts for nothing. Contradictions to this signer's
// own log are reasons by themselves.
func (j *judgement) judgeClearances() (good []clearance, alarms []Reason) {
	if j.verb != Release {
		return nil, nil
	}
	for i, s := range j.in.Clearances {
		if i >= maxClearances {
			break
		}
		c, err := ParseClearance(s.Text)
		if err != nil {
			j.note(ReasonOf(err, TextGrammar))
			continue
		}
		if c.Proposal != j.p.ID() {
			continue
		}
		v, reasons := j.judgeWatcher(c, s)
		if len(reasons) == 0 {
			reasons = j.judgeClearance(c)
		}
		for _, r := range reasons {
			if r.Code.Alarm() {
				alarms = append(alarms, r)
				j.report.Witnessed = true // by the watcher, who signed it
			}
			r.Text = fmt.Sprintf("clearance of %s: %s", c.Watcher, r.Text)
			j.note(r)
		}
		if len(reasons) == 0 {
			good = append(good, clearance{Clearing{Watcher: c.Watcher, Clearance: text.Identity(s.Text)}, v})
		}
	}
	return good, alarms
}

// clearance is one that holds, with the vote that signed it.
type clearance struct {
	Clearing
	vote Vote
}

// judgeWatcher wants the watcher's own signature: without one a clearance proves
// nothing, also not what it says against this signer's log.
func (j *judgement) judgeWatcher(c Clearance, s Signed) (Vote, []Reason) {
	votes, notes := tally(j.world.head(), s.Text, s.Signatures, j.quiet)
	for _, v := range votes {
		if v.Act == Clear && v.Officer == c.Watcher {
			return v, nil
		}
	}
	return Vote{}, append(notes, Because(SigBad, "signature: want one of %s to clear, found none", c.Watcher))
}

// judgeClearance holds a clearance to this vault, to the newest blocks, and to
// logs in which the proposal was recorded.
func (j *judgement) judgeClearance(c Clearance) []Reason {
	reasons := j.judgePlace(c.Vault, c.Network.String(), c.Genesis)
	if reasons = append(reasons, j.judgeBlock(c.Block)...); len(reasons) == 0 {
		if age, _ := j.world.Chain.Credits(headers.Point{Height: c.Block.Height, Hash: headers.Hash(c.Block.Hash)}); age > uint64(j.world.head().ClearAgeMax) && !j.settled {
			reasons = append(reasons, Because(ClrOld, "block: want one at most %d credits below the tip, found %d; the watcher looks again and clears anew", j.world.head().ClearAgeMax, age))
		}
	}
	reasons = append(reasons, j.judgeSeen(c.Seen)...)
	if mine, ok := seenIn(c.Seen, j.world.Device); ok {
		if r, recorded := j.recording(); recorded && mine.Size <= r.Seq {
			reasons = append(reasons, Because(ClrWorld, "seen: want this signer's log up to record %d, in which the proposal was recorded, found %d", r.Seq, mine.Size))
		}
	}
	for _, seen := range c.Seen {
		if seen.Device != j.world.Device && !j.shows(seen) {
			reasons = append(reasons, Because(ClrWorld, "seen: want the log of %s in the bundle, at least the %d records that the watcher saw, found less or others", seen.Device, seen.Size))
		}
	}
	return reasons
}

// shows says whether a signer's log that was brought holds what a watcher has
// seen of it.
func (j *judgement) shows(seen Seen) bool {
	d, ok := j.world.head().Device(seen.Device)
	i := slices.IndexFunc(j.in.Logs, func(f *LogFile) bool { return f.Device == seen.Device })
	if !ok || i < 0 {
		return false
	}
	l := j.in.Logs[i].open(d.Verifier, j.world.head().Network)
	if l.err != nil || int64(len(l.entries)) < seen.Size {
		return false
	}
	root, err := l.proven.Root(seen.Size)
	return err == nil && root == seen.Root
}

// watchers returns who may fill a clear seat of a sitting: watchers with a good
// clearance, who are not the maker and, in recovery, do not recover. That they
// have no other seat is the seating's business.
func (j *judgement) watchers(b bench, s Sitting, cleared []clearance) []text.ID {
	var out []text.ID
	for _, c := range cleared {
		outside := s.Name != recoverySitting || !b.policy.Recovers(c.Watcher)
		if j.quietIn(s, c.vote) {
			j.note(Because(QuietSigner, "clearance of %s: want one with a key that the policy has listed for a while, found one with a new key, which does not count yet", c.Watcher))
			continue
		}
		if c.Watcher != j.p.Maker && outside && !j.frozen(c.Watcher) && !j.termEnded(b.policy, c.Watcher) && !j.conflicted(b.policy, c.Watcher) {
			out = append(out, c.Watcher)
		}
	}
	return out
}
