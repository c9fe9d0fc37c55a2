package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func policyCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy",
		Short:   "who decides what, and up to which amounts",
		Example: "strongroom policy show",
	}
	cmd.AddCommand(policyDraft(w, home), policyShow(w, home), policyLint(w, home))
	return cmd
}

func policyDraft(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "draft",
		Short: "the first policy while it is being written",
		Long: "Shows the draft and what is left to fill in. The draft is a text, draft.txt in the home: " +
			"limits and seats may be changed in an editor, and strongroom policy lint judges the result.",
		Example: "strongroom policy draft",
		Args:    cobra.NoArgs,
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error {
			p, err := d.draft()
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(policyReport(p, false, nil))
			}
			showPolicy(w, p)
			w.Text("")
			toFill(w, p)
			return nil
		})
	}
	cmd.AddCommand(draftDestination(w, home), draftFinish(w, home))
	return cmd
}

func draftDestination(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "destination LABEL",
		Short: "list a destination in the draft",
		Long: "Only listed destinations are ever paid. The address is given whole; compare it with its owner over a channel that you trust. " +
			"The cap holds for all payments to it within the window, which is counted in credits of work, about 144 a day.",
		Example: "strongroom policy draft destination exchange-hot \\\n  --address bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry \\\n  --cap 20.00000000 --window 1008",
		Args:    cobra.ExactArgs(1),
	}
	address := cmd.Flags().String("address", "", "the `ADDRESS`, whole")
	limit := cmd.Flags().String("cap", "", "the most that is paid to it in the window: an `AMOUNT` with eight decimals")
	window := cmd.Flags().Uint32("window", 0, "the window in `CREDITS`")
	for _, name := range []string{"address", "cap", "window"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic("strongroom: " + err.Error())
		}
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		label, err := text.ParseID(args[0])
		if err != nil {
			return cli.Usagef("destination: %w", err)
		}
		most, err := custody.ParseAmount(*limit)
		if err != nil {
			return cli.Usagef("--cap: %w", err)
		}
		if most == 0 || *window == 0 {
			return cli.Usagef("destination %s: want a cap and a window above 0, found %s in %d credits", label, most, *window)
		}
		return changeDraft(w, *home, func(d *desk, p *policy.Policy) (*policy.Policy, error) {
			a, err := custody.ParseAddress(d.network, *address)
			if err != nil {
				return nil, cli.Usagef("--address: %w", err)
			}
			return p.AddDestination(policy.Destination{Label: label, Address: a, Cap: most, Window: *window})
		}, func(d *desk, p *policy.Policy) error {
			banner(w, d.network)
			w.Text("%s may be paid at most %s in %s, at", label, most.In(d.network), credits(*window))
			w.Text("%s", *address)
			toFill(w, p)
			return nil
		})
	}
	return cmd
}

// finishedJSON is the policy that a draft became.
type finishedJSON struct {
	Policy  string `json:"policy"`
	Chain   string `json:"chain"`
	Test    bool   `json:"test"`
	Genesis string `json:"genesis"`
}

func draftFinish(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "finish",
		Short: "make the draft the policy that officers consent to",
		Long: "Judges the draft as a first policy and writes policy-1.txt. Its hash is what makes this vault this vault: " +
			"officers compare it before they consent, and type it in full on every signer. " +
			"As long as nobody has consented, the draft may be changed and finished again.",
		Example: "strongroom policy draft finish",
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		return changeDesk(w, *home, func(d *desk) error {
			p, err := d.finish()
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(finishedJSON{quorum.PolicyName(p.Version), p.Network.String(), p.Network.Test(), p.Hash().String()})
			}
			banner(w, p.Network)
			showHash(w, "genesis", p.Hash())
			w.Text("")
			w.Text("This hash is the vault. Every officer compares it with every other, over a channel each trusts, and then consents.")
			w.Hintf("strongroom consent %s", quorum.PolicyName(p.Version))
			return nil
		})
	}
	return cmd
}

// finish judges the draft, then writes the policy to the registry and the home.
func (d *desk) finish() (*policy.Policy, error) {
	p, err := d.draft()
	if err != nil {
		return nil, err
	}
	if reasons := quorum.CheckFirst(p); len(reasons) > 0 {
		moreReasons(d.world, reasons)
		return nil, refusal(reasons)
	}
	old, err := d.policy()
	switch {
	case errors.Is(err, errUnfinished):
	case err != nil:
		return nil, err
	case !bytes.Equal(old.Bytes(), p.Bytes()):
		if err := d.stillOpen(); err != nil {
			return nil, err
		}
		d.world.Warnf("policy %s, to which nobody has consented, is replaced", old.Hash().Short())
	}
	if err := d.haveDescriptors(p); err != nil {
		return nil, err
	}
	if _, err := d.reg.PutText(p.Bytes()); err != nil {
		return nil, err
	}
	return p, d.dir.WriteFile(policyOne, p.Bytes())
}

// haveDescriptors wants the files of the policy's wallets in the registry: a
// policy whose wallets nobody can show is not consented to.
func (d *desk) haveDescriptors(p *policy.Policy) error {
	for _, h := range descriptorHashes(p) {
		if _, err := d.reg.Descriptor(h); errors.Is(err, fs.ErrNotExist) {
			return cli.Hint(fmt.Errorf("descriptor %s: want it in the registry, found none", h.Short()), "strongroom wallet enroll --help")
		} else if err != nil {
			return err
		}
	}
	return nil
}

func policyShow(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "the policy in plain words, and who has consented",
		Example: "strongroom policy show",
	}
	asJSON := cli.JSONFlag(cmd)
	raw := cmd.Flags().Bool("text", false, "write the exact text instead, as its signatures cover it")
	cmd.RunE = func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error {
			p, err := d.policy()
			if err != nil {
				return err
			}
			given, err := d.consents(p)
			switch {
			case err != nil:
				return err
			case *raw:
				_, err := w.Out.Write(p.Bytes())
				return err
			case *asJSON:
				return w.JSON(policyReport(p, true, given))
			}
			showPolicy(w, p)
			title(w, "Consents")
			w.Text("  given: %s", list(given))
			if wanting := waitedFor(p, given); len(wanting) > 0 {
				w.Text("  waited for: %s", list(wanting))
			}
			return nil
		})
	}
	cmd.MarkFlagsMutuallyExclusive("json", "text")
	return cmd
}

// lintJSON is what the judgement of a policy text found.
type lintJSON struct {
	Hash     string     `json:"hash"`
	Unfilled []string   `json:"unfilled"`
	Findings []lintLine `json:"findings"`
}

type lintLine struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

func policyLint(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint [FILE]",
		Short: "judge a policy text before anybody signs it",
		Long: "Judges the file given, or the policy of this home, or its draft. What is left to fill in is listed and is no failure; " +
			"everything else that a signer would refuse ends with status 3.",
		Example: "strongroom policy lint",
		Args:    cobra.MaximumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		p, err := lintInput(w, *home, args)
		if err != nil {
			return err
		}
		return lint(w, p, *asJSON)
	}
	return cmd
}

func lintInput(w cli.World, home string, args []string) (p *policy.Policy, err error) {
	if len(args) == 1 {
		b, err := w.ReadFile(args[0], int64(text.Policy.MaxSize()))
		if err != nil {
			return nil, err
		}
		if p, err = policy.Parse(b); err != nil {
			r := quorum.ReasonOf(err, quorum.TextGrammar)
			r.Text = args[0] + ": " + r.Text
			return nil, refusal([]quorum.Reason{r})
		}
		return p, nil
	}
	err = inDesk(w, home, func(d *desk) error {
		p, _, err = d.rules()
		return err
	})
	if errors.As(err, new(*text.Error)) { // somebody's editor
		return nil, refusal([]quorum.Reason{quorum.ReasonOf(err, quorum.TextGrammar)})
	}
	return p, err
}

func lint(w cli.World, p *policy.Policy, asJSON bool) error {
	r := lintJSON{Hash: p.Hash().String(), Unfilled: append([]string{}, p.Unfilled()...), Findings: []lintLine{}}
	var reasons []quorum.Reason
	for _, x := range quorum.CheckFirst(p) {
		if x.Code != quorum.PolUnfilled {
			reasons = append(reasons, x)
			r.Findings = append(r.Findings, lintLine{string(x.Code), x.Text})
		}
	}
	if asJSON {
		return errors.Join(w.JSON(r), cli.Reported(refusal(reasons)))
	}
	banner(w, p.Network)
	if len(r.Unfilled) > 0 {
		toFill(w, p)
	}
	if len(reasons) == 0 {
		w.Text("Nothing in the text is against the rules.")
	}
	moreReasons(w, reasons)
	return refusal(reasons)
}
