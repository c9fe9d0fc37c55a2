package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// destinationFlags say where is paid, or that it no longer is.
type destinationFlags struct {
	address, cap string
	window       uint32
	remove       bool
}

func draftDestination(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "destination LABEL",
		Short: "list a destination in the draft, or take one out",
		Long: "Only listed destinations are ever paid. The address is given whole; compare it with its owner over a channel that you trust. " +
			"The cap holds for all payments to it within the window, which is counted in credits of work, about 144 a day.",
		Example: "strongroom policy draft destination exchange-hot \\\n  --address bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry \\\n  --cap 20.00000000 --window 1008\n" +
			"strongroom policy draft destination old-exchange --remove",
		Args: cobra.ExactArgs(1),
	}
	var f destinationFlags
	cmd.Flags().StringVar(&f.address, "address", "", "the `ADDRESS`, whole")
	cmd.Flags().StringVar(&f.cap, "cap", "", "the most that is paid to it in the window: an `AMOUNT` with eight decimals")
	cmd.Flags().Uint32Var(&f.window, "window", 0, "the window in `CREDITS`")
	cmd.Flags().BoolVar(&f.remove, "remove", false, "take it out of the draft")
	cmd.MarkFlagsOneRequired("address", "remove")
	cmd.MarkFlagsRequiredTogether("address", "cap", "window")
	cmd.MarkFlagsMutuallyExclusive("address", "remove")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		label, err := text.ParseID(args[0])
		if err != nil {
			return cli.Usagef("destination: %w", err)
		}
		if f.remove {
			return removeDestination(w, *home, label)
		}
		return addDestination(w, *home, label, f)
	}
	return cmd
}

func addDestination(w cli.World, home string, label text.ID, f destinationFlags) error {
	most, err := custody.ParseAmount(f.cap)
	if err != nil {
		return cli.Usagef("--cap: %w", err)
	}
	if most == 0 || f.window == 0 {
		return cli.Usagef("destination %s: want a cap and a window above 0, found %s in %d credits", label, most, f.window)
	}
	return changeDraft(w, home, func(d *desk, p *policy.Policy) (*policy.Policy, error) {
		a, err := custody.ParseAddress(d.network, f.address)
		if err != nil {
			return nil, cli.Usagef("--address: %w", err)
		}
		return p.AddDestination(policy.Destination{Label: label, Address: a, Cap: most, Window: f.window})
	}, func(d *desk, p *policy.Policy) error {
		banner(w, d.network)
		w.Text("%s may be paid at most %s in %s, at", label, most.In(d.network), credits(f.window))
		w.Text("%s", f.address)
		toFill(w, p)
		return nil
	})
}

func removeDestination(w cli.World, home string, label text.ID) error {
	return changeDraft(w, home, func(_ *desk, p *policy.Policy) (*policy.Policy, error) {
		return p.RemoveDestination(label)
	}, func(d *desk, p *policy.Policy) error {
		banner(w, d.network)
		w.Text("%s", fmt.Sprintf("%s is taken out of the draft.", label))
		toFill(w, p)
		return nil
	})
}
