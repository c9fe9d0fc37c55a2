package backup

import (
	"errors"
	"fmt"
	"slices"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// signedText is the exact bytes of a text that one maker signs, and the signature,
// which was verified, or just made. The zero value is signed by nobody.
type signedText struct{ text, signature []byte }

// signText renders and signs a text (SSHSIG). Act is also what its errors call it.
func signText(act string, x interface{ Render() ([]byte, error) }, s sshsig.Signer) (signedText, error) {
	b, err := x.Render()
	if err != nil {
		return signedText{}, err
	}
	sig, err := sshsig.Sign(s, sshsig.NamespaceFor(act), b)
	if err != nil {
		return signedText{}, fmt.Errorf("%s: %w", act, err)
	}
	return signedText{b, sig}, nil
}

// openText wants a text, which says by whom it was made, to be by one maker, and
// verifies its signature by the maker's key for one act and no other.
func openText(act string, b, signature []byte, by, maker text.ID, key sshsig.Key) (signedText, error) {
	if by != maker {
		return signedText{}, fmt.Errorf("%s: want one made by %s, found %s", act, maker, by)
	}
	s, err := signedFor(act, key, b, signature)
	if err != nil {
		return signedText{}, fmt.Errorf("%s: %w", act, err)
	}
	return signedText{slices.Clone(b), s.Armored()}, nil
}

// ID returns the SHA-256 of the text.
func (s signedText) ID() text.Hash { return text.Identity(s.text) }

// Bytes returns a copy of the signed text.
func (s signedText) Bytes() []byte { return slices.Clone(s.text) }

// Signature returns a copy of the armored signature.
func (s signedText) Signature() []byte { return slices.Clone(s.signature) }

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
