package policy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
)

func TestDraftIsTheGoldenOne(t *testing.T) {
	read := 0
	for _, preset := range presets() {
		for _, n := range []custody.Network{custody.Mainnet, custody.Regtest} {
			name := fmt.Sprintf("draft-%s-%s.txt", preset, n)
			if p := presetDraft(t, preset, n); !bytes.Equal(p.Bytes(), golden(t, name)) {
				t.Errorf("%s: want those bytes, found\n%s", name, p.Bytes())
			}
			read++
		}
	}
	if read != 6 {
		t.Errorf("want 6 drafts, found %d", read)
	}
}

func TestDraftSaysWhatIsToFillIn(t *testing.T) {
	want := []string{
		"wallet: want at least one, found none",
		"cosigner: want those of every wallet, found none",
		"device: want at least one, found none",
		"officer: want at least one, found none",
		"group recovery: want at least 3 members, found none",
		"group treasury: want at least 5 members, found none",
		"group watch: want at least 2 members, found none",
	}
	for n := custody.Mainnet; n <= custody.Regtest; n++ {
		p := draft(t, n)
		if got := p.Unfilled(); n == custody.Mainnet && !slices.Equal(got, want) {
			t.Errorf("%s: want\n%s\nfound\n%s", n, strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
		for _, r := range p.Check() {
			if r.Code != CodeUnfilled {
				t.Errorf("%s: want nothing against a draft but what is missing, found %v", n, r)
			}
		}
		if len(p.Check()) == 0 {
			t.Errorf("%s: want a draft refused, found it accepted", n)
		}
	}
}

func TestFilledDraftIsAPolicy(t *testing.T) {
	for n := custody.Mainnet; n <= custody.Regtest; n++ {
		p := filled(t, n)
		if got := p.Unfilled(); len(got) != 0 {
			t.Errorf("%s: want nothing to fill in, found %v", n, got)
		}
		checked(t, p, nil)
		if n.Test() != (p.Clock == ClockTest) {
			t.Errorf("%s: found clock %s", n, p.Clock)
		}
	}
}

func TestTestChainsDoNotWait(t *testing.T) {
	p := filled(t, custody.Signet)
	for _, x := range p.Tiers {
		if x.Cool != 0 || x.Mode != Named || len(x.Clears) != 0 {
			t.Errorf("want tier %s without delay and clear, found %v", x.ID, x)
		}
	}
	for _, a := range p.Acts {
		if a.Cool != 0 || a.Mode != Named {
			t.Errorf("want act %s without delay, found %v", a.Name, a)
		}
	}
	if p.Recovery.Cool != 0 || p.QuietDestination != 0 || p.QuietPolicy != 0 || p.QuietSigner.Credits != 0 || p.WitnessNeed != 0 {
		t.Error("want no delay at all")
	}
}

func TestDraftRefuses(t *testing.T) {
	for _, c := range []struct {
		preset Preset
		n      custody.Network
		vault  string
		want   string
	}{
		{0, custody.Regtest, "acme", "draft: want a preset, found no preset"},
		{Exchange + 1, custody.Regtest, "acme", "draft: want a preset, found no preset"},
		{Team, 0, "acme", "draft: want a network, found none"},
		{Team, custody.Regtest, "Acme", `line 2: vault: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "Acme"`},
		{Team, custody.Regtest, "a\nchain mainnet", `vault: want one word, found "a\nchain mainnet"`},
	} {
		if _, err := Draft(c.preset, textID(c.vault), c.n, originOf(custody.Regtest)); err == nil || err.Error() != c.want {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
	for _, want := range presets() {
		if p, err := ParsePreset(want.String()); err != nil || p != want {
			t.Errorf("want %s, found %s, %v", want, p, err)
		}
	}
	if _, err := ParsePreset("bank"); err == nil || err.Error() != `want one preset of team, fund, exchange, found "bank"` {
		t.Errorf("found %v", err)
	}
}
