package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// moveFlags are what the maker of a movement within the vault asks for.
type moveFlags struct {
	askFlags
	wallet, to, moves, feeMax, bind, replaces string
	coins                                     []string
}

func internalCommand(w cli.World, home *string) *cobra.Command {
	var f moveFlags
	cmd := &cobra.Command{
		Use:   "internal",
		Short: "propose to move coins within a wallet: gather, split, or take back",
		Long: "The wallet pays itself: many coins become few, or one becomes many, at fresh change addresses. Within the wallet in state next it is a spend on trial, before everything goes there. With --replaces it takes the place of a withdrawal that hangs, spending the same coins, so that they come back.\n" +
			"The text sets the most that may move and the most that the network may take; build chooses the coins.",
		Example: "strongroom propose internal --wallet main --fee-max 0.00050000 \\\n  --memo \"fewer coins while fees are low\" --key ~/.ssh/id_ed25519",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return inDesk(w, *home, func(d *desk) error {
				return d.ask(cmd.Context(), f.askFlags, false, func(v *view) (quorum.Body, error) { return d.internal(cmd.Context(), v, f) })
			})
		},
	}
	cmd.Flags().StringVar(&f.wallet, "wallet", "", "within wallet `ID` (default: the active one)")
	addMoveFlags(cmd, &f)
	return cmd
}

func sweepCommand(w cli.World, home *string) *cobra.Command {
	var f moveFlags
	cmd := &cobra.Command{
		Use:   "sweep",
		Short: "propose to move a wallet's coins to the wallet that follows it",
		Long: "Every output goes to the change branch of the policy's wallet in state next, which the signers have enrolled and derive for themselves. No address is typed or shown, and none can be exchanged. What a retired wallet was paid late may go to an active one too.\n" +
			"One text is one transaction. When more coins are there than fit into one, propose again until the wallet is empty; 'strongroom wallet sweep-plan' says what that takes.",
		Example: "strongroom propose sweep --from main --to vault-2027 --fee-max 0.00100000 \\\n  --memo \"new keys\" --key ~/.ssh/id_ed25519",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return inDesk(w, *home, func(d *desk) error {
				return d.ask(cmd.Context(), f.askFlags, false, func(v *view) (quorum.Body, error) { return d.sweep(cmd.Context(), v, f) })
			})
		},
	}
	cmd.Flags().StringVar(&f.wallet, "from", "", "empty wallet `ID` (default: the only one that is not the next)")
	cmd.Flags().StringVar(&f.to, "to", "", "into wallet `ID` (default: the one in state next, else the active one)")
	addMoveFlags(cmd, &f)
	return cmd
}

func addMoveFlags(cmd *cobra.Command, f *moveFlags) {
	flags := cmd.Flags()
	flags.StringVar(&f.moves, "moves", "", "the most that the coins spent may come to, an `AMOUNT` (default: what the node says is there)")
	flags.StringArrayVar(&f.coins, "coin", nil, "let as much move as the coin `TXID:N` has; repeatable")
	flags.StringVar(&f.feeMax, "fee-max", "", "the most that the network may take, an `AMOUNT` in coins")
	flags.StringVar(&f.bind, "bind-txid", "", bindUsage)
	flags.StringVar(&f.replaces, "replaces", "", "take the place of the released proposal `ID`, spending the same coins")
	addAskFlags(cmd, &f.askFlags, true)
	cmd.MarkFlagsMutuallyExclusive("moves", "coin")
	cmd.MarkFlagsMutuallyExclusive("replaces", "coin")
	cobra.CheckErr(cmd.MarkFlagRequired("fee-max"))
}

// movement is what internal and sweep have in common.
type movement struct {
	moves, feeMax custody.Amount
	bind          *chainhash.Hash
	replaces      text.Hash
}

// internal writes down what the maker of an internal movement asks for.
func (d *desk) internal(ctx context.Context, v *view, f moveFlags) (quorum.Body, error) {
	wallet, err := activeWallet(v.policy, f.wallet)
	if err != nil {
		return nil, err
	}
	m, err := d.movement(ctx, v, wallet, f)
	return quorum.Internal{Wallet: wallet, Moves: m.moves, FeeMax: m.feeMax, BindTx: m.bind, Replaces: m.replaces}, err
}

// sweep writes down what the maker of a sweep asks for.
func (d *desk) sweep(ctx context.Context, v *view, f moveFlags) (quorum.Body, error) {
	from, to, err := sweptWallets(v.policy, f.wallet, f.to)
	if err != nil {
		return nil, err
	}
	m, err := d.movement(ctx, v, from, f)
	if err != nil {
		return nil, err
	}
	d.warnNotEnrolled(v, from, to)
	return quorum.Sweep{From: from, To: to, Moves: m.moves, FeeMax: m.feeMax, BindTx: m.bind, Replaces: m.replaces}, nil
}

// onlyWallet returns the wallet named, or the only one of the policy in a state.
func onlyWallet(p *policy.Policy, flag, named string, is func(policy.WalletState) bool) (text.ID, error) {
	if named != "" {
		id, err := text.ParseID(named)
		if err != nil {
			return "", cli.Usagef("%s: %w", flag, err)
		}
		return id, nil
	}
	var fit []text.ID
	for _, w := range p.Wallets {
		if is(w.State) {
			fit = append(fit, w.ID)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) == 0 && is(policy.Next):
		return "", cli.Hint(refuse(quorum.TextWallet, "to: want a wallet in state next in policy %d, found none", p.Version), "strongroom wallet enroll ID --threshold M   # in a draft of the next policy")
	}
	return "", cli.Usagef("%s: want one of %s, found none named", flag, list(fit))
}

func (d *desk) movement(ctx context.Context, v *view, wallet text.ID, f moveFlags) (m movement, err error) {
	if m.feeMax, err = custody.ParseAmount(f.feeMax); err != nil {
		return m, cli.Usagef("--fee-max: %w", err)
	}
	if m.bind, err = boundTo(f.bind); err != nil {
		return m, err
	}
	if m.replaces, err = d.replaced(f.replaces); err != nil {
		return m, err
	}
	if f.moves != "" {
		if m.moves, err = custody.ParseAmount(f.moves); err != nil {
			return m, cli.Usagef("--moves: %w", err)
		}
		return m, nil
	}
	m.moves, err = d.movable(ctx, v, wallet, m.replaces, f.coins)
	return m, err
}

// bindUsage is what --bind-txid does for every kind that spends coins.
const bindUsage = "allow this one transaction only, `TXID`"

// boundTo reads the transaction that a proposal is bound to; nil for none.
func boundTo(typed string) (*chainhash.Hash, error) {
	if typed == "" {
		return nil, nil
	}
	id, err := record.ParseTxID(typed)
	if err != nil {
		return nil, cli.Usagef("--bind-txid: %w", err)
	}
	return &id, nil
}

// movable adds up, by the node, the coins named; without any, those of the
// proposal that is replaced; without that, all that no signer has released.
func (d *desk) movable(ctx context.Context, v *view, wallet text.ID, replaces text.Hash, named []string) (custody.Amount, error) {
	desc, err := d.wallet(v.policy, wallet)
	if err != nil {
		return 0, err
	}
	points, err := outpoints(named)
	if err != nil {
		return 0, err
	}
	line, err := lineage(v.signers, replaces)
	if err != nil {
		return 0, err
	}
	for _, r := range line {
		points = append(points, inputsOf(r)...)
	}
	set, err := d.coins(ctx, v.policy, wallet, desc, false)
	if err != nil {
		return 0, err
	}
	coins := set.Coins()
	if len(points) > 0 {
		if coins, err = pickCoins(coins, wallet, points); err != nil {
			return 0, err
		}
	} else {
		coins = slices.DeleteFunc(coins, func(c custody.Coin) bool { return spent(v.signers, c.Outpoint) })
	}
	if len(coins) == 0 {
		return 0, cli.Hint(fmt.Errorf("coins: want some in wallet %s that can move, found none", wallet), "strongroom wallet coins %s", wallet)
	}
	return worth(coins)
}

// outpoints reads coins as they are typed, TXID:N.
func outpoints(typed []string) ([]wire.OutPoint, error) {
	var out []wire.OutPoint
	for _, s := range typed {
		o, err := record.ParseOutPoint(s)
		if err != nil {
			return nil, cli.Usagef("--coin: %w", err)
		}
		out = append(out, o)
	}
	return out, nil
}

// pickCoins returns the coins at the outpoints, each once.
func pickCoins(coins []custody.Coin, wallet text.ID, points []wire.OutPoint) ([]custody.Coin, error) {
	var out []custody.Coin
	for _, o := range points {
		at := func(c custody.Coin) bool { return c.Outpoint == o }
		i := slices.IndexFunc(coins, at)
		if i < 0 {
			return nil, cli.Hint(fmt.Errorf("coin %s: want one that wallet %s has, by the node, found none", o, wallet), "strongroom wallet coins %s", wallet)
		}
		if !slices.ContainsFunc(out, at) {
			out = append(out, coins[i])
		}
	}
	return out, nil
}

// worth adds coins up.
func worth(coins []custody.Coin) (custody.Amount, error) {
	var sum custody.Amount
	for _, c := range coins {
		var err error
		if sum, err = sum.Add(c.Value); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// inputsOf returns every coin that a release spends in any of its transactions.
func inputsOf(r record.Release) []wire.OutPoint {
	var out []wire.OutPoint
	for _, g := range r.Rungs {
		out = append(out, g.Inputs...)
	}
	slices.SortFunc(out, record.CompareOutPoints)
	return slices.Compact(out)
}

// warnNotEnrolled tells of a sweep that too few signers could judge yet: each
// enrolls the next wallet before it lets coins go there.
func (d *desk) warnNotEnrolled(v *view, from, to text.ID) {
	var have []text.ID
	for _, s := range v.signers {
		if _, ok := s.state.Wallet(to); ok && v.policy.Cosigns(from, s.device) {
			have = append(have, s.device)
		}
	}
	if need := v.policy.FewestSigners(from); len(have) < need {
		d.world.Warnf("wallet %s: want it enrolled on %d signers that hold a key of %s, found it, by their logs, on %s; until then the sweep is refused", to, need, from, list(have))
	}
}
