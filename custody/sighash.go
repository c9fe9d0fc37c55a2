package custody

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/btcsuite/btcd/wire/v2"
)

// SighashAll is the one signature type that is made and taken here: the
// signature covers every input and every output (SIGHASH_ALL).
const SighashAll = 0x01

// sighashScratch holds the preimage of every script that fits: the fixed 156
// bytes, a compact size and a multisig script of fifteen keys, which has 513.
const sighashScratch = 1024

// Sighasher makes the BIP-143 digests of one transaction with SIGHASH_ALL.
// What all inputs share is hashed once. The transaction must not change
// meanwhile. It may be used by several goroutines.
type Sighasher struct {
	tx        *wire.MsgTx
	prevouts  [32]byte
	sequences [32]byte
	outputs   [32]byte
}

// NewSighasher hashes what the digests of all inputs of tx have in common.
func NewSighasher(tx *wire.MsgTx) *Sighasher {
	var points, sequences, outs []byte
	for _, in := range tx.TxIn {
		points = append(points, in.PreviousOutPoint.Hash[:]...)
		points = binary.LittleEndian.AppendUint32(points, in.PreviousOutPoint.Index)
		sequences = binary.LittleEndian.AppendUint32(sequences, in.Sequence)
	}
	for _, out := range tx.TxOut {
		outs = appendTxOut(outs, out)
	}
	return &Sighasher{tx, sha256Twice(points), sha256Twice(sequences), sha256Twice(outs)}
}

// Digest returns what is signed for input i, which spends value under
// witnessScript. An input that the transaction does not have is a bug of the
// caller and panics.
func (s *Sighasher) Digest(i int, witnessScript []byte, value Amount) [32]byte {
	var scratch [sighashScratch]byte
	in := s.tx.TxIn[i]
	b := binary.LittleEndian.AppendUint32(scratch[:0], uint32(s.tx.Version))
	b = append(b, s.prevouts[:]...)
	b = append(b, s.sequences[:]...)
	b = append(b, in.PreviousOutPoint.Hash[:]...)
	b = binary.LittleEndian.AppendUint32(b, in.PreviousOutPoint.Index)
	b = append(appendCompact(b, uint64(len(witnessScript))), witnessScript...)
	b = binary.LittleEndian.AppendUint64(b, uint64(value))
	b = binary.LittleEndian.AppendUint32(b, in.Sequence)
	b = append(b, s.outputs[:]...)
	b = binary.LittleEndian.AppendUint32(b, s.tx.LockTime)
	b = binary.LittleEndian.AppendUint32(b, SighashAll)
	return sha256Twice(b)
}

// sha256Twice is bitcoin's double SHA-256.
func sha256Twice(b []byte) [32]byte {
	once := sha256.Sum256(b)
	return sha256.Sum256(once[:])
}
