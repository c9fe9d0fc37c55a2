package policy

import (
	"slices"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// circumstance is what a withdrawal meets beside its amount and signatures.
type circumstance struct {
	height         uint32        // of the chain
	sinceLoosening uint32        // credits
	newKey         text.ID       // whose key is new, for keyAge credits
	keyAge         uint32        // credits
	passkey        text.ID       // who approves with a passkey
	proofs         sshsig.Factor // that alice's key gives
}

func (d drawer) circumstance() circumstance {
	officer := func(what string) text.ID {
		return []text.ID{"", "alice", "bob", "kim"}[d.upTo(3, what)]
	}
	return circumstance{
		height: uint32(d.upTo(3, "height")), sinceLoosening: d.days("since") - 1,
		newKey: officer("new key"), keyAge: uint32(d.upTo(5, "age")) * oneDay,
		passkey: officer("passkey"), proofs: sshsig.Factor{Presence: d.yes("touched"), Verification: d.yes("verified")},
	}
}

// release is one earlier withdrawal.
type release struct {
	label  text.ID
	amount custody.Amount
	age    uint32 // credits
}

// landing is where one withdrawal comes to under both versions.
type landing struct {
	label     text.ID
	old, next int
}

// search looks for what next accepts and old refuses. It splits the search at
// the tier, which depends on money alone; who may pass a tier does not.
func (d drawer) search(old, next *Policy) int {
	landings := make(map[landing]bool)
	var before []release
	for range d.upTo(3, "releases") {
		label := []text.ID{"exchange-hot", "payroll"}[d.upTo(1, "label")]
		before = append(before, release{label, d.coins("released") / 2, uint32(d.upTo(6, "age")) * oneDay / 2})
	}
	for _, label := range payees(old, next) {
		for amount := coin / 4; amount < 26*coin; amount += coin / 4 {
			for _, a := range []custody.Amount{amount - 1, amount} {
				j, ok := lands(next, label, a, before)
				if !ok {
					continue
				}
				i, ok := lands(old, label, a, before)
				if !ok {
					d.Fatalf("%s of %s after %v was not possible", a, label, before)
				}
				landings[landing{label, i, j}] = true
			}
		}
	}
	for l := range landings {
		d.searchSeats(old, next, l)
	}
	return len(landings)
}

// lands returns the tier that a withdrawal comes to, and whether all limits of
// money let it pass.
func lands(p *Policy, label text.ID, amount custody.Amount, before []release) (int, bool) {
	used := func(window uint32, to text.ID) custody.Amount {
		sum := amount
		for _, r := range before {
			if r.age <= window && (to == "" || to == r.label) {
				sum += r.amount
			}
		}
		return sum
	}
	dest, ok := p.Destination(label)
	if !ok || used(dest.Window, label) > dest.Cap {
		return 0, false
	}
	for _, v := range p.Velocities {
		if used(v.Window, "") > v.Cap {
			return 0, false
		}
	}
	i := slices.IndexFunc(p.Tiers, func(t Tier) bool { return used(t.Window, "") < t.Below })
	return i, i >= 0
}

// searchSeats tries all sets of approvers and of watchers under one maker, in
// some circumstances.
func (d drawer) searchSeats(old, next *Policy, l landing) {
	approvers := []text.ID{"alice", "bob", "carol", "dave", "erin", "kim"}
	watchers := []text.ID{"frank", "grace"}
	maker := approvers[d.upTo(5, "maker")]
	c := d.circumstance()
	for some := range 1 << len(approvers) {
		for seen := range 1 << len(watchers) {
			a, w := chosen(approvers, some), chosen(watchers, seen)
			if passes(next, l.label, l.next, c, maker, a, w) && !passes(old, l.label, l.old, c, maker, a, w) {
				d.Fatalf("%v: maker %s, approvers %v, watchers %v, %+v were not enough", l, maker, a, w, c)
			}
		}
	}
	was, is := old.Tiers[l.old], next.Tiers[l.next]
	for waited := range uint32(200) {
		for _, proven := range []bool{false, true} {
			if cooled(is, waited, proven) && !cooled(was, waited, proven) {
				d.Fatalf("%v: %d credits, stamped %v, were not enough", l, waited, proven)
			}
		}
	}
}

func chosen(of []text.ID, bits int) (out []text.ID) {
	for i, id := range of {
		if bits>>i&1 != 0 {
			out = append(out, id)
		}
	}
	return out
}

func cooled(t Tier, waited uint32, proven bool) bool {
	return t.Cool == 0 || waited >= t.Cool && (proven || t.Mode == Named)
}

// passes says whether the people pass a tier.
func passes(p *Policy, label text.ID, tier int, c circumstance, maker text.ID, approvers, watchers []text.ID) bool {
	if !p.InRole(Propose, maker) || tier > 0 && c.sinceLoosening < p.QuietPolicy {
		return false
	}
	counts := func(o text.ID) bool {
		end, ends := p.TermOf(o)
		needs := p.FactorOf("alice")
		unproven := o == "alice" && (needs.Presence && !c.proofs.Presence || needs.Verification && !c.proofs.Verification)
		quiet := o == c.newKey && c.keyAge < p.QuietSigner.Credits && (tier > 0 || p.QuietSigner.Every)
		last := o == c.passkey && tier == len(p.Tiers)-1
		return o != maker && !p.Conflicted(label, o) && (!ends || c.height <= end) && !unproven && !quiet && !last
	}
	people := slices.DeleteFunc(slices.Clone(approvers), func(o text.ID) bool { return !counts(o) })
	var seats [][]text.ID
	for _, n := range p.Tiers[tier].Needs {
		for range n.Seats {
			seats = append(seats, shared(p.members(n.Group), people))
		}
	}
	for _, n := range p.Tiers[tier].Clears {
		for range n.Seats {
			seats = append(seats, shared(p.members(n.Group), watchers))
		}
	}
	return seatable(seats, nil)
}

func shared(a, b []text.ID) []text.ID {
	return slices.DeleteFunc(slices.Clone(a), func(x text.ID) bool { return !slices.Contains(b, x) })
}

// seatable tries every seating.
func seatable(seats [][]text.ID, taken []text.ID) bool {
	if len(seats) == 0 {
		return true
	}
	return slices.ContainsFunc(seats[0], func(o text.ID) bool {
		return !slices.Contains(taken, o) && seatable(seats[1:], append(slices.Clone(taken), o))
	})
}
