package main

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// review is what a person reads about one proposal before deciding. Every fact
// is computed from the bytes that were brought and from this machine's own state.
// What needs a transaction is there only when it was permitted.
type review struct {
	ID        string         `json:"id"`
	Kind      string         `json:"kind"` // empty when the text could not be read
	Permitted bool           `json:"permitted"`
	Stands    bool           `json:"stands"` // it took effect here before
	Idle      bool           `json:"idle"`   // refused only since there is nothing to do
	Reasons   []reasonReview `json:"reasons"`
	Notes     []reasonReview `json:"notes"` // about single signatures and people
	Unit      string         `json:"unit"`
	Maker     string         `json:"maker,omitempty"`
	Memo      string         `json:"memo,omitempty"`
	Wallet    string         `json:"wallet,omitempty"`
	To        string         `json:"to,omitempty"` // the wallet that a sweep moves coins to
	Pays      []payReview    `json:"pays"`
	Facts     []fact         `json:"facts"` // what it asks for besides; ceilings, where nothing can be spent now
	Expires   uint32         `json:"expires,omitempty"`
	Replaces  string         `json:"replaces,omitempty"`
	Tier      string         `json:"tier,omitempty"`
	Sitting   string         `json:"sitting,omitempty"` // whose seats it takes: the tier, a class or an act
	Seats     []seatReview   `json:"seats"`
	Wait      *waitReview    `json:"wait,omitempty"`
	Limits    []limitReview  `json:"limits"`
	Policy    policyReview   `json:"policy"`
	Tip       string         `json:"tip"`
	Logs      []logReview    `json:"logs"`
	Spend     *spendReview   `json:"spend,omitempty"`

	Amendment *amendmentReview `json:"amendment,omitempty"`
}

// fact is one line of what a proposal asks for.
type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// waitReview is how long a proposal waits, in blocks of work.
type waitReview struct {
	Cool     uint32 `json:"cool"`
	Recorded bool   `json:"recorded"` // on this signer
	Waited   uint64 `json:"waited"`
}

type reasonReview struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

type payReview struct {
	Amount  string `json:"amount"`
	Label   string `json:"label"`
	Address string `json:"address"`
	First   bool   `json:"first"` // no log has paid this label before; told when it can be released
}

type seatReview struct {
	Group   string `json:"group"`
	Officer string `json:"officer"`
}

type limitReview struct {
	Name   string `json:"name"`
	Used   string `json:"used"` // this withdrawal included
	Cap    string `json:"cap"`
	Window uint32 `json:"window"` // blocks
}

type policyReview struct {
	Version uint64 `json:"version"`
	Hash    string `json:"hash"`
}

// logReview is how long a signer's log is: as the approvers saw it, and as its
// checkpoint in the bundle says, which is proven where the withdrawal is
// permitted.
type logReview struct {
	Signer  string `json:"signer"`
	Seen    int64  `json:"seen"`
	Brought *int64 `json:"brought,omitempty"`
}

// spendReview is what the transaction does.
type spendReview struct {
	TxID    string         `json:"txid"`
	Inputs  int            `json:"inputs"`
	Sum     string         `json:"sum"`
	Fee     string         `json:"fee"`
	FeeRate string         `json:"fee_rate"`  // sat/vB
	Share   string         `json:"fee_share"` // percent of what is paid, or else of what arrives
	Out     string         `json:"out"`       // payments and fee
	Change  []changeReview `json:"change"`    // or all outputs, where nobody is paid
	Again   bool           `json:"again"`     // this very release is in the log already
}

type changeReview struct {
	Amount  string `json:"amount"`
	Address string `json:"address"`
}

// reviewOf gathers the facts of one item.
func reviewOf(m *signer.Machine, files []quorum.File, item *signer.Item) (review, error) {
	pol, _ := m.Policy()
	r := review{ID: item.ID().String(), Kind: string(item.Kind()), Permitted: item.Permitted(), Stands: item.Stands, Idle: item.Idle(), Unit: m.Setup().Network.Unit(),
		Reasons: reasonsOf(item.Reasons), Notes: reasonsOf(item.Report.Notes), Tip: tipOf(m), Tier: string(item.Report.Tier),
		Sitting: string(item.Report.Sitting), Pays: []payReview{}, Facts: []fact{}, Seats: []seatReview{}, Limits: []limitReview{},
		Logs: []logReview{}, Policy: policyReview{pol.Version, pol.Hash().String()}}
	if cool := item.Report.Cool; cool > 0 {
		r.Wait = &waitReview{cool, item.Report.Recorded, item.Report.Waited}
	}
	for _, s := range item.Report.Seats {
		r.Seats = append(r.Seats, seatReview{string(s.Group), person(pol, s.Officer)})
	}
	for _, u := range item.Report.Used {
		r.Limits = append(r.Limits, limitReview{u.Name, u.Used.String(), u.Cap.String(), u.Window})
	}
	if item.Report.Proposal != nil {
		r.read(pol, files, item)
		if item.Spend == nil || item.Kind() != quorum.KindWithdrawal {
			r.Facts = factsOf(m, files, item.Report.Proposal)
		}
		r.Amendment = amendmentOf(pol, files, item.Report.Proposal)
	}
	if item.Spend == nil {
		return r, nil
	}
	from, _ := m.Wallet(item.Spend.Released().Wallet)
	back := from
	if to := item.Spend.Released().To; to != "" {
		back, _ = m.Wallet(to)
	}
	var err error
	r.Spend, err = spendOf(item, from, back)
	return r, err
}

// read takes what the text says.
func (r *review) read(pol *policy.Policy, files []quorum.File, item *signer.Item) {
	p := item.Report.Proposal
	r.Maker, r.Memo, r.Wallet, r.Expires = person(pol, p.Maker), p.Memo, string(p.Wallet), p.Expires
	if p.Kind() == quorum.KindSweep {
		r.To = string(p.To)
	}
	if !p.Replaces.IsZero() {
		r.Replaces = p.Replaces.String()
	}
	var first []record.Pay
	if item.Spend != nil {
		first = item.Spend.FirstTime()
	}
	for _, pay := range p.Pays {
		isFirst := slices.ContainsFunc(first, func(f record.Pay) bool { return f.Label == pay.Label })
		label := string(pay.Label)
		if pay.Indexed {
			label += "#" + text.FormatUint(pay.Index)
		}
		r.Pays = append(r.Pays, payReview{pay.Amount.String(), label, pay.Address.String(), isFirst})
	}
	for _, s := range p.Seen {
		r.Logs = append(r.Logs, logReview{Signer: string(s.Device), Seen: s.Size, Brought: brought(pol, files, s.Device)})
	}
}

// brought is the size of a signer's log by its signed checkpoint in the bundle.
func brought(pol *policy.Policy, files []quorum.File, id text.ID) *int64 {
	device, ok := pol.Device(id)
	i := slices.IndexFunc(files, func(f quorum.File) bool { return f.Name == string(id)+".checkpoint" })
	if !ok || i < 0 {
		return nil
	}
	v, err := auditlog.ParseVerifier(device.Verifier)
	if err != nil {
		return nil
	}
	c, err := auditlog.OpenCheckpoint(files[i].Bytes, v)
	if err != nil {
		return nil
	}
	return &c.Size
}

// spendOf computes what leaves a wallet and what comes back to it, or arrives in
// another one of the vault.
func spendOf(item *signer.Item, from, back *custody.Descriptor) (*spendReview, error) {
	released := item.Spend.Released()
	count, sum := item.Spend.Inputs()
	var paid custody.Amount
	var scripts [][]byte
	for _, out := range item.Packet.Tx.TxOut {
		scripts = append(scripts, out.PkScript)
	}
	for _, p := range released.Pays {
		var err error
		if paid, err = paid.Add(p.Amount); err != nil {
			return nil, err
		}
	}
	leaves, err := paid.Add(released.Fee)
	if err != nil {
		return nil, err
	}
	of := paid
	if len(released.Pays) == 0 {
		if of, err = sum.Sub(released.Fee); err != nil {
			return nil, err
		}
	}
	s := &spendReview{TxID: released.Rungs[0].TxID.String(), Inputs: count, Sum: sum.String(), Fee: released.Fee.String(), Out: leaves.String(),
		FeeRate: big.NewRat(int64(released.Fee), custody.WithdrawalVsize(from, count, scripts)).FloatString(1),
		Share:   new(big.Rat).Mul(big.NewRat(int64(released.Fee), max(1, int64(of))), big.NewRat(100, 1)).FloatString(3),
		Change:  []changeReview{}, Again: item.Spend.Again()}
	for _, c := range released.Rungs[0].Change {
		script, err := back.Derive(custody.Change, c.Index)
		if err != nil {
			return nil, err
		}
		s.Change = append(s.Change, changeReview{c.Amount.String(), script.Address(back.Network()).String()})
	}
	return s, nil
}

// person is an officer's id and name, as the policy has them.
func person(pol *policy.Policy, id text.ID) string {
	for _, o := range pol.Officers {
		if o.ID == id {
			return fmt.Sprintf("%s, %s (%s)", o.ID, o.Name, o.Org)
		}
	}
	return string(id)
}

func reasonsOf(list []quorum.Reason) []reasonReview {
	out := []reasonReview{}
	for _, r := range list {
		out = append(out, reasonReview{string(r.Code), r.Text})
	}
	return out
}

// amount writes a sum with its unit.
func (r review) amount(s string) string { return strings.TrimSpace(s + " " + r.Unit) }
