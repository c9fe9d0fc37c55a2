package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// pool makes coins of these values, each with an outpoint of its own.
func pool(values ...custody.Amount) []custody.Coin {
	var out []custody.Coin
	for i, v := range values {
		out = append(out, custody.Coin{Outpoint: wire.OutPoint{Index: uint32(i)}, Value: v})
	}
	return out
}

// What moves at once is bounded by the text, by the number asked for, by what
// nodes relay, and by what a coin is worth.
func TestHaulStaysWithinEveryBound(t *testing.T) {
	size := func(inputs int) int64 { return int64(100 * inputs) }
	for _, c := range []struct {
		bound string
		haul  haul
		pool  []custody.Coin
		want  string
	}{
		{"all fit", haul{ceiling: 60_000}, pool(10_000, 20_000, 30_000), "3 worth 60000, left 0, worthless 0"},
		{"the text's ceiling", haul{ceiling: 59_999}, pool(10_000, 20_000, 30_000), "2 worth 30000, left 1, worthless 0"},
		{"the text's ceiling, and smaller coins behind", haul{ceiling: 40_000}, pool(30_000, 20_000, 10_000), "2 worth 40000, left 1, worthless 0"},
		{"a number", haul{ceiling: 60_000, most: 1}, pool(10_000, 20_000, 30_000), "1 worth 10000, left 2, worthless 0"},
		{"coins that cost what they hold", haul{ceiling: 60_000}, pool(500, 501, 499), "1 worth 501, left 0, worthless 2"},
		{"what nodes relay", haul{ceiling: custody.MaxAmount}, pool(slices.Repeat([]custody.Amount{10_000}, 1001)...), "1000 worth 10000000, left 1, worthless 0"},
		{"nothing", haul{ceiling: 0}, pool(10_000), "0 worth 0, left 1, worthless 0"},
	} {
		h := c.haul
		h.rate, h.size = 5, size
		h.load(c.pool)
		if got := fmt.Sprintf("%d worth %d, left %d, worthless %d", len(h.coins), h.sum, h.left, h.worthless); got != c.want {
			t.Errorf("%s: want %s, found %s", c.bound, c.want, got)
		}
	}
}

// The same coins are chosen whatever order they come in.
func TestCoinsMoveInOneOrder(t *testing.T) {
	coins := pool(5, 7, 5, 9, 5)
	slices.SortFunc(coins, largestFirst)
	var got []string
	for _, c := range coins {
		got = append(got, fmt.Sprintf("%d:%d", c.Value, c.Outpoint.Index))
	}
	if want := []string{"9:3", "7:1", "5:0", "5:2", "5:4"}; !slices.Equal(got, want) {
		t.Errorf("want %v, found %v", want, got)
	}
}

// A sweep is brought to signers that hold a key of both wallets. Where they are
// too few to sign, the others are asked too, so that their refusal is seen.
func TestSweepIsBroughtToSignersOfBothWallets(t *testing.T) {
	v := signertest.New(t)
	reserve := func(names ...text.ID) *policy.Policy {
		var keys []policy.Cosigner
		for i, name := range names {
			keys = append(keys, policy.Cosigner{Fingerprint: [4]byte{byte(i)}, Governed: true, Name: name})
		}
		p, err := v.Policy.SetWallet(policy.Wallet{ID: "reserve", State: policy.Next, Descriptor: [32]byte{1}, M: 2, N: len(names)}, keys)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	sweep := quorum.Sweep{From: signertest.WalletID, To: "reserve", Moves: coin, FeeMax: coin / 1000}
	proposal := v.Ask("alice", sweep)
	for _, c := range []struct{ holders, want []text.ID }{
		{[]text.ID{"signer-a", "signer-b", "signer-c"}, []text.ID{"signer-a", "signer-b", "signer-c"}},
		{[]text.ID{"signer-a", "signer-c", "signer-d"}, []text.ID{"signer-a", "signer-c"}},
		{[]text.ID{"signer-a", "signer-d", "signer-e"}, []text.ID{"signer-a", "signer-b", "signer-c"}},
	} {
		x := &dossier{view: &view{policy: reserve(c.holders...)}, order: &order{id: proposal.ID(), proposal: proposal}}
		if got := x.asked(); !slices.Equal(got, c.want) {
			t.Errorf("%v: want %v, found %v", c.holders, c.want, got)
		}
	}
}
