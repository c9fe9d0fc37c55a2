package main

import (
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/signer/signertest"
)

// Every coin is in one transaction of the plan or left behind, and what is
// planned is what nodes relay and signers take.
func TestSweepPlanSharesOutEveryCoinOnce(t *testing.T) {
	v := signertest.Draft(t)
	desc, err := custody.NewSortedMulti(v.Network, 2, []custody.AccountKey{v.Signers[0].Record.Key, v.Signers[1].Record.Key, v.Signers[2].Record.Key})
	if err != nil {
		t.Fatal(err)
	}
	goes, err := desc.Derive(custody.Change, 0)
	if err != nil {
		t.Fatal(err)
	}
	coinsOf := func(values ...custody.Amount) (out []custody.Coin) {
		for i, value := range values {
			out = append(out, custody.Coin{Outpoint: wire.OutPoint{Index: uint32(i)}, Value: value})
		}
		return out
	}
	for name, c := range map[string]struct {
		coins        []custody.Coin
		rate         custody.Amount
		share        uint32
		most         int
		trial        custody.Amount
		batches      []int
		left         int
		largestVsize int64
	}{
		"nothing":                      {nil, 5, 100, 0, 0, nil, 0, 0},
		"small ones first on trial":    {coinsOf(300, 100_000, 900_000, 500_000, 300), 5, 100, 0, 100_000, []int{2}, 2, 300},
		"no more coins than wanted":    {coinsOf(100_000, 200_000, 300_000, 400_000, 500_000, 600_000), 1, 100, 2, 100_000, []int{2, 2, 1}, 0, 300},
		"a fee above the share":        {coinsOf(50_000, 60_000), 5, 100, 0, 0, []int{}, 2, 0}, // 1 %
		"dust that would pay its way":  {coinsOf(1_000, 1_000), 1, 10_000, 0, 1_000, []int{1}, 0, 200},
		"only what pays for the bytes": {coinsOf(500, 500), 5, 10_000, 0, 0, nil, 2, 0},
	} {
		p, err := sweeper{from: desc, to: desc, output: goes.Output, rate: c.rate, share: c.share, most: c.most}.plan(c.coins)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[wire.OutPoint]int{}
		var trial custody.Amount
		if p.trial != nil {
			trial = p.trial.moves
			seen[p.trial.coins[0].Outpoint]++
		}
		var sizes []int
		for _, b := range p.batches {
			sizes = append(sizes, len(b.coins))
			for _, x := range b.coins {
				seen[x.Outpoint]++
			}
			if b.vsize > c.largestVsize || b.moves != b.fee+b.arrives || b.arrives < custody.DustLimit(goes.Output) || !b.fee.AtMostShare(b.arrives, c.share) {
				t.Errorf("%s: found %+v", name, b)
			}
		}
		for _, x := range p.left {
			seen[x.Outpoint]++
		}
		if trial != c.trial || len(sizes) != len(c.batches) || len(p.left) != c.left || len(seen) != len(c.coins) {
			t.Errorf("%s: want trial %s, batches %v, %d left, found %s, %v, %d; %d of %d coins", name, c.trial, c.batches, c.left, trial, sizes, len(p.left), len(seen), len(c.coins))
			continue
		}
		for i, n := range sizes {
			if n != c.batches[i] {
				t.Errorf("%s: want batches %v, found %v", name, c.batches, sizes)
			}
		}
		for o, n := range seen {
			if n != 1 {
				t.Errorf("%s: coin %s: want it once, found it %d times", name, o, n)
			}
		}
	}
}
