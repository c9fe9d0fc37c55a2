package custody

import (
	"encoding/binary"
	"fmt"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// A slab hands out small slices of one long one, so that a packet of ten
// thousand inputs costs a few allocations and not some hundred thousand.
type slab[T any] struct {
	free []T
	next int
}

// take returns n zero elements that nobody else holds.
func (s *slab[T]) take(n int) []T {
	if n > len(s.free) {
		s.next = min(max(2*s.next, slabFirst), slabMost)
		s.free = make([]T, max(n, s.next))
	}
	t := s.free[:n:n]
	s.free = s.free[n:]
	return t
}

// txSlabs are the slabs that transactions are read into.
type txSlabs struct {
	txs  slab[wire.MsgTx]
	ins  slab[wire.TxIn]
	inp  slab[*wire.TxIn]
	outs slab[wire.TxOut]
	outp slab[*wire.TxOut]
}

// readTx reads a transaction strictly: shortest compact sizes, no byte left,
// values between 0 and MaxAmount. Scripts alias b. With witness the form of
// BIP-144 is read too, and its witnesses are checked but not kept: the txid
// does not cover them, and a hostile file could make them costly. Without,
// only the old form is, in which a transaction may have no inputs.
func (s *txSlabs) readTx(b []byte, witness bool) (*wire.MsgTx, error) {
	c := cursor{b}
	version, err := c.take(4)
	if err != nil {
		return nil, fmt.Errorf("version: %w", err)
	}
	tx := &s.txs.take(1)[0]
	tx.Version = int32(binary.LittleEndian.Uint32(version))
	segwit := witness && len(c.rest) > 1 && c.rest[0] == 0
	if segwit {
		if c.rest[1] != 1 {
			return nil, fmt.Errorf("want the witness flag 01, found %02x", c.rest[1])
		}
		c.rest = c.rest[2:]
	}
	if err := s.readIns(&c, tx); err != nil {
		return nil, err
	}
	if err := s.readOuts(&c, tx); err != nil {
		return nil, err
	}
	if segwit {
		if err := skipWitnesses(&c, len(tx.TxIn)); err != nil {
			return nil, err
		}
	}
	lock, err := c.take(4)
	if err != nil {
		return nil, fmt.Errorf("locktime: %w", err)
	}
	tx.LockTime = binary.LittleEndian.Uint32(lock)
	if len(c.rest) > 0 {
		return nil, fmt.Errorf("want the transaction to end, found %d more bytes", len(c.rest))
	}
	if witness && (len(tx.TxIn) == 0 || len(tx.TxOut) == 0) {
		return nil, fmt.Errorf("want inputs and outputs, found %d and %d", len(tx.TxIn), len(tx.TxOut))
	}
	return tx, nil
}

func (s *txSlabs) readIns(c *cursor, tx *wire.MsgTx) error {
	n, err := c.count(32 + 4 + 1 + 4)
	if err != nil {
		return fmt.Errorf("inputs: %w", err)
	}
	ins := s.ins.take(n)
	tx.TxIn = s.inp.take(n)
	for i := range ins {
		if err := readTxIn(c, &ins[i]); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
		tx.TxIn[i] = &ins[i]
	}
	return nil
}

func readTxIn(c *cursor, in *wire.TxIn) error {
	point, err := c.take(chainhash.HashSize + 4)
	if err != nil {
		return err
	}
	copy(in.PreviousOutPoint.Hash[:], point)
	in.PreviousOutPoint.Index = binary.LittleEndian.Uint32(point[chainhash.HashSize:])
	if in.SignatureScript, err = c.bytes(); err != nil {
		return err
	}
	sequence, err := c.take(4)
	if err != nil {
		return err
	}
	in.Sequence = binary.LittleEndian.Uint32(sequence)
	return nil
}

func (s *txSlabs) readOuts(c *cursor, tx *wire.MsgTx) error {
	n, err := c.count(8 + 1)
	if err != nil {
		return fmt.Errorf("outputs: %w", err)
	}
	outs := s.outs.take(n)
	tx.TxOut = s.outp.take(n)
	for i := range outs {
		if err := readTxOut(c, &outs[i]); err != nil {
			return fmt.Errorf("output %d: %w", i, err)
		}
		tx.TxOut[i] = &outs[i]
	}
	return nil
}

func readTxOut(c *cursor, out *wire.TxOut) error {
	value, err := c.take(8)
	if err != nil {
		return err
	}
	out.Value = int64(binary.LittleEndian.Uint64(value))
	if !Amount(out.Value).Valid() {
		return fmt.Errorf("want a value of 0 to %s, found %s: %w", MaxAmount, Amount(out.Value), ErrAmountRange)
	}
	out.PkScript, err = c.bytes()
	return err
}

// skipWitnesses walks over one witness for each input. One of them at least
// must hold something, or the old form had to be used.
func skipWitnesses(c *cursor, inputs int) error {
	total := 0
	for i := range inputs {
		n, err := skipWitness(c)
		if err != nil {
			return fmt.Errorf("witness %d: %w", i, err)
		}
		total += n
	}
	if total == 0 {
		return fmt.Errorf("want the form without witnesses, found %d empty ones", inputs)
	}
	return nil
}

// skipWitness walks over one witness and returns how many items it has.
func skipWitness(c *cursor) (int, error) {
	n, err := c.count(1)
	if err != nil {
		return 0, err
	}
	for range n {
		if _, err := c.bytes(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// appendTx writes a transaction without its witnesses.
func appendTx(b []byte, tx *wire.MsgTx) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(tx.Version))
	b = appendCompact(b, uint64(len(tx.TxIn)))
	for _, in := range tx.TxIn {
		b = append(b, in.PreviousOutPoint.Hash[:]...)
		b = binary.LittleEndian.AppendUint32(b, in.PreviousOutPoint.Index)
		b = append(appendCompact(b, uint64(len(in.SignatureScript))), in.SignatureScript...)
		b = binary.LittleEndian.AppendUint32(b, in.Sequence)
	}
	b = appendCompact(b, uint64(len(tx.TxOut)))
	for _, out := range tx.TxOut {
		b = appendTxOut(b, out)
	}
	return binary.LittleEndian.AppendUint32(b, tx.LockTime)
}

func appendTxOut(b []byte, out *wire.TxOut) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(out.Value))
	return append(appendCompact(b, uint64(len(out.PkScript))), out.PkScript...)
}
