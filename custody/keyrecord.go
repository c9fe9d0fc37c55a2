package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/wire/v2"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// The fixed lines of a key record (BIP-129).
const (
	keyRecordVersion = "BSMS 1.0"
	keyRecordToken   = "00"
)

// signedMessagePrefix opens what a signed message hashes, as Bitcoin Core's
// signmessage does.
const signedMessagePrefix = "Bitcoin Signed Message:\n"

// KeyRecord is a cosigner's proof that it holds the private key of its account
// key: the key record of BIP-129 (BSMS), round 1, without encryption.
//
//	BSMS 1.0
//	00
//	[1cf0bf7e/48'/0'/0'/2']xpub...
//	Signer 1 key
//	IB7v+qi1b+Xrwm/3bF+Rjl8QbIJ/FMQ40kUsOOQo1SqUWn5QlFWbBD8BKPRetfo1L1N7DmYjVscZNsmMrqRJGWw=
//
// As in the standard's own vectors hardened steps are written ' and no LF
// follows the signature; that is the form written. The key expressions that the
// standard names write h as well, and a hardware wallet that does has signed that.
type KeyRecord struct {
	Token       string     // always 00: no encryption
	Key         AccountKey // the account key that signed
	H           bool       // hardened steps are written h
	Description string     // up to 80 printable ASCII characters
	Signature   [65]byte   // compact, recoverable, for a compressed key
}

// KeyRecordMessage returns what the account's private key signs: the record's
// first four lines, joined by LF, without an LF at the end. MessageDigest makes
// the hash to sign.
func KeyRecordMessage(k AccountKey, description string) ([]byte, error) {
	return KeyRecord{Key: k, Description: description}.message()
}

// message is KeyRecordMessage, with hardened steps as the record writes them.
func (r KeyRecord) message() ([]byte, error) {
	k, description := r.Key, r.Description
	if k.network == 0 {
		return nil, fmt.Errorf("key record: want an account key, found none")
	}
	if len(description) > maxKeyDescription {
		return nil, fmt.Errorf("key record: want a description of at most %d characters, found %d", maxKeyDescription, len(description))
	}
	for i := range len(description) {
		if c := description[i]; c < ' ' || c > '~' {
			return nil, fmt.Errorf("key record: want a description in printable ASCII, found byte %02x", c)
		}
	}
	key := "[" + k.origin.quoted() + "]" + k.Extended()
	if r.H {
		key = k.String()
	}
	return []byte(strings.Join([]string{keyRecordVersion, keyRecordToken, key, description}, "\n")), nil
}

// MessageDigest returns the hash that a Bitcoin signed message signs: double
// SHA-256 of the prefix and the message, each after its length.
func MessageDigest(message []byte) [32]byte {
	var b bytes.Buffer
	for _, part := range [][]byte{[]byte(signedMessagePrefix), message} {
		if err := wire.WriteVarBytes(&b, 0, part); err != nil {
			panic("custody: writing to memory failed: " + err.Error())
		}
	}
	first := sha256.Sum256(b.Bytes())
	return sha256.Sum256(first[:])
}

// NewKeyRecord puts a record together and verifies the signature.
func NewKeyRecord(k AccountKey, description string, signature [65]byte) (KeyRecord, error) {
	r := KeyRecord{Token: keyRecordToken, Key: k, Description: description, Signature: signature}
	if err := r.Verify(); err != nil {
		return KeyRecord{}, err
	}
	return r, nil
}

// ParseKeyRecord reads a key record of network n, exactly as Bytes writes it.
// It does not verify the signature: Verify does.
func ParseKeyRecord(n Network, b []byte) (KeyRecord, error) {
	if len(b) > maxKeyRecord {
		return KeyRecord{}, fmt.Errorf("key record: want at most %d bytes, found %d", maxKeyRecord, len(b))
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) != 5 {
		return KeyRecord{}, fmt.Errorf("key record: want 5 lines with no LF after the last, found %d", len(lines))
	}
	if lines[0] != keyRecordVersion {
		return KeyRecord{}, fmt.Errorf("key record: want %q in line 1, found %q", keyRecordVersion, clip(lines[0]))
	}
	if lines[1] != keyRecordToken {
		return KeyRecord{}, fmt.Errorf("key record: want token 00, which is no encryption, found another")
	}
	k, h, err := parseEitherKey(n, lines[2])
	if err != nil {
		return KeyRecord{}, fmt.Errorf("key record: %w", err)
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(lines[4])
	if err != nil || len(signature) != 65 {
		return KeyRecord{}, fmt.Errorf("key record: want a signature of 65 bytes in base64 in line 5, found something else")
	}
	r := KeyRecord{Token: lines[1], Key: k, H: h, Description: lines[3], Signature: [65]byte(signature)}
	if _, err := r.message(); err != nil {
		return KeyRecord{}, err
	}
	if !bytes.Equal(r.Bytes(), b) {
		return KeyRecord{}, fmt.Errorf("key record: want its one canonical text, found another")
	}
	return r, nil
}

// Digest returns the hash that the record's signature signs.
func (r KeyRecord) Digest() ([32]byte, error) {
	message, err := r.message()
	if err != nil {
		return [32]byte{}, err
	}
	return MessageDigest(message), nil
}

// Verify says whether the account key made the signature: compact form for a
// compressed key (header byte 31 to 34), low S, and the key that the signature
// leads to is the account key.
func (r KeyRecord) Verify() error {
	if r.Token != keyRecordToken {
		return fmt.Errorf("key record: want token 00, which is no encryption, found another")
	}
	digest, err := r.Digest()
	if err != nil {
		return err
	}
	if header := r.Signature[0]; header < 31 || header > 34 {
		return fmt.Errorf("key record: want a signature header of 31 to 34, found %d", header)
	}
	var s secp256k1.ModNScalar
	if s.SetByteSlice(r.Signature[33:]) || s.IsOverHalfOrder() {
		return fmt.Errorf("key record: want a signature with low S, found high S")
	}
	public, _, err := ecdsa.RecoverCompact(r.Signature[:], digest[:])
	if err != nil {
		return fmt.Errorf("key record: want a signature by the account key: %w", err)
	}
	if !bytes.Equal(public.SerializeCompressed(), r.Key.public[:]) {
		return fmt.Errorf("key record: want a signature by the account key, found one by another key")
	}
	return nil
}

// Bytes returns the record as a .bsms file holds it; nothing for a record
// without a key.
func (r KeyRecord) Bytes() []byte {
	message, err := r.message()
	if err != nil {
		return nil
	}
	return append(append(message, '\n'), base64.StdEncoding.EncodeToString(r.Signature[:])...)
}
