package policy

import (
	"testing"

	"strongroom/custody"
)

func TestCompareRefusesWhatIsNoSuccessor(t *testing.T) {
	old := house(t)
	good := func(p *Policy) { p.FeeRateMax = 200 }
	h, next := old.Hash().String(), successor(t, old, good)
	memory := *old
	memory.bytes = nil
	regtest := filled(t, custody.Regtest)
	for _, c := range []struct {
		name      string
		old, next *Policy
		want      string
	}{
		{"nothing changes", old, successor(t, old, func(*Policy) {}), "policy 13: want a change of version 12, found none"},
		{"itself", old, old, "policy: want version 13, found 12"},
		{"turned round", next, old, "policy: want version 14, found 12"},
		{"version skipped", old, must(t)(next.edit(func(p *Policy) error { p.Version++; return nil })), "policy: want version 13, found 14"},
		{"other parent", old, must(t)(next.edit(func(p *Policy) error { p.Previous = hash("x"); return nil })),
			"policy: want previous " + h + ", that of version 12, found " + hash("x").String()},
		{"other vault", old, must(t)(next.edit(func(p *Policy) error { p.Vault = "evil"; return nil })), "policy: want one of vault acme-treasury, found one of evil"},
		{"other chain", old, regtest, "policy: want one of chain mainnet, found one of regtest"},
		{"other clock", regtest, successor(t, regtest, func(p *Policy) { p.Clock = ClockFull }), "policy: want clock test, found full"},
		{"not from a text", &memory, next, "policy: want two read from their texts, found one without"},
		{"fails its checks", old, successor(t, old, func(p *Policy) { p.ExpiryMax = 5000 }),
			"policy 13: want one that passes its checks, found POL-FLOOR expiry-max: want at most 4320, found 5000"},
		{"too few are left", old, successor(t, old, func(p *Policy) { p.Groups[0].Members = p.Groups[0].Members[:3] }),
			"policy 13: want one that passes its checks, found POL-FLOOR tier large: want at least 4 members of desk who may sit, found 3"},
		{"zero values", new(Policy), new(Policy), "policy: want version 1, found 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Compare(c.old, c.next)
			if err == nil || err.Error() != c.want {
				t.Errorf("want %s\nfound %v", c.want, err)
			}
			if d.Class != 0 || len(d.Items) != 0 {
				t.Errorf("want no diff beside an error, found %v", d)
			}
		})
	}
}
