package entropy

import (
	"encoding/hex"
	"errors"
)

// Commitment is a SHA-256 that fixes a contribution, or the system's entropy,
// before anybody sees it. The zero value is refused.
type Commitment [32]byte

// String returns 64 lower-case hex digits, as sha256sum prints them.
func (c Commitment) String() string { return hex.EncodeToString(c[:]) }

// ParseCommitment reads 64 lower-case hex digits.
func ParseCommitment(s string) (Commitment, error) {
	var c Commitment
	if len(s) != 2*len(c) {
		return Commitment{}, errors.New("commitment: want 64 lower-case hex digits, found another length")
	}
	if _, err := hex.Decode(c[:], []byte(s)); err != nil || c.String() != s || c == (Commitment{}) {
		return Commitment{}, errors.New("commitment: want 64 lower-case hex digits, not all 0, found something else")
	}
	return c, nil
}
