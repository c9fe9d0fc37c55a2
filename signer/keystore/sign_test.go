package keystore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/v2"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"strongroom/custody"
	"strongroom/signer/keystore/bip39"
)

func testAccount(t testing.TB, label byte, n custody.Network) *Account {
	t.Helper()
	a, err := testSeed(t, label).Account(n, 0)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func digestOf(i int) [32]byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(i))
	return sha256.Sum256(b[:])
}

// hdkeychain walks the same path from the same words, on every network.
func TestAccountEqualsHDKeychain(t *testing.T) {
	s := testSeed(t, 8)
	stretched, err := bip39.Seed(testMnemonic(t, 8), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []custody.Network{custody.Mainnet, custody.Testnet, custody.Signet, custody.Regtest} {
		for _, account := range []uint32{0, 1, maxAccount} {
			a, err := s.Account(n, account)
			if err != nil {
				t.Fatal(err)
			}
			params, _ := n.Params()
			k, err := hdkeychain.NewMaster(stretched[:], params)
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []uint32{48, n.CoinType(), account, 2} {
				if k, err = k.Derive(hdkeychain.HardenedKeyStart + step); err != nil {
					t.Fatal(err)
				}
			}
			public, err := k.Neuter()
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Key().Extended(); got != public.String() {
				t.Errorf("%s account %d: want %s, found %s", n, account, public, got)
			}
			checkChildren(t, a, k)
		}
	}
}

func checkChildren(t *testing.T, a *Account, k *hdkeychain.ExtendedKey) {
	t.Helper()
	for b := custody.Receive; b <= custody.Change; b++ {
		branch, err := k.Derive(uint32(b))
		if err != nil {
			t.Fatal(err)
		}
		keys := a.secret().children()
		for _, index := range []uint32{0, 1, 77, maxIndex} {
			child, err := branch.Derive(index)
			if err != nil {
				t.Fatal(err)
			}
			want, err := child.ECPrivKey()
			if err != nil {
				t.Fatal(err)
			}
			var got secp256k1.ModNScalar
			if err := keys.private(b, index, &got); err != nil || got.Bytes() != want.Key.Bytes() {
				t.Errorf("%s %d: want the key of hdkeychain, found another, %v", b, index, err)
			}
		}
	}
}

// An account of the well-known all-abandon seed, as any BIP-39 tool shows it.
func TestMasterFingerprintOfTheAllAbandonSeed(t *testing.T) {
	s, err := SeedOfMnemonic([]byte(strings.Repeat("abandon ", 23)+"art"), nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Account(custody.Mainnet, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.Key().Origin().String(), "5436d724/48h/0h/0h/2h"; got != want {
		t.Errorf("want %s, found %s", want, got)
	}
}

// A key and its signature as they have always been: whoever restored from these
// words before gets the same.
func TestKeyAndSignatureOfKnownWords(t *testing.T) {
	words := "announce spawn seat reflect identify public found clip blade enlist magic bargain pause lucky hair thrive foam reunion final come noble argue century dose"
	for _, c := range []struct {
		network        custody.Network
		key, signature string
	}{
		{custody.Mainnet, "xpub6DbiaGvznCgVrfx19LNZ8nwtAwMjzCD1ETikFkhZSkhhKZqq7DxinG6CPEuR2sVKxyT4zD2KTG4Rha49dfyHk5DeGaA5VTYnt13JdzoHsbM",
			"30440220617efdfb24c27bcf58c3c196ffcc1584786fb30c7af59e2b01703a59c98a5b5802205b15965604c61ee764abd7b7778596b4e3f46e09e8b95526e5983a246026c97601"},
		{custody.Regtest, "tpubDEZCtLASQwFqCyCah2HZDgAYFRcE1JH49SQjzeFNP8S2FC4MU6cvYe5npQBchaqt83se6FRc9rr3ub7Y3g8xer8htuf9n1F7mYW9j93avte",
			"3044022029d7f108de7bf0c4dff9b55a177112151f7c3eb7b372136952fa3281f0fd24820220453e226c2ca5663b82b50f76a5f607d9351fac7d8e0bfee5ac336ac2f0221efd01"},
	} {
		s, err := SeedOfMnemonic([]byte(words), nil)
		if err != nil || !s.Equal(testSeed(t, 9)) {
			t.Fatalf("want the seed of the other tests, found %v", err)
		}
		a, err := s.Account(c.network, 0)
		if err != nil || a.Key().Extended() != c.key {
			t.Fatalf("want %s, found %v", c.key, err)
		}
		if sig, err := a.Sign(custody.Change, 7, digestOf(1)); err != nil || hex.EncodeToString(sig) != c.signature {
			t.Errorf("%s: want %s, found %x, %v", c.network, c.signature, sig, err)
		}
	}
}

// referenceLowR signs with the library's pieces and math/big, the way Bitcoin
// Core's CKey::Sign reads: sign, and while R is high sign again with the next
// counter.
func referenceLowR(key *secp256k1.PrivateKey, digest [32]byte) (sig []byte, tries int) {
	n, d := secp256k1.S256().N, new(big.Int).SetBytes(key.Serialize())
	e := new(big.Int).SetBytes(digest[:])
	for counter := uint32(0); ; counter++ {
		var extra []byte
		if counter > 0 {
			extra = make([]byte, 32)
			binary.LittleEndian.PutUint32(extra, counter)
		}
		nonce := secp256k1.NonceRFC6979(key.Serialize(), digest[:], extra, nil, 0)
		kb := nonce.Bytes()
		x, _ := secp256k1.S256().ScalarBaseMult(kb[:])
		r := new(big.Int).Mod(x, n)
		if r.BitLen() == 256 {
			continue
		}
		s := new(big.Int).Mul(r, d)
		s.Add(s, e).Mul(s, new(big.Int).ModInverse(new(big.Int).SetBytes(kb[:]), n)).Mod(s, n)
		if s.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
			s.Sub(n, s)
		}
		var rs, ss secp256k1.ModNScalar
		rs.SetByteSlice(r.Bytes())
		ss.SetByteSlice(s.Bytes())
		return append(ecdsa.NewSignature(&rs, &ss).Serialize(), 0x01), int(counter) + 1
	}
}

func TestSignaturesAreLowRAsBitcoinCoreGrindsThem(t *testing.T) {
	a := testAccount(t, 9, custody.Regtest)
	keys := a.secret().children()
	ground := 0
	for i := range 200 {
		branch, index, digest := custody.Branch(i%2), uint32(i*31), digestOf(i)
		got, err := a.Sign(branch, index, digest)
		if err != nil {
			t.Fatal(err)
		}
		var scalar secp256k1.ModNScalar
		if err := keys.private(branch, index, &scalar); err != nil {
			t.Fatal(err)
		}
		key := secp256k1.NewPrivateKey(&scalar)
		want, tries := referenceLowR(key, digest)
		if !bytes.Equal(got, want) {
			t.Fatalf("signature %d: want %x, found %x", i, want, got)
		}
		if plain := append(ecdsa.Sign(key, digest[:]).Serialize(), 1); tries == 1 != bytes.Equal(got, plain) {
			t.Errorf("signature %d: want plain RFC 6979 exactly if its R is low", i)
		}
		if len(got) > 71 {
			t.Errorf("signature %d: want at most 71 bytes, found %d", i, len(got))
		}
		if err := custody.VerifyECDSA([33]byte(key.PubKey().SerializeCompressed()), digest, got); err != nil {
			t.Errorf("signature %d: %v", i, err)
		}
		if tries > 1 {
			ground++
		}
	}
	if ground < 60 || ground > 140 {
		t.Errorf("want about half of 200 signatures ground, found %d", ground)
	}
}

// Two deterministic signatures of Bitcoin Core's own tests (key_tests.cpp).
func TestSignaturesOfBitcoinCoresKeyTests(t *testing.T) {
	first := sha256.Sum256([]byte("Very deterministic message"))
	digest := sha256.Sum256(first[:])
	for _, c := range []struct{ wif, want string }{
		{"5HxWvvfubhXpYYpS3tJkw6fq9jE9j18THftkZjHHfmFiWtmAbrj",
			"304402205dbbddda71772d95ce91cd2d14b592cfbc1dd0aabd6a394b6c2d377bbe59d31d022014ddda21494a4e221f0824f0b8b924c43fa43c0ad57dccdaa11f81a6bd4582f6"},
		{"5KC4ejrDjv152FGwP386VD1i2NYc5KkfSMyv1nGy1VGDxGHqVY3",
			"3044022052d8a32079c11e79db95af63bb9600c5b04f21a9ca33dc129c2bfa8ac9dc1cd5022061d8ae5e0f6c1a16bde3719c64c2fd70e404b6428ab9a69566962e8771b5944d"},
	} {
		w, err := btcutil.DecodeWIF(c.wif)
		if err != nil {
			t.Fatal(err)
		}
		got, err := signLowR(&w.PrivKey.Key, &digest)
		if err != nil || hex.EncodeToString(got[:len(got)-1]) != c.want {
			t.Errorf("want %s, found %x, %v", c.want, got, err)
		}
	}
}

func TestInverseEqualsTheLibrarys(t *testing.T) {
	for i := range 50 {
		var k, blind, want secp256k1.ModNScalar
		d, e := digestOf(i), digestOf(-i-1)
		k.SetBytes(&d)
		blind.SetBytes(&e)
		want.InverseValNonConst(&k)
		if got := invert(&k, &blind); !got.Equals(&want) {
			t.Errorf("inverse %d differs", i)
		}
	}
}

func TestSignManyEqualsSignOnAnyNumberOfWorkers(t *testing.T) {
	a := testAccount(t, 10, custody.Mainnet)
	jobs := make([]Job, 37)
	want := make([][]byte, len(jobs))
	for i := range jobs {
		jobs[i] = Job{Branch: custody.Branch(i % 2), Index: uint32(i), Digest: digestOf(i)}
		var err error
		if want[i], err = a.Sign(jobs[i].Branch, jobs[i].Index, jobs[i].Digest); err != nil {
			t.Fatal(err)
		}
	}
	for _, workers := range []int{1, 2, 3, 37, maxWorkers} {
		got, err := a.SignMany(jobs, workers)
		if err != nil || fmt.Sprintf("%x", got) != fmt.Sprintf("%x", want) {
			t.Errorf("%d workers: want the same signatures, found others, %v", workers, err)
		}
	}
	if got, err := a.SignMany(nil, 4); err != nil || len(got) != 0 {
		t.Errorf("no jobs: found %d, %v", len(got), err)
	}
}

func TestSignRefuses(t *testing.T) {
	a := testAccount(t, 11, custody.Mainnet)
	ok := Job{Digest: digestOf(1)}
	cases := []struct {
		name    string
		jobs    []Job
		workers int
		want    string
	}{
		{"third branch", []Job{ok, {Branch: 2, Digest: digestOf(1)}}, 1, "sign: job 2: want branch 0 or 1, found 2"},
		{"hardened index", []Job{{Index: 1 << 31, Digest: digestOf(1)}}, 1, "sign: job 1: want an index of at most 2147483647, found 2147483648"},
		{"no digest", []Job{{Index: 1}}, 1, "sign: job 1: want a digest, found zeros"},
		{"no workers", []Job{ok}, 0, "sign: want 1 to 256 workers, found 0"},
		{"too many workers", []Job{ok}, 257, "sign: want 1 to 256 workers, found 257"},
		{"flood", make([]Job, maxJobs+1), 1, "sign: want at most 100000 jobs, found 100001"},
	}
	for _, c := range cases {
		if out, err := a.SignMany(c.jobs, c.workers); err == nil || err.Error() != c.want || out != nil {
			t.Errorf("%s: want %q and no signature, found %v", c.name, c.want, err)
		}
	}
	s := testSeed(t, 11)
	if _, err := s.Account(0, 0); err == nil || err.Error() != "account: want a network, found no network" {
		t.Errorf("no network: found %v", err)
	}
	if _, err := s.Account(custody.Mainnet, 1<<31); err == nil || err.Error() != "account: want a number of at most 2147483647, found 2147483648" {
		t.Errorf("hardened account: found %v", err)
	}
}

func TestKeyRecordProvesPossession(t *testing.T) {
	a := testAccount(t, 12, custody.Regtest)
	r, err := a.KeyRecord("signer-a of acme-treasury")
	if err != nil {
		t.Fatal(err)
	}
	back, err := custody.ParseKeyRecord(custody.Regtest, r.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := back.Verify(); err != nil || !back.Key.SameMaterial(a.Key()) {
		t.Errorf("want a record that verifies, found %v", err)
	}
	back.Description = "another"
	if err := back.Verify(); err == nil {
		t.Error("want a changed description refused, found it accepted")
	}
	if _, err := a.KeyRecord("line\nbreak"); err == nil || err.Error() != "key record: want a description in printable ASCII, found byte 0a" {
		t.Errorf("line break: found %v", err)
	}
}

// Every key of a wallet signs for its own place in a derived script.
func TestSignatureVerifiesUnderTheDescriptorsKeys(t *testing.T) {
	accounts := []*Account{testAccount(t, 13, custody.Regtest), testAccount(t, 14, custody.Regtest), testAccount(t, 15, custody.Regtest)}
	keys := make([]custody.AccountKey, len(accounts))
	for i, a := range accounts {
		keys[i] = a.Key()
	}
	d, err := custody.NewSortedMulti(custody.Regtest, 2, keys)
	if err != nil {
		t.Fatal(err)
	}
	for b := custody.Receive; b <= custody.Change; b++ {
		for _, index := range []uint32{0, 9, maxIndex} {
			script, err := d.Derive(b, index)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range accounts {
				sig, err := a.Sign(b, index, digestOf(i))
				if err != nil {
					t.Fatal(err)
				}
				if err := custody.VerifyECDSA(script.Keys[i], digestOf(i), sig); err != nil {
					t.Errorf("%s %d key %d: %v", b, index, i, err)
				}
			}
		}
	}
}

func BenchmarkSignMany1000(b *testing.B) {
	a := testAccount(b, 16, custody.Mainnet)
	jobs := make([]Job, 1000)
	for i := range jobs {
		jobs[i] = Job{Index: uint32(i), Digest: digestOf(i)}
	}
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			for b.Loop() {
				if _, err := a.SignMany(jobs, workers); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "us/signature")
		})
	}
}
