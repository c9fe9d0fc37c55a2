package quorum_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

var slowPeople = []string{"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"}

// some returns each of a list with the odds given, in order.
func some(r *rand.Rand, from []string, odds float64) []string {
	var out []string
	for _, x := range from {
		if r.Float64() < odds {
			out = append(out, x)
		}
	}
	return out
}

func drawNeeds(r *rand.Rand, groups []string, least, most int) []slowNeed {
	var out []slowNeed
	for range least + r.IntN(most-least+1) {
		out = append(out, slowNeed{1 + r.IntN(3), groups[r.IntN(len(groups))]})
	}
	return out
}

func asNeeds(needs []slowNeed) []policy.Need {
	var out []policy.Need
	for _, n := range needs {
		out = append(out, policy.Need{Seats: n.seats, Group: text.ID(n.group)})
	}
	return out
}

// The seating that the judge uses, and one that tries everything, on a million
// cases, four in the long run: clear seats and seats at once, people in many
// groups, people who did both.
func TestSeatsAgreeWithTheSlowJudge(t *testing.T) {
	cases := 1_000_000 * longer(t)
	if testing.Short() {
		cases = 5_000
	}
	r := rand.New(rand.NewPCG(3, 8))
	names := []string{"board", "risk", "treasury", "watch"}
	verdicts := map[bool]int{}
	for i := range cases {
		people := slowPeople[:3+r.IntN(6)]
		groups := names[:1+r.IntN(4)]
		members := map[string][]string{}
		p := &policy.Policy{}
		for _, g := range groups {
			members[g] = some(r, people, 0.6)
			p.Groups = append(p.Groups, policy.Group{ID: text.ID(g), Members: ids(members[g])})
		}
		needs, clears := drawNeeds(r, groups, 1, 2), drawNeeds(r, groups, 0, 1)
		checkers, watchers := some(r, people, 0.8), some(r, people, 0.5)
		s := p.Seat(asNeeds(needs), ids(checkers), asNeeds(clears), ids(watchers))
		want := slowSeat(members, needs, checkers, clears, watchers)
		if s.OK != want {
			t.Fatalf("case %d: groups %v, needs %v by %v, clears %v by %v: want %v, found %+v", i, members, needs, checkers, clears, watchers, want, s)
		}
		if full := slowSeat(members, needs, checkers, nil, nil); full != (len(s.Short) == 0) {
			t.Fatalf("case %d: groups %v, needs %v by %v: want all of the first seats filled %v, found %+v", i, members, needs, checkers, full, s)
		}
		seated := slices.Concat(s.Seats, s.Clears)
		slices.SortFunc(seated, func(a, b policy.Assignment) int { return compareIDs(a.Officer, b.Officer) })
		if len(slices.CompactFunc(slices.Clone(seated), func(a, b policy.Assignment) bool { return a.Officer == b.Officer })) != len(seated) {
			t.Fatalf("case %d: want one seat a person, found %v", i, seated)
		}
		verdicts[want]++
	}
	t.Logf("%d cases: %d seated, %d short", cases, verdicts[true], verdicts[false])
	if verdicts[true] < cases/10 || verdicts[false] < cases/10 {
		t.Errorf("want both verdicts often, found %v", verdicts)
	}
}

func compareIDs(a, b text.ID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
