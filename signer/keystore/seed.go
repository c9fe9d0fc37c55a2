package keystore

import (
	"errors"
	"fmt"
	"io"

	"strongroom/signer/keystore/bip39"
)

// Seed is the 16 to 64 bytes that BIP-32 grows a wallet key from, which SLIP-39
// calls the master secret. It prints as "seed(...)" in every form, and as an
// address from inside another value, so that no log line shows it by accident.
// The zero value, and a wiped seed, derive nothing.
type Seed struct {
	secret hidden[seedSecret]
}

// seedSecret is what Wipe overwrites.
type seedSecret struct {
	size int
	b    [maxSeed]byte
}

// NewSeed takes a copy of 16 to 64 bytes, an even number, and refuses what no
// generator gives: bytes all equal, a repeated half or quarter, or a run that
// counts up or down. The caller clears its own.
func NewSeed(b []byte) (*Seed, error) {
	if len(b) < minSeed || len(b) > maxSeed || len(b)%2 != 0 {
		return nil, fmt.Errorf("seed: want %d to %d bytes, an even number, found %d", minSeed, maxSeed, len(b))
	}
	if broken(b) {
		return nil, errors.New("seed: want random bytes, found a pattern, the random source is broken")
	}
	s := &seedSecret{size: len(b)}
	copy(s.b[:], b)
	return &Seed{secret: hide(s)}, nil
}

// SeedOfMnemonic returns the seed that BIP-39 stretches words to. Words and
// passphrase stay the caller's to clear.
func SeedOfMnemonic(words, passphrase []byte) (*Seed, error) {
	return shielded(func() (*Seed, error) {
		b, err := bip39.Seed(words, passphrase)
		if err != nil {
			return nil, err
		}
		defer clear(b[:])
		return NewSeed(b[:])
	})
}

// broken tells what a stuck source gives from what chance gives. Chance fails
// it less than once in 2^60 reads.
func broken(b []byte) bool {
	for period := 1; period <= len(b)/2; period *= 2 {
		if equal(b[period:], b[:len(b)-period]) {
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

// bytes returns the seed's own bytes, and false when it was wiped.
func (s *Seed) bytes() ([]byte, bool) {
	if s == nil || s.secret == nil {
		return nil, false
	}
	secret := s.secret()
	return secret.b[:secret.size], secret.size > 0
}

// Equal says whether two seeds are the same, in constant time for seeds of one
// length. Wiped ones are not.
func (s *Seed) Equal(o *Seed) bool {
	a, ok := s.bytes()
	b, also := o.bytes()
	return ok && also && equal(a, b)
}

// Wipe overwrites the seed. Every later use of it returns ErrWiped.
func (s *Seed) Wipe() {
	if s == nil || s.secret == nil {
		return
	}
	*s.secret() = seedSecret{}
	s.secret = nil
}

// Format writes "seed(...)" for every verb and flag of package fmt.
func (s Seed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "seed(...)") }
