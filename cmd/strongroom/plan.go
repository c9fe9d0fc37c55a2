package main

import (
	"errors"
	"fmt"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
)

// plan is what a transaction spends and pays.
type plan struct {
	coins  []custody.Coin
	pays   []custody.Output
	change *custody.ChangeOutput  // nil for none
	own    []custody.ChangeOutput // of a movement within the vault, all that it pays
	fee    custody.Amount
	vsize  int64
}

// packet builds the transaction.
func (p *plan) packet(x *dossier) (*custody.PSBT, error) {
	order := x.order.proposal
	if order.To != "" {
		return custody.NewOwnPSBT(x.wallet, p.coins, x.descriptor(order.To), p.own, order.Block.Height)
	}
	return custody.NewPSBT(x.wallet, p.coins, p.pays, p.change, order.Block.Height)
}

// planPayments chooses coins and works out fee and change, in this order:
//
//  1. the coins that may be spent, and those that must be, when another
//     proposal is replaced
//  2. a choice that pays for everything and for a change output
//  3. the change; what is too small to be one goes to the fee
//  4. the fee under every ceiling
func (d *desk) planPayments(x *dossier, set *custody.CoinSet, rate custody.Amount) (*plan, error) {
	o, w := x.order, x.wallet
	from, err := d.sources(x, set)
	if err != nil {
		return nil, err
	}
	p := &plan{}
	var need custody.Amount
	var scripts [][]byte
	for _, pay := range o.proposal.Pays {
		if need, err = need.Add(pay.Amount); err != nil {
			return nil, err
		}
		p.pays = append(p.pays, custody.Output{Script: pay.Address.Script(), Value: pay.Amount})
		scripts = append(scripts, pay.Address.Script())
	}
	index := changeIndex(set, x.signers, o.proposal.Wallet)
	back, err := w.Derive(custody.Change, index)
	if err != nil {
		return nil, err
	}
	withChange := append([][]byte{back.Output}, scripts...)
	fee := func(inputs int) custody.Amount {
		return rate * custody.Amount(custody.WithdrawalVsize(w, inputs, withChange))
	}
	p.coins, err = from.choose(need, fee)
	if errors.Is(err, custody.ErrInsufficient) && len(from.promised) > 0 {
		d.world.Warnf("coins: the others don't suffice, so coins of a transaction built for another proposal may be used; signers will release one of the two")
		from.free = append(from.free, from.promised...)
		p.coins, err = from.choose(need, fee)
	}
	if errors.Is(err, custody.ErrInsufficient) {
		return nil, cli.Hint(err, "strongroom wallet coins")
	}
	if err != nil {
		return nil, err
	}
	return p, p.settle(x, need, rate, &custody.ChangeOutput{Index: index}, withChange)
}

// settle computes change and fee from the coins chosen.
func (p *plan) settle(x *dossier, need, rate custody.Amount, change *custody.ChangeOutput, scripts [][]byte) error {
	have, err := worth(p.coins)
	if err != nil {
		return err
	}
	p.vsize = custody.WithdrawalVsize(x.wallet, len(p.coins), scripts)
	p.fee = rate * custody.Amount(p.vsize)
	rest, err := have.Sub(need + p.fee)
	if err != nil {
		return err
	}
	if change.Value = rest; rest >= custody.DustLimit(scripts[0]) {
		p.change = change
	} else {
		p.vsize = custody.WithdrawalVsize(x.wallet, len(p.coins), scripts[1:])
		p.fee += rest
	}
	return p.checkFee(x, need)
}

// checkFee holds the fee to the ceilings that signers hold it to, so that what
// they would refuse is not built.
func (p *plan) checkFee(x *dossier, paid custody.Amount) error {
	o, n := x.order, x.policy.Network
	most := custody.Amount(p.vsize) * custody.Amount(x.policy.FeeRateMax)
	switch {
	case p.fee > o.proposal.FeeMax:
		return cli.Hint(refuse(quorum.TxFee, "fee: want at most %s, the proposal's ceiling, found %s", o.proposal.FeeMax.In(n), p.fee.In(n)),
			"strongroom build %s --fee-rate %d", o.id.Short(), max(1, int64(o.proposal.FeeMax)/p.vsize))
	case p.fee > most:
		return refuse(quorum.TxFee, "fee: want at most %d satoshi a virtual byte, %s here, found %s", x.policy.FeeRateMax, most.In(n), p.fee.In(n))
	case !p.fee.AtMostShare(paid, x.policy.FeeShareMax):
		return refuse(quorum.TxFee, "fee: want at most %d hundredths of a percent of the %s, found %s of %s", x.policy.FeeShareMax, paidAs(o.proposal), p.fee.In(n), paid.In(n))
	}
	return nil
}

// paidAs names what a fee is a share of.
func paidAs(p *quorum.Proposal) string {
	if p.To != "" {
		return "outputs"
	}
	return "payments"
}

// rateText writes a fee rate with one decimal, rounded down.
func rateText(fee custody.Amount, vsize int64) string {
	tenths := int64(fee) * 10 / max(1, vsize)
	return fmt.Sprintf("%d.%d sat/vB", tenths/10, tenths%10)
}
