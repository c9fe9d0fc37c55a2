package signer_test

import (
	"fmt"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/signer/signertest"
)

// A signer joins years later: it trusts the first policy, which does not know
// it, and follows the others from version to version.
func TestNewSignerJoinsALivingVault(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	d := v.Join("signer-d")
	o := v.Amend(d.Listing(), nil, "bob", "carol", "dave")
	a := v.Signer("signer-a")
	codes(t, a.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)), "POL-DEVICE") // its log trusts nothing yet
	if reasons := d.TrustLater(&signertest.Order{}); len(reasons) != 1 || reasons[0].Code != "POL-DEVICE" {
		t.Errorf("want POL-DEVICE without a policy that names the signer, found %v", reasons)
	}
	if reasons := d.TrustLater(o); len(reasons) > 0 {
		t.Fatal(reasons)
	}
	cleared := v.Clear("frank", o.Proposal)
	for _, s := range v.Signers[:2] {
		codes(t, s.Release(append(v.Bundle(o), cleared...)))
	}
	codes(t, d.Release(append(v.Bundle(o), cleared...)))
	if version, _, _ := d.Machine.State().Head(); version != 2 {
		t.Fatalf("want version 2 in force on the new signer, found %d", version)
	}
	v.Adopted(o)
	order := v.Order()
	a.MustRelease(v.Bundle(order))
	codes(t, d.Release(v.Bundle(order)), "POL-NOWALLET") // it holds no key of this wallet
}

// Every machine is replaced: the old ones send the coins to a wallet of which
// they hold no key, and can spend nothing of it.
func TestCoinsMoveToSignersThatAreAllNew(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin, coin)
	var keys []custody.AccountKey
	var cosigners []policy.Cosigner
	var files []quorum.File
	joined := []*signertest.Signer{v.Join("signer-d"), v.Join("signer-e"), v.Join("signer-f")}
	for _, s := range joined {
		keys = append(keys, s.Record.Key)
		cosigners = append(cosigners, policy.Cosigner{Fingerprint: s.Record.Key.Origin().Fingerprint, Governed: true, Name: s.ID})
		files = append(files, quorum.File{Name: fmt.Sprintf("keyrecord-%x.txt", s.Record.Key.Origin().Fingerprint), Bytes: s.Record.Bytes()})
	}
	next, err := custody.NewSortedMulti(v.Network, 2, keys)
	must(t, err)
	o := v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		for _, s := range joined {
			if p, err = s.Listing()(p); err != nil {
				return nil, err
			}
		}
		return p.SetWallet(policy.Wallet{ID: signertest.NextID, State: policy.Next, Descriptor: next.Hash(), M: 2, N: 3}, cosigners)
	}, nil, "bob", "carol", "dave")
	for _, s := range joined {
		if reasons := s.TrustLater(o); len(reasons) > 0 {
			t.Fatal(reasons)
		}
	}
	b, reasons := quorum.ReadBundle(append(files, signertest.DescriptorFile(next)))
	if len(reasons) > 0 {
		t.Fatal(reasons)
	}
	for _, s := range v.Signers[:2] {
		codes(t, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)))
		if reasons, err := s.Machine.Enroll(v.Session(), b, signertest.NextID); err != nil || len(reasons) > 0 {
			t.Fatal(err, reasons)
		}
		s.Reopen()
	}
	v.Adopted(o)
	sweep := v.Move(quorum.Sweep{From: signertest.WalletID, To: signertest.NextID, Moves: 2 * coin, FeeMax: coin / 1000}, coins, v.Changes(next, 1), "bob", "carol", "dave")
	first, second := v.Signers[0].MustRelease(v.Bundle(sweep)), v.Signers[1].MustRelease(v.Bundle(sweep))
	v.Complete(first, second)
}
