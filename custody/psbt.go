package custody

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// psbtMagic opens every packet: "psbt" and 0xff (BIP-174).
const psbtMagic = "psbt\xff"

// psbtMagicText opens the base64 of every packet: as much of it as the magic
// alone decides.
const psbtMagicText = "cHNidP"

// PSBT is a transaction in work (BIP-174, version 0). It is made by ParsePSBT,
// DecodePSBT, NewPSBT, Combine or Finalize, which keep Tx, Inputs and Outputs
// of equal lengths. Its content is to be read only: parts share memory with
// each other and with the bytes parsed. A public key in it is 33 bytes that
// begin with 02 or 03, nothing says that they are a point of the curve.
type PSBT struct {
	// Tx is the unsigned transaction: no scriptSig, no witness.
	Tx *wire.MsgTx
	// Inputs and Outputs say more about those of Tx, in its order.
	Inputs  []PSBTInput
	Outputs []PSBTOutput
	// XPubs are the global extended public keys, unread. Nothing trusts them.
	XPubs []Pair
	// Unknown are the global entries of other types, unread.
	Unknown []Pair
}

// PSBTInput is what a packet says about one input.
type PSBTInput struct {
	// Previous is the transaction that the input spends from, without its
	// witnesses (NON_WITNESS_UTXO); nil when absent. Nothing says that it is
	// the right one before PSBT.Spent does.
	Previous *wire.MsgTx
	// previousRaw are the bytes that Previous was read from.
	previousRaw []byte
	// WitnessUTXO is the output that the input is said to spend; nil when
	// absent.
	WitnessUTXO *wire.TxOut
	// PartialSigs are the signatures so far.
	PartialSigs []PartialSig
	// Sighash is the signature type asked for when HasSighash.
	Sighash    uint32
	HasSighash bool
	// RedeemScript and WitnessScript are nil when absent.
	RedeemScript  []byte
	WitnessScript []byte
	// Derivations say where the input's keys come from.
	Derivations []Derivation
	// FinalScriptSig and FinalScriptWitness are nil when absent. The witness
	// is serialized as in a transaction: a count, then the items.
	FinalScriptSig     []byte
	FinalScriptWitness []byte
	// Unknown are the entries of other types, unread.
	Unknown []Pair
}

// PSBTOutput is what a packet says about one output.
type PSBTOutput struct {
	// RedeemScript and WitnessScript are nil when absent.
	RedeemScript  []byte
	WitnessScript []byte
	// Derivations say where the output's keys come from.
	Derivations []Derivation
	// Unknown are the entries of other types, unread.
	Unknown []Pair
}

// PartialSig is one key's signature of one input: ECDSA in DER and the
// sighash byte. It is unchecked; VerifyECDSA checks.
type PartialSig struct {
	PublicKey [33]byte
	Signature []byte
}

// Derivation says from which master key (its fingerprint by BIP-32) and by
// which path a public key is derived. It is a claim.
type Derivation struct {
	PublicKey   [33]byte
	Fingerprint [4]byte
	Path        []uint32
}

// DecodePSBT reads a packet in its binary form or as one line of base64 with
// or without a final line feed. b belongs to the packet from then on.
func DecodePSBT(b []byte) (*PSBT, error) {
	if bytes.HasPrefix(b, []byte(psbtMagic)) {
		return ParsePSBT(b)
	}
	text := bytes.TrimSuffix(b, []byte("\n"))
	if !bytes.HasPrefix(text, []byte(psbtMagicText)) {
		return nil, fmt.Errorf("psbt: want the first bytes %x or the first letters %s, found %q", psbtMagic, psbtMagicText, clip(string(b)))
	}
	if most := base64.StdEncoding.EncodedLen(maxPSBT); len(text) > most {
		return nil, fmt.Errorf("psbt: want at most %d characters of base64, found %d", most, len(text))
	}
	// The decoder skips line breaks, which would give one packet many texts.
	if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
		return nil, fmt.Errorf("psbt: want base64 in one line, found a line break at %d", i)
	}
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(raw, text)
	if err != nil {
		return nil, fmt.Errorf("psbt: want base64: %w", err)
	}
	return ParsePSBT(raw[:n])
}

// ParsePSBT reads a packet of version 0 in its binary form. b belongs to the
// packet from then on and must not be changed.
//
// The reader is strict where two readers could differ: shortest compact
// sizes, each key once, known keys of their right length, nothing behind the
// last map, a transaction without scriptSigs and witnesses that spends no
// output twice. Unknown types are kept. Keys may stand in any order; Bytes
// writes the same length, and the same bytes when they stood in ascending
// order. Scripts, signatures and keys are not judged.
func ParsePSBT(b []byte) (*PSBT, error) {
	if len(b) > maxPSBT {
		return nil, fmt.Errorf("psbt: want at most %d bytes, found %d", maxPSBT, len(b))
	}
	if !bytes.HasPrefix(b, []byte(psbtMagic)) {
		return nil, fmt.Errorf("psbt: want the first bytes %x, found %x", psbtMagic, b[:min(len(b), len(psbtMagic))])
	}
	d := psbtReader{cursor: cursor{b[len(psbtMagic):]}}
	p, err := d.read()
	if err != nil {
		return nil, fmt.Errorf("psbt: %w", err)
	}
	return p, nil
}

// Bytes writes the packet in its binary form, the keys of each map in
// ascending order.
func (p *PSBT) Bytes() []byte {
	b := append(make([]byte, 0, p.size()), psbtMagic...)
	var pairs []Pair
	pairs = p.appendPairs(pairs)
	b = appendMap(b, pairs)
	for i := range p.Inputs {
		pairs = p.Inputs[i].appendPairs(pairs[:0])
		b = appendMap(b, pairs)
	}
	for i := range p.Outputs {
		pairs = p.Outputs[i].appendPairs(pairs[:0])
		b = appendMap(b, pairs)
	}
	return b
}

// Base64 writes the packet as base64 in one line, without a line feed.
func (p *PSBT) Base64() string { return base64.StdEncoding.EncodeToString(p.Bytes()) }

// TxID returns the id that the transaction has, signed or not, as long as
// every input is a segwit one.
func (p *PSBT) TxID() chainhash.Hash { return p.Tx.TxHash() }

// Spent returns the output that input i spends, taken from the full previous
// transaction. It refuses a missing previous transaction, one with another
// txid than the input asks for, and a witness utxo that says otherwise.
func (p *PSBT) Spent(i int) (*wire.TxOut, error) {
	if i < 0 || i >= len(p.Inputs) || i >= len(p.Tx.TxIn) {
		return nil, fmt.Errorf("input %d: want one of %d inputs", i, len(p.Inputs))
	}
	in, point := &p.Inputs[i], p.Tx.TxIn[i].PreviousOutPoint
	if in.Previous == nil {
		return nil, fmt.Errorf("input %d: want the full previous transaction %s, found none", i, point.Hash)
	}
	if id := in.Previous.TxHash(); id != point.Hash {
		return nil, fmt.Errorf("input %d: want the previous transaction %s, found %s", i, point.Hash, id)
	}
	if uint64(point.Index) >= uint64(len(in.Previous.TxOut)) {
		return nil, fmt.Errorf("input %d: want output %d of %s, found %d outputs", i, point.Index, point.Hash, len(in.Previous.TxOut))
	}
	out := in.Previous.TxOut[point.Index]
	if u := in.WitnessUTXO; u != nil && (u.Value != out.Value || !bytes.Equal(u.PkScript, out.PkScript)) {
		return nil, fmt.Errorf("input %d: want the witness utxo to be the output spent, %s to %x, found %s to %x",
			i, Amount(out.Value), out.PkScript, Amount(u.Value), u.PkScript)
	}
	return out, nil
}

// Fee returns what the inputs are worth above the outputs. Every input's
// value comes from its full previous transaction, as Spent demands it.
func (p *PSBT) Fee() (Amount, error) {
	var in, out Amount
	for i := range p.Tx.TxIn {
		spent, err := p.Spent(i)
		if err != nil {
			return 0, fmt.Errorf("fee: %w", err)
		}
		if in, err = in.Add(Amount(spent.Value)); err != nil {
			return 0, fmt.Errorf("fee: input %d: %w", i, err)
		}
	}
	for i, o := range p.Tx.TxOut {
		var err error
		if out, err = out.Add(Amount(o.Value)); err != nil {
			return 0, fmt.Errorf("fee: output %d: %w", i, err)
		}
	}
	if out > in {
		return 0, fmt.Errorf("fee: want outputs worth at most the inputs, %s, found %s", in, out)
	}
	return in - out, nil
}

// psbtReader reads one packet; its slabs and its scratch serve all maps.
type psbtReader struct {
	cursor
	txSlabs
	scratch     []Pair
	total       int
	pairs       slab[Pair]
	sigs        slab[PartialSig]
	derivations slab[Derivation]
	steps       slab[uint32]
}

func (d *psbtReader) read() (*PSBT, error) {
	p := &PSBT{}
	if err := d.global(p); err != nil {
		return nil, fmt.Errorf("global map: %w", err)
	}
	p.Inputs = make([]PSBTInput, len(p.Tx.TxIn))
	for i := range p.Inputs {
		if err := d.input(&p.Inputs[i]); err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	p.Outputs = make([]PSBTOutput, len(p.Tx.TxOut))
	for i := range p.Outputs {
		if err := d.output(&p.Outputs[i]); err != nil {
			return nil, fmt.Errorf("output %d: %w", i, err)
		}
	}
	if n := len(d.rest); n > 0 {
		return nil, fmt.Errorf("want the packet to end after %d inputs and %d outputs, found %d more bytes", len(p.Inputs), len(p.Outputs), n)
	}
	return p, nil
}

// next reads the next map into the scratch.
func (d *psbtReader) next(s scope) ([]Pair, error) {
	var err error
	d.scratch, err = readMap(&d.cursor, s, d.scratch[:0], maxPSBTPairs-d.total)
	d.total += len(d.scratch)
	return d.scratch, err
}

// global reads the global map, in which only the transaction must stand.
func (d *psbtReader) global(p *PSBT) error {
	pairs, err := d.next(scopeGlobal)
	if err != nil {
		return err
	}
	var raw []byte
	for _, pair := range pairs {
		switch pair.Key[0] {
		case globalUnsignedTx:
			raw = pair.Value
		case globalXPub:
			if err := checkXPub(pair); err != nil {
				return err
			}
			p.XPubs = append(p.XPubs, pair)
		case globalVersion:
			if v := binary.LittleEndian.Uint32(pair.Value); v != 0 {
				return fmt.Errorf("want PSBT version 0, found version %d", v)
			}
			p.Unknown = append(p.Unknown, pair)
		default:
			p.Unknown = append(p.Unknown, pair)
		}
	}
	if raw == nil {
		return fmt.Errorf("want an unsigned transaction, found none")
	}
	p.Tx, err = d.unsigned(raw)
	return err
}

// unsigned reads the transaction of the packet.
func (d *psbtReader) unsigned(raw []byte) (*wire.MsgTx, error) {
	tx, err := d.readTx(raw, false)
	if err != nil {
		if _, e := d.readTx(raw, true); e == nil {
			return nil, fmt.Errorf("unsigned transaction: want the form without witnesses, found witnesses")
		}
		return nil, fmt.Errorf("unsigned transaction: %w", err)
	}
	if n := len(tx.TxIn); n > maxTxInputs {
		return nil, fmt.Errorf("unsigned transaction: want at most %d inputs, found %d", maxTxInputs, n)
	}
	if n := len(tx.TxOut); n > maxTxOutputs {
		return nil, fmt.Errorf("unsigned transaction: want at most %d outputs, found %d", maxTxOutputs, n)
	}
	for i, in := range tx.TxIn {
		if n := len(in.SignatureScript); n > 0 {
			return nil, fmt.Errorf("unsigned transaction: want no scriptSig in input %d, found %d bytes", i, n)
		}
	}
	if a, b, twice := spentTwice(tx); twice {
		return nil, fmt.Errorf("unsigned transaction: want each output spent once, found %s in inputs %d and %d", tx.TxIn[a].PreviousOutPoint, a, b)
	}
	return tx, nil
}

// spentTwice finds two inputs that spend the same output. Sorting their numbers
// takes a tenth of the memory of a set; inputs sorted by BIP-69 need neither.
func spentTwice(tx *wire.MsgTx) (a, b int, twice bool) {
	compare := func(a, b int) int {
		return comparePoints(tx.TxIn[a].PreviousOutPoint, tx.TxIn[b].PreviousOutPoint)
	}
	order := make([]int, len(tx.TxIn))
	for i := range order {
		order[i] = i
	}
	if !slices.IsSortedFunc(order, compare) {
		slices.SortStableFunc(order, compare)
	}
	for i := 1; i < len(order); i++ {
		if compare(order[i-1], order[i]) == 0 {
			return order[i-1], order[i], true
		}
	}
	return 0, 0, false
}

// checkXPub holds the path of a global extended public key against the depth
// that the key itself gives in its fifth byte.
func checkXPub(p Pair) error {
	if n := len(p.Value); n%4 != 0 || n/4-1 != int(p.Key[1+4]) {
		return fmt.Errorf("extended public key: want a fingerprint and %d steps of 4 bytes, found %d bytes", p.Key[1+4], n)
	}
	return nil
}
