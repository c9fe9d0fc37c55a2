package custody

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// Pair is one raw key and value of a PSBT map (BIP-174). The first byte of
// Key is its type, the rest is what the type asks for.
type Pair struct {
	Key   []byte
	Value []byte
}

// scope says which of the three kinds of map a pair stands in.
type scope uint8

const (
	scopeGlobal scope = iota
	scopeInput
	scopeOutput
)

// The types of BIP-174 that are understood here, by map.
const (
	globalUnsignedTx = 0x00
	globalXPub       = 0x01
	globalVersion    = 0xfb

	inputPreviousTx    = 0x00
	inputWitnessUTXO   = 0x01
	inputPartialSig    = 0x02
	inputSighash       = 0x03
	inputRedeemScript  = 0x04
	inputWitnessScript = 0x05
	inputDerivation    = 0x06
	inputFinalSig      = 0x07
	inputFinalWitness  = 0x08
	inputTapLeaf       = 0x15

	outputRedeemScript  = 0x00
	outputWitnessScript = 0x01
	outputDerivation    = 0x02
)

// A cursor reads from the front of its bytes. Every method refuses rather
// than read past the end, and nothing is allocated by a length that the bytes
// themselves claim.
type cursor struct{ rest []byte }

// take returns the next n bytes, which alias what is read.
func (c *cursor) take(n uint64) ([]byte, error) {
	if n > uint64(len(c.rest)) {
		return nil, fmt.Errorf("want %d more bytes, found %d", n, len(c.rest))
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n:]
	return b, nil
}

// compact reads a compact size and refuses one that is written longer than it
// needs to be.
func (c *cursor) compact() (uint64, error) {
	if len(c.rest) > 0 && c.rest[0] < 0xfd {
		n := uint64(c.rest[0])
		c.rest = c.rest[1:]
		return n, nil
	}
	first, err := c.take(1)
	if err != nil {
		return 0, err
	}
	var n, least uint64
	switch first[0] {
	case 0xfd:
		b, err := c.take(2)
		if err != nil {
			return 0, err
		}
		n, least = uint64(binary.LittleEndian.Uint16(b)), 0xfd
	case 0xfe:
		b, err := c.take(4)
		if err != nil {
			return 0, err
		}
		n, least = uint64(binary.LittleEndian.Uint32(b)), 1<<16
	default:
		b, err := c.take(8)
		if err != nil {
			return 0, err
		}
		n, least = binary.LittleEndian.Uint64(b), 1<<32
	}
	if n < least {
		return 0, fmt.Errorf("want a compact size in its shortest form, found %d after byte %02x", n, first[0])
	}
	return n, nil
}

// bytes reads a compact size and as many bytes.
func (c *cursor) bytes() ([]byte, error) {
	n, err := c.compact()
	if err != nil {
		return nil, err
	}
	return c.take(n)
}

// count reads a compact size that says how many things follow, each of them
// at least size bytes long, and refuses a count that cannot be true.
func (c *cursor) count(size uint64) (int, error) {
	n, err := c.compact()
	if err != nil {
		return 0, err
	}
	if most := uint64(len(c.rest)) / size; n > most {
		return 0, fmt.Errorf("want at most %d entries in the %d bytes left, found a count of %d", most, len(c.rest), n)
	}
	return int(n), nil
}

// appendCompact writes n as a compact size in its shortest form.
func appendCompact(b []byte, n uint64) []byte {
	switch {
	case n < 0xfd:
		return append(b, byte(n))
	case n < 1<<16:
		return binary.LittleEndian.AppendUint16(append(b, 0xfd), uint16(n))
	case n < 1<<32:
		return binary.LittleEndian.AppendUint32(append(b, 0xfe), uint32(n))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0xff), n)
}

// readMap reads one map up to and with its zero byte into pairs, which it
// returns grown, in the order found: at most limit of them. Keys must be
// unique and well formed for their type.
func readMap(c *cursor, s scope, pairs []Pair, limit int) ([]Pair, error) {
	ascending := true
	for {
		key, err := c.bytes()
		if err != nil {
			return nil, fmt.Errorf("want a key or the end of the map: %w", err)
		}
		if len(key) == 0 {
			break
		}
		if len(pairs) >= limit {
			return nil, fmt.Errorf("want at most %d entries in all maps, found more", maxPSBTPairs)
		}
		value, err := c.bytes()
		if err != nil {
			return nil, fmt.Errorf("%s: want its value: %w", keyName(s, key), err)
		}
		if n := len(pairs); n > 0 && bytes.Compare(pairs[n-1].Key, key) >= 0 {
			ascending = false
		}
		pairs = append(pairs, Pair{key, value})
		if err := checkPair(s, pairs[len(pairs)-1]); err != nil {
			return nil, fmt.Errorf("%s: %w", keyName(s, key), err)
		}
	}
	if !ascending {
		return pairs, refuseDuplicate(s, pairs)
	}
	return pairs, nil
}

// refuseDuplicate names a key that stands twice in the map, in whatever order
// the keys come.
func refuseDuplicate(s scope, pairs []Pair) error {
	sorted := slices.Clone(pairs)
	slices.SortFunc(sorted, comparePairs)
	for i := 1; i < len(sorted); i++ {
		if bytes.Equal(sorted[i-1].Key, sorted[i].Key) {
			return fmt.Errorf("%s: want each key once, found it twice", keyName(s, sorted[i].Key))
		}
	}
	return nil
}

func comparePairs(a, b Pair) int { return bytes.Compare(a.Key, b.Key) }

// appendMap writes the pairs in ascending order of their keys and the zero
// byte behind them. It sorts pairs in place.
func appendMap(b []byte, pairs []Pair) []byte {
	if !slices.IsSortedFunc(pairs, comparePairs) {
		slices.SortFunc(pairs, comparePairs)
	}
	for _, p := range pairs {
		b = append(appendCompact(b, uint64(len(p.Key))), p.Key...)
		b = append(appendCompact(b, uint64(len(p.Value))), p.Value...)
	}
	return append(b, 0)
}

// pairRule is the shape of a key type: the length of its key after the type
// byte and the lengths its value may have. It asks for no meaning.
type pairRule struct {
	name              string
	key               int
	shortest, longest int
}

// anyLength stands in a pairRule for a value bounded only by the file.
const anyLength = maxPSBT

// ruleOf returns the shape of a known type. The taproot and preimage fields
// are kept as they are, but a wrong length is refused for them too.
func ruleOf(s scope, kind byte) (pairRule, bool) {
	switch s {
	case scopeGlobal:
		switch kind {
		case globalUnsignedTx:
			return pairRule{"unsigned transaction", 0, 10, anyLength}, true
		case globalXPub:
			return pairRule{"extended public key", 78, 4, 4 + 4*maxPSBTPath}, true
		case globalVersion:
			return pairRule{"version", 0, 4, 4}, true
		}
	case scopeInput:
		return inputRule(kind)
	case scopeOutput:
		switch kind {
		case outputRedeemScript:
			return pairRule{"redeem script", 0, 0, maxScript}, true
		case outputWitnessScript:
			return pairRule{"witness script", 0, 0, maxScript}, true
		case outputDerivation:
			return pairRule{"derivation", 33, 4, 4 + 4*maxPSBTPath}, true
		case 0x05:
			return pairRule{"taproot internal key", 0, 32, 32}, true
		case 0x06:
			return pairRule{"taproot tree", 0, 1, anyLength}, true
		case 0x07:
			return pairRule{"taproot derivation", 32, 5, anyLength}, true
		}
	}
	return pairRule{}, false
}

func inputRule(kind byte) (pairRule, bool) {
	switch kind {
	case inputPreviousTx:
		return pairRule{"previous transaction", 0, 10, maxPreviousTx}, true
	case inputWitnessUTXO:
		return pairRule{"witness utxo", 0, 9, 8 + 3 + maxScript}, true
	case inputPartialSig:
		return pairRule{"partial signature", 33, minPartialSig, maxPartialSig}, true
	case inputSighash:
		return pairRule{"sighash type", 0, 4, 4}, true
	case inputRedeemScript:
		return pairRule{"redeem script", 0, 0, maxScript}, true
	case inputWitnessScript:
		return pairRule{"witness script", 0, 0, maxScript}, true
	case inputDerivation:
		return pairRule{"derivation", 33, 4, 4 + 4*maxPSBTPath}, true
	case inputFinalSig:
		return pairRule{"final scriptSig", 0, 0, maxScript}, true
	case inputFinalWitness:
		return pairRule{"final witness", 0, 1, maxPreviousTx}, true
	case 0x0a, 0x0c:
		return pairRule{"preimage", 20, 0, anyLength}, true
	case 0x0b, 0x0d:
		return pairRule{"preimage", 32, 0, anyLength}, true
	case 0x13:
		return pairRule{"taproot key signature", 0, 64, 65}, true
	case 0x14:
		return pairRule{"taproot script signature", 64, 64, 65}, true
	case 0x16:
		return pairRule{"taproot derivation", 32, 5, anyLength}, true
	case 0x17:
		return pairRule{"taproot internal key", 0, 32, 32}, true
	case 0x18:
		return pairRule{"taproot merkle root", 0, 32, 32}, true
	}
	return pairRule{}, false
}

// version2Key names the fields that BIP-370 added. They are what a version 2
// packet has in place of the unsigned transaction, and have no key data.
func version2Key(s scope, key []byte) (string, bool) {
	if len(key) != 1 {
		return "", false
	}
	var names [19]string
	switch s {
	case scopeGlobal:
		names = [19]string{2: "transaction version", 3: "fallback locktime", 4: "input count", 5: "output count", 6: "transaction modifiable"}
	case scopeInput:
		names = [19]string{14: "previous txid", 15: "output index", 16: "sequence", 17: "required time locktime", 18: "required height locktime"}
	case scopeOutput:
		names = [19]string{3: "amount", 4: "script"}
	}
	if int(key[0]) >= len(names) || names[key[0]] == "" {
		return "", false
	}
	return names[key[0]], true
}

// checkPair holds a pair against the shape of its type. A type that is not
// known passes: it is kept as it is.
func checkPair(s scope, p Pair) error {
	kind := cursor{p.Key}
	if _, err := kind.compact(); err != nil {
		return fmt.Errorf("want a whole key type: %w", err)
	}
	if rule, ok := ruleOf(s, p.Key[0]); ok {
		if n := len(p.Key) - 1; n != rule.key {
			return fmt.Errorf("want %d bytes of key data, found %d", rule.key, n)
		}
		if n := len(p.Value); n < rule.shortest || n > rule.longest {
			return fmt.Errorf("want a value of %s bytes, found %d", lengths(rule), n)
		}
		return nil
	}
	if s == scopeInput && p.Key[0] == inputTapLeaf {
		return checkTapLeaf(p)
	}
	if field, ok := version2Key(s, p.Key); ok {
		return fmt.Errorf("want PSBT version 0, found the version 2 field %q", field)
	}
	return nil
}

// checkTapLeaf holds a taproot leaf script against BIP-371: its key is a
// control block, a byte and one to 129 hashes.
func checkTapLeaf(p Pair) error {
	if n := len(p.Key) - 1; n < 33 || n > 33+32*128 || n%32 != 1 {
		return fmt.Errorf("want a control block of 33 bytes and whole steps of 32, found %d", n)
	}
	if len(p.Value) == 0 {
		return fmt.Errorf("want a script and its version, found nothing")
	}
	return nil
}

func lengths(r pairRule) string {
	if r.shortest == r.longest {
		return fmt.Sprint(r.shortest)
	}
	return fmt.Sprintf("%d to %d", r.shortest, r.longest)
}

// keyName names a key for an error: what it is and, where a public key
// belongs to it, whose.
func keyName(s scope, key []byte) string {
	rule, ok := ruleOf(s, key[0])
	if !ok {
		return fmt.Sprintf("key %x", key[:min(len(key), clipLength)])
	}
	if rule.key == 33 && len(key) == 34 {
		return fmt.Sprintf("%s of %x", rule.name, key[1:])
	}
	return rule.name
}
