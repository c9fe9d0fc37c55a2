package signer_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/signer/signertest"
)

// both is one change after another.
func both(first, second signertest.Change) signertest.Change {
	return func(p *policy.Policy) (*policy.Policy, error) {
		p, err := first(p)
		if err != nil {
			return nil, err
		}
		return second(p)
	}
}

// Whatever looks back over one block more than there are keeps the origin where
// it is, also when it comes with the same change.
func TestOriginMovesBelowAllThatIsCountedFrom(t *testing.T) {
	v := anchored(t)
	s := v.Signer("signer-a")
	mineTo(v, anchorHeight+anchorDepth)
	for _, c := range [][2]string{
		{"velocity 0.80000000 rBTC window 1008", "velocity 0.80000000 rBTC window 1009"},
		{"tier small below 1.00000000 rBTC window 144 cool 3 named", "tier small below 1.00000000 rBTC window 1009 cool 3 named"},
		{"tier small below 1.00000000 rBTC window 144 cool 3 named", "tier small below 1.00000000 rBTC window 144 cool 1009 named"},
		{"act thaw cool 0 named", "act thaw cool 1009 named"},
		{"quiet destination 0", "quiet destination 1009"},
		{"quiet policy 0", "quiet policy 1009"},
		{"quiet signer 0 mildest", "quiet signer 1009 mildest"},
		{"clear-age-max 36", "clear-age-max 1009"},
	} {
		o := v.AmendAs(policy.ClassLoosen, "alice", both(reanchored(v, anchorHeight), edited(c[0], c[1])), nil, "bob", "carol", "dave")
		told(t, s, s.Release(v.Bundle(o)), "origin-block: want 1009 credits above it, as far back as limits, waits and reorganisations reach, found 1008 above 2016 (POL-ANCHOR)")
		if t.Failed() {
			t.Fatalf("with %s", c[1])
		}
	}
}

// Each is signed by all whom it takes; one thing about the block is wrong.
func TestAttacksWithAnOrigin(t *testing.T) {
	const unknown = "origin-block: want a block of the chain that this machine has verified, found 2016, which is not (POL-ANCHOR)"
	const deep = anchorHeight + anchorDepth
	short := func(n int) string {
		return fmt.Sprintf("origin-block: want 1008 credits above it, as far back as limits, waits and reorganisations reach, found %d above 2016 (POL-ANCHOR)", n)
	}
	vault := anchored(t)
	for _, c := range []struct {
		attack string
		tip    uint32 // ascending: the vault is one for all of them
		class  policy.Class
		change func(v *signertest.Vault) signertest.Change
		want   []string
	}{
		{"at the tip, where a reorganisation takes it away", anchorHeight, 0, func(v *signertest.Vault) signertest.Change { return reanchored(v, anchorHeight) }, []string{short(0)}},
		{"above which a window reaches", deep - 1, 0, func(v *signertest.Vault) signertest.Change { return reanchored(v, anchorHeight) }, []string{short(1007)}},
		{"of a branch with less work", deep, 0, func(v *signertest.Vault) signertest.Change {
			fork := v.Chain.Fork(anchorHeight-1, 1)
			return movedTo(anchorHeight, headers.Header(fork).Hash(), 0x207fffff)
		}, []string{unknown}},
		{"that nobody mined yet", deep, 0, func(*signertest.Vault) signertest.Change {
			return movedTo(2*anchorHeight, headers.Hash{1}, 0x207fffff)
		}, []string{"origin-block: want a block of the chain that this machine has verified, found 4032, which is not (POL-ANCHOR)"}},
		{"whose work is told to be less", deep, 0, func(v *signertest.Vault) signertest.Change {
			h, _ := v.Chain.Headers.At(anchorHeight)
			return movedTo(anchorHeight, h.Hash(), 0x207ffffe)
		}, []string{unknown}},
		{"inside a period", deep, policy.ClassReanchor, func(v *signertest.Vault) signertest.Change { return reanchored(v, anchorHeight-1) },
			[]string{"origin-block: headers: want an origin height that 2016 divides, found 2015 (POL-CLOCK)", "origin-block: want a height that 2016 divides, found 2015 (POL-CLOCK)"}},
		{"that stays, with another hash", deep, policy.ClassReanchor, func(*signertest.Vault) signertest.Change {
			return movedTo(0, headers.Hash{1}, 0x207fffff)
		}, []string{"origin-block: headers: want the genesis block 0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206 at origin height 0, found " +
			hex.EncodeToString(append([]byte{1}, make([]byte, 31)...)) + " (POL-CLOCK)"}},
		{"with a fee raised beside it", deep, policy.ClassReanchor, func(v *signertest.Vault) signertest.Change {
			return both(reanchored(v, anchorHeight), loosened())
		}, []string{"class: want loosen or recovery for these changes, found reanchor (POL-CLASS)"}},
		{"with a limit lowered beside it", deep, policy.ClassReanchor, func(v *signertest.Vault) signertest.Change {
			return both(reanchored(v, anchorHeight), tightened())
		}, []string{"class: want loosen or recovery for these changes, found reanchor (POL-CLASS)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			v := vault.In(t)
			s := v.Signer("signer-a")
			mineTo(v, c.tip)
			o := v.AmendAs(c.class, "alice", c.change(v), nil, "bob", "carol", "dave")
			told(t, s, s.Begin(v.Bundle(o)), c.want...)
			if chain, _ := s.Machine.Chain(); chain.Origin().Height != 0 {
				t.Errorf("want the origin where it was, found it at %d", chain.Origin().Height)
			}
			if slices.Contains(s.Kinds(), record.KindAdopted) || slices.Contains(s.Kinds(), record.KindRecorded) {
				t.Errorf("want nothing but a refusal in the log, found %v", s.Kinds())
			}
		})
	}
}

// The origin never moves back, and headers from below it are passed over, but no
// others that don't stand on it.
func TestHeadersFromBelowTheOriginProveNothing(t *testing.T) {
	v := anchored(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	mineTo(v, anchorHeight+anchorDepth)
	genesis, _ := v.Chain.Headers.At(0)
	o := v.Amend(reanchored(v, anchorHeight), nil, "bob", "dave")
	after(t, v, o, s)
	v.Adopted(o)
	back := v.AmendAs(policy.ClassReanchor, "alice", movedTo(0, genesis.Hash(), genesis.Bits()), nil, "bob", "dave")
	told(t, s, s.Begin(v.Bundle(back)), "origin-block: want a height above 2016, found 0 (POL-ANCHOR)",
		"class: want loosen or recovery for these changes, found reanchor (POL-CLASS)")
	fork := v.Chain.Fork(anchorHeight-50, 2*anchorDepth)
	below, _ := v.Chain.Headers.At(anchorHeight - 50)
	files := append(signertest.Without(v.Bundle(v.Order()), "headers.bin"), quorum.File{Name: "headers.bin", Bytes: fork})
	told(t, s, s.Begin(files), "headers: want a first header on top of a block of the chain, found one on "+below.Hash().String()+" (CLK-LINK)")
	if chain, _ := s.Machine.Chain(); chain.Origin().Hash != headers.Hash(v.Policy.Origin.Hash) {
		t.Errorf("want the origin at %d, found it at %d", anchorHeight, chain.Origin().Height)
	}
}
