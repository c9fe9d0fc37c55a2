package slip39

import (
	_ "embed" // for the word list
	"strings"
)

// wordList is the list of SLIP-0039: 1,024 words in order, a line each, told
// apart by their first four letters.
//
//go:embed words.txt
var wordList string

const (
	bitsPerWord = 10
	listLength  = 1 << bitsPerWord
)

// packed is a word as a number, its letters from the highest byte that is not
// zero to the lowest. No word is 0.
type packed uint64

// list is the word list in the form that can be searched without a branch.
type list [listLength]packed

func newList() *list {
	l := new(list)
	i := 0
	for line := range strings.Lines(wordList) {
		for _, c := range []byte(strings.TrimSuffix(line, "\n")) {
			l[i] = l[i]<<8 | packed(c)
		}
		i++
	}
	return l
}

// word returns the word of a number below 1,024, reading the whole list.
func (l *list) word(number uint16) packed {
	var found packed
	for i, w := range l {
		found |= w & packed(-equal(uint64(i), uint64(number)))
	}
	return found
}

// number returns the number of a word, reading the whole list, and 1 if the
// list has it, 0 and 0 if it hasn't.
func (l *list) number(word packed) (number uint16, known uint64) {
	var found uint64
	for i, w := range l {
		hit := equal(uint64(w), uint64(word))
		found |= uint64(i) & -hit
		known |= hit
	}
	return uint16(found), known
}

// spelt gathers the letters of the k-th word, from 0, of a mnemonic, reading all
// of it. What a packed word has no place for, a zero or a ninth letter, would be
// lost and leave a word that may be right: such a word is 0.
func spelt(mnemonic []byte, k int) packed {
	var at, word, bad uint64
	for _, b := range mnemonic {
		c := uint64(b)
		space := equal(c, ' ')
		here := equal(at, uint64(k)) &^ space
		lost := equal(c, 0) | (equal(word>>(8*(maxLetters-1)), 0) ^ 1)
		bad |= here & lost
		word ^= (word ^ (word<<8 | c)) & -here
		at += space
	}
	return packed(word & (bad - 1))
}

// write returns the words of these numbers with single spaces between them. The
// caller clears what it gets.
func (l *list) write(numbers []uint16) []byte {
	var wide [maxWords * (maxLetters + 1)]byte
	defer clear(wide[:])
	for i, number := range numbers {
		at := i * (maxLetters + 1)
		word := l.word(number)
		for k := range maxLetters {
			wide[at+k] = byte(word >> (8 * (maxLetters - 1 - k)))
		}
		wide[at+maxLetters] = ' '
	}
	return squeeze(wide[:len(numbers)*(maxLetters+1)-1])
}

// squeeze leaves out the zeros. Where a byte goes is not seen in which memory is
// written; how many are left is.
func squeeze(wide []byte) []byte {
	out := make([]byte, len(wide))
	end := uint64(0)
	for i, c := range wide {
		for at := range out[:i+1] {
			out[at] |= c & byte(-equal(uint64(at), end))
		}
		end += equal(uint64(c), 0) ^ 1
	}
	return out[:end:end]
}

// equal is 1 for equal numbers and 0 for others, without a branch.
func equal(a, b uint64) uint64 {
	x := a ^ b
	return (x|-x)>>63 ^ 1
}
