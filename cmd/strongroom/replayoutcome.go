package main

import (
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// outcome is the record that a judgement gives where it spends no coins, worked
// out a second time. It is nil, with a reason, when the paper is of another kind
// than the record.
func (w *replayWalk) outcome(i int, x *decision) (record.Body, error) {
	switch b := x.Body.(type) {
	case record.Recorded:
		return recordedOutcome(b, x.Permit), nil
	case record.Cleared:
		return clearedOutcome(b, x), nil
	case record.Vetoed:
		return w.vetoedOutcome(b, x), nil
	}
	p := x.Permit.Proposal()
	by := x.Permit.Seated()
	switch body := p.Body.(type) {
	case quorum.Freeze:
		return record.Frozen{ID: p.ID(), Scope: body.Scope, Officer: p.Maker}, nil
	case quorum.Cancel:
		return record.Killed{ID: body.Kills, By: p.ID(), Officer: p.Maker}, nil
	case quorum.Thaw:
		return record.Thawed{ID: p.ID(), Lifts: body.Lifts, Signers: by}, nil
	case quorum.Rehearsal:
		return record.Rehearsal{ID: p.ID(), Statement: body.Statement, Answered: answered(x.Report)}, nil
	case quorum.Restore:
		return record.Restore{ID: p.ID(), Snapshot: body.Snapshot, Store: body.Store, Place: body.Place, Operator: body.Operator, Recipients: body.Recipients, Signers: by}, nil
	case quorum.Amendment:
		return record.Adopted{ID: p.ID(), Version: body.Version, Policy: body.Policy, Class: text.ID(body.Class.String()), Signers: by}, nil
	case quorum.Resync:
		return w.resyncOutcome(i, body, x)
	}
	x.refuse(quorum.StateCorrupt, "record: want one of kind released for a %s, found one of kind %s", p.Kind(), x.Body.Kind())
	return nil, nil
}

// recordedOutcome takes the nonce from the record: it was drawn by the signer.
func recordedOutcome(b record.Recorded, permit *quorum.Permit) record.Body {
	p := permit.Proposal()
	out := record.Recorded{ID: p.ID(), What: text.ID(p.Kind()), Sitting: permit.Sitting(), Expires: p.Expires, Nonce: b.Nonce}
	for _, v := range permit.Votes() {
		out.Signatures = append(out.Signatures, v.File)
	}
	slices.SortFunc(out.Signatures, func(a, b text.Hash) int { return slices.Compare(a[:], b[:]) })
	return out
}

// clearedOutcome wants a clearance that was needed and counted.
func clearedOutcome(b record.Cleared, x *decision) record.Body {
	for _, c := range x.Permit.Clearings() {
		if c.Watcher == b.Watcher {
			return record.Cleared{ID: x.ID, Clearance: c.Clearance, Watcher: c.Watcher}
		}
	}
	x.refuse(quorum.ClrMissing, "record: want a clearance that was needed, found that of %s, which was not", b.Watcher)
	return nil
}

// vetoedOutcome wants a veto by somebody who may, whatever else was refused.
func (w *replayWalk) vetoedOutcome(b record.Vetoed, x *decision) record.Body {
	by := x.Report.Vetoers(x.Head)
	if len(by) == 0 {
		x.refuse(quorum.SigBad, "veto: want a signature to veto by %s, found none", list(b.Officers))
		return nil
	}
	return record.Vetoed{ID: x.ID, Officers: by}
}

// resyncOutcome says how the log stood when the signer was put back to work. The
// record alone tells how much of it had been lost; what was left has to be where
// the log begins.
func (w *replayWalk) resyncOutcome(i int, body quorum.Resync, x *decision) (record.Body, error) {
	to, err := w.logHead(int64(w.together(i)))
	if err != nil {
		return nil, err
	}
	from := to
	if size, lost := w.lostAt(i, x.Permit.Proposal()); lost {
		if from, err = w.logHead(size); err != nil {
			return nil, err
		}
	}
	return record.Resync{ID: x.ID, Device: body.Device, From: from, To: to, Signers: x.Permit.Seated()}, nil
}

func (w *replayWalk) logHead(size int64) (record.LogHead, error) {
	root, err := w.mine.Proven.Root(size)
	return record.LogHead{Size: size, Root: root}, err
}

// together returns where what was written together with record i begins: the
// clearances that it needed, and what opens a visit.
func (w *replayWalk) together(i int) int {
	all, session := w.mine.Records, w.mine.Records[i].Session
	i = w.clearedFrom(i)
	for i > 0 && all[i-1].Session == session && opens(all[i-1].Body) {
		i--
	}
	return i
}

// opens says whether a record is one of those that open a visit.
func opens(b record.Body) bool {
	switch b.(type) {
	case record.SessionOpen, record.Assessed, record.Integrity, record.Inputs, record.Headers:
		return true
	}
	return false
}

// answered returns the officers who signed a rehearsal, in whatever act.
func answered(r quorum.Report) []text.ID {
	var out []text.ID
	for _, v := range r.Votes {
		out = append(out, v.Officer)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
