package main

import (
	"cmp"
	"fmt"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/headers"
)

// show writes the review as a person reads it. tip is the chain's.
func (r review) show(w cli.World, tip headers.Point) {
	w.Field("id", r.ID)
	w.Field("maker", orNone(r.Maker))
	w.Field("memo", `"`+r.Memo+`"`)
	for _, p := range r.Pays {
		r.showPay(w, p)
	}
	for _, f := range r.Facts {
		w.Field(f.Name, f.Value)
	}
	if r.Amendment != nil {
		r.Amendment.show(w, r.Stands)
	}
	if r.Spend != nil {
		r.showSpend(w, *r.Spend)
	}
	r.showRules(w, tip)
	for i, n := range r.Notes {
		w.Field(once(i, "notes"), fmt.Sprintf("%s (%s)", n.Text, n.Code))
	}
	label := "REFUSED"
	switch {
	case r.Stands:
		return
	case r.Idle:
		label = "because"
	}
	for i, reason := range r.Reasons {
		w.Field(once(i, label), fmt.Sprintf("%s (%s)", reason.Text, reason.Code))
	}
}

func (r review) showPay(w cli.World, p payReview) {
	w.Field("pays", fmt.Sprintf("%s to %s", r.amount(p.Amount), p.Label))
	if p.First {
		w.Field("", "FIRST PAYMENT TO THIS LABEL")
	}
	w.Field("  address", grouped(p.Address))
}

func (r review) showSpend(w cli.World, s spendReview) {
	if len(r.Pays) > 0 {
		r.showPayment(w, s)
	} else {
		r.showMove(w, s)
	}
	w.Field("spends", fmt.Sprintf("%s, %s together", counted(s.Inputs, "coin"), r.amount(s.Sum)))
	w.Field("transaction", s.TxID)
	if s.Again {
		w.Field("REPEATS", "this very transaction was released here before; signing it again gives the same bytes and moves nothing more")
	}
}

// showPayment shows what a withdrawal takes out of its wallet.
func (r review) showPayment(w cli.World, s spendReview) {
	w.Field("fee", fmt.Sprintf("%s, %s sat/vB, %s %% of the payments", r.amount(s.Fee), s.FeeRate, s.Share))
	w.Field("leaves", fmt.Sprintf("%s in all, out of wallet %s", r.amount(s.Out), r.Wallet))
	for _, c := range s.Change {
		w.Field("change", r.amount(c.Amount)+" back to the wallet")
		w.Field("  address", grouped(c.Address))
	}
	if len(s.Change) == 0 {
		w.Field("change", "none")
	}
}

// showMove shows where the coins go that stay in the vault.
func (r review) showMove(w cli.World, s spendReview) {
	w.Field("costs", fmt.Sprintf("%s, %s sat/vB, %s %% of what arrives", r.amount(s.Fee), s.FeeRate, s.Share))
	for _, c := range s.Change {
		w.Field("arrives", fmt.Sprintf("%s in wallet %s", r.amount(c.Amount), cmp.Or(r.To, r.Wallet)))
		w.Field("  address", grouped(c.Address))
	}
}

// showRules shows what it was judged by.
func (r review) showRules(w cli.World, tip headers.Point) {
	switch {
	case r.Tier != "":
		w.Field("tier", r.Tier)
	case r.Sitting != "":
		w.Field("takes", "the seats of "+r.Sitting)
	}
	for i, s := range r.Seats {
		w.Field(once(i, "seats"), fmt.Sprintf("%s: %s", s.Group, s.Officer))
	}
	if r.Wait != nil {
		w.Field("waits", r.Wait.String())
	}
	for i, l := range r.Limits {
		w.Field(once(i, "limits"), fmt.Sprintf("%s: %s of %s in %d blocks", l.Name, l.Used, r.amount(l.Cap), l.Window))
	}
	if r.Replaces != "" {
		w.Field("replaces", r.Replaces)
	}
	if r.Expires > 0 {
		w.Field("expires", expiry(r.Expires, tip.Height))
	}
	w.Field("policy", fmt.Sprintf("version %d, %s", r.Policy.Version, r.Policy.Hash[:16]))
	w.Field("tip", r.Tip)
	for i, l := range r.Logs {
		line := fmt.Sprintf("%s: approvers saw %s", l.Signer, counted(int(l.Seen), "record"))
		if l.Brought != nil {
			line += fmt.Sprintf(", brought with %d", *l.Brought)
		}
		w.Field(once(i, "logs"), line)
	}
}

// String tells how long something waits and how much of that is left.
func (w waitReview) String() string {
	all := counted(int(w.Cool), "block")
	switch {
	case !w.Recorded:
		return all + ", from when this signer records it"
	case w.Waited >= uint64(w.Cool):
		return all + "; all of it has passed"
	}
	return fmt.Sprintf("%s; %d have passed, %d to go", all, w.Waited, uint64(w.Cool)-w.Waited)
}

// expiry tells the last block at which a withdrawal can be released, and how
// far away that is.
func expiry(last, tip uint32) string {
	if last < tip {
		return fmt.Sprintf("after block %d, which has passed", last)
	}
	left := last - tip
	return fmt.Sprintf("after block %d, in %s, about %s", last, counted(int(left), "block"), counted(int(left)/blocksPerHour, "hour"))
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
