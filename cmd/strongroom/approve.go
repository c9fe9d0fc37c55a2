package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// approveFlags are how an officer signs.
type approveFlags struct {
	tips    []string
	key     keyFlags
	confirm *int
	json    *bool
}

// approveCommand lets an officer sign a proposal.
func approveCommand(w cli.World, home *string) *cobra.Command {
	var f approveFlags
	cmd := &cobra.Command{
		Use:   "approve ID",
		Short: "read a proposal and sign it",
		Long: "Judges the proposal again, checks that it is fresh, shows what it means, and signs it once the first digits of its id are typed.\n" +
			"The proposal's block must be near the tip as one source tells it, two on mainnet: --tip rpc is the desk's node, --tip headers:FILE a file of headers, --tip typed:HEIGHT:HASH what you read elsewhere.\n" +
			"Plain ssh-keygen signs as well, and checks nothing of this; see review.",
		Example: "strongroom approve 4f1c09ab --key ~/.ssh/id_ed25519",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error { return d.approve(cmd.Context(), args[0], f) })
		},
	}
	cmd.Flags().StringArrayVar(&f.tips, "tip", nil, "ask `SOURCE` for the newest block; repeatable (default: rpc)")
	f.key, f.confirm, f.json = addKeyFlags(cmd), cli.ConfirmFD(cmd), cli.JSONFlag(cmd)
	return cmd
}

// vetoCommand lets an officer stop a proposal.
func vetoCommand(w cli.World, home *string) *cobra.Command {
	var f approveFlags
	cmd := &cobra.Command{
		Use:     "veto ID",
		Short:   "stop a proposal for good",
		Long:    "Signs a veto, which every signer honours once it is in a bundle. It cannot be taken back; the maker has to propose again. No judgement and no fresh block is asked for.",
		Example: "strongroom veto 4f1c09ab --key ~/.ssh/id_ed25519",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error { return d.veto(args[0], f) })
		},
	}
	f.key, f.confirm, f.json = addKeyFlags(cmd), cli.ConfirmFD(cmd), cli.JSONFlag(cmd)
	return cmd
}

// approve goes its way in this order:
//
//  1. the text, parsed anew from the bytes that are signed
//  2. the newest blocks that the sources name
//  3. whether this officer's approval counts, whether the text may pass, whether
//     it is fresh, and whether a policy that it adopts is wise: every reason is
//     told
//  4. what it means; the officer types the id's first digits
//  5. the signature
func (d *desk) approve(ctx context.Context, prefix string, f approveFlags) error {
	v, p, err := d.reading(prefix)
	if err != nil {
		return err
	}
	if err := d.noForks(v); err != nil {
		return err
	}
	if p.Kind().Brake() {
		return cli.Hint(fmt.Errorf("approve: want a proposal that needs approvals, found a %s, for which one officer is enough", p.Kind()), "strongroom bundle %s -o DIR", p.ID().Short())
	}
	tips, err := d.tips(ctx, v, f.tips)
	if err != nil {
		return err
	}
	key, officer, done, err := f.key.signer(d.world, v.policy)
	if err != nil {
		return err
	}
	defer done()
	report, err := d.review(v, p.Bytes())
	if err != nil {
		return err
	}
	reasons := slices.Concat(v.barred(p, officer), v.disturbs(p, officer), v.stopping(p), report.Reasons, quorum.Fresh(v.policy, p.Block, tips))
	if len(reasons) > 0 {
		moreReasons(d.world, reasons)
		return refusal(reasons)
	}
	w := d.screen(*f.json)
	v.facts(w, p, report)
	if err := v.unwise(d.world, p); err != nil {
		return err
	}
	for _, t := range tips {
		w.Field("tip", fmt.Sprintf("block %d by %s", t.Point.Height, t.Source))
	}
	w.Field("you sign", "approve, as "+v.person(officer))
	if s := v.sittingOf(p, report.Tier); len(s.Needs) > 0 && !v.inGroups(s.Needs, officer) {
		d.world.Warnf("%s is in no group that %s needs, so the approval fills no seat", officer, s.Title())
	}
	if err := d.confirmID(*f.confirm, p.ID()); err != nil {
		return err
	}
	if err := d.sign(v.policy, key, officer, quorum.Approve, p.Bytes()); err != nil {
		return err
	}
	return d.tellOrder(v, p.ID(), *f.json)
}

// disturbs refuses the approval of a recovery by somebody who is no part of it:
// the signature alone would prove that the officers are alive, and end it
// unseen. A veto says so openly.
func (v *view) disturbs(p *quorum.Proposal, officer text.ID) []quorum.Reason {
	a, ok := p.Body.(quorum.Amendment)
	if !ok || a.Class != policy.ClassRecovery || v.policy.Recovers(officer) {
		return nil
	}
	return []quorum.Reason{quorum.Because(quorum.RecNotDormant, "%s: want an officer who may recover, found another, who stops it with 'strongroom veto %s'", officer, p.ID().Short())}
}

func (d *desk) veto(prefix string, f approveFlags) error {
	v, p, err := d.reading(prefix)
	if err != nil {
		return err
	}
	if p.Kind().Brake() {
		return cli.Hint(fmt.Errorf("veto: want a proposal that asks for something, found a %s, which only stops", p.Kind()), "strongroom queue")
	}
	if err := d.stoppable(v, "veto", p.ID()); err != nil {
		return err
	}
	key, officer, done, err := f.key.signer(d.world, v.policy)
	if err != nil {
		return err
	}
	defer done()
	if !v.mayVeto(p, officer) {
		return refuse(quorum.SeatRole, "veto: want an officer who may veto, found %s", officer)
	}
	w := d.screen(*f.json)
	v.facts(w, p, quorum.Report{})
	w.Field("you sign", "VETO, as "+v.person(officer))
	if err := d.confirmID(*f.confirm, p.ID()); err != nil {
		return err
	}
	if err := d.sign(v.policy, key, officer, quorum.Veto, p.Bytes()); err != nil {
		return err
	}
	return d.tellOrder(v, p.ID(), *f.json)
}

// mayVeto says whether an officer's veto counts: that of the role, and where
// keys are replaced or the officers are said to be gone, that of everybody.
func (v *view) mayVeto(p *quorum.Proposal, officer text.ID) bool {
	a, ok := p.Body.(quorum.Amendment)
	everybody := ok && (a.Class == policy.ClassRekey || a.Class == policy.ClassRecovery)
	return everybody || v.policy.InRole(policy.Veto, officer)
}

// reading returns what is needed to read a proposal: the desk's view, and the
// proposal parsed from its bytes.
func (d *desk) reading(prefix string) (*view, *quorum.Proposal, error) {
	v, err := d.view()
	if err != nil {
		return nil, nil, err
	}
	id, err := d.find(prefix)
	if err != nil {
		return nil, nil, err
	}
	p, err := d.proposal(id)
	if err != nil {
		return nil, nil, err
	}
	return v, p, d.readBrakes(v)
}

func (d *desk) proposal(id text.Hash) (*quorum.Proposal, error) {
	b, err := d.reg.Text(id)
	if err != nil {
		return nil, err
	}
	p, err := quorum.ParseProposal(b)
	if err != nil {
		return nil, refusal([]quorum.Reason{quorum.ReasonOf(err, quorum.TextGrammar)})
	}
	return p, nil
}
