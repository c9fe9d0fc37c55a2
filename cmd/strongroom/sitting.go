package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// sittingOf returns the sitting of a proposal under the policy in force. tier is
// that of a withdrawal, as it was computed or claimed.
func (v *view) sittingOf(p *quorum.Proposal, tier text.ID) quorum.Sitting {
	if _, ok := v.policy.Tier(tier); !ok {
		tier = p.Tier
	}
	return quorum.SittingOf(v.policy, p, tier)
}

// sittingNow is sittingOf with what only the logs tell: a signer that stands
// between two policies goes on by the seats of a loosening and of the recovery
// together.
func (v *view) sittingNow(p *quorum.Proposal, tier text.ID) quorum.Sitting {
	if r, ok := p.Body.(quorum.Resync); ok && v.forked(r.Device) {
		return quorum.ForkSitting(v.policy)
	}
	return v.sittingOf(p, tier)
}

// sittingHere is the sitting of the order that a dossier is about.
func (x *dossier) sittingHere() quorum.Sitting {
	return x.sittingNow(x.order.proposal, x.order.report.Tier)
}

// forked says that a signer was stopped by a fork, and that another signer's log
// still holds a version that differs from its own.
func (v *view) forked(device text.ID) bool {
	i := slices.IndexFunc(v.signers, func(s signerLog) bool { return s.device == device })
	if i < 0 {
		return false
	}
	mine := v.signers[i].state
	codes, _ := mine.Quarantined()
	if !slices.Contains(codes, string(quorum.PolFork)) {
		return false
	}
	return slices.ContainsFunc(v.signers, func(s signerLog) bool {
		return slices.ContainsFunc(s.state.Adoptions(), func(a record.Adoption) bool {
			own, held := mine.Adoption(a.Version)
			return held && own.Policy != a.Policy && a.Version > mine.ForksSettled()
		})
	})
}

// takes says whom a sitting takes and how long it waits.
func takes(s quorum.Sitting, n custody.Network) string {
	if len(s.Needs) == 0 {
		return "nobody's approval"
	}
	parts := []string{needs(s.Needs)}
	if len(s.Clears) > 0 {
		parts = append(parts, "a clearance by "+needs(s.Clears))
	}
	if s.Cool > 0 {
		parts = append(parts, fmt.Sprintf("a wait of %s on each signer", wait(s, n)))
	}
	return strings.Join(parts, ", ")
}

// wait writes how long it waits; on regtest nobody knows how long a block takes.
func wait(s quorum.Sitting, n custody.Network) string {
	if n == custody.Regtest {
		return count(int(s.Cool), "credit")
	}
	return credits(s.Cool)
}

// inGroups says whether an officer is in any group of a list of seats.
func (v *view) inGroups(seats []policy.Need, officer text.ID) bool {
	return slices.ContainsFunc(seats, func(n policy.Need) bool { return slices.Contains(v.policy.Members(n.Group), officer) })
}
