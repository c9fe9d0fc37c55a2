package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/text"
)

// clearFlags are how a watcher clears.
type clearFlags struct {
	approveFlags
	out, watcher string
}

// clearCommand lets a watcher say that nothing speaks against a proposal.
func clearCommand(w cli.World, home *string) *cobra.Command {
	var f clearFlags
	cmd := &cobra.Command{
		Use:   "clear ID",
		Short: "state, as a watcher, that nothing speaks against a proposal",
		Long: "Looks for vetoes, freezes and cancellations in the registry and in every signer's log, checks that the proposal was recorded and that the newest block here is fresh, shows what it means, and signs a clearance once the first digits of its id are typed.\n" +
			"A signer counts a clearance only if it was made with the signer's log up to the recording in sight, and not long before the release: receive the signers' logs after the recording, and clear when the wait is nearly over.\n" +
			"With -o and --watcher the clearance is only written, to be signed with plain ssh-keygen.",
		Example: "strongroom clear 4f1c09ab --key ~/.ssh/id_ed25519\nstrongroom clear 4f1c09ab --watcher frank -o clearance.txt",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error { return d.clear(cmd.Context(), args[0], f) })
		},
	}
	cmd.Flags().StringArrayVar(&f.tips, "tip", nil, "ask `SOURCE` for the newest block; repeatable (default: rpc)")
	cmd.Flags().StringVarP(&f.out, "output", "o", "", "write the clearance to the new file `FILE` and sign nothing")
	cmd.Flags().StringVar(&f.watcher, "watcher", "", "with -o: the watcher who will sign, `ID`")
	f.key, f.confirm, f.json = addKeyFlags(cmd), cli.ConfirmFD(cmd), cli.JSONFlag(cmd)
	cmd.MarkFlagsRequiredTogether("output", "watcher")
	cmd.MarkFlagsMutuallyExclusive("output", "key")
	cmd.MarkFlagsMutuallyExclusive("output", "json")
	return cmd
}

// clear goes its way in this order:
//
//  1. the newest blocks that the sources name
//  2. whether anything speaks against the proposal, and whether this watcher's
//     clearance would count: every reason is told
//  3. the clearance's text: block and logs as this desk has them now
//  4. what the proposal means, and what the watcher says
//  5. the id's first digits, the signature, and only then the registry
func (d *desk) clear(ctx context.Context, prefix string, f clearFlags) error {
	v, p, err := d.reading(prefix)
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
	x, err := d.dossierOf(v, p.ID())
	if err != nil {
		return err
	}
	if f.out != "" {
		watcher := text.ID(f.watcher)
		message, err := x.clearance(d.world, watcher, tips)
		if err != nil {
			return err
		}
		x.facts(d.world, p, x.order.report)
		return d.clearByHand(message, f.out)
	}
	key, watcher, done, err := f.key.signer(d.world, v.policy)
	if err != nil {
		return err
	}
	defer done()
	message, err := x.clearance(d.world, watcher, tips)
	if err != nil {
		return err
	}
	w := d.screen(*f.json)
	x.facts(w, p, x.order.report)
	x.showClearance(w, watcher, tips, message)
	if err := d.confirmID(*f.confirm, p.ID()); err != nil {
		return err
	}
	if _, err := d.reg.PutText(message); err != nil {
		return err
	}
	if err := d.sign(v.policy, key, watcher, quorum.Clear, message); err != nil {
		return err
	}
	v.clearances = nil // there is one more
	return d.tellOrder(v, p.ID(), *f.json)
}

// clearance writes what a watcher says, if nothing speaks against it.
func (x *dossier) clearance(w cli.World, watcher text.ID, tips []quorum.Tip) ([]byte, error) {
	s := x.sittingHere()
	if len(s.Clears) == 0 {
		return nil, cli.Hint(fmt.Errorf("clear: want a proposal that takes a clearance, found %s, which takes none", s.Title()), "strongroom queue %s", x.order.id.Short())
	}
	tip, _ := x.chain.Tip()
	block := quorum.Block{Height: tip.Height, Hash: text.Hash(tip.Hash)}
	reasons := slices.Concat(x.barredToClear(watcher), x.objections(), quorum.Fresh(x.policy, block, tips))
	if len(reasons) > 0 {
		moreReasons(w, reasons)
		return nil, refusal(reasons)
	}
	for _, a := range x.at {
		if !a.done && !a.recorded {
			w.Warnf("%s has not recorded it, by its log here; the clearance will not count there", a.device)
		}
	}
	if slices.Contains(voters(x.order.report, quorum.Approve), watcher) {
		w.Warnf("%s has approved it too; nobody fills two seats", watcher)
	}
	seen, err := x.seenAll()
	if err != nil {
		return nil, err
	}
	p := x.order.proposal
	return quorum.Clearance{Vault: p.Vault, Network: p.Network, Genesis: p.Genesis, Proposal: p.ID(), Block: block, Seen: seen, Watcher: watcher}.Bytes()
}

// objections says what keeps a clearance from being given: something that speaks
// against the proposal, or that it would come too early.
func (x *dossier) objections() []quorum.Reason {
	reasons := x.against()
	for _, a := range x.at {
		for _, r := range a.reasons {
			if _, no := reasonOf([]quorum.Reason{r}, quorum.StateVetoed, quorum.StateKilled, quorum.FrzActive); no && !slices.Contains(reasons, r) {
				reasons = append(reasons, r)
			}
		}
	}
	if s := x.sittingHere(); s.Cool > 0 && x.countSigners(func(a atSigner) bool { return a.recorded || a.done }) == 0 {
		reasons = append(reasons, quorum.Because(quorum.ClkNotRecorded, "clear: want a proposal that a signer has recorded, by its log here, found none; record it and receive the log first"))
	}
	tip, _ := x.chain.Tip()
	if at, ok := x.ripeAt(); ok && at > tip.Height+x.policy.ClearAgeMax {
		reasons = append(reasons, quorum.Because(quorum.ClkCooling, "clear: want a wait that ends within %d blocks, as long as a clearance counts, found %d to come; come back later", x.policy.ClearAgeMax, at-tip.Height))
	}
	return quorum.SortReasons(reasons)
}

// showClearance shows what the watcher is about to say.
func (x *dossier) showClearance(w cli.World, watcher text.ID, tips []quorum.Tip, message []byte) {
	for _, t := range tips {
		w.Field("tip", fmt.Sprintf("block %d by %s", t.Point.Height, t.Source))
	}
	for _, s := range x.signers {
		w.Field("looked at", fmt.Sprintf("the log of %s up to %s", s.device, count(int(s.proven.Checkpoint().Size), "record")))
	}
	w.Field("clearance", text.Identity(message).String())
	w.Field("you sign", "CLEAR: no veto and no freeze seen, as "+x.person(watcher))
}

// clearByHand writes a clearance and prints how to sign it with OpenSSH alone.
func (d *desk) clearByHand(message []byte, out string) error {
	if err := writeOut(out, message); err != nil {
		return err
	}
	fmt.Fprintf(d.world.Out, "\n%s\n", message) // canonical: nothing in it that a terminal obeys
	d.world.Text("To sign it with plain ssh-keygen:")
	for _, line := range []string{signLine(quorum.Clear, out), "strongroom receive " + quoted(out) + " " + quoted(out+".sig")} {
		fmt.Fprintln(d.world.Out, "  "+line)
	}
	return nil
}
