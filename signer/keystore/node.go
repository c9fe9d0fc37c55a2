package keystore

import (
	"crypto/sha512"
	"encoding/binary"
	"errors"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"strongroom/custody"
)

// node is a private key of BIP-32 with its chain code.
type node struct {
	private secp256k1.ModNScalar
	chain   [32]byte
}

// errNoChild has a chance of 1 in 2^127; BIP-32 says to take another number,
// and we say that this seed is not used.
var errNoChild = errors.New("key: want a key below the order of the curve, found none by BIP-32, draw another seed")

// master fills n with the master key of BIP-32 for a seed of at most 64 bytes.
func (n *node) master(seed []byte) error {
	sum := mac512([]byte("Bitcoin seed"), seed)
	defer clear(sum[:])
	if n.private.SetByteSlice(sum[:32]) || n.private.IsZero() {
		return errNoChild
	}
	copy(n.chain[:], sum[32:])
	return nil
}

// child fills out with CKDpriv of BIP-32 for one step.
func (n *node) child(step uint32, out *node) error {
	var data [37]byte
	defer clear(data[:])
	if step&custody.Hardened != 0 {
		n.private.PutBytesUnchecked(data[1:33])
	} else {
		public := n.public()
		copy(data[:], public[:])
	}
	binary.BigEndian.PutUint32(data[33:], step)
	sum := mac512(n.chain[:], data[:])
	defer clear(sum[:])
	if out.private.SetByteSlice(sum[:32]) {
		return errNoChild
	}
	out.private.Add(&n.private)
	if out.private.IsZero() {
		return errNoChild
	}
	copy(out.chain[:], sum[32:])
	return nil
}

// public computes the compressed public key.
func (n *node) public() [33]byte {
	var p secp256k1.JacobianPoint
	secp256k1.ScalarBaseMultNonConst(&n.private, &p)
	p.ToAffine()
	out := [33]byte{secp256k1.PubKeyFormatCompressedEven}
	if p.Y.IsOdd() {
		out[0] = secp256k1.PubKeyFormatCompressedOdd
	}
	p.X.PutBytesUnchecked(out[1:])
	return out
}

// fingerprint returns the four bytes by which BIP-32 names the key.
func (n *node) fingerprint() [4]byte {
	public := n.public()
	return [4]byte(address.Hash160(public[:]))
}

// wipe overwrites the key.
func (n *node) wipe() {
	n.private.Zero()
	clear(n.chain[:])
}

// mac512 is HMAC-SHA512 (RFC 2104) for keys of at most a block, in arrays of
// our own, because the standard library's keeps key blocks that nobody can
// clear.
func mac512(key, data []byte) [sha512.Size]byte {
	const most = maxSeed // the longest data that BIP-32 hashes
	if len(key) > sha512.BlockSize || len(data) > most {
		panic("keystore: HMAC of more than BIP-32 hashes")
	}
	var inner [sha512.BlockSize + most]byte
	var outer [sha512.BlockSize + sha512.Size]byte
	defer clear(inner[:])
	defer clear(outer[:])
	copy(inner[:], key)
	copy(outer[:], key)
	for i := range sha512.BlockSize {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	copy(inner[sha512.BlockSize:], data)
	sum := sha512.Sum512(inner[:sha512.BlockSize+len(data)])
	copy(outer[sha512.BlockSize:], sum[:])
	clear(sum[:])
	return sha512.Sum512(outer[:])
}
