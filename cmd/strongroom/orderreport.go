package main

import (
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// orderReport is an order in machine form.
type orderReport struct {
	ID        string         `json:"id"`
	Kind      string         `json:"kind"`
	What      string         `json:"what"`
	Vault     string         `json:"vault"`
	Chain     string         `json:"chain"`
	Test      bool           `json:"test"`
	Maker     string         `json:"maker"`
	Memo      string         `json:"memo"`
	Wallet    string         `json:"wallet,omitempty"`
	To        string         `json:"to,omitempty"`
	Tier      string         `json:"tier,omitempty"`
	Unit      string         `json:"unit"`
	Pays      []payReport    `json:"pays"`
	FeeMax    string         `json:"fee_max,omitempty"`
	Total     string         `json:"total,omitempty"`
	Block     uint32         `json:"block"`
	Expires   uint32         `json:"expires"`
	Replaces  string         `json:"replaces,omitempty"`
	State     string         `json:"state"`
	Detail    string         `json:"detail"`
	Next      string         `json:"next,omitempty"`
	Since     uint32         `json:"since"`
	By        uint32         `json:"in_time_till,omitempty"`
	Until     uint32         `json:"waits_until,omitempty"`
	Waiting   []text.ID      `json:"waiting"`
	Approved  []text.ID      `json:"approved"`
	Vetoed    []text.ID      `json:"vetoed"`
	Cleared   []text.ID      `json:"cleared"`
	Released  []text.ID      `json:"released"`
	Signers   []atReport     `json:"signers"`
	TxIDs     []string       `json:"txids"`
	Complete  bool           `json:"complete"`
	Mined     string         `json:"mined,omitempty"`
	Reasons   []reasonReport `json:"reasons"`
	Notes     []reasonReport `json:"notes"`
	Signature string         `json:"sign_command,omitempty"`
}

// atReport is how far one signer has come with an order that waits, or that
// spends nothing.
type atReport struct {
	Signer   string         `json:"signer"`
	Done     bool           `json:"done"`
	Recorded bool           `json:"recorded"`
	Ripe     uint32         `json:"ripe,omitempty"`
	Reasons  []reasonReport `json:"reasons"`
}

type payReport struct {
	Label   string `json:"label"`
	Amount  string `json:"amount"`
	Address string `json:"address"`
	First   bool   `json:"first_payment"`
}

type reasonReport struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Do   string `json:"do"`
	Call string `json:"call"`
}

// report fills one.
func (x *dossier) report() orderReport {
	o, p, s := x.order, x.order.proposal, x.standing()
	r := orderReport{
		ID: o.id.String(), Kind: string(p.Kind()), What: x.inShort(p),
		Vault: string(p.Vault), Chain: p.Network.String(), Test: p.Network.Test(), Maker: string(p.Maker),
		Memo: p.Memo, Wallet: string(p.Wallet), To: string(p.To), Tier: string(p.Tier), Unit: p.Network.Unit(), Pays: []payReport{},
		Block: p.Block.Height, Expires: p.Expires,
		State: s.State, Detail: s.Detail, Next: s.Next, Waiting: orEmpty(s.Waiting), Since: s.Since, By: s.By, Until: s.Until,
		Approved: voters(o.report, quorum.Approve), Vetoed: voters(o.report, quorum.Veto), Cleared: orEmpty(x.cleared()), Released: []text.ID{}, TxIDs: []string{},
		Complete: o.final != nil, Mined: o.mined, Reasons: reasonReports(x.against()), Notes: reasonReports(o.report.Notes), Signers: x.atReports(),
	}
	if p.Kind().Moves() {
		r.FeeMax, r.Total = p.FeeMax.String(), p.Total.String()
	}
	if !p.Replaces.IsZero() {
		r.Replaces = p.Replaces.String()
	}
	for _, pay := range p.Pays {
		r.Pays = append(r.Pays, payReport{payee(pay), pay.Amount.String(), pay.Address.String(), firstTime(pay.Label, o.id, x.signers) != ""})
	}
	for _, rel := range o.releases {
		r.Released = append(r.Released, rel.device)
	}
	for _, id := range o.txids() {
		r.TxIDs = append(r.TxIDs, id.String())
	}
	return r
}

func (x *dossier) atReports() []atReport {
	out := []atReport{}
	for _, a := range x.at {
		out = append(out, atReport{string(a.device), a.done, a.recorded, a.ripe, reasonReports(a.reasons)})
	}
	return out
}

func reasonReports(rs []quorum.Reason) []reasonReport {
	out := []reasonReport{}
	for _, r := range rs {
		a := r.Code.Advice()
		out = append(out, reasonReport{string(r.Code), r.Text, a.Do, a.Call})
	}
	return out
}

// voters returns the officers whose signature for an act is good.
func voters(r quorum.Report, act quorum.Act) []text.ID {
	out := []text.ID{}
	for _, v := range r.Votes {
		if v.Act == act {
			out = append(out, v.Officer)
		}
	}
	return out
}

func orEmpty(ids []text.ID) []text.ID {
	if ids == nil {
		return []text.ID{}
	}
	return ids
}
