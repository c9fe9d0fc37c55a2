package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// sweepFlags are what a sweep's plan is made for.
type sweepFlags struct {
	feeRate uint32
	most    int
	json    *bool
}

func walletSweepPlan(w cli.World, home *string) *cobra.Command {
	var f sweepFlags
	cmd := &cobra.Command{
		Use:   "sweep-plan [FROM [TO]]",
		Short: "what emptying a wallet takes: transactions, fees, and what stays behind",
		Long: "Asks the node for the wallet's coins and shares them out: one small coin on trial, then transactions as large as nodes relay, the largest coins first, then what is not worth its fee. " +
			"It writes nothing and asks nobody: each transaction is a proposal of its own, whose command is shown. The fee ceilings are twice the fee at this rate, for fees that rise meanwhile.",
		Example: "strongroom wallet sweep-plan main vault-2027 --fee-rate 4",
		Args:    cobra.MaximumNArgs(2),
	}
	cmd.Flags().Uint32Var(&f.feeRate, "fee-rate", usualFeeRate, "plan with `SAT` satoshi for each virtual byte")
	cmd.Flags().IntVar(&f.most, "coins", 0, "spend at most `N` coins in one transaction (default: as many as nodes relay)")
	f.json = cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.feeRate < 1 || f.most < 0 {
			return cli.Usagef("--fee-rate, --coins: want at least 1 satoshi a virtual byte and no fewer than 0 coins, found %d and %d", f.feeRate, f.most)
		}
		return inDesk(w, *home, func(d *desk) error { return d.tellSweep(cmd.Context(), args, f) })
	}
	return cmd
}

// sweepJSON is a plan in machine form. Amounts are texts with eight decimals.
type sweepJSON struct {
	From         text.ID     `json:"from"`
	To           text.ID     `json:"to"`
	Unit         string      `json:"unit"`
	FeeRate      uint32      `json:"fee_rate"`
	Transactions []batchJSON `json:"transactions"`
	Moves        string      `json:"moves"`
	Fees         string      `json:"fees"`
	Left         []string    `json:"left"` // coins that stay where they are
	LeftWorth    string      `json:"left_worth"`
}

type batchJSON struct {
	Trial   bool     `json:"trial"`
	Coins   []string `json:"coins"`
	Moves   string   `json:"moves"`
	Fee     string   `json:"fee"`
	Arrives string   `json:"arrives"`
	Vsize   int64    `json:"vsize"`
	Propose string   `json:"propose"`
}

func (d *desk) tellSweep(ctx context.Context, args []string, f sweepFlags) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	named := slices.Concat(args, []string{"", ""})
	from, to, err := sweptWallets(v.policy, named[0], named[1])
	if err != nil {
		return err
	}
	if f.feeRate > v.policy.FeeRateMax {
		return cli.Usagef("--fee-rate: want at most %d satoshi a virtual byte, the policy's, found %d", v.policy.FeeRateMax, f.feeRate)
	}
	s := sweeper{rate: custody.Amount(f.feeRate), share: v.policy.FeeShareMax, most: f.most}
	if s.from, err = d.wallet(v.policy, from); err != nil {
		return err
	}
	if s.to, err = d.wallet(v.policy, to); err != nil {
		return err
	}
	goes, err := s.to.Derive(custody.Change, 0)
	if err != nil {
		return err
	}
	s.output = goes.Output
	set, err := d.coins(ctx, v.policy, from, s.from, false)
	if err != nil {
		return err
	}
	p, err := s.plan(slices.DeleteFunc(set.Coins(), func(c custody.Coin) bool { return spent(v.signers, c.Outpoint) }))
	if err != nil {
		return err
	}
	r, err := sweepReport(p, from, to, f.feeRate, d.network)
	if err != nil {
		return err
	}
	if *f.json {
		return d.world.JSON(r)
	}
	showSweep(d.world, r, d.network)
	return nil
}

// sweptWallets returns the wallets named, or those that a sweep without names is
// about: to the wallet in state next, or where there is none from the retired
// one to the active one.
func sweptWallets(p *policy.Policy, from, to string) (a, b text.ID, err error) {
	next := func(s policy.WalletState) bool { return s == policy.Next }
	leaves := func(s policy.WalletState) bool { return s != policy.Next }
	if !slices.ContainsFunc(p.Wallets, func(w policy.Wallet) bool { return next(w.State) }) && retired(p, from) {
		leaves = func(s policy.WalletState) bool { return s == policy.Retired }
		next = func(s policy.WalletState) bool { return s == policy.Active }
	}
	if a, err = onlyWallet(p, "--from", from, leaves); err != nil {
		return "", "", err
	}
	b, err = onlyWallet(p, "--to", to, next)
	return a, b, err
}

// retired says whether a wallet is, or whether there is one when none is named.
func retired(p *policy.Policy, named string) bool {
	return slices.ContainsFunc(p.Wallets, func(w policy.Wallet) bool {
		return w.State == policy.Retired && (named == "" || named == string(w.ID))
	})
}

func sweepReport(p sweepPlan, from, to text.ID, rate uint32, n custody.Network) (sweepJSON, error) {
	r := sweepJSON{From: from, To: to, Unit: n.Unit(), FeeRate: rate, Transactions: []batchJSON{}, Left: []string{}}
	var moves, fees custody.Amount
	all := p.batches
	if p.trial != nil {
		all = slices.Insert(slices.Clone(all), 0, *p.trial)
	}
	for i, b := range all {
		moves, fees = moves+b.moves, fees+b.fee
		out := batchJSON{Trial: i == 0 && p.trial != nil, Moves: b.moves.String(), Fee: b.fee.String(), Arrives: b.arrives.String(), Vsize: b.vsize}
		for _, c := range b.coins {
			out.Coins = append(out.Coins, c.Outpoint.String())
		}
		what := "--moves " + b.moves.String()
		if out.Trial {
			what = "--coin " + out.Coins[0]
		}
		out.Propose = fmt.Sprintf("strongroom propose sweep --from %s --to %s %s --fee-max %s --memo TEXT", from, to, what, 2*b.fee)
		r.Transactions = append(r.Transactions, out)
	}
	for _, c := range p.left {
		r.Left = append(r.Left, c.Outpoint.String())
	}
	left, err := worth(p.left)
	r.Moves, r.Fees, r.LeftWorth = moves.String(), fees.String(), left.String()
	return r, err
}

func showSweep(w cli.World, r sweepJSON, n custody.Network) {
	banner(w, n)
	w.Field("sweep", fmt.Sprintf("from wallet %s to wallet %s, at %d satoshi a virtual byte", r.From, r.To, r.FeeRate))
	w.Field("moves", fmt.Sprintf("%s %s in %s", r.Moves, r.Unit, count(len(r.Transactions), "transaction")))
	w.Field("fees", r.Fees+" "+r.Unit)
	w.Field("left behind", fmt.Sprintf("%s, %s %s: worth less than what moving them costs, or may cost", count(len(r.Left), "coin"), r.LeftWorth, r.Unit))
	if len(r.Transactions) == 0 {
		return
	}
	var rows [][]string
	for i, b := range r.Transactions {
		what := fmt.Sprint(i + 1)
		if b.Trial {
			what += ", on trial"
		}
		rows = append(rows, []string{what, fmt.Sprint(len(b.Coins)), b.Moves, b.Fee, b.Arrives, fmt.Sprint(b.Vsize)})
	}
	w.Text("")
	w.Table([]string{"transaction", ">coins", ">moves", ">fee", ">arrives", ">vbytes"}, rows)
	w.Text("\nEach is a proposal of its own; build and send one before the next is built:\n")
	for _, b := range r.Transactions {
		fmt.Fprintln(w.Out, "  "+b.Propose)
	}
}
