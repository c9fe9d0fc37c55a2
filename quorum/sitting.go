package quorum

import (
	"slices"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// Sitting is one set of seats that has to be filled, and how long what they
// decide waits: that of a tier, of a class of change, or of an act. Without
// needs nobody has to approve.
type Sitting struct {
	Name          text.ID // a tier, a class of change, an act, or fork
	Needs, Clears []policy.Need
	Cool          uint32 // credits
	Mode          policy.Mode

	rank      int  // of a tier, from 1 for the mildest; 0 for anything else
	makerSits bool // the maker may fill a seat, in recovery alone
	makerFrom int  // and then of the needs from this one on
}

const (
	recoverySitting text.ID = "recovery"
	forkSitting     text.ID = "fork"
)

// SittingOf returns the sitting that a proposal takes under a policy. tier is
// that of a withdrawal, as it was computed or claimed; an unknown one, and what
// takes no seats, is a sitting without needs.
func SittingOf(p *policy.Policy, of *Proposal, tier text.ID) Sitting {
	switch b := of.Body.(type) {
	case Withdrawal:
		if i := slices.IndexFunc(p.Tiers, func(t policy.Tier) bool { return t.ID == tier }); i >= 0 {
			return sittingOfTier(p, i)
		}
	case Amendment:
		return sittingOfClass(p, b.Class)
	case Internal:
		return sittingOf(p, policy.Internal)
	case Sweep:
		return sittingOf(p, policy.Sweep)
	case Thaw:
		return sittingOf(p, policy.Thaw)
	case Resync:
		return sittingOf(p, policy.Resync)
	case Restore:
		return sittingOf(p, policy.Restore)
	}
	return Sitting{Name: text.ID(of.Kind())}
}

// ForkSitting is what lifts a fork of the policy chain: the seats of loosen and
// of recovery at the same time, with different people, and the longer wait. The
// maker may fill a seat of recovery, as always: few vaults have people to spare.
func ForkSitting(p *policy.Policy) Sitting {
	l, r := sittingOf(p, policy.Loosen), sittingOfRecovery(p)
	return Sitting{Name: forkSitting, Needs: slices.Concat(l.Needs, r.Needs), Clears: l.Clears, Cool: max(l.Cool, r.Cool), Mode: l.Mode,
		makerSits: true, makerFrom: len(l.Needs)}
}

func sittingOf(p *policy.Policy, name policy.ActName) Sitting {
	a, _ := p.Act(name)
	return Sitting{Name: text.ID(name.String()), Needs: a.Needs, Clears: a.Clears, Cool: a.Cool, Mode: a.Mode}
}

func sittingOfTier(p *policy.Policy, i int) Sitting {
	t := p.Tiers[i]
	return Sitting{Name: t.ID, Needs: t.Needs, Clears: t.Clears, Cool: t.Cool, Mode: t.Mode, rank: i + 1}
}

func sittingOfRecovery(p *policy.Policy) Sitting {
	r := p.Recovery
	return Sitting{Name: recoverySitting, Needs: r.Needs, Clears: r.Clears, Cool: r.Cool, Mode: r.Mode, makerSits: true}
}

// sittingOfClass returns the seats that a class of change takes.
func sittingOfClass(p *policy.Policy, c policy.Class) Sitting {
	switch c {
	case policy.ClassTighten:
		return sittingOf(p, policy.Tighten)
	case policy.ClassDestination:
		return sittingOf(p, policy.AddDestination)
	case policy.ClassRekey:
		return sittingOf(p, policy.Rekey)
	case policy.ClassRecovery:
		return sittingOfRecovery(p)
	case policy.ClassReanchor:
		return sittingOf(p, policy.Reanchor)
	}
	return sittingOf(p, policy.Loosen)
}

// Title is a sitting's name in a sentence, such as "tier small" or "loosen".
func (s Sitting) Title() string {
	if s.rank > 0 {
		return "tier " + string(s.Name)
	}
	return string(s.Name)
}

// mildest says that it is the sitting of the mildest tier.
func (s Sitting) mildest() bool { return s.rank == 1 }
