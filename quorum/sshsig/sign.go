package sshsig

import "fmt"

// Signer holds a private key, or reaches one.
type Signer interface {
	// Key returns the public key.
	Key() Key
	// Sign signs the blob that PROTOCOL.sshsig says is signed, and returns
	// the content of an SSH signature: string format, string signature, and
	// for hardware keys flags and counter.
	Sign(blob []byte) (sigBlob []byte, err error)
}

// NamespaceFor returns the namespace of an act, such as
// "approve.v1@strongroom" for "approve".
func NamespaceFor(act string) string { return act + ".v1@strongroom" }

// Sign signs message in namespace and returns the signature file. It parses
// and verifies what the signer made before it returns it, so that a signer's
// fault or lie is found here and not at the air gap. A hardware key must show
// presence; other factors are for Verify.
func Sign(s Signer, namespace string, message []byte) ([]byte, error) {
	key := s.Key()
	if key.isZero() {
		return nil, &Error{Code: CodeKeyType, Subject: "signer key", Want: "a key of an accepted type", Found: "no key"}
	}
	if err := checkNamespace(namespace); err != nil {
		return nil, err
	}
	content, err := s.Sign(signedBlob(namespace, message))
	if err != nil {
		return nil, fmt.Errorf("signer %s: %w", key.Fingerprint(), err)
	}
	if len(content) > MaxArmored {
		return nil, &Error{Code: CodeNonCanonical, Subject: "signer's answer", Want: "at most " + count(MaxArmored), Found: count(len(content))}
	}
	armored := armor(encodeBlob(key, namespace, content))
	parsed, err := Parse(armored)
	if err != nil {
		return nil, fmt.Errorf("signer %s: %w", key.Fingerprint(), err)
	}
	if _, err := parsed.Verify(key, namespace, message, Factor{}); err != nil {
		return nil, fmt.Errorf("signer %s: %w", key.Fingerprint(), err)
	}
	return armored, nil
}
