package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// decision is one record by which a signer acted on officers' papers, and what
// judging them again found.
type decision struct {
	Device  text.ID
	Seq     int64
	Tip     record.Tip
	Body    record.Body
	ID      text.Hash      // the paper that was judged
	Verb    quorum.Verb    // and for what
	Head    *policy.Policy // in force when it was judged
	Report  quorum.Report
	Permit  *quorum.Permit // nil when it was refused; let go after the record is compared
	Reasons []quorum.Reason
	Missing bool // not refused: something that it was judged by isn't here
}

func (x *decision) where() string { return fmt.Sprintf("%s record %d", x.Device, x.Seq) }

// ok says whether the record was permitted.
func (x *decision) ok() bool { return len(x.Reasons) == 0 }

// word is the verdict on one record.
func (x *decision) word() string {
	switch {
	case x.ok():
		return "permitted"
	case x.Missing:
		return "unproven"
	}
	return "REFUSED"
}

// refuse says why the record should not stand.
func (x *decision) refuse(c quorum.Code, format string, args ...any) {
	x.Reasons = append(x.Reasons, quorum.Because(c, format, args...))
}

// lack says what is needed to judge the record and isn't here.
func (x *decision) lack(why quorum.Reason) {
	x.Missing, x.Reasons = true, append(x.Reasons, why)
}

// approvers lists who was counted in a seat, sorted, each once.
func (x *decision) approvers() []string {
	var out []string
	for _, s := range x.Report.Seats {
		out = append(out, string(s.Officer))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// compareDecisions orders decisions by the height of their tip, then by signer.
func compareDecisions(a, b *decision) int {
	return cmp.Or(cmp.Compare(a.Tip.Height, b.Tip.Height), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Seq, b.Seq))
}

// judgeLogs walks every log and judges each of its decisions as its signer did.
func (r *replay) judgeLogs(workers int) error {
	total := 0
	for _, l := range r.logs {
		for _, rec := range l.Records {
			if _, ok := record.Paper(rec.Body); ok {
				total++
			}
		}
	}
	if total == 0 {
		return nil
	}
	bar := r.archive.world.Progress("judging again", int64(total), "decisions")
	defer bar.Done()
	for _, l := range r.logs {
		if err := r.walk(l, workers, func() { bar.Add(1) }).run(); err != nil {
			return err
		}
	}
	var reports []quorum.Report
	for _, x := range r.Decisions {
		reports = append(reports, x.Report)
	}
	for _, why := range quorum.Clones(reports) {
		r.find("signatures", true, why)
	}
	return nil
}

// run judges the log's decisions in turn.
func (w *replayWalk) run() error {
	for i, rec := range w.mine.Records {
		if _, ok := record.Paper(rec.Body); ok {
			if err := w.decide(i); err != nil {
				return err
			}
			w.finished()
		}
		if w.state.Apply(rec) != nil {
			return nil // the last one, which contradicts those before it
		}
	}
	return nil
}

// decide judges record i again: the log before it, the chain up to the tip that it
// names, and exactly those files that its visit's record of inputs names by their
// hashes. Then the record is compared with the one that the judgement gives, byte
// for byte.
func (w *replayWalk) decide(i int) error {
	rec := w.mine.Records[i]
	x := &decision{Device: w.mine.Device, Seq: rec.Seq, Tip: rec.Tip, Body: rec.Body, Verb: quorum.Release, Head: w.head()}
	x.ID, _ = record.Paper(rec.Body)
	if _, ok := rec.Body.(record.Recorded); ok {
		x.Verb = quorum.Record
	}
	w.Decisions = append(w.Decisions, x)
	if w.clears(i) {
		w.cleared = append(w.cleared, x) // judged with what it allowed
		return nil
	}
	v, err := w.judge(i, x)
	if err != nil {
		return err
	}
	if b, ok := rec.Body.(record.Released); ok {
		one := &replayedRelease{decision: x, Released: b}
		w.Releases = append(w.Releases, one)
		err = w.judgeSpend(i, v, one)
	} else {
		err = w.compare(i, x)
	}
	if err != nil {
		return err
	}
	if b, ok := rec.Body.(record.Adopted); ok {
		w.adopt(b, x)
	}
	x.Permit = nil
	x.Reasons = quorum.SortReasons(x.Reasons)
	for _, why := range x.Reasons {
		w.find(x.where(), !x.Missing, why)
	}
	for _, c := range w.cleared {
		c.Report, c.Reasons, c.Missing = x.Report, x.Reasons, x.Missing
	}
	w.cleared = nil
	return nil
}

// clears says whether record i is a clearance that stands before what it allowed,
// as a signer writes it. One that stands alone, after a crash, is judged by itself.
func (w *replayWalk) clears(i int) bool {
	c, ok := w.mine.Records[i].Body.(record.Cleared)
	if !ok {
		return false
	}
	for _, rec := range w.mine.Records[i+1:] {
		if rec.Session != w.mine.Records[i].Session {
			return false
		}
		if next, more := rec.Body.(record.Cleared); more && next.ID == c.ID {
			continue
		}
		id, paper := record.Paper(rec.Body)
		return paper && id == c.ID
	}
	return false
}

// judge runs the stages B to G in the world as of the record.
func (w *replayWalk) judge(i int, x *decision) (*visit, error) {
	v, err := w.visitAt(i)
	if err != nil {
		return nil, err
	}
	p, err := w.proposal(x)
	if p == nil || err != nil {
		return v, err
	}
	world, why, err := w.world(i, p)
	if err != nil {
		return nil, err
	}
	if why != nil {
		x.lack(*why)
		return v, nil
	}
	sub, why := w.submission(v, p.Bytes())
	if why != nil {
		x.lack(*why)
		return v, nil
	}
	x.Permit, x.Report = quorum.Judge(world, sub, x.Verb)
	if _, vetoed := x.Body.(record.Vetoed); !vetoed { // a veto is told by a refusal
		x.Reasons = append(x.Reasons, x.Report.Reasons...)
	}
	return v, nil
}

// proposal returns the paper that a decision is about; nil when it cannot be read,
// which is a reason.
func (w *replayWalk) proposal(x *decision) (*quorum.Proposal, error) {
	b, err := w.archive.reg.Text(x.ID)
	if errors.Is(err, fs.ErrNotExist) {
		x.refuse(quorum.SeatShort, "proposal %s: want its text and its approvals, found no such text", x.ID)
		return nil, nil
	}
	if err != nil {
		x.Reasons = append(x.Reasons, tamperedReason(err)...)
		return nil, untampered(err)
	}
	p, err := quorum.ParseProposal(b)
	if err != nil {
		x.Reasons = append(x.Reasons, quorum.ReasonOf(err, quorum.TextGrammar))
		return nil, nil
	}
	return p, nil
}

// compare holds a record against the one that the judgement gives.
func (w *replayWalk) compare(i int, x *decision) error {
	if len(x.Reasons) > 0 {
		return nil
	}
	want, err := w.outcome(i, x)
	if err != nil || want == nil {
		return err
	}
	w.checkCleared(i, x)
	return w.same(i, want, x, quorum.StateCorrupt)
}

// same compares record i byte for byte.
func (w *replayWalk) same(i int, want record.Body, x *decision, code quorum.Code) error {
	again, err := record.Record{Head: w.mine.Records[i].Head, Body: want}.Bytes(w.policy.Network)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, w.mine.entries[i]) {
		x.refuse(code, "record: want what the judgement gives, found a record that says otherwise")
	}
	return nil
}

// checkCleared wants those clearances in the log, before what they allowed, that
// were needed, and no others.
func (w *replayWalk) checkCleared(i int, x *decision) {
	if _, ok := x.Body.(record.Cleared); ok || !x.Permit.For(quorum.Release) {
		return
	}
	var want, found []record.Body
	for _, c := range x.Permit.Clearings() {
		want = append(want, record.Cleared{ID: x.ID, Clearance: c.Clearance, Watcher: c.Watcher})
	}
	for _, rec := range w.mine.Records[w.clearedFrom(i):i] {
		found = append(found, rec.Body)
	}
	if !slices.Equal(want, found) {
		x.refuse(quorum.ClrMissing, "record: want the %d clearances that were needed recorded before it, found %d or other ones", len(want), len(found))
	}
}

// clearedFrom returns where the clearances begin that stand before record i.
func (w *replayWalk) clearedFrom(i int) int {
	all := w.mine.Records
	paper, _ := record.Paper(all[i].Body)
	session := all[i].Session
	for i > 0 && all[i-1].Session == session {
		if c, ok := all[i-1].Body.(record.Cleared); !ok || c.ID != paper {
			break
		}
		i--
	}
	return i
}

// adopt puts a version of the policy in force for the records that follow, as the
// signer did. A version that the judgement refuses is never in force: whatever was
// done under it was done without leave.
func (w *replayWalk) adopt(b record.Adopted, x *decision) {
	if !x.ok() && !x.Missing {
		return
	}
	next, _ := policyText(w.archive.reg, b.Policy) // whose text was judged, where it was
	class, err := policy.ParseClass(string(b.Class))
	if next == nil || err != nil {
		return
	}
	if c, err := w.chained.Adopt(next, class, x.Tip); err == nil {
		w.chained = c
	}
}

// tamperedReason is the reason that a file which is not what its name says
// gives, and none for another error; untampered is that other error. An auditor
// goes on past the one and stops at the other.
func tamperedReason(err error) []quorum.Reason {
	if untampered(err) != nil || err == nil {
		return nil
	}
	return []quorum.Reason{quorum.ReasonOf(err, quorum.StateCorrupt)}
}
