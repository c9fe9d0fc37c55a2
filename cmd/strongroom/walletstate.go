package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func walletState(w cli.World, home *string) *cobra.Command {
	return &cobra.Command{
		Use:   "state ID active|next|retired",
		Short: "say in the draft what a wallet is used for",
		Long: "An active wallet pays and is paid, the next one is where a sweep goes, a retired one is only emptied. " +
			"After a sweep the next wallet becomes active and the old one retired. It is a change of the policy like any other: officers approve it.",
		Example: "strongroom wallet state vault-2027 active\nstrongroom wallet state main retired",
		Args:    cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			id, err := text.ParseID(args[0])
			if err != nil {
				return cli.Usagef("wallet: %w", err)
			}
			state, err := parseWalletState(args[1])
			if err != nil {
				return err
			}
			return changeDraft(w, *home, func(_ *desk, p *policy.Policy) (*policy.Policy, error) {
				return withState(p, id, state)
			}, func(_ *desk, p *policy.Policy) error {
				banner(w, p.Network)
				for _, x := range p.Wallets {
					w.Field("wallet", fmt.Sprintf("%s (%s)", x.ID, x.State))
				}
				w.Text("")
				toFill(w, p)
				return nil
			})
		},
	}
}

func parseWalletState(s string) (policy.WalletState, error) {
	for _, state := range []policy.WalletState{policy.Active, policy.Next, policy.Retired} {
		if s == state.String() {
			return state, nil
		}
	}
	return 0, cli.Usagef("state: want active, next or retired, found %q", s)
}

// withState returns the draft with a wallet in another state.
func withState(p *policy.Policy, id text.ID, state policy.WalletState) (*policy.Policy, error) {
	x, ok := p.Wallet(id)
	if !ok {
		return nil, cli.Hint(fmt.Errorf("wallet: want one of the draft, found %s", id), "strongroom policy draft")
	}
	x.State = state
	return p.SetWallet(x, slices.DeleteFunc(slices.Clone(p.Cosigners), func(c policy.Cosigner) bool { return c.Wallet != id }))
}
