package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// buildFlags say how a transaction is built.
type buildFlags struct {
	feeRate uint32
	coins   int      // of a movement within the vault: how many coins move at most; 0 for all that fit
	only    []string // and which
	outputs int      // and into how many outputs
	out     string
	json    *bool
}

// buildCommand makes an order's transaction.
func buildCommand(w cli.World, home *string) *cobra.Command {
	var f buildFlags
	cmd := &cobra.Command{
		Use:   "build ID",
		Short: "make the transaction that carries a proposal out",
		Long: "Chooses confirmed coins that no signer has released for another proposal, adds the change at the next unused index, and puts in the full previous transactions that signers demand. Then it judges the transaction as each signer will.\n" +
			"The proposal binds payments and a fee ceiling, not coins, so this is done last, when fees are known.\n" +
			"For a movement within the vault, internal or sweep, it takes as many coins as the proposal lets move: --coins and --coin take fewer, --outputs splits them evenly.",
		Example: "strongroom build 4f1c09ab --fee-rate 5\nstrongroom build 7be21d03 --coins 50 --outputs 4",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error { return d.build(cmd.Context(), args[0], f) })
		},
	}
	cmd.Flags().Uint32Var(&f.feeRate, "fee-rate", usualFeeRate, "pay `SAT` satoshi for each virtual byte")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write the PSBT to the new file `FILE` as well")
	cmd.Flags().IntVar(&f.coins, "coins", 0, "of internal and sweep: move at most `N` coins (default: all that fit)")
	cmd.Flags().StringArrayVar(&f.only, "coin", nil, "of internal and sweep: move the coin `TXID:N`; repeatable")
	cmd.Flags().IntVar(&f.outputs, "outputs", 1, "of internal and sweep: split into `K` equal outputs")
	cmd.MarkFlagsMutuallyExclusive("coins", "coin")
	f.json = cli.JSONFlag(cmd)
	return cmd
}

// check refuses numbers that mean nothing.
func (f buildFlags) check() error {
	switch {
	case f.feeRate < 1:
		return cli.Usagef("--fee-rate: want at least 1 satoshi a virtual byte, found %d", f.feeRate)
	case f.outputs < 1 || f.outputs > mostOutputs:
		return cli.Usagef("--outputs: want 1 to %d, found %d", mostOutputs, f.outputs)
	case f.coins < 0:
		return cli.Usagef("--coins: want 1 or more, found %d", f.coins)
	}
	return nil
}

// payments refuses what is for movements within the vault alone.
func (f buildFlags) payments(k quorum.Kind) error {
	if f.coins != 0 || len(f.only) > 0 || f.outputs != 1 {
		return cli.Usagef("--coins, --coin, --outputs: want an internal or a sweep to build with them, found a %s", k)
	}
	return nil
}

// buildReport tells what was built.
type buildReport struct {
	ID        string           `json:"id"`
	Kind      string           `json:"kind"`
	TxID      string           `json:"txid"`
	Inputs    []string         `json:"inputs"`
	Fee       string           `json:"fee"`
	Vsize     int64            `json:"vsize"`
	Change    string           `json:"change"`
	Index     uint32           `json:"change_index"`
	To        string           `json:"to,omitempty"`      // internal and sweep: the wallet of all outputs
	Outputs   []ownReport      `json:"outputs,omitempty"` // and the outputs
	Unit      string           `json:"unit"`
	Forecasts []forecastReport `json:"forecasts"`
	Next      string           `json:"next"`
}

// ownReport is an output that the vault pays itself.
type ownReport struct {
	Index  uint32 `json:"change_index"`
	Amount string `json:"amount"`
}

func (d *desk) build(ctx context.Context, prefix string, f buildFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	x, err := d.buildable(ctx, prefix)
	if err != nil {
		return err
	}
	set, err := d.coins(ctx, x.policy, x.order.proposal.Wallet, x.wallet, false)
	if err != nil {
		return err
	}
	plan, err := d.plan(ctx, x, set, f)
	if err != nil {
		return err
	}
	packet, err := plan.packet(x)
	if err != nil {
		return err
	}
	if b := x.order.proposal.BindTx; b != nil && *b != packet.TxID() {
		return refuse(quorum.TxBind, "transaction: want %s, which the proposal is bound to, found %s", b, packet.TxID())
	}
	if f.out != "" {
		if err := writeOut(f.out, packet.Bytes()); err != nil {
			return err
		}
	}
	if _, err := d.reg.PutPSBT(x.order.id, packet.Bytes()); err != nil {
		return err
	}
	return d.tellBuilt(x, packet, plan, *f.json)
}

// plan works out what the order's transaction spends and pays.
func (d *desk) plan(ctx context.Context, x *dossier, set *custody.CoinSet, f buildFlags) (*plan, error) {
	if x.order.proposal.To != "" {
		return d.planMove(ctx, x, set, f)
	}
	if err := f.payments(x.order.proposal.Kind()); err != nil {
		return nil, err
	}
	return d.planPayments(x, set, custody.Amount(f.feeRate))
}

// buildable returns an order for which a transaction may be built, seen with the
// node's newest headers.
func (d *desk) buildable(ctx context.Context, prefix string) (*dossier, error) {
	v, err := d.unforkedView(ctx)
	if err != nil {
		return nil, err
	}
	x, err := d.dossier(v, prefix)
	if err != nil {
		return nil, err
	}
	if err := spends(x.order); err != nil {
		return nil, err
	}
	if x.wallet == nil {
		return nil, cli.Hint(fmt.Errorf("wallet: want the descriptor of %s in the registry, found none", x.order.proposal.Wallet), "strongroom wallet show")
	}
	return x, mayBuild(x.order)
}

// spends refuses an order that has no transaction.
func spends(o *order) error {
	if k := o.proposal.Kind(); !k.Moves() {
		return cli.Hint(fmt.Errorf("transaction: want a proposal that moves coins, found a %s, which has none", k), "strongroom bundle %s --check -o DIR", o.id.Short())
	}
	return nil
}

// mayBuild refuses what another transaction could only spoil, and what no
// signer will release any more.
func mayBuild(o *order) error {
	if len(o.releases) > 0 {
		return refuse(quorum.TxSecond, "transaction: want %s, which signers released for this proposal, found a wish to build another", o.txids()[0])
	}
	for _, r := range o.report.Reasons {
		switch r.Code {
		case quorum.StateVetoed, quorum.StateKilled, quorum.ClkExpired, quorum.StateReplay, quorum.PolStale:
			return refusal([]quorum.Reason{r})
		}
	}
	return nil
}

func (d *desk) tellBuilt(x *dossier, packet *custody.PSBT, p *plan, asJSON bool) error {
	o := x.order
	all := x.forecasts(packet)
	r := buildReport{ID: o.id.String(), Kind: string(o.proposal.Kind()), TxID: packet.TxID().String(), Fee: p.fee.String(), Vsize: p.vsize, Unit: d.network.Unit(),
		To: string(o.proposal.To), Change: custody.Amount(0).String(), Forecasts: forecastReports(all), Next: "strongroom bundle " + o.id.Short() + " --check -o DIR"}
	for _, in := range packet.Tx.TxIn {
		r.Inputs = append(r.Inputs, in.PreviousOutPoint.String())
	}
	if p.change != nil {
		r.Change, r.Index = p.change.Value.String(), p.change.Index
	}
	for _, out := range p.own {
		r.Outputs = append(r.Outputs, ownReport{out.Index, out.Value.String()})
	}
	if asJSON {
		return d.world.JSON(r)
	}
	banner(d.world, d.network)
	d.world.Field("id", r.ID)
	d.world.Field("transaction", r.TxID)
	if err := d.showPlan(x, p); err != nil {
		return err
	}
	showForecasts(d.world, "", all)
	showCommand(d.world, "next", r.Next)
	return nil
}

// showPlan says where the coins go.
func (d *desk) showPlan(x *dossier, p *plan) error {
	sum, err := worth(p.coins)
	if err != nil {
		return err
	}
	spends := count(len(p.coins), "coin")
	if len(p.own) > 0 {
		spends += fmt.Sprintf(" of wallet %s, %s", x.order.proposal.Wallet, sum.In(d.network))
	}
	d.world.Field("spends", spends)
	d.world.Field("fee", fmt.Sprintf("%s, %s for about %d virtual bytes", p.fee.In(d.network), rateText(p.fee, p.vsize), p.vsize))
	switch {
	case len(p.own) > 0:
		d.world.Field("into", into(p.own, x.order.proposal.To, d.network))
	case p.change == nil:
		d.world.Field("change", "none")
	default:
		d.world.Field("change", fmt.Sprintf("%s to change address %d", p.change.Value.In(d.network), p.change.Index))
	}
	return nil
}

// into writes where a movement within the vault goes: equal outputs at change
// addresses in a row.
func into(own []custody.ChangeOutput, wallet text.ID, n custody.Network) string {
	first, last := own[0], own[len(own)-1]
	if len(own) == 1 {
		return fmt.Sprintf("wallet %s: %s at change address %d", wallet, first.Value.In(n), first.Index)
	}
	return fmt.Sprintf("wallet %s: %d x %s at change addresses %d to %d", wallet, len(own), first.Value.In(n), first.Index, last.Index)
}
