package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// step is one version of the policy and the one after it, compared.
type step struct {
	old, next *policy.Policy
	diff      policy.Diff
	claimed   policy.Class // what the amendment calls itself
	annexes   []annexChange
}

// stepJSON is a step in machine form.
type stepJSON struct {
	From     uint64      `json:"from"`
	To       uint64      `json:"to"`
	Class    string      `json:"class"`
	Items    []itemJSON  `json:"items"`
	Annexes  []annexJSON `json:"annexes"`
	Examples []string    `json:"examples"`
	Seats    string      `json:"seats"`
	Cool     uint32      `json:"cool"`
	Consents []text.ID   `json:"consents"`
}

type itemJSON struct {
	Noun    string   `json:"noun"`
	Class   string   `json:"class"`
	Reasons []string `json:"reasons"`
	Lines   []string `json:"lines"`
}

func policyDiff(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff [A [B]]",
		Short: "what becomes of one version of the policy by the next",
		Long: "Compares the policy in force with its draft, or version A with B: every changed line with its class and why, " +
			"the class of the whole, who has to approve, and which withdrawals become possible, impossible or ask for something else. " +
			"A change counts as tightening only where that is proven; all else loosens.",
		Example: "strongroom policy diff\nstrongroom policy diff 1 2",
		Args:    cobra.MaximumNArgs(2),
	}
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			v, err := d.view()
			if err != nil {
				return err
			}
			steps, err := d.steps(v, args)
			if err != nil {
				return err
			}
			if *asJSON {
				out := []stepJSON{}
				for _, s := range steps {
					out = append(out, s.report(v))
				}
				return w.JSON(out)
			}
			banner(w, d.network)
			for _, s := range steps {
				s.show(w, v)
			}
			return nil
		})
	}
	return cmd
}

// steps compares each version with the next, from A to B.
func (d *desk) steps(v *view, args []string) ([]step, error) {
	from, to := v.policy, (*policy.Policy)(nil)
	var err error
	if len(args) > 0 {
		if from, err = d.policyNamed(v, args[0]); err != nil {
			return nil, err
		}
	}
	if len(args) == 2 {
		to, err = d.policyNamed(v, args[1])
	} else if to, err = d.draftText(); err == nil && (to.Version <= 1 || adopted(v, to)) {
		err = cli.Hint(errNoDraft, "strongroom policy draft start")
	}
	if err != nil {
		return nil, err
	}
	var out []step
	for last := from; last.Version < to.Version; {
		next := to
		if x, ok := v.policies.At(last.Version + 1); ok && last.Version+1 < to.Version {
			next = x.Policy
		}
		s, err := compared(last, next)
		if err != nil {
			return nil, err
		}
		s.annexes = annexChanges(d.reg.Text, last, next)
		out, last = append(out, s), next
	}
	if len(out) == 0 {
		return nil, cli.Usagef("diff: want an older version and then a newer one, found %d and %d", from.Version, to.Version)
	}
	return out, nil
}

// compared compares two versions. What breaks the rules cannot be compared.
func compared(old, next *policy.Policy) (step, error) {
	if broken := rulesBroken(next); len(broken) > 0 || len(next.Unfilled()) > 0 {
		if len(broken) == 0 {
			broken = []quorum.Reason{quorum.Because(quorum.PolUnfilled, "%s", next.Unfilled()[0])}
		}
		return step{}, refusal(broken)
	}
	diff, err := policy.Compare(old, next)
	if err != nil {
		return step{}, cli.Hint(err, "strongroom policy lint")
	}
	return step{old: old, next: next, diff: diff, claimed: diff.Class}, nil
}

// show writes a step for people: what changes, what that means for payments, and
// what it takes.
func (s step) show(w cli.World, v *view) {
	title(w, fmt.Sprintf("Version %d to %d: %s", s.old.Version, s.next.Version, s.claimed))
	for _, i := range s.diff.Items {
		w.Text("  %s", i.String())
		for _, c := range i.Changes {
			w.Text("    %s", c.String())
		}
	}
	for _, x := range s.annexes {
		title(w, "Annex "+string(x.name))
		x.print(w)
	}
	title(w, "Withdrawals, each by itself")
	examples := policy.Examples(s.old, s.next)
	for _, e := range examples {
		w.Text("  %s", e.String())
	}
	if len(examples) == 0 {
		w.Text("  none becomes possible, impossible or asks for something else")
	}
	title(w, "What it takes")
	needs, cool := s.takes()
	w.Text("  %s", s.claimed.String()+": "+needs+coolFor(cool))
	for _, id := range v.consentWanted(s.next) {
		w.Text("  the consent of %s, with the new key", id)
	}
}

func coolFor(cool uint32) string {
	if cool == 0 {
		return ""
	}
	return ", then a wait of " + credits(cool) + " on each signer"
}

// takes returns the seats of the step's class and how long it waits, by the old
// version.
func (s step) takes() (seatsText string, cool uint32) {
	if s.claimed == policy.ClassRecovery {
		r := s.old.Recovery
		return seats(r.Needs, r.Clears), r.Cool
	}
	a, _ := s.old.Act(actOf(s.claimed))
	return seats(a.Needs, a.Clears), a.Cool
}

// actOf returns the act whose seats a class of change takes; recovery has seats
// of its own.
func actOf(c policy.Class) policy.ActName {
	switch c {
	case policy.ClassTighten:
		return policy.Tighten
	case policy.ClassDestination:
		return policy.AddDestination
	case policy.ClassRekey:
		return policy.Rekey
	case policy.ClassReanchor:
		return policy.Reanchor
	}
	return policy.Loosen
}

func (s step) report(v *view) stepJSON {
	needs, cool := s.takes()
	r := stepJSON{From: s.old.Version, To: s.next.Version, Class: s.claimed.String(), Items: []itemJSON{}, Annexes: []annexJSON{}, Examples: []string{},
		Seats: needs, Cool: cool, Consents: append([]text.ID{}, v.consentWanted(s.next)...)}
	for _, i := range s.diff.Items {
		x := itemJSON{Noun: i.Noun, Class: i.Class.String(), Reasons: []string{}, Lines: []string{}}
		for _, why := range i.Verdicts {
			x.Reasons = append(x.Reasons, why.Why)
		}
		for _, c := range i.Changes {
			x.Lines = append(x.Lines, c.String())
		}
		r.Items = append(r.Items, x)
	}
	for _, x := range s.annexes {
		r.Annexes = append(r.Annexes, x.report())
	}
	for _, e := range policy.Examples(s.old, s.next) {
		r.Examples = append(r.Examples, e.String())
	}
	return r
}

// lintErrors returns the linter's errors on the next version of the policy.
func (d *desk) lintErrors(v *view, next *policy.Policy, annexes [][]byte) error {
	tip, _ := v.chain.Tip()
	return unwise(lintAt(next, tip.Height, quorum.AnnexesOf(next, annexes)))
}
