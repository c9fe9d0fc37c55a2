package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// simulatedJSON is a past withdrawal and what another policy says to it.
type simulatedJSON struct {
	ID       string `json:"id"`
	Released bool   `json:"released"`
	Block    uint32 `json:"block"`
	Was      string `json:"was"`
	Would    string `json:"would"`
	Change   string `json:"change"` // same, refused, allowed or other
	Code     string `json:"code,omitempty"`
}

// simulationJSON is a whole history under another policy.
type simulationJSON struct {
	Policy      uint64          `json:"policy"`
	Withdrawals []simulatedJSON `json:"withdrawals"`
	Flipped     int             `json:"flipped"`
	Unknown     int             `json:"unknown"` // released, but the text is not in the registry
}

// What becomes of a verdict under another policy.
const (
	stays       = "same"
	nowRefused  = "refused"
	nowAllowed  = "allowed"
	takesOthers = "other"
)

func policySimulate(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "simulate [draft|VERSION]",
		Short: "judge every past withdrawal again under another policy",
		Long: "Takes every withdrawal that signers have released, in the order of time, and every one that was asked for, " +
			"and judges it under the draft: the payees, the tier, the limits with all that was released before, and whether those who approved fill the seats. " +
			"It lists those that would have been refused, allowed, or asked for something else. Waits are told, as if they were over.",
		Example: "strongroom policy simulate\nstrongroom policy simulate 2 --all",
		Args:    cobra.MaximumNArgs(1),
	}
	asJSON := cli.JSONFlag(cmd)
	all := cmd.Flags().Bool("all", false, "list those that stay the same, too")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			args = []string{draftWord}
		}
		return inDesk(w, *home, func(d *desk) error {
			v, err := d.view()
			if err != nil {
				return err
			}
			p, err := d.policyNamed(v, args[0])
			if err != nil {
				return err
			}
			if broken := rulesBroken(p); len(broken) > 0 {
				return refusal(broken)
			}
			r, err := d.simulate(v, p)
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(r)
			}
			banner(w, d.network)
			r.show(w, *all)
			return nil
		})
	}
	return cmd
}

// simulate judges the vault's history under a policy. What was released is held
// against the tier of the record; what was not, against the policy in force.
func (d *desk) simulate(v *view, p *policy.Policy) (simulationJSON, error) {
	history, unknown, err := d.history(v)
	if err != nil {
		return simulationJSON{}, err
	}
	then, would := trial{policy: v.policy}, trial{policy: p}
	r := simulationJSON{Policy: p.Version, Withdrawals: []simulatedJSON{}, Unknown: unknown}
	for _, x := range history {
		named, ok := v.policies.At(x.proposal.PolicyVersion)
		if then.policy = v.policy; x.released && ok {
			then.policy = named.Policy
		}
		s := compare(x, then.judge(x), would.judge(x))
		if s.Change != stays {
			r.Flipped++
		}
		r.Withdrawals = append(r.Withdrawals, s)
		if x.released {
			then.before, would.before = append(then.before, x), append(would.before, x)
		}
	}
	return r, nil
}

func compare(x past, was, would verdict) simulatedJSON {
	s := simulatedJSON{ID: x.proposal.ID().String(), Released: x.released, Block: x.at, Was: was.String(), Would: would.String(), Code: string(would.Code)}
	switch {
	case (was.Code == "" || x.released) && would.Code != "":
		s.Change = nowRefused
	case was.Code != "" && would.Code == "":
		s.Change = nowAllowed
	case was.String() != would.String():
		s.Change = takesOthers
	default:
		s.Change = stays
	}
	if x.released && was.Code != "" {
		s.Was = "released"
	}
	return s
}

// history returns the withdrawals of the registry: those that signers released,
// by the block at which the first of them did, and then those that nobody did.
func (d *desk) history(v *view) (out []past, unknown int, err error) {
	tip, _ := v.chain.Tip()
	known := map[text.Hash]bool{}
	err = d.eachProposal(func(id text.Hash) error {
		b, err := d.reg.Text(id)
		if err != nil {
			return err
		}
		p, err := quorum.ParseProposal(b)
		if err != nil || p.Kind() != quorum.KindWithdrawal || p.Genesis != v.policies.Genesis() {
			return nil // told by whoever judges it
		}
		x := past{proposal: p, at: tip.Height}
		x.at, x.released = firstRelease(v.signers, id, tip.Height)
		x.above = creditsOn(v.chain, x.at)
		known[id] = true
		if x.approve, err = d.approvedBy(v, p); err != nil {
			return err
		}
		if x.clear, err = d.clearedBy(v, p); err != nil {
			return err
		}
		out = append(out, x)
		return nil
	})
	slices.SortFunc(out, func(a, b past) int {
		return cmp.Or(-cmp.Compare(btoi(a.released), btoi(b.released)), cmp.Compare(a.at, b.at), slices.Compare(a.proposal.Bytes(), b.proposal.Bytes()))
	})
	rooted(out)
	return out, unreadable(v.signers, known), err
}

// rooted follows each withdrawal back to the first of its line of replacements.
func rooted(all []past) {
	replaces := map[text.Hash]text.Hash{}
	for _, x := range all {
		replaces[x.proposal.ID()] = x.proposal.Replaces
	}
	for i := range all {
		id := all[i].proposal.ID()
		for range maxLine {
			if replaces[id].IsZero() {
				break
			}
			id = replaces[id]
		}
		all[i].root = id
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// firstRelease returns at which height a proposal was released first; the tip's
// where it was not, or nobody knows.
func firstRelease(signers []signerLog, id text.Hash, tip uint32) (at uint32, released bool) {
	at = tip
	for _, s := range signers {
		if r, ok := s.state.Released(id); ok {
			released = true
			if r.Tip.Known {
				at = min(at, r.Tip.Height)
			}
		}
	}
	return at, released
}

// unreadable counts the released withdrawals whose texts are not at hand.
func unreadable(signers []signerLog, known map[text.Hash]bool) int {
	missing := map[text.Hash]bool{}
	for _, s := range signers {
		for _, r := range s.state.Releases() {
			if r.Tier != "" && !known[r.ID] {
				missing[r.ID] = true
			}
		}
	}
	return len(missing)
}

// approvedBy returns the officers with a good approval of a proposal, by the
// policy that it names: whoever has another key now is still who approved then.
func (d *desk) approvedBy(v *view, p *quorum.Proposal) ([]text.ID, error) {
	roster := v.policy
	if x, ok := v.policies.At(p.PolicyVersion); ok {
		roster = x.Policy
	}
	return d.signedFor(roster, quorum.Approve, p.ID(), p.Bytes(), anyKey)
}

// clearedBy returns the watchers with a good clearance of a proposal.
func (d *desk) clearedBy(v *view, p *quorum.Proposal) ([]text.ID, error) {
	all, err := d.clearances(v, p.ID())
	if err != nil {
		return nil, err
	}
	var out []text.ID
	for _, s := range all {
		c, err := quorum.ParseClearance(s.Text)
		if err != nil {
			continue
		}
		by, err := d.signedFor(v.policy, quorum.Clear, text.Identity(s.Text), s.Text, anyKey)
		if err != nil {
			return nil, err
		}
		if slices.Contains(by, c.Watcher) {
			out = append(out, c.Watcher)
		}
	}
	return out, nil
}

func (r simulationJSON) show(w cli.World, all bool) {
	for _, x := range r.Withdrawals {
		if x.Change == stays && !all {
			continue
		}
		w.Text("")
		w.Field("withdrawal", x.ID)
		what := "asked for, not released"
		if x.Released {
			what = fmt.Sprintf("released at block %d", x.Block)
		}
		w.Field("", what)
		w.Field("then", x.Was)
		w.Field("under "+fmt.Sprint(r.Policy), x.Would)
	}
	if r.Flipped > 0 {
		w.Text("")
	}
	w.Text("%d of %s would come out differently under policy %d.", r.Flipped, count(len(r.Withdrawals), "withdrawal"), r.Policy)
	if r.Unknown > 0 {
		w.Warnf("%s released whose text is not in the registry: left out", count(r.Unknown, "withdrawal"))
	}
}
