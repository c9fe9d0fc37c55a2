package signertest

import (
	"bytes"
	"testing"
)

// A vault that works from end to end, and is the same each time.
func TestVaultReleasesAWithdrawal(t *testing.T) {
	var texts [2][]byte
	for i := range texts {
		v := New(t)
		v.Fund(coin)
		order := v.Order()
		a := v.Signer("signer-a").MustRelease(v.Bundle(order))
		b := v.Signer("signer-b").MustRelease(v.Bundle(order))
		v.Complete(a, b)
		if len(v.Coins) != 1 {
			t.Fatalf("want one coin, the change, found %d", len(v.Coins))
		}
		texts[i] = bytes.Join([][]byte{v.PolicyText, order.Proposal.Bytes(), a, b}, nil)
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Fatal("want the same vault twice, found two different ones")
	}
}
