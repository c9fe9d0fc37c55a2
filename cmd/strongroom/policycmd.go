package main

import (
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func policyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy",
		Short:   "who decides what, and up to which amounts",
		Example: "strongroom policy show",
	}
	cmd.AddCommand(policyDraft(w, home), policyShow(w, home), policyDiff(w, home), policyExplain(w, home), policyLint(w, home),
		policySimulate(w, home), policyTest(w, home), policyLog(w, home))
	return cmd
}

func policyShow(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show [VERSION]",
		Short:   "the policy in plain words, and who has consented",
		Long:    "Shows the policy in force, or another version of the chain, or one that an amendment asks for. The first version takes every officer's consent, a later one that of everybody who has a new key in it.",
		Example: "strongroom policy show",
		Args:    cobra.MaximumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	raw := cmd.Flags().Bool("text", false, "write the exact text instead, as its signatures cover it")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			p, given, wanted, err := d.shown(args)
			switch {
			case err != nil:
				return err
			case *raw:
				_, err := w.Out.Write(p.Bytes())
				return err
			case *asJSON:
				r := policyReport(p, true, given)
				r.WaitedFor = append([]text.ID{}, without(wanted, given)...)
				return w.JSON(r)
			}
			showPolicy(w, p)
			title(w, "Consents")
			w.Text("  given: %s", list(given))
			if wanting := without(wanted, given); len(wanting) > 0 {
				w.Text("  waited for: %s", list(wanting))
			}
			return nil
		})
	}
	cmd.MarkFlagsMutuallyExclusive("json", "text")
	return cmd
}

// shown returns the version that was asked for, or the one in force, and who has
// consented to it and who has to.
func (d *desk) shown(args []string) (p *policy.Policy, given, wanted []text.ID, err error) {
	v, err := d.view()
	if err != nil {
		return nil, nil, nil, err
	}
	p = v.policy
	if len(args) == 1 {
		if p, err = d.policyNamed(v, args[0]); err != nil {
			return nil, nil, nil, err
		}
	}
	given, err = d.consentGiven(v, p)
	return p, given, v.consentWanted(p), err
}
