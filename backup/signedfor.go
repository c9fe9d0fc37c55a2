package backup

import (
	"errors"

	"strongroom/quorum/sshsig"
)

// signedFor reads a signature (SSHSIG) and verifies it by a maker's key for one
// act and no other.
func signedFor(act string, maker sshsig.Key, b, signature []byte) (*sshsig.Signature, error) {
	s, err := sshsig.Parse(signature)
	if err != nil {
		return nil, err
	}
	v, err := s.Verify(maker, sshsig.NamespaceFor(act), b, sshsig.Factor{})
	if err != nil {
		return nil, err
	}
	if !v.OK() {
		return nil, errors.New("want a verified signature, found none")
	}
	return s, nil
}
