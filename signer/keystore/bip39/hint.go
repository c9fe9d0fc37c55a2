package bip39

import (
	"bytes"
	"fmt"
	"io"
)

// Hint says what may be wrong with one word that was typed. It prints as
// "hint(...)" in every form, since its words are parts of a secret.
type Hint struct {
	// Position is the word's place, from 1.
	Position int
	// Swap says that exchanging the word with the one behind it gives a right
	// checksum.
	Swap bool

	words func() []string
}

// Words returns what the word may have been meant to be, in the list's order:
// words one letter away (typed wrong, left out, too many or exchanged with its
// neighbour) or with the same first four letters. It may be empty. They are as
// secret as the mnemonic.
func (h Hint) Words() []string {
	if h.words == nil {
		return nil
	}
	return h.words()
}

// Format writes "hint(...)" for every verb and flag of package fmt.
func (h Hint) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "hint(...)") }

// Hints looks for the slip in a mnemonic that Decode refuses; spaces and upper
// case don't matter here. If there are words that the list lacks, it names
// those and what each may be, and where only one is wrong, those of its words
// that give a right checksum, if any does. If all words are known and the
// checksum is wrong, it names every close word, and every exchange of two
// neighbours, that makes it right: with 24 words one in 256 of them does by
// chance, with 12 words one in 16. The right one may be missing. A mnemonic
// without fault gets no hint.
func Hints(mnemonic []byte) []Hint {
	if len(mnemonic) > maxTyped {
		return nil
	}
	lower := bytes.ToLower(mnemonic)
	defer clear(lower)
	t := typed{words: bytes.Fields(lower), list: newList()}
	unknown := t.unknown()
	switch {
	case len(unknown) > 0:
		return t.nameUnknown(unknown)
	case t.right():
		return nil
	}
	var out []Hint
	for i := range t.words {
		if similar := t.fitting(i, t.near(i)); len(similar) > 0 {
			out = append(out, newHint(i, similar))
		}
		if t.swapFits(i) {
			out = append(out, Hint{Position: i + 1, Swap: true})
		}
	}
	return out
}

// typed is what somebody entered as a mnemonic.
type typed struct {
	words [][]byte
	list  *list
}

func newHint(i int, similar []string) Hint {
	return Hint{Position: i + 1, words: func() []string { return similar }}
}

func (t *typed) unknown() []int {
	var out []int
	for i, w := range t.words {
		if _, ok := t.list.find(pack(w)); !ok {
			out = append(out, i)
		}
	}
	return out
}

func (t *typed) nameUnknown(at []int) []Hint {
	var out []Hint
	for _, i := range at {
		similar := t.near(i)
		if len(at) == 1 {
			if fits := t.fitting(i, similar); len(fits) > 0 {
				similar = fits
			}
		}
		out = append(out, newHint(i, similar))
	}
	return out
}

// near returns the words close to the i-th, without itself.
func (t *typed) near(i int) []string {
	var out []string
	for _, w := range words() {
		if string(t.words[i]) != w && (oneSlip(t.words[i], w) || sameStart(t.words[i], w)) {
			out = append(out, w)
		}
	}
	return out
}

// fitting returns those of some words that give a right checksum in place of
// the i-th.
func (t *typed) fitting(i int, candidates []string) []string {
	var out []string
	old := t.words[i]
	defer func() { t.words[i] = old }()
	for _, w := range candidates {
		if t.words[i] = []byte(w); t.right() {
			out = append(out, w)
		}
	}
	return out
}

func (t *typed) swapFits(i int) bool {
	if i+1 >= len(t.words) || bytes.Equal(t.words[i], t.words[i+1]) {
		return false
	}
	swap := func() { t.words[i], t.words[i+1] = t.words[i+1], t.words[i] }
	swap()
	defer swap()
	return t.right()
}

func (t *typed) right() bool {
	size, ok := entropySize(len(t.words))
	if !ok {
		return false
	}
	var bits bitsOf
	defer clear(bits[:])
	for i, w := range t.words {
		n, ok := t.list.find(pack(w))
		if !ok {
			return false
		}
		bits.put(i, n)
	}
	return bits[size] == checksum(bits[:size])
}

func sameStart(a []byte, b string) bool {
	return len(a) >= telling && len(b) >= telling && string(a[:telling]) == b[:telling]
}

// oneSlip says whether a becomes b by one letter changed, left out, put in, or
// exchanged with the next. What is equal before and behind the slip is cut off.
func oneSlip(a []byte, b string) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch {
	case len(a)+len(b) == 1, len(a) == 1 && len(b) == 1:
		return true
	case len(a) == 2 && len(b) == 2:
		return a[0] == b[1] && a[1] == b[0]
	}
	return false
}
