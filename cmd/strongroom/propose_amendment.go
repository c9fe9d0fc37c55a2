package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// amendmentFlags are what the maker of an amendment says.
type amendmentFlags struct {
	askFlags
	class   string
	annexes []string
}

func amendmentCommand(w cli.World, home *string) *cobra.Command {
	var f amendmentFlags
	cmd := &cobra.Command{
		Use:   "amendment",
		Short: "propose the open draft as the next version of the policy",
		Long: "Takes the draft of the next version, judges it as signers and as the linter do, shows every changed line with its class, the withdrawals that it makes possible or impossible, and who has to consent; " +
			"then writes the amendment and signs it as the maker. Officers approve it like any proposal, and signers decide when it takes effect.\n" +
			"An amendment may claim a class that asks for more than its changes do. A change of one officer's keys alone is made by that officer, who signs with a key that stays; --class recovery is for the recovery group, when the officers are gone.\n" +
			"Without --expires-in it expires after the usual time and the wait of its class, so that it can still be carried to the signers.",
		Example: "strongroom policy draft start\nstrongroom propose amendment --memo \"kate joins the treasury\" \\\n  --key ~/.ssh/id_ed25519",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return changeDesk(w, *home, func(d *desk) error {
				return d.ask(cmd.Context(), f.askFlags, false, func(v *view) (quorum.Body, error) { return d.amendment(v, f) })
			})
		},
	}
	cmd.Flags().StringVar(&f.class, "class", "", "claim `CLASS` tighten, destination, loosen, rekey, recovery or reanchor (default: what the changes come to)")
	cmd.Flags().StringArrayVar(&f.annexes, "annex", nil, "take the annex in `FILE`; repeatable (default: those of the registry)")
	addAskFlags(cmd, &f.askFlags, true)
	return cmd
}

// amendment writes down what the open draft changes. In order: a draft on the
// policy in force, complete and within the rules; its annexes; the linter; its
// texts in the registry, where the judgement and the facts read them.
func (d *desk) amendment(v *view, f amendmentFlags) (quorum.Body, error) {
	next, err := d.proposable(v)
	if err != nil {
		return nil, err
	}
	s, err := compared(v.policy, next)
	if err != nil {
		return nil, err
	}
	if f.class != "" {
		if s.claimed, err = policy.ParseClass(f.class); err != nil {
			return nil, cli.Usagef("--class: %w", err)
		}
	}
	annexes, err := d.annexesFor(next, f.annexes)
	if err != nil {
		return nil, err
	}
	if err := d.lintErrors(v, next, annexes); err != nil {
		return nil, err
	}
	if err := d.keepNext(next, annexes); err != nil {
		return nil, err
	}
	return quorum.Amendment{Version: next.Version, Policy: next.Hash(), Class: s.claimed, Changes: policy.Changes(v.policy, next)}, nil
}

// proposable returns the open draft of the next version.
func (d *desk) proposable(v *view) (*policy.Policy, error) {
	if err := d.founded(v); err != nil {
		return nil, err
	}
	next, err := d.draftText()
	if err == nil && next.Version <= 1 {
		err = noDraft(v.policy)
	}
	if err != nil {
		return nil, err
	}
	return next, d.follows(v, next)
}

// annexesFor returns the texts that a policy names: those given, and those of
// the registry.
func (d *desk) annexesFor(p *policy.Policy, files []string) ([][]byte, error) {
	given, err := readAnnexes(d.world, files)
	if err != nil {
		return nil, err
	}
	stored, err := annexesOf(d.reg, p)
	if err != nil {
		return nil, err
	}
	have := quorum.AnnexesOf(p, append(given, stored...))
	if found := p.CheckAnnexes(have); len(found) > 0 {
		return nil, refuse(quorum.Code(found[0].Code), "%s", found[0].Text)
	}
	var out [][]byte
	for _, a := range p.Annexes {
		out = append(out, have[a.Name])
	}
	return out, nil
}

// keepNext stores what travels with an amendment, and example cases where the
// home has none.
func (d *desk) keepNext(next *policy.Policy, annexes [][]byte) error {
	for _, b := range append([][]byte{next.Bytes()}, annexes...) {
		if _, err := d.reg.PutText(b); err != nil {
			return err
		}
	}
	if err := d.haveDescriptors(next); err != nil {
		return err
	}
	return d.writeCases(next)
}

// settleInTime is settle, after which what has to wait expires that much later,
// and with what the maker's key decides.
func (d *desk) settleInTime(v *view, s quorum.Statement, f askFlags, anyTier bool, key sshsig.Key) (message []byte, r quorum.Report, err error) {
	if message, r, err = d.settle(v, s, anyTier); err != nil {
		return nil, r, err
	}
	if late := v.later(r); late > 0 && f.expiresIn == 0 {
		s.Expires = min(s.Expires+late, maxExpires)
		if message, r, err = d.settle(v, s, anyTier); err != nil {
			return nil, r, err
		}
	}
	stays, err := d.keyStays(s.Body, s.Maker, key)
	r.Reasons = append(r.Reasons, stays...)
	return message, r, err
}

// later returns how many blocks later than usual a proposal may expire because it
// has to wait, by the seats that it was found to take.
func (v *view) later(r quorum.Report) uint32 {
	if r.Sitting == "" {
		return 0
	}
	cool := v.sittingNow(r.Proposal, r.Tier).Cool
	return cool + cool/4
}

// keyStays wants the maker of a rekey to sign with a key that the next version
// keeps: who stole one key must not replace the other.
func (d *desk) keyStays(body quorum.Body, maker text.ID, key sshsig.Key) ([]quorum.Reason, error) {
	a, ok := body.(quorum.Amendment)
	if !ok || a.Class != policy.ClassRekey {
		return nil, nil
	}
	next, err := policyText(d.reg, a.Policy)
	if err != nil {
		return nil, fmt.Errorf("policy %d: %w", a.Version, err)
	}
	if slices.ContainsFunc(next.Keys(maker), key.Equal) {
		return nil, nil
	}
	return []quorum.Reason{quorum.Because(quorum.PolRekey, "maker: want it signed with a key of %s that stays, found the one that goes", maker)}, nil
}
