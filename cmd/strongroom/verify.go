package main

import (
	"errors"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
)

// verifyCommand is the auditor's replay.
func verifyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [DIR]",
		Short: "judge again everything that was ever decided",
		Long: "Takes a home, a registry alone or a restored folder, and trusts nothing in it: every officer's consent, every log up to its signed root, and every decision that a signer carried out, judged again by the policy, the text, the signatures, the transaction and the blocks that the signer had before it: payments, changes of the policy, freezes, vetoes and all others.\n\n" +
			"Ends with 4 when a signer wrote two histories, when two policies follow the same one, or when something was done that nobody approved; with 3 when something is missing or was changed.",
		Example: "strongroom verify /media/auditor/vault\n  strongroom verify --stock audit-kit   # a POSIX shell kit that does it without this program",
		Args:    cobra.MaximumNArgs(1),
	}
	genesis := cmd.Flags().String("genesis", "", "the first policy's `HASH`, as the officers read it to you")
	stock := cmd.Flags().String("stock", "", "write the shell kit into the new folder `DIR`")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		hash, err := genesisFlag(*genesis)
		if err != nil {
			return err
		}
		path, err := verifyPath(w, *home, args)
		if err != nil && *stock == "" {
			return err
		}
		if *stock != "" {
			if err := writeKit(*stock); err != nil {
				return err
			}
			if path == "" {
				w.Text("The kit is in %s. Its README says how it is used.", *stock)
				return nil
			}
		}
		if err := bringShared(w, *home, path); err != nil {
			return err
		}
		return runVerify(w, path, hash, *stock, *asJSON)
	}
	return cmd
}

func genesisFlag(s string) (text.Hash, error) {
	if s == "" {
		return text.Hash{}, nil
	}
	h, err := text.ParseHash(s)
	if err != nil {
		return h, cli.Usagef("--genesis: %v", err)
	}
	return h, nil
}

// verifyPath is the folder named, or else the home.
func verifyPath(w cli.World, home string, args []string) (string, error) {
	if len(args) == 1 {
		return filepath.Abs(args[0])
	}
	return homePath(w, home)
}

func runVerify(w cli.World, path string, genesis text.Hash, kit string, asJSON bool) (err error) {
	a, err := openArchive(w, path, genesis)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	r, err := newReplay(a, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	stock, err := r.stock(kit)
	if err != nil {
		return err
	}
	verdict := r.verdict()
	if asJSON {
		if err := w.JSON(r.json(stock)); err != nil {
			return err
		}
		return cli.Reported(verdict)
	}
	r.print(w, genesis, stock)
	return verdict
}

// verdict is the error that the whole ends with, nil when everything is as it
// must be. Alarms come first.
func (r *replay) verdict() error {
	if len(r.Findings) == 0 {
		return nil
	}
	sorted := slices.Clone(r.Findings)
	slices.SortStableFunc(sorted, func(a, b finding) int {
		switch {
		case a.Alarm == b.Alarm:
			return 0
		case a.Alarm:
			return -1
		}
		return 1
	})
	var codes []string
	for _, f := range sorted {
		if !slices.Contains(codes, string(f.Code)) {
			codes = append(codes, string(f.Code))
		}
	}
	first := sorted[0]
	advice := first.Code.Advice()
	out := cli.Refusal{Sentence: first.Where + ": " + first.Text, Codes: codes, Hint: advice.Do, Call: advice.Call, Alarm: first.Alarm}
	if first.Alarm {
		out.Hint = "stop; keep this folder as it is and compare it with the officers' own copies"
		out.Call = "the security officer, before anything else is done"
	}
	return out
}
