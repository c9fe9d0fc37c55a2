package keystore

import (
	"fmt"
	"io"
	"slices"

	"strongroom/signer/keystore/bip39"
)

// NewPassphrase draws nine different words of the English BIP-39 list, 98 bits,
// joined by single spaces. CheckPassphrase takes what it returns. The caller
// clears it.
func NewPassphrase(rand io.Reader) ([]byte, error) {
	var picked []int
	for tries := 0; len(picked) < drawnWords; tries++ {
		if tries == maxDraws {
			return nil, fmt.Errorf("passphrase: want random bytes, found the same again and again, the random source is broken")
		}
		var b [2]byte
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return nil, fmt.Errorf("passphrase: want %d random bytes, found %w", len(b), err)
		}
		n := int(b[0])<<8&0x700 | int(b[1])
		if !slices.Contains(picked, n) {
			picked = append(picked, n)
		}
	}
	var out []byte
	for i, n := range picked {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, bip39.Word(n)...)
	}
	clear(picked)
	return out, nil
}
