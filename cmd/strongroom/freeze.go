package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// freezeCommand stops something. It stands under propose, and at the top for an
// emergency.
func freezeCommand(w cli.World, home *string) *cobra.Command {
	return freezeAs(w, home, "strongroom freeze")
}

// freezeAs is the command under the words by which it is called.
func freezeAs(w cli.World, home *string, called string) *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "freeze all|destination LABEL|officer ID|signer ID",
		Short: "stop everything, or one payee, officer or signer, at once",
		Long: "Writes and signs a freeze. One officer with the role is enough; it never expires, and holds on each signer until a thaw lifts it there.\n" +
			"It needs no node, and neither headers nor logs that are new. It takes effect on a signer when a courier brings it, or when a bundle does that was made after it.",
		Example: called + " all --memo \"laptop of alice stolen\"\n" +
			called + " officer alice --memo \"laptop stolen\" \\\n  --key ~/.ssh/id_ed25519",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error {
				return d.brake(f, func(v *view) (quorum.Body, error) { return v.freeze(args) })
			})
		},
	}
	addAskFlags(cmd, &f, false)
	return cmd
}

// freeze reads what is to be stopped, which has to be of the policy.
func (v *view) freeze(args []string) (quorum.Body, error) {
	what, err := record.ParseScopeKind(args[0])
	if err != nil {
		return nil, cli.Usagef("freeze: %w", err)
	}
	s := record.Scope{What: what}
	if len(args) == 2 {
		s.Name = text.ID(args[1])
	}
	names := v.scopeNames(what)
	switch {
	case what == record.ScopeAll && len(args) == 1:
	case what == record.ScopeAll:
		return nil, cli.Usagef("freeze all: want nothing behind it, found %q", args[1])
	case len(args) == 1 || !slices.Contains(names, s.Name):
		return nil, cli.Usagef("freeze %s: want one of %s, found %q", what, list(names), s.Name)
	}
	return quorum.Freeze{Scope: s}, nil
}

func (v *view) scopeNames(what record.ScopeKind) []text.ID {
	var out []text.ID
	switch what {
	case record.ScopeDestination:
		for _, d := range v.policy.Destinations {
			out = append(out, d.Label)
		}
	case record.ScopeOfficer:
		for _, o := range v.policy.Officers {
			out = append(out, o.ID)
		}
	case record.ScopeSigner:
		for _, d := range v.policy.Devices {
			out = append(out, d.ID)
		}
	}
	return out
}

// brake asks for what only stops something. Unlike any other proposal it must
// not wait for a node, for a log that is missing, or for a quarrel between two
// logs to be settled: these may be why somebody wants to stop.
func (d *desk) brake(f askFlags, body compose) error {
	v, err := d.view()
	if err != nil {
		return err
	}
	if err := d.noForks(v); err != nil {
		d.world.Warnf("%v", err)
	}
	if err := d.readBrakes(v); err != nil {
		return err
	}
	key, maker, done, err := f.key.signer(d.world, v.policy)
	if err != nil {
		return err
	}
	defer done()
	s, err := d.brakeStatement(v, maker, f)
	if err != nil {
		return err
	}
	if s.Body, err = body(v); err != nil {
		return err
	}
	message, err := s.Bytes()
	if err != nil {
		return err
	}
	report, err := d.review(v, message)
	if err != nil {
		return err
	}
	report.Reasons = append(report.Reasons, v.twice(s.Body)...)
	return d.propose(v, f, key, message, report)
}

// twice refuses a second freeze of what is frozen already: lifting one would not
// lift the other.
func (v *view) twice(body quorum.Body) []quorum.Reason {
	f, ok := body.(quorum.Freeze)
	if !ok {
		return nil
	}
	for _, b := range v.freezes() {
		if b.scope == f.Scope {
			return []quorum.Reason{quorum.Because(quorum.FrzActive, "freeze: want something that is not frozen yet, found the freeze %s of %s by %s", b.id.Short(), b.what(), b.officer)}
		}
	}
	return nil
}

// cancelCommand kills a proposal.
func cancelCommand(w cli.World, home *string) *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{
		Use:   "cancel ID",
		Short: "kill a proposal that was not released yet",
		Long: "Writes and signs a cancellation. The proposal's maker may, and any officer who may veto; nobody else has to agree.\n" +
			"It takes effect on a signer when a courier brings it, or when a bundle does that was made after it.",
		Example: "strongroom propose cancel 4f1c09ab --memo \"paid from another vault\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return inDesk(w, *home, func(d *desk) error {
				return d.brake(f, func(v *view) (quorum.Body, error) { return d.cancel(v, args[0]) })
			})
		},
	}
	addAskFlags(cmd, &f, false)
	return cmd
}

func (d *desk) cancel(v *view, prefix string) (quorum.Body, error) {
	id, err := d.find(prefix)
	if err != nil {
		return nil, err
	}
	p, err := d.proposal(id)
	if err != nil {
		return nil, err
	}
	if p.Kind() == quorum.KindFreeze {
		return nil, cli.Hint(fmt.Errorf("cancel: want a proposal that asks for something, found a freeze, which a thaw lifts"), "strongroom propose thaw %s --memo TEXT", id.Short())
	}
	if p.Kind() == quorum.KindCancel {
		return nil, cli.Hint(fmt.Errorf("cancel: want a proposal that asks for something, found a cancellation, which stands; propose anew"), "strongroom queue")
	}
	if i := slices.IndexFunc(v.brakes, func(b brake) bool { return b.kind == quorum.KindCancel && b.kills == id }); i >= 0 {
		return nil, refuse(quorum.StateKilled, "cancel: want a proposal that nobody cancelled, found the cancellation %s by %s", v.brakes[i].id.Short(), v.brakes[i].officer)
	}
	return quorum.Cancel{Kills: id}, d.stoppable(v, "cancel", id)
}
