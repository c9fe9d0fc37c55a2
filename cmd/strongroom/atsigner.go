package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// atSigner is how far one signer has come with a proposal, by its newest log
// here.
type atSigner struct {
	device   text.ID
	done     bool   // its log holds the outcome: released, adopted, frozen
	spared   bool   // it will never be asked: it holds nothing that a thaw has left to lift
	recorded bool   // its log holds the recording, or none is needed
	seq      int64  // of the recording
	since    uint32 // the tip at the recording
	ripe     uint32 // the block at which it has waited enough; 0 before it was recorded
	left     uint32 // how many of these are still to come
	reasons  []quorum.Reason
}

// enough is how many signers make a proposal take effect for the vault: as many
// as can move coins together, beside the external cosigners where coins move. A
// single one is enough for what concerns one
// machine, or leaves only a record.
func (x *dossier) enough() int {
	p := x.order.proposal
	switch p.Kind() {
	case quorum.KindResync, quorum.KindRehearsal, quorum.KindRestore:
		return 1
	}
	most := 1
	for _, w := range x.policy.Wallets {
		switch {
		case !p.Kind().Moves():
			most = max(most, x.policy.MostSigners(w.ID))
		case w.ID == p.Wallet:
			most = max(most, x.policy.FewestSigners(w.ID))
		}
	}
	return most
}

// atSigners judges a proposal in the place of each signer that it concerns.
func (x *dossier) atSigners() ([]atSigner, error) {
	var out []atSigner
	for _, id := range x.asked() {
		i := slices.IndexFunc(x.signers, func(s signerLog) bool { return s.device == id })
		if i < 0 {
			out = append(out, atSigner{device: id, reasons: []quorum.Reason{quorum.Because(quorum.LimUnproven, "signer %s: want its log in the registry, found none", id)}})
			continue
		}
		a, err := x.atSigner(x.signers[i])
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func (x *dossier) atSigner(s signerLog) (atSigner, error) {
	a := atSigner{device: s.device}
	var err error
	if a.done, err = s.did(x.order.proposal); err != nil || a.done {
		return a, err
	}
	if a.spared = x.spares(s); a.spared {
		return a, nil
	}
	_, report := quorum.Judge(x.imagine(s), x.order.sub, quorum.Release)
	a.reasons = report.Reasons
	cool := max(report.Cool, x.sittingHere().Cool)
	if cool == 0 {
		a.recorded = true
		return a, nil
	}
	p := x.order.proposal
	anchor := p.Block.Height
	if r, ok := s.state.Recording(p.ID()); ok {
		a.recorded, a.seq, a.since = true, r.Seq, r.Tip.Height
		anchor = max(anchor, r.Tip.Height)
	} else if !lostMore(p) {
		return a, nil
	}
	a.recorded = true
	tip, _ := x.chain.Tip()
	a.left = cool - min(cool, x.waited(anchor))
	a.ripe = tip.Height + a.left
	return a, nil
}

// spares says that a thaw has nothing to lift on a signer, and never will have:
// the freeze was lifted elsewhere before this one saw it, so that no bundle
// carries it any more.
func (x *dossier) spares(s signerLog) bool {
	t, ok := x.order.proposal.Body.(quorum.Thaw)
	return ok && !s.froze(t.Lifts) && slices.ContainsFunc(x.signers, func(o signerLog) bool {
		_, listed := x.policy.Device(o.device)
		return listed && o.state.Lifted(t.Lifts)
	})
}

// lostMore says that a proposal gives a signer back records that it lost: that
// one waits without being recorded, since the machine cannot write before it has
// them.
func lostMore(p *quorum.Proposal) bool {
	r, ok := p.Body.(quorum.Resync)
	return ok && r.To.Size > r.From.Size
}

// waited returns how much work lies on top of a block of the chain.
func (v *view) waited(height uint32) uint32 {
	at, ok := v.chain.PointAt(max(height, v.chain.Origin().Height))
	if !ok {
		return 0
	}
	n, _ := v.chain.Credits(headers.Point{Height: at.Height, Hash: at.Hash})
	return uint32(min(n, maxExpires))
}

// did says whether a signer's log holds the outcome of a proposal.
func (s signerLog) did(p *quorum.Proposal) (bool, error) {
	switch {
	case p.Kind().Moves():
		_, ok := s.state.Released(p.ID())
		return ok, nil
	case p.Kind() == quorum.KindResync:
		return s.resynced(p.ID())
	}
	return s.carried(p), nil
}

// resynced looks for one resync; only logs that hold any are read for it.
func (s signerLog) resynced(id text.Hash) (bool, error) {
	if _, any := s.state.Resynced(); !any {
		return false, nil
	}
	all, err := s.records()
	return slices.ContainsFunc(all, func(r record.Record) bool {
		b, ok := r.Body.(record.Resync)
		return ok && b.ID == id
	}), err
}

// whereAll says, in one sentence, which signers did it, which have recorded it
// and until when they wait, and which are still to come.
func (x *dossier) whereAll(did string) string {
	var done, coming []text.ID
	waiting := map[uint32][]text.ID{}
	for _, a := range x.at {
		switch {
		case a.done:
			done = append(done, a.device)
		case a.spared:
		case a.ripe > 0:
			waiting[a.ripe] = append(waiting[a.ripe], a.device)
		default:
			coming = append(coming, a.device)
		}
	}
	var parts []string
	if len(done) > 0 {
		parts = append(parts, did+" "+list(done))
	}
	for _, h := range sortedKeys(waiting) {
		parts = append(parts, fmt.Sprintf("recorded on %s, %s", list(waiting[h]), x.ripeText(h)))
	}
	if len(coming) > 0 && len(parts) > 0 && x.enough() > 1 {
		parts = append(parts, list(coming)+" to come")
	}
	return strings.Join(parts, "; ")
}

func (x *dossier) ripeText(height uint32) string {
	if tip, _ := x.chain.Tip(); height <= tip.Height {
		return "which has waited long enough"
	}
	return "waits until block " + text.FormatUint(height)
}

func sortedKeys(m map[uint32][]text.ID) []uint32 {
	var out []uint32
	for h := range m {
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

// toCome returns the signers that have not done it, sorted.
func (x *dossier) toCome() []text.ID {
	var out []text.ID
	for _, a := range x.at {
		if !a.done && !a.spared {
			out = append(out, a.device)
		}
	}
	slices.Sort(out)
	return out
}

// countSigners counts those for which something holds.
func (x *dossier) countSigners(holds func(atSigner) bool) int {
	n := 0
	for _, a := range x.at {
		if holds(a) {
			n++
		}
	}
	return n
}

// ripeAt returns the block at which enough signers will have waited.
func (x *dossier) ripeAt() (height uint32, known bool) {
	var all []uint32
	for _, a := range x.at {
		if a.done || a.ripe > 0 {
			all = append(all, a.ripe)
		}
	}
	slices.SortFunc(all, cmp.Compare[uint32])
	if n := x.enough(); len(all) >= n {
		return all[n-1], true
	}
	return 0, false
}
