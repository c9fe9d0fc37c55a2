package keystore

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	_ "embed" // for the word list
	"errors"
	"fmt"
	"sort"
	"strings"
)

// wordList is the English list of BIP-39: 2,048 words in order, a line each.
//
//go:embed words.txt
var wordList string

const (
	bitsPerWord   = 11
	listLength    = 1 << bitsPerWord
	stretchRounds = 2048 // BIP-39
	stretchSize   = 64   // BIP-39
)

// encodeMnemonic returns the words of BIP-39 for 16, 20, 24, 28 or 32 bytes of
// entropy, separated by single spaces. The caller clears what it gets.
func encodeMnemonic(entropy []byte) ([]byte, error) {
	if err := checkEntropySize(len(entropy)); err != nil {
		return nil, err
	}
	list := strings.Fields(wordList)
	var bits [maxEntropy + 1]byte
	defer clear(bits[:])
	sum := sha256.Sum256(entropy)
	copy(bits[:], entropy)
	bits[len(entropy)] = sum[0]
	clear(sum[:])
	out := make([]byte, 0, maxMnemonic)
	for i := range wordCount(len(entropy)) {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, list[bitsAt(bits[:], i)]...)
	}
	return out, nil
}

// decodeMnemonic returns the entropy behind words of BIP-39 in exactly the form
// that encodeMnemonic writes. No error repeats a word.
func decodeMnemonic(mnemonic []byte) ([]byte, error) {
	if len(mnemonic) > maxMnemonic {
		return nil, fmt.Errorf("mnemonic: want at most %d bytes, found %d", maxMnemonic, len(mnemonic))
	}
	list := strings.Fields(wordList)
	words := bytes.Split(mnemonic, []byte{' '})
	size := len(words) * bitsPerWord * 32 / 33 / 8
	if wordCount(size) != len(words) || checkEntropySize(size) != nil {
		return nil, fmt.Errorf("mnemonic: want 12, 15, 18, 21 or 24 words, found %d", len(words))
	}
	var bits [maxEntropy + 1]byte
	defer clear(bits[:])
	for i, w := range words {
		n := sort.Search(listLength, func(n int) bool { return list[n] >= string(w) })
		if n == listLength || list[n] != string(w) {
			return nil, fmt.Errorf("mnemonic: want a word of the English BIP-39 list, found something else as word %d", i+1)
		}
		putBitsAt(bits[:], i, n)
	}
	sum := sha256.Sum256(bits[:size])
	defer clear(sum[:])
	if mask := byte(0xff) << (8 - size/4); bits[size] != sum[0]&mask {
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

// bitsAt returns the i-th group of 11 bits, most significant bit first.
func bitsAt(b []byte, i int) int {
	n := 0
	for at := i * bitsPerWord; at < (i+1)*bitsPerWord; at++ {
		n = n<<1 | int(b[at/8]>>(7-at%8)&1)
	}
	return n
}

func putBitsAt(b []byte, i, n int) {
	for k := range bitsPerWord {
		at := i*bitsPerWord + k
		b[at/8] |= byte(n>>(bitsPerWord-1-k)&1) << (7 - at%8)
	}
}

// stretch turns a mnemonic into the 64 bytes that BIP-32 begins with. Its
// copy of the mnemonic as a string, and those inside PBKDF2, are left to the
// garbage collector.
func stretch(mnemonic []byte, passphrase string) ([stretchSize]byte, error) {
	var out [stretchSize]byte
	key, err := pbkdf2.Key(sha512.New, string(mnemonic), []byte("mnemonic"+passphrase), stretchRounds, stretchSize)
	if err != nil {
		return out, fmt.Errorf("mnemonic: want it stretched by PBKDF2, found %w", err)
	}
	copy(out[:], key)
	clear(key)
	return out, nil
}
