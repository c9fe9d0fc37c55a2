package main

import (
	"testing"

	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// two of three in geneva, one of two in oslo, one of one in rome: any two groups.
func threeSites() record.Shares {
	g := record.Shares{Groups: 2, Sites: []record.ShareGroup{{Need: 2, Site: "geneva"}, {Need: 1, Site: "oslo"}, {Need: 1, Site: "rome"}}}
	for i, id := range []text.ID{"anna", "bert", "cleo"} {
		g.Shares = append(g.Shares, record.Share{Group: 1, Number: i + 1, Holder: id})
	}
	g.Shares = append(g.Shares, record.Share{Group: 2, Number: 1, Holder: "dora"}, record.Share{Group: 2, Number: 2, Holder: "emil"}, record.Share{Group: 3, Number: 1, Holder: "fay"})
	return g
}

func TestWhoHasLeftLacksWhatTheCheapestGroupsStillNeed(t *testing.T) {
	for _, c := range []struct {
		gone []text.ID
		want int
	}{
		{nil, 2},
		{[]text.ID{"anna"}, 2},
		{[]text.ID{"anna", "bert"}, 1},
		{[]text.ID{"dora"}, 1},
		{[]text.ID{"dora", "emil"}, 1},
		{[]text.ID{"dora", "fay"}, 0},
		{[]text.ID{"anna", "bert", "emil"}, 0},
		{[]text.ID{"zoe"}, 2},
	} {
		if have := lacking(threeSites(), c.gone); have != c.want {
			t.Errorf("%v: want %d lacking, found %d", c.gone, c.want, have)
		}
	}
}

func TestASealIsReadOffTheFirstStanza(t *testing.T) {
	const first = "age-encryption.org/v1\n"
	for _, c := range []struct {
		file string
		want record.Seal
	}{
		{first + "-> scrypt AAAA 18\nx\n", record.SealPassphrase},
		{first + "-> X25519 AAAA\nx\n", record.SealKey},
		{first + "-> ssh-ed25519 AAAA BBBB\nx\n", record.SealKey},
		{first + "-> mlkem768x25519 AAAA\nx\n", record.SealHybrid},
		{first + "-> piv-p256 AAAA BBBB\nx\n", record.SealHardware},
		{first, ""},
		{"age-encryption.org/v2\n-> scrypt AAAA 18\nx\n", ""},
		{"", ""},
	} {
		if have := sealOf([]byte(c.file)); have != c.want {
			t.Errorf("%q: want %q, found %q", c.file, c.want, have)
		}
	}
}

// Only a team on a test chain may open keys beside a network.
func TestANetworkIsAllowedWhereNothingIsAtStake(t *testing.T) {
	for _, c := range []struct {
		preset string
		chain  custody.Network
		want   []policy.Allowance
	}{
		{"team", custody.Regtest, []policy.Allowance{policy.AllowFiles, policy.AllowNetwork, policy.AllowSystemGenerator, policy.AllowUnreviewed, policy.AllowUnwitnessed}},
		{"team", custody.Mainnet, []policy.Allowance{policy.AllowFiles, policy.AllowSystemGenerator, policy.AllowUnreviewed, policy.AllowUnwitnessed}},
		{"fund", custody.Regtest, []policy.Allowance{policy.AllowSystemGenerator, policy.AllowUnwitnessed}},
		{"exchange", custody.Regtest, nil},
	} {
		kind, err := policy.ParsePreset(c.preset)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.Draft(kind, "acme-treasury", c.chain, policy.OriginBlock{})
		if err != nil {
			t.Fatal(err)
		}
		q, annex, err := withWorkstation(p, c.preset)
		if err != nil {
			t.Fatal(err)
		}
		have, err := q.Workstation(policy.Annexes{"workstation": annex})
		if err != nil {
			t.Fatal(err)
		}
		if len(have.Allows) != len(c.want) {
			t.Errorf("%s on %s: want %v, found %v", c.preset, c.chain, c.want, have.Allows)
		}
		for _, a := range c.want {
			if !have.Allowed(a) {
				t.Errorf("%s on %s: want %s allowed, found it refused", c.preset, c.chain, a)
			}
		}
	}
}
