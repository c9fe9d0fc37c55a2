package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// standing is how far an order has come, the command that brings it on, and who
// is waited for.
type standing struct {
	State   string // one of the words below
	Detail  string
	Next    string // a command; empty when there is nothing to do
	Waiting []text.ID
}

// The states of an order, in the order of its life, and its other ends.
const (
	wantsSigning  = "wants approvals"
	wantsBuilding = "wants a transaction"
	wantsSigners  = "ready for the signers"
	wantsAnswers  = "wants the signers' answers"
	wantsCombine  = "ready to combine"
	wantsSending  = "ready to broadcast"
	isMined       = "mined"
	isExpired     = "expired"
	isStuck       = "expired half-way"
	isVetoed      = "vetoed"
	isRefused     = "refused"
)

// ended says that nothing is left to do.
func (s standing) ended() bool {
	return slices.Contains([]string{isMined, isExpired, isVetoed}, s.State)
}

// standing works out where an order stands.
func (x *dossier) standing() standing {
	o, id := x.order, x.order.id.Short()
	twin := x.movedForAnother()
	if o.mined != "" && !twin {
		return standing{State: isMined, Detail: o.mined}
	}
	if o.final != nil && !twin {
		return standing{State: wantsSending, Detail: "transaction " + o.final.TxHash().String(), Next: "strongroom broadcast " + id + " --wait 1"}
	}
	if w := x.wallet; w != nil && !twin {
		if n := o.signatures(w); n >= w.M() {
			return standing{State: wantsCombine, Detail: fmt.Sprintf("signed by %d of %s", n, count(w.N(), "key")), Next: "strongroom combine " + id}
		}
	}
	if len(o.report.Reasons) > 0 {
		return x.refusedStanding()
	}
	if x.wallet != nil && len(o.releases) >= x.wallet.M() {
		return standing{State: wantsAnswers, Detail: releasedBy(o) + "; not all of their answers are here", Next: "strongroom receive DIR"}
	}
	if len(o.txids()) == 0 {
		return standing{State: wantsBuilding, Detail: "every seat is filled", Next: "strongroom build " + id}
	}
	return standing{State: wantsSigners, Detail: releasedBy(o), Next: "strongroom bundle " + id + " --check -o DIR", Waiting: x.idleSigners()}
}

// movedForAnother tells an order that no signer released, whose transaction was
// released for another one: two orders can want the very same bytes.
func (x *dossier) movedForAnother() bool {
	o := x.order
	if o.final == nil || len(o.releases) > 0 {
		return false
	}
	return slices.ContainsFunc(x.signers, func(s signerLog) bool {
		_, ok := s.state.ReleasedTx(o.final.TxHash())
		return ok
	})
}

// refusedStanding sorts the reasons why an order cannot be released now.
func (x *dossier) refusedStanding() standing {
	o := x.order
	codes := quorum.Codes(o.report.Reasons)
	only := func(c quorum.Code) bool { return len(codes) == 1 && codes[0] == string(c) }
	switch {
	case slices.Contains(codes, string(quorum.StateVetoed)):
		return standing{State: isVetoed, Detail: o.report.Reasons[0].Text}
	case slices.Contains(codes, string(quorum.ClkExpired)) && len(o.releases) > 0:
		return standing{State: isStuck, Detail: releasedBy(o) + ", too few, before block " + text.FormatUint(o.proposal.Expires) + "; only a proposal that replaces it may spend its coins",
			Next: "strongroom propose withdrawal --replaces " + o.id.Short() + " --help"}
	case slices.Contains(codes, string(quorum.ClkExpired)):
		return standing{State: isExpired, Detail: fmt.Sprintf("after block %d", o.proposal.Expires)}
	case only(quorum.SeatShort):
		return standing{State: wantsSigning, Detail: missing(o.report.Short), Next: "strongroom approve " + o.id.Short(), Waiting: x.awaited()}
	}
	first := o.report.Reasons[0]
	return standing{State: isRefused, Detail: first.String(), Next: "strongroom why " + o.id.Short()}
}

// missing says which seats are empty.
func missing(short []policy.Short) string {
	var parts []string
	for _, s := range short {
		parts = append(parts, fmt.Sprintf("%d of %d of group %s", s.Have, s.Need, s.Group))
	}
	return strings.Join(parts, ", ")
}

// awaited returns the officers whose approval would still count.
func (x *dossier) awaited() []text.ID {
	var out []text.ID
	o := x.order
	for _, s := range o.report.Short {
		for _, id := range x.policy.Members(s.Group) {
			voted := slices.Contains(voters(o.report, quorum.Approve), id)
			if !voted && len(x.barred(o.proposal, id)) == 0 && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	slices.Sort(out)
	return out
}

// barred says why an officer's approval of a proposal would not count.
func (v *view) barred(p *quorum.Proposal, officer text.ID) []quorum.Reason {
	var reasons []quorum.Reason
	if officer == p.Maker {
		reasons = append(reasons, quorum.Because(quorum.SeatMaker, "%s: want an officer other than the maker, found the maker, whose approval does not count", officer))
	}
	for _, pay := range p.Pays {
		if v.policy.Conflicted(pay.Label, officer) {
			reasons = append(reasons, quorum.Because(quorum.SeatConflict, "%s: want an officer without a conflict of interest, found one with %s, whose approval does not count", officer, pay.Label))
		}
	}
	tip, _ := v.chain.Tip()
	if end, has := v.policy.TermOf(officer); has && tip.Height > end {
		reasons = append(reasons, quorum.Because(quorum.SeatTerm, "%s: want an officer within the term, found that it ended at block %d, so that the approval does not count", officer, end))
	}
	return quorum.SortReasons(reasons)
}

// releasedBy names the signers that have released an order.
func releasedBy(o *order) string {
	var by []text.ID
	for _, r := range o.releases {
		by = append(by, r.device)
	}
	if len(by) == 0 {
		return "released by no signer yet"
	}
	return "released by " + list(by)
}

// idleSigners returns the signers that have not released an order.
func (x *dossier) idleSigners() []text.ID {
	return slices.DeleteFunc(x.cosigners(), func(id text.ID) bool {
		return slices.ContainsFunc(x.order.releases, func(r release) bool { return r.device == id })
	})
}
