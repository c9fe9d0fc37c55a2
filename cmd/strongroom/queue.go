package main

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// queueCommand lists the proposals that are under way.
func queueCommand(w cli.World, home *string) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "queue [ID]",
		Short: "what is under way, what comes next, who is waited for",
		Long: "Lists what stands frozen, signers that stopped themselves and terms that end soon, then every proposal under way, standing freezes first and then what has to be done soonest: what comes next, who is waited for, since when, and till when that is in time.\n" +
			"Times are of this terminal's zone, and ranges, since blocks come by chance; on regtest only blocks are counted.",
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
	var found []*dossier
	if len(args) > 0 {
		x, err := d.dossier(v, args[0])
		if err != nil {
			return err
		}
		found = append(found, x)
	} else if found, err = d.queued(v, all); err != nil {
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
	if len(args) == 0 {
		d.showAlerts(v)
	}
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

// queued gathers the proposals to be listed, the most urgent first. One that
// cannot be read is told as a warning and stops nobody else.
func (d *desk) queued(v *view, all bool) ([]*dossier, error) {
	var out []queueing
	add := func(id text.Hash) error {
		if over, err := d.over(v, id); err != nil || over && !all {
			return err
		}
		x, err := d.dossierOf(v, id)
		if err != nil {
			return err
		}
		if s := x.standing(); all || !s.ended() {
			out = append(out, queueing{x, s})
		}
		return nil
	}
	err := d.eachProposal(func(id text.Hash) error {
		if err := add(id); err != nil {
			d.world.Warnf("%s: %v", id.Short(), err)
		}
		return nil
	})
	slices.SortStableFunc(out, sooner)
	var found []*dossier
	for _, q := range out {
		found = append(found, q.dossier)
	}
	return found, err
}

// queueing is a proposal with where it stands, which takes a judgement to know.
type queueing struct {
	*dossier
	at standing
}

// sooner orders proposals by what has to be done first: freezes that stand, then
// by the last block that the next step is in time at, which those that have none
// come behind; of equals, the one that expires first, then the older one.
func sooner(a, b queueing) int {
	p, q := a.order.proposal, b.order.proposal
	return cmp.Or(
		cmp.Compare(a.urgency(), b.urgency()),
		cmp.Compare(a.at.By, b.at.By),
		cmp.Compare(p.Expires, q.Expires),
		cmp.Compare(p.Block.Height, q.Block.Height))
}

// urgency is 0 for a freeze that stands, 1 for what has a last block, 2 for the
// rest.
func (q queueing) urgency() int {
	switch {
	case q.order.proposal.Kind() == quorum.KindFreeze && (q.at.State == isDone || !q.at.ended()):
		return 0
	case q.at.By > 0:
		return 1
	}
	return 2
}

// over says, without judging, that an order is mined, that it expired before any
// signer carried it out, or that every signer has: of years of orders, most are.
func (d *desk) over(v *view, id text.Hash) (bool, error) {
	p, err := d.proposal(id)
	if err != nil {
		return false, err
	}
	did := 0
	for _, s := range v.signers {
		done, err := s.did(p)
		if err != nil {
			return false, err
		}
		if !done {
			continue
		}
		if _, listed := v.policy.Device(s.device); listed {
			did++
		}
		r, _ := s.state.Released(id)
		for _, g := range r.Rungs {
			if block, err := d.minedIn(g.TxID); err != nil || block != "" {
				return true, err
			}
		}
	}
	tip, _ := v.chain.Tip()
	everywhere := did >= len(v.policy.Devices) && !p.Kind().Moves()
	return everywhere || did == 0 && !p.Kind().Brake() && p.Expires < tip.Height, nil
}

func (d *desk) showQueued(x *dossier) {
	p := x.order.proposal
	d.world.Field("id", p.ID().String())
	d.world.Field("kind", string(p.Kind()))
	if p.Kind() == quorum.KindWithdrawal {
		for _, pay := range p.Pays {
			d.world.Field("pay", pay.Amount.In(p.Network)+" to "+payee(pay))
		}
	} else {
		d.world.Field("asks for", x.inShort(p))
	}
	d.world.Field("memo", "\""+p.Memo+"\"")
	d.world.Field("maker", x.person(p.Maker))
	d.showVotes(x)
	s := x.standing()
	d.showStanding(s)
	now := d.world.Now()
	if s.Until > 0 {
		d.world.Field("until", x.untilBlock(now, s.Until))
	}
	if !s.ended() {
		d.world.Field("since", x.sinceBlock(now, s.Since))
	}
	if s.By > 0 && !s.ended() {
		d.world.Field("in time till", x.untilBlock(now, s.By))
	}
}
