package policy

import (
	"math/bits"
	"slices"

	"strongroom/quorum/text"
)

// crowd is a set of officers, by their numbers in a roster.
type crowd [maxOfficers / 64]uint64

func (c *crowd) add(i int) { c[i/64] |= 1 << (i % 64) }
func (c crowd) size() (n int) {
	for _, w := range c {
		n += bits.OnesCount64(w)
	}
	return n
}

func (c crowd) and(d crowd) crowd {
	for i := range c {
		c[i] &= d[i]
	}
	return c
}

func (c crowd) or(d crowd) crowd {
	for i := range c {
		c[i] |= d[i]
	}
	return c
}

func (c crowd) without(d crowd) crowd {
	for i := range c {
		c[i] &^= d[i]
	}
	return c
}

func (c crowd) empty() bool { return c == crowd{} }

// numbers returns the officers of the set, ascending.
func (c crowd) numbers() []int {
	out := make([]int, 0, c.size())
	for w, word := range c {
		for ; word != 0; word &= word - 1 {
			out = append(out, w*64+bits.TrailingZeros64(word))
		}
	}
	return out
}

// roster numbers the officers of a policy and knows their groups as sets.
type roster struct {
	policy    *Policy
	ids       []text.ID // sorted, each once
	terms     []Term    // of each officer
	groups    map[text.ID]crowd
	everybody crowd
	proposers crowd
	recovers  crowd // who may fill a seat of recovery
}

func newRoster(p *Policy) *roster {
	r := &roster{policy: p, ids: p.everybody(), groups: map[text.ID]crowd{}}
	slices.Sort(r.ids)
	r.ids = slices.Compact(r.ids)
	r.ids = r.ids[:min(len(r.ids), maxOfficers)]
	for i, id := range r.ids {
		r.everybody.add(i)
		height, ends := p.TermOf(id)
		r.terms = append(r.terms, Term{id, height, ends})
	}
	for _, g := range p.Groups {
		r.groups[g.ID] = r.set(p.members(g.ID))
	}
	for _, g := range p.Roles.Propose {
		r.proposers = r.proposers.or(r.groups[g])
	}
	for _, n := range p.Recovery.Needs {
		r.recovers = r.recovers.or(r.groups[n.Group])
	}
	return r
}

// set returns the officers among the names.
func (r *roster) set(ids []text.ID) crowd {
	var c crowd
	for _, id := range ids {
		if i, ok := slices.BinarySearch(r.ids, id); ok {
			c.add(i)
		}
	}
	return c
}

func (r *roster) names(c crowd) []text.ID {
	var out []text.ID
	for _, i := range c.numbers() {
		out = append(out, r.ids[i])
	}
	return out
}

// inOffice returns the officers whose approvals count at a height.
func (r *roster) inOffice(height uint32) crowd {
	var c crowd
	for i, t := range r.terms {
		if !t.Ends || height <= t.Height {
			c.add(i)
		}
	}
	return c
}

// seatPlan is what one act asks of people, the maker included: every seat of
// every bench is filled by a different person of the bench's set. A coalition is
// a set of people with whom that is possible; the smallest ones all have as
// many people as there are seats.
type seatPlan struct {
	benches []bench
	// undecided is set where no seat but the maker's is asked for: then nobody
	// can decide anything.
	undecided bool
}

// bench is seats that the same people may fill.
type bench struct {
	seats int
	who   crowd
}

// ask adds seats, if any; benches for the same people are one.
func (s *seatPlan) ask(seats int, who crowd) {
	if seats == 0 {
		return
	}
	for i := range s.benches {
		if s.benches[i].who == who {
			s.benches[i].seats += seats
			return
		}
	}
	s.benches = append(s.benches, bench{seats, who})
}

// seatVariant is a sitting as it stands for one payment or one replaced officer.
type seatVariant struct {
	sitting
	barred crowd // whose approval does not count: no need seat
	blind  crowd // who fills no clear seat
	absent crowd // who is not there at all
	anyone bool  // in rekey: whoever is replaced counts as a maker among others
}

// seats returns what the variant asks of the people who are there.
func (r *roster) seats(v seatVariant, there crowd) seatPlan {
	there = there.without(v.absent)
	s := seatPlan{undecided: len(v.needs) == 0}
	switch {
	case v.maker == proposer:
		s.ask(1, r.proposers.and(there))
	case v.maker == replaced && v.anyone:
		s.ask(1, there)
	}
	for _, n := range v.needs {
		s.ask(n.Seats, r.groups[n.Group].and(there).without(v.barred))
	}
	if v.maker == counted {
		there = there.without(r.recovers)
	}
	for _, n := range v.clears {
		s.ask(n.Seats, r.groups[n.Group].and(there).without(v.blind))
	}
	return s
}

// size returns the number of seats.
func (s seatPlan) size() (n int) {
	for _, b := range s.benches {
		n += b.seats
	}
	return n
}

// possible says whether there is a coalition.
func (s seatPlan) possible() bool {
	_, ok := s.seated()
	return ok
}

// seated fills the seats.
func (s seatPlan) seated() (*matching, bool) {
	if s.undecided {
		return nil, false
	}
	m := &matching{seat: make([]int, maxOfficers), tried: make([]bool, maxOfficers), filled: make([]int, len(s.benches))}
	for i := range m.seat {
		m.seat[i] = unseated
	}
	for _, b := range s.benches {
		if b.who.size() < b.seats {
			return nil, false
		}
		m.needs = append(m.needs, Need{Seats: b.seats})
		m.candidates = append(m.candidates, b.who.numbers())
	}
	return m, m.fill()
}

// indispensable returns who is in every coalition, and false when there is
// none.
func (s seatPlan) indispensable() (crowd, bool) {
	var out crowd
	m, ok := s.seated()
	if !ok {
		return out, false
	}
	for person := range m.seat {
		if m.seat[person] != unseated && !m.spares(person) {
			out.add(person)
		}
	}
	return out, true
}

// components splits the benches into those that compete, directly or not, for
// the same people. What happens in one does not touch the others.
func (s seatPlan) components() [][]bench {
	var out [][]bench
	var sets []crowd
	for _, b := range s.benches {
		joined, who := []bench{b}, b.who
		var rest [][]bench
		var restSets []crowd
		for i, c := range out {
			if sets[i].and(b.who).empty() {
				rest, restSets = append(rest, c), append(restSets, sets[i])
				continue
			}
			joined, who = append(joined, c...), who.or(sets[i])
		}
		out, sets = append(rest, joined), append(restSets, who)
	}
	return out
}
