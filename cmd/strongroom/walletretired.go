package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func walletRetired(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retired",
		Short: "whether anything was paid to a retired wallet",
		Long: "Asks the node about every retired wallet. Coins that are worth moving are an alarm (exit status 4): somebody still pays to old addresses, and the old keys must not be wiped. " +
			"Run it daily, as long as anybody may know an address.",
		Example: "strongroom wallet retired --json",
		Args:    cobra.NoArgs,
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.tellRetired(cmd.Context(), *asJSON) })
	}
	return cmd
}

// retiredJSON is a retired wallet in machine form.
type retiredJSON struct {
	Wallet    text.ID `json:"wallet"`
	Height    uint32  `json:"height"`
	Unit      string  `json:"unit"`
	Worth     string  `json:"worth_moving"`
	Coins     int     `json:"coins"`
	Dust      string  `json:"dust"`
	DustCoins int     `json:"dust_coins"`
}

func (d *desk) tellRetired(ctx context.Context, asJSON bool) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	report := []retiredJSON{}
	for _, x := range v.policy.Wallets {
		if x.State != policy.Retired {
			continue
		}
		r, err := d.retiredWallet(ctx, v.policy, x)
		if err != nil {
			return err
		}
		report = append(report, r)
	}
	alarm := d.lateAlarm(report)
	if asJSON {
		return errors.Join(d.world.JSON(report), cli.Reported(alarm))
	}
	banner(d.world, d.network)
	if len(report) == 0 {
		d.world.Text("No wallet of policy %d is retired.", v.policy.Version)
	}
	for _, r := range report {
		d.world.Field("wallet", fmt.Sprintf("%s (retired), as of block %d", r.Wallet, r.Height))
		d.world.Field("worth moving", fmt.Sprintf("%s %s in %s", r.Worth, r.Unit, count(r.Coins, "coin")))
		d.world.Field("dust", fmt.Sprintf("%s %s in %s", r.Dust, r.Unit, count(r.DustCoins, "coin")))
	}
	return alarm
}

// retiredWallet sorts what lies in a retired wallet at the usual fee rate.
func (d *desk) retiredWallet(ctx context.Context, p *policy.Policy, x policy.Wallet) (retiredJSON, error) {
	desc, err := d.wallet(p, x.ID)
	if err != nil {
		return retiredJSON{}, err
	}
	set, err := d.coins(ctx, p, x.ID, desc, false)
	if err != nil {
		return retiredJSON{}, err
	}
	goes, err := desc.Derive(custody.Change, 0)
	if err != nil {
		return retiredJSON{}, err
	}
	plan, err := sweeper{from: desc, to: desc, output: goes.Output, rate: usualFeeRate, share: p.FeeShareMax}.plan(set.Coins())
	if err != nil {
		return retiredJSON{}, err
	}
	dust, err := worth(plan.left)
	if err != nil {
		return retiredJSON{}, err
	}
	all, err := set.Balance()
	if err != nil {
		return retiredJSON{}, err
	}
	height, _, _ := set.Tip()
	return retiredJSON{Wallet: x.ID, Height: height, Unit: p.Network.Unit(), Worth: (all - dust).String(), Coins: len(set.Coins()) - len(plan.left), Dust: dust.String(), DustCoins: len(plan.left)}, nil
}

// lateAlarm is raised where a retired wallet was paid.
func (d *desk) lateAlarm(report []retiredJSON) error {
	for _, r := range report {
		if r.Coins == 0 {
			continue
		}
		advice := quorum.KeyLate.Advice()
		return cli.Refusal{
			Sentence: fmt.Sprintf("wallet %s: want nothing worth moving in a retired wallet, found %s %s in %s", r.Wallet, r.Worth, r.Unit, count(r.Coins, "coin")),
			Codes:    []string{string(quorum.KeyLate)}, Hint: "strongroom wallet sweep-plan " + string(r.Wallet), Call: advice.Call, Alarm: true,
		}
	}
	return nil
}
