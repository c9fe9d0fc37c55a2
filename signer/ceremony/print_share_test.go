package ceremony

import (
	"crypto/sha256"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"filippo.io/age"

	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
)

const sheetPassphrase = "gravel tulip seven onion harbor mitten clock"

// shareWords are the words of one share of a key of these tests.
func shareWords(t testing.TB) []byte {
	t.Helper()
	secret := sha256.Sum256([]byte("secret"))
	groups, err := slip39.Split(secret[:], nil, slip39.Scheme{Extendable: true, Exponent: exponent, GroupThreshold: 1, Groups: []slip39.Group{{Threshold: 2, Count: 3}}},
		rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	words, err := groups[0][1].Words()
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// shareSheet is bob's, sealed for real to a passphrase or to a new hybrid key.
func shareSheet(t testing.TB, seal record.Seal) ShareSheet {
	t.Helper()
	words := shareWords(t)
	to, pass := "passphrase", []byte(sheetPassphrase)
	if seal == record.SealHybrid {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			t.Fatal(err)
		}
		to, pass = id.Recipient().String(), nil
	}
	file, err := keystore.SealShare(words, recipient(t, to), pass, 10)
	if err != nil {
		t.Fatal(err)
	}
	return ShareSheet{
		Vault: "acme-treasury", Signer: "signer-a", Chain: custody.Mainnet, Holder: "bob", File: file,
		Shares: record.Shares{
			Fingerprint: [4]byte{0x73, 0xc5, 0xda, 0x0a}, Generation: 2, Groups: 1, Sites: []record.ShareGroup{{Need: 2, Site: "geneva"}},
			Shares: []record.Share{
				{Group: 1, Number: 1, Holder: "alice", Seal: record.SealHardware, Commitment: hashOf("alice's")},
				{Group: 1, Number: 2, Holder: "bob", Seal: seal, Commitment: text.Hash(keystore.CommitShare(words))},
			},
		},
	}
}

// wallet is one of n keys that nobody has.
func wallet(t testing.TB, n int) *custody.Descriptor {
	t.Helper()
	var keys []custody.AccountKey
	for i := range n {
		secret := sha256.Sum256([]byte{byte(i)})
		seed, err := keystore.NewSeed(secret[:])
		if err != nil {
			t.Fatal(err)
		}
		account, err := seed.Account(custody.Testnet, 0)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, account.Key())
	}
	d, err := custody.NewSortedMulti(custody.Testnet, n/2+1, keys)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What the codes hold is the share, by the commands on the sheet.
func TestShareComesBackFromItsCodes(t *testing.T) {
	for seal, want := range map[record.Seal]int{record.SealPassphrase: 1, record.SealHybrid: 4} {
		s := shareSheet(t, seal)
		b, err := PrintShare(s)
		if err != nil {
			t.Fatal(err)
		}
		codes := codesOf(t, b)
		if len(codes) != want {
			t.Errorf("%s: want %d codes, found %d", seal, want, len(codes))
		}
		file, err := base64.StdEncoding.DecodeString(strings.Join(codes, ""))
		if err != nil || string(file) != string(s.File) {
			t.Fatalf("%s: want the sealed file, found %d bytes, %v", seal, len(file), err)
		}
		for _, c := range codes {
			if _, err := base64.StdEncoding.DecodeString(c); err != nil || len(c) > codeText {
				t.Errorf("%s: want parts of at most %d characters that decode alone, found %d %v", seal, codeText, len(c), err)
			}
		}
		if seal == record.SealHybrid {
			continue
		}
		with, err := keystore.WithPassphrase([]byte(sheetPassphrase))
		if err != nil {
			t.Fatal(err)
		}
		if words, err := keystore.OpenShare(file, with); err != nil || string(words) != string(shareWords(t)) {
			t.Errorf("want the words back, found others, %v", err)
		}
	}
}

func TestWordsArePrintedOnlyWhenAskedFor(t *testing.T) {
	s, words := shareSheet(t, record.SealPassphrase), shareWords(t)
	list := strings.ReplaceAll(string(words), " ", "</li><li>")
	b, err := PrintShare(s)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), list) || strings.Contains(string(b), string(words)) || strings.Contains(string(b), "CLEAR WORDS") {
		t.Error("want a sheet without words, found some")
	}
	b, err = PrintShareInClear(s, words)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "<li>"+list+"</li>") || strings.Count(string(b), "CLEAR WORDS") != 2 {
		t.Error("want the words, marked in capitals, found none")
	}
	if n := testing.AllocsPerRun(10, func() { withWords("top", words, "below") }); n != 1 {
		t.Errorf("want the words in one piece of memory, found %v", n)
	}
}

func TestShareSheetRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*ShareSheet)
		want string
	}{
		{"no holder", func(s *ShareSheet) { s.Holder = "zoe" }, `share sheet: want a holder of the generation, found "zoe"`},
		{"nothing", func(s *ShareSheet) { *s = ShareSheet{} }, `share sheet: want a holder of the generation, found ""`},
		{"a group that there is not", func(s *ShareSheet) { s.Shares.Sites = nil }, "share sheet: want a group of 1 to 0, found 1"},
		{"no file", func(s *ShareSheet) { s.File = nil }, "share sheet: want a file of 1 to 16384 bytes, found 0"},
		{"a long file", func(s *ShareSheet) { s.File = make([]byte, 16385) }, "share sheet: want a file of 1 to 16384 bytes, found 16385"},
	} {
		s := shareSheet(t, record.SealPassphrase)
		c.do(&s)
		if b, err := PrintShare(s); err == nil || err.Error() != c.want || b != nil {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
		if b, err := PrintShareInClear(s, shareWords(t)); err == nil || err.Error() != c.want || b != nil {
			t.Errorf("%s, in clear: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestWordsOfAnotherShareAreNotPrinted(t *testing.T) {
	s := shareSheet(t, record.SealPassphrase)
	s.Shares.Shares[1].Commitment = hashOf("x")
	for words, want := range map[string]string{
		string(shareWords(t)): "share sheet: want the words of this share, found those of another",
		"":                    "share sheet: words: share: want 20 to 59 words, found 1",
	} {
		if b, err := PrintShareInClear(s, []byte(words)); err == nil || err.Error() != want || b != nil {
			t.Errorf("want %q, found %v", want, err)
		}
	}
}
