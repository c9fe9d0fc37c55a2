package keystore

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"

	"strongroom/signer/keystore/bip39"
)

// The master keys that BIP-39's vectors name grow from their words.
func TestMasterKeysOfTheOfficialBIP39Vectors(t *testing.T) {
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
		stretched, err := bip39.Seed([]byte(c[1]), []byte("TREZOR"))
		if err != nil {
			t.Fatal(err)
		}
		var m node
		if err := m.master(stretched[:]); err != nil {
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
		var n node
		if err := n.master(seed); err != nil {
			t.Fatal(err)
		}
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
