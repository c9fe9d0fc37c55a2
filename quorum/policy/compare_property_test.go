package policy

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// drawer draws small policies and small changes.
type drawer struct{ *rapid.T }

func (d drawer) upTo(n int, what string) int { return rapid.IntRange(0, n).Draw(d.T, what) }
func (d drawer) yes(what string) bool        { return rapid.Bool().Draw(d.T, what) }
func (d drawer) days(what string) uint32     { return uint32(1+d.upTo(3, what)) * oneDay }
func (d drawer) coins(what string) custody.Amount {
	return custody.Amount(1+d.upTo(7, what)) * coin
}

// tier draws what a tier asks. Above a given tier it asks at least as much.
func (d drawer) tier(id text.ID, least Tier) Tier {
	t := Tier{ID: id, Window: d.days("window"), Mode: Named, Cool: least.Cool + uint32(d.upTo(2, "cool"))*quarterDay}
	if least.Mode == Stamped || d.yes("stamped") {
		t.Mode = Stamped
	}
	treasurers := 0
	if len(least.Needs) > 1 || d.yes("treasury") {
		treasurers = 1
	}
	t.Needs = []Need{{2, "desk"}}
	if treasurers > 0 {
		t.Needs = []Need{{1, "treasury"}, {2, "desk"}}
	}
	if len(least.Clears) > 0 || d.yes("clear") {
		t.Clears = watcher()
	}
	return t
}

// policy returns the house with other tiers, limits and conflicts. In ordered
// policies each tier asks at least as much as the one before.
func (d drawer) policy(house *Policy, ordered bool) *Policy {
	p, err := house.edit(func(p *Policy) error {
		p.Tiers = nil
		below := custody.Amount(0)
		for i := range 1 + d.upTo(2, "tiers") {
			var least Tier
			if ordered && i > 0 {
				least = p.Tiers[i-1]
			}
			t := d.tier([]text.ID{"small", "medium", "large"}[i], least)
			below += d.coins("below")
			t.Below = below
			p.Tiers = append(p.Tiers, t)
		}
		p.Velocities = nil
		for i := range d.upTo(2, "velocities") {
			p.Velocities = append(p.Velocities, Velocity{Cap: d.coins("velocity"), Window: uint32(i+1) * oneDay})
		}
		for i := range p.Destinations {
			p.Destinations[i].Cap, p.Destinations[i].Window = d.coins("cap"), d.days("destination window")
		}
		p.QuietSigner.Every = d.yes("every")
		p.Terms[0] = d.term()
		return nil
	})
	if err != nil {
		d.Fatal(err)
	}
	return p
}

func (d drawer) term() Term {
	if d.yes("no term") {
		return Term{Officer: "alice"}
	}
	return Term{Officer: "alice", Height: uint32(d.upTo(2, "term")), Ends: true}
}

// edit makes one small change, towards tighter more often than not.
func (d drawer) edit(p *Policy) {
	switch d.upTo(4, "what") {
	case 0, 1:
		d.editTiers(p)
	case 2:
		d.editVelocities(p)
	case 3:
		d.editPayees(p)
	case 4:
		d.editPeople(p)
	}
}

func (d drawer) editTiers(p *Policy) {
	i := d.upTo(len(p.Tiers)-1, "tier")
	t := &p.Tiers[i]
	switch d.upTo(7, "edit") {
	case 0, 1:
		t.Below = max(1, t.Below-d.coins("less")/2)
	case 2:
		t.Below += d.coins("more") / 2
	case 3:
		t.Window += oneDay
	case 4:
		t.Window = d.days("window")
	case 5:
		*t = d.tier(t.ID, Tier{})
		t.Below = d.coins("below")
	case 6:
		p.Tiers = slices.Delete(p.Tiers, i, i+1)
	case 7:
		extra := d.tier("extra", Tier{})
		extra.Below = d.coins("below") - coin/2
		p.Tiers = append(p.Tiers, extra)
	}
}

func (d drawer) editVelocities(p *Policy) {
	if len(p.Velocities) == 0 || d.yes("add") {
		p.Velocities = append(p.Velocities, Velocity{Cap: d.coins("velocity"), Window: 5 * oneDay})
		return
	}
	i := d.upTo(len(p.Velocities)-1, "velocity")
	if d.yes("remove") {
		p.Velocities = slices.Delete(p.Velocities, i, i+1)
		return
	}
	p.Velocities[i].Cap = d.coins("velocity")
}

func (d drawer) editPayees(p *Policy) {
	dest := &p.Destinations[d.upTo(1, "destination")]
	switch d.upTo(3, "edit") {
	case 0:
		dest.Cap = d.coins("cap")
	case 1:
		dest.Window = d.days("destination window")
	case 2:
		removeDestination(p, dest.Label)
		if d.yes("another") {
			p.Destinations = append(p.Destinations, Destination{Label: "spare", Descriptor: hash("spare"), Cap: coin, Window: oneDay})
		}
	case 3:
		p.Conflicts = nil
		if d.yes("conflict") {
			p.Conflicts = []Conflict{{"exchange-hot", "bob"}, {"exchange-hot", "carol"}, {"payroll", "bob"}}
		}
	}
}

func (d drawer) editPeople(p *Policy) {
	switch d.upTo(5, "people") {
	case 0:
		removeOfficer(p, "kim")
	case 1:
		removeMember(&p.Groups[0], "alice")
	case 2:
		p.Terms[0] = d.term()
	case 3:
		p.Factors[0].Needs = sshsig.Factor{Presence: d.yes("up"), Verification: d.yes("uv")}
	case 4:
		p.QuietSigner = QuietSigner{Credits: p.QuietSigner.Credits + uint32(d.upTo(1, "quiet"))*oneDay, Every: d.yes("every")}
	case 5:
		p.QuietPolicy = d.days("quiet policy")
	}
}

// inOrder puts tiers and velocities in order; it is false for texts that
// nobody could write.
func inOrder(p *Policy) bool {
	slices.SortFunc(p.Tiers, func(a, b Tier) int { return int(a.Below - b.Below) })
	for i := range p.Tiers {
		if i > 0 && p.Tiers[i].Below == p.Tiers[i-1].Below {
			return false
		}
		sortSeats(p.Tiers[i].Needs)
	}
	p.Conflicts = slices.DeleteFunc(p.Conflicts, func(c Conflict) bool {
		_, ok := p.Destination(c.Label)
		return !ok
	})
	return len(p.Tiers) > 0
}

// amended returns a successor of old by one to three edits, or nil when they
// come to no policy.
func (d drawer) amended(old *Policy) *Policy {
	next, err := old.edit(func(p *Policy) error {
		for range 1 + d.upTo(1, "edits") {
			if len(p.Tiers) > 0 && len(p.Destinations) > 1 {
				d.edit(p)
			}
		}
		if !inOrder(p) {
			return errors.New("no policy")
		}
		p.Version, p.Previous = old.Version+1, old.Hash()
		return nil
	})
	if err != nil {
		return nil
	}
	return next
}

// No search over amounts, histories, payees, makers, approvers, watchers and
// delays finds a withdrawal that a tightening makes possible.
func TestTighteningMakesNothingPossible(t *testing.T) {
	house := house(t)
	tightened, pairs := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		d := drawer{rt}
		old := d.policy(house, d.yes("ordered"))
		for range 12 {
			next := d.amended(old)
			if next == nil {
				continue
			}
			diff, err := Compare(old, next)
			if err != nil {
				continue
			}
			wholeDiff(rt, old, next, diff)
			if diff.Class == ClassTighten {
				tightened++
				pairs += d.search(old, next)
			}
		}
	})
	t.Logf("%d tightenings, %d pairs of tiers searched", tightened, pairs)
	if tightened < 100 && !testing.Short() {
		t.Errorf("want at least 100 tightenings, found %d", tightened)
	}
}
