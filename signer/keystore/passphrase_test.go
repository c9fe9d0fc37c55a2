package keystore

import (
	"errors"
	"strings"
	"testing"
)

func TestWeakPassphraseSealsNothing(t *testing.T) {
	to, err := ParseRecipient(SealPassphrase)
	must(t, err)
	for _, c := range []struct{ name, passphrase, want string }{
		{"empty", "", "passphrase: want at least 7 words, found 0"},
		{"six words", "violin harbor copper tulip meadow lantern", "passphrase: want at least 7 words, found 6"},
		{"one long word", strings.Repeat("violin", 30), "passphrase: want at least 7 words, found 1"},
		{"a word twice", "violin harbor copper tulip meadow lantern harbor", "passphrase: want every word once, found word 2 again as word 7"},
		{"a word twice in capitals", "violin harbor copper tulip meadow lantern HARBOR", "passphrase: want every word once, found word 2 again as word 7"},
		{"short word", "violin harbor of tulip meadow lantern orbit", "passphrase: want at least 3 letters in every word, found 2 in word 3"},
		{"digits", "violin harbor 12345 tulip meadow lantern orbit", "passphrase: want at least 3 letters in every word, found 0 in word 3"},
		{"double space", "violin  harbor copper tulip meadow lantern orbit", "passphrase: want one space or hyphen between words and none around them, found 7 for 7 words"},
		{"space at the end", "violin harbor copper tulip meadow lantern orbit ", "passphrase: want one space or hyphen between words and none around them, found 7 for 7 words"},
		{"line feed", "violin harbor copper tulip meadow lantern orbit\n", "passphrase: want printable ASCII, found another byte at 48"},
		{"umlaut", "violin hafen kupfer tulpe wiese lampe brücke", "passphrase: want printable ASCII, found another byte at 41"},
		{"flood", strings.Repeat("a", 1025), "passphrase: want at most 1024 bytes, found 1025"},
	} {
		file, err := SealShare([]byte(testWords), to, []byte(c.passphrase), testWorkFactor)
		var weak *Error
		if !errors.As(err, &weak) || weak.Reason() != "KEY-WEAK" || file != nil {
			t.Errorf("%s: want KEY-WEAK and no file, found %v", c.name, err)
		}
		refused(t, c.name, err, c.want)
	}
	for _, p := range []string{testPassphrase, "violin-harbor-copper-tulip-meadow-lantern-orbit", "Violin2 Harbor! copper tulip meadow lantern orbit ember"} {
		if err := CheckPassphrase([]byte(p)); err != nil {
			t.Errorf("want a good one accepted, found %v", err)
		}
	}
}

func TestSealShareRefusesOtherWorkFactors(t *testing.T) {
	to, err := ParseRecipient(SealPassphrase)
	must(t, err)
	for _, c := range []struct {
		factor int
		want   string
	}{
		{0, "seal: want a work factor of 10 to 20, found 0"},
		{9, "seal: want a work factor of 10 to 20, found 9"},
		{21, "seal: want a work factor of 10 to 20, found 21"},
	} {
		_, err := SealShare([]byte(testWords), to, []byte(testPassphrase), c.factor)
		refused(t, "work factor", err, c.want)
	}
}
