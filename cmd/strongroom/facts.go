package main

import (
	"fmt"
	"strings"

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
func (v *view) facts(w cli.World, p *quorum.Proposal, r quorum.Report, signers []signerLog) {
	banner(w, v.policy.Network)
	w.Field("id", p.ID().String())
	w.Field("vault", fmt.Sprintf("%s on %s", p.Vault, p.Network))
	w.Field("maker", v.person(p.Maker))
	w.Field("memo", fmt.Sprintf("%q", p.Memo))
	for _, pay := range p.Pays {
		w.Field("pay", fmt.Sprintf("%s to %s%s", pay.Amount.In(p.Network), payee(pay), firstTime(pay.Label, p.ID(), signers)))
		w.Field("", pay.Address.String())
	}
	w.Field("fee", "at most "+p.FeeMax.In(p.Network))
	w.Field("total", fmt.Sprintf("%s out of wallet %s", p.Total.In(p.Network), p.Wallet))
	v.showLimits(w, r)
	w.Field("policy", fmt.Sprintf("version %d, %s", p.PolicyVersion, p.PolicyHash.Short()))
	w.Field("block", fmt.Sprintf("%d %s", p.Block.Height, v.behind(p.Block)))
	w.Field("", p.Block.Hash.String())
	for _, s := range p.Seen {
		w.Field("seen", fmt.Sprintf("%s at %s", s.Device, count(int(s.Size), "record")))
	}
	if !p.Replaces.IsZero() {
		w.Field("replaces", p.Replaces.String())
	}
	w.Field("expires", fmt.Sprintf("after block %d%s", p.Expires, v.ahead(p.Expires)))
}

// showLimits shows the tier that the order comes to, what it asks for, and how
// much of each limit is used with it.
func (v *view) showLimits(w cli.World, r quorum.Report) {
	if t, ok := v.policy.Tier(r.Tier); ok {
		w.Field("tier", fmt.Sprintf("%s, which needs %s", t.ID, needs(t.Needs)))
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
func (v *view) ahead(height uint32) string {
	tip, ok := v.chain.Tip()
	switch {
	case !ok:
		return ""
	case tip.Height > height:
		return ", which has passed"
	}
	left := height - tip.Height
	return fmt.Sprintf(", %s from now, about %s", count(int(left), "block"), span(left))
}

// span writes how long so many blocks take, on average.
func span(blocks uint32) string {
	const day = 24 * blocksAnHour
	switch {
	case blocks < 2*blocksAnHour:
		return fmt.Sprintf("%d minutes", blocks*60/blocksAnHour)
	case blocks < 2*day:
		return fmt.Sprintf("%d hours", blocks/blocksAnHour)
	}
	return fmt.Sprintf("%d days", blocks/day)
}
