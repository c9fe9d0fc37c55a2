package sshsig

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"math/big"
)

// Verified is a signature that proved good: key, namespace, text and factors.
// Only Verify makes one that is OK; the zero value is not.
type Verified struct {
	key     Key
	flags   byte
	counter uint32
}

// OK reports whether the value came from a successful Verify.
func (v Verified) OK() bool { return !v.key.isZero() }

// Key returns the key that signed.
func (v Verified) Key() Key { return v.key }

// Flags returns the authenticator's flags (FlagPresent and so on); 0 for a
// key that is not in hardware.
func (v Verified) Flags() byte { return v.flags }

// Counter returns the authenticator's signature counter. A key that keeps one
// never shows the same number twice unless it was cloned; 0 means no counter.
func (v Verified) Counter() uint32 { return v.counter }

// Hardware reports whether a FIDO2 authenticator signed.
func (v Verified) Hardware() bool { return v.key.Hardware() }

// Verify proves that k signed message in namespace, with the factors f.
//
// The order of the checks decides which refusal is reported, always an
// *Error: SIG-NAMESPACE for another act, SIG-UNKNOWN for another key, SIG-BAD
// for another text or a forgery, then SIG-UP, SIG-UV and SIG-SYNCED. For
// ECDSA both s and n-s are good, as hardware makes either.
func (s *Signature) Verify(k Key, namespace string, message []byte, f Factor) (Verified, error) {
	if s == nil || s.key.isZero() {
		return Verified{}, &Error{Code: CodeArmor, Subject: "signature", Want: "one that was parsed", Found: "none"}
	}
	if s.namespace != namespace {
		return Verified{}, &Error{Code: CodeNamespace, Subject: "signature namespace", Want: quoted(namespace), Found: quoted(s.namespace)}
	}
	if !s.key.Equal(k) {
		return Verified{}, &Error{Code: CodeUnknown, Subject: "signature key", Want: k.label(), Found: s.key.label()}
	}
	if err := k.verify(signedBlob(namespace, message), s.proof); err != nil {
		return Verified{}, err
	}
	if err := f.check(k, s.proof.flags); err != nil {
		return Verified{}, err
	}
	return Verified{key: k, flags: s.proof.flags, counter: s.proof.counter}, nil
}

// label is the fingerprint, or "no key".
func (k Key) label() string {
	if k.isZero() {
		return "no key"
	}
	return k.Fingerprint()
}

// verify checks the mathematics of a proof over the bytes that were signed.
func (k Key) verify(signed []byte, p proof) error {
	if k.Hardware() {
		signed = authenticatorData(k.app, p, signed)
	}
	if k.kind.curve() != nil {
		return k.verifyECDSA(signed, p)
	}
	if !ed25519.Verify(ed25519.PublicKey(k.point), signed, p.ed25519) {
		return k.bad()
	}
	return nil
}

// authenticatorData is what a hardware key signs in place of the bytes it is
// given: its application, the flags, the counter (PROTOCOL.u2f).
func authenticatorData(app string, p proof, signed []byte) []byte {
	application, message := sha256.Sum256([]byte(app)), sha256.Sum256(signed)
	b := append([]byte(nil), application[:]...)
	b = binary.BigEndian.AppendUint32(append(b, p.flags), p.counter)
	return append(b, message[:]...)
}

func (k Key) verifyECDSA(signed []byte, p proof) error {
	curve := k.kind.curve()
	public, err := ecdsa.ParseUncompressedPublicKey(curve, []byte(k.point))
	if err != nil {
		return k.bad()
	}
	r, s, n := new(big.Int).SetBytes(p.r), new(big.Int).SetBytes(p.s), curve.Params().N
	for _, v := range []*big.Int{r, s} {
		if v.Sign() <= 0 || v.Cmp(n) >= 0 {
			return &Error{Code: CodeBad, Subject: "signature value", Want: "r and s from 1 to the curve's order less 1", Found: "one outside"}
		}
	}
	var digest []byte
	if k.kind == ECDSAP384 {
		sum := sha512.Sum384(signed)
		digest = sum[:]
	} else {
		sum := sha256.Sum256(signed)
		digest = sum[:]
	}
	if !ecdsa.Verify(public, digest, r, s) {
		return k.bad()
	}
	return nil
}

func (k Key) bad() error {
	return &Error{Code: CodeBad, Subject: "signature", Want: "one by " + k.label() + " over this text", Found: "one that does not verify"}
}
