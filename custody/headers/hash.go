package headers

import (
	"encoding/hex"
	"fmt"
)

// Hash is a block's hash, or a Merkle root, in display order: the order in
// which people read it, leading zeros first. On the wire and inside headers the
// bytes stand the other way round.
type Hash [32]byte

// ParseHash reads a hash of 64 lower-case hex digits in display order.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*len(h) {
		return Hash{}, fmt.Errorf("block hash: want %d hex digits, found %d characters", 2*len(h), len(s))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil || h.String() != s {
		return Hash{}, fmt.Errorf("block hash: want %d lower-case hex digits, found another character", 2*len(h))
	}
	return h, nil
}

// HashFromWire turns bytes in wire order, such as a double SHA-256 has them,
// into a Hash.
func HashFromWire(b [32]byte) Hash { return Hash(reversed(b)) }

// Wire returns the hash in wire order.
func (h Hash) Wire() [32]byte { return reversed(h) }

// String writes the hash as ParseHash reads it.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

func reversed(b [32]byte) (out [32]byte) {
	for i, c := range b {
		out[len(b)-1-i] = c
	}
	return out
}
