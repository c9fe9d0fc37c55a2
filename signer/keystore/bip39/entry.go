package bip39

import (
	"bytes"
	"fmt"
	"strings"
)

// words returns the list as strings, which share the embedded text's memory.
func words() []string { return strings.Fields(wordList) }

// Complete returns the words that begin with what was typed, in order, the
// word itself first if it is one. Upper case counts as lower. Four letters leave
// at most one word. Nothing typed gives nothing.
func Complete(prefix []byte) []string {
	var out []string
	if len(prefix) == 0 || len(prefix) > wordSize {
		return nil
	}
	for _, w := range words() {
		if len(w) >= len(prefix) && bytes.EqualFold([]byte(w[:len(prefix)]), prefix) {
			out = append(out, w)
		}
	}
	return out
}

// LastWords returns, in order, the words that may stand behind 11, 14, 17, 20
// or 23 others: 128, 64, 32, 16 or 8, those whose checksum is right. Whoever
// draws words by dice lets chance choose among them too. The words before are
// written as Encode writes them.
func LastWords(mnemonic []byte) ([]string, error) {
	if len(mnemonic) > MaxSize {
		return nil, fmt.Errorf("mnemonic: want at most %d bytes, found %d", MaxSize, len(mnemonic))
	}
	typed := bytes.Split(mnemonic, []byte{' '})
	size, ok := entropySize(len(typed) + 1)
	if !ok {
		return nil, fmt.Errorf("mnemonic: want 11, 14, 17, 20 or 23 words before the last, found %d", len(typed))
	}
	l := newList()
	var bits bitsOf
	defer clear(bits[:])
	for i, w := range typed {
		n, ok := l.find(pack(w))
		if !ok {
			return nil, fmt.Errorf("mnemonic: want a word of the English BIP-39 list, found something else as word %d", i+1)
		}
		bits.put(i, n)
	}
	var out []string
	for n, w := range words() {
		bits.put(len(typed), n)
		if bits[size] == checksum(bits[:size]) {
			out = append(out, w)
		}
	}
	return out, nil
}
