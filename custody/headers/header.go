package headers

import (
	"crypto/sha256"
	"encoding/binary"
)

// HeaderSize is the length of a header in bytes.
const HeaderSize = 80

// Header is a block header as it is on the wire.
type Header [HeaderSize]byte

// Hash returns the block's hash: double SHA-256.
func (h Header) Hash() Hash { return hashOf(h[:]) }

// Previous returns the hash of the block before.
func (h Header) Previous() Hash { return previousOf(h[:]) }

// MerkleRoot returns the root over the block's transactions.
func (h Header) MerkleRoot() Hash { return HashFromWire([32]byte(h[36:68])) }

// Time returns the miner's time in seconds since 1970. It may be hours off.
func (h Header) Time() uint32 { return timeOf(h[:]) }

// Bits returns the target in compact form.
func (h Header) Bits() uint32 { return bitsOf(h[:]) }

// The following read a header in place, among many.

func hashOf(h []byte) Hash {
	first := sha256.Sum256(h[:HeaderSize])
	return HashFromWire(sha256.Sum256(first[:]))
}

func previousOf(h []byte) Hash { return HashFromWire([32]byte(h[4:36])) }
func timeOf(h []byte) uint32   { return binary.LittleEndian.Uint32(h[68:72]) }
func bitsOf(h []byte) uint32   { return binary.LittleEndian.Uint32(h[72:76]) }

// From returns headers, 80 bytes each, from the block with a hash on, and all of
// them when that block is not among them. A file that was written before the
// origin was moved forward begins below it.
func From(raw []byte, origin Hash) []byte {
	for rest := raw; len(rest) >= HeaderSize; rest = rest[HeaderSize:] {
		if hashOf(rest) == origin {
			return rest
		}
	}
	return raw
}
