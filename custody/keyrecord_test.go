package custody

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// The records of BIP-129's vectors without encryption and with extended keys.
var bip129Records = []string{
	"BSMS 1.0\n00\n[1cf0bf7e/48'/0'/0'/2']xpub6FL8FhxNNUVnG64YurPd16AfGyvFLhh7S2uSsDqR3Qfcm6o9jtcMYwh6DvmcBF9qozxNQmTCVvWtxLpKTnhVLN3Pgnu2D3pAoXYFgVyd8Yz\nSigner 1 key\nIB7v+qi1b+Xrwm/3bF+Rjl8QbIJ/FMQ40kUsOOQo1SqUWn5QlFWbBD8BKPRetfo1L1N7DmYjVscZNsmMrqRJGWw=",
	"BSMS 1.0\n00\n[4fc1dd4a/48'/0'/0'/2']xpub6EebMbEps7ZcV3FYEnddRsvrFWDrt2tiPmCeM7pPXQEmphvq9ZfJ1LWFUDjf3vxCeBuPrfyGrMazWUsYsetrnHatQZVLJH7LsgCjtMqdzgj\nSigner 2 key\nHzUa4Z76PFHMl54flIIF3XKiHZ+KbWjjxCEG5G3ZqZSqTd6OgTiFFLqq9PXJXdfYm6/cnL8IVWQgjFF9DQhIqQs=",
}

func TestKeyRecordBIP129(t *testing.T) {
	var keys []AccountKey
	for i, text := range bip129Records {
		r, err := ParseKeyRecord(Mainnet, []byte(text))
		if err != nil {
			t.Fatalf("record %d: %v", i+1, err)
		}
		if err := r.Verify(); err != nil {
			t.Errorf("record %d: %v", i+1, err)
		}
		if string(r.Bytes()) != text {
			t.Errorf("record %d: want the same bytes, found %q", i+1, r.Bytes())
		}
		keys = append(keys, r.Key)
	}
	// The wallet that the vectors make of the two keys, and its first address.
	d, err := NewSortedMulti(Mainnet, 2, keys)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Derive(Receive, 0)
	if err != nil {
		t.Fatal(err)
	}
	const want = "bc1qrgc6p3kylfztu06ysl752gwwuekhvtfh9vr7zg43jvu60mutamcsv948ej"
	if got := s.Address(Mainnet).String(); got != want {
		t.Errorf("first address: want %s, found %s", want, got)
	}
}

// The vectors of the encrypted modes sign a token of their own; the signed
// message has the same form.
func TestMessageDigestOtherTokens(t *testing.T) {
	records := []string{
		"BSMS 1.0\na54044308ceac9b7\n[b7868815/48'/0'/0'/2']xpub6FA5rfxJc94K1kNtxRby1hoHwi7YDyTWwx1KUR3FwskaF6HzCbZMz3zQwGnCqdiFeMTPV3YneTGS2YQPiuNYsSvtggWWMQpEJD4jXU7ZzEh\nSigner 1 key\nH8DYht5P6ko0bQqDV6MtUxpzBSK+aVHxbvMavA5byvLrOlCEGmO1WFR7k2wu42J6dxXD8vrmDQSnGq5MTMMbZ98=",
		"BSMS 1.0\n108a2360adb302774eb521daebbeda5e\n[793cc70b/48'/0'/0'/1']xpub6ErVmcYYHmavsMgxEcTZyzN5sqth1ZyRpFNJC26ij1wYGC2SBKYrgt9yariSbn7HLRoZUvhUhmPfsRTPrdhhGFscpPZzmch6UTdmRP1aZUj\nSigner 1 key\nILG47LpCtjoD9UxL87jo5QFqA90t8g9fDQp/KBojdKgPPGB1pMx2bf9hPdORNZIOdCc/2+Gs6AOs3BEK9ubIuBw=",
	}
	for _, text := range records {
		lines := strings.Split(text, "\n")
		k, err := ParseKeyExpression(Mainnet, lines[2])
		if err != nil {
			t.Fatal(err)
		}
		digest := MessageDigest([]byte(strings.Join(lines[:4], "\n")))
		public, _, err := ecdsa.RecoverCompact(decode64(t, lines[4]), digest[:])
		if err != nil {
			t.Fatal(err)
		}
		if own := k.PublicKey(); !bytes.Equal(public.SerializeCompressed(), own[:]) {
			t.Errorf("token %s: want the account key, found another", lines[1])
		}
		_, err = ParseKeyRecord(Mainnet, []byte(text))
		wantError(t, "token "+lines[1], err, "key record: want token 00, which is no encryption, found another")
	}
}

func TestKeyRecordRefused(t *testing.T) {
	good := bip129Records[0]
	tests := []struct{ name, text, want string }{
		{"final LF", good + "\n", "key record: want 5 lines with no LF after the last, found 6"},
		{"CRLF", strings.ReplaceAll(good, "\n", "\r\n"), `key record: want "BSMS 1.0" in line 1, found "BSMS 1.0\r"`},
		{"four lines", good[:strings.LastIndex(good, "\n")], "key record: want 5 lines with no LF after the last, found 4"},
		{"version", strings.Replace(good, "1.0", "1.1", 1), `key record: want "BSMS 1.0" in line 1, found "BSMS 1.1"`},
		{"token", strings.Replace(good, "\n00\n", "\n01\n", 1), "key record: want token 00, which is no encryption, found another"},
		{"h and quotes", strings.Replace(good, "48'", "48h", 1), "key record: account key: want hardened steps written h or ', found both"},
		{"no origin", strings.Replace(good, "[1cf0bf7e/48'/0'/0'/2']", "", 1), "key record: account key: want an origin in brackets before the key, found none"},
		{"plain public key", "BSMS 1.0\n00\n[59865f44/48'/0'/0'/2']026d15412460ba0d881c21837bb999233896085a9ed4e5445bd637c10e579768ba\nSigner 1 key\nH6DXgqkCb353BDPkzppMFpOcdJZlpur0WRetQhIBqSn6DFzoQWBtm+ibP5wERDRNi0bxxev9B+FIvyQWq0s6im4=", "key record: account key: want base58check: invalid format: version and/or checksum bytes missing"},
		{"long description", strings.Replace(good, "Signer 1 key", strings.Repeat("x", 81), 1), "key record: want a description of at most 80 characters, found 81"},
		{"tab in description", strings.Replace(good, "Signer 1", "Signer\t1", 1), "key record: want a description in printable ASCII, found byte 09"},
		{"short signature", strings.Replace(good, "IB7v", "", 1), "key record: want a signature of 65 bytes in base64 in line 5, found something else"},
		{"loose base64", good[:len(good)-2] + "x=", "key record: want a signature of 65 bytes in base64 in line 5, found something else"},
		{"CR in the signature", good + "\r", "key record: want its one canonical text, found another"},
		{"too long", good + strings.Repeat(" ", 512), "key record: want at most 512 bytes, found 760"},
		{"empty", "", "key record: want 5 lines with no LF after the last, found 1"},
	}
	for _, test := range tests {
		_, err := ParseKeyRecord(Mainnet, []byte(test.text))
		wantError(t, test.name, err, test.want)
	}
	_, err := ParseKeyRecord(Regtest, []byte(good))
	wantError(t, "other network", err, "key record: account key: want the version bytes 043587cf of a public key on regtest, found 0488b21e")
}

func TestKeyRecordForged(t *testing.T) {
	read := func(text string) KeyRecord {
		r, err := ParseKeyRecord(Mainnet, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	swapped := read(bip129Records[0])
	swapped.Signature = read(bip129Records[1]).Signature
	other := read(strings.Replace(bip129Records[0], "Signer 1", "Signer 9", 1))
	header := read(bip129Records[0])
	header.Signature[0] -= 4 // claims an uncompressed key
	high := read(bip129Records[0])
	high.Signature = malleated(high.Signature)
	token := read(bip129Records[0])
	token.Token = "01"
	const notTheirs = "key record: want a signature by the account key, found one by another key"
	tests := []struct {
		name   string
		record KeyRecord
		want   string
	}{
		{"signature of another record", swapped, notTheirs},
		{"description changed", other, notTheirs},
		{"uncompressed header", header, "key record: want a signature header of 31 to 34, found 28"},
		{"high S", high, "key record: want a signature with low S, found high S"},
		{"token", token, "key record: want token 00, which is no encryption, found another"},
		{"zero", KeyRecord{}, "key record: want token 00, which is no encryption, found another"},
		{"zero key", KeyRecord{Token: "00"}, "key record: want an account key, found none"},
	}
	for _, test := range tests {
		wantError(t, test.name, test.record.Verify(), test.want)
	}
	if b := (KeyRecord{}).Bytes(); b != nil {
		t.Errorf("zero record: want no bytes, found %q", b)
	}
}

func TestNewKeyRecord(t *testing.T) {
	w := newTestWallet(t, 2, 3)
	message, err := KeyRecordMessage(w.keys[0], "vault 1, place A")
	if err != nil {
		t.Fatal(err)
	}
	digest := MessageDigest(message)
	private, err := w.accounts[0].ECPrivKey()
	if err != nil {
		t.Fatal(err)
	}
	signature := [65]byte(ecdsa.SignCompact(secp256k1.PrivKeyFromBytes(private.Serialize()), digest[:], true))
	r, err := NewKeyRecord(w.keys[0], "vault 1, place A", signature)
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseKeyRecord(Regtest, r.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := back.Verify(); err != nil {
		t.Error(err)
	}
	_, err = NewKeyRecord(w.keys[1], "vault 1, place A", signature)
	wantError(t, "another key", err, "key record: want a signature by the account key, found one by another key")
}

// A wallet that writes h has signed what it wrote; the same signature is none of
// the text with quotes.
func TestKeyRecordWithHSignsItsOwnText(t *testing.T) {
	w := newTestWallet(t, 2, 3)
	text := "BSMS 1.0\n00\n" + w.keys[0].String() + "\nColdcard 7"
	digest := MessageDigest([]byte(text))
	private, err := w.accounts[0].ECPrivKey()
	if err != nil {
		t.Fatal(err)
	}
	text += "\n" + base64.StdEncoding.EncodeToString(ecdsa.SignCompact(secp256k1.PrivKeyFromBytes(private.Serialize()), digest[:], true))
	r, err := ParseKeyRecord(Regtest, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); err != nil || string(r.Bytes()) != text {
		t.Errorf("want it verified and written the same, found %v and %q", err, r.Bytes())
	}
	r.H = false
	wantError(t, "quotes", r.Verify(), "key record: want a signature by the account key, found one by another key")
}

// malleated replaces s by n - s, which signs the same for a lax verifier.
func malleated(signature [65]byte) [65]byte {
	var s secp256k1.ModNScalar
	s.SetByteSlice(signature[33:])
	s.Negate()
	s.PutBytesUnchecked(signature[33:])
	signature[0] = 31 + (signature[0] - 31) ^ 1
	return signature
}

func FuzzParseKeyRecord(f *testing.F) {
	for _, text := range bip129Records {
		f.Add([]byte(text))
	}
	f.Add([]byte(strings.ReplaceAll(bip129Records[0], "'", "h")))
	f.Add([]byte("BSMS 1.0\n00\n[]\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseKeyRecord(Mainnet, b)
		if err != nil {
			return
		}
		if !bytes.Equal(r.Bytes(), b) {
			t.Errorf("want the same bytes, found %q", r.Bytes())
		}
		_ = r.Verify()
	})
}
