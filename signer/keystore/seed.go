package keystore

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"strongroom/signer/keystore/bip39"
)

// Seed is the 32 bytes of entropy that a wallet key grows from. It prints
// as "seed(...)" in every form, and as an address from inside another value, so
// that no log line shows it by accident. The zero value, and a wiped seed, derive nothing.
type Seed struct {
	entropy hidden[[entropySize]byte]
}

// NewSeed reads 32 bytes from rand, in one io.ReadFull, and refuses what a
// broken source gives: bytes all equal, a repeated half or quarter, or a run
// that counts up or down.
func NewSeed(rand io.Reader) (*Seed, error) {
	entropy := new([entropySize]byte)
	if _, err := io.ReadFull(rand, entropy[:]); err != nil {
		clear(entropy[:])
		return nil, fmt.Errorf("seed: want %d random bytes, found %w", entropySize, err)
	}
	if broken(entropy[:]) {
		clear(entropy[:])
		return nil, errors.New("seed: want random bytes, found a pattern, the random source is broken")
	}
	return &Seed{entropy: hide(entropy)}, nil
}

// broken tells what a stuck source gives from what chance gives. Chance fails
// it less than once in 2^100 reads.
func broken(b []byte) bool {
	for period := 1; period <= len(b)/2; period *= 2 {
		if bytes.Equal(b[period:], b[:len(b)-period]) {
			return true
		}
	}
	for i := 2; i < len(b); i++ {
		if b[i]-b[i-1] != b[1]-b[0] {
			return false
		}
	}
	return true
}

// Wipe overwrites the seed. Every later use of it returns ErrWiped.
func (s *Seed) Wipe() {
	if s == nil || s.entropy == nil {
		return
	}
	clear(s.entropy()[:])
	s.entropy = nil
}

// Format writes "seed(...)" for every verb and flag of package fmt.
func (s Seed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "seed(...)") }

// mnemonic returns the 24 words. The caller clears them.
func (s *Seed) mnemonic() ([]byte, error) {
	if s == nil || s.entropy == nil {
		return nil, ErrWiped
	}
	return bip39.Encode(s.entropy()[:])
}

// parseSeed reads the content of a sealed seed: 24 words, single spaces, LF.
func parseSeed(content []byte) (*Seed, error) {
	words, ok := bytes.CutSuffix(content, []byte{'\n'})
	if !ok {
		return nil, errors.New("seed: want LF as the last byte, found none")
	}
	entropy, err := bip39.Decode(words)
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	defer clear(entropy)
	if len(entropy) != entropySize {
		return nil, fmt.Errorf("seed: want %d words, found %d", seedWords, len(bytes.Fields(words)))
	}
	own := new([entropySize]byte)
	copy(own[:], entropy)
	return &Seed{entropy: hide(own)}, nil
}
