package auditlog

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Verifier is the public key of one log, the `device` of a policy. It is
// comparable; the zero Verifier accepts nothing.
type Verifier struct {
	origin string
	public [ed25519.PublicKeySize]byte
}

// ParseVerifier reads a C2SP verifier key as String writes it, and nothing else:
// ORIGIN+HASH+BASE64, such as
//
//	acme-treasury/signer-a+b7b53843+Abf+OSF4vkuyiehNU6tRzfusDaWYVI+1xGe/WFZCR5jC
//
// Only Ed25519 keys (type 01) of an origin VAULT/SIGNER are accepted.
func ParseVerifier(s string) (Verifier, error) {
	if len(s) > maxKeyFile {
		return Verifier{}, fmt.Errorf("log verifier: wanted at most %d bytes, found %d", maxKeyFile, len(s))
	}
	origin, rest, _ := strings.Cut(s, "+")
	hash, key, found := strings.Cut(rest, "+")
	if !found {
		return Verifier{}, fmt.Errorf("log verifier: wanted ORIGIN+HASH+BASE64, found %q", s)
	}
	if err := checkOrigin(origin); err != nil {
		return Verifier{}, fmt.Errorf("log verifier: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) == 0 {
		return Verifier{}, fmt.Errorf("log verifier: wanted a key in base64, found %q", key)
	}
	if raw[0] != algEd25519 || len(raw) != 1+ed25519.PublicKeySize {
		return Verifier{}, fmt.Errorf("log verifier: wanted Ed25519 (type 01, 32 bytes), found type %02x, %d bytes", raw[0], len(raw)-1)
	}
	v := Verifier{origin: origin, public: [ed25519.PublicKeySize]byte(raw[1:])}
	switch want := v.String(); {
	case want == s:
		return v, nil
	case !strings.HasPrefix(want, origin+"+"+hash+"+"):
		return Verifier{}, fmt.Errorf("log verifier: wanted key hash %s, found %q", strings.Split(want, "+")[1], hash)
	}
	return Verifier{}, fmt.Errorf("log verifier: wanted canonical base64, found %q", key)
}

// String returns the C2SP verifier key, ORIGIN+HASH+BASE64. The zero Verifier
// has none.
func (v Verifier) String() string {
	if v.origin == "" {
		return ""
	}
	s, err := note.NewEd25519VerifierKey(v.origin, v.public[:])
	if err != nil {
		panic("auditlog: a key of 32 bytes has the wrong length: " + err.Error())
	}
	return s
}

// Origin returns the name of the log, VAULT/SIGNER; "" for the zero Verifier.
func (v Verifier) Origin() string { return v.origin }

// note returns v as package note wants it.
func (v Verifier) note() (note.Verifier, error) {
	if v.origin == "" {
		return nil, errors.New("log verifier: not there")
	}
	n, err := note.NewVerifier(v.String())
	if err != nil {
		return nil, fmt.Errorf("log verifier: %w", err)
	}
	return n, nil
}

// checkOrigin accepts VAULT/SIGNER, both of the form [a-z][a-z0-9-]{0,31}
// without two hyphens in a row. So an origin is also a legal note key name.
func checkOrigin(origin string) error {
	vault, signer, _ := strings.Cut(origin, "/")
	if !isID(vault) || !isID(signer) {
		return fmt.Errorf("log origin: wanted VAULT/SIGNER in small letters, digits and single hyphens, found %q", origin)
	}
	return nil
}

func isID(s string) bool {
	if s == "" || len(s) > maxID || s[0] < 'a' || s[0] > 'z' || strings.Contains(s, "--") {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
