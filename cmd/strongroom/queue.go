package main

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum/text"
)

// queueCommand lists the proposals that are under way.
func queueCommand(w cli.World, home *string) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:     "queue [ID]",
		Short:   "what is under way, what comes next, who is waited for",
		Example: "strongroom queue",
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.Flags().BoolVar(&all, "all", false, "list also what is mined, expired or vetoed")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.queue(args, all, *asJSON) })
	}
	return cmd
}

func (d *desk) queue(args []string, all, asJSON bool) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	signers, err := v.signers()
	if err != nil {
		return err
	}
	var found []*dossier
	if len(args) > 0 {
		x, err := d.dossier(v, args[0])
		if err != nil {
			return err
		}
		found = append(found, x)
	} else if found, err = d.queued(v, signers, all); err != nil {
		return err
	}
	if asJSON {
		reports := []orderReport{}
		for _, x := range found {
			reports = append(reports, x.report())
		}
		return d.world.JSON(reports)
	}
	banner(d.world, d.network)
	if len(found) == 0 {
		d.world.Text("nothing is under way")
	}
	for i, x := range found {
		if i > 0 {
			d.world.Text("")
		}
		d.showQueued(x)
	}
	return nil
}

// queued gathers the proposals to be listed, the oldest block first. One that
// cannot be read is told as a warning and stops nobody else.
func (d *desk) queued(v *view, signers []signerLog, all bool) ([]*dossier, error) {
	var out []*dossier
	add := func(id text.Hash) error {
		if over, err := d.over(v, signers, id); err != nil || over && !all {
			return err
		}
		x, err := d.dossierOf(v, signers, id)
		if err != nil {
			return err
		}
		if all || !x.standing().ended() {
			out = append(out, x)
		}
		return nil
	}
	err := d.eachProposal(func(id text.Hash) error {
		if err := add(id); err != nil {
			d.world.Warnf("%s: %v", id.Short(), err)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b *dossier) int {
		return cmp.Compare(a.order.proposal.Block.Height, b.order.proposal.Block.Height)
	})
	return out, err
}

// over says, without judging, that an order is mined, or expired before any
// signer released it: of years of orders, most are.
func (d *desk) over(v *view, signers []signerLog, id text.Hash) (bool, error) {
	p, err := d.proposal(id)
	if err != nil {
		return false, err
	}
	released := false
	for _, s := range signers {
		r, ok := s.state.Released(id)
		if !ok {
			continue
		}
		released = true
		for _, g := range r.Rungs {
			if block, err := d.minedIn(g.TxID); err != nil || block != "" {
				return true, err
			}
		}
	}
	tip, _ := v.chain.Tip()
	return !released && p.Expires < tip.Height, nil
}

func (d *desk) showQueued(x *dossier) {
	p := x.order.proposal
	d.world.Field("id", p.ID().String())
	for _, pay := range p.Pays {
		d.world.Field("pay", pay.Amount.In(p.Network)+" to "+payee(pay))
	}
	d.world.Field("memo", "\""+p.Memo+"\"")
	d.world.Field("maker", x.person(p.Maker))
	d.showVotes(x.order)
	d.showStanding(x.standing())
}
