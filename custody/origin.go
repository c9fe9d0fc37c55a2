package custody

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Hardened is the bit that marks a hardened step of a derivation path
// (BIP-32).
const Hardened uint32 = 1 << 31

// KeyOrigin says where an extended key comes from: the fingerprint of the
// master key, and the path from there. Its text is BIP-380's, with h for
// hardened steps: 1c3a5f77/48h/1h/0h/2h.
type KeyOrigin struct {
	Fingerprint [4]byte
	Path        []uint32
}

// ParseKeyOrigin reads a key origin as String writes it, and no other way: h
// and not ' for hardened, no leading zeros, lower-case hex.
func ParseKeyOrigin(s string) (KeyOrigin, error) {
	steps := strings.Split(s, "/")
	if len(steps)-1 > maxOriginDepth {
		return KeyOrigin{}, fmt.Errorf("key origin: want at most %d steps, found %d", maxOriginDepth, len(steps)-1)
	}
	var o KeyOrigin
	if len(steps[0]) != 8 {
		return KeyOrigin{}, fmt.Errorf("key origin: want a fingerprint of 8 hex digits, found %d characters", len(steps[0]))
	}
	if _, err := hex.Decode(o.Fingerprint[:], []byte(steps[0])); err != nil {
		return KeyOrigin{}, fmt.Errorf("key origin: want a fingerprint of 8 hex digits, found another character")
	}
	for i, step := range steps[1:] {
		digits, hardened := strings.CutSuffix(step, "h")
		n, err := strconv.ParseUint(digits, 10, 31)
		if err != nil {
			return KeyOrigin{}, fmt.Errorf("key origin: step %d: want a number below 2147483648, with h if it is hardened", i+1)
		}
		if hardened {
			n |= uint64(Hardened)
		}
		o.Path = append(o.Path, uint32(n))
	}
	if o.String() != s {
		return KeyOrigin{}, fmt.Errorf("key origin: want it written as %s, found another form of it", o)
	}
	return o, nil
}

// String writes the origin as it stands inside the brackets of a descriptor.
func (o KeyOrigin) String() string {
	b := hex.AppendEncode(nil, o.Fingerprint[:])
	for _, step := range o.Path {
		b = append(b, '/')
		b = strconv.AppendUint(b, uint64(step&^Hardened), 10)
		if step&Hardened != 0 {
			b = append(b, 'h')
		}
	}
	return string(b)
}

// Equal says whether both origins have the same fingerprint and path.
func (o KeyOrigin) Equal(other KeyOrigin) bool {
	return o.Fingerprint == other.Fingerprint && slices.Equal(o.Path, other.Path)
}

// quoted writes the origin with ' for hardened steps, which BIP-129, BIP-388
// and the multisig files of hardware signers want. Hex digits hold no h.
func (o KeyOrigin) quoted() string { return strings.ReplaceAll(o.String(), "h", "'") }

// path writes the path from the master key with ' for hardened steps, such as
// m/48'/1'/0'/2'.
func (o KeyOrigin) path() string { return "m" + o.quoted()[8:] }

// BIP48P2WSH returns the path of BIP-48 for multisig in P2WSH on network n:
// m/48h/COINh/ACCOUNTh/2h. The account is below 2^31; a larger one is taken as
// hardened already.
func BIP48P2WSH(n Network, account uint32) []uint32 {
	return []uint32{48 | Hardened, n.CoinType() | Hardened, account | Hardened, 2 | Hardened}
}
