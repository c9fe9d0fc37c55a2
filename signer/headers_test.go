package signer_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody/durable"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/signer/signertest"
)

// craft makes a header on top of a block, changed, with or without the work that
// regtest asks for.
func craft(t *testing.T, on *wire.MsgBlock, change func(*wire.BlockHeader), work bool) []byte {
	t.Helper()
	h := on.Header
	h.PrevBlock, h.Timestamp = on.BlockHash(), on.Header.Timestamp.Add(time.Minute)
	if change != nil {
		change(&h)
	}
	for {
		if sum := h.BlockHash(); (sum[31] < 0x80) == work {
			break
		}
		h.Nonce++
	}
	var b bytes.Buffer
	if err := h.Serialize(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A signer takes no clock but the chain with the most work. What else a
// carrier brings is refused and recorded, and the chain stays as it was.
func TestHeadersThatAreRefused(t *testing.T) {
	v := signertest.New(t)
	v.Chain.Mine(110)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	good := v.Bundle(order)
	refusedBy(t, v, s, signertest.Without(good, order.ID().Short()+".psbt"), "transaction: want "+order.ID().Short()+".psbt in the bundle, found none (TX-FORM)")
	tip := v.Chain.Blocks[len(v.Chain.Blocks)-1]
	for _, c := range []struct {
		attack string
		raw    []byte
		want   string
	}{
		{"half a header", craft(t, tip, nil, true)[:79], "headers: want headers of 80 bytes each, found 79 bytes (CLK-FORM)"},
		{"on top of a block that nobody knows", craft(t, tip, func(h *wire.BlockHeader) { h.PrevBlock[0] ^= 1 }, true), "headers: want a first header on top of a block of the chain, found one on {stranger} (CLK-LINK)"},
		{"without work", craft(t, tip, nil, false), "header 122: want a hash of at most 7fffff0000000000000000000000000000000000000000000000000000000000, found {hash} (CLK-POW)"},
		{"with easier bits", craft(t, tip, func(h *wire.BlockHeader) { h.Bits = 0x207ffffe }, true), "header 122: want bits 207fffff, found 207ffffe (CLK-BITS)"},
		{"from before the median of eleven", craft(t, tip, func(h *wire.BlockHeader) { h.Timestamp = v.Chain.Blocks[100].Header.Timestamp }, true), "header 122: want a time after 1296758202, the median before it, found 1296748602 (CLK-MTP)"},
		{"fork with less work", v.Chain.Fork(60, 61), "header 61: want a fork of more work than 244, found 244 (CLK-LESSWORK)"},
		{"fork with more work, and deeper than a hundred", v.Chain.Fork(20, 120), "header 21: want a fork at most 100 blocks below the tip, found one 101 below, with more work (CLK-REORG)"},
	} {
		t.Run(c.attack, func(t *testing.T) {
			var h wire.BlockHeader
			if err := h.Deserialize(bytes.NewReader(append(bytes.Clone(c.raw), 0))); err == nil {
				c.want = strings.NewReplacer("{hash}", h.BlockHash().String(), "{stranger}", h.PrevBlock.String()).Replace(c.want)
			}
			files := append(signertest.Without(good, "headers.bin"), quorum.File{Name: "headers.bin", Bytes: c.raw})
			refusedBy(t, v.In(t), s, files, c.want)
			if chain, _ := s.Machine.Chain(); chain.Len() != len(v.Chain.Blocks) {
				t.Errorf("want the chain as it was, found %d headers", chain.Len())
			}
		})
	}
	refusedBy(t, v, s, good, "signer: want one that nothing puts in doubt, found it stopped by CLK-REORG; only a resync puts it back to work (STATE-QUARANTINE)")
}

// A shallow fork with more work is followed, and an approval of before it is
// worthless when its block is gone.
func TestSignerFollowsAShallowForkWithMoreWork(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	block := order.Block
	s.MustRelease(v.Bundle(order))
	next := v.Propose(signertest.Pay(v.To("payroll", coin/8)))
	files := v.Bundle(&signertest.Order{Proposal: next, Signatures: v.Approve(next, "bob", "carol")})
	files = append(signertest.Without(files, "headers.bin"), quorum.File{Name: "headers.bin", Bytes: v.Chain.Fork(8, 6)})
	refusedBy(t, v, s, files, "block: want a block of the best chain, found "+block.Hash.String()+" at height 11, which is not (CLK-OFFCHAIN)")
	if chain, _ := s.Machine.Chain(); chain.Len() != 15 || chain.Contains(headers.Point{Height: block.Height, Hash: headers.Hash(block.Hash)}) {
		t.Errorf("want the fork followed to its end, also after the next start, found %d headers", chain.Len())
	}
}

// TestHeadersAreWrittenWhenTheyMoved leaves the file alone in a visit that
// brings nothing new, and writes it in the next one that does.
func TestHeadersAreWrittenWhenTheyMoved(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	s.MustRelease(v.Bundle(order))
	writes := 0
	must(t, s.ReopenWith(func(op durable.Op) error {
		if op.Kind == durable.Rename && op.Name == "headers.bin" {
			writes++
		}
		return nil
	}))
	for _, c := range []struct{ blocks, want int }{{0, 0}, {1, 1}, {0, 1}} {
		v.Chain.Mine(c.blocks)
		files := signertest.Without(v.Bundle(order), order.ID().Short()+".psbt")
		before := s.Machine.State().Size()
		if a := s.Release(files); len(a.Codes()) == 0 || s.Machine.State().Size() == before {
			t.Fatalf("want a refusal that is recorded, found %v", a.Codes())
		}
		if writes != c.want {
			t.Errorf("after %d more blocks: want headers.bin written %d times, found %d", c.blocks, c.want, writes)
		}
	}
}
