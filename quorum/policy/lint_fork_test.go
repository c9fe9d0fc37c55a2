package policy

import (
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// A filled preset is warned of whom the end of a fork cannot do without, and more
// people who recover end the warning.
func TestEndOfAForkIsAWarning(t *testing.T) {
	const missing = "warning: LINT-FORK ending a fork: want the seats of loosen and of recovery filled at once without any one officer, found that nobody may be missing of "
	for preset, who := range map[Preset]string{Team: "alice bob carol dave erin", Fund: "dave olivia peggy rupert", Exchange: "frank grace ivan"} {
		linted(t, staffed(t, preset, custody.Mainnet).Lint(nil), []string{missing + who}, LintFork)
	}
	p := staffed(t, Exchange, custody.Mainnet)
	for i, g := range p.Groups {
		if g.ID == "recovery" {
			p.Groups[i].Members = append(g.Members, "kate", "dave")
		}
		if g.ID == "board" {
			p.Groups[i].Members = append(g.Members, "erin")
		}
	}
	linted(t, p.Lint(nil), nil, LintFork, LintFragile)
}

// People who are too few, or will be when terms end, are no error: what ends a
// fork then is judged with the acts.
func TestForkThatFewCanEndIsAWarning(t *testing.T) {
	p := staffed(t, Team, custody.Mainnet)
	for i, x := range p.Terms {
		if x.Officer == "erin" {
			p.Terms[i] = Term{"erin", p.Origin.Height + 100, true}
		}
	}
	linted(t, p.LintAt(p.Origin.Height+100, nil), []string{
		"warning: LINT-FORK ending a fork: want people for its seats when the terms of erin end, found too few after height 951652",
		"warning: LINT-FORK ending a fork: want the seats of loosen and of recovery filled at once without any one officer, found that nobody may be missing of alice bob carol dave erin",
	}, LintFork, LintLockout)
	linted(t, p.LintAt(p.Origin.Height+101, nil), []string{
		"warning: LINT-FORK ending a fork: want people for the seats of loosen and of recovery at once, found too few; only a loosening that drops signers would end one",
	}, LintFork, LintLockout)
}

// Three lines of recovery give four places for a maker: those who stop the end of
// a fork alone are named, and it is said that there may be others.
func TestForkWithManyPlacesForItsMaker(t *testing.T) {
	p := tenPeople(t)
	p.Roles.Propose = []text.ID{"board", "recovery", "risk", "treasury"}
	p.Recovery.Needs = []Need{{1, "board"}, {1, "recovery"}, {1, "risk"}}
	rows := p.Coalitions(nil).Rows
	want := "ending a fork : 8 people, ways not counted, stopped by [any 1 of erin frank grace heidi ivan judy]"
	if r := rows[len(rows)-1]; rowText(r) != want || !r.More {
		t.Errorf("want %s, and perhaps others, found %s", want, rowText(r))
	}
}

// One person may stop every plan, each together with different others: with the
// maker gone no seat of recovery makes one.
func TestForkThatOnePersonStopsInTwoWays(t *testing.T) {
	p := &Policy{Clock: ClockTest}
	for _, id := range []text.ID{"p0", "p1", "p2", "p3", "p4", "p5"} {
		p.Officers = append(p.Officers, Officer{ID: id, Org: "a"})
	}
	p.Groups = []Group{{"ask", []text.ID{"p1"}}, {"many", []text.ID{"p0", "p1", "p3", "p4", "p5"}}, {"two", []text.ID{"p1", "p2"}}}
	p.Roles.Propose = []text.ID{"ask"}
	p.Acts = []Act{{Name: Loosen, Mode: Named, Needs: []Need{{2, "many"}}}}
	p.Recovery = Recovery{Mode: Named, Needs: []Need{{2, "many"}, {1, "two"}}}
	rows := p.Coalitions(nil).Rows
	if r := rows[len(rows)-1]; rowText(r) != "ending a fork : 5 people, ways not counted, stopped by [p1 any 2 of p0 p1 p2 p3 p4 p5]" || !r.More {
		t.Errorf("want p1 among those who stop it, found %s", rowText(r))
	}
}
