package signer_test

import (
	"testing"

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
	for _, s := range v.Signers[:2] {
		codes(t, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)))
	}
	codes(t, d.Release(v.Bundle(o)))
	if version, _, _ := d.Machine.State().Head(); version != 2 {
		t.Fatalf("want version 2 in force on the new signer, found %d", version)
	}
	v.Adopted(o)
	order := v.Order()
	a.MustRelease(v.Bundle(order))
	codes(t, d.Release(v.Bundle(order)), "POL-NOWALLET") // it holds no key of this wallet
}
