package main

import (
	"slices"

	"strongroom/custody"
)

// sweepPlan is how a wallet is emptied: one transaction a text, first a small one
// on trial.
type sweepPlan struct {
	trial   *sweepBatch // nil where no coin can be spent twice and still be worth something
	batches []sweepBatch
	left    []custody.Coin // worth less than what moving them costs, or may cost
}

// sweepBatch is one transaction of a sweep.
type sweepBatch struct {
	coins               []custody.Coin // largest first
	moves, fee, arrives custody.Amount
	vsize               int64
}

// sweeper knows what transactions between two wallets cost.
type sweeper struct {
	from, to *custody.Descriptor
	output   []byte // a script of the second
	rate     custody.Amount
	share    uint32 // the most of what arrives that a fee may be, in hundredths of a percent
	most     int    // coins of one transaction; 0 for as many as nodes relay
}

// plan shares coins out. The trial takes the smallest coin that can be moved, be
// spent once more where it then lies, and still is more than dust; the others go
// as build takes them, so that the largest are safe soonest.
func (s sweeper) plan(coins []custody.Coin) (sweepPlan, error) {
	pool := slices.Clone(coins)
	slices.SortFunc(pool, largestFirst)
	var p sweepPlan
	for i := range slices.Backward(pool) {
		b, err := s.batch(pool[i : i+1])
		if err != nil {
			return p, err
		}
		if again := s.priced(s.to, b.arrives, 1); s.pays(b) && s.pays(again) {
			p.trial, pool = &b, slices.Delete(pool, i, i+1)
			break
		}
	}
	for len(pool) > 0 {
		h := &haul{ceiling: custody.MaxAmount, most: s.most, rate: uint32(s.rate), size: s.size}
		h.load(pool)
		b, err := s.batch(h.coins)
		if err != nil {
			return p, err
		}
		if len(h.coins) == 0 || !s.pays(b) {
			break
		}
		p.batches = append(p.batches, b)
		pool = slices.DeleteFunc(pool, func(c custody.Coin) bool {
			return slices.ContainsFunc(b.coins, func(x custody.Coin) bool { return x.Outpoint == c.Outpoint })
		})
	}
	p.left = pool
	return p, nil
}

func (s sweeper) size(inputs int) int64 {
	return custody.WithdrawalVsize(s.from, inputs, [][]byte{s.output})
}

func (s sweeper) batch(coins []custody.Coin) (sweepBatch, error) {
	moves, err := worth(coins)
	b := s.priced(s.from, moves, len(coins))
	b.coins = slices.Clone(coins)
	return b, err
}

// priced is a transaction that spends so many coins of a wallet into one output.
func (s sweeper) priced(of *custody.Descriptor, moves custody.Amount, inputs int) sweepBatch {
	b := sweepBatch{moves: moves, vsize: custody.WithdrawalVsize(of, inputs, [][]byte{s.output})}
	b.fee = s.rate * custody.Amount(b.vsize)
	b.arrives = max(0, moves-b.fee)
	return b
}

// pays says whether nodes relay it and signers take its fee.
func (s sweeper) pays(b sweepBatch) bool {
	return b.arrives >= custody.DustLimit(s.output) && b.fee.AtMostShare(b.arrives, s.share)
}
