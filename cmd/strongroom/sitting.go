package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// sitting is whose approvals and clearances a proposal takes, and how long it
// waits: those of a tier, of a class of change, or of an act. Without needs
// nobody has to approve.
type sitting struct {
	name          string // such as "tier small" or "loosen"
	needs, clears []policy.Need
	cool          uint32 // credits
	mode          policy.Mode
}

// sittingOf returns the sitting of a proposal under the policy in force. tier is
// that of a withdrawal, as it was computed or claimed.
func (v *view) sittingOf(p *quorum.Proposal, tier text.ID) sitting {
	switch body := p.Body.(type) {
	case quorum.Withdrawal:
		t, ok := v.policy.Tier(tier)
		if !ok {
			t, _ = v.policy.Tier(p.Tier)
		}
		return sitting{"tier " + string(t.ID), t.Needs, t.Clears, t.Cool, t.Mode}
	case quorum.Amendment:
		return v.sittingOfClass(body.Class)
	case quorum.Internal:
		return v.sittingOfAct(policy.Internal)
	case quorum.Sweep:
		return v.sittingOfAct(policy.Sweep)
	case quorum.Thaw:
		return v.sittingOfAct(policy.Thaw)
	case quorum.Resync:
		return v.sittingOfAct(policy.Resync)
	case quorum.Restore:
		return v.sittingOfAct(policy.Restore)
	}
	return sitting{name: string(p.Kind())}
}

func (v *view) sittingOfClass(c policy.Class) sitting {
	switch c {
	case policy.ClassTighten:
		return v.sittingOfAct(policy.Tighten)
	case policy.ClassDestination:
		return v.sittingOfAct(policy.AddDestination)
	case policy.ClassRekey:
		return v.sittingOfAct(policy.Rekey)
	case policy.ClassReanchor:
		return v.sittingOfAct(policy.Reanchor)
	case policy.ClassRecovery:
		r := v.policy.Recovery
		return sitting{"recovery", r.Needs, r.Clears, r.Cool, r.Mode}
	}
	return v.sittingOfAct(policy.Loosen)
}

func (v *view) sittingOfAct(name policy.ActName) sitting {
	a, _ := v.policy.Act(name)
	return sitting{name.String(), a.Needs, a.Clears, a.Cool, a.Mode}
}

// sittingHere is sittingOf with what only the logs tell: a signer that found two
// policies goes on by the seats of a loosening and of the recovery together.
func (x *dossier) sittingHere() sitting {
	p := x.order.proposal
	s := x.sittingOf(p, x.order.report.Tier)
	r, ok := p.Body.(quorum.Resync)
	if !ok || !x.forked(r.Device) {
		return s
	}
	l, rec := x.sittingOfAct(policy.Loosen), x.policy.Recovery
	return sitting{"fork", slices.Concat(l.needs, rec.Needs), l.clears, max(l.cool, rec.Cool), l.mode}
}

func (x *dossier) forked(device text.ID) bool {
	return slices.ContainsFunc(x.signers, func(s signerLog) bool {
		codes, _ := s.state.Quarantined()
		return s.device == device && slices.Contains(codes, string(quorum.PolFork))
	})
}

// takes says whom the sitting takes and how long it waits.
func (s sitting) takes(n custody.Network) string {
	if len(s.needs) == 0 {
		return "nobody's approval"
	}
	parts := []string{needs(s.needs)}
	if len(s.clears) > 0 {
		parts = append(parts, "a clearance by "+needs(s.clears))
	}
	if s.cool > 0 {
		parts = append(parts, fmt.Sprintf("a wait of %s on each signer", s.wait(n)))
	}
	return strings.Join(parts, ", ")
}

// wait writes how long it waits; on regtest nobody knows how long a block takes.
func (s sitting) wait(n custody.Network) string {
	if n == custody.Regtest {
		return count(int(s.cool), "credit")
	}
	return credits(s.cool)
}

// inGroups says whether an officer is in any group of a list of seats.
func (v *view) inGroups(seats []policy.Need, officer text.ID) bool {
	return slices.ContainsFunc(seats, func(n policy.Need) bool { return slices.Contains(v.policy.Members(n.Group), officer) })
}
