package keystore

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"strongroom/custody"
)

// Sign returns the signature of digest by the key at one index of a branch, in
// strict DER with the SIGHASH_ALL byte behind it: RFC 6979, low S, and a low R
// found as Bitcoin Core finds it (first without extra entropy, then with a
// counter from 1 as 32 little-endian bytes). index is below 2^31.
//
// It does not verify what it made: who asks for a signature verifies it
// against the script that it is for.
func (a *Account) Sign(b custody.Branch, index uint32, digest [32]byte) ([]byte, error) {
	out, err := a.SignMany([]Job{{Branch: b, Index: index, Digest: digest}}, 1)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// children derives keys of the two branches. It keeps the state of both HMACs
// and is for one goroutine. What passes through those HMACs is public: the
// chain code and the branch's public key are part of what a descriptor shows.
type children struct {
	secret *accountSecret
	macs   [2]hash.Hash
}

func (s *accountSecret) children() *children {
	c := &children{secret: s}
	for i := range c.macs {
		c.macs[i] = hmac.New(sha512.New, s.branches[i].chain[:])
	}
	return c
}

// private fills key with CKDpriv of BIP-32 for an index below 2^31 of a branch:
// the branch key plus the left half of the HMAC.
func (c *children) private(b custody.Branch, index uint32, key *secp256k1.ModNScalar) error {
	parent := &c.secret.branches[b]
	var data [37]byte
	copy(data[:], parent.public[:])
	binary.BigEndian.PutUint32(data[33:], index)
	var sum [sha512.Size]byte
	defer clear(sum[:])
	mac := c.macs[b]
	mac.Reset()
	mac.Write(data[:])
	mac.Sum(sum[:0])
	if key.SetByteSlice(sum[:32]) {
		return errNoChild
	}
	key.Add(&parent.private)
	if key.IsZero() {
		return errNoChild
	}
	return nil
}

// sign signs one job.
func (c *children) sign(j Job) ([]byte, error) {
	var key secp256k1.ModNScalar
	defer key.Zero()
	if err := c.private(j.Branch, j.Index, &key); err != nil {
		return nil, err
	}
	return signLowR(&key, &j.Digest)
}

// signLowR tries nonces until one gives a low R, and only then computes S.
func signLowR(key *secp256k1.ModNScalar, digest *[32]byte) ([]byte, error) {
	var private [32]byte
	defer clear(private[:])
	key.PutBytes(&private)
	for counter := range uint32(maxGrind) {
		extra := extraEntropy(counter)
		nonce := secp256k1.NonceRFC6979(private[:], digest[:], extra, nil, 0)
		r, low := lowR(nonce)
		if !low {
			nonce.Zero()
			continue
		}
		// The value that RFC 6979 would take next is as secret as the nonce.
		blind := secp256k1.NonceRFC6979(private[:], digest[:], extra, nil, 1)
		inverse := invert(nonce, blind)
		s := finish(key, &inverse, &r, digest)
		nonce.Zero()
		blind.Zero()
		inverse.Zero()
		if s.IsZero() {
			break // a chance of 1 in 2^256: the digest was made for this
		}
		// Serialize writes the lower of s and its negation.
		return append(ecdsa.NewSignature(&r, &s).Serialize(), custody.SighashAll), nil
	}
	return nil, fmt.Errorf("sign: want a signature with a low R in %d tries, found none", maxGrind)
}

// extraEntropy is what Bitcoin Core adds to the nonce at try number counter.
func extraEntropy(counter uint32) []byte {
	if counter == 0 {
		return nil
	}
	extra := make([]byte, 32)
	binary.LittleEndian.PutUint32(extra, counter)
	return extra
}

// lowR returns the R of a nonce, and whether its top bit is clear, so that it
// takes 32 bytes in DER.
func lowR(nonce *secp256k1.ModNScalar) (secp256k1.ModNScalar, bool) {
	var p secp256k1.JacobianPoint
	secp256k1.ScalarBaseMultNonConst(nonce, &p)
	p.ToAffine()
	var x [32]byte
	p.X.PutBytes(&x)
	p.X.Zero()
	p.Y.Zero()
	var r secp256k1.ModNScalar
	r.SetBytes(&x)
	r.PutBytes(&x)
	return r, x[0] < 0x80 && !r.IsZero()
}

// finish computes s = (digest + r*key) * inverse of the nonce.
func finish(key, inverse, r *secp256k1.ModNScalar, digest *[32]byte) secp256k1.ModNScalar {
	var s, e secp256k1.ModNScalar
	e.SetBytes(digest)
	s.Mul2(key, r).Add(&e).Mul(inverse)
	return s
}

// invert returns 1/nonce as blind/(nonce*blind). The library's inverse goes
// through math/big, whose time depends on what it inverts and whose copies
// nobody can clear, so it is only shown the product with another secret.
func invert(nonce, blind *secp256k1.ModNScalar) secp256k1.ModNScalar {
	var product, out secp256k1.ModNScalar
	product.Mul2(nonce, blind)
	out.InverseValNonConst(&product)
	product.Zero()
	out.Mul(blind)
	return out
}

// check refuses a job that no script of the account belongs to.
func (j Job) check() error {
	if j.Branch > custody.Change {
		return fmt.Errorf("want branch 0 or 1, found %d", j.Branch)
	}
	if j.Index > maxIndex {
		return fmt.Errorf("want an index of at most %d, found %d", maxIndex, j.Index)
	}
	if j.Digest == [32]byte{} {
		return errors.New("want a digest, found zeros")
	}
	return nil
}
