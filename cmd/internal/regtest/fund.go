package regtest

import (
	"bytes"
	"context"
	"fmt"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
)

// Fund pays outputs from the miner's rewards and sends the transaction. It waits
// for a block until Mine. The rewards must have a hundred blocks upon them: mine
// 101 before the first call.
func (n *Node) Fund(ctx context.Context, outputs ...*wire.TxOut) (*wire.MsgTx, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	tip, err := n.client.Tip(ctx)
	if err != nil {
		return nil, fmt.Errorf("regtest: fund: %w", err)
	}
	tx := wire.NewMsgTx(2)
	var sum custody.Amount
	for _, out := range outputs {
		if sum, err = sum.Add(custody.Amount(out.Value)); err != nil {
			return nil, fmt.Errorf("regtest: fund: %w", err)
		}
		tx.AddTxOut(out)
	}
	spent, have, err := n.choose(ctx, tip.Height, sum+custody.Amount(fee*(len(outputs)+1)))
	if err != nil {
		return nil, err
	}
	change := have - sum - custody.Amount(fee*(len(outputs)+1+len(spent)))
	if change >= custody.DustLimit(n.script) {
		tx.AddTxOut(wire.NewTxOut(int64(change), n.script))
	}
	if err := n.sign(tx, spent); err != nil {
		return nil, fmt.Errorf("regtest: fund: %w", err)
	}
	if _, err := n.client.Send(ctx, tx); err != nil {
		return nil, fmt.Errorf("regtest: fund: %w", err)
	}
	n.purse = n.purse[len(spent):]
	return tx, nil
}

// reward is what a block paid to the miner.
type reward struct {
	point wire.OutPoint
	out   *wire.TxOut
}

// choose takes the oldest rewards until they hold the sum and their own fees.
// The change of a funding transaction is left alone: there is more to mine.
func (n *Node) choose(ctx context.Context, tip uint32, need custody.Amount) (spent []reward, have custody.Amount, err error) {
	for _, height := range n.purse {
		if height+maturity > tip+1 {
			break
		}
		r, err := n.reward(ctx, height)
		if err != nil {
			return nil, 0, fmt.Errorf("regtest: fund: %w", err)
		}
		spent = append(spent, r)
		have += custody.Amount(r.out.Value)
		if have >= need+custody.Amount(fee*len(spent)) {
			return spent, have, nil
		}
	}
	return nil, 0, fmt.Errorf("regtest: fund: want rewards of %s that can be spent at block %d, found %s", need.In(custody.Regtest), tip+1, have.In(custody.Regtest))
}

// reward looks up what the block at a height paid to the miner.
func (n *Node) reward(ctx context.Context, height uint32) (reward, error) {
	b, err := n.client.Block(ctx, height)
	if err != nil {
		return reward{}, err
	}
	coinbase := b.Message.Transactions[0]
	for i, out := range coinbase.TxOut {
		if bytes.Equal(out.PkScript, n.script) {
			return reward{wire.OutPoint{Hash: coinbase.TxHash(), Index: uint32(i)}, out}, nil
		}
	}
	return reward{}, fmt.Errorf("want the reward of block %d to be the miner's, found another's", height)
}

// sign adds an input for each reward and signs them all.
func (n *Node) sign(tx *wire.MsgTx, spent []reward) error {
	outs := txscript.NewMultiPrevOutFetcher(nil)
	for _, r := range spent {
		tx.AddTxIn(wire.NewTxIn(&r.point, nil, nil))
		outs.AddPrevOut(r.point, r.out)
	}
	hashes := txscript.NewTxSigHashes(tx, outs)
	for i, r := range spent {
		w, err := txscript.WitnessSignature(tx, hashes, i, r.out.Value, r.out.PkScript, txscript.SigHashAll, n.key, true)
		if err != nil {
			return err
		}
		tx.TxIn[i].Witness = w
	}
	return nil
}
