package custody

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// branchKey is an extended public key ready to derive children: the point is
// parsed (affine, z = 1) and never parsed again.
type branchKey struct {
	public [33]byte
	chain  [32]byte
	point  secp256k1.JacobianPoint
}

// branchKeys derives child b of every account key: what all scripts of that
// branch start from.
func branchKeys(keys []AccountKey, b uint32) ([]branchKey, error) {
	out := make([]branchKey, len(keys))
	points := make([]secp256k1.JacobianPoint, len(keys))
	for i, k := range keys {
		p, err := secp256k1.ParsePubKey(k.public[:])
		if err != nil {
			return nil, fmt.Errorf("key %d: want a point on the curve: %w", i+1, err)
		}
		parent := branchKey{public: k.public, chain: k.chain}
		p.AsJacobian(&parent.point)
		var ok bool
		if out[i].chain, ok = newDeriver(&parent).child(b, &points[i]); !ok {
			return nil, fmt.Errorf("key %d: want a child %d, found none by BIP-32", i+1, b)
		}
	}
	affine(points)
	for i := range out {
		out[i].point = points[i]
		out[i].public = compress(&points[i])
	}
	return out, nil
}

// deriver computes children of one branchKey, for one goroutine. The keyed hash
// keeps its padded key, so that a child costs two blocks instead of four.
type deriver struct {
	key  *branchKey
	mac  hash.Hash
	data [37]byte
	sum  [64]byte
}

func newDeriver(k *branchKey) *deriver {
	d := &deriver{key: k, mac: hmac.New(sha512.New, k.chain[:])}
	copy(d.data[:], k.public[:])
	return d
}

// child computes CKDpub of BIP-32 for a step that is not hardened: it leaves
// the child's point in p, not yet affine, and returns its chain code. ok is
// false for the step without a child, which has a chance of 1 in 2^127.
func (d *deriver) child(index uint32, p *secp256k1.JacobianPoint) (chain [32]byte, ok bool) {
	binary.BigEndian.PutUint32(d.data[33:], index)
	d.mac.Reset()
	d.mac.Write(d.data[:])
	d.mac.Sum(d.sum[:0])

	var tweak secp256k1.ModNScalar
	if tweak.SetByteSlice(d.sum[:32]) {
		return chain, false
	}
	var offset secp256k1.JacobianPoint
	secp256k1.ScalarBaseMultNonConst(&tweak, &offset)
	secp256k1.AddNonConst(&offset, &d.key.point, p)
	if p.Z.IsZero() || p.X.IsZero() && p.Y.IsZero() {
		return chain, false
	}
	return [32]byte(d.sum[32:]), true
}

// affine brings all points to z = 1 with a single field inversion: the inverse
// of the product of all z gives, walking back, the inverse of each. None of the
// points is at infinity.
func affine(points []secp256k1.JacobianPoint) {
	if len(points) == 0 {
		return
	}
	before := make([]secp256k1.FieldVal, len(points)) // product of all z before i
	var product secp256k1.FieldVal
	product.SetInt(1)
	for i := range points {
		before[i].Set(&product)
		product.Mul(&points[i].Z)
	}
	inverse := product.Inverse()
	for i := len(points) - 1; i >= 0; i-- {
		p := &points[i]
		var z1, z2 secp256k1.FieldVal
		z1.Mul2(inverse, &before[i])
		inverse.Mul(&p.Z)
		z2.SquareVal(&z1)
		p.X.Mul(&z2).Normalize()
		p.Y.Mul(z2.Mul(&z1)).Normalize()
		p.Z.SetInt(1)
	}
}

// compress writes an affine point as 33 bytes.
func compress(p *secp256k1.JacobianPoint) (out [33]byte) {
	out[0] = secp256k1.PubKeyFormatCompressedEven
	if p.Y.IsOdd() {
		out[0] = secp256k1.PubKeyFormatCompressedOdd
	}
	p.X.PutBytesUnchecked(out[1:])
	return out
}
