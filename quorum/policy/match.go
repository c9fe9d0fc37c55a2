package policy

import (
	"slices"

	"strongroom/quorum/text"
)

// Assignment is one seat and who fills it.
type Assignment struct {
	Group, Officer text.ID
}

// Short is a line of seats that cannot be filled: Have of Need seats of the
// group are.
type Short struct {
	Group      text.ID
	Have, Need int
}

// Match seats people: every seat of needs goes to a different member of its
// group, and as many seats as possible are filled (a maximum bipartite
// matching, by augmenting paths). The result does not depend on the order of
// people or on names that come twice. ok says that every seat is filled; it is
// false when no seat is asked for, because then nobody has decided anything.
// short lists the needs that stay short, in their order; which of several needs
// that compete for the same people is called short depends on that order alone.
func (p *Policy) Match(needs []Need, people []text.ID) (seats []Assignment, short []Short, ok bool) {
	m := newMatching(p, needs, people)
	ok = m.fill()
	for i, n := range needs {
		for person, need := range m.seat {
			if need == i {
				seats = append(seats, Assignment{Group: n.Group, Officer: m.people[person]})
			}
		}
	}
	return seats, m.short(), ok
}

// matching is the state of one search. People and needs are numbers here.
type matching struct {
	needs      []Need
	people     []text.ID // sorted, each once
	candidates [][]int   // of each need: the people in its group
	seat       []int     // of each person: the need that seats them, or unseated
	filled     []int     // of each need: seats filled
	tried      []bool    // of each person: visited by the path being looked for
}

const unseated = -1

func newMatching(p *Policy, needs []Need, people []text.ID) *matching {
	m := &matching{needs: needs, people: slices.Clone(people)}
	slices.Sort(m.people)
	m.people = slices.Compact(m.people)
	m.seat = make([]int, len(m.people))
	for i := range m.seat {
		m.seat[i] = unseated
	}
	m.tried = make([]bool, len(m.people))
	m.filled = make([]int, len(needs))
	for _, n := range needs {
		var c []int
		for _, id := range p.members(n.Group) {
			if i, found := slices.BinarySearch(m.people, id); found {
				c = append(c, i)
			}
		}
		m.candidates = append(m.candidates, c)
	}
	return m
}

// fill seats as many people as can be and says whether every seat, and at
// least one, is filled.
func (m *matching) fill() bool {
	ok := len(m.needs) > 0
	for i, n := range m.needs {
		for m.filled[i] < n.Seats {
			clear(m.tried)
			if !m.augment(i) {
				break
			}
			m.filled[i]++
		}
		ok = ok && n.Seats > 0 && m.filled[i] >= n.Seats
	}
	return ok
}

// spares says whether somebody else can take a seated person's seat. If so,
// they do; if not, nothing changes.
func (m *matching) spares(person int) bool {
	clear(m.tried)
	m.tried[person] = true
	if !m.augment(m.seat[person]) {
		return false
	}
	m.seat[person] = unseated
	return true
}

// short lists the needs with empty seats.
func (m *matching) short() []Short {
	var out []Short
	for i, n := range m.needs {
		if m.filled[i] < n.Seats {
			out = append(out, Short{Group: n.Group, Have: m.filled[i], Need: n.Seats})
		}
	}
	return out
}

// augment finds one more person for a need, moving people who are seated
// already to other seats where that helps. Its depth is bounded by the number
// of people, each of whom is tried once.
func (m *matching) augment(need int) bool {
	for _, i := range m.candidates[need] {
		if m.tried[i] {
			continue
		}
		m.tried[i] = true
		if m.seat[i] == unseated || m.augment(m.seat[i]) {
			m.seat[i] = need
			return true
		}
	}
	return false
}
