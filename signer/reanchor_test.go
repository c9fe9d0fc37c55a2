package signer_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// The block that a vault of these tests moves its origin to, and how much has to
// lie above it: its longest window.
const (
	anchorHeight = 2016
	anchorDepth  = 1008
)

// anchored is a vault whose limits reach back a thousand blocks, and whose small
// tier and reanchoring wait for three.
func anchored(t *testing.T, opts ...signertest.Option) *signertest.Vault {
	return cooled(t, append(opts, line("cap 2.00000000 rBTC window 4320", "cap 2.00000000 rBTC window 1008"),
		line("velocity 50.00000000 rBTC window 1008", "velocity 0.80000000 rBTC window 1008"),
		line("act reanchor cool 0 named", "act reanchor cool 3 named"))...)
}

// mineTo goes on to a height.
func mineTo(v *signertest.Vault, height uint32) { v.Chain.Mine(int(height - v.Chain.Tip().Height)) }

// originLine is the policy's line for a block.
func originLine(height uint32, hash headers.Hash, bits uint32) string {
	return fmt.Sprintf("origin-block %d %s %08x", height, hash, bits)
}

// movedTo is the change of the origin block, and of nothing else.
func movedTo(height uint32, hash headers.Hash, bits uint32) signertest.Change {
	return func(p *policy.Policy) (*policy.Policy, error) {
		o := p.Origin
		return p.Edited(originLine(o.Height, headers.Hash(o.Hash), o.Bits), originLine(height, hash, bits))
	}
}

// reanchored is movedTo a block of the chain as it is.
func reanchored(v *signertest.Vault, height uint32) signertest.Change {
	h, _ := v.Chain.Headers.At(height)
	return movedTo(height, h.Hash(), h.Bits())
}

// after three blocks, with a watcher's clearance, an order is released by signers
// that recorded it.
func after(t *testing.T, v *signertest.Vault, o *signertest.Order, signers ...*signertest.Signer) {
	t.Helper()
	for _, s := range signers {
		codes(t, s.Begin(v.Bundle(o)))
	}
	v.Chain.Mine(3)
	var files []quorum.File
	if o.Kind().Moves() {
		files = v.Clear("frank", o.Proposal)
	}
	for _, s := range signers {
		codes(t, s.Release(append(v.Bundle(o), files...)))
	}
}

// withdrawn is an order of so much to the exchange.
func withdrawn(v *signertest.Vault, amount custody.Amount) *signertest.Order {
	return v.Order(signertest.Pay(v.To("exchange-hot", amount)))
}

// A vault moves its origin to a block that lies deep: signers begin there when
// they are switched on again, what was paid within the windows counts as before,
// what was paid before them doesn't, and coins move.
func TestVaultGoesOnFromAnotherOrigin(t *testing.T) {
	v := anchored(t)
	v.Fund(coin, coin, coin, coin, coin)
	a, b, c := v.Signer("signer-a"), v.Signer("signer-b"), v.Signer("signer-c")
	after(t, v, withdrawn(v, coin/2), a, b)
	mineTo(v, anchorHeight+600)
	after(t, v, withdrawn(v, 3*coin/10), a, b)
	mineTo(v, anchorHeight+anchorDepth)
	waiting := withdrawn(v, coin/10)
	codes(t, a.Begin(v.Bundle(waiting)))

	o := v.Amend(reanchored(v, anchorHeight), nil, "bob", "dave")
	if class := o.Body.(quorum.Amendment).Class; class != policy.ClassReanchor {
		t.Fatalf("want class reanchor, found %s", class)
	}
	told(t, a, a.Release(v.Bundle(o)), "cooling: want a proposal that was recorded on this signer 3 credits ago, found that it was not; record it first (CLK-NOTRECORDED)")
	after(t, v, o, a, b, c)
	v.Adopted(o)
	beginsAt(t, v, a, b, c)

	cleared := v.Clear("frank", waiting.Proposal)
	told(t, a, a.Release(append(v.Bundle(waiting), cleared...)), fmt.Sprintf("policy: want version 2 %s, found 1 %s; propose again under the policy in force (POL-STALE)",
		v.Policy.Hash().Short(), v.Genesis.Short()))
	v.Chain.Mine(1)
	told(t, a, a.Begin(v.Bundle(withdrawn(v, 6*coin/10))), "velocity: want at most 0.80000000 rBTC in 1008 blocks, found 0.90020000 rBTC with this withdrawal (LIM-VELOCITY)")
	next := withdrawn(v, 4*coin/10)
	after(t, v, next, a, b)
	for _, s := range []*signertest.Signer{a, b, c} {
		s.Reopen()
	}
	beginsAt(t, v, a, b, c)
	if raw, err := os.ReadFile(filepath.Join(a.Dir, "headers.bin")); err != nil || !bytes.Equal(raw, headers.From(v.Chain.Headers.Bytes(), headers.Hash(v.Policy.Origin.Hash))) {
		t.Errorf("want the headers from block %d on disk, found %d bytes, %v", anchorHeight, len(raw), err)
	}
	if r, ok := a.Machine.State().Released(next.ID()); !ok || r.Total != next.Total {
		t.Error("want the release in the log that was read again, found none")
	}
}

// beginsAt demands that signers count from the new origin to the newest block
// that they were shown, all of it their own.
func beginsAt(t *testing.T, v *signertest.Vault, signers ...*signertest.Signer) {
	t.Helper()
	for _, s := range signers {
		chain, _ := s.Machine.Chain()
		tip, _ := chain.Tip()
		if o := chain.Origin(); o.Height != anchorHeight || o.Hash != headers.Hash(v.Policy.Origin.Hash) || !v.Chain.Headers.Contains(tip) {
			t.Errorf("%s: want the chain from block %d to one of the best chain, found it from %d to %d", s.ID, anchorHeight, o.Height, tip.Height)
		}
		if version, hash, _ := s.Machine.State().Head(); version != 2 || hash != v.Policy.Hash() {
			t.Errorf("%s: want version 2 in force, found %d", s.ID, version)
		}
	}
}

// A signer that was away while the origin moved, and its wait is over, takes all
// headers and both changes from one carrier.
func TestSignerThatWasAwayFollowsAnotherOrigin(t *testing.T) {
	v := anchored(t)
	v.Fund(coin)
	a, b, c := v.Signer("signer-a"), v.Signer("signer-b"), v.Signer("signer-c")
	mineTo(v, anchorHeight+anchorDepth)
	o := v.Amend(reanchored(v, anchorHeight), nil, "bob", "dave")
	after(t, v, o, a, b)
	v.Adopted(o)
	next := v.Amend(tightened(), nil, "bob", "dave")
	for _, s := range []*signertest.Signer{a, b} {
		codes(t, s.Release(v.Bundle(next)))
	}
	v.Adopted(next)
	if chain, _ := c.Machine.Chain(); chain.Len() > anchorHeight {
		t.Fatalf("want a signer that never saw block %d, found %d headers", anchorHeight, chain.Len())
	}
	codes(t, c.Release(v.Bundle(o, next)))
	c.Reopen()
	if chain, _ := c.Machine.Chain(); chain.Origin().Height != anchorHeight {
		t.Errorf("want the chain from block %d, found it from %d", anchorHeight, chain.Origin().Height)
	}
	after(t, v, withdrawn(v, coin/2), a, c)
}

// A signer whose home was restored from before the origin moved gets its records
// back, and with them the new origin.
func TestRestoredSignerFindsTheOriginAgain(t *testing.T) {
	v := anchored(t)
	v.Fund(coin)
	a, b := v.Signer("signer-a"), v.Signer("signer-b")
	a.Close()
	old := t.TempDir()
	if err := os.CopyFS(old, os.DirFS(a.Dir)); err != nil {
		t.Fatal(err)
	}
	a.Reopen()
	mineTo(v, anchorHeight+anchorDepth)
	o := v.Amend(reanchored(v, anchorHeight), nil, "bob", "dave")
	after(t, v, o, a, b)
	v.Adopted(o)
	files := v.Bundle()
	seen := v.Seen()[0]
	a.Close()
	a.Dir = old
	a.Reopen()
	from := v.Seen()[0]
	resync := v.Ask("alice", quorum.Resync{Device: "signer-a", From: record.LogHead{Size: from.Size, Root: from.Root}, To: record.LogHead{Size: seen.Size, Root: seen.Root}},
		func(s *quorum.Statement) { s.Seen[0] = seen })
	r := &signertest.Order{Proposal: resync, Signatures: v.Approve(resync, "bob", "carol", "dave")}
	files = append(files, r.Files()...)
	files = append(files, quorum.File{Name: quorum.PolicyName(2) + ".txt", Bytes: v.PolicyText})
	codes(t, a.Release(files))
	beginsAt(t, v, a)
	a.Reopen()
	beginsAt(t, v, a)
	if text.Identity(v.PolicyText) != v.Policy.Hash() {
		t.Error("want the policy's own text")
	}
}
