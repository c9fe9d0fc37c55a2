package main

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// handoutCommand writes a released transaction for a hardware wallet.
func handoutCommand(w cli.World, home *string) *cobra.Command {
	var f handoutFlags
	cmd := &cobra.Command{
		Use:   "handout ID",
		Short: "write a released transaction for an external cosigner's hardware wallet",
		Long: "Writes the transaction without any signature, as a PSBT that Coldcard, Sparrow and others read. No policy binds the one who signs it, " +
			"so it is written only when as many signers have released it, by their logs, as every spend takes beside the external cosigners; and not when it was vetoed, cancelled or frozen since.\n" +
			"Its custodian compares what the device shows with what is said here, and signs. What comes back goes the way of all answers: strongroom receive FILE.",
		Example: "strongroom handout 4f1c09ab -o /media/card/4f1c09ab.psbt",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error { return d.handout(args[0], f) })
		},
	}
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write the PSBT to the new file `FILE`")
	cmd.Flags().StringVar(&f.txid, "txid", "", "hand out the transaction `TXID`, where several were released")
	f.json = cli.JSONFlag(cmd)
	cobra.CheckErr(cmd.MarkFlagRequired("output"))
	return cmd
}

type handoutFlags struct {
	out, txid string
	json      *bool
}

// handoutReport tells what was handed out, as the device has to show it.
type handoutReport struct {
	ID      string          `json:"id"`
	TxID    string          `json:"txid"`
	File    string          `json:"file"`
	SHA256  string          `json:"sha256"`
	For     []text.ID       `json:"for"`
	Outputs []handoutOutput `json:"outputs"`
	Fee     string          `json:"fee"`
	Unit    string          `json:"unit"`
	Next    string          `json:"next"`
}

type handoutOutput struct {
	Address string `json:"address"`
	Amount  string `json:"amount"`
	Own     bool   `json:"own"` // back to a wallet of the vault
}

func (d *desk) handout(prefix string, f handoutFlags) error {
	x, err := d.open(prefix)
	if err != nil {
		return err
	}
	if err := spends(x.order); err != nil {
		return err
	}
	if err := x.mayHandOut(); err != nil {
		return err
	}
	packet, err := x.order.unsigned(f.txid)
	if err != nil {
		return err
	}
	r, err := x.handoutReport(packet)
	if err != nil {
		return err
	}
	b := packet.Bytes()
	if err := writeOut(f.out, b); err != nil {
		return err
	}
	r.File, r.SHA256, r.Next = f.out, text.Identity(b).String(), "strongroom receive FILE && strongroom combine "+x.order.id.Short()
	if *f.json {
		return d.world.JSON(r)
	}
	showHandout(d.world, r, d.network)
	return nil
}

// mayHandOut refuses a transaction that nobody outside should sign: one that too
// few signers have released, or that was stopped since.
func (x *dossier) mayHandOut() error {
	o := x.order
	if len(x.policy.External(o.proposal.Wallet)) == 0 {
		return cli.Hint(fmt.Errorf("wallet %s: want an external cosigner to hand a transaction to, found signers only", o.proposal.Wallet), "strongroom bundle %s --check -o DIR", o.id.Short())
	}
	if need := x.policy.FewestSigners(o.proposal.Wallet); len(o.releases) < need {
		return cli.Hint(fmt.Errorf("transaction: want it released by %s before anybody outside signs it, found %d", count(need, "signer"), len(o.releases)),
			"strongroom bundle %s --check -o DIR", o.id.Short())
	}
	for _, r := range o.report.Reasons {
		switch r.Code {
		case quorum.StateVetoed, quorum.StateKilled, quorum.FrzActive:
			return refusal([]quorum.Reason{r})
		}
	}
	return nil
}

// handoutReport says what a device that knows the wallet shows.
func (x *dossier) handoutReport(p *custody.PSBT) (handoutReport, error) {
	o := x.order
	r := handoutReport{ID: o.id.String(), TxID: p.TxID().String(), For: x.policy.External(o.proposal.Wallet), Unit: x.policy.Network.Unit()}
	fee, err := p.Fee()
	if err != nil {
		return r, err
	}
	r.Fee = fee.String()
	for i, out := range p.Tx.TxOut {
		a, ok := custody.AddressOf(x.policy.Network, out.PkScript)
		if !ok {
			return r, fmt.Errorf("output %d: want an address, found another script", i)
		}
		r.Outputs = append(r.Outputs, handoutOutput{a.String(), custody.Amount(out.Value).String(), x.comesBack(p, i)})
	}
	return r, nil
}

// comesBack says whether an output is an address of the vault, by deriving it.
func (x *dossier) comesBack(p *custody.PSBT, i int) bool {
	to := x.wallet
	if x.order.proposal.To != "" {
		to = x.descriptor(x.order.proposal.To)
	}
	if to == nil {
		return false
	}
	branch, index, err := p.Outputs[i].Claim(to)
	if err != nil {
		return false
	}
	s, err := to.Derive(branch, index)
	return err == nil && bytes.Equal(s.Output, p.Tx.TxOut[i].PkScript)
}

func showHandout(w cli.World, r handoutReport, n custody.Network) {
	banner(w, n)
	w.Field("id", r.ID)
	w.Field("transaction", r.TxID)
	w.Field("for", list(r.For)+", which no policy binds")
	for _, out := range r.Outputs {
		what := "pays"
		if out.Own {
			what = "keeps"
		}
		w.Field(what, out.Amount+" "+r.Unit+" to "+out.Address)
	}
	w.Field("fee", r.Fee+" "+r.Unit)
	w.Field("file", r.File)
	w.Field("SHA-256", r.SHA256)
	w.Text("The device must show exactly these payments and this fee. Anything else: do not sign, and call.")
	showCommand(w, "then", r.Next)
}
