package signer

import (
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
)

// KeyWallets returns the wallets that name this machine's key, by the policy that
// it holds, whatever their state; none before a key or a policy.
func (m *Machine) KeyWallets() []policy.Wallet {
	keys, head := m.state.Keys(), m.head()
	if len(keys) == 0 || head == nil {
		return nil
	}
	names := func(w policy.Wallet) bool {
		return slices.ContainsFunc(head.Cosigners, func(c policy.Cosigner) bool {
			return c.Wallet == w.ID && c.Fingerprint == keys[len(keys)-1].Fingerprint
		})
	}
	return slices.DeleteFunc(slices.Clone(head.Wallets), func(w policy.Wallet) bool { return !names(w) })
}

// KeyInUse is why this machine's key may not go: each wallet that pays, or that
// coins are sent to, by the policy that it holds. A wallet that was retired since
// is one of them until its amendment was brought here.
func (m *Machine) KeyInUse() []quorum.Reason {
	var reasons []quorum.Reason
	for _, w := range m.KeyWallets() {
		if w.State != policy.Retired {
			reasons = append(reasons, quorum.Because(quorum.KeyInUse, "wallet %s: want it retired before its key goes, found it %s in policy %d", w.ID, w.State, m.head().Version))
		}
	}
	return reasons
}

// WipedHome records that this home's own medium is about to be sanitized: the
// last record of its log, which leaves before the medium is touched. While a
// wallet needs the key it is refused and nothing is recorded.
func (m *Machine) WipedHome(s Session, w record.Wiped) error {
	if reasons := m.KeyInUse(); len(reasons) > 0 {
		return &RefusedError{reasons}
	}
	return m.Wiped(s, w)
}
