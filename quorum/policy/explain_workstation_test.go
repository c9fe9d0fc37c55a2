package policy

import (
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/text"
)

func TestEveryRuleOfTheMachinesIsToldWhetherItIsLeftOutOrNot(t *testing.T) {
	strict, loose := Workstation{Vault: "acme-treasury"}.Explain(), Workstation{Vault: "acme-treasury", Allows: allowances()}.Explain()
	if len(strict.Lines) != len(allowances()) || len(loose.Lines) != len(allowances()) {
		t.Fatalf("want a sentence for each of %d rules, found %d and %d", len(allowances()), len(strict.Lines), len(loose.Lines))
	}
	for i, l := range strict.Lines {
		if l == loose.Lines[i] || !strings.HasSuffix(l, ".") {
			t.Errorf("want another sentence where the rule is left out, found %q", l)
		}
	}
	got := Workstation{Vault: "acme-treasury", Allows: []Allowance{AllowUnwitnessed}}.Explain()
	if want := "Holders may open a key without a witness."; got.Lines[1] != want {
		t.Errorf("want %q, found %q", want, got.Lines[1])
	}
}

// A draft takes its annexes in any order.
func TestAnnexesAreNamedInTheirOrder(t *testing.T) {
	p := presetDraft(t, Team, custody.Regtest)
	for _, name := range []text.ID{"workstation", "people", "workstation"} {
		p = must(t)(p.SetAnnex(Annex{Name: name, Hash: text.Identity([]byte(name))}))
	}
	if len(p.Annexes) != 2 || p.Annexes[0].Name != "people" || p.Annexes[1].Name != "workstation" {
		t.Errorf("want people and workstation, found %v", p.Annexes)
	}
}
