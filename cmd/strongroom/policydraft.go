package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

func policyDraft(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "draft",
		Short: "the policy that is being written: the first one, or the next version",
		Long: "Shows the draft and what is left to fill in. The draft is a text, draft.txt in the home: " +
			"limits and seats may be changed in an editor, and strongroom policy lint judges the result. " +
			"When a policy is in force, start copies it as the draft of the next version; strongroom propose amendment asks for it.",
		Example: "strongroom policy draft\nstrongroom policy draft start",
		Args:    cobra.NoArgs,
	}
	run := draftShower(w, home, cli.JSONFlag(cmd))
	cmd.RunE = run
	cmd.AddCommand(draftStart(w, home), draftShow(w, home), draftDiscard(w, home), draftSet(w, home), draftEdit(w, home),
		draftDestination(w, home), draftPeople(w, home), draftExternal(w, home), draftBackup(w, home), draftFinish(w, home))
	return cmd
}

func draftShow(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "show",
		Short:   "the draft in plain words, and what is left to fill in",
		Example: "strongroom policy draft show",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = draftShower(w, home, cli.JSONFlag(cmd))
	return cmd
}

func draftShower(w cli.World, home *string, asJSON *bool) func(*cobra.Command, []string) error {
	return func(*cobra.Command, []string) error {
		return inDesk(w, *home, func(d *desk) error {
			p, err := d.draft()
			if errors.Is(err, fs.ErrNotExist) {
				_, err = d.openDraft()
			}
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(policyReport(p, false, nil))
			}
			againstRules(w, p)
			showPolicy(w, p)
			w.Text("")
			toFill(w, p)
			return nil
		})
	}
}

func draftStart(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "start",
		Short: "begin the draft of the next version as a copy of the policy in force",
		Long: "Copies the policy in force into draft.txt, one version further. The same commands that filled the first draft change it, or an editor does. " +
			"Nothing of it counts before officers have approved the amendment that adopts it.",
		Example: "strongroom policy draft start",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		return changeDesk(w, *home, func(d *desk) error {
			p, err := d.startDraft()
			if err != nil {
				return err
			}
			banner(w, p.Network)
			w.Text("The draft of version %d is open. It says what version %d says.", p.Version, p.Version-1)
			w.Hintf("strongroom policy draft set FILE   # or: officer enrol, officer remove, officer rekey, policy draft destination")
			return nil
		})
	}
	return cmd
}

// startDraft copies the policy in force, unless somebody is at work already.
func (d *desk) startDraft() (*policy.Policy, error) {
	v, err := d.view()
	if err != nil {
		return nil, err
	}
	if err := d.founded(v); err != nil {
		return nil, err
	}
	old, err := d.draft()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, cli.Hint(err, "strongroom policy draft discard")
	case old.Version > 1 && !adopted(v, old):
		return nil, cli.Hint(fmt.Errorf("draft: want none open, found one of version %d", old.Version), "strongroom policy draft show")
	}
	next, err := v.policy.Next()
	if err != nil {
		return nil, err
	}
	return next, d.saveDraft(next)
}

func draftDiscard(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "discard",
		Short:   "throw the draft of the next version away",
		Long:    "Removes draft.txt, after telling in which lines it differs from the policy that it stands on. The draft of a first policy is not thrown away; it is written over.",
		Example: "strongroom policy draft discard",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = func(*cobra.Command, []string) error {
		return changeDesk(w, *home, func(d *desk) error { return d.discardDraft() })
	}
	return cmd
}

func (d *desk) discardDraft() error {
	v, err := d.view()
	if err != nil {
		return err
	}
	p, err := d.draft()
	if errors.Is(err, fs.ErrNotExist) || err == nil && p.Version <= 1 {
		return noDraft(v.policy)
	}
	if err == nil {
		base, ok := v.policies.At(p.Version - 1)
		if !ok {
			base.Policy = v.policy
		}
		for _, c := range policy.Changes(base.Policy, p) {
			fmt.Fprintln(d.world.Out, c.String()) // a parsed line: nothing in it that a terminal obeys
		}
	}
	if err := d.dir.Remove(draftFile); err != nil {
		return err
	}
	d.world.Text("The draft is gone. Policy %d stays in force.", v.policy.Version)
	return nil
}

func draftSet(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set FILE",
		Short: "take a whole text as the draft",
		Long: "Reads a policy text that was edited by hand, as strictly as signers do: every line in its place, nothing left out. " +
			"Its version and previous lines must be those of the open draft.",
		Example: "cp vault/draft.txt next.txt\nstrongroom policy draft set next.txt",
		Args:    cobra.ExactArgs(1),
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		p, err := readPolicy(w, args[0])
		if err != nil {
			return err
		}
		return changeDraft(w, *home, func(d *desk, old *policy.Policy) (*policy.Policy, error) {
			if p.Vault != d.vault || p.Network != d.network {
				return nil, fmt.Errorf("%s: want vault %s on %s, found %s on %s", args[0], d.vault, d.network, p.Vault, p.Network)
			}
			if p.Version != old.Version || p.Previous != old.Previous {
				return nil, fmt.Errorf("%s: want version %d after %s, as in the draft, found version %d after %s", args[0], old.Version, old.Previous.Short(), p.Version, p.Previous.Short())
			}
			return p, nil
		}, drafted(w))
	}
	return cmd
}

// drafted says that the draft is what it was made.
func drafted(w cli.World) func(*desk, *policy.Policy) error {
	return func(_ *desk, p *policy.Policy) error {
		banner(w, p.Network)
		w.Text("The draft of version %d is changed.", p.Version)
		toFill(w, p)
		return nil
	}
}

func draftEdit(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "edit",
		Short: "put one line of the draft in the place of another",
		Long:  "The line to replace is given whole and stands in the draft once. Without --to it is taken out. The result is read as strictly as any policy text.",
		Example: "strongroom policy draft edit --from 'fee-rate-max 300' --to 'fee-rate-max 200'\n" +
			"strongroom policy draft edit --from 'conflict payroll alice'",
		Args: cobra.NoArgs,
	}
	from := cmd.Flags().String("from", "", "the `LINE` as it stands in the draft")
	to := cmd.Flags().String("to", "", "the `LINE` that takes its place")
	cobra.CheckErr(cmd.MarkFlagRequired("from"))
	cmd.RunE = func(*cobra.Command, []string) error {
		return changeDraft(w, *home, func(_ *desk, p *policy.Policy) (*policy.Policy, error) {
			q, err := p.Edited(*from, *to)
			if errors.As(err, new(*text.Error)) {
				return nil, refusal([]quorum.Reason{quorum.ReasonOf(err, quorum.TextGrammar)})
			}
			if err == nil && (q.Version != p.Version || q.Previous != p.Previous || q.Vault != p.Vault || q.Network != p.Network) {
				err = errors.New("draft: want vault, chain, version and previous as they are, found them changed")
			}
			return q, err
		}, drafted(w))
	}
	return cmd
}

// readPolicy reads a policy from a file, as strictly as signers do.
func readPolicy(w cli.World, file string) (*policy.Policy, error) {
	b, err := w.ReadFile(file, int64(text.Policy.MaxSize()))
	if err != nil {
		return nil, err
	}
	p, err := policy.Parse(b)
	if err != nil {
		r := quorum.ReasonOf(err, quorum.TextGrammar)
		r.Text = file + ": " + r.Text
		return nil, refusal([]quorum.Reason{r})
	}
	return p, nil
}
