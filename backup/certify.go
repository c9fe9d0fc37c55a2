package backup

import (
	"errors"
	"fmt"
	"slices"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// actCertify is the act under which those present sign.
const actCertify = "certify"

// OfficerKey is one key of an officer as the policy has it, with what the
// policy asks of its signatures.
type OfficerKey struct {
	Officer text.ID
	Key     sshsig.Key
	Factor  sshsig.Factor
}

// Certified is a certificate that at least two of those present signed. Only
// VerifyCertificate makes one; the zero value certifies nothing.
type Certified struct {
	certificate Certificate
	id          text.Hash
	signers     []text.ID
}

// Certificate returns the parsed certificate.
func (c Certified) Certificate() Certificate { return c.certificate }

// ID returns the SHA-256 of the certificate's text; zeros for the zero value.
func (c Certified) ID() text.Hash { return c.id }

// Signers returns the officers whose signatures were verified, sorted.
func (c Certified) Signers() []text.ID { return slices.Clone(c.signers) }

// SignCertificate renders a certificate and signs it as one of those present.
// Every officer's own machine does this after reading the text.
func SignCertificate(c Certificate, officer text.ID, s sshsig.Signer) (rendered, signature []byte, err error) {
	b, err := c.Render()
	if err != nil {
		return nil, nil, err
	}
	if !c.isPresent(officer) {
		return nil, nil, fmt.Errorf("certificate: want a signer who was present, found %s", officer)
	}
	sig, err := sshsig.Sign(s, sshsig.NamespaceFor(actCertify), b)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	return b, sig, nil
}

// VerifyCertificate reads a certificate and verifies its signatures (SSHSIG,
// act "certify") by the officers' keys, which the caller takes from the policy.
// Each signature must be good and by somebody named as present, and at least
// two distinct officers must have signed. It does not judge expiry or result.
func VerifyCertificate(b []byte, signatures [][]byte, keys []OfficerKey) (Certified, error) {
	c, err := ParseCertificate(b)
	if err != nil {
		return Certified{}, err
	}
	if len(signatures) > maxCertificateSignatures {
		return Certified{}, fmt.Errorf("certificate: want at most %d signatures, found %d", maxCertificateSignatures, len(signatures))
	}
	if err := oneOwner(keys); err != nil {
		return Certified{}, err
	}
	var signers []text.ID
	for i, sig := range signatures {
		officer, err := c.signedBy(b, sig, keys)
		if err != nil {
			return Certified{}, fmt.Errorf("certificate: signature %d: %w", i+1, err)
		}
		if !slices.Contains(signers, officer) {
			signers = append(signers, officer)
		}
	}
	if len(signers) < minPresent {
		return Certified{}, fmt.Errorf("certificate: want signatures of at least %d officers, found %d", minPresent, len(signers))
	}
	slices.Sort(signers)
	return Certified{certificate: c, id: text.Identity(b), signers: signers}, nil
}

// oneOwner refuses a key that stands for two officers: it would let one person
// sign for both.
func oneOwner(keys []OfficerKey) error {
	owners := make(map[sshsig.Key]text.ID, len(keys))
	for _, k := range keys {
		if other, ok := owners[k.Key]; ok && other != k.Officer {
			return fmt.Errorf("certificate: want every key with one officer, found one with %s and %s", other, k.Officer)
		}
		owners[k.Key] = k.Officer
	}
	return nil
}

// signedBy verifies one signature and returns whose it is.
func (c Certificate) signedBy(b, armored []byte, keys []OfficerKey) (text.ID, error) {
	s, err := sshsig.Parse(armored)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(keys, func(k OfficerKey) bool { return k.Key.Equal(s.Key()) })
	if i < 0 {
		return "", fmt.Errorf("want the key of an officer, found %s", s.Key().Fingerprint())
	}
	if !c.isPresent(keys[i].Officer) {
		return "", fmt.Errorf("want an officer who was present, found %s", keys[i].Officer)
	}
	v, err := s.Verify(keys[i].Key, sshsig.NamespaceFor(actCertify), b, keys[i].Factor)
	if err != nil {
		return "", err
	}
	if !v.OK() {
		return "", errors.New("want a verified signature, found none")
	}
	return keys[i].Officer, nil
}
