package slip39

import (
	"bytes"
	"fmt"
)

const (
	headerWords = 4
	headerBits  = headerWords * bitsPerWord
	// extendableWord and extendableBit are where the flag is.
	extendableWord = 1
	extendableBit  = 1 << 4
)

// header is everything of a share that is not secret, 40 bits in this order, of
// these widths. Thresholds and the count are written less one.
type header struct {
	identifier     uint16 // 15
	extendable     bool   // 1
	exponent       uint8  // 4
	group          uint8  // 4
	groupThreshold uint8  // 4
	groupCount     uint8  // 4
	member         uint8  // 4
	threshold      uint8  // 4
}

func (h header) put(words []uint16) {
	bits := uint64(h.identifier) << 1
	if h.extendable {
		bits |= 1
	}
	for _, field := range [...]uint8{h.exponent, h.group, h.groupThreshold - 1, h.groupCount - 1, h.member, h.threshold - 1} {
		bits = bits<<4 | uint64(field)
	}
	for i := range words {
		words[i] = uint16(bits >> (headerBits - bitsPerWord*(i+1)) & (listLength - 1))
	}
}

func takeHeader(words []uint16) header {
	var bits uint64
	for _, w := range words {
		bits = bits<<bitsPerWord | uint64(w)
	}
	field := func(shift int) uint8 { return uint8(bits >> shift & 0xf) }
	return header{
		identifier:     uint16(bits >> 25),
		extendable:     bits>>24&1 == 1,
		exponent:       field(20),
		group:          field(16),
		groupThreshold: field(12) + 1,
		groupCount:     field(8) + 1,
		member:         field(4),
		threshold:      field(0) + 1,
	}
}

// check refuses groups that no scheme has.
func (h header) check() error {
	if h.groupThreshold > h.groupCount {
		return fmt.Errorf("share: want a group threshold of 1 to %d, found %d", h.groupCount, h.groupThreshold)
	}
	if h.group >= h.groupCount {
		return fmt.Errorf("share: want a group of 1 to %d, found %d", h.groupCount, h.group+1)
	}
	return nil
}

// wordCount is the length of a share of so many bytes.
func wordCount(size int) int {
	return headerWords + (size*8+bitsPerWord-1)/bitsPerWord + checksumWords
}

// valueSize is the even number of bytes in a share of n words.
func valueSize(n int) int { return (n - headerWords - checksumWords) * bitsPerWord / 16 * 2 }

// countWords wants a length that a share can have.
func countWords(mnemonic []byte) (int, error) {
	if len(mnemonic) > maxMnemonic {
		return 0, fmt.Errorf("share: want at most %d bytes, found %d", maxMnemonic, len(mnemonic))
	}
	n := bytes.Count(mnemonic, []byte{' '}) + 1
	if n < minWords || n > maxWords {
		return 0, fmt.Errorf("share: want %d to %d words, found %d", minWords, maxWords, n)
	}
	if padding := (n - headerWords - checksumWords) * bitsPerWord % 16; padding > maxPadding {
		return 0, fmt.Errorf("share: want a number of words that leaves at most %d bits of padding, found %d words, which leave %d", maxPadding, n, padding)
	}
	return n, nil
}

// lookUp writes the numbers of the words of a mnemonic, 0 for what is not in the
// list, and returns the places of those, from 1.
func lookUp(numbers []uint16, mnemonic []byte) (unknown []int) {
	l := newList()
	for i := range numbers {
		number, known := l.number(spelt(mnemonic, i))
		numbers[i] = number
		if known == 0 {
			unknown = append(unknown, i+1)
		}
	}
	return unknown
}

// putValue writes the bits of a secret to words that are zero, so that the last
// bit is the last of the last word. What is left over in front is the padding.
func putValue(words []uint16, secret []byte) {
	padding := len(words)*bitsPerWord - len(secret)*8
	for i := range len(secret) * 8 {
		bit := uint16(secret[i/8] >> (7 - i%8) & 1)
		at := padding + i
		words[at/bitsPerWord] |= bit << (bitsPerWord - 1 - at%bitsPerWord)
	}
}

// takeValue reads what putValue wrote into a secret that is zero, and tells
// whether the padding was zero.
func takeValue(secret []byte, words []uint16) bool {
	padding := len(words)*bitsPerWord - len(secret)*8
	var spilt uint16
	for at := range len(words) * bitsPerWord {
		bit := words[at/bitsPerWord] >> (bitsPerWord - 1 - at%bitsPerWord) & 1
		if at < padding {
			spilt |= bit
			continue
		}
		i := at - padding
		secret[i/8] |= byte(bit) << (7 - i%8)
	}
	return spilt == 0
}
