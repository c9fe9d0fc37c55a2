package custody

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
)

// testWallet is a regtest wallet whose private keys the test knows.
type testWallet struct {
	d        *Descriptor
	keys     []AccountKey
	accounts []*hdkeychain.ExtendedKey // private, at the end of the key's path
}

// newTestWallet makes an m-of-n wallet; the same one for the same numbers.
func newTestWallet(t testing.TB, m, n int) testWallet {
	t.Helper()
	var w testWallet
	for i := range n {
		seed := sha256.Sum256(fmt.Appendf(nil, "strongroom test wallet, key %d", i))
		k, account := testAccount(t, Regtest, seed[:], BIP48P2WSH(Regtest, 0))
		w.keys, w.accounts = append(w.keys, k), append(w.accounts, account)
	}
	d, err := NewSortedMulti(Regtest, m, w.keys)
	if err != nil {
		t.Fatal(err)
	}
	w.d = d
	return w
}

// testAccount derives an account key from a seed by way of hdkeychain.
func testAccount(t testing.TB, n Network, seed []byte, path []uint32) (AccountKey, *hdkeychain.ExtendedKey) {
	t.Helper()
	params := &chaincfg.RegressionNetParams
	if n == Mainnet {
		params = &chaincfg.MainNetParams
	}
	key, err := hdkeychain.NewMaster(seed, params)
	if err != nil {
		t.Fatal(err)
	}
	origin := KeyOrigin{Path: path}
	for i, step := range path {
		if key, err = key.Derive(step); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			fp := key.ParentFingerprint()
			origin.Fingerprint = [4]byte{byte(fp >> 24), byte(fp >> 16), byte(fp >> 8), byte(fp)}
		}
	}
	public, err := key.Neuter()
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseAccountKey(n, "["+origin.String()+"]"+public.String())
	if err != nil {
		t.Fatal(err)
	}
	return k, key
}

// wantError compares the whole text of an error.
func wantError(t testing.TB, name string, err error, want string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: want error %q, found none", name, want)
	} else if err.Error() != want {
		t.Errorf("%s: want error\n%s, found\n%s", name, want, err)
	}
}

func decodeHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
