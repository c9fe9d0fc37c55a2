package quorum_test

import (
	"slices"
	"strings"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
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

// Coins leave a wallet for the one that follows it and never go back: each pair
// of states is tried.
func TestCoinsMoveOnlyForward(t *testing.T) {
	const next = signertest.NextID
	for _, c := range []struct {
		from, to policy.WalletState
		sweep    string // why it is refused; empty where it is not
		internal string // within the first one
	}{
		{policy.Active, policy.Active, "to: want the policy's wallet in state next, found vault-2 (TEXT-WALLET)", ""},
		{policy.Active, policy.Next, "", ""},
		{policy.Active, policy.Retired, "to: want the policy's wallet in state next, found vault-2 (TEXT-WALLET)", ""},
		{policy.Next, policy.Active, "from: want an active or retired wallet of the policy, found main (TEXT-WALLET)\nto: want the policy's wallet in state next, found vault-2 (TEXT-WALLET)", ""},
		{policy.Next, policy.Retired, "from: want an active or retired wallet of the policy, found main (TEXT-WALLET)\nto: want the policy's wallet in state next, found vault-2 (TEXT-WALLET)", ""},
		{policy.Retired, policy.Active, "", "wallet: want an active wallet of the policy, found main (TEXT-WALLET)"},
		{policy.Retired, policy.Next, "", "wallet: want an active wallet of the policy, found main (TEXT-WALLET)"},
		{policy.Retired, policy.Retired, "to: want the policy's wallet in state next, or an active one, found vault-2 (TEXT-WALLET)", "wallet: want an active wallet of the policy, found main (TEXT-WALLET)"},
	} {
		v := signertest.New(t, signertest.WithNext(), signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
			p, err := inState(p, signertest.WalletID, c.from)
			if err != nil {
				return nil, err
			}
			return inState(p, next, c.to)
		}))
		try := func(body quorum.Body, want string) {
			o := v.Decide("alice", body, "bob", "carol", "dave")
			_, r := quorum.Judge(v.World(v.Signer("signer-a")), quorum.Submission{Text: o.Bytes(), Signatures: o.Signatures, Logs: v.Logs()}, quorum.Release)
			var found []string
			for _, reason := range r.Reasons {
				found = append(found, reason.String())
			}
			if got := strings.Join(found, "\n"); got != want {
				t.Errorf("%s, %s to %s: want\n%s\nfound\n%s", body.Kind(), c.from, c.to, want, got)
			}
		}
		try(quorum.Sweep{From: signertest.WalletID, To: next, Moves: 100_000, FeeMax: 1000}, c.sweep)
		try(quorum.Internal{Wallet: signertest.WalletID, Moves: 100_000, FeeMax: 1000}, c.internal)
	}
}

func inState(p *policy.Policy, id text.ID, state policy.WalletState) (*policy.Policy, error) {
	w, _ := p.Wallet(id)
	w.State = state
	return p.SetWallet(w, slices.DeleteFunc(slices.Clone(p.Cosigners), func(c policy.Cosigner) bool { return c.Wallet != id }))
}
