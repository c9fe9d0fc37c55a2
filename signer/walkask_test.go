package signer_test

import (
	"fmt"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// What the people of a walk ask for.

func (w *walk) signer() *signertest.Signer { return w.v.Signers[w.r.IntN(len(w.v.Signers))] }

func (w *walk) officer() text.ID {
	return []text.ID{"alice", "bob", "carol", "dave", "erin", "frank", "grace"}[w.r.IntN(7)]
}

// some returns a few of the officers who check.
func (w *walk) some() []text.ID {
	n := []int{0, 1, 2, 2, 3, 3, 4}[w.r.IntN(7)]
	all := []text.ID{"bob", "carol", "dave", "erin"}
	w.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:n]
}

func (w *walk) add(kind string, o *signertest.Order, approve ...text.ID) *asked {
	w.counts["ask "+kind]++
	a := &asked{Order: o, approved: map[text.ID]bool{}, cleared: map[text.ID]bool{}}
	w.orders[o.ID()], w.list = a, append(w.list, a)
	for _, officer := range approve {
		w.approve(a, officer)
	}
	return a
}

func (w *walk) approve(a *asked, officer text.ID) {
	if a.approved[officer] || a == nil {
		return
	}
	w.v.Officers["carol"].Keys[0].Counter++
	a.approved[officer] = true
	a.Signatures = append(a.Signatures, w.v.Sign(officer, quorum.Approve, a.Proposal.Bytes()))
	w.counts["approve"]++
}

// coin returns a coin of the vault: most often a new one, at times one that
// somebody was promised before.
func (w *walk) coin() []custody.Coin {
	if n := len(w.v.Coins); n > 0 && w.r.IntN(6) == 0 {
		return w.v.Coins[w.r.IntN(n):][:1]
	}
	return w.v.Fund([]custody.Amount{coin, 3 * coin}[w.r.IntN(2)])
}

func (w *walk) askWithdrawal() {
	c := w.coin()
	amount := custody.Amount(w.r.Int64N(int64(c[0].Value)*3/4)) + 1000
	label := []text.ID{"exchange-hot", "payroll"}[w.r.IntN(2)]
	tier := text.ID("small")
	if amount > coin*2/3 && w.r.IntN(5) > 0 || w.r.IntN(6) == 0 {
		tier = "large"
	}
	p := w.v.Propose(signertest.Pay(w.v.To(label, amount)), func(a *signertest.Asked) {
		a.Tier = tier
		a.Expires = a.Block.Height + 10 + uint32(w.r.IntN(30))
		if n := w.r.IntN(12); n < 2 && a.Seen[0].Size > 3 { // of an older world
			a.Seen[n] = w.oldSeen(n)
		}
	})
	w.add("withdrawal", &signertest.Order{Proposal: p, Signatures: w.v.Approve(p), Packet: w.v.BuildPSBT(p, c...)}, w.some()...)
}

// oldSeen is a seen line as of an older export of a signer.
func (w *walk) oldSeen(n int) quorum.Seen {
	s := w.v.Signers[n]
	all := w.exports[s.ID]
	e := all[max(0, len(all)-1-w.r.IntN(4))]
	return seenOf(w.t, s.ID, e)
}

func (w *walk) decide(kind string, maker text.ID, body quorum.Body, approve ...text.ID) *asked {
	return w.add(kind, w.v.Decide(maker, body), approve...)
}

func (w *walk) askInternal() {
	c := w.coin()
	o := w.v.Decide("alice", quorum.Internal{Wallet: "main", Moves: c[0].Value - custody.Amount(w.r.IntN(2)), FeeMax: coin / 100})
	o.Packet = w.v.BuildMove(o.Proposal, c, w.v.Changes(w.v.Wallet, 1))
	w.add("internal", o, w.some()...)
}

func (w *walk) askBrake() {
	if w.r.IntN(3) == 0 && len(w.list) > 0 {
		w.decide("cancel", w.officer(), quorum.Cancel{Kills: w.recent().ID()})
		return
	}
	scope := []record.Scope{{What: record.ScopeAll}, {What: record.ScopeDestination, Name: "payroll"}, {What: record.ScopeSigner, Name: "signer-b"}}[w.r.IntN(3)]
	w.freezes = append(w.freezes, w.decide("freeze", w.officer(), quorum.Freeze{Scope: scope}).ID())
}

func (w *walk) askThaw() {
	if len(w.freezes) > 0 {
		w.decide("thaw", "alice", quorum.Thaw{Lifts: w.freezes[len(w.freezes)-1-w.r.IntN(min(3, len(w.freezes)))]}, append(w.some(), "bob", "dave")...)
	}
}

// askAmendment changes the fee's ceiling up or down. Of each version one is
// signed by enough people at most: two would be a fork, which is another test.
func (w *walk) askAmendment() {
	if w.pending != nil && w.pending.PolicyVersion == w.v.Policy.Version && w.v.Chain.Tip().Height <= w.pending.Expires && !w.isDead(w.pending) {
		return
	}
	if w.pending != nil && w.pending.PolicyVersion == w.v.Policy.Version && !w.isDead(w.pending) {
		return // expired, but it may have been adopted by somebody who is away
	}
	to := w.fee + []int{-1, 1}[w.r.IntN(2)]
	o := w.v.Amend(edited(fmt.Sprintf("fee-rate-max %d", w.fee), fmt.Sprintf("fee-rate-max %d", to)), nil)
	a := w.add("amendment", o, w.some()...)
	var err error
	if a.wants, err = policy.Parse(o.Beside[0].Bytes); err != nil {
		w.t.Fatal(err)
	}
	w.pending, w.policies[a.wants.Hash()] = a, a.wants
}

// isDead says whether every signer knows that a proposal was stopped.
func (w *walk) isDead(a *asked) bool {
	for _, s := range w.v.Signers {
		if !s.Machine.State().Vetoed(a.ID()) && !s.Machine.State().Killed(a.ID()) {
			return false
		}
	}
	return true
}

func (w *walk) askOther() {
	if w.r.IntN(2) == 0 {
		w.decide("rehearsal", "alice", quorum.Rehearsal{Statement: "here we are"})
		return
	}
	w.decide("restore", "alice", restoring("dave"), w.some()...)
}
