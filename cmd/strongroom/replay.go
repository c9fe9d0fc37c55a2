package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// replay is what an auditor finds by doing again everything that the signers'
// logs say was done.
type replay struct {
	archive     *archive
	policy      *policy.Policy
	chain       *headers.Chain
	descriptors map[text.Hash]*custody.Descriptor
	logs        []*replayedLog

	Releases []*replayedRelease
	Refused  []replayedRefusal
	Waiting  []text.Hash // proposals that no log released
	Findings []finding   // what is not as it must be
	Notes    []string    // what is worth knowing and no fault
}

// finding is one thing that is not as it must be.
type finding struct {
	quorum.Reason
	Where string // the log, record or text
	Alarm bool   // a second history, or a release that nobody may have made
}

// replayedLog is one signer's log, proven by its checkpoint.
type replayedLog struct {
	Device   text.ID
	Verifier auditlog.Verifier
	Proven   *auditlog.Proven
	Entries  []byte // as they cross the gap
	Records  []record.Record
	State    *record.State // after the last record
}

// replayedRefusal is a record of something refused.
type replayedRefusal struct {
	Device text.ID
	Seq    int64
	Tip    record.Tip
	ID     text.Hash // zero when no proposal could be read
	Codes  []string
}

// newReplay proves the logs of an archive and judges every release again.
//
//  1. the policy's descriptors, the header chain, every signer's log
//  2. every released record, in the world as of that record
//  3. what no single record shows: one transaction a proposal, one use a coin,
//     no hardware key that signed twice with one counter, no transaction that
//     no log released
func newReplay(a *archive, workers int) (*replay, error) {
	r := &replay{archive: a, policy: a.charter.Policy()}
	var err error
	if r.chain, err = a.chain(); err != nil {
		return nil, err
	}
	var reasons []quorum.Reason
	r.descriptors, reasons = a.descriptors()
	for _, why := range reasons {
		r.find("policy-1", false, why)
	}
	if err := r.readLogs(); err != nil {
		return nil, err
	}
	if err := r.judgeReleases(workers); err != nil {
		return nil, err
	}
	r.crossCheck()
	return r, r.readRest()
}

func (r *replay) find(where string, alarm bool, why quorum.Reason) {
	r.Findings = append(r.Findings, finding{why, where, alarm || why.Code.Alarm()})
}

func (r *replay) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// readLogs proves each signer's log against the key that the policy names.
func (r *replay) readLogs() error {
	for _, d := range r.policy.Devices {
		v, err := auditlog.ParseVerifier(d.Verifier)
		if err != nil {
			return fmt.Errorf("signer %s: %w", d.ID, err)
		}
		proven, _, entries, err := r.archive.reg.Log(v, d.ID)
		if errors.Is(err, fs.ErrNotExist) {
			r.find(string(d.ID), false, quorum.Because(quorum.LimUnproven, "log: want the log of every signer, found none of %s", d.ID))
			continue
		}
		if err != nil {
			r.find(string(d.ID), false, quorum.ReasonOf(err, quorum.StateCorrupt))
			continue
		}
		r.readForks(v, d.ID)
		r.readLog(&replayedLog{Device: d.ID, Verifier: v, Proven: proven, Entries: entries, State: record.NewState(r.policy.Network)})
	}
	return nil
}

// readForks finds second histories that the signer's own key signed.
func (r *replay) readForks(v auditlog.Verifier, device text.ID) {
	forks, err := r.archive.reg.Forks(v, device)
	if err != nil {
		r.find(string(device), false, quorum.ReasonOf(err, quorum.StateCorrupt))
	}
	for _, f := range forks {
		c := f.Checkpoint()
		r.find(string(device), true, quorum.Because(quorum.StateFork, "log: want one history, found a second one, also signed, of %d records with root %s", c.Size, c.Root))
	}
}

func (r *replay) readLog(l *replayedLog) {
	for i, entry := range l.Proven.Entries() {
		rec, err := record.Parse(entry, r.policy.Network)
		if err == nil {
			err = l.State.Apply(rec)
		}
		if err != nil {
			r.find(fmt.Sprintf("%s record %d", l.Device, i), true, quorum.Because(quorum.StateCorrupt, "log: want a record that can be read, found one that cannot: %v", err))
			return
		}
		l.Records = append(l.Records, rec)
	}
	if g, ok := l.State.Genesis(); !ok || g.Policy != r.policy.Hash() {
		r.find(string(l.Device), false, quorum.Because(quorum.PolGenesis, "log: want a signer that trusts policy %s, found one that does not", r.policy.Hash().Short()))
	}
	r.logs = append(r.logs, l)
	r.readRefused(l)
}

func (r *replay) readRefused(l *replayedLog) {
	for _, rec := range l.Records {
		if b, ok := rec.Body.(record.Refused); ok {
			r.Refused = append(r.Refused, replayedRefusal{l.Device, rec.Seq, rec.Tip, b.ID, b.Codes})
		}
	}
}

// judgeReleases walks every log and judges each release as its signer did.
func (r *replay) judgeReleases(workers int) error {
	total := 0
	for _, l := range r.logs {
		total += l.State.Count()
	}
	if total == 0 {
		return nil
	}
	bar := r.archive.world.Progress("judging again", int64(total), "releases")
	defer bar.Done()
	var reports []quorum.Report
	for _, l := range r.logs {
		state := record.NewState(r.policy.Network)
		for i, rec := range l.Records {
			if b, ok := rec.Body.(record.Released); ok {
				one := &replayedRelease{Device: l.Device, Seq: rec.Seq, Tip: rec.Tip, Released: b}
				if err := r.judgeRelease(l, i, state, one, workers); err != nil {
					return err
				}
				r.Releases = append(r.Releases, one)
				reports = append(reports, one.Report)
				bar.Add(1)
			}
			if err := state.Apply(rec); err != nil {
				return fmt.Errorf("log of %s: %w", l.Device, err)
			}
		}
	}
	for _, why := range quorum.Clones(reports) {
		r.find("signatures", true, why)
	}
	return nil
}

// crossCheck holds the releases of all signers against each other: one of them
// sees another's log only as far as it was carried to it.
func (r *replay) crossCheck() {
	first := map[text.Hash]*replayedRelease{}
	for _, x := range r.Releases {
		y, ok := first[x.Released.ID]
		if !ok {
			first[x.Released.ID] = x
			continue
		}
		if !slices.EqualFunc(x.Released.Rungs, y.Released.Rungs, func(a, b record.Rung) bool { return a.TxID == b.TxID }) {
			r.find(x.where(), true, quorum.Because(quorum.TxSecond, "release of %s: want %s, which %s released, found %s", x.Released.ID.Short(), y.Released.Rungs[0].TxID, y.Device, x.Released.Rungs[0].TxID))
		}
	}
	r.checkCoins(first)
}

// checkCoins finds a coin that two proposals spend, when neither replaces the
// other.
func (r *replay) checkCoins(first map[text.Hash]*replayedRelease) {
	spender := map[string]*replayedRelease{}
	for _, x := range r.Releases {
		for _, g := range x.Released.Rungs {
			for _, in := range g.Inputs {
				y, ok := spender[in.String()]
				if ok && !related(first, x.Released, y.Released) {
					r.find(x.where(), true, quorum.Because(quorum.TxInputUsed, "coin %s: want it spent by one withdrawal, found %s and %s", in, y.Released.ID.Short(), x.Released.ID.Short()))
				}
				spender[in.String()] = x
			}
		}
	}
}

// related says whether one of two releases stands in the other's lineage.
func related(all map[text.Hash]*replayedRelease, a, b record.Released) bool {
	before := func(a, b record.Released) bool {
		for id := b.Replaces; !id.IsZero(); {
			if id == a.ID {
				return true
			}
			next, ok := all[id]
			if !ok {
				return false
			}
			id = next.Released.Replaces
		}
		return false
	}
	return a.ID == b.ID || before(a, b) || before(b, a)
}

// readRest looks at what lies in the registry and is in no log.
func (r *replay) readRest() error {
	released := map[text.Hash]bool{}
	txs := map[string]bool{}
	for _, x := range r.Releases {
		released[x.Released.ID] = true
		for _, g := range x.Released.Rungs {
			txs[g.TxID.String()] = true
		}
	}
	ids, err := r.archive.reg.Txs()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !txs[id.String()] {
			r.find("transaction "+id.String()[:16], false, quorum.Because(quorum.StateCustodyGap, "transaction %s: want a release of it in some signer's log, found none", id))
		}
	}
	proposals, bad, err := r.archive.textsOf(text.Proposal)
	if err != nil {
		return err
	}
	for _, why := range bad {
		r.find("texts", false, quorum.ReasonOf(why, quorum.StateCorrupt))
	}
	for _, b := range proposals {
		if id := text.Identity(b); !released[id] {
			r.Waiting = append(r.Waiting, id)
		}
	}
	return nil
}

// log returns a signer's log, nil when it could not be read.
func (r *replay) log(device text.ID) *replayedLog {
	for _, l := range r.logs {
		if l.Device == device {
			return l
		}
	}
	return nil
}

// alarm says whether anything was found for which people must be called.
func (r *replay) alarm() bool {
	return slices.ContainsFunc(r.Findings, func(f finding) bool { return f.Alarm })
}
