package keystore

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDrawnPassphrasesAreStrongAndDiffer(t *testing.T) {
	source := rand.NewChaCha8([32]byte{7})
	seen := map[string]bool{}
	for range 200 {
		p, err := NewPassphrase(source)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckPassphrase(p); err != nil {
			t.Errorf("want one that seals a share, found %v", err)
		}
		if n := len(strings.Fields(string(p))); n != 9 {
			t.Errorf("want 9 words, found %d", n)
		}
		seen[string(p)] = true
	}
	if len(seen) != 200 {
		t.Errorf("want 200 passphrases, found %d", len(seen))
	}
	// Every word of the list comes up: 1,800 draws leave each out with a chance of 2 in 5.
	words := map[string]bool{}
	for p := range seen {
		for _, w := range strings.Fields(p) {
			words[w] = true
		}
	}
	if len(words) < 1100 {
		t.Errorf("want some 1,190 different words, found %d", len(words))
	}
}

func TestBrokenGeneratorDrawsNoPassphrase(t *testing.T) {
	for _, c := range []struct {
		b    []byte
		want string
	}{
		{make([]byte, 4096), "passphrase: want random bytes, found the same again and again, the random source is broken"},
		{[]byte{1, 2, 3}, "passphrase: want 2 random bytes, found unexpected EOF"},
	} {
		if p, err := NewPassphrase(bytes.NewReader(c.b)); err == nil || err.Error() != c.want || p != nil {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}
