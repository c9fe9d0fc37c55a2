package custody

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The fixed parts of the one descriptor form that is understood.
const (
	descriptorOpen  = "wsh(sortedmulti("
	descriptorClose = "))"
	descriptorSteps = "/<0;1>/*"
)

// Descriptor is a wallet: M of N keys in P2WSH, keys sorted in the script
// (BIP-67, BIP-383), receive branch 0 and change branch 1 (BIP-389). The set
// of forms is closed; the text is, on one line,
//
//	wsh(sortedmulti(2,[1c3a5f77/48h/1h/0h/2h]tpub.../<0;1>/*,[...]tpub.../<0;1>/*,[...]tpub.../<0;1>/*))#checksum
//
// A Descriptor never changes and is safe for use by several goroutines. The
// zero value derives nothing.
type Descriptor struct {
	network  Network
	m        int
	keys     []AccountKey
	branches [2][]branchKey
	text     string
}

// NewSortedMulti makes the wallet of m of the given keys on network n. Keys
// keep the given order in the text. It refuses keys of another network, the
// same public key or the same origin twice, and m of no more than half of the
// keys: two disjoint sets of signers could each pass the limits.
func NewSortedMulti(n Network, m int, keys []AccountKey) (*Descriptor, error) {
	if _, ok := n.Params(); !ok {
		return nil, fmt.Errorf("descriptor: want a network, found none")
	}
	if len(keys) < 1 || len(keys) > MaxCosigners {
		return nil, fmt.Errorf("descriptor: want 1 to %d keys, found %d", MaxCosigners, len(keys))
	}
	if m < 1 || m > len(keys) {
		return nil, fmt.Errorf("descriptor: want a threshold of 1 to %d, found %d", len(keys), m)
	}
	if 2*m <= len(keys) {
		return nil, fmt.Errorf("descriptor: want a threshold of more than half of %d keys, found %d: two disjoint sets of signers could pass the limits twice", len(keys), m)
	}
	if err := checkCosigners(n, keys); err != nil {
		return nil, err
	}
	d := &Descriptor{network: n, m: m, keys: slices.Clone(keys)}
	for b := range d.branches {
		branch, err := branchKeys(d.keys, uint32(b))
		if err != nil {
			return nil, fmt.Errorf("descriptor: %w", err)
		}
		d.branches[b] = branch
	}
	d.text = withChecksum(d.body(descriptorSteps))
	return d, nil
}

// checkCosigners refuses a key of another network and any two keys that could
// be one holder's. Equal public keys with different chain codes are refused
// too: one private key would sign for both.
func checkCosigners(n Network, keys []AccountKey) error {
	for i, k := range keys {
		if k.network != n {
			return fmt.Errorf("descriptor: key %d: want a key of %s, found one of %s", i+1, n, k.network)
		}
		for j, earlier := range keys[:i] {
			if k.public == earlier.public {
				return fmt.Errorf("descriptor: key %d: want a public key of its own, found that of key %d", i+1, j+1)
			}
			if k.origin.Equal(earlier.origin) {
				return fmt.Errorf("descriptor: key %d: want an origin of its own, found that of key %d (%s)", i+1, j+1, k.origin)
			}
		}
	}
	return nil
}

// ParseDescriptor reads a wallet of network n exactly as String writes it. The
// checksum of BIP-380 is demanded, hardened steps are written h, every key ends
// in /<0;1>/*, and re-encoding must give the same text. Any other descriptor is
// refused.
func ParseDescriptor(n Network, s string) (*Descriptor, error) {
	if len(s) > maxDescriptor {
		return nil, fmt.Errorf("descriptor: want at most %d characters, found %d", maxDescriptor, len(s))
	}
	body, err := cutChecksum(s)
	if err != nil {
		return nil, err
	}
	args, err := cutForm(body)
	if err != nil {
		return nil, err
	}
	m, err := parseThreshold(args[0])
	if err != nil {
		return nil, err
	}
	if len(args)-1 > MaxCosigners {
		return nil, fmt.Errorf("descriptor: want 1 to %d keys, found %d", MaxCosigners, len(args)-1)
	}
	keys := make([]AccountKey, 0, len(args)-1)
	for i, arg := range args[1:] {
		text, ok := strings.CutSuffix(arg, descriptorSteps)
		if !ok {
			return nil, fmt.Errorf("descriptor: key %d: want it to end in %s, found another ending", i+1, descriptorSteps)
		}
		k, err := ParseAccountKey(n, text)
		if err != nil {
			return nil, fmt.Errorf("descriptor: key %d: %w", i+1, err)
		}
		keys = append(keys, k)
	}
	d, err := NewSortedMulti(n, m, keys)
	if err != nil {
		return nil, err
	}
	if d.text != s {
		return nil, fmt.Errorf("descriptor: want its one canonical text, found another")
	}
	return d, nil
}

// parseThreshold reads the number of signatures. A longer text may be a
// misplaced key and is not shown.
func parseThreshold(s string) (int, error) {
	if len(s) > 2 {
		return 0, fmt.Errorf("descriptor: want a threshold of 1 to %d, found %d characters", MaxCosigners, len(s))
	}
	m, err := strconv.Atoi(s)
	if err != nil || s[0] < '1' {
		return 0, fmt.Errorf("descriptor: want a threshold of 1 to %d, found %q", MaxCosigners, s)
	}
	return m, nil
}

// cutForm returns the arguments inside wsh(sortedmulti(...)), the threshold
// first. What stands before the first bracket is shown only when it is a
// function's name, so that a pasted private key is never repeated.
func cutForm(body string) ([]string, error) {
	inner, ok := strings.CutPrefix(body, descriptorOpen)
	if !ok {
		return nil, fmt.Errorf("descriptor: want wsh(sortedmulti(...)), found %s", formName(body))
	}
	inner, ok = strings.CutSuffix(inner, descriptorClose)
	if !ok {
		return nil, fmt.Errorf("descriptor: want wsh(sortedmulti(...)), found no )) at the end")
	}
	return strings.Split(inner, ","), nil
}

// formName names the functions that a foreign descriptor opens with, such as
// sh(wsh(multi(.
func formName(body string) string {
	end := 0
	for i := range min(len(body), clipLength) {
		c := body[i]
		if c == '(' {
			end = i + 1
		} else if (c < 'a' || c > 'z') && c != '_' {
			break
		}
	}
	if end == 0 {
		return "something else"
	}
	return strconv.Quote(body[:end])
}

// ParseDescriptorFile reads a wallet file: the descriptor and one LF.
func ParseDescriptorFile(n Network, b []byte) (*Descriptor, error) {
	line, ok := bytes.CutSuffix(b, []byte("\n"))
	if !ok {
		return nil, fmt.Errorf("descriptor: want one LF at the end of the file, found none")
	}
	return ParseDescriptor(n, string(line))
}

// body writes the descriptor without checksum, each key followed by steps.
func (d *Descriptor) body(steps string) string {
	var b strings.Builder
	b.WriteString(descriptorOpen)
	b.WriteString(strconv.Itoa(d.m))
	for _, k := range d.keys {
		b.WriteByte(',')
		b.WriteString(k.String())
		b.WriteString(steps)
	}
	b.WriteString(descriptorClose)
	return b.String()
}

// String returns the descriptor with its checksum.
func (d *Descriptor) String() string { return d.text }

// File returns the wallet file: String and one LF.
func (d *Descriptor) File() []byte { return []byte(d.text + "\n") }

// Hash returns the SHA-256 of File, by which policies name the wallet.
func (d *Descriptor) Hash() [32]byte { return sha256.Sum256(d.File()) }

// M returns how many signatures a spend needs.
func (d *Descriptor) M() int { return d.m }

// N returns how many keys the wallet has.
func (d *Descriptor) N() int { return len(d.keys) }

// Keys returns a copy of the keys in the order of the text.
func (d *Descriptor) Keys() []AccountKey { return slices.Clone(d.keys) }

// Network returns the chain that the wallet is on.
func (d *Descriptor) Network() Network { return d.network }

// KeyIndex returns the place of a key among Keys, found by its material
// alone, and false if the wallet does not have it.
func (d *Descriptor) KeyIndex(k AccountKey) (int, bool) {
	i := slices.IndexFunc(d.keys, k.SameMaterial)
	return i, i >= 0
}
