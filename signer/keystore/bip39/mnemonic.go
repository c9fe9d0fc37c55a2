package bip39

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
)

// bitsOf is the entropy, then the checksum in its first bits.
type bitsOf [maxEntropy + 1]byte

// Encode returns the mnemonic of 16, 20, 24, 28 or 32 bytes of entropy. The
// caller clears it.
func Encode(entropy []byte) ([]byte, error) {
	if err := checkEntropySize(len(entropy)); err != nil {
		return nil, err
	}
	l := newList()
	var bits bitsOf
	defer clear(bits[:])
	copy(bits[:], entropy)
	bits[len(entropy)] = checksum(entropy)
	out := make([]byte, 0, MaxSize)
	for i := range wordCount(len(entropy)) {
		if i > 0 {
			out = append(out, ' ')
		}
		out = appendWord(out, l.word(bits.get(i)))
	}
	return out, nil
}

// Decode returns the entropy behind a mnemonic in exactly the form that Encode
// writes. The caller clears it. No error repeats a word.
func Decode(mnemonic []byte) ([]byte, error) {
	if len(mnemonic) > MaxSize {
		return nil, fmt.Errorf("mnemonic: want at most %d bytes, found %d", MaxSize, len(mnemonic))
	}
	words := bytes.Split(mnemonic, []byte{' '})
	size, ok := entropySize(len(words))
	if !ok {
		return nil, fmt.Errorf("mnemonic: want 12, 15, 18, 21 or 24 words, found %d", len(words))
	}
	l := newList()
	var bits bitsOf
	defer clear(bits[:])
	for i, w := range words {
		n, ok := l.find(pack(w))
		if !ok {
			return nil, fmt.Errorf("mnemonic: want a word of the English BIP-39 list, found something else as word %d", i+1)
		}
		bits.put(i, n)
	}
	if bits[size] != checksum(bits[:size]) {
		return nil, errors.New("mnemonic: want a last word with the right checksum, found a wrong one")
	}
	return bytes.Clone(bits[:size]), nil
}

func checkEntropySize(n int) error {
	if n < minEntropy || n > maxEntropy || n%4 != 0 {
		return fmt.Errorf("entropy: want %d to %d bytes by fours, found %d", minEntropy, maxEntropy, n)
	}
	return nil
}

// wordCount is the number of words for n bytes: a checksum bit joins every 32.
func wordCount(n int) int { return n * 8 * 33 / 32 / bitsPerWord }

// entropySize is the number of bytes that so many words hold, if a mnemonic
// may have so many.
func entropySize(words int) (int, bool) {
	size := words * bitsPerWord * 32 / 33 / 8
	return size, wordCount(size) == words && checkEntropySize(size) == nil
}

// checksum is the first bits of SHA-256, one for every 4 bytes, and zeros.
func checksum(entropy []byte) byte {
	sum := sha256.Sum256(entropy)
	defer clear(sum[:])
	return sum[0] & (0xff << (8 - len(entropy)/4))
}

// get is the i-th group of 11 bits, most significant bit first.
func (b *bitsOf) get(i int) int {
	n := 0
	for at := i * bitsPerWord; at < (i+1)*bitsPerWord; at++ {
		n = n<<1 | int(b[at/8]>>(7-at%8)&1)
	}
	return n
}

// put sets the i-th group of 11 bits to n.
func (b *bitsOf) put(i, n int) {
	for k := range bitsPerWord {
		at := i*bitsPerWord + k
		b[at/8] &^= 0x80 >> (at % 8)
		b[at/8] |= byte(n>>(bitsPerWord-1-k)&1) << (7 - at%8)
	}
}
