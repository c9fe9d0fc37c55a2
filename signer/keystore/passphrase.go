package keystore

import (
	"bytes"
	"fmt"
)

// CheckPassphrase refuses, with code KEY-WEAK, a passphrase that a thief of the
// sealed file could find: it wants at least 7 distinct words of at least 3
// letters, separated by single spaces or hyphens, in printable ASCII (what one
// keyboard composes, another may not). It cannot know whether the words were
// drawn by dice; the ceremony says that they must be.
func CheckPassphrase(p []byte) error {
	if len(p) > maxPassphrase {
		return weak("want at most %d bytes, found %d", maxPassphrase, len(p))
	}
	for i, c := range p {
		if c < 0x20 || c > 0x7e {
			return weak("want printable ASCII, found another byte at %d", i+1)
		}
	}
	lower := bytes.ToLower(p)
	defer clear(lower)
	words := bytes.FieldsFunc(lower, separates)
	separators := 0
	for _, c := range lower {
		if separates(rune(c)) {
			separators++
		}
	}
	if len(words) < minPassphraseWords {
		return weak("want at least %d words, found %d", minPassphraseWords, len(words))
	}
	if separators != len(words)-1 {
		return weak("want one space or hyphen between words and none around them, found %d for %d words", separators, len(words))
	}
	return checkWords(words)
}

func checkWords(words [][]byte) error {
	for i, w := range words {
		if n := letters(w); n < minWordLetters {
			return weak("want at least %d letters in every word, found %d in word %d", minWordLetters, n, i+1)
		}
		for j := range i {
			if bytes.Equal(words[j], w) {
				return weak("want every word once, found word %d again as word %d", j+1, i+1)
			}
		}
	}
	return nil
}

func separates(r rune) bool { return r == ' ' || r == '-' }

func letters(lower []byte) int {
	n := 0
	for _, c := range lower {
		if c >= 'a' && c <= 'z' {
			n++
		}
	}
	return n
}

func weak(format string, args ...any) *Error {
	return &Error{Code: CodeWeak, Text: "passphrase: " + fmt.Sprintf(format, args...)}
}
