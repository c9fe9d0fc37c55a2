package main

import (
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// orderReport is an order in machine form.
type orderReport struct {
	ID        string         `json:"id"`
	Vault     string         `json:"vault"`
	Chain     string         `json:"chain"`
	Test      bool           `json:"test"`
	Maker     string         `json:"maker"`
	Memo      string         `json:"memo"`
	Wallet    string         `json:"wallet"`
	Tier      string         `json:"tier"`
	Unit      string         `json:"unit"`
	Pays      []payReport    `json:"pays"`
	FeeMax    string         `json:"fee_max"`
	Total     string         `json:"total"`
	Block     uint32         `json:"block"`
	Expires   uint32         `json:"expires"`
	Replaces  string         `json:"replaces,omitempty"`
	State     string         `json:"state"`
	Detail    string         `json:"detail"`
	Next      string         `json:"next,omitempty"`
	Waiting   []text.ID      `json:"waiting"`
	Approved  []text.ID      `json:"approved"`
	Vetoed    []text.ID      `json:"vetoed"`
	Released  []text.ID      `json:"released"`
	TxIDs     []string       `json:"txids"`
	Complete  bool           `json:"complete"`
	Mined     string         `json:"mined,omitempty"`
	Reasons   []reasonReport `json:"reasons"`
	Notes     []reasonReport `json:"notes"`
	Signature string         `json:"sign_command,omitempty"`
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
		ID: o.id.String(), Vault: string(p.Vault), Chain: p.Network.String(), Test: p.Network.Test(), Maker: string(p.Maker),
		Memo: p.Memo, Wallet: string(p.Wallet), Tier: string(p.Tier), Unit: p.Network.Unit(), Pays: []payReport{},
		FeeMax: p.FeeMax.String(), Total: p.Total.String(), Block: p.Block.Height, Expires: p.Expires,
		State: s.State, Detail: s.Detail, Next: s.Next, Waiting: orEmpty(s.Waiting),
		Approved: voters(o.report, quorum.Approve), Vetoed: voters(o.report, quorum.Veto), Released: []text.ID{}, TxIDs: []string{},
		Complete: o.final != nil, Mined: o.mined, Reasons: reasonReports(o.report.Reasons), Notes: reasonReports(o.report.Notes),
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
