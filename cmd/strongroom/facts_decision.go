package main

import (
	"fmt"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// decision shows what a proposal means that spends no coins.
func (v *view) decision(w cli.World, p *quorum.Proposal) {
	switch b := p.Body.(type) {
	case quorum.Amendment:
		v.amendment(w, p, b)
	case quorum.Freeze:
		w.Field("stops", v.scopeMeans(b.Scope))
		w.Field("", "it holds until a thaw lifts it on each signer")
	case quorum.Thaw:
		w.Field("lifts", b.Lifts.String())
		w.Field("", v.freezeText(b.Lifts))
	case quorum.Cancel:
		w.Field("kills", b.Kills.String())
		w.Field("", v.targetText(b.Kills))
		v.tooLate(w, b)
	case quorum.Resync:
		v.resync(w, b)
	case quorum.Rehearsal:
		w.Field("statement", fmt.Sprintf("%q", b.Statement))
		w.Field("", "moves nothing; who approves is written down as reached")
	case quorum.Restore:
		w.Field("snapshot", b.Snapshot.String())
		w.Field("read at", fmt.Sprintf("%s, from the store %s", b.Place, b.Store))
		w.Field("operator", v.person(b.Operator))
		v.openedTo(w, b)
	}
}

// scopeMeans says in words what a freeze stops.
func (v *view) scopeMeans(s record.Scope) string {
	switch s.What {
	case record.ScopeAll:
		return "everything: no coin moves, no policy takes effect, no backup is opened"
	case record.ScopeDestination:
		return fmt.Sprintf("payments to %s", s.Name)
	case record.ScopeOfficer:
		return fmt.Sprintf("whatever %s asks for, approves or clears", v.person(s.Name))
	}
	return fmt.Sprintf("releases by %s", s.Name)
}

// freezeText says what a freeze stopped, who asked for it, and since when.
func (v *view) freezeText(id text.Hash) string {
	i := slices.IndexFunc(v.brakes, func(b brake) bool { return b.id == id })
	if i < 0 {
		return "a freeze that neither the registry nor a signer's log holds"
	}
	b := v.brakes[i]
	return fmt.Sprintf("the freeze of %s by %s since block %d", b.what(), b.officer, b.since)
}

// targetText says what a proposal asks for, on one line.
func (v *view) targetText(id text.Hash) string {
	b, err := v.texts(id)
	if err != nil {
		return "a proposal that the registry does not hold"
	}
	p, err := quorum.ParseProposal(b)
	if err != nil {
		return "a text that is no proposal"
	}
	return fmt.Sprintf("the %s of %s: %s, %q", p.Kind(), p.Maker, v.inShort(p), p.Memo)
}

// tooLate warns of a cancellation of what signers have signed already.
func (v *view) tooLate(w cli.World, c quorum.Cancel) {
	for _, s := range v.signers {
		if _, ok := s.state.Released(c.Kills); ok {
			w.Warnf("%s has released it already; a cancellation stops only the others", s.device)
		}
	}
}

// resync shows what a signer is put back to work with.
func (v *view) resync(w cli.World, b quorum.Resync) {
	w.Field("signer", string(b.Device))
	w.Field("from", logText(b.From))
	w.Field("to", logText(b.To))
	if lost := b.To.Size - b.From.Size; lost > 0 {
		w.Field("", fmt.Sprintf("it takes back %s that it lost", count(int(lost), "record")))
	} else {
		w.Field("", "it lost nothing; it goes on after an alarm")
	}
	for _, s := range v.signers {
		if codes, yes := s.state.Quarantined(); yes && s.device == b.Device {
			w.Field("stopped by", list(codes))
		}
	}
	w.Field("", "every proposal made before is dead on this signer afterwards")
}

// logText writes a log's length and root.
func logText(h record.LogHead) string {
	return fmt.Sprintf("%s, root %s", count(int(h.Size), "record"), h.String()[len(text.FormatUint(uint64(h.Size)))+1:])
}

// inShort says what a proposal asks for in a few words.
func (v *view) inShort(p *quorum.Proposal) string {
	switch b := p.Body.(type) {
	case quorum.Withdrawal:
		out := p.Pays[0].Amount.In(p.Network) + " to " + payee(p.Pays[0])
		if more := len(p.Pays) - 1; more > 0 {
			out += fmt.Sprintf(" and %s more", count(more, "payment"))
		}
		return out
	case quorum.Internal:
		return fmt.Sprintf("at most %s within wallet %s", p.Total.In(p.Network), p.Wallet)
	case quorum.Sweep:
		return fmt.Sprintf("at most %s from wallet %s to wallet %s", p.Total.In(p.Network), p.Wallet, p.To)
	case quorum.Amendment:
		return fmt.Sprintf("policy %d, class %s, %s", b.Version, b.Class, count(len(b.Changes), "changed line"))
	case quorum.Freeze:
		return brakeOf(p).what()
	case quorum.Thaw:
		return v.freezeText(b.Lifts)
	case quorum.Cancel:
		return "proposal " + b.Kills.Short()
	case quorum.Resync:
		return fmt.Sprintf("%s at %s", b.Device, count(int(b.To.Size), "record"))
	case quorum.Rehearsal:
		return fmt.Sprintf("%q", b.Statement)
	case quorum.Restore:
		if isRewrap(b) {
			return fmt.Sprintf("headers of snapshot %s for the present recipients, by %s", b.Snapshot.Short(), b.Operator)
		}
		return fmt.Sprintf("snapshot %s at %s, by %s", b.Snapshot.Short(), b.Place, b.Operator)
	}
	return string(p.Kind())
}
