package policy

import (
	"slices"
	"strings"
	"testing"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

func TestLookupsFindWhatIsThereAndNothingElse(t *testing.T) {
	p := must(t)(Parse(golden(t, "policy-12.txt")))
	found := func(_ any, ok bool) bool { return ok }
	for _, c := range []struct {
		what     string
		ok, want bool
	}{
		{"officer", found(p.Officer("carol")), true}, {"no officer", found(p.Officer("mallory")), false},
		{"wallet", found(p.Wallet("vault-2")), true}, {"no wallet", found(p.Wallet("vault-3")), false},
		{"device", found(p.Device("signer-b")), true}, {"no device", found(p.Device("signer-d")), false},
		{"destination", found(p.Destination("payroll")), true}, {"no destination", found(p.Destination("petty")), false},
		{"annex", found(p.Annex("people")), true}, {"no annex", found(p.Annex("watch")), false},
		{"tier", found(p.Tier("small")), true}, {"no tier", found(p.Tier("medium")), false},
		{"act", found(p.Act(Resync)), true}, {"no act", found(p.Act(0)), false}, {"act beyond", found(p.Act(Resync + 1)), false},
		{"cosigner", p.Cosigns("vault-2", "signer-b"), true}, {"not of this wallet", p.Cosigns("vault-2", "signer-c"), false},
		{"external cosigner", p.Cosigns("vault-2", "coldcard-7"), false}, {"no wallet to cosign", p.Cosigns("vault-3", "signer-a"), false},
		{"key of some wallet", p.HoldsKey("signer-c"), true}, {"external key", p.HoldsKey("coldcard-7"), false}, {"no key", p.HoldsKey("signer-d"), false},
		{"freezer", p.InRole(Freeze, "grace"), true}, {"vetoer", p.InRole(Veto, "alice"), true},
		{"proposer", p.InRole(Propose, "erin"), true}, {"watcher proposes", p.InRole(Propose, "grace"), false},
		{"no role", p.InRole(0, "alice"), false}, {"role beyond", p.InRole(Veto+1, "alice"), false}, {"stranger", p.InRole(Freeze, "mallory"), false},
		{"conflict", p.Conflicted("payroll", "bob"), true}, {"no conflict", p.Conflicted("payroll", "carol"), false},
	} {
		if c.ok != c.want {
			t.Errorf("%s: want %v", c.what, c.want)
		}
	}
	for _, a := range p.Acts {
		if got, ok := p.Act(a.Name); !ok || got.Name != a.Name {
			t.Errorf("act %s: want it, found %s, %v", a.Name, got.Name, ok)
		}
	}
	if m := p.Members("watch"); !slices.Equal(m, []text.ID{"frank", "grace"}) || p.Members("nobody") != nil {
		t.Errorf("want frank and grace, found %v", m)
	}
	p.Members("watch")[0] = "mallory"
	p.Roles.Of(Veto)[0] = "mallory"
	if p.Members("watch")[0] != "frank" || p.Roles.Veto[0] != "treasury" {
		t.Error("want copies handed out")
	}
}

func TestKeysBelongToOnePerson(t *testing.T) {
	p := must(t)(Parse(golden(t, "policy-12.txt")))
	if keys := p.Keys("alice"); len(keys) != 2 || !keys[1].Equal(softKey(t, "alice")) || len(p.Keys("mallory")) != 0 {
		t.Errorf("want two keys of alice and none of mallory, found %v", keys)
	}
	if id, ok := p.OfficerOf(hardKey(t, "carol")); !ok || id != "carol" {
		t.Errorf("want carol, found %q", id)
	}
	for name, k := range map[string]sshsig.Key{"a stranger's key": softKey(t, "mallory"), "the zero key": {}, "same point, other type": softKey(t, "carol")} {
		if id, ok := p.OfficerOf(k); ok || id != "" {
			t.Errorf("%s: want nobody, found %q", name, id)
		}
	}
	p.Signers = append(p.Signers, SignerKey{"erin", hardKey(t, "carol")})
	if id, ok := p.OfficerOf(hardKey(t, "carol")); ok {
		t.Errorf("want nobody for a key listed twice, found %q", id)
	}
}

func TestFactorAndTermAreStrictestForStrangers(t *testing.T) {
	p := must(t)(Parse(golden(t, "policy-12.txt")))
	all := sshsig.Factor{Presence: true, Verification: true, Bound: true}
	if p.FactorOf("alice") != (sshsig.Factor{Presence: true}) || p.FactorOf("bob") != (sshsig.Factor{}) || p.FactorOf("carol") != all || p.FactorOf("mallory") != all {
		t.Error("want the factors of the text, and everything of strangers")
	}
	for id, want := range map[text.ID]struct {
		height uint32
		ends   bool
	}{"alice": {}, "bob": {1_100_000, true}, "mallory": {0, true}} {
		if h, ends := p.TermOf(id); h != want.height || ends != want.ends {
			t.Errorf("%s: want %v, found %d %v", id, want, h, ends)
		}
	}
}

func TestAllowedSignersIsWhatSedPrints(t *testing.T) {
	p := must(t)(Parse(golden(t, "policy-12.txt")))
	var want strings.Builder
	for l := range strings.Lines(string(p.Bytes())) {
		if rest, ok := strings.CutPrefix(l, "signer "); ok {
			want.WriteString(rest)
		}
	}
	if got := string(p.AllowedSigners()); got != want.String() || strings.Count(got, "\n") != 8 {
		t.Errorf("want %q, found %q", want.String(), got)
	}
}

func TestBytesAreACopy(t *testing.T) {
	b := golden(t, "policy-12.txt")
	p := must(t)(Parse(b))
	hash := p.Hash()
	b[30] ^= 1
	p.Bytes()[30] ^= 1
	if p.Hash() != hash || len(p.Check()) != 0 {
		t.Error("want the policy's bytes unchanged")
	}
}

func TestKindsHaveNoNameForZero(t *testing.T) {
	for _, c := range []struct{ found, want string }{
		{Clock(0).String(), "no clock"}, {Clock(9).String(), "no clock"}, {WalletState(0).String(), "no state"}, {Mode(0).String(), "no mode"},
		{Role(0).String(), "no role"}, {ActName(0).String(), "no act"}, {ActName(99).String(), "no act"}, {Preset(0).String(), "no preset"},
	} {
		if c.found != c.want {
			t.Errorf("want %q, found %q", c.want, c.found)
		}
	}
	for a := Tighten; a <= Resync; a++ {
		if got, err := named("act", Resync)(a.String()); err != nil || got != a {
			t.Errorf("want %s, found %s, %v", a, got, err)
		}
	}
	for r := Freeze; r <= Veto; r++ {
		if got, err := named("role", Veto)(r.String()); err != nil || got != r {
			t.Errorf("want %s, found %s, %v", r, got, err)
		}
	}
	for s, want := range map[string]string{
		"no act": `want one act of tighten, destination, loosen, rekey, reanchor, thaw, internal, sweep, restore, resync, found "no act"`,
		"":       `want one act of tighten, destination, loosen, rekey, reanchor, thaw, internal, sweep, restore, resync, found ""`,
	} {
		if _, err := named("act", Resync)(s); err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
}
