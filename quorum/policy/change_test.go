package policy

import (
	"slices"
	"strings"
	"testing"

	"strongroom/quorum/text"
)

// What goes stands before what comes, each sorted.
func TestChangesAreTheLinesThatDiffer(t *testing.T) {
	old := house(t)
	next := successor(t, old, func(p *Policy) {
		removeOfficer(p, "kim")
		p.Tiers[1].Clears[0].Seats = 2
		p.Annexes = nil
		p.FeeRateMax = 200
	})
	listed(t, Changes(old, next),
		"- annex backup "+hash("backup").String(),
		"- annex people "+hash("people").String(),
		"- clear large 1 watch",
		"- factor kim none",
		"- fee-rate-max 300",
		"- group desk alice bob carol dave erin kim",
		"- officer kim acme-ops Kim Example",
		"- signer kim "+namespaces+" "+hardKey(t, "kim").String(),
		"- term kim none",
		"+ annex none",
		"+ clear large 2 watch",
		"+ fee-rate-max 200",
		"+ group desk alice bob carol dave erin",
	)
	if c := Changes(old, old); len(c) != 0 {
		t.Errorf("want no change, found %v", c)
	}
}

// The old lines without what goes and with what comes are the new lines.
func applied(old *Policy, changes []Change) []string {
	lines := slices.Collect(old.lines())
	for _, c := range changes {
		if c.Added {
			lines = append(lines, c.Line)
		} else if i := slices.Index(lines, c.Line); i >= 0 {
			lines = slices.Delete(lines, i, i+1)
		}
	}
	slices.Sort(lines)
	return lines
}

// Each changed line is in one item, and the changes lead from the old text to
// the new one.
func wholeDiff(t interface {
	Helper()
	Errorf(string, ...any)
}, old, next *Policy, d Diff) {
	t.Helper()
	changes := Changes(old, next)
	var inItems []string
	for _, i := range d.Items {
		for _, c := range i.Changes {
			inItems = append(inItems, c.String())
		}
		if len(i.Verdicts) == 0 || i.Class == 0 {
			t.Errorf("want an item with a class and verdicts, found %v", i)
		}
	}
	var all []string
	for _, c := range changes {
		all = append(all, c.String())
	}
	slices.Sort(all)
	slices.Sort(inItems)
	if !slices.Equal(all, inItems) {
		t.Errorf("want every change in one item\n%s\nfound\n%s", strings.Join(all, "\n"), strings.Join(inItems, "\n"))
	}
	if want := slices.Sorted(next.lines()); !slices.Equal(applied(old, changes), want) {
		t.Errorf("want changes that lead to the next policy, found %v", changes)
	}
}

func TestTouchesSeats(t *testing.T) {
	old := house(t)
	for _, c := range []struct {
		name   string
		change func(*Policy)
		want   bool
	}{
		{"fee", func(p *Policy) { p.FeeRateMax = 200 }, false},
		{"tier's limit", func(p *Policy) { p.Tiers[0].Below = coin / 2 }, false},
		{"destination", func(p *Policy) { removeDestination(p, "payroll") }, false},
		{"witness", func(p *Policy) { p.WitnessNeed = 2 }, false},
		{"name", func(p *Policy) { p.Officers[0].Name = "A" }, true},
		{"key", func(p *Policy) { p.Signers = append(p.Signers, SignerKey{"dave", softKey(t, "x")}) }, true},
		{"factor", func(p *Policy) { p.Factors[0].Needs.Verification = true }, true},
		{"term", func(p *Policy) { p.Terms[0] = Term{"alice", 1_200_000, true} }, true},
		{"group", func(p *Policy) { removeMember(&p.Groups[0], "alice") }, true},
		{"role", func(p *Policy) { p.Roles.Veto = []text.ID{"watch"} }, true},
		{"need", func(p *Policy) { p.Tiers[0].Needs[0].Seats = 3 }, true},
		{"clear", func(p *Policy) { p.Tiers[0].Clears = watcher() }, true},
		{"act", func(p *Policy) { p.Acts[0].Cool = 1 }, true},
		{"recovery", func(p *Policy) { p.Recovery.After++ }, true},
	} {
		d := compared(t, old, successor(t, old, c.change))
		if d.TouchesSeats() != c.want {
			t.Errorf("%s: want %v, found %v", c.name, c.want, d.TouchesSeats())
		}
	}
	if (Diff{}).TouchesSeats() {
		t.Error("want nothing touched by no diff")
	}
}
