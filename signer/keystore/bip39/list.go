package bip39

import (
	"bytes"
	_ "embed" // for the word list
	"encoding/binary"
	"strings"
)

// wordList is the English list of BIP-39: 2,048 words in order, a line each.
//
//go:embed words.txt
var wordList string

// list is the word list with each word in 64 bits, first letter first and
// zeros behind the last.
type list [listLength]uint64

func newList() *list {
	l := new(list)
	rest := wordList
	for i := range l {
		var word string
		word, rest, _ = strings.Cut(rest, "\n")
		l[i] = pack([]byte(word))
	}
	return l
}

// pack puts a word into 64 bits. A longer one, and one with a zero byte, which
// would look like the end of a word, becomes zero, which no word is.
func pack(word []byte) uint64 {
	if len(word) > wordSize || bytes.IndexByte(word, 0) >= 0 {
		return 0
	}
	var b [wordSize]byte
	copy(b[:], word)
	return binary.BigEndian.Uint64(b[:])
}

// find returns where a word stands, and whether it does, after comparing it
// with every word of the list.
func (l *list) find(word uint64) (int, bool) {
	var at, found uint64
	for i, w := range l {
		mask := equal(w, word)
		at |= uint64(i) & mask
		found |= mask
	}
	return int(at), found != 0
}

// word returns the n-th word after reading every word of the list.
func (l *list) word(n int) uint64 {
	var word uint64
	for i, w := range l {
		word |= w & equal(uint64(i), uint64(n))
	}
	return word
}

// equal is all ones when a and b are equal and zero when not, without a branch.
func equal(a, b uint64) uint64 {
	x := a ^ b
	return (x|-x)>>63 - 1
}

// appendWord unpacks a word behind out.
func appendWord(out []byte, word uint64) []byte {
	for ; word != 0; word <<= 8 {
		out = append(out, byte(word>>56))
	}
	return out
}

// Word returns the word of the list with a number, from 0; of larger numbers the
// last 11 bits count. The caller clears it.
func Word(n int) []byte { return appendWord(nil, newList().word(n&(listLength-1))) }
