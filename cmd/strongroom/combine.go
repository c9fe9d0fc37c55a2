package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// combineCommand makes the final transaction of the signers' answers.
func combineCommand(w cli.World, home *string) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "combine ID [PSBT...]",
		Short: "make the final transaction of the signers' answers",
		Long: "Takes the answers given, or those received, checks every signature, runs every script as a node would, checks that the transaction pays what the proposal says, or the vault's own wallet, and keeps it.\n" +
			"With -o the transaction is written in hex, as bitcoin-cli sendrawtransaction takes it.",
		Example: "strongroom combine 4f1c09ab",
		Args:    cobra.MinimumNArgs(1),
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write the transaction in hex to the new file `FILE`")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.combine(args[0], args[1:], out, *asJSON) })
	}
	return cmd
}

// combineReport tells of the final transaction.
type combineReport struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	TxID  string `json:"txid"`
	Moved string `json:"moved"`        // what all outputs come to
	To    string `json:"to,omitempty"` // internal and sweep: the wallet of all outputs
	Vsize int64  `json:"vsize"`
	Fee   string `json:"fee"`
	Unit  string `json:"unit"`
	Next  string `json:"next"`
}

func (d *desk) combine(prefix string, names []string, out string, asJSON bool) error {
	x, err := d.open(prefix)
	if err != nil {
		return err
	}
	o := x.order
	if err := spends(o); err != nil {
		return err
	}
	wallet, err := d.wallet(x.policy, o.proposal.Wallet)
	if err != nil {
		return err
	}
	packets, files, err := d.answers(o, names)
	if err != nil {
		return err
	}
	tx, fee, err := x.finish(wallet, packets)
	if err != nil {
		return err
	}
	var raw bytes.Buffer
	if err := tx.Serialize(&raw); err != nil {
		return err
	}
	if out != "" {
		if err := writeOut(out, []byte(hex.EncodeToString(raw.Bytes())+"\n")); err != nil {
			return err
		}
	}
	for _, b := range files {
		if _, err := d.reg.PutPSBT(o.id, b); err != nil {
			return err
		}
	}
	if _, err := d.reg.PutTx(tx); err != nil {
		return err
	}
	return d.tellCombined(o, tx, fee, asJSON)
}

// answers reads the signed packets given, or takes those that were received.
// files are the bytes of those that are new.
func (d *desk) answers(o *order, names []string) (packets []*custody.PSBT, files [][]byte, err error) {
	for _, name := range names {
		b, err := d.world.ReadFile(name, maxAnswerFile)
		if err != nil {
			return nil, nil, err
		}
		p, err := custody.DecodePSBT(bytes.Clone(b))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		packets, files = append(packets, p), append(files, binary(b, p))
	}
	if len(names) == 0 {
		packets = o.signedPackets()
	}
	if len(packets) == 0 {
		return nil, nil, cli.Hint(fmt.Errorf("transaction: want signed answers to %s, found none received", o.id.Short()), "strongroom receive DIR")
	}
	return packets, files, nil
}

// finish combines packets and returns the finished transaction, checked as a
// node checks it, and its fee.
func (x *dossier) finish(w *custody.Descriptor, packets []*custody.PSBT) (*wire.MsgTx, custody.Amount, error) {
	o := x.order
	whole, err := custody.Combine(packets...)
	if err != nil {
		return nil, 0, err
	}
	if err := x.checkOutputs(whole); err != nil {
		return nil, 0, err
	}
	if txid := whole.TxID(); len(o.releases) > 0 && !slices.Contains(o.txids(), txid) {
		return nil, 0, refuse(quorum.TxSecond, "transaction: want %s, which signers released for this proposal, found %s", o.txids()[0], txid)
	}
	final, err := custody.Finalize(whole, w)
	var missing *custody.MissingError
	if errors.As(err, &missing) {
		return nil, 0, cli.Hint(err, "strongroom bundle %s --check -o DIR", o.id.Short())
	}
	if err != nil {
		return nil, 0, err
	}
	fee, err := final.Fee()
	if err != nil {
		return nil, 0, err
	}
	tx, err := custody.Extract(final)
	return tx, fee, err
}

// checkOutputs refuses a transaction that is not the order's. Signers have judged
// all of it; this is for a mix-up of files.
func (x *dossier) checkOutputs(p *custody.PSBT) error {
	order := x.order.proposal
	if order.To == "" {
		return pays(p.Tx, order.Pays, order)
	}
	to := x.descriptor(order.To)
	if to == nil {
		return fmt.Errorf("wallet: want the descriptor of %s in the registry, found none", order.To)
	}
	for i, out := range p.Tx.TxOut {
		branch, index, err := p.Outputs[i].Claim(to)
		if err != nil {
			return refuse(quorum.TxOutput, "output %d: want one to wallet %s, found another", i, order.To)
		}
		s, err := to.Derive(branch, index)
		if err != nil || branch != custody.Change || !bytes.Equal(s.Output, out.PkScript) {
			return refuse(quorum.TxChange, "output %d: want a change address of wallet %s, found another", i, order.To)
		}
	}
	return nil
}

// pays refuses a transaction that leaves out a payment of the proposal.
func pays(tx *wire.MsgTx, want []record.Pay, p *quorum.Proposal) error {
	outs := slices.Clone(tx.TxOut)
	for _, pay := range want {
		i := slices.IndexFunc(outs, func(o *wire.TxOut) bool {
			return o.Value == int64(pay.Amount) && bytes.Equal(o.PkScript, pay.Address.Script())
		})
		if i < 0 {
			return refuse(quorum.TxOutput, "payment: want %s to %s at %s, found no such output", pay.Amount.In(p.Network), payee(pay), pay.Address)
		}
		outs = slices.Delete(outs, i, i+1)
	}
	return nil
}

func (d *desk) tellCombined(o *order, tx *wire.MsgTx, fee custody.Amount, asJSON bool) error {
	vsize := int64(tx.SerializeSizeStripped()*3+tx.SerializeSize()+3) / 4
	var moved custody.Amount
	for _, out := range tx.TxOut {
		moved += custody.Amount(out.Value) // checked with the fee
	}
	r := combineReport{ID: o.id.String(), Kind: string(o.proposal.Kind()), TxID: tx.TxHash().String(), Moved: moved.String(), To: string(o.proposal.To), Vsize: vsize, Fee: fee.String(), Unit: d.network.Unit(),
		Next: "strongroom broadcast " + o.id.Short() + " --wait 1"}
	if asJSON {
		return d.world.JSON(r)
	}
	banner(d.world, d.network)
	d.world.Field("id", r.ID)
	d.world.Field("transaction", r.TxID)
	if r.To != "" {
		d.world.Field("moves", fmt.Sprintf("%s into %s of wallet %s", moved.In(d.network), count(len(tx.TxOut), "output"), r.To))
	}
	d.world.Field("size", text.FormatUint(uint64(vsize))+" virtual bytes, every script run")
	d.world.Field("fee", fmt.Sprintf("%s, %s", fee.In(d.network), rateText(fee, vsize)))
	showCommand(d.world, "next", r.Next)
	return nil
}
