package quorum_test

import (
	"testing"

	"strongroom/quorum/policy"
	"strongroom/signer/signertest"
)

// A wallet that is being emptied pays nobody.
func TestRetiredWalletPaysNobody(t *testing.T) {
	v := signertest.New(t, signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
		w, _ := p.Wallet(signertest.WalletID)
		w.State = policy.Retired
		return p.SetWallet(w, p.Cosigners)
	}))
	newTrial(t, v).refused(t, 'E', "wallet: want an active wallet of the policy, found main (TEXT-WALLET)")
}
