package signertest

import (
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// Join sets up one more signer, which no policy names yet and which trusts
// nothing.
func (v *Vault) Join(id text.ID) *Signer {
	v.t.Helper()
	s := v.newSigner(id)
	v.Signers = append(v.Signers, s)
	return s
}

// Listing adds a signer to a policy.
func (s *Signer) Listing() Change {
	return func(p *policy.Policy) (*policy.Policy, error) {
		return p.SetDevices(append(p.Devices, policy.Device{ID: s.ID, Verifier: s.Machine.Verifier().String()}))
	}
}

// TrustLater trusts the vault's first policy in a folder that also holds a later
// one, which names this signer. It returns why that was refused, if it was.
func (s *Signer) TrustLater(later *Order) []quorum.Reason {
	s.v.t.Helper()
	reasons, err := s.Machine.Trust(s.v.Session(), s.bundle(append(s.v.Founding(), later.Beside...)), s.v.Genesis.String())
	s.v.must(err)
	return reasons
}
