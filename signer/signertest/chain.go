package signertest

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/custody/headers"
)

// Chain mines regtest blocks in memory. Headers obey every rule; what the
// transactions say is not checked.
type Chain struct {
	Headers *headers.Chain
	Blocks  []*wire.MsgBlock // by height

	t testing.TB
}

// NewChain returns a chain with regtest's genesis block and n blocks on top.
func NewChain(t testing.TB, n int) *Chain {
	t.Helper()
	genesis := chaincfg.RegressionNetParams.GenesisBlock
	origin := headers.Origin{Hash: headers.HashFromWire(genesis.BlockHash()), Bits: easyBits}
	c := &Chain{t: t, Blocks: []*wire.MsgBlock{genesis}}
	var err error
	if c.Headers, err = headers.New(custody.Regtest, origin, headers.MaxReorg); err != nil {
		t.Fatal(err)
	}
	c.take(genesis)
	c.Mine(n)
	return c
}

// Mine adds n blocks of nothing but their coinbase.
func (c *Chain) Mine(n int) {
	c.t.Helper()
	for range n {
		c.Include()
	}
}

// Include mines one block with the transactions.
func (c *Chain) Include(txs ...*wire.MsgTx) *wire.MsgBlock {
	c.t.Helper()
	b := mine(c.Blocks[len(c.Blocks)-1], len(c.Blocks), 0, txs...)
	c.take(b)
	c.Blocks = append(c.Blocks, b)
	return b
}

func (c *Chain) take(b *wire.MsgBlock) {
	c.t.Helper()
	if _, err := c.Headers.Extend(rawHeader(c.t, &b.Header)); err != nil {
		c.t.Fatal(err)
	}
}

// Fork returns the headers of n blocks on top of the one at height: a branch
// of its own, which the chain does not follow.
func (c *Chain) Fork(height, n int) []byte {
	c.t.Helper()
	var raw []byte
	last := c.Blocks[height]
	for i := range n {
		last = mine(last, height+1+i, 1)
		raw = append(raw, rawHeader(c.t, &last.Header)...)
	}
	return raw
}

// Tip returns the height and the hash of the last block.
func (c *Chain) Tip() headers.Point {
	p, _ := c.Headers.Tip()
	return p
}

// mine finds a block on top of another. The branch tells forks apart.
func mine(previous *wire.MsgBlock, height int, branch byte, txs ...*wire.MsgTx) *wire.MsgBlock {
	b := wire.NewMsgBlock(&wire.BlockHeader{
		Version:   4,
		PrevBlock: previous.BlockHash(),
		Timestamp: previous.Header.Timestamp.Add(blockTime * time.Second),
		Bits:      easyBits,
	})
	b.Transactions = append([]*wire.MsgTx{coinbase(height, branch)}, txs...)
	b.Header.MerkleRoot = merkleRoot(b.Transactions)
	for !easy(b.BlockHash()) {
		b.Header.Nonce++
	}
	return b
}

func easy(h chainhash.Hash) bool { return h[len(h)-1] < 0x80 }

func coinbase(height int, branch byte) *wire.MsgTx {
	tx := wire.NewMsgTx(2)
	script := binary.LittleEndian.AppendUint32([]byte{4}, uint32(height))
	tx.AddTxIn(&wire.TxIn{PreviousOutPoint: wire.OutPoint{Index: wire.MaxPrevOutIndex}, SignatureScript: append(script, 1, branch), Sequence: wire.MaxTxInSequenceNum})
	tx.AddTxOut(&wire.TxOut{Value: 50_0000_0000, PkScript: []byte{0x51}})
	return tx
}

func merkleRoot(txs []*wire.MsgTx) chainhash.Hash {
	var row []chainhash.Hash
	for _, tx := range txs {
		row = append(row, tx.TxHash())
	}
	for len(row) > 1 {
		var next []chainhash.Hash
		for i := 0; i < len(row); i += 2 {
			left, right := row[i], row[min(i+1, len(row)-1)]
			next = append(next, chainhash.DoubleHashH(append(left[:], right[:]...)))
		}
		row = next
	}
	return row[0]
}

func rawHeader(t testing.TB, h *wire.BlockHeader) []byte {
	t.Helper()
	var b writer
	if err := h.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b
}

type writer []byte

func (w *writer) Write(b []byte) (int, error) {
	*w = append(*w, b...)
	return len(b), nil
}
