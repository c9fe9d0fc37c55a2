package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	magic    = "SSHSIG"
	version  = 1
	hashName = "sha512"
)

// Signature is a signature file that was parsed and not yet verified. It
// claims a key and a namespace; only Verify says whether the claims hold. Its
// bytes are never an identity: whoever sees an ECDSA signature can write
// another one that is as valid.
type Signature struct {
	armored   []byte
	key       Key
	namespace string
	proof     proof
}

// proof is the innermost part: what the key computed.
type proof struct {
	ed25519 []byte // 64 bytes, for the Ed25519 types
	r, s    []byte // magnitudes without leading zeros, for the ECDSA types
	flags   byte   // hardware types only
	counter uint32 // hardware types only
}

// Parse reads a signature file, and accepts exactly the bytes that ssh-keygen
// writes for a signature by a key of an accepted type over a SHA-512 hash.
//
// The plan: take off the armour, read the fields in their order, refusing a
// wrong value where it stands, encode again and compare. Refusals are
// *Error: SIG-ARMOR, SIG-NONCANON, SIG-KEYTYPE, SIG-NAMESPACE, SIG-HASH.
func Parse(armored []byte) (*Signature, error) {
	blob, err := dearmor(armored)
	if err != nil {
		return nil, err
	}
	s := &Signature{armored: bytes.Clone(armored)}
	if err := s.decode(blob); err != nil {
		return nil, err
	}
	if !bytes.Equal(s.encode(), blob) {
		return nil, &Error{Code: CodeNonCanonical, Subject: "signature blob", Want: "the one encoding of its fields", Found: "another"}
	}
	return s, nil
}

// decode reads the fields of PROTOCOL.sshsig's blob.
func (s *Signature) decode(blob []byte) error {
	r := &reader{subject: "signature", rest: blob}
	if m := r.take("magic", uint32(len(magic))); r.err == nil && string(m) != magic {
		r.refuse("magic", magic, quoted(m))
	}
	if v := r.uint32("version"); r.err == nil && v != version {
		r.refuse("version", "1", fmt.Sprint(v))
	}
	keyBlob := r.bytes("public key")
	if r.err != nil {
		return r.err
	}
	key, err := parseKeyBlob(keyBlob)
	if err != nil {
		return err
	}
	s.key = key
	s.namespace = string(r.bytes("namespace"))
	if err := checkNamespace(s.namespace); r.err == nil && err != nil {
		return err
	}
	if reserved := r.bytes("reserved field"); len(reserved) != 0 {
		r.refuse("reserved field", "0 bytes, as no key signs it", count(len(reserved)))
	}
	if h := r.bytes("hash"); r.err == nil && string(h) != hashName {
		r.refuseAs(CodeHash, "hash", hashName, quoted(h))
	}
	content := r.bytes("content")
	r.end()
	if r.err != nil {
		return r.err
	}
	s.proof, err = decodeProof(key.kind, content)
	return err
}

// checkNamespace refuses what no act of ours is called: the empty namespace,
// a long one, and anything but visible ASCII.
func checkNamespace(namespace string) error {
	n := len(namespace)
	if n == 0 || n > MaxNamespace || !isPrintable(namespace) || strings.Contains(namespace, " ") {
		return &Error{Code: CodeNamespace, Subject: "signature namespace", Want: fmt.Sprintf("1 to %d visible characters", MaxNamespace), Found: quoted(namespace)}
	}
	return nil
}

// decodeProof reads "string format, string signature", and for hardware keys
// a byte of flags and the counter (PROTOCOL.u2f). The format must be the
// key's own: no key of these types has a second one, save for the browser's.
func decodeProof(kind KeyType, content []byte) (proof, error) {
	r := &reader{subject: "signature", rest: content}
	format := string(r.bytes("format"))
	if r.err == nil && format != kind.String() {
		return proof{}, formatError(kind, format)
	}
	value := r.bytes("value")
	inner := reader{subject: "signature", rest: value, err: r.err}
	var p proof
	if kind.curve() != nil {
		p.r, p.s = inner.integer("r"), inner.integer("s")
		inner.end()
	} else if p.ed25519 = value; len(value) != ed25519.SignatureSize {
		inner.refuse("value", count(ed25519.SignatureSize), count(len(value)))
	}
	if inner.err != nil {
		return proof{}, inner.err
	}
	if kind.Hardware() {
		p.flags, p.counter = r.uint8("flags"), r.uint32("counter")
		if r.err == nil && p.flags&^knownFlags != 0 {
			r.refuse("flags", "none but 01, 04, 08 and 10", hexByte(p.flags))
		}
	}
	r.end()
	if r.err != nil {
		return proof{}, r.err
	}
	return p, nil
}

// formatError says which format a key of this kind signs in.
func formatError(kind KeyType, format string) error {
	found := quoted(format)
	if why := whyRefused(format); why != "" {
		found = format + " (" + why + ")"
	}
	return &Error{Code: CodeKeyType, Subject: "signature format", Want: kind.String() + ", the type of its key", Found: found}
}

// encode builds the blob from the fields.
func (s *Signature) encode() []byte {
	return encodeBlob(s.key, s.namespace, s.proof.encode(s.key.kind))
}

func encodeBlob(key Key, namespace string, content []byte) []byte {
	b := append([]byte(nil), magic...)
	b = binary.BigEndian.AppendUint32(b, version)
	b = appendString(b, key.blob)
	b = appendString(b, namespace)
	b = appendString(b, "") // reserved
	b = appendString(b, hashName)
	return appendString(b, content)
}

func (p proof) encode(kind KeyType) []byte {
	value := p.ed25519
	if kind.curve() != nil {
		value = appendInteger(appendInteger(nil, p.r), p.s)
	}
	b := appendString(appendString(nil, kind.String()), value)
	if kind.Hardware() {
		b = binary.BigEndian.AppendUint32(append(b, p.flags), p.counter)
	}
	return b
}

// signedBlob is what a key signs: SSHSIG, the namespace, the empty reserved
// field, the hash's name, and the hash of the message.
func signedBlob(namespace string, message []byte) []byte {
	sum := sha512.Sum512(message)
	b := append([]byte(nil), magic...)
	b = appendString(b, namespace)
	b = appendString(b, "") // reserved
	b = appendString(b, hashName)
	return appendString(b, sum[:])
}

// Key returns the key that the signature claims to be by.
func (s *Signature) Key() Key { return s.key }

// Namespace returns the namespace that the signature claims.
func (s *Signature) Namespace() string { return s.namespace }

// Armored returns the exact bytes of the file.
func (s *Signature) Armored() []byte { return bytes.Clone(s.armored) }
