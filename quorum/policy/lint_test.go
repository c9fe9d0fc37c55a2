package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// linted compares the findings of some codes, or of all, as whole lines.
func linted(t *testing.T, found []Finding, want []string, codes ...string) {
	t.Helper()
	var lines []string
	for _, f := range found {
		if len(codes) == 0 || slices.Contains(codes, f.Code) {
			lines = append(lines, f.String())
		}
	}
	if !slices.Equal(lines, want) {
		t.Errorf("want\n  %s\nfound\n  %s", strings.Join(want, "\n  "), strings.Join(lines, "\n  "))
	}
}

func TestPresetLintsClean(t *testing.T) {
	for n := custody.Mainnet; n <= custody.Regtest; n++ {
		linted(t, draft(t, n).Lint(nil), nil)
		for _, f := range filled(t, n).Lint(nil) {
			if f.Severity != Warning {
				t.Errorf("%s: want warnings only, found %s", n, f)
			}
		}
	}
}

// With two people in risk, one cannot be rekeyed without the other; in tiers
// and all else nobody is indispensable.
func TestExchangeOfTenLints(t *testing.T) {
	linted(t, tenPeople(t).Lint(nil), []string{
		"warning: LINT-BYPASS annex people: want who holds which key or share, found none, so who could sign without the policy is not assessed",
		"warning: LINT-FORK ending a fork: want the seats of loosen and of recovery filled at once without any one officer, found that nobody may be missing of grace heidi ivan judy",
		"error: LINT-FRAGILE act rekey of erin: want a coalition without frank, found none",
		"error: LINT-FRAGILE act rekey of frank: want a coalition without erin, found none",
		"warning: LINT-ORG act destination: want people of more than one organisation for its seats, found enough in acme-ops",
		"warning: LINT-ORG act internal: want people of more than one organisation for its seats, found enough in acme-ops",
		"warning: LINT-ORG act reanchor: want people of more than one organisation for its seats, found enough in acme-ops",
		"warning: LINT-ORG act restore: want people of more than one organisation for its seats, found enough in acme-ops",
		"warning: LINT-ORG act tighten: want people of more than one organisation for its seats, found enough in acme-ops",
		"warning: LINT-ORG recovery: want people of more than one organisation for its seats, found enough in acme-board",
		"warning: LINT-ORG tier small: want people of more than one organisation for its seats, found enough in acme-ops",
	})
}

// Each case changes the exchange of ten and lists what is found of one code.
func TestLintFinds(t *testing.T) {
	for _, c := range []struct {
		name, code string
		change     func(*Policy)
		want       []string
	}{
		{"board of one", LintFragile, func(p *Policy) { p.Groups[0].Members = []text.ID{"grace"} }, []string{
			"error: LINT-FRAGILE act loosen: want a coalition without grace, found none",
			"error: LINT-FRAGILE act rekey of erin: want a coalition without frank, found none",
			"error: LINT-FRAGILE act rekey of frank: want a coalition without erin, found none",
			"error: LINT-FRAGILE tier large: want a coalition without grace, found none"}},
		{"only one without a conflict", LintFragile, func(p *Policy) {
			p.Conflicts = []Conflict{{"otc-desk", "erin"}, {"payroll", "erin"}}
			p.Acts[Rekey-1].Needs = treasury(2)
		}, []string{
			"error: LINT-FRAGILE tier large to otc-desk payroll: want a coalition without frank, found none",
			"error: LINT-FRAGILE tier medium to otc-desk payroll: want a coalition without frank, found none"}},
		{"a conflicted officer is the maker", LintFragile, func(p *Policy) {
			p.Conflicts = []Conflict{{"otc-desk", "alice"}, {"otc-desk", "bob"}}
			p.Acts[Rekey-1].Needs = treasury(2)
		}, []string{
			"error: LINT-FRAGILE tier large to otc-desk: want a coalition without carol, found none",
			"error: LINT-FRAGILE tier large to otc-desk: want a coalition without dave, found none",
			"error: LINT-FRAGILE tier medium to otc-desk: want a coalition without carol, found none",
			"error: LINT-FRAGILE tier medium to otc-desk: want a coalition without dave, found none",
			"error: LINT-FRAGILE tier small to otc-desk: want a coalition without carol, found none",
			"error: LINT-FRAGILE tier small to otc-desk: want a coalition without dave, found none"}},
		{"nobody loosens", LintLockout, func(p *Policy) { p.Acts[Loosen-1].Needs = []Need{{3, "board"}} }, []string{
			"error: LINT-LOCKOUT act loosen: want a coalition, found none"}},
		{"nobody recovers", LintLockout, func(p *Policy) { p.Recovery.Needs = []Need{{4, "recovery"}} }, []string{
			"error: LINT-LOCKOUT recovery: want a coalition, found none"}},
		{"nobody without a conflict", LintLockout, func(p *Policy) {
			p.Conflicts = []Conflict{{"payroll", "erin"}, {"payroll", "frank"}}
		}, []string{
			"error: LINT-LOCKOUT tier large to payroll: want a coalition, found none",
			"error: LINT-LOCKOUT tier medium to payroll: want a coalition, found none"}},
		{"terms of the whole board", LintLockout, func(p *Policy) {
			p.Terms[6], p.Terms[8] = Term{"grace", 1_000_000, true}, Term{"ivan", 1_010_000, true}
		}, []string{
			"error: LINT-LOCKOUT act loosen: want a coalition when the terms of grace ivan end, found none after height 1010000",
			"error: LINT-LOCKOUT recovery: want a coalition when the terms of grace ivan end, found none after height 1010000",
			"error: LINT-LOCKOUT tier large: want a coalition when the terms of grace ivan end, found none after height 1010000"}},
		{"a term that has ended", LintLockout, func(p *Policy) {
			p.Terms[6], p.Terms[8] = Term{"grace", 951_551, true}, Term{"ivan", 951_552, true}
		}, []string{
			"error: LINT-LOCKOUT act loosen: want a coalition when the terms of ivan end, found none after height 951552",
			"error: LINT-LOCKOUT recovery: want a coalition when the terms of ivan end, found none after height 951552",
			"error: LINT-LOCKOUT tier large: want a coalition when the terms of ivan end, found none after height 951552"}},
		{"rekey of the one who stays longest", LintLockout, func(p *Policy) {
			p.Terms[4] = Term{"erin", 1_000_000, true}
		}, []string{
			"error: LINT-LOCKOUT act rekey of frank: want a coalition when the terms of erin end, found none after height 1000000"}},
		{"a tier behind a small velocity", LintUnreachable, func(p *Policy) { p.Velocities = []Velocity{{20 * coin, oneMonth}} }, []string{
			"error: LINT-UNREACHABLE tier large: want it to begin under 20.00000000 BTC, the most that the limits let out in its 4320 credits, found 25.00000000 BTC"}},
		{"a tier that begins where a velocity ends", LintUnreachable, func(p *Policy) { p.Velocities = []Velocity{{25 * coin, oneMonth}} }, []string{
			"error: LINT-UNREACHABLE tier large: want it to begin under 25.00000000 BTC, the most that the limits let out in its 4320 credits, found 25.00000000 BTC"}},
		{"a velocity that comes round in the tier's window", LintUnreachable, func(p *Policy) { p.Velocities = []Velocity{{20 * coin, oneWeek}} }, nil},
		{"destinations that take little", LintUnreachable, func(p *Policy) { p.Destinations = p.Destinations[1:] }, []string{
			"error: LINT-UNREACHABLE tier large: want it to begin under 2.00000000 BTC, the most that the limits let out in its 4320 credits, found 25.00000000 BTC"}},
		{"no destination yet", LintUnreachable, func(p *Policy) { p.Destinations, p.Velocities = nil, p.Velocities[:1] }, nil},
		{"approvals that die on the way", LintUnreachable, func(p *Policy) { p.ExpiryMax = 143; p.Acts = p.Acts[:3] }, []string{
			"error: LINT-UNREACHABLE act destination: want expiry-max at least 144 for what cools, found 143",
			"error: LINT-UNREACHABLE act loosen: want expiry-max at least 144 for what cools, found 143",
			"error: LINT-UNREACHABLE recovery: want expiry-max at least 144 for what cools, found 143"}},
		{"a wait worth less than the tier", LintClockCheap, func(p *Policy) { p.Tiers[1].Cool = 7 }, []string{
			"error: LINT-CLOCK-CHEAP tier medium: want a limit of at most 21.87500000 BTC, what faking 7 credits costs at height 951552, found 25.00000000 BTC"}},
		{"a wait worth as much", LintClockCheap, func(p *Policy) { p.Tiers[1].Cool = 8 }, nil},
		{"a stamped wait", LintClockCheap, func(p *Policy) { p.Tiers[1].Cool, p.Tiers[1].Mode = 1, Stamped }, nil},
		{"a wait on a test chain", LintClockCheap, func(p *Policy) { p.Tiers[1].Cool, p.Clock = 1, ClockTest }, nil},
		{"a watcher in a seat", LintOverlap, func(p *Policy) { p.Groups[2].Members = []text.ID{"erin", "frank", "judy"} }, []string{
			"error: LINT-OVERLAP act loosen: want watchers of watch without a seat, found judy in risk",
			"error: LINT-OVERLAP tier large: want watchers of watch without a seat, found judy in risk"}},
		{"one key", LintOneKey, func(p *Policy) { p.Signers = p.Signers[1:] }, []string{
			"warning: LINT-ONEKEY officer alice: want 2 keys or more, found 1"}},
		{"nobody's seats while somebody is missing", LintFragile, func(p *Policy) { p.Groups[0].Members = nil }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := tenPeople(t)
			c.change(p)
			linted(t, p.Lint(nil), c.want, c.code)
		})
	}
}

func TestSubsidyHalves(t *testing.T) {
	for height, want := range map[uint32]string{
		0: "50.00000000", 209_999: "50.00000000", 210_000: "25.00000000", 840_000: "3.12500000", 1_049_999: "3.12500000",
		1_050_000: "1.56250000", 6_720_000: "0.00000001", 6_930_000: "0.00000000", maxHeight: "0.00000000", 1<<32 - 1: "0.00000000",
	} {
		if got := Subsidy(height).String(); got != want {
			t.Errorf("height %d: want %s, found %s", height, want, got)
		}
	}
	var all custody.Amount
	for h := uint32(0); h < 7_000_000; h += 210_000 {
		all += timesAmount(Subsidy(h), 210_000)
	}
	if all.String() != "20999999.97690000" {
		t.Errorf("want all coins there will ever be, found %s", all)
	}
}

// Ten officers can have conflicts in 1,023 ways. With five tiers that is more
// than is looked at, and said so.
func TestLintIsBounded(t *testing.T) {
	p := tenPeople(t)
	p.Tiers = append(p.Tiers, p.Tiers[2], p.Tiers[2])
	p.Destinations, p.Conflicts = nil, nil
	for i := 1; i < 1<<len(p.Officers); i++ {
		label := text.ID(fmt.Sprintf("d%d", i))
		p.Destinations = append(p.Destinations, Destination{Label: label, Cap: 50 * coin, Window: oneMonth})
		for j, o := range p.Officers {
			if i&(1<<j) != 0 {
				p.Conflicts = append(p.Conflicts, Conflict{label, o.ID})
			}
		}
	}
	linted(t, p.Lint(nil), []string{"error: LINT-LIMIT conflict: want at most 4096 tiers and sets of conflicted officers together, found 5115"}, LintLimit)
	if c := p.Coalitions(nil); len(c.Rows) != maxRows || !c.More {
		t.Errorf("want %d rows and more, found %d", maxRows, len(c.Rows))
	}
}

// slowSeats computes what the linter finds of seats by trying everything.
func slowSeats(p *Policy, height uint32) []string {
	lines := map[string]bool{}
	office := func(h uint32) (in []text.ID) {
		for _, o := range p.Officers {
			if end, ends := p.TermOf(o.ID); !ends || h <= end {
				in = append(in, o.ID)
			}
		}
		return in
	}
	for _, s := range p.sittings() {
		base := slow{p: p, s: s}
		if s.maker == replaced {
			base.gone = "nobody"
		}
		told, open := base.lint(s.name, height, office, nil, lines)
		if !open {
			continue
		}
		for name, x := range base.variants(office(height)) {
			x.lint(s.name+name, height, office, told, lines)
		}
	}
	slowFork(p).warn(height, office, lines)
	return slices.Sorted(maps.Keys(lines))
}

// warn adds the warnings about the end of a fork.
func (x slow) warn(height uint32, office func(uint32) []text.ID, lines map[string]bool) {
	now := office(height)
	if !x.decides(now) {
		lines["LINT-FORK ending a fork: want people for the seats of loosen and of recovery at once, found too few; only a loosening that drops signers would end one"] = true
		return
	}
	alone := slices.DeleteFunc(slices.Clone(now), func(id text.ID) bool { return x.decides(withoutOne(now, id)) })
	if len(alone) > 0 {
		lines["LINT-FORK ending a fork: want the seats of loosen and of recovery filled at once without any one officer, found that nobody may be missing of "+spacedIDs(alone)] = true
	}
	for h := height; h < 40; h++ {
		if then := office(h + 1); !x.decides(then) {
			left := slices.DeleteFunc(now, func(id text.ID) bool { return slices.Contains(then, id) })
			lines[fmt.Sprintf("LINT-FORK ending a fork: want people for its seats when the terms of %s end, found too few after height %d", spacedIDs(left), h)] = true
			return
		}
	}
}

// variants returns the act for each set of conflicts, or for each officer who
// is replaced.
func (x slow) variants(people []text.ID) map[string]slow {
	out := map[string]slow{}
	if x.s.maker == replaced {
		for _, id := range people {
			v := x
			v.gone = id
			out[" of "+string(id)] = v
		}
	}
	if !strings.HasPrefix(x.s.name, "tier ") {
		return out
	}
	labels := map[string][]text.ID{}
	for _, d := range x.p.Destinations {
		who := ""
		for _, o := range x.p.Officers {
			if x.p.Conflicted(d.Label, o.ID) {
				who += " " + string(o.ID)
			}
		}
		labels[who] = append(labels[who], d.Label)
	}
	delete(labels, "")
	for _, l := range labels {
		v := x
		v.label = l[0]
		out[" to "+spacedIDs(l)] = v
	}
	return out
}

// lint adds what is found and not told yet, and returns what is told now: who
// is indispensable, and the height that closes the act.
func (x slow) lint(name string, height uint32, office func(uint32) []text.ID, told map[text.ID]uint32, lines map[string]bool) (map[text.ID]uint32, bool) {
	now := office(height)
	if !x.decides(now) {
		lines["LINT-LOCKOUT "+name+": want a coalition, found none"] = true
		return nil, false
	}
	found := map[text.ID]uint32{}
	for _, id := range now {
		if !x.decides(withoutOne(now, id)) {
			found[id] = 1
			if told[id] == 0 && id != x.gone {
				lines["LINT-FRAGILE "+name+": want a coalition without "+string(id)+", found none"] = true
			}
		}
	}
	for h := height; h < 40; h++ {
		if x.gone != "" && x.gone != "nobody" && !slices.Contains(office(h+1), x.gone) {
			break
		}
		if x.decides(office(h + 1)) {
			continue
		}
		found["height"] = h
		var left []text.ID
		for _, id := range now {
			if !slices.Contains(office(h+1), id) {
				left = append(left, id)
			}
		}
		if told["height"] == 0 || h < told["height"] {
			lines[fmt.Sprintf("LINT-LOCKOUT %s: want a coalition when the terms of %s end, found none after height %d", name, spacedIDs(left), h)] = true
		}
		break
	}
	return found, true
}

func TestLintAgreesWithTryingEverything(t *testing.T) {
	keys := testKeys(t)
	rapid.Check(t, func(t *rapid.T) {
		for range policiesPerCheck {
			lintAgrees(t, smallPolicy(t, keys), uint32(rapid.IntRange(5, 25).Draw(t, "height")))
		}
	})
}

func lintAgrees(t *rapid.T, p *Policy, height uint32) {
	var found []string
	for _, f := range p.LintAt(height, nil) {
		if f.Code == LintFragile || f.Code == LintLockout || f.Code == LintFork {
			found = append(found, f.Code+" "+f.Text)
		}
	}
	if want := slowSeats(p, height); !slices.Equal(found, want) {
		t.Fatalf("want\n  %s\nfound\n  %s", strings.Join(want, "\n  "), strings.Join(found, "\n  "))
	}
}
