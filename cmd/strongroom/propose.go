package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// proposeCommand asks officers for something; the maker signs first.
func proposeCommand(w cli.World, home *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "propose",
		Short:   "write and sign a proposal",
		Example: "strongroom propose withdrawal --pay exchange-hot:0.50000000 \\\n  --fee-max 0.00010000 --memo \"invoice 4411\" --key ~/.ssh/id_ed25519",
	}
	cmd.AddCommand(withdrawalCommand(w, home), internalCommand(w, home), sweepCommand(w, home))
	cmd.AddCommand(amendmentCommand(w, home))
	cmd.AddCommand(freezeAs(w, home, "strongroom propose freeze"), thawCommand(w, home), cancelCommand(w, home), resyncCommand(w, home), rehearsalCommand(w, home), restoreCommand(w, home))
	return cmd
}

// askFlags are what every proposal takes.
type askFlags struct {
	memo      string
	expiresIn uint32
	key       keyFlags
	confirm   *int
	json      *bool
}

// addAskFlags adds them to a command; a brake never expires.
func addAskFlags(cmd *cobra.Command, f *askFlags, expires bool) {
	if expires {
		f.addExpiry(cmd, "it")
	}
	cmd.Flags().StringVar(&f.memo, "memo", "", "what it is for, one line of `TEXT`")
	f.addKey(cmd)
	cobra.CheckErr(cmd.MarkFlagRequired("memo"))
}

// addExpiry adds the flag that says when what is proposed expires.
func (f *askFlags) addExpiry(cmd *cobra.Command, what string) {
	cmd.Flags().Uint32Var(&f.expiresIn, "expires-in", 0, fmt.Sprintf("let %s expire after `N` blocks (default: %d, or as many as the policy allows)", what, expiresIn))
}

// addKey adds the flags of signing.
func (f *askFlags) addKey(cmd *cobra.Command) {
	f.key, f.confirm, f.json = addKeyFlags(cmd), cli.ConfirmFD(cmd), cli.JSONFlag(cmd)
}

// withdrawalFlags are what the maker of a withdrawal asks for.
type withdrawalFlags struct {
	askFlags
	pays                                 []string
	feeMax, wallet, tier, bind, replaces string
}

func withdrawalCommand(w cli.World, home *string) *cobra.Command {
	var f withdrawalFlags
	cmd := &cobra.Command{
		Use:   "withdrawal",
		Short: "propose to pay listed destinations from a wallet",
		Long: "Writes the text of a withdrawal, judges it as far as it can be judged before anybody approves, shows what it means, and signs it as the maker.\n" +
			"Addresses come from the policy; only its labels can be paid. The text names the newest block and every signer's log as this desk knows them.",
		Example: "strongroom propose withdrawal --pay exchange-hot:0.50000000 \\\n  --fee-max 0.00010000 --memo \"invoice 4411\" --key ~/.ssh/id_ed25519",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return inDesk(w, *home, func(d *desk) error {
				return d.ask(cmd.Context(), f.askFlags, f.tier == "", func(v *view) (quorum.Body, error) { return d.withdrawal(v.policy, f) })
			})
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.pays, "pay", nil, "pay `LABEL:AMOUNT`, or LABEL#INDEX:AMOUNT where the destination is a descriptor; repeatable")
	flags.StringVar(&f.feeMax, "fee-max", "", "the most that the network may take, an `AMOUNT` in coins")
	flags.StringVar(&f.wallet, "wallet", "", "pay from wallet `ID` (default: the active one)")
	flags.StringVar(&f.tier, "tier", "", "claim tier `ID` (default: the one that the amount comes to)")
	flags.StringVar(&f.bind, "bind-txid", "", bindUsage)
	flags.StringVar(&f.replaces, "replaces", "", "take the place of the released proposal `ID`, spending the same coins")
	addAskFlags(cmd, &f.askFlags, true)
	for _, name := range []string{"pay", "fee-max"} {
		cobra.CheckErr(cmd.MarkFlagRequired(name))
	}
	return cmd
}

// compose makes a proposal's body under a view of the vault.
type compose func(v *view) (quorum.Body, error)

// ask goes its way in this order:
//
//  1. the newest headers, logs and policy
//  2. the text, and the judgement of it that officers and signers will repeat
//  3. what it means, shown to the maker, who types the id's first digits
//  4. the signature, and only then anything in the registry
func (d *desk) ask(ctx context.Context, f askFlags, anyTier bool, body compose) error {
	v, err := d.unforkedView(ctx)
	if err != nil {
		return err
	}
	key, maker, done, err := f.key.signer(d.world, v.policy)
	if err != nil {
		return err
	}
	defer done()
	s, err := d.statement(v, maker, f)
	if err != nil {
		return err
	}
	if s.Body, err = body(v); err != nil {
		return err
	}
	message, report, err := d.settleInTime(v, s, f, anyTier, key.Key())
	if err != nil {
		return err
	}
	return d.propose(v, f, key, message, report)
}

// propose shows the maker what a text means and, unless something speaks against
// it, takes the signature; only then anything is in the registry.
func (d *desk) propose(v *view, f askFlags, key sshsig.Signer, message []byte, report quorum.Report) error {
	if len(report.Reasons) > 0 {
		moreReasons(d.world, report.Reasons)
		return refusal(report.Reasons)
	}
	p := report.Proposal
	v.facts(d.screen(*f.json), p, report)
	if err := d.confirmID(*f.confirm, report.ID); err != nil {
		return err
	}
	if _, err := d.reg.PutText(message); err != nil {
		return err
	}
	if err := d.sign(v.policy, key, p.Maker, quorum.Propose, message); err != nil {
		return err
	}
	if p.Kind().Brake() {
		v.brakes = nil // there is one more
	}
	return d.tellOrder(v, report.ID, *f.json)
}

// screen is where facts are shown to a person: beside the machine form they go
// to standard error.
func (d *desk) screen(json bool) cli.World {
	w := d.world
	if json {
		w.Out = w.Err
	}
	return w
}

// tellOrder reports where an order stands now, in either form.
func (d *desk) tellOrder(v *view, id text.Hash, json bool) error {
	x, err := d.dossierOf(v, id)
	if err != nil {
		return err
	}
	if json {
		return d.world.JSON(x.report())
	}
	d.showStanding(x.standing())
	return nil
}

// showStanding writes where an order stands.
func (d *desk) showStanding(s standing) {
	d.world.Field("state", s.State)
	if s.Detail != "" {
		d.world.Field("", s.Detail)
	}
	if len(s.Waiting) > 0 {
		d.world.Field("waiting for", list(s.Waiting))
	}
	if s.Next != "" {
		showCommand(d.world, "next", s.Next)
	}
}

// showCommand writes a command whole, however long it is: it is there to be
// pasted. 14 columns is where the values of fields begin.
func showCommand(w cli.World, name, command string) {
	fmt.Fprintf(w.Out, "%-14s%s\n", name, command)
}

// withdrawal writes down what the maker of a withdrawal asks for.
func (d *desk) withdrawal(p *policy.Policy, f withdrawalFlags) (quorum.Body, error) {
	order := quorum.Withdrawal{Tier: text.ID(f.tier)}
	var err error
	if order.Wallet, err = activeWallet(p, f.wallet); err != nil {
		return nil, err
	}
	if order.BindTx, err = boundTo(f.bind); err != nil {
		return nil, err
	}
	if order.Replaces, err = d.replaced(f.replaces); err != nil {
		return nil, err
	}
	if order.Pays, err = d.pays(p, f.pays); err != nil {
		return nil, err
	}
	if order.FeeMax, err = custody.ParseAmount(f.feeMax); err != nil {
		return nil, cli.Usagef("--fee-max: %w", err)
	}
	if order.Total, err = totalOf(order); err != nil {
		return nil, err
	}
	return order, nil
}

func totalOf(order quorum.Withdrawal) (custody.Amount, error) {
	total := order.FeeMax
	for _, pay := range order.Pays {
		var err error
		if total, err = total.Add(pay.Amount); err != nil {
			return 0, fmt.Errorf("total: %w", err)
		}
	}
	return total, nil
}

func (d *desk) replaced(prefix string) (text.Hash, error) {
	if prefix == "" {
		return text.Hash{}, nil
	}
	return d.find(prefix)
}

// activeWallet returns the wallet named, or the only active one.
func activeWallet(p *policy.Policy, named string) (text.ID, error) {
	var active []text.ID
	for _, w := range p.Wallets {
		if w.State == policy.Active {
			active = append(active, w.ID)
		}
	}
	switch {
	case named != "":
		return text.ParseID(named)
	case len(active) == 1:
		return active[0], nil
	}
	return "", cli.Usagef("--wallet: want one of %s, found none named", list(active))
}

// settle renders and judges a proposal. Where no tier was claimed it claims the
// mildest that the policy has, and then the one that this comes to.
func (d *desk) settle(v *view, s quorum.Statement, anyTier bool) (message []byte, r quorum.Report, err error) {
	order, withdraws := s.Body.(quorum.Withdrawal)
	if withdraws && anyTier && len(v.policy.Tiers) > 0 {
		order.Tier = v.policy.Tiers[0].ID
		s.Body = order
	}
	if s.Body.Kind().Brake() {
		s.Expires = 0
	}
	for range 2 {
		if message, err = s.Bytes(); err != nil {
			return nil, r, err
		}
		if r, err = d.review(v, message); err != nil {
			return nil, r, err
		}
		if !withdraws || !anyTier || r.Tier == "" || r.Tier == order.Tier {
			break
		}
		order.Tier = r.Tier
		s.Body = order
	}
	return message, r, nil
}

// review judges a text as far as it can be judged before it is signed.
func (d *desk) review(v *view, message []byte) (quorum.Report, error) {
	in := quorum.Submission{Text: message, Logs: v.logs()}
	var err error
	if in.Descriptors, err = d.descriptors(v.policy); err != nil {
		return quorum.Report{}, err
	}
	p, err := quorum.ParseProposal(message)
	if err != nil {
		return quorum.Report{}, err
	}
	switch body := p.Body.(type) {
	case quorum.Amendment:
		if in.Next, err = d.next(body); err == nil {
			in.Logs, err = d.withNew(v, in.Next.Policy)
		}
		if err != nil {
			return quorum.Report{}, err
		}
	case quorum.Cancel:
		if in.Target, err = d.reg.Text(body.Kills); err != nil {
			return quorum.Report{}, err
		}
	}
	_, r := quorum.Judge(v.world(), in, quorum.Review)
	r.Reasons = append(r.Reasons, quorum.CheckMaker(v.world(), p, in.Target)...)
	return r, nil
}
