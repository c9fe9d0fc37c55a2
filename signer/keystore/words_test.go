package keystore

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The published vectors that are no pattern, one of each end of the sizes.
func TestWordsOfEntropyAreThosePublished(t *testing.T) {
	for entropy, want := range map[string]string{
		"9e885d952ad362caeb4efe34a8e91bd2": "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
		"f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f": "void come effort suffer camp survey warrior heavy shoot primary clutch crush " +
			"open amazing screen patrol group space point ten exist slush involve unfold",
	} {
		b, err := hex.DecodeString(entropy)
		if err != nil {
			t.Fatal(err)
		}
		words, seed, err := NewWords(b)
		if err != nil || string(words) != want {
			t.Fatalf("%s: want the published words, found others, %v", entropy, err)
		}
		typed, err := SeedOfMnemonic([]byte(want), nil)
		if err != nil || !seed.Equal(typed) {
			t.Errorf("%s: want the seed of the words without a passphrase, found another, %v", entropy, err)
		}
	}
}

func TestWordsAreMadeOfNoPatternAndNoOtherSize(t *testing.T) {
	for _, c := range []struct {
		entropy []byte
		want    string
	}{
		{bytes.Repeat([]byte{7}, 32), "seed: want random bytes, found a pattern, the random source is broken"},
		{[]byte("eighteen bytes ...")[:18], "entropy: want 16 to 32 bytes by fours, found 18"},
		{nil, "seed: want 16 to 64 bytes, an even number, found 0"},
	} {
		words, seed, err := NewWords(c.entropy)
		if err == nil || err.Error() != c.want || words != nil || seed != nil {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}
