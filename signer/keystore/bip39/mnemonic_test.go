package bip39

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// sample is entropy 0, with 24 words and with 12.
var (
	sample24 = strings.Repeat("abandon ", 23) + "art"
	sample12 = strings.Repeat("abandon ", 11) + "about"
)

func TestWordListIsTheEnglishListOfBIP39(t *testing.T) {
	if got := crc32.ChecksumIEEE([]byte(wordList)); got != 0xc1dbd296 {
		t.Errorf("want CRC-32 c1dbd296, found %08x", got)
	}
	all := words()
	if len(all) != listLength || !sort.StringsAreSorted(all) {
		t.Errorf("want %d sorted words, found %d", listLength, len(all))
	}
	for i, w := range all {
		if len(w) > wordSize {
			t.Errorf("word %d has %d letters", i, len(w))
		}
		if i > 0 && len(w) >= telling && strings.HasPrefix(all[i-1], w[:telling]) {
			t.Errorf("word %d begins with the four letters of the one before", i)
		}
	}
}

func TestEveryWordIsFoundWhereItStands(t *testing.T) {
	l := newList()
	for i, w := range words() {
		if n, ok := l.find(pack([]byte(w))); !ok || n != i {
			t.Errorf("word %d is found at %d, %v", i, n, ok)
		}
		if got := string(appendWord(nil, l.word(i))); got != w {
			t.Errorf("word %d is written as %q", i, got)
		}
	}
	for _, w := range []string{"", "a", "zzz", "abandon\x00", "\x00", "abandonabandon", "Zoo"} {
		if n, ok := l.find(pack([]byte(w))); ok {
			t.Errorf("%q is found at %d", w, n)
		}
	}
}

func TestOfficialVectors(t *testing.T) {
	dir := os.Getenv("STRONGROOM_VECTORS")
	if dir == "" {
		t.Skip("STRONGROOM_VECTORS is not set: the BIP-39 vectors were not read")
	}
	b, err := os.ReadFile(filepath.Join(dir, "bip39", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string][][4]string
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for i, c := range cases["english"] {
		entropy, err := hex.DecodeString(c[0])
		if err != nil {
			t.Fatal(err)
		}
		got, err := Encode(entropy)
		if err != nil || string(got) != c[1] {
			t.Errorf("case %d: wrong words, %v", i, err)
		}
		back, err := Decode([]byte(c[1]))
		if err != nil || !bytes.Equal(back, entropy) {
			t.Errorf("case %d: wrong entropy, %v", i, err)
		}
		seed, err := Seed([]byte(c[1]), []byte("TREZOR"))
		if err != nil || hex.EncodeToString(seed[:]) != c[2] {
			t.Errorf("case %d: wrong seed, %v", i, err)
		}
		last := strings.LastIndexByte(c[1], ' ')
		if fits, err := LastWords([]byte(c[1][:last])); err != nil || !contains(fits, c[1][last+1:]) {
			t.Errorf("case %d: the last word isn't among those that fit, %v", i, err)
		}
		if hints := Hints([]byte(c[1])); hints != nil {
			t.Errorf("case %d: want no hint, found %d", i, len(hints))
		}
	}
	if n := len(cases["english"]); n < 24 {
		t.Fatalf("want 24 cases at least, found %d", n)
	}
	t.Logf("%d cases", len(cases["english"]))
}

func contains(list []string, w string) bool {
	i := sort.SearchStrings(list, w)
	return i < len(list) && list[i] == w
}

func TestMnemonicRefusesWithoutRepeatingAWord(t *testing.T) {
	cases := []struct{ name, words, want string }{
		{"wrong checksum", strings.Repeat("abandon ", 23) + "zoo", "mnemonic: want a last word with the right checksum, found a wrong one"},
		{"swapped words", "ability " + strings.Repeat("abandon ", 22) + "art", "mnemonic: want a last word with the right checksum, found a wrong one"},
		{"foreign word", strings.Replace(sample24, "abandon", "bitcoin", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 1"},
		{"upper case", strings.Replace(sample24, "abandon", "Abandon", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 1"},
		{"zero byte", strings.Replace(sample24, "abandon", "abandon\x00", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 1"},
		{"line feed", sample24 + "\n", "mnemonic: want a word of the English BIP-39 list, found something else as word 24"},
		{"first four letters", strings.Replace(sample24, "abandon", "aban", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 1"},
		{"double space", strings.Replace(sample24, " ", "  ", 1), "mnemonic: want 12, 15, 18, 21 or 24 words, found 25"},
		{"double space for a word", strings.Replace(sample24, "abandon abandon", "abandon ", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 2"},
		{"13 words", strings.Repeat("abandon ", 12) + "art", "mnemonic: want 12, 15, 18, 21 or 24 words, found 13"},
		{"27 words", strings.Repeat("zoo ", 26) + "zoo", "mnemonic: want 12, 15, 18, 21 or 24 words, found 27"},
		{"none", "", "mnemonic: want 12, 15, 18, 21 or 24 words, found 1"},
		{"flood", strings.Repeat("zoo ", 100), "mnemonic: want at most 216 bytes, found 400"},
	}
	for _, c := range cases {
		if _, err := Decode([]byte(c.words)); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
		if _, err := Seed([]byte(c.words), nil); err == nil || err.Error() != c.want {
			t.Errorf("%s: want no seed and %q, found %v", c.name, c.want, err)
		}
	}
	for _, n := range []int{0, 12, 15, 31, 36} {
		want := "entropy: want 16 to 32 bytes by fours, found " + map[int]string{0: "0", 12: "12", 15: "15", 31: "31", 36: "36"}[n]
		if _, err := Encode(make([]byte, n)); err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
}

func TestPassphraseThatAnotherToolMayNormaliseIsRefused(t *testing.T) {
	cases := []struct{ passphrase, want string }{
		{"caf\u00e9", "passphrase: want printable ASCII, found another byte at 4"},
		{"line\n", "passphrase: want printable ASCII, found another byte at 5"},
		{strings.Repeat("a", maxPassphrase+1), "passphrase: want at most 1024 bytes, found 1025"},
	}
	for _, c := range cases {
		if seed, err := Seed([]byte(sample12), []byte(c.passphrase)); err == nil || err.Error() != c.want || seed != [SeedSize]byte{} {
			t.Errorf("want %q and no seed, found %v", c.want, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(sample24))
	f.Add([]byte(strings.Repeat("zoo ", 11) + "wrong"))
	f.Add([]byte("legal winner thank year wave sausage worth useful legal winner thank yellow"))
	f.Add([]byte(strings.Repeat("abandon ", 11) + "about\x00"))
	f.Fuzz(func(t *testing.T, mnemonic []byte) {
		Hints(mnemonic)
		entropy, err := Decode(mnemonic)
		if err != nil {
			return
		}
		back, err := Encode(entropy)
		if err != nil || !bytes.Equal(back, mnemonic) {
			t.Fatalf("want the same words, found %q, %v", back, err)
		}
	})
}
