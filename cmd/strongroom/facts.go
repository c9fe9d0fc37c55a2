package main

import (
	"fmt"
	"strings"
	"time"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// blocksAnHour is how many blocks come in an hour, on average.
const blocksAnHour = 6

// facts shows what an order means, computed from its bytes and from what this
// desk knows; never what the text says about itself.
func (v *view) facts(w cli.World, p *quorum.Proposal, r quorum.Report) {
	banner(w, v.policy.Network)
	w.Field("id", p.ID().String())
	w.Field("vault", fmt.Sprintf("%s on %s", p.Vault, p.Network))
	w.Field("kind", string(p.Kind()))
	w.Field("maker", v.person(p.Maker))
	w.Field("memo", fmt.Sprintf("%q", p.Memo))
	if p.Kind().Moves() {
		v.movement(w, p, r)
	} else {
		v.decision(w, p)
	}
	if s := v.sittingOf(p, r.Tier); p.Kind() != quorum.KindWithdrawal {
		w.Field("takes", takes(s, p.Network))
	}
	w.Field("policy", fmt.Sprintf("version %d, %s", p.PolicyVersion, p.PolicyHash.Short()))
	w.Field("block", fmt.Sprintf("%d %s", p.Block.Height, v.behind(p.Block)))
	w.Field("", p.Block.Hash.String())
	for _, s := range p.Seen {
		w.Field("seen", fmt.Sprintf("%s at %s", s.Device, count(int(s.Size), "record")))
	}
	if p.Kind().Brake() {
		w.Field("expires", "never")
		return
	}
	w.Field("expires", fmt.Sprintf("after block %d%s", p.Expires, v.ahead(w.Now(), p.Expires)))
}

// movement shows what a proposal spends, and where to.
func (v *view) movement(w cli.World, p *quorum.Proposal, r quorum.Report) {
	for _, pay := range p.Pays {
		w.Field("pay", fmt.Sprintf("%s to %s%s", pay.Amount.In(p.Network), payee(pay), firstTime(pay.Label, p.ID(), v.signers)))
		w.Field("", pay.Address.String())
	}
	switch p.Kind() {
	case quorum.KindInternal:
		w.Field("moves", fmt.Sprintf("at most %s within wallet %s; every output is its own", p.Total.In(p.Network), p.Wallet))
	case quorum.KindSweep:
		w.Field("moves", fmt.Sprintf("at most %s from wallet %s to wallet %s", p.Total.In(p.Network), p.Wallet, p.To))
	}
	w.Field("fee", "at most "+p.FeeMax.In(p.Network))
	if p.Kind() == quorum.KindWithdrawal {
		w.Field("total", fmt.Sprintf("%s out of wallet %s", p.Total.In(p.Network), p.Wallet))
		v.showLimits(w, p, r)
	}
	if p.BindTx != nil {
		w.Field("bound to", "transaction "+p.BindTx.String())
	}
	if !p.Replaces.IsZero() {
		w.Field("replaces", p.Replaces.String())
	}
}

// showLimits shows the tier that the order comes to, what it asks for, and how
// much of each limit is used with it.
func (v *view) showLimits(w cli.World, p *quorum.Proposal, r quorum.Report) {
	if t, ok := v.policy.Tier(r.Tier); ok {
		w.Field("tier", fmt.Sprintf("%s, which needs %s", t.ID, takes(v.sittingOf(p, r.Tier), p.Network)))
	}
	for _, u := range r.Used {
		w.Field("limit", fmt.Sprintf("%s: %s of %s", u.Name, u.Used, u.Cap.In(v.policy.Network)))
	}
}

// person names an officer with the name and house that the policy gives.
func (v *view) person(id text.ID) string {
	o, ok := v.policy.Officer(id)
	if !ok {
		return string(id) + ", whom the policy does not list"
	}
	return fmt.Sprintf("%s (%s, %s)", id, o.Name, o.Org)
}

// payee writes a payment's label as the text does.
func payee(p record.Pay) string {
	if p.Indexed {
		return fmt.Sprintf("%s#%d", p.Label, p.Index)
	}
	return string(p.Label)
}

// firstTime marks a payment to a label that no log has paid before.
func firstTime(label text.ID, id text.Hash, signers []signerLog) string {
	for _, s := range signers {
		for _, r := range s.state.Releases() {
			for _, p := range r.Pays {
				if p.Label == label && r.ID != id {
					return ""
				}
			}
		}
	}
	return ", FIRST PAYMENT to this label"
}

// needs writes the seats of a tier.
func needs(all []policy.Need) string {
	var parts []string
	for _, n := range all {
		parts = append(parts, fmt.Sprintf("%d of %s", n.Seats, n.Group))
	}
	return strings.Join(parts, " and ")
}

// behind says how far the chain has grown upon a block.
func (v *view) behind(b quorum.Block) string {
	n, ok := v.chain.Credits(headers.Point{Height: b.Height, Hash: headers.Hash(b.Hash)})
	if !ok {
		return "(not in this desk's chain)"
	}
	return fmt.Sprintf("(%d below the tip)", n)
}

// ahead says how long it is until a height is passed.
func (v *view) ahead(now time.Time, height uint32) string {
	tip, ok := v.chain.Tip()
	switch {
	case !ok:
		return ""
	case tip.Height > height:
		return ", which has passed"
	}
	left := height - tip.Height
	out := fmt.Sprintf(", %s from now", count(int(left), "block"))
	if when := whenComes(v.policy.Network, now, left); when != "" {
		out += ", " + when
	}
	return out
}
