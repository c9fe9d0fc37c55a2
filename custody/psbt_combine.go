package custody

import (
	"bytes"
	"fmt"
	"slices"
)

// Combine merges packets of the same unsigned transaction into one that holds
// every entry of each (the combiner of BIP-174): the signatures that cosigners
// made apart come together. Where two packets give one key different values,
// such as two signatures of one input by one public key, it refuses rather
// than choose. The order of the packets makes no difference. Nothing is
// verified; Finalize does that.
func Combine(packets ...*PSBT) (*PSBT, error) {
	if n := len(packets); n < 1 || n > maxCombine {
		return nil, fmt.Errorf("combine: want 1 to %d packets, found %d", maxCombine, n)
	}
	first, size := packets[0], packets[0].size()
	for i, p := range packets[1:] {
		if !bytes.Equal(appendTx(nil, p.Tx), appendTx(nil, first.Tx)) {
			return nil, fmt.Errorf("combine: want packets of one unsigned transaction, %s, found %s in packet %d", first.TxID(), p.TxID(), i+2)
		}
		if len(p.Inputs) != len(first.Inputs) || len(p.Outputs) != len(first.Outputs) {
			return nil, fmt.Errorf("combine: want a map for every input and output, found %d and %d in packet %d", len(p.Inputs), len(p.Outputs), i+2)
		}
		size = max(size, p.size())
	}
	m := merger{packets: packets, out: append(make([]byte, 0, size+size/4), psbtMagic...)}
	if err := m.merge(scopeGlobal, func(p *PSBT, to []Pair) []Pair { return p.appendPairs(to) }); err != nil {
		return nil, fmt.Errorf("combine: %w", err)
	}
	for i := range first.Inputs {
		if err := m.merge(scopeInput, func(p *PSBT, to []Pair) []Pair { return p.Inputs[i].appendPairs(to) }); err != nil {
			return nil, fmt.Errorf("combine: input %d: %w", i, err)
		}
	}
	for i := range first.Outputs {
		if err := m.merge(scopeOutput, func(p *PSBT, to []Pair) []Pair { return p.Outputs[i].appendPairs(to) }); err != nil {
			return nil, fmt.Errorf("combine: output %d: %w", i, err)
		}
	}
	return ParsePSBT(m.out)
}

// merger writes the union of its packets, map by map.
type merger struct {
	packets []*PSBT
	scratch []Pair
	out     []byte
}

// merge writes the union of one map. Equal keys must have equal values.
func (m *merger) merge(s scope, of func(*PSBT, []Pair) []Pair) error {
	all := m.scratch[:0]
	for _, p := range m.packets {
		all = of(p, all)
	}
	m.scratch = all
	slices.SortFunc(all, comparePairs)
	union := all[:0]
	for _, p := range all {
		last := len(union) - 1
		if last < 0 || !bytes.Equal(union[last].Key, p.Key) {
			union = append(union, p)
			continue
		}
		if !bytes.Equal(union[last].Value, p.Value) {
			return fmt.Errorf("%s: want one value, found two different ones", keyName(s, p.Key))
		}
	}
	m.out = appendMap(m.out, union)
	return nil
}
