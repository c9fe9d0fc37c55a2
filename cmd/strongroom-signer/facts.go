package main

import (
	"fmt"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// factsOf says what a proposal asks for, line by line. A withdrawal's payments
// and an amendment's changes have their own places in a review; of coins that
// cannot be spent now the ceilings are told.
func factsOf(m *signer.Machine, files []quorum.File, p *quorum.Proposal) []fact {
	switch b := p.Body.(type) {
	case quorum.Withdrawal:
		return []fact{feeFact(p), {"leaves", fmt.Sprintf("at most %s in all, out of wallet %s", b.Total.In(p.Network), b.Wallet)}}
	case quorum.Internal:
		return []fact{{"moves", fmt.Sprintf("at most %s within wallet %s", b.Moves.In(p.Network), b.Wallet)}, feeFact(p)}
	case quorum.Sweep:
		return []fact{{"moves", fmt.Sprintf("at most %s from wallet %s to wallet %s", b.Moves.In(p.Network), b.From, b.To)}, feeFact(p)}
	case quorum.Freeze:
		return []fact{{"stops", scopeText(b.Scope)}}
	case quorum.Thaw:
		return []fact{{"lifts", b.Lifts.String()}, {"", freezeText(m, files, b.Lifts)}}
	case quorum.Cancel:
		return []fact{{"kills", b.Kills.String()}, {"", proposalText(files, b.Kills)}}
	case quorum.Resync:
		return resyncFacts(m, b)
	case quorum.Rehearsal:
		return []fact{{"statement", `"` + b.Statement + `"`}}
	case quorum.Restore:
		return restoreFacts(m, b)
	}
	return []fact{}
}

func feeFact(p *quorum.Proposal) fact { return fact{"fee", "at most " + p.FeeMax.In(p.Network)} }

// scopeText says what a freeze stops.
func scopeText(s record.Scope) string {
	switch s.What {
	case record.ScopeAll:
		return "EVERYTHING: no coin moves, no rule changes, no backup is read"
	case record.ScopeDestination:
		return "payments to " + string(s.Name)
	case record.ScopeOfficer:
		return "whatever officer " + string(s.Name) + " asks for, approves or clears"
	case record.ScopeSigner:
		return "signer " + string(s.Name) + ", which then signs nothing"
	}
	return "nothing that this program knows"
}

// freezeText says what a freeze is: by this signer's log, or else by its text.
func freezeText(m *signer.Machine, files []quorum.File, id text.Hash) string {
	for _, f := range m.State().Freezes() {
		if f.ID == id {
			return fmt.Sprintf("a freeze by %s: %s", f.Officer, scopeText(f.Scope))
		}
	}
	if p := proposalIn(files, id); p != nil {
		if f, ok := p.Body.(quorum.Freeze); ok {
			return fmt.Sprintf("a freeze by %s: %s", p.Maker, scopeText(f.Scope))
		}
	}
	return "a freeze that this signer has not seen; its text was not brought"
}

// proposalText says what a proposal is that another one names.
func proposalText(files []quorum.File, id text.Hash) string {
	p := proposalIn(files, id)
	if p == nil {
		return "its text was not brought"
	}
	return fmt.Sprintf("%s by %s, %q", article(p.Kind()), p.Maker, p.Memo)
}

func proposalIn(files []quorum.File, id text.Hash) *quorum.Proposal {
	i := slices.IndexFunc(files, func(f quorum.File) bool { return f.Name == id.Short()+".txt" && text.Identity(f.Bytes) == id })
	if i < 0 {
		return nil
	}
	p, err := quorum.ParseProposal(files[i].Bytes)
	if err != nil {
		return nil
	}
	return p
}

func article(k quorum.Kind) string {
	if k == quorum.KindAmendment || k == quorum.KindInternal {
		return "an " + string(k)
	}
	return "a " + string(k)
}

// resyncFacts shows the two logs beside this machine's own, so that a person sees
// what it lost.
func resyncFacts(m *signer.Machine, b quorum.Resync) []fact {
	lost := "nothing: the log is the one that officers know"
	if mine := m.State().Size(); b.To.Size > mine {
		lost = counted(int(b.To.Size-mine), "record") + ", which are taken back from the bundle"
	}
	return []fact{
		{"signer", string(b.Device)},
		{"has", logText(b.From)},
		{"", b.From.String()[len(text.FormatUint(uint64(b.From.Size)))+1:]},
		{"had", logText(b.To)},
		{"", b.To.String()[len(text.FormatUint(uint64(b.To.Size)))+1:]},
		{"lost", lost},
		{"afterwards", "every proposal that waited on this signer is dead"},
	}
}

func logText(h record.LogHead) string { return counted(int(h.Size), "record") + ", root" }

func restoreFacts(m *signer.Machine, b quorum.Restore) []fact {
	who := string(b.Operator)
	if pol, ok := m.Policy(); ok {
		who = person(pol, b.Operator)
	}
	list := []fact{{"backup", b.Snapshot.String()}, {"from store", string(b.Store)}, {"read at", string(b.Place)}, {"by", who}}
	for i, to := range b.Recipients {
		list = append(list, fact{once(i, "opened to"), to})
	}
	return list
}
