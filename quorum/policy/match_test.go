package policy

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"strongroom/quorum/text"
)

// seating is a policy of groups only.
func seating(groups ...Group) *Policy { return &Policy{Groups: groups} }

func TestOnePersonFillsOneSeat(t *testing.T) {
	p := seating(
		Group{"board", []text.ID{"grace", "ivan"}},
		Group{"risk", []text.ID{"alice", "erin"}},
		Group{"treasury", []text.ID{"alice", "bob", "carol"}},
	)
	for _, c := range []struct {
		name   string
		needs  []Need
		people []text.ID
		want   string
	}{
		{"in two groups, counted twice by groups", []Need{{2, "treasury"}, {1, "risk"}}, []text.ID{"alice", "bob"},
			"[{treasury alice} {treasury bob}] [{risk 0 1}] false"},
		{"in two groups, the other group first", []Need{{1, "risk"}, {2, "treasury"}}, []text.ID{"alice", "bob"},
			"[{risk alice} {treasury bob}] [{treasury 1 2}] false"},
		{"in two groups, moved to make room", []Need{{2, "treasury"}, {1, "risk"}}, []text.ID{"alice", "bob", "carol"},
			"[{treasury bob} {treasury carol} {risk alice}] [] true"},
		{"a second risk officer", []Need{{2, "treasury"}, {1, "risk"}}, []text.ID{"erin", "alice", "bob"},
			"[{treasury alice} {treasury bob} {risk erin}] [] true"},
		{"same name twice", []Need{{2, "treasury"}}, []text.ID{"bob", "bob"}, "[{treasury bob}] [{treasury 1 2}] false"},
		{"more people than seats", []Need{{1, "board"}}, []text.ID{"ivan", "grace"}, "[{board grace}] [] true"},
		{"strangers", []Need{{1, "board"}}, []text.ID{"mallory", "alice"}, "[] [{board 0 1}] false"},
		{"nobody", []Need{{1, "board"}}, nil, "[] [{board 0 1}] false"},
		{"unknown group", []Need{{1, "bored"}}, []text.ID{"grace"}, "[] [{bored 0 1}] false"},
		{"nothing asked", nil, []text.ID{"grace"}, "[] [] false"},
		{"no seat asked", []Need{{0, "board"}}, []text.ID{"grace"}, "[] [] false"},
		{"a seat less than none", []Need{{-1, "board"}}, []text.ID{"grace"}, "[] [] false"},
		{"one group in two needs", []Need{{1, "board"}, {1, "board"}}, []text.ID{"grace"}, "[{board grace}] [{board 0 1}] false"},
	} {
		seats, short, ok := p.Match(c.needs, c.people)
		if found := fmt.Sprint(seats, short, ok); found != c.want {
			t.Errorf("%s: want %s, found %s", c.name, c.want, found)
		}
	}
}

// judge tries every way to seat people, the slow and obvious way.
func judge(p *Policy, seats []text.ID, people []text.ID) int {
	if len(seats) == 0 {
		return 0
	}
	best := judge(p, seats[1:], people) // this seat stays empty
	for i, id := range people {
		if slices.Contains(p.Members(seats[0]), id) {
			others := slices.Concat(people[:i], people[i+1:])
			best = max(best, 1+judge(p, seats[1:], others))
		}
	}
	return best
}

var everyone = []text.ID{"alice", "bob", "carol", "dave", "erin", "frank"}

func drawSeating(t *rapid.T) (*Policy, []Need, []text.ID) {
	p := &Policy{}
	names := []text.ID{"board", "risk", "treasury", "watch"}
	for _, g := range names[:rapid.IntRange(1, 4).Draw(t, "groups")] {
		members := rapid.SliceOfDistinct(rapid.SampledFrom(everyone), rapid.ID[text.ID]).Draw(t, "members")
		slices.Sort(members)
		p.Groups = append(p.Groups, Group{g, members})
	}
	var needs []Need
	for range rapid.IntRange(1, 3).Draw(t, "needs") {
		needs = append(needs, Need{rapid.IntRange(1, 3).Draw(t, "seats"), rapid.SampledFrom(names).Draw(t, "group")})
	}
	return p, needs, rapid.SliceOfDistinct(rapid.SampledFrom(everyone), rapid.ID[text.ID]).Draw(t, "people")
}

func TestMatchSeatsAsManyAsTheSlowJudge(t *testing.T) {
	cases := 0
	one := func(rt *rapid.T) {
		cases++
		p, needs, people := drawSeating(rt)
		seats, short, ok := p.Match(needs, people)

		var asked []text.ID
		for _, n := range needs {
			for range n.Seats {
				asked = append(asked, n.Group)
			}
		}
		if best := judge(p, asked, people); len(seats) != best || ok != (best == len(asked)) {
			rt.Fatalf("want %d of %d seats, found %v, %v", best, len(asked), seats, ok)
		}
		seen := map[text.ID]bool{}
		have := map[text.ID]int{}
		for _, s := range seats {
			if seen[s.Officer] || !slices.Contains(people, s.Officer) || !slices.Contains(p.Members(s.Group), s.Officer) {
				rt.Fatalf("want members of the groups who are there, each once, found %v", seats)
			}
			seen[s.Officer] = true
			have[s.Group]++
		}
		missing := 0
		for _, s := range short {
			missing += s.Need - s.Have
		}
		if missing != len(asked)-len(seats) {
			rt.Fatalf("want %d seats short, found %v", len(asked)-len(seats), short)
		}

		other := rapid.Permutation(slices.Concat(people, people)).Draw(rt, "order")
		seats2, short2, ok2 := p.Match(needs, other)
		if !slices.Equal(seats, seats2) || !slices.Equal(short, short2) || ok != ok2 {
			rt.Fatalf("want the same seats in any order, found %v and %v", seats, seats2)
		}
	}
	for range 150 { // rapid runs 100 cases a time
		rapid.Check(t, one)
	}
	t.Logf("%d cases", cases)
	want := 10_000
	if testing.Short() { // a fifth of the cases each time
		want = 2_000
	}
	if cases < want {
		t.Errorf("want at least %d cases, found %d", want, cases)
	}
}

// Whether a maker can be spared is the same question as a matching without
// them, whatever was asked before.
func TestSparingAMakerIsMatchingWithoutThem(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p, needs, people := drawSeating(rt)
		m := newMatching(p, needs, people)
		if !m.fill() {
			return
		}
		for person, id := range m.people {
			others := slices.DeleteFunc(slices.Clone(m.people), func(x text.ID) bool { return x == id })
			_, _, want := p.Match(needs, others)
			if got := m.seat[person] == unseated || m.spares(person); got != want {
				rt.Fatalf("%s of %v: want %v, found %v", id, people, want, got)
			}
		}
	})
}

func TestMatchLeavesThePolicyAndThePeopleAlone(t *testing.T) {
	p := seating(Group{"board", []text.ID{"grace", "ivan"}})
	people := []text.ID{"ivan", "grace"}
	p.Match([]Need{{2, "board"}}, people)
	if !slices.Equal(people, []text.ID{"ivan", "grace"}) || !slices.Equal(p.Members("board"), []text.ID{"grace", "ivan"}) {
		t.Error("want the arguments unchanged")
	}
}
