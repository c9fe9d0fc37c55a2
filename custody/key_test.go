package custody

import (
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2/base58"
)

// Vector 1 of BIP-32: the master key of seed 000102030405060708090a0b0c0d0e0f
// has fingerprint 3442193e.
const (
	bip32First  = "[3442193e/0h]xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw"
	bip32Second = "[3442193e/0h/1]xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ"
	bip32Third  = "[3442193e/0h/1/2h]xpub6D4BDPcP2GT577Vvch3R8wDkScZWzQzMMUm3PWbmWvVJrZwQY4VUNgqFJPMM3No2dFDFGTsxxpG5uJh7n7epu4trkrX7x7DogT5Uv6fcLW5"
)

func TestParseAccountKeyBIP32(t *testing.T) {
	for _, text := range []string{bip32First, bip32Second, bip32Third} {
		k, err := ParseAccountKey(Mainnet, text)
		if err != nil {
			t.Fatal(err)
		}
		if k.String() != text {
			t.Errorf("want %s, found %s", text, k)
		}
		if k.Network() != Mainnet {
			t.Errorf("want mainnet, found %s", k.Network())
		}
		again, err := NewAccountKey(Mainnet, k.Origin(), k.PublicKey(), k.ChainCode(), k.parent)
		if err != nil || again.String() != text {
			t.Errorf("from its parts: want %s, found %s, %v", text, again, err)
		}
	}
}

// CKDpub of the second key from the first is what the vector says.
func TestBranchKeysBIP32(t *testing.T) {
	first, err := ParseAccountKey(Mainnet, bip32First)
	if err != nil {
		t.Fatal(err)
	}
	second, err := ParseAccountKey(Mainnet, bip32Second)
	if err != nil {
		t.Fatal(err)
	}
	got, err := branchKeys([]AccountKey{first}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].public != second.PublicKey() || got[0].chain != second.ChainCode() {
		t.Errorf("want child 1 of the vector, found %x", got[0].public)
	}
}

// retold encodes a changed serialization of a key again, with a right checksum.
func retold(t *testing.T, text string, change func(raw []byte)) string {
	t.Helper()
	origin, encoded, _ := strings.Cut(text, "]")
	raw, err := decodeExtended(encoded)
	if err != nil {
		t.Fatal(err)
	}
	change(raw)
	return origin + "]" + base58.CheckEncode(raw[1:], raw[0])
}

func TestParseAccountKeyRefused(t *testing.T) {
	encoded := bip32Third[strings.Index(bip32Third, "]")+1:]
	replace := func(origin string) string { return "[" + origin + "]" + encoded }
	tests := []struct{ name, text, want string }{
		{"empty", "", "account key: want an origin in brackets before the key, found none"},
		{"no origin", encoded, "account key: want an origin in brackets before the key, found none"},
		{"open bracket", "[3442193e/0h/1/2h" + encoded, "account key: want an origin in brackets before the key, found none"},
		{"apostrophes", replace("3442193e/0'/1/2'"), "account key: key origin: step 1: want a number below 2147483648, with h if it is hardened"},
		{"upper-case h", replace("3442193e/0H/1/2H"), "account key: key origin: step 1: want a number below 2147483648, with h if it is hardened"},
		{"upper-case fingerprint", replace("3442193E/0h/1/2h"), "account key: key origin: want it written as 3442193e/0h/1/2h, found another form of it"},
		{"short fingerprint", replace("442193e/0h/1/2h"), "account key: key origin: want a fingerprint of 8 hex digits, found 7 characters"},
		{"long fingerprint", replace("33442193e/0h/1/2h"), "account key: key origin: want a fingerprint of 8 hex digits, found 9 characters"},
		{"no hex", replace("3442193x/0h/1/2h"), "account key: key origin: want a fingerprint of 8 hex digits, found another character"},
		{"leading zero", replace("3442193e/00h/1/2h"), "account key: key origin: want it written as 3442193e/0h/1/2h, found another form of it"},
		{"plus", replace("3442193e/+0h/1/2h"), "account key: key origin: step 1: want a number below 2147483648, with h if it is hardened"},
		{"m in the path", replace("3442193e/m/0h/1/2h"), "account key: key origin: step 1: want a number below 2147483648, with h if it is hardened"},
		{"trailing slash", replace("3442193e/0h/1/2h/"), "account key: key origin: step 4: want a number below 2147483648, with h if it is hardened"},
		{"star in the origin", replace("3442193e/0h/1/2h/*"), "account key: key origin: step 4: want a number below 2147483648, with h if it is hardened"},
		{"step too large", replace("3442193e/0h/1/2147483650"), "account key: key origin: step 3: want a number below 2147483648, with h if it is hardened"},
		{"eleven steps", replace("3442193e" + strings.Repeat("/0", 11)), "account key: key origin: want at most 10 steps, found 11"},
		{"depth too small", replace("3442193e/0h/1/2h/2h"), "account key: want depth 4 as its origin has, found 3"},
		{"no path", replace("3442193e"), "account key: want depth 0 as its origin has, found 3"},
		{"other last step", replace("3442193e/0h/1/3h"), "account key: want child number 80000003 as its origin ends, found 80000002"},
		{"last step not hardened", replace("3442193e/0h/1/2"), "account key: want child number 00000002 as its origin ends, found 80000002"},
		{"checksum", bip32Third[:len(bip32Third)-1] + "6", "account key: want base58check: checksum error"},
		{"not base58", bip32Third[:len(bip32Third)-1] + "0", "account key: want base58check: invalid format: version and/or checksum bytes missing"},
		{"trailing space", bip32Third + " ", "account key: want base58check: invalid format: version and/or checksum bytes missing"},
		{"short", "[3442193e/0h/1/2h]" + base58.CheckEncode(make([]byte, 76), 4), "account key: want 78 bytes in base58check, found 77"},
		{"long", "[3442193e/0h/1/2h]" + base58.CheckEncode(make([]byte, 78), 4), "account key: want 78 bytes in base58check, found 79"},
		{"too long", "[" + strings.Repeat("1", 300), "account key: want at most 256 characters, found 301"},
		{"zpub version", retold(t, bip32Third, func(raw []byte) { copy(raw, []byte{0x02, 0xaa, 0x7e, 0xd3}) }), "account key: want the version bytes 0488b21e of a public key on mainnet, found 02aa7ed3"},
		{"private key", retold(t, bip32Third, func(raw []byte) { copy(raw, []byte{0x04, 0x88, 0xad, 0xe4}); raw[45] = 0 }), "account key: want the version bytes 0488b21e of a public key on mainnet, found 0488ade4"},
		{"uncompressed prefix", retold(t, bip32Third, func(raw []byte) { raw[45] = 4 }), "account key: want a compressed point on the curve: invalid public key: unsupported format: 4"},
		{"not on the curve", retold(t, bip32Third, func(raw []byte) { clear(raw[46:]); raw[77] = 5 }), "account key: want a compressed point on the curve: invalid public key: x coordinate 0000000000000000000000000000000000000000000000000000000000000005 is not on the secp256k1 curve"},
		{"parent of another master", retold(t, bip32First, func(raw []byte) { raw[5] ^= 1 }), "account key: want the parent fingerprint 3442193e of its origin, found 3542193e"},
		{"master key", "[3442193e]xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8", "account key: want an origin of 1 to 10 steps, found 0"},
	}
	for _, test := range tests {
		_, err := ParseAccountKey(Mainnet, test.text)
		wantError(t, test.name, err, test.want)
	}
	_, err := ParseAccountKey(Regtest, bip32Third)
	wantError(t, "other network", err, "account key: want the version bytes 043587cf of a public key on regtest, found 0488b21e")
	_, err = ParseAccountKey(0, bip32Third)
	wantError(t, "no network", err, "account key: want a network, found none")
}

// Somebody pastes a private key where a public one belongs: no error may carry
// it on.
func TestErrorsNeverRepeatAPrivateKey(t *testing.T) {
	const private = "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"
	inputs := []string{
		private, "[3442193e/0h]" + private, "[3442193e/0h" + private, "[" + private + "]" + private, "[3442193e/" + private + "]",
		private + "#qqqqqqqq", withChecksum(private), withChecksum("wsh(sortedmulti(1," + private + "/<0;1>/*))"),
		withChecksum("wsh(sortedmulti(1," + private + "))"), withChecksum("wsh(" + private + ")"), withChecksum("wsh(sortedmulti(" + private + "))"),
		"BSMS 1.0\n00\n" + private + "\n\n", "BSMS 1.0\n" + private + "\n\n\n",
	}
	for _, s := range inputs {
		_, key := ParseAccountKey(Mainnet, s)
		_, descriptor := ParseDescriptor(Mainnet, s)
		_, record := ParseKeyRecord(Mainnet, []byte(s))
		for _, err := range []error{key, descriptor, record} {
			if err == nil {
				t.Errorf("%q: want a refusal, found none", s)
			} else if strings.Contains(err.Error(), private[:16]) {
				t.Errorf("want no key in the error, found %q", err)
			}
		}
	}
}

func TestNewAccountKeyRefused(t *testing.T) {
	k, err := ParseAccountKey(Mainnet, bip32Third)
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewAccountKey(0, k.Origin(), k.PublicKey(), k.ChainCode(), k.parent)
	wantError(t, "no network", err, "account key: want a network, found none")
	_, err = NewAccountKey(Mainnet, KeyOrigin{}, k.PublicKey(), k.ChainCode(), k.parent)
	wantError(t, "no path", err, "account key: want an origin of 1 to 10 steps, found 0")
	_, err = NewAccountKey(Mainnet, k.Origin(), [33]byte{}, k.ChainCode(), k.parent)
	wantError(t, "zero key", err, "account key: want a compressed point on the curve: invalid public key: unsupported format: 0")
}

func TestSameMaterial(t *testing.T) {
	k, err := ParseAccountKey(Mainnet, bip32Third)
	if err != nil {
		t.Fatal(err)
	}
	renamed, err := NewAccountKey(Mainnet, KeyOrigin{Fingerprint: [4]byte{1, 2, 3, 4}, Path: BIP48P2WSH(Mainnet, 7)}, k.PublicKey(), k.ChainCode(), [4]byte{9})
	if err != nil {
		t.Fatal(err)
	}
	chain := k.ChainCode()
	chain[0] ^= 1
	other, err := NewAccountKey(Mainnet, k.Origin(), k.PublicKey(), chain, k.parent)
	if err != nil {
		t.Fatal(err)
	}
	if !k.SameMaterial(renamed) {
		t.Error("another origin: want the same material, found another")
	}
	if k.SameMaterial(other) {
		t.Error("another chain code: want other material, found the same")
	}
	if (AccountKey{}).SameMaterial(AccountKey{}) {
		t.Error("zero keys: want no match, found one")
	}
}

func TestZeroAccountKey(t *testing.T) {
	if got := (AccountKey{}).Extended(); got != "" {
		t.Errorf("want no text, found %q", got)
	}
}

func TestOriginIsACopy(t *testing.T) {
	path := BIP48P2WSH(Regtest, 3)
	if want := []uint32{48 | Hardened, 1 | Hardened, 3 | Hardened, 2 | Hardened}; !slices.Equal(path, want) {
		t.Errorf("BIP-48: want %v, found %v", want, path)
	}
	k, err := ParseAccountKey(Mainnet, bip32Third)
	if err != nil {
		t.Fatal(err)
	}
	k.Origin().Path[0] = 7
	if k.String() != bip32Third {
		t.Errorf("want the key unchanged, found %s", k)
	}
}

func FuzzParseAccountKey(f *testing.F) {
	for _, s := range []string{bip32First, bip32Second, bip32Third, "[3442193e/0h/1/2h]", "[]", "[3442193e/4294967295]xpub"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for n := Mainnet; n <= Regtest; n++ {
			k, err := ParseAccountKey(n, s)
			if err == nil && k.String() != s {
				t.Errorf("want %q, found %q", s, k)
			}
		}
	})
}
