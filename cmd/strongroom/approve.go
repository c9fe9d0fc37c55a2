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
//  3. whether this officer's approval counts, whether the text may pass, and
//     whether it is fresh: every reason is told
//  4. what it means; the officer types the id's first digits
//  5. the signature
func (d *desk) approve(ctx context.Context, prefix string, f approveFlags) error {
	v, signers, p, err := d.reading(prefix)
	if err != nil {
		return err
	}
	if err := d.noForks(v); err != nil {
		return err
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
	reasons := slices.Concat(v.barred(p, officer), report.Reasons, quorum.Fresh(v.policy, p.Block, tips))
	if len(reasons) > 0 {
		moreReasons(d.world, reasons)
		return refusal(reasons)
	}
	v.facts(d.screen(*f.json), p, report, signers)
	for _, t := range tips {
		d.screen(*f.json).Field("tip", fmt.Sprintf("block %d by %s", t.Point.Height, t.Source))
	}
	d.screen(*f.json).Field("you sign", "approve, as "+v.person(officer))
	if t, ok := v.policy.Tier(report.Tier); ok && !v.seated(t, officer) {
		d.world.Warnf("%s is in no group that tier %s needs, so the approval fills no seat", officer, t.ID)
	}
	if err := d.confirmID(*f.confirm, p.ID()); err != nil {
		return err
	}
	if err := d.sign(v.policy, key, officer, quorum.Approve, p.Bytes()); err != nil {
		return err
	}
	return d.tellOrder(v, signers, p.ID(), *f.json)
}

// seated says whether an officer is in any group that a tier needs.
func (v *view) seated(t policy.Tier, officer text.ID) bool {
	return slices.ContainsFunc(t.Needs, func(n policy.Need) bool { return slices.Contains(v.policy.Members(n.Group), officer) })
}

func (d *desk) veto(prefix string, f approveFlags) error {
	v, signers, p, err := d.reading(prefix)
	if err != nil {
		return err
	}
	key, officer, done, err := f.key.signer(d.world, v.policy)
	if err != nil {
		return err
	}
	defer done()
	if !v.policy.InRole(policy.Veto, officer) {
		return refuse(quorum.SeatRole, "veto: want an officer who may veto, found %s", officer)
	}
	v.facts(d.screen(*f.json), p, quorum.Report{}, signers)
	d.screen(*f.json).Field("you sign", "VETO, as "+v.person(officer))
	if err := d.confirmID(*f.confirm, p.ID()); err != nil {
		return err
	}
	if err := d.sign(v.policy, key, officer, quorum.Veto, p.Bytes()); err != nil {
		return err
	}
	return d.tellOrder(v, signers, p.ID(), *f.json)
}

// reading returns what is needed to read a proposal: the desk's view, the
// signers' logs, and the proposal parsed from its bytes.
func (d *desk) reading(prefix string) (*view, []signerLog, *quorum.Proposal, error) {
	v, err := d.view()
	if err != nil {
		return nil, nil, nil, err
	}
	signers, err := v.signers()
	if err != nil {
		return nil, nil, nil, err
	}
	id, err := d.find(prefix)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := d.proposal(id)
	return v, signers, p, err
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
