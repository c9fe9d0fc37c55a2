package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
)

// buildFlags say how a transaction is built.
type buildFlags struct {
	feeRate uint32
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
			"The proposal binds payments and a fee ceiling, not coins, so this is done last, when fees are known.",
		Example: "strongroom build 4f1c09ab --fee-rate 5",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error { return d.build(cmd.Context(), args[0], f) })
		},
	}
	cmd.Flags().Uint32Var(&f.feeRate, "fee-rate", usualFeeRate, "pay `SAT` satoshi for each virtual byte")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write the PSBT to the new file `FILE` as well")
	f.json = cli.JSONFlag(cmd)
	return cmd
}

// buildReport tells what was built.
type buildReport struct {
	ID        string           `json:"id"`
	TxID      string           `json:"txid"`
	Inputs    []string         `json:"inputs"`
	Fee       string           `json:"fee"`
	Vsize     int64            `json:"vsize"`
	Change    string           `json:"change"`
	Index     uint32           `json:"change_index"`
	Unit      string           `json:"unit"`
	Forecasts []forecastReport `json:"forecasts"`
	Next      string           `json:"next"`
}

func (d *desk) build(ctx context.Context, prefix string, f buildFlags) error {
	if f.feeRate < 1 {
		return cli.Usagef("--fee-rate: want at least 1 satoshi a virtual byte, found %d", f.feeRate)
	}
	x, err := d.buildable(ctx, prefix)
	if err != nil {
		return err
	}
	set, err := d.coins(ctx, x.policy, x.order.proposal.Wallet, x.wallet, false)
	if err != nil {
		return err
	}
	plan, err := d.plan(x, set, custody.Amount(f.feeRate))
	if err != nil {
		return err
	}
	packet, err := custody.NewPSBT(x.wallet, plan.coins, plan.pays, plan.change, x.order.proposal.Block.Height)
	if err != nil {
		return err
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

// buildable returns an order for which a transaction may be built, seen with the
// node's newest headers.
func (d *desk) buildable(ctx context.Context, prefix string) (*dossier, error) {
	v, err := d.newestView(ctx)
	if err == nil {
		err = d.noForks(v)
	}
	if err != nil {
		return nil, err
	}
	x, err := d.dossier(v, prefix)
	if err != nil {
		return nil, err
	}
	if x.wallet == nil {
		return nil, cli.Hint(fmt.Errorf("wallet: want the descriptor of %s in the registry, found none", x.order.proposal.Wallet), "strongroom wallet show")
	}
	return x, mayBuild(x.order)
}

// mayBuild refuses what another transaction could only spoil, and what no
// signer will release any more.
func mayBuild(o *order) error {
	if len(o.releases) > 0 {
		return refuse(quorum.TxSecond, "transaction: want %s, which signers released for this proposal, found a wish to build another", o.txids()[0])
	}
	for _, r := range o.report.Reasons {
		switch r.Code {
		case quorum.StateVetoed, quorum.ClkExpired, quorum.StateReplay:
			return refusal([]quorum.Reason{r})
		}
	}
	return nil
}

func (d *desk) tellBuilt(x *dossier, packet *custody.PSBT, p *plan, asJSON bool) error {
	o := x.order
	r := buildReport{ID: o.id.String(), TxID: packet.TxID().String(), Fee: p.fee.String(), Vsize: p.vsize, Unit: d.network.Unit(),
		Change: custody.Amount(0).String(), Next: "strongroom bundle " + o.id.Short() + " --check -o DIR"}
	for _, in := range packet.Tx.TxIn {
		r.Inputs = append(r.Inputs, in.PreviousOutPoint.String())
	}
	if p.change != nil {
		r.Change, r.Index = p.change.Value.String(), p.change.Index
	}
	all := x.forecasts(packet)
	r.Forecasts = forecastReports(all)
	if asJSON {
		return d.world.JSON(r)
	}
	banner(d.world, d.network)
	d.world.Field("id", r.ID)
	d.world.Field("transaction", r.TxID)
	d.world.Field("spends", count(len(r.Inputs), "coin"))
	d.world.Field("fee", fmt.Sprintf("%s, %s for about %d virtual bytes", p.fee.In(d.network), rateText(p.fee, p.vsize), p.vsize))
	if p.change == nil {
		d.world.Field("change", "none")
	} else {
		d.world.Field("change", fmt.Sprintf("%s to change address %d", p.change.Value.In(d.network), p.change.Index))
	}
	showForecasts(d.world, all)
	showCommand(d.world, "next", r.Next)
	return nil
}
