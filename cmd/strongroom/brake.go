package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// brake is a freeze or a cancellation: one that the registry holds and the
// signers would honour, one that a signer's log holds, or both.
type brake struct {
	id      text.Hash
	kind    quorum.Kind
	scope   record.Scope // of a freeze
	kills   text.Hash    // of a cancellation
	officer text.ID      // who stopped it
	since   uint32       // the block that its text names, else the tip at which it was recorded
	on      []text.ID    // the signers whose logs hold it
	lifted  []text.ID    // of these, those that lifted it
}

// stands says whether it still stops something: a freeze holds on every signer
// as long as one log has it that did not lift it, or while it is on its way.
func (b brake) stands() bool { return len(b.on) == 0 || len(b.lifted) < len(b.on) }

// pending says that no signer has it yet.
func (b brake) pending() bool { return len(b.on) == 0 }

// what says what it stops.
func (b brake) what() string {
	switch {
	case b.kind == quorum.KindCancel:
		return "proposal " + b.kills.Short()
	case b.scope.What == record.ScopeAll:
		return "everything"
	}
	return b.scope.String()
}

// readBrakes gathers every freeze and cancellation of the registry and of the
// signers' logs, once for a view.
func (d *desk) readBrakes(v *view) error {
	if v.brakes != nil {
		return nil
	}
	v.brakes = []brake{}
	err := d.eachProposal(func(id text.Hash) error {
		if p, err := d.proposal(id); err == nil && p.Kind().Brake() {
			return d.readBrake(v, p)
		}
		return nil // what cannot be read stops nothing, and is told where it is listed
	})
	for _, s := range v.signers {
		v.brakesIn(s)
	}
	return err
}

// readBrake takes one of the registry, if the signers would honour it.
func (d *desk) readBrake(v *view, p *quorum.Proposal) error {
	sub, err := d.submissionUnder(v, p.ID())
	if err != nil {
		return err
	}
	if permit, _ := quorum.Judge(v.world(), sub, quorum.Release); permit.Valid() {
		v.brakes = append(v.brakes, brakeOf(p))
	}
	return nil
}

func brakeOf(p *quorum.Proposal) brake {
	b := brake{id: p.ID(), kind: p.Kind(), officer: p.Maker, since: p.Block.Height}
	switch body := p.Body.(type) {
	case quorum.Freeze:
		b.scope = body.Scope
	case quorum.Cancel:
		b.kills = body.Kills
	}
	return b
}

// brakesIn adds what one signer's log says.
func (v *view) brakesIn(s signerLog) {
	for _, f := range s.state.Freezes() {
		i := slices.IndexFunc(v.brakes, func(b brake) bool { return b.id == f.ID })
		if i < 0 {
			i = len(v.brakes)
			v.brakes = append(v.brakes, brake{id: f.ID, kind: quorum.KindFreeze, scope: f.Scope, officer: f.Officer, since: f.Tip.Height})
		}
		v.brakes[i].on = append(v.brakes[i].on, s.device)
		if f.Lifted {
			v.brakes[i].lifted = append(v.brakes[i].lifted, s.device)
		}
	}
	for i, b := range v.brakes {
		if b.kind == quorum.KindCancel && s.state.Killed(b.kills) {
			v.brakes[i].on = append(v.brakes[i].on, s.device)
		}
	}
}

// freezes returns the freezes that stand or are on their way, the oldest first.
func (v *view) freezes() []brake {
	out := slices.Clone(v.brakes)
	out = slices.DeleteFunc(out, func(b brake) bool { return b.kind != quorum.KindFreeze || !b.stands() })
	slices.SortStableFunc(out, func(a, b brake) int { return int(a.since) - int(b.since) })
	return out
}

// stopping returns what speaks against a proposal and is on its way to the
// signers: they take it in before anything else that is carried with it.
func (v *view) stopping(p *quorum.Proposal) []quorum.Reason {
	var reasons []quorum.Reason
	for _, b := range v.brakes {
		switch {
		case !b.pending():
		case b.kind == quorum.KindCancel && b.kills == p.ID():
			reasons = append(reasons, quorum.Because(quorum.StateKilled, "proposal: want one that nobody cancelled, found a cancellation by %s on its way to the signers", b.officer))
		case b.kind == quorum.KindFreeze && b.covers(p):
			reasons = append(reasons, quorum.Because(quorum.FrzActive, "freeze: want none that covers this, found %s of %s by %s on its way to the signers", b.id.Short(), b.what(), b.officer))
		}
	}
	return reasons
}

// stoppable refuses to stop what nothing is left of to stop. Where an order cannot
// be judged here, stopping it must not fail.
func (d *desk) stoppable(v *view, word string, id text.Hash) error {
	x, err := d.dossierOf(v, id)
	if err != nil {
		return nil
	}
	if s := x.standing(); s.ended() {
		return cli.Hint(fmt.Errorf("%s: want a proposal that can still take effect, found %s, where there is nothing left to stop: %s", word, id.Short(), s.State), "strongroom why %s", id.Short())
	}
	return nil
}

// covers says whether a freeze stops a proposal wherever it is brought, as the
// signers judge it. One of a single signer stops nothing elsewhere.
func (b brake) covers(p *quorum.Proposal) bool {
	kind := p.Kind()
	switch b.scope.What {
	case record.ScopeAll:
		return kind.Moves() || kind == quorum.KindRestore || kind == quorum.KindAmendment
	case record.ScopeDestination:
		return slices.ContainsFunc(p.Pays, func(pay record.Pay) bool { return pay.Label == b.scope.Name })
	case record.ScopeOfficer:
		return b.scope.Name == p.Maker && !kind.Brake()
	}
	return false
}

// frozen returns the freeze of an officer that stands, if there is one.
func (v *view) frozen(officer text.ID) (brake, bool) {
	for _, b := range v.freezes() {
		if b.scope == (record.Scope{What: record.ScopeOfficer, Name: officer}) {
			return b, true
		}
	}
	return brake{}, false
}

// findFreeze returns the standing freeze whose id begins with prefix, whether
// its text is here or only a signer's record of it.
func (v *view) findFreeze(prefix string) (brake, error) {
	if len(prefix) < typedDigits {
		return brake{}, fmt.Errorf("freeze: want %d hex digits of its id or more, found %q", typedDigits, prefix)
	}
	fit := slices.DeleteFunc(v.freezes(), func(b brake) bool { return !strings.HasPrefix(b.id.String(), prefix) })
	if len(fit) != 1 {
		return brake{}, fmt.Errorf("freeze: want one that stands and begins with %s, found %d", prefix, len(fit))
	}
	return fit[0], nil
}
