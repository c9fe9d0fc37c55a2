package custody

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// naive derives a script the plain way: hdkeychain for the keys, txscript for
// the scripts.
func naive(t testing.TB, accounts []*hdkeychain.ExtendedKey, m int, b Branch, index uint32) Script {
	t.Helper()
	s := Script{Branch: b, Index: index}
	var keys []*address.AddressPubKey
	for _, account := range accounts {
		public, err := account.Neuter()
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []uint32{uint32(b), index} {
			if public, err = public.Derive(step); err != nil {
				t.Fatal(err)
			}
		}
		point, err := public.ECPubKey()
		if err != nil {
			t.Fatal(err)
		}
		s.Keys = append(s.Keys, [33]byte(point.SerializeCompressed()))
		a, err := address.NewAddressPubKey(point.SerializeCompressed(), &chaincfg.RegressionNetParams)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, a)
	}
	slices.SortFunc(keys, func(x, y *address.AddressPubKey) int { return bytes.Compare(x.ScriptAddress(), y.ScriptAddress()) })
	var err error
	if s.Witness, err = txscript.MultiSigScript(keys, m); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(s.Witness)
	a, err := address.NewAddressWitnessScriptHash(sum[:], &chaincfg.RegressionNetParams)
	if err != nil {
		t.Fatal(err)
	}
	if s.Output, err = txscript.PayToAddrScript(a); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDeriveAgreesWithHDKeychain(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	indexes := []uint32{0, 1, 2, 255, 256, 257, 65_535, Hardened - 1, 7, 7}
	for range 20 {
		indexes = append(indexes, random.Uint32N(Hardened))
	}
	for _, size := range [][2]int{{1, 1}, {2, 2}, {2, 3}, {3, 5}, {8, 15}} {
		w := newTestWallet(t, size[0], size[1])
		for _, b := range []Branch{Receive, Change} {
			got, err := w.d.DeriveMany(b, indexes)
			if err != nil {
				t.Fatal(err)
			}
			for i, index := range indexes {
				if want := naive(t, w.accounts, size[0], b, index); !reflect.DeepEqual(got[i], want) {
					t.Fatalf("%d of %d, %s %d: want %+v, found %+v", size[0], size[1], b, index, want, got[i])
				}
			}
		}
	}
}

func TestDeriveManyIsDerive(t *testing.T) {
	w := newTestWallet(t, 2, 3)
	indexes := make([]uint32, 2*deriveChunk+3)
	for i := range indexes {
		indexes[i] = uint32(len(indexes) - i)
	}
	want := make([]Script, len(indexes))
	for i, index := range indexes {
		var err error
		if want[i], err = w.d.Derive(Change, index); err != nil {
			t.Fatal(err)
		}
	}
	for _, workers := range []int{-1, 0, 1, 2, 3, 1000} {
		got, err := w.d.DeriveParallel(Change, indexes, workers)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers: want what Derive returns, found other scripts", workers)
		}
	}
	if got, err := w.d.DeriveMany(Receive, nil); err != nil || len(got) != 0 {
		t.Errorf("no indexes: want no scripts, found %d, %v", len(got), err)
	}
}

// A reader may append to one script without touching its neighbours.
func TestScriptsDontShareCapacity(t *testing.T) {
	w := newTestWallet(t, 2, 3)
	got, err := w.d.DeriveMany(Receive, []uint32{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	_ = append(got[0].Witness, 0xff)
	_ = append(got[0].Output, 0xff)
	_ = append(got[0].Keys, [33]byte{})
	for i := range got {
		if want := naive(t, w.accounts, 2, Receive, uint32(i)); !reflect.DeepEqual(got[i], want) {
			t.Errorf("script %d: want it unchanged, found %+v", i, got[i])
		}
	}
}

func TestDeriveRefused(t *testing.T) {
	w := newTestWallet(t, 2, 3)
	tests := []struct {
		name    string
		d       *Descriptor
		b       Branch
		indexes []uint32
		want    string
	}{
		{"zero wallet", &Descriptor{}, Receive, []uint32{0}, "derive: want a wallet, found none"},
		{"third branch", w.d, 2, []uint32{0}, "derive: want branch 0 or 1, found 2"},
		{"hardened", w.d, Receive, []uint32{0, Hardened}, "derive: want an index below 2147483648, found 2147483648"},
		{"too many", w.d, Receive, make([]uint32, maxDerive+1), "derive: want at most 1000000 indexes, found 1000001"},
	}
	for _, test := range tests {
		_, err := test.d.DeriveMany(test.b, test.indexes)
		wantError(t, test.name, err, test.want)
	}
	_, err := w.d.Derive(Change, Hardened)
	wantError(t, "one", err, "derive: want an index below 2147483648, found 2147483648")
}

// Vectors of BIP-67; some of its keys are not on the curve.
func TestAppendMultisigBIP67(t *testing.T) {
	tests := []struct {
		keys         []string
		script, p2sh string
	}{
		{
			[]string{"02ff12471208c14bd580709cb2358d98975247d8765f92bc25eab3b2763ed605f8", "02fe6f0a5a297eb38c391581c4413e084773ea23954d93f7753db7dc0adc188b2f"},
			"522102fe6f0a5a297eb38c391581c4413e084773ea23954d93f7753db7dc0adc188b2f2102ff12471208c14bd580709cb2358d98975247d8765f92bc25eab3b2763ed605f852ae",
			"39bgKC7RFbpoCRbtD5KEdkYKtNyhpsNa3Z",
		},
		{
			[]string{"02632b12f4ac5b1d1b72b2a3b508c19172de44f6f46bcee50ba33f3f9291e47ed0", "027735a29bae7780a9755fae7a1c4374c656ac6a69ea9f3697fda61bb99a4f3e77", "02e2cc6bd5f45edd43bebe7cb9b675f0ce9ed3efe613b177588290ad188d11b404"},
			"522102632b12f4ac5b1d1b72b2a3b508c19172de44f6f46bcee50ba33f3f9291e47ed021027735a29bae7780a9755fae7a1c4374c656ac6a69ea9f3697fda61bb99a4f3e772102e2cc6bd5f45edd43bebe7cb9b675f0ce9ed3efe613b177588290ad188d11b40453ae",
			"3CKHTjBKxCARLzwABMu9yD85kvtm7WnMfH",
		},
		{
			[]string{"030000000000000000000000000000000000004141414141414141414141414141", "020000000000000000000000000000000000004141414141414141414141414141", "020000000000000000000000000000000000004141414141414141414141414140", "030000000000000000000000000000000000004141414141414141414141414140"},
			"522102000000000000000000000000000000000000414141414141414141414141414021020000000000000000000000000000000000004141414141414141414141414141210300000000000000000000000000000000000041414141414141414141414141402103000000000000000000000000000000000000414141414141414141414141414154ae",
			"32V85igBri9zcfBRVupVvwK18NFtS37FuD",
		},
		{
			[]string{"022df8750480ad5b26950b25c7ba79d3e37d75f640f8e5d9bcd5b150a0f85014da", "03e3818b65bcc73a7d64064106a859cc1a5a728c4345ff0b641209fba0d90de6e9", "021f2f6e1e50cb6a953935c3601284925decd3fd21bc445712576873fb8c6ebc18"},
			"5221021f2f6e1e50cb6a953935c3601284925decd3fd21bc445712576873fb8c6ebc1821022df8750480ad5b26950b25c7ba79d3e37d75f640f8e5d9bcd5b150a0f85014da2103e3818b65bcc73a7d64064106a859cc1a5a728c4345ff0b641209fba0d90de6e953ae",
			"3Q4sF6tv9wsdqu2NtARzNCpQgwifm2rAba",
		},
	}
	for i, test := range tests {
		var keys [][33]byte
		for _, k := range test.keys {
			keys = append(keys, [33]byte(decodeHex(t, k)))
		}
		got := appendMultisig(nil, 2, keys)
		if fmt.Sprintf("%x", got) != test.script {
			t.Errorf("vector %d: want %s, found %x", i+1, test.script, got)
		}
		a, err := address.NewAddressScriptHash(got, &chaincfg.MainNetParams)
		if err != nil || a.EncodeAddress() != test.p2sh {
			t.Errorf("vector %d: want %s, found %s, %v", i+1, test.p2sh, a, err)
		}
	}
}

// The sortedmulti vector of BIP-383, whose keys have other paths than ours:
// the keys are put in place by hand.
func TestDeriveBIP383(t *testing.T) {
	const (
		first  = "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL"
		second = "xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y"
	)
	d := &Descriptor{network: Mainnet, m: 2, keys: make([]AccountKey, 2)}
	for _, text := range []string{first, second} {
		key, err := hdkeychain.NewKeyFromString(text)
		if err != nil {
			t.Fatal(err)
		}
		for range strings.Count(text, "xpub68NZ") * 2 { // /0/0
			if key, err = key.Derive(0); err != nil {
				t.Fatal(err)
			}
		}
		point, err := key.ECPubKey()
		if err != nil {
			t.Fatal(err)
		}
		k := branchKey{public: [33]byte(point.SerializeCompressed()), chain: [32]byte(key.ChainCode())}
		own, err := secp256k1.ParsePubKey(k.public[:])
		if err != nil {
			t.Fatal(err)
		}
		own.AsJacobian(&k.point)
		d.branches[Receive] = append(d.branches[Receive], k)
	}
	for i, want := range []string{
		"5221025d5fc65ebb8d44a5274b53bac21ff8307fec2334a32df05553459f8b1f7fe1b62102fbd47cc8034098f0e6a94c6aeee8528abf0a2153a5d8e46d325b7284c046784652ae",
		"52210264fd4d1f5dea8ded94c61e9641309349b62f27fbffe807291f664e286bfbe6472103f4ece6dfccfa37b211eb3d0af4d0c61dba9ef698622dc17eecdf764beeb005a652ae",
		"5221022ccabda84c30bad578b13c89eb3b9544ce149787e5b538175b1d1ba259cbb83321024d902e1a2fc7a8755ab5b694c575fce742c48d9ff192e63df5193e4c7afe1f9c52ae",
	} {
		s, err := d.Derive(Receive, uint32(i))
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%x", s.Witness) != want {
			t.Errorf("index %d: want %s, found %x", i, want, s.Witness)
		}
	}
}

func TestScriptAddress(t *testing.T) {
	s, err := newTestWallet(t, 2, 3).d.Derive(Receive, 5)
	if err != nil {
		t.Fatal(err)
	}
	for n := Mainnet; n <= Regtest; n++ {
		want, ok := AddressOf(n, s.Output)
		if got := s.Address(n); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: want %s, found %s", n, want, got)
		}
	}
	if got := s.Address(0); got.String() != "" {
		t.Errorf("no network: want no address, found %s", got)
	}
	if got := (Script{}).Address(Regtest); got.String() != "" {
		t.Errorf("zero script: want no address, found %s", got)
	}
}

func TestBranchText(t *testing.T) {
	if got := fmt.Sprint(Receive, Change, Branch(2)); got != "receive change no branch" {
		t.Errorf("want receive change no branch, found %s", got)
	}
}

func BenchmarkDerive(b *testing.B) {
	w := newTestWallet(b, 2, 3)
	b.ReportAllocs()
	var i uint32
	for b.Loop() {
		if _, err := w.d.Derive(Receive, i); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkDeriveMany1024(b *testing.B) {
	w := newTestWallet(b, 2, 3)
	indexes := make([]uint32, 1024)
	for i := range indexes {
		indexes[i] = uint32(i)
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.d.DeriveParallel(Receive, indexes, workers); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1024, "us/script")
		})
	}
}

func BenchmarkDeriveHDKeychain(b *testing.B) {
	w := newTestWallet(b, 2, 3)
	var i uint32
	for b.Loop() {
		naive(b, w.accounts, 2, Receive, i)
		i++
	}
}

func BenchmarkScriptAddress(b *testing.B) {
	s, err := newTestWallet(b, 2, 3).d.Derive(Receive, 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s.Address(Regtest)
	}
}
