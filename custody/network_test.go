package custody

import "testing"

func TestNetworks(t *testing.T) {
	tests := []struct {
		n          Network
		name, unit string
		coin       uint32
		test       bool
		hrp        string
	}{
		{Mainnet, "mainnet", "BTC", 0, false, "bc"},
		{Testnet, "testnet", "tBTC", 1, true, "tb"},
		{Signet, "signet", "sBTC", 1, true, "tb"},
		{Regtest, "regtest", "rBTC", 1, true, "bcrt"},
	}
	for _, test := range tests {
		got, err := ParseNetwork(test.name)
		if err != nil || got != test.n || got.String() != test.name {
			t.Errorf("%s: want it back, found %s, %v", test.name, got, err)
		}
		if got.Unit() != test.unit || got.CoinType() != test.coin || got.Test() != test.test {
			t.Errorf("%s: want %s %d %t, found %s %d %t", test.name, test.unit, test.coin, test.test, got.Unit(), got.CoinType(), got.Test())
		}
		if params, ok := got.Params(); !ok || params.Bech32HRPSegwit != test.hrp {
			t.Errorf("%s: want the constants of its chain, found others", test.name)
		}
	}
}

func TestZeroNetworkRefuses(t *testing.T) {
	for _, n := range []Network{0, Regtest + 1, 255} {
		if _, ok := n.Params(); ok || n.Test() || n.String() != "no network" || n.Unit() != "no unit" {
			t.Errorf("%d: want no network, found %s", n, n)
		}
		_, err := ParseNetwork(n.String())
		wantError(t, "its name", err, `network: want mainnet, testnet, signet or regtest, found "no network"`)
	}
	for _, name := range []string{"", "Mainnet", "main", "regtest "} {
		if n, err := ParseNetwork(name); err == nil {
			t.Errorf("%q: want a refusal, found %s", name, n)
		}
	}
}
