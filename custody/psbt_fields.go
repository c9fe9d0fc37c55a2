package custody

import (
	"encoding/binary"
	"fmt"

	"github.com/btcsuite/btcd/wire/v2"
)

// input reads one input's map.
func (d *psbtReader) input(in *PSBTInput) error {
	pairs, err := d.next(scopeInput)
	if err != nil {
		return err
	}
	sigs, derivations, unknown := 0, 0, 0
	for _, p := range pairs {
		switch k := p.Key[0]; {
		case k == inputPartialSig:
			sigs++
		case k == inputDerivation:
			derivations++
		case k > inputFinalWitness:
			unknown++
		}
	}
	in.PartialSigs = d.sigs.take(sigs)[:0]
	in.Derivations = d.derivations.take(derivations)[:0]
	in.Unknown = d.pairs.take(unknown)[:0]
	for _, p := range pairs {
		if err := d.inputField(in, p); err != nil {
			return fmt.Errorf("%s: %w", keyName(scopeInput, p.Key), err)
		}
	}
	return nil
}

// inputField puts one entry where it belongs; readMap has checked its lengths.
func (d *psbtReader) inputField(in *PSBTInput, p Pair) (err error) {
	switch p.Key[0] {
	case inputPreviousTx:
		in.previousRaw = p.Value
		in.Previous, err = d.readTx(p.Value, true)
	case inputWitnessUTXO:
		in.WitnessUTXO = &d.outs.take(1)[0]
		err = readWitnessUTXO(p.Value, in.WitnessUTXO)
	case inputPartialSig:
		s := PartialSig{Signature: p.Value}
		err = readPublicKey(p.Key[1:], &s.PublicKey)
		in.PartialSigs = append(in.PartialSigs, s)
	case inputSighash:
		in.Sighash, in.HasSighash = binary.LittleEndian.Uint32(p.Value), true
	case inputRedeemScript:
		in.RedeemScript = p.Value
	case inputWitnessScript:
		in.WitnessScript = p.Value
	case inputDerivation:
		in.Derivations, err = d.derivation(in.Derivations, p)
	case inputFinalSig:
		in.FinalScriptSig = p.Value
	case inputFinalWitness:
		in.FinalScriptWitness = p.Value
		_, err = readWitness(p.Value)
	default:
		in.Unknown = append(in.Unknown, p)
	}
	return err
}

// output reads one output's map.
func (d *psbtReader) output(out *PSBTOutput) error {
	pairs, err := d.next(scopeOutput)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		switch p.Key[0] {
		case outputRedeemScript:
			out.RedeemScript = p.Value
		case outputWitnessScript:
			out.WitnessScript = p.Value
		case outputDerivation:
			out.Derivations, err = d.derivation(out.Derivations, p)
		default:
			out.Unknown = append(out.Unknown, p)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", keyName(scopeOutput, p.Key), err)
		}
	}
	return nil
}

// derivation reads a public key with its fingerprint and path.
func (d *psbtReader) derivation(to []Derivation, p Pair) ([]Derivation, error) {
	if n := len(p.Value); n%4 != 0 {
		return nil, fmt.Errorf("want a fingerprint and steps of 4 bytes, found %d bytes", n)
	}
	v := Derivation{Path: d.steps.take(len(p.Value)/4 - 1)}
	if err := readPublicKey(p.Key[1:], &v.PublicKey); err != nil {
		return nil, err
	}
	copy(v.Fingerprint[:], p.Value)
	for i := range v.Path {
		v.Path[i] = binary.LittleEndian.Uint32(p.Value[4+4*i:])
	}
	return append(to, v), nil
}

// readPublicKey copies a compressed public key. Whether it is a point is not
// asked: a square root for each key would be most of the cost of reading, and
// whoever uses a key compares it with one that he derived himself.
func readPublicKey(b []byte, key *[33]byte) error {
	if b[0] != 2 && b[0] != 3 {
		return fmt.Errorf("want a compressed public key, found the first byte %02x", b[0])
	}
	copy(key[:], b)
	return nil
}

func readWitnessUTXO(b []byte, out *wire.TxOut) error {
	c := cursor{b}
	if err := readTxOut(&c, out); err != nil {
		return err
	}
	if n := len(c.rest); n > 0 {
		return fmt.Errorf("want it to end after its script, found %d more bytes", n)
	}
	return nil
}

// readWitness reads a serialized witness, which must have items and end with
// them. The items alias b.
func readWitness(b []byte) (wire.TxWitness, error) {
	walk := cursor{b}
	n, err := skipWitness(&walk)
	if err != nil {
		return nil, err
	}
	if n == 0 || n > maxWitnessItems {
		return nil, fmt.Errorf("want 1 to %d items, found %d", maxWitnessItems, n)
	}
	if len(walk.rest) > 0 {
		return nil, fmt.Errorf("want it to end after %d items, found %d more bytes", n, len(walk.rest))
	}
	c, items := cursor{b}, make(wire.TxWitness, n)
	if _, err := c.compact(); err != nil {
		return nil, err
	}
	for i := range items {
		if items[i], err = c.bytes(); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// appendPairs adds the entries of the global map.
func (p *PSBT) appendPairs(to []Pair) []Pair {
	to = append(to, Pair{[]byte{globalUnsignedTx}, appendTx(nil, p.Tx)})
	to = append(to, p.XPubs...)
	return append(to, p.Unknown...)
}

// appendPairs adds the entries of an input's map.
func (in *PSBTInput) appendPairs(to []Pair) []Pair {
	if in.Previous != nil {
		raw := in.previousRaw
		if raw == nil {
			raw = appendTx(nil, in.Previous)
		}
		to = append(to, Pair{[]byte{inputPreviousTx}, raw})
	}
	if in.WitnessUTXO != nil {
		to = append(to, Pair{[]byte{inputWitnessUTXO}, appendTxOut(nil, in.WitnessUTXO)})
	}
	for i := range in.PartialSigs {
		s := &in.PartialSigs[i]
		to = append(to, Pair{keyOf(inputPartialSig, &s.PublicKey), s.Signature})
	}
	if in.HasSighash {
		to = append(to, Pair{[]byte{inputSighash}, binary.LittleEndian.AppendUint32(nil, in.Sighash)})
	}
	to = appendPresent(to, inputRedeemScript, in.RedeemScript)
	to = appendPresent(to, inputWitnessScript, in.WitnessScript)
	to = appendDerivations(to, inputDerivation, in.Derivations)
	to = appendPresent(to, inputFinalSig, in.FinalScriptSig)
	to = appendPresent(to, inputFinalWitness, in.FinalScriptWitness)
	return append(to, in.Unknown...)
}

// appendPairs adds the entries of an output's map.
func (out *PSBTOutput) appendPairs(to []Pair) []Pair {
	to = appendPresent(to, outputRedeemScript, out.RedeemScript)
	to = appendPresent(to, outputWitnessScript, out.WitnessScript)
	to = appendDerivations(to, outputDerivation, out.Derivations)
	return append(to, out.Unknown...)
}

// appendPresent adds an entry unless its value is nil. An empty value is
// present.
func appendPresent(to []Pair, kind byte, value []byte) []Pair {
	if value == nil {
		return to
	}
	return append(to, Pair{[]byte{kind}, value})
}

func appendDerivations(to []Pair, kind byte, all []Derivation) []Pair {
	for i := range all {
		v := append(make([]byte, 0, 4+4*len(all[i].Path)), all[i].Fingerprint[:]...)
		for _, step := range all[i].Path {
			v = binary.LittleEndian.AppendUint32(v, step)
		}
		to = append(to, Pair{keyOf(kind, &all[i].PublicKey), v})
	}
	return to
}

func keyOf(kind byte, public *[33]byte) []byte {
	return append([]byte{kind}, public[:]...)
}

// size is about how many bytes the packet is written in, and seldom less.
func (p *PSBT) size() int {
	n := 128 + 128*len(p.Tx.TxIn) + 128*len(p.Tx.TxOut) + sizeOf(p.XPubs) + sizeOf(p.Unknown)
	for i := range p.Inputs {
		in := &p.Inputs[i]
		n += len(in.previousRaw) + len(in.RedeemScript) + len(in.WitnessScript) + len(in.FinalScriptSig) + len(in.FinalScriptWitness)
		n += 110*len(in.PartialSigs) + 64*len(in.Derivations) + sizeOf(in.Unknown)
	}
	for i := range p.Outputs {
		out := &p.Outputs[i]
		n += len(out.RedeemScript) + len(out.WitnessScript) + 64*len(out.Derivations) + sizeOf(out.Unknown)
	}
	return n
}

func sizeOf(pairs []Pair) int {
	n := 0
	for _, p := range pairs {
		n += len(p.Key) + len(p.Value) + 8
	}
	return n
}
