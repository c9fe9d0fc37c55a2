package custody

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// Branch tells what a script is for: it is the step before the index.
type Branch uint8

// The two branches of a wallet.
const (
	Receive Branch = 0
	Change  Branch = 1
)

// String returns receive or change.
func (b Branch) String() string {
	switch b {
	case Receive:
		return "receive"
	case Change:
		return "change"
	}
	return "no branch"
}

// Script is one place where the wallet's coins can lie, with all that is
// needed to recognise and to spend it. Its slices belong to the reader; those
// of one DeriveMany share memory, so keeping one keeps its neighbours.
type Script struct {
	Branch  Branch
	Index   uint32
	Witness []byte     // the witness script: OP_M keys OP_N OP_CHECKMULTISIG, keys sorted
	Output  []byte     // the output script: OP_0 and the witness script's SHA-256
	Keys    [][33]byte // the derived public keys, in the order of Descriptor.Keys
}

// Address returns the script's address on network n; the zero Address for the
// zero Script and for no network.
func (s Script) Address(n Network) Address {
	params, ok := n.Params()
	if !ok || len(s.Output) != p2wshSize {
		return Address{}
	}
	a, err := address.NewAddressWitnessScriptHash(s.Output[2:], params)
	if err != nil {
		panic("custody: a witness script hash of 32 bytes has no address: " + err.Error())
	}
	return Address{text: a.EncodeAddress(), network: n, script: bytes.Clone(s.Output)}
}

const (
	p2wshSize     = 34 // OP_0, a push of 32 and the hash
	multisigFixed = 3  // OP_M, OP_N, OP_CHECKMULTISIG
	multisigKey   = 34 // a push of 33 and the key
)

// Derive returns the script at one index of a branch. The index is below 2^31.
func (d *Descriptor) Derive(b Branch, index uint32) (Script, error) {
	out, err := d.DeriveMany(b, []uint32{index})
	if err != nil {
		return Script{}, err
	}
	return out[0], nil
}

// DeriveMany returns the scripts at the given indexes of a branch, in their
// order: the same as Derive for each, several times faster. It works on the
// calling goroutine; DeriveParallel spreads the work.
func (d *Descriptor) DeriveMany(b Branch, indexes []uint32) ([]Script, error) {
	return d.DeriveParallel(b, indexes, 1)
}

// DeriveParallel is DeriveMany on up to the given number of goroutines. The
// result does not depend on that number.
func (d *Descriptor) DeriveParallel(b Branch, indexes []uint32, workers int) ([]Script, error) {
	if len(d.keys) == 0 {
		return nil, fmt.Errorf("derive: want a wallet, found none")
	}
	if b > Change {
		return nil, fmt.Errorf("derive: want branch 0 or 1, found %d", b)
	}
	if len(indexes) > maxDerive {
		return nil, fmt.Errorf("derive: want at most %d indexes, found %d", maxDerive, len(indexes))
	}
	for _, index := range indexes {
		if index >= Hardened {
			return nil, fmt.Errorf("derive: want an index below %d, found %d", Hardened, index)
		}
	}
	chunks := (len(indexes) + deriveChunk - 1) / deriveChunk
	workers = max(1, min(workers, chunks, maxDeriveWorkers))
	out := make([]Script, len(indexes))
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for w := 1; w < workers; w++ {
		wait.Go(func() { errs[w] = d.deriveShare(b, indexes, out, w, workers) })
	}
	errs[0] = d.deriveShare(b, indexes, out, 0, workers)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// deriveShare derives every chunk whose number is w modulo step.
func (d *Descriptor) deriveShare(b Branch, indexes []uint32, out []Script, w, step int) error {
	keys := d.branches[b]
	derivers := make([]*deriver, len(keys))
	for i := range keys {
		derivers[i] = newDeriver(&keys[i])
	}
	points := make([]secp256k1.JacobianPoint, min(deriveChunk, len(indexes))*len(keys))
	for from := w * deriveChunk; from < len(indexes); from += step * deriveChunk {
		to := min(from+deriveChunk, len(indexes))
		if err := deriveChunkOf(derivers, indexes[from:to], points); err != nil {
			return err
		}
		d.fill(b, indexes[from:to], points, out[from:to])
	}
	return nil
}

// deriveChunkOf leaves the affine point of key k at index i in
// points[i*len(keys)+k].
func deriveChunkOf(keys []*deriver, indexes []uint32, points []secp256k1.JacobianPoint) error {
	points = points[:len(indexes)*len(keys)]
	for i, index := range indexes {
		for k, key := range keys {
			if _, ok := key.child(index, &points[i*len(keys)+k]); !ok {
				return fmt.Errorf("derive: want a child %d of key %d, found none by BIP-32", index, k+1)
			}
		}
	}
	affine(points)
	return nil
}

// fill writes the scripts of one chunk into out, with one piece of memory for
// all their bytes and one for all their keys.
func (d *Descriptor) fill(b Branch, indexes []uint32, points []secp256k1.JacobianPoint, out []Script) {
	n := len(d.keys)
	size := multisigFixed + n*multisigKey
	keys := make([][33]byte, len(indexes)*n)
	slab := make([]byte, 0, len(indexes)*(size+p2wshSize))
	sorted := make([][33]byte, n)
	for i, index := range indexes {
		own := keys[i*n : (i+1)*n : (i+1)*n]
		for k := range own {
			own[k] = compress(&points[i*n+k])
		}
		copy(sorted, own)
		at := len(slab)
		slab = appendMultisig(slab, d.m, sorted)
		end := len(slab)
		slab = appendP2WSH(slab, slab[at:end])
		out[i] = Script{Branch: b, Index: index, Keys: own, Witness: slab[at:end:end], Output: slab[end:len(slab):len(slab)]}
	}
}

// appendMultisig sorts the keys as BIP-67 says and appends the multisig script
// of m of them. m and the number of keys lie between 1 and 15.
func appendMultisig(b []byte, m int, keys [][33]byte) []byte {
	slices.SortFunc(keys, func(x, y [33]byte) int { return bytes.Compare(x[:], y[:]) })
	b = append(b, txscript.OP_1+byte(m-1))
	for i := range keys {
		b = append(b, txscript.OP_DATA_33)
		b = append(b, keys[i][:]...)
	}
	return append(b, txscript.OP_1+byte(len(keys)-1), txscript.OP_CHECKMULTISIG)
}

// appendP2WSH appends the output script that pays to a witness script
// (BIP-141).
func appendP2WSH(b, witness []byte) []byte {
	sum := sha256.Sum256(witness)
	b = append(b, txscript.OP_0, txscript.OP_DATA_32)
	return append(b, sum[:]...)
}
