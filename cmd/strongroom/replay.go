package main

import (
	"fmt"
	"slices"

	"strongroom/custody"
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
	policy      *policy.Policy // in force; the first one until the logs are judged
	policies    *quorum.Policies
	chain       *headers.Chain
	chains      map[headers.Origin]*headers.Chain // from the origins of later policies
	descriptors map[text.Hash]*custody.Descriptor
	signatures  map[signaturesKey]map[text.Hash][]byte
	logs        []*replayedLog
	tried       map[policy.Device]bool // logs that were looked for
	noted       map[string]bool

	Versions  []*adoptedVersion
	Decisions []*decision
	Releases  []*replayedRelease // those of the decisions that spend coins
	Refused   []replayedRefusal
	Waiting   []waiting // proposals that no log carried out
	Findings  []finding // what is not as it must be
	Notes     []string  // what is worth knowing and no fault
}

// finding is one thing that is not as it must be.
type finding struct {
	quorum.Reason
	Where string // the log, record or text
	Alarm bool   // a second history, or something done that nobody may have done
}

// replayedRefusal is a record of something refused.
type replayedRefusal struct {
	Device text.ID
	Seq    int64
	Tip    record.Tip
	ID     text.Hash // zero when no proposal could be read
	Codes  []string
}

// newReplay proves the logs of an archive and judges every decision again.
//
//  1. the header chain, every signer's log, under every version of the policy
//  2. every record by which a signer acted, in the world as of that record
//  3. the versions of the policy: one chain, the same on all signers
//  4. what no single record shows: one transaction a proposal, one use a coin,
//     no hardware key that signed twice with one counter, no transaction that
//     no log released
func newReplay(a *archive, workers int) (*replay, error) {
	r := &replay{archive: a, policy: a.charter.Policy(), chains: map[headers.Origin]*headers.Chain{}, descriptors: map[text.Hash]*custody.Descriptor{},
		signatures: map[signaturesKey]map[text.Hash][]byte{}, tried: map[policy.Device]bool{}, noted: map[string]bool{}}
	var err error
	if r.chain, err = a.chain(); err != nil {
		return nil, err
	}
	r.chains[r.chain.Origin()] = r.chain
	if err := r.readLogs(); err != nil {
		return nil, err
	}
	if err := r.judgeLogs(workers); err != nil {
		return nil, err
	}
	r.followVersions()
	r.crossCheck()
	return r, r.readRest()
}

func (r *replay) find(where string, alarm bool, why quorum.Reason) {
	r.Findings = append(r.Findings, finding{why, where, alarm || why.Code.Alarm()})
}

// note keeps a sentence, once.
func (r *replay) note(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !r.noted[s] {
		r.noted[s] = true
		r.Notes = append(r.Notes, s)
	}
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
	txs := map[string]bool{}
	for _, x := range r.Releases {
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
	r.readWaiting(proposals)
	return nil
}

// alarm says whether anything was found for which people must be called.
func (r *replay) alarm() bool {
	return slices.ContainsFunc(r.Findings, func(f finding) bool { return f.Alarm })
}
