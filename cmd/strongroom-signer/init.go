package main

import (
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
	"strongroom/signer"
)

func (p *program) initCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "init --vault VAULT --signer SIGNER --chain CHAIN",
		Short:   "make the home of a new signer, with its log and the log's key",
		Example: "strongroom-signer init --home $HOME/signer-a --vault acme-treasury --signer signer-a --chain regtest",
	}
	vault := cmd.Flags().String("vault", "", "the vault's name, an `ID`")
	device := cmd.Flags().String("signer", "", "this signer's name, an `ID`")
	chain := cmd.Flags().String("chain", "", "mainnet, testnet, signet or regtest")
	for _, name := range []string{"vault", "signer", "chain"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic("strongroom-signer: " + err.Error())
		}
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		s, err := setup(*vault, *device, *chain)
		if err != nil {
			return err
		}
		return p.makeHome(s)
	}
	return cmd
}

func setup(vault, device, chain string) (s signer.Setup, err error) {
	if s.Vault, err = text.ParseID(vault); err != nil {
		return s, cli.Usagef("vault: %w", err)
	}
	if s.Device, err = text.ParseID(device); err != nil {
		return s, cli.Usagef("signer: %w", err)
	}
	if s.Network, err = custody.ParseNetwork(chain); err != nil {
		return s, cli.Usagef("%w", err)
	}
	return s, nil
}

func (p *program) makeHome(s signer.Setup) (err error) {
	path, err := p.world.Home(*p.homeFlag, homeVariable)
	if err != nil {
		return err
	}
	d, err := durable.Create(path)
	if err != nil {
		return err
	}
	m, err := signer.Init(d, s, p.world.Rand)
	if err != nil {
		give(d, &err)
		return err
	}
	defer give(m, &err)
	w := p.world
	banner(w, s.Network)
	w.Field("home", path)
	w.Field("vault", string(s.Vault))
	w.Field("signer", string(s.Device))
	w.Field("chain", s.Network.String())
	w.Field("log key", m.Verifier().String())
	w.Hintf("strongroom-signer key ceremony PLAN -o DIR")
	return nil
}

// banner says on test chains that nothing here is worth anything.
func banner(w cli.World, n custody.Network) {
	if n.Test() {
		w.Text("TEST: %s coins are worth nothing", n)
	}
}
