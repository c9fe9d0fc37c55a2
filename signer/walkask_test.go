package signer_test

import (
	"fmt"
	"maps"
	"slices"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// What the people of a walk ask for.

func (w *walk) signer() *signertest.Signer { return w.v.Signers[w.r.IntN(len(w.v.Signers))] }

// officer is anybody: also one whom the policy does not know yet, or any more.
func (w *walk) officer() text.ID {
	all := slices.Sorted(maps.Keys(w.v.Officers))
	return all[w.r.IntN(len(all))]
}

// some returns a few of the officers who check.
func (w *walk) some() []text.ID {
	n := []int{0, 1, 2, 3, 3, 4, 4}[w.r.IntN(7)]
	all := slices.DeleteFunc(slices.Clone(w.v.Policy.Members("treasury")), func(o text.ID) bool { return o == "alice" })
	w.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))]
}

func (w *walk) add(kind string, o *signertest.Order, approve ...text.ID) *asked {
	w.counts["ask "+kind]++
	a := &asked{Order: o, approved: map[text.ID]sshsig.Key{}, cleared: map[text.ID]bool{}, maker: w.v.Officers[o.Maker].Keys[0].Key()}
	w.orders[o.ID()], w.list = a, append(w.list, a)
	for _, officer := range approve {
		w.approve(a, officer)
	}
	return a
}

func (w *walk) approve(a *asked, officer text.ID) {
	if _, did := a.approved[officer]; did {
		return
	}
	w.v.Officers["carol"].Keys[0].Counter++
	a.approved[officer] = w.v.Officers[officer].Keys[0].Key()
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
	payees := w.v.Policy.Destinations // the last one added half of the time
	label := payees[w.r.IntN(len(payees))].Label
	if last := text.ID(fmt.Sprint("otc-", w.payees)); w.r.IntN(2) == 0 && slices.ContainsFunc(payees, func(d policy.Destination) bool { return d.Label == last }) {
		label = last
	}
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
	w.v.Officers["carol"].Keys[0].Counter++
	return w.add(kind, w.v.Decide(maker, body), approve...)
}

func (w *walk) askInternal() {
	c := w.coin()
	o := w.v.Decide("alice", quorum.Internal{Wallet: "main", Moves: c[0].Value - custody.Amount(w.r.IntN(2)), FeeMax: coin / 100})
	o.Packet = w.v.BuildMove(o.Proposal, c, w.v.Changes(w.v.Wallet, 1))
	w.add("internal", o, w.some()...)
}

func (w *walk) askSweep() {
	if w.v.Next == nil {
		return
	}
	c := w.coin()
	o := w.v.Decide("alice", quorum.Sweep{From: signertest.WalletID, To: signertest.NextID, Moves: c[0].Value - custody.Amount(w.r.IntN(5)/4), FeeMax: coin / 100})
	o.Packet = w.v.BuildMove(o.Proposal, c, w.v.Changes(w.v.Next, 1))
	w.add("sweep", o, append(w.some(), "bob", "carol", "erin")...)
}

func (w *walk) askBrake() {
	if w.r.IntN(3) == 0 && len(w.list) > 0 {
		w.decide("cancel", w.officer(), quorum.Cancel{Kills: w.recent().ID()})
		return
	}
	people := w.v.Policy.Members("treasury")[1:] // without alice, who asks for most
	scope := []record.Scope{{What: record.ScopeAll}, {What: record.ScopeAll}, {What: record.ScopeDestination, Name: "payroll"}, {What: record.ScopeSigner, Name: "signer-b"},
		{What: record.ScopeOfficer, Name: people[w.r.IntN(len(people))]}}[w.r.IntN(5)]
	w.freezes = append(w.freezes, w.decide("freeze", w.officer(), quorum.Freeze{Scope: scope}).ID())
}

func (w *walk) askThaw() {
	if len(w.freezes) > 0 {
		maker := []text.ID{"alice", "bob"}[w.r.IntN(2)]
		w.decide("thaw", maker, quorum.Thaw{Lifts: w.freezes[len(w.freezes)-1-w.r.IntN(min(3, len(w.freezes)))]}, append(w.some(), "carol", "erin")...)
	}
}

func (w *walk) askOther() {
	if w.r.IntN(2) == 0 {
		w.decide("rehearsal", "alice", quorum.Rehearsal{Statement: "here we are"})
		return
	}
	w.decide("restore", "alice", restoring("erin"), w.some()...)
}
