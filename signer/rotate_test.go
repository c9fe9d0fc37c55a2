package signer_test

import (
	"slices"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

func wipedDisk() record.Wiped {
	return record.Wiped{Medium: "disk, serial 9", Held: "home of signer-a", Method: record.Purge, Tool: "nvme format -s 1", Verified: "zeros", Destination: "shelf", By: []text.ID{"anna", "grace"}}
}

// states gives wallets of the same keys other states, in a later policy.
func states(v *signertest.Vault, all map[text.ID]policy.WalletState) *signertest.Order {
	return v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		for id, state := range all {
			w, _ := p.Wallet(id)
			w.State = state
			var err error
			if p, err = p.SetWallet(w, slices.DeleteFunc(slices.Clone(p.Cosigners), func(c policy.Cosigner) bool { return c.Wallet != id })); err != nil {
				return nil, err
			}
		}
		return p, nil
	}, nil, "bob", "carol", "dave")
}

// A home says that it was wiped only when no wallet needs its key, by the policy
// that it holds; a refusal leaves no record.
func TestKeyOfALivingWalletIsNotWiped(t *testing.T) {
	v := signertest.New(t, signertest.WithNext())
	v.Fund(coin)
	s := v.Signer("signer-a")
	try := func(want ...string) {
		t.Helper()
		before := s.Machine.State().Size()
		err := s.Machine.WipedHome(v.Session(), wipedDisk())
		var found []string
		for _, r := range s.Machine.KeyInUse() {
			found = append(found, r.String())
		}
		if !slices.Equal(found, want) || (err == nil) != (len(want) == 0) {
			t.Errorf("want %q, found %q, %v", want, found, err)
		}
		if grown := s.Machine.State().Size() - before; (grown == 1) != (len(want) == 0) {
			t.Errorf("want a record where it is not refused, found %d", grown)
		}
	}
	try("wallet main: want it retired before its key goes, found it active in policy 1 (KEY-INUSE)",
		"wallet vault-2: want it retired before its key goes, found it next in policy 1 (KEY-INUSE)")
	o := states(v, map[text.ID]policy.WalletState{signertest.WalletID: policy.Retired, signertest.NextID: policy.Active})
	cleared := v.Clear("frank", o.Proposal)
	codes(t, s.Release(append(v.Bundle(o), cleared...)))
	try("wallet vault-2: want it retired before its key goes, found it active in policy 2 (KEY-INUSE)")
	v.Adopted(o)
	o = states(v, map[text.ID]policy.WalletState{signertest.NextID: policy.Retired})
	codes(t, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)))
	try()
}

// The keys of the next wallet sign before everything goes there, and what a
// retired wallet was paid late still leaves it.
func TestNewKeysSignOnTrialAndOldOnesStillSweep(t *testing.T) {
	v := signertest.New(t, signertest.WithNext())
	coins := v.Fund(coin, coin)
	sweep := v.Move(quorum.Sweep{From: signertest.WalletID, To: signertest.NextID, Moves: coin, FeeMax: coin / 1000}, coins[:1], v.Changes(v.Next, 1), "bob", "carol", "dave")
	v.Complete(v.Signer("signer-a").MustRelease(v.Bundle(sweep)), v.Signer("signer-b").MustRelease(v.Bundle(sweep)))
	trial := v.Move(quorum.Internal{Wallet: signertest.NextID, Moves: coin, FeeMax: coin / 1000}, v.Arrived(sweep), v.Changes(v.Next, 1), "bob", "carol", "dave")
	for _, id := range []text.ID{"signer-a", "signer-b"} { // the third key is a hardware wallet's
		if codes := v.Signer(id).Release(v.Bundle(trial)).Codes(); len(codes) > 0 {
			t.Errorf("%s: want the trial released, found %v", id, codes)
		}
	}
	o := states(v, map[text.ID]policy.WalletState{signertest.WalletID: policy.Retired, signertest.NextID: policy.Active})
	cleared := v.Clear("frank", o.Proposal)
	for _, s := range v.Signers {
		codes(t, s.Release(append(v.Bundle(o), cleared...)))
	}
	v.Adopted(o)
	late := v.Move(quorum.Sweep{From: signertest.WalletID, To: signertest.NextID, Moves: coin, FeeMax: coin / 1000}, coins[1:], v.Changes(v.Next, 1), "bob", "carol", "dave")
	v.Complete(v.Signer("signer-a").MustRelease(v.Bundle(late)), v.Signer("signer-c").MustRelease(v.Bundle(late)))
}
