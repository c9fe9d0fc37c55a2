package policy

import (
	"slices"

	"strongroom/quorum/text"
)

// Seating is who sits where, and which seats stay empty.
type Seating struct {
	Seats, Clears      []Assignment
	Short, ShortClears []Short
	OK                 bool // every seat and every clear seat is filled, and there is at least one
}

// Seat fills two sets of seats at once with different people: needs with those
// who approved, clears with those who cleared. Somebody who did both takes one
// seat. As many seats as possible are filled, and of needs as many as there can
// be; the result does not depend on the order of people.
func (p *Policy) Seat(needs []Need, approved []text.ID, clears []Need, cleared []text.ID) Seating {
	return p.SeatBut(needs, approved, clears, cleared, "", 0)
}

// SeatBut is Seat with one person who must not fill a seat of the first needs.
func (p *Policy) SeatBut(needs []Need, approved []text.ID, clears []Need, cleared []text.ID, who text.ID, first int) Seating {
	m := newMatching(p, slices.Concat(needs, clears), slices.Concat(approved, cleared))
	for i := range m.candidates {
		from := approved
		if i >= len(needs) {
			from = cleared
		}
		m.candidates[i] = slices.DeleteFunc(m.candidates[i], func(person int) bool {
			return !slices.Contains(from, m.people[person]) || i < first && m.people[person] == who
		})
	}
	s := Seating{OK: m.fill() && len(needs) > 0}
	for i, n := range m.needs {
		for person, need := range m.seat {
			switch {
			case need != i:
			case i < len(needs):
				s.Seats = append(s.Seats, Assignment{Group: n.Group, Officer: m.people[person]})
			default:
				s.Clears = append(s.Clears, Assignment{Group: n.Group, Officer: m.people[person]})
			}
		}
		if short := (Short{Group: n.Group, Have: m.filled[i], Need: n.Seats}); short.Have < short.Need && i < len(needs) {
			s.Short = append(s.Short, short)
		} else if short.Have < short.Need {
			s.ShortClears = append(s.ShortClears, short)
		}
	}
	return s
}
