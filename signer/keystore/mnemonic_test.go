package keystore

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

	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
)

func TestWordListIsTheEnglishListOfBIP39(t *testing.T) {
	if got := crc32.ChecksumIEEE([]byte(wordList)); got != 0xc1dbd296 {
		t.Errorf("want CRC-32 c1dbd296, found %08x", got)
	}
	list := strings.Fields(wordList)
	if len(list) != listLength || !sort.StringsAreSorted(list) {
		t.Errorf("want %d sorted words, found %d", listLength, len(list))
	}
	for i := 1; i < len(list); i++ {
		if len(list[i]) >= 4 && strings.HasPrefix(list[i-1], list[i][:4]) {
			t.Errorf("word %d begins with the four letters of the one before", i)
		}
	}
}

func TestBIP39OfficialVectors(t *testing.T) {
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
		words, err := encodeMnemonic(entropy)
		if err != nil || string(words) != c[1] {
			t.Errorf("case %d: wrong words, %v", i, err)
		}
		back, err := decodeMnemonic([]byte(c[1]))
		if err != nil || !bytes.Equal(back, entropy) {
			t.Errorf("case %d: wrong entropy, %v", i, err)
		}
		stretched, err := stretch([]byte(c[1]), "TREZOR")
		if err != nil || hex.EncodeToString(stretched[:]) != c[2] {
			t.Errorf("case %d: wrong stretched seed, %v", i, err)
		}
		var m node
		if err := m.master(&stretched); err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		if want := mustExtended(t, c[3]); m.private.Bytes() != want.private.Bytes() || m.chain != want.chain {
			t.Errorf("case %d: wrong master key", i)
		}
	}
	if n := len(cases["english"]); n < 24 {
		t.Fatalf("want 24 cases at least, found %d", n)
	}
	t.Logf("%d cases", len(cases["english"]))
}

func mustExtended(t *testing.T, xprv string) node {
	t.Helper()
	k, err := hdkeychain.NewKeyFromString(xprv)
	if err != nil {
		t.Fatal(err)
	}
	private, err := k.ECPrivKey()
	if err != nil {
		t.Fatal(err)
	}
	return node{private: private.Key, chain: [32]byte(k.ChainCode())}
}

// The first test vector of BIP-32 and the third, whose keys begin with zeros.
func TestBIP32Vectors(t *testing.T) {
	cases := []struct {
		seed string
		path []uint32
		want string
	}{
		{"000102030405060708090a0b0c0d0e0f", []uint32{1 << 31, 1, 1<<31 + 2, 2, 1000000000},
			"xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76"},
		{"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be", []uint32{1 << 31},
			"xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L"},
	}
	for _, c := range cases {
		seed, err := hex.DecodeString(c.seed)
		if err != nil {
			t.Fatal(err)
		}
		sum := mac512([]byte("Bitcoin seed"), seed)
		var n node
		n.private.SetByteSlice(sum[:32])
		copy(n.chain[:], sum[32:])
		for _, step := range c.path {
			var next node
			if err := n.child(step, &next); err != nil {
				t.Fatal(err)
			}
			n = next
		}
		if want := mustExtended(t, c.want); n.private.Bytes() != want.private.Bytes() || n.chain != want.chain {
			t.Errorf("seed %s: wrong key at the end of the path", c.seed[:8])
		}
	}
}

func TestMnemonicRefusesWithoutRepeatingAWord(t *testing.T) {
	good := strings.Repeat("abandon ", 23) + "art"
	cases := []struct{ name, words, want string }{
		{"wrong checksum", strings.Repeat("abandon ", 23) + "zoo", "mnemonic: want a last word with the right checksum, found a wrong one"},
		{"swapped words", "ability " + strings.Repeat("abandon ", 22) + "art", "mnemonic: want a last word with the right checksum, found a wrong one"},
		{"foreign word", strings.Replace(good, "abandon", "bitcoin", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 1"},
		{"upper case", strings.Replace(good, "abandon", "Abandon", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 1"},
		{"first four letters", strings.Replace(good, "abandon", "aban", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 1"},
		{"double space", strings.Replace(good, " ", "  ", 1), "mnemonic: want 12, 15, 18, 21 or 24 words, found 25"},
		{"double space for a word", strings.Replace(good, "abandon abandon", "abandon ", 1), "mnemonic: want a word of the English BIP-39 list, found something else as word 2"},
		{"13 words", strings.Repeat("abandon ", 12) + "art", "mnemonic: want 12, 15, 18, 21 or 24 words, found 13"},
		{"27 words", strings.Repeat("zoo ", 26) + "zoo", "mnemonic: want 12, 15, 18, 21 or 24 words, found 27"},
		{"none", "", "mnemonic: want 12, 15, 18, 21 or 24 words, found 1"},
		{"flood", strings.Repeat("zoo ", 100), "mnemonic: want at most 216 bytes, found 400"},
	}
	for _, c := range cases {
		if _, err := decodeMnemonic([]byte(c.words)); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	if _, err := encodeMnemonic(make([]byte, 31)); err == nil || err.Error() != "entropy: want 16 to 32 bytes by fours, found 31" {
		t.Errorf("31 bytes: found %v", err)
	}
}

func FuzzMnemonicReencodes(f *testing.F) {
	f.Add([]byte(strings.Repeat("abandon ", 23) + "art"))
	f.Add([]byte(strings.Repeat("zoo ", 11) + "wrong"))
	f.Add([]byte("legal winner thank year wave sausage worth useful legal winner thank yellow"))
	f.Fuzz(func(t *testing.T, words []byte) {
		entropy, err := decodeMnemonic(words)
		if err != nil {
			return
		}
		back, err := encodeMnemonic(entropy)
		if err != nil || !bytes.Equal(back, words) {
			t.Fatalf("want the same words, found %q, %v", back, err)
		}
	})
}
