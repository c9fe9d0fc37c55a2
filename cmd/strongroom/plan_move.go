package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
)

// planMove works out a transaction that pays nobody, in this order:
//
//  1. where it goes: so many of the next fresh change addresses
//  2. the coins: those that are replaced, those that are named, or a choice
//  3. the fee under every ceiling; what is left is split evenly, and the few
//     satoshi that do not divide go to the fee
func (d *desk) planMove(ctx context.Context, x *dossier, set *custody.CoinSet, f buildFlags) (*plan, error) {
	p := &plan{}
	scripts, err := d.ownOutputs(ctx, x, set, p, f.outputs)
	if err != nil {
		return nil, err
	}
	size := func(inputs int) int64 { return custody.WithdrawalVsize(x.wallet, inputs, scripts) }
	src, err := d.sources(x, set)
	if err != nil {
		return nil, err
	}
	if p.coins, err = d.moving(x, src, f, size); err != nil {
		return nil, err
	}
	have, err := worth(p.coins)
	if err != nil {
		return nil, err
	}
	if p.vsize = size(len(p.coins)); p.vsize > mostMoved {
		return nil, fmt.Errorf("coins: want a transaction of at most %d virtual bytes, which nodes relay, found %d for %s", mostMoved, p.vsize, count(len(p.coins), "coin"))
	}
	if n := x.policy.Network; have > x.order.proposal.Total {
		return nil, refuse(quorum.TxMoves, "inputs: want at most %s, which the proposal lets move, found %s", x.order.proposal.Total.In(n), have.In(n))
	}
	p.fee = custody.Amount(f.feeRate) * custody.Amount(p.vsize)
	rest, err := have.Sub(p.fee)
	if err != nil {
		return nil, cli.Hint(fmt.Errorf("coins: want more than the fee of %s, found %s", p.fee.In(x.policy.Network), have.In(x.policy.Network)), "strongroom build %s --fee-rate 1", x.order.id.Short())
	}
	each := rest / custody.Amount(len(p.own))
	for i := range p.own {
		p.own[i].Value = each
	}
	paid := each * custody.Amount(len(p.own))
	p.fee += rest - paid
	return p, p.checkFee(x, paid)
}

// ownOutputs adds the outputs to the plan, without their values yet, and returns
// their scripts.
func (d *desk) ownOutputs(ctx context.Context, x *dossier, set *custody.CoinSet, p *plan, outputs int) ([][]byte, error) {
	order := x.order.proposal
	to := x.descriptor(order.To)
	if to == nil {
		return nil, cli.Hint(fmt.Errorf("wallet: want the descriptor of %s in the registry, found none", order.To), "strongroom wallet show %s", order.To)
	}
	if order.To != order.Wallet {
		var err error
		if set, err = d.coins(ctx, x.policy, order.To, to, false); err != nil {
			return nil, err
		}
	}
	var scripts [][]byte
	first := changeIndex(set, x.signers, order.To)
	for i := range uint32(outputs) {
		s, err := to.Derive(custody.Change, first+i)
		if err != nil {
			return nil, err
		}
		p.own, scripts = append(p.own, custody.ChangeOutput{Index: first + i}), append(scripts, s.Output)
	}
	return scripts, nil
}

// moving chooses what moves. A movement within a wallet takes its smallest coins
// first, so that most of them go; a sweep the largest, so that most of the value
// is safe soonest.
func (d *desk) moving(x *dossier, src *sources, f buildFlags, size func(int) int64) ([]custody.Coin, error) {
	order := x.order.proposal
	points, err := outpoints(f.only)
	if err != nil {
		return nil, err
	}
	pool := slices.Concat(src.must, src.free)
	switch {
	case len(points) > 0:
		return pickCoins(slices.Concat(pool, src.promised), order.Wallet, points)
	case len(src.must) > 0:
		return src.must, nil
	case order.Kind() == quorum.KindSweep:
		if len(src.promised) > 0 {
			d.world.Warnf("coins: %s in transactions built for other proposals may move too; signers will release one of the two", count(len(src.promised), "coin"))
		}
		pool = append(pool, src.promised...)
		slices.SortFunc(pool, largestFirst)
	default:
		slices.SortFunc(pool, func(a, b custody.Coin) int { return largestFirst(b, a) })
	}
	h := &haul{ceiling: order.Total, most: f.coins, rate: f.feeRate, size: size}
	h.load(pool)
	if len(h.coins) == 0 {
		return nil, cli.Hint(fmt.Errorf("coins: want some of wallet %s that are worth their fee and come to at most %s, found none", order.Wallet, order.Total.In(x.policy.Network)),
			"strongroom wallet coins %s", order.Wallet)
	}
	d.tellLeft(x, h)
	return h.coins, nil
}

// tellLeft says which coins stay where they are, and why.
func (d *desk) tellLeft(x *dossier, h *haul) {
	order := x.order.proposal
	if h.worthless > 0 {
		d.world.Warnf("wallet %s: %s left behind, worth less than the fee of spending", order.Wallet, count(h.worthless, "coin"))
	}
	if h.left > 0 && order.Kind() == quorum.KindSweep {
		d.world.Warnf("wallet %s: %s left behind, beyond what the proposal lets move at once; propose another sweep", order.Wallet, count(h.left, "coin"))
	}
}

// haul is a choice of coins under a ceiling.
type haul struct {
	ceiling custody.Amount
	most    int // coins; 0 for as many as fit
	rate    uint32
	size    func(inputs int) int64

	coins           []custody.Coin
	sum             custody.Amount
	left, worthless int
}

// load takes coins in their order as long as there is room.
func (h *haul) load(pool []custody.Coin) {
	for _, c := range pool {
		n := len(h.coins)
		cost := custody.Amount(h.rate) * custody.Amount(h.size(n+1)-h.size(n))
		switch full := h.most > 0 && n >= h.most || h.size(n+1) > mostMoved; {
		case c.Value <= cost:
			h.worthless++
		case full || c.Value > h.ceiling-h.sum:
			h.left++
		default:
			h.coins, h.sum = append(h.coins, c), h.sum+c.Value
		}
	}
}

// largestFirst orders coins by value, and equal ones by where they are, so that
// the same coins are chosen each time.
func largestFirst(a, b custody.Coin) int {
	return cmp.Or(cmp.Compare(b.Value, a.Value), record.CompareOutPoints(a.Outpoint, b.Outpoint))
}
