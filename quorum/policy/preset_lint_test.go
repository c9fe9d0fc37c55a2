package policy

import (
	"slices"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// errorsOf returns the findings that are more than warnings.
func errorsOf(p *Policy) []Finding {
	return slices.DeleteFunc(p.Lint(nil), func(x Finding) bool { return x.Severity == Warning })
}

// Filled in as it asks, a preset has nothing against it but warnings.
func TestPresetFilledAsItAsksLintsClean(t *testing.T) {
	for _, preset := range presets() {
		for _, n := range []custody.Network{custody.Mainnet, custody.Regtest} {
			for _, p := range []*Policy{staffed(t, preset, n), paying(t, preset, n)} {
				if found := errorsOf(p); len(found) > 0 {
					t.Errorf("%s on %s with %d payees: want warnings only, found %v", preset, n, len(p.Destinations), found)
				}
			}
		}
	}
}

// With two people in risk, each of them is indispensable for the other's new
// keys.
func TestExchangeWantsThreePeopleOfRisk(t *testing.T) {
	p := must(t)(staffed(t, Exchange, custody.Mainnet).edit(func(q *Policy) error {
		for i, g := range q.Groups {
			if g.ID == "risk" {
				q.Groups[i].Members = []text.ID{"erin", "frank"}
			}
		}
		return nil
	}))
	checked(t, p, nil)
	if found := errorsOf(p); len(found) == 0 {
		t.Error("want an error of the linter, found none")
	}
}
