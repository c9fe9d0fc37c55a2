package main

import (
	"fmt"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/text"
)

// standing is how far an order has come, the command that brings it on, who is
// waited for, since when, and by when.
type standing struct {
	State   string // one of the words below
	Detail  string
	Next    string // a command; empty when there is nothing to do
	Waiting []text.ID
	Since   uint32 // the block of the last step
	By      uint32 // the last block at which the next step is in time; 0 for none
	Until   uint32 // the block that a wait ends with; 0 for none
}

// The states of an order, in the order of its life, and its other ends.
const (
	wantsConsent  = "wants consents"
	wantsSigning  = "wants approvals"
	wantsRecord   = "ready to record"
	isCooling     = "cooling"
	wantsClear    = "wants clearances"
	wantsBuilding = "wants a transaction"
	wantsSigners  = "ready for the signers"
	wantsOpening  = "ready to open" // officers may open the snapshot that a restore names
	wantsAnswers  = "wants the signers' answers"
	wantsCombine  = "ready to combine"
	wantsSending  = "ready to broadcast"
	isInForce     = "in force in part" // some signers have it, others will
	isDone        = "in force"
	isOver        = "done" // a record is all that it leaves
	isMined       = "mined"
	isLifted      = "lifted"
	isExpired     = "expired"
	isStuck       = "expired half-way"
	isVetoed      = "vetoed"
	isCancelled   = "cancelled"
	isSuperseded  = "superseded" // the policy moved on
	isFrozen      = "frozen"
	isRefused     = "refused"
)

// ended says that nothing is left to do.
func (s standing) ended() bool {
	return slices.Contains([]string{isMined, isDone, isOver, isLifted, isExpired, isVetoed, isCancelled, isSuperseded}, s.State)
}

// standing works out where an order stands.
func (x *dossier) standing() standing {
	s := x.moved()
	if s.State == "" {
		s = x.decided()
	}
	s.Since = x.lastStep()
	if !s.ended() && s.By == 0 && !slices.Contains([]string{isMined, wantsSending, wantsCombine, wantsAnswers, isStuck, isInForce}, s.State) {
		s.By = x.order.proposal.Expires
	}
	return s
}

// moved is how far the coins of an order have come; the zero standing when they
// have not begun to move, and for what moves none.
func (x *dossier) moved() standing {
	o, id := x.order, x.order.id.Short()
	if !o.proposal.Kind().Moves() || x.movedForAnother() {
		return standing{}
	}
	if o.mined != "" {
		return standing{State: isMined, Detail: o.mined}
	}
	if o.final != nil {
		return standing{State: wantsSending, Detail: "transaction " + o.final.TxHash().String(), Next: "strongroom broadcast " + id + " --wait 1"}
	}
	if w := x.wallet; w != nil {
		if n := o.signatures(w); n >= w.M() {
			return standing{State: wantsCombine, Detail: fmt.Sprintf("signed by %d of %s", n, count(w.N(), "key")), Next: "strongroom combine " + id}
		}
	}
	return standing{}
}

// decided is how far the decision about an order has come.
func (x *dossier) decided() standing {
	o := x.order
	if !o.proposal.Kind().Moves() {
		if s := x.tookEffect(); s.State != "" {
			return s
		}
	}
	if reasons := x.against(); len(reasons) > 0 {
		return x.refusedStanding(reasons)
	}
	if s := x.waits(); s.State != "" {
		return s
	}
	if !o.proposal.Kind().Moves() {
		return x.atTheSigners()
	}
	if x.wallet != nil && len(o.releases) >= x.wallet.M() {
		return standing{State: wantsAnswers, Detail: releasedBy(o) + "; not all of their answers are here", Next: "strongroom receive DIR"}
	}
	if len(o.txids()) == 0 {
		return standing{State: wantsBuilding, Detail: "every seat is filled", Next: "strongroom build " + o.id.Short()}
	}
	return x.wantsSignatures()
}

// wantsSignatures is where an order stands whose transaction too few have signed.
// Once no more signers have to, a hardware wallet may give what is missing.
func (x *dossier) wantsSignatures() standing {
	o := x.order
	s := standing{State: wantsSigners, Detail: releasedBy(o), Next: "strongroom bundle " + o.id.Short() + " --check -o DIR", Waiting: x.idleSigners()}
	if outside := x.policy.External(o.proposal.Wallet); len(outside) > 0 && len(o.releases) >= x.policy.FewestSigners(o.proposal.Wallet) {
		s.Next, s.Waiting = "strongroom handout "+o.id.Short()+" -o FILE", append(s.Waiting, outside...)
	}
	return s
}

// tookEffect is where an order stands that signers have carried out, some or all
// of them; the zero standing when none has.
func (x *dossier) tookEffect() standing {
	p := x.order.proposal
	done := x.countSigners(func(a atSigner) bool { return a.done })
	if done == 0 {
		return standing{}
	}
	where := x.whereAll(didWord(p.Kind()))
	if i := slices.IndexFunc(x.brakes, func(b brake) bool { return b.id == p.ID() }); i >= 0 && !x.brakes[i].stands() {
		return standing{State: isLifted, Detail: where}
	}
	left := len(x.toCome())
	switch {
	case left == 0 && done < len(x.at): // a thaw: the others never saw the freeze
		return standing{State: isOver, Detail: where}
	case p.Kind() == quorum.KindRehearsal || p.Kind() == quorum.KindRestore || p.Kind() == quorum.KindResync:
		return standing{State: isOver, Detail: where}
	case done == len(x.at) || x.killsWhatIsOver():
		return standing{State: isDone, Detail: where}
	}
	return standing{State: isInForce, Detail: where, Next: x.bundleLine(), Waiting: x.toCome()}
}

// didWord is what signers did with an order that took effect.
func didWord(k quorum.Kind) string {
	switch k {
	case quorum.KindRehearsal, quorum.KindRestore, quorum.KindResync:
		return "in the log of"
	}
	return "in force on"
}

// killsWhatIsOver says that a cancellation has nothing left to stop.
func (x *dossier) killsWhatIsOver() bool {
	c, ok := x.order.proposal.Body.(quorum.Cancel)
	if !ok {
		return false
	}
	target, err := quorum.ParseProposal(x.order.sub.Target)
	tip, _ := x.chain.Tip()
	return err == nil && target.ID() == c.Kills && target.Expires < tip.Height && !target.Kind().Brake()
}

// against returns what speaks against an order as the desk judges it, but for
// what only time and the signers' visits bring.
func (x *dossier) against() []quorum.Reason {
	out := slices.DeleteFunc(slices.Clone(x.order.report.Reasons), func(r quorum.Reason) bool {
		return r.Code == quorum.ClkNotRecorded || r.Code == quorum.ClkCooling || r.Code == quorum.ClrMissing && len(x.at) > 0
	})
	return out
}

// atTheSigners is where an order stands that only has to be carried.
func (x *dossier) atTheSigners() standing {
	detail := "every seat is filled"
	if b, ok := x.order.proposal.Body.(quorum.Restore); ok {
		return standing{State: wantsOpening, Detail: detail, Next: openingLine(x.order.id, b)}
	}
	switch {
	case x.order.proposal.Kind().Brake():
		detail = "one officer is enough; every hour counts"
	case x.order.proposal.Kind() == quorum.KindRehearsal:
		detail = fmt.Sprintf("answered by %s; others answer with 'strongroom approve %s'", list(voters(x.order.report, quorum.Approve)), x.order.id.Short())
	}
	return standing{State: wantsSigners, Detail: detail, Next: x.bundleLine(), Waiting: x.toCome()}
}

// openingLine is the command that writes what officers open a snapshot with.
func openingLine(id text.Hash, b quorum.Restore) string {
	if isRewrap(b) {
		return "strongroom backup rewrap bundle " + id.Short() + " -o FOLDER"
	}
	return "strongroom drill bundle DIR -o FOLDER"
}

// thawLine is the command that asks to lift what covers an order.
func (x *dossier) thawLine() string {
	for _, b := range x.freezes() {
		if b.covers(x.order.proposal) {
			return "strongroom propose thaw " + b.id.Short() + " --memo TEXT"
		}
	}
	return "strongroom queue"
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
func (x *dossier) refusedStanding(reasons []quorum.Reason) standing {
	o := x.order
	id := o.id.Short()
	first := func(codes ...quorum.Code) (quorum.Reason, bool) { return reasonOf(reasons, codes...) }
	if r, ok := first(quorum.StateVetoed); ok {
		return standing{State: isVetoed, Detail: r.Text}
	}
	if r, ok := first(quorum.StateKilled); ok {
		return standing{State: isCancelled, Detail: r.Text}
	}
	if _, late := first(quorum.ClkExpired); late && len(o.releases) > 0 {
		return standing{State: isStuck, Detail: releasedBy(o) + ", too few, before block " + text.FormatUint(o.proposal.Expires) + "; only a proposal that replaces it may spend its coins",
			Next: "strongroom propose " + string(o.proposal.Kind()) + " --replaces " + id + " --help"}
	} else if late {
		return standing{State: isExpired, Detail: fmt.Sprintf("after block %d", o.proposal.Expires)}
	}
	if r, ok := first(quorum.PolStale, quorum.PolVersion); ok {
		return standing{State: isSuperseded, Detail: r.Text}
	}
	if r, ok := first(quorum.FrzActive); ok {
		return standing{State: isFrozen, Detail: r.Text, Next: x.thawLine()}
	}
	return x.wantsPeople(reasons)
}

// lastStep returns the block of the last thing that happened to an order.
func (x *dossier) lastStep() uint32 {
	last := x.order.proposal.Block.Height
	for _, a := range x.at {
		last = max(last, a.since)
	}
	for _, r := range x.order.releases {
		last = max(last, r.Tip.Height)
	}
	return last
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
