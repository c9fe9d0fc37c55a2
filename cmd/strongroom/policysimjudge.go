package main

import (
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// past is a withdrawal as it was asked for, and what people did with it.
type past struct {
	proposal *quorum.Proposal
	root     text.Hash // the first of its line of replacements
	at       uint32    // the tip's height when it was released first, or now
	above    uint64    // the work that lies on that block, in credits
	released bool
	approve  []text.ID
	clear    []text.ID
}

// verdict is what a policy says to a past withdrawal. Either it has a tier and
// what that takes, or a code and why.
type verdict struct {
	Tier  text.ID
	Takes string
	Code  quorum.Code
	Text  string
}

// String writes the verdict for people.
func (o verdict) String() string {
	if o.Code != "" {
		return fmt.Sprintf("refused, %s (%s)", o.Text, o.Code)
	}
	return fmt.Sprintf("tier %s, %s", o.Tier, o.Takes)
}

// trial judges past withdrawals by one policy: what they pay, how much with all
// that was released before, and whether those who approved fill the seats. Waits
// are told, as if all were over; fees, quiet periods and terms are left out. It
// decides nothing: a past withdrawal is past.
type trial struct {
	policy *policy.Policy
	before []past // released, in the order of time
}

// judge says what becomes of one withdrawal.
func (t trial) judge(x past) verdict {
	if r := t.payees(x); r != nil {
		return verdict{Code: r.Code, Text: r.Text}
	}
	tier, r := t.tier(x)
	if r == nil {
		r = t.limits(x)
	}
	if r == nil {
		r = t.seats(x, tier)
	}
	if r != nil {
		return verdict{Code: r.Code, Text: r.Text}
	}
	return verdict{Tier: tier.ID, Takes: seats(tier.Needs, tier.Clears) + delay(tier.Cool, tier.Mode)}
}

func no(c quorum.Code, format string, args ...any) *quorum.Reason {
	r := quorum.Because(c, format, args...)
	return &r
}

// payees holds the maker and whom the withdrawal pays against the policy.
func (t trial) payees(x past) *quorum.Reason {
	if !t.policy.InRole(policy.Propose, x.proposal.Maker) {
		return no(quorum.SeatRole, "maker: want an officer who may propose, found %s", x.proposal.Maker)
	}
	for _, pay := range x.proposal.Pays {
		d, ok := t.policy.Destination(pay.Label)
		if !ok {
			return no(quorum.DestUnknown, "pay: want a destination that the policy lists, found %s", pay.Label)
		}
		if !d.ByDescriptor() && d.Address.String() != pay.Address.String() {
			return no(quorum.DestAddress, "pay: want %s for %s, found %s", d.Address, pay.Label, pay.Address)
		}
	}
	return nil
}

// tier returns the higher of the tier that the sum comes to and the one claimed.
func (t trial) tier(x past) (policy.Tier, *quorum.Reason) {
	whole := func(m quorum.Movement) custody.Amount { return m.Total }
	rank := slices.IndexFunc(t.policy.Tiers, func(tier policy.Tier) bool { return t.used(x, tier.Window, whole) < tier.Below })
	if rank < 0 {
		return policy.Tier{}, no(quorum.LimTier, "tier: want an amount below the highest tier, with all that was released in its window, found %s more", x.proposal.Total.In(x.proposal.Network))
	}
	claimed := slices.IndexFunc(t.policy.Tiers, func(tier policy.Tier) bool { return tier.ID == x.proposal.Tier })
	return t.policy.Tiers[max(rank, claimed)], nil
}

// limits holds the sums of every window against their caps.
func (t trial) limits(x past) *quorum.Reason {
	n := x.proposal.Network
	for _, v := range t.policy.Velocities {
		if used := t.used(x, v.Window, func(m quorum.Movement) custody.Amount { return m.Total }); used > v.Cap {
			return no(quorum.LimVelocity, "velocity: want at most %s in %d blocks, found %s with this withdrawal", v.Cap.In(n), v.Window, used.In(n))
		}
	}
	for _, d := range t.policy.Destinations {
		paid := func(m quorum.Movement) custody.Amount { return paidTo(d.Label, m.Pays) }
		if paid(x.proposal.Movement) == 0 {
			continue
		}
		if used := t.used(x, d.Window, paid); used > d.Cap {
			return no(quorum.LimDestination, "destination %s: want at most %s in %d blocks, found %s with this withdrawal", d.Label, d.Cap.In(n), d.Window, used.In(n))
		}
	}
	return nil
}

func paidTo(label text.ID, pays []record.Pay) (sum custody.Amount) {
	for _, p := range pays {
		if p.Label == label {
			sum = min(sum+p.Amount, custody.MaxAmount)
		}
	}
	return sum
}

// used adds up what was released within a window before the withdrawal, and the
// withdrawal itself. A line of replacements counts once, with its largest member.
func (t trial) used(x past, window uint32, of func(quorum.Movement) custody.Amount) custody.Amount {
	largest := map[text.Hash]custody.Amount{x.root: of(x.proposal.Movement)}
	for _, b := range slices.Backward(t.before) {
		if b.above >= x.above+uint64(window) {
			break // and so is everything before it
		}
		largest[b.root] = max(largest[b.root], of(b.proposal.Movement))
	}
	var sum custody.Amount
	for _, a := range largest {
		sum = min(sum+a, custody.MaxAmount)
	}
	return sum
}

// seats wants those who approved to fill every seat of the tier, and those who
// cleared the clear seats.
func (t trial) seats(x past, tier policy.Tier) *quorum.Reason {
	counts := func(people []text.ID) []text.ID {
		return slices.DeleteFunc(slices.Clone(people), func(id text.ID) bool {
			return id == x.proposal.Maker || slices.ContainsFunc(x.proposal.Pays, func(p record.Pay) bool { return t.policy.Conflicted(p.Label, id) })
		})
	}
	seating := t.policy.Seat(tier.Needs, counts(x.approve), tier.Clears, counts(x.clear))
	for _, s := range seating.Short {
		return no(quorum.SeatShort, "approvals: want %d of group %s for tier %s, found %d", s.Need, s.Group, tier.ID, s.Have)
	}
	for _, s := range seating.ShortClears {
		return no(quorum.ClrMissing, "clearances: want %d of group %s for tier %s, found %d", s.Need, s.Group, tier.ID, s.Have)
	}
	return nil
}
