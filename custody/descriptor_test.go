package custody

import (
	"fmt"
	"strings"
	"testing"
)

// A descriptor with its checksum as another wallet's test suite has it, with
// keys of the seeds that many projects test with.
const foreignDescriptor = "wsh(sortedmulti(2,[02e8bff2/48h/1h/0h/2h]tpubDESmyzX6RMHRHvzxgLVXymd193CSYYT6C9M9wa4XK649tbAy2WeEvkPwBgoC7i76MypQxpuruUazQjqibbCogTZuENJX6YiuZ5Fy8sf7GNi/<0;1>/*,[8cb36b38/48h/1h/0h/2h]tpubDESTVwqbbaSoN2mPq7tcWkPBpRBkaEADrUzUhRTVnNef6oVn6w2PHL4zoUjUAJSPLJQRBetkgX4sDRcoaCyFHxqHGyWyaiV8REKDkh7zQac/<0;1>/*,[73c5da0a/48h/1h/0h/2h]tpubDFH9dgzveyD8zTbPUFuLrGmCydNvxehyNdUXKJAQN8x4aZ4j6UZqGfnqFrD4NqyaTVGKbvEW54tsvPTK2UoSbCC1PJY8iCNiwTL3RWZEheQ/<0;1>/*))#jpxgnm0a"

func TestParseDescriptor(t *testing.T) {
	d, err := ParseDescriptor(Testnet, foreignDescriptor)
	if err != nil {
		t.Fatal(err)
	}
	if d.String() != foreignDescriptor || d.M() != 2 || d.N() != 3 || d.Network() != Testnet {
		t.Errorf("want the same wallet back, found %d of %d on %s: %s", d.M(), d.N(), d.Network(), d)
	}
	if got := fmt.Sprint(d.Keys()[1].Origin()); got != "8cb36b38/48h/1h/0h/2h" {
		t.Errorf("want the keys in their order, found %s second", got)
	}
	back, err := ParseDescriptorFile(Testnet, d.File())
	if err != nil || back.Hash() != d.Hash() {
		t.Errorf("from its file: want the same hash, found another, %v", err)
	}
}

// A hash in a policy stands for these bytes for ever.
func TestDescriptorGolden(t *testing.T) {
	w := newTestWallet(t, 2, 3)
	const text = goldenDescriptor
	if w.d.String() != text {
		t.Errorf("want %s, found %s", text, w.d)
	}
	if got := fmt.Sprintf("%x", w.d.Hash()); got != goldenHash {
		t.Errorf("hash: want %s, found %s", goldenHash, got)
	}
	for i, want := range goldenAddresses {
		s, err := w.d.Derive(Branch(i/2), uint32(i%2))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Address(Regtest).String(); got != want {
			t.Errorf("%s %d: want %s, found %s", s.Branch, s.Index, want, got)
		}
	}
}

func TestChecksumBIP380(t *testing.T) {
	if got := withChecksum("raw(deadbeef)"); got != "raw(deadbeef)#89f8spxm" {
		t.Errorf("want the checksum 89f8spxm, found %s", got)
	}
	tests := []struct{ name, text, want string }{
		{"no checksum", "raw(deadbeef)", "descriptor: want # and a checksum of 8 characters at the end, found none"},
		{"missing checksum", "raw(deadbeef)#", "descriptor: want a checksum of 8 characters, found 0"},
		{"too long", "raw(deadbeef)#89f8spxmx", "descriptor: want a checksum of 8 characters, found 9"},
		{"too short", "raw(deadbeef)#89f8spx", "descriptor: want a checksum of 8 characters, found 7"},
		{"error in the payload", "raw(deedbeef)#89f8spxm", `descriptor: want checksum xj8ljs75, found "89f8spxm"`},
		{"error in the checksum", "raw(deedbeef)##9f8spxm", "descriptor: want a checksum of 8 characters, found 7"},
		{"characters", "raw(Ü)#00000000", "descriptor: want only characters of BIP-380, found byte c3 at 4"},
		{"right, but no wallet", "raw(deadbeef)#89f8spxm", `descriptor: want wsh(sortedmulti(...)), found "raw("`},
	}
	for _, test := range tests {
		_, err := ParseDescriptor(Mainnet, test.text)
		wantError(t, test.name, err, test.want)
	}
}

func TestParseDescriptorRefused(t *testing.T) {
	body := foreignDescriptor[:len(foreignDescriptor)-9]
	inner := body[len(descriptorOpen)+2 : len(body)-2]
	keys := strings.Split(inner, ",")
	change := func(old, new string) string { return withChecksum(strings.ReplaceAll(body, old, new)) }
	const form = "descriptor: want wsh(sortedmulti(...)), found "
	const steps = "descriptor: key 1: want it to end in /<0;1>/*, found another ending"
	tests := []struct{ name, text, want string }{
		{"empty", "", "descriptor: want # and a checksum of 8 characters at the end, found none"},
		{"case of the checksum", strings.Replace(foreignDescriptor, "#jpxgnm0a", "#JPXGNM0A", 1), `descriptor: want checksum jpxgnm0a, found "JPXGNM0A"`},
		{"one character changed", strings.Replace(foreignDescriptor, "02e8bff2", "02e8bff3", 1), `descriptor: want checksum ` + withChecksum(strings.Replace(body, "02e8bff2", "02e8bff3", 1))[len(body)+1:] + `, found "jpxgnm0a"`},
		{"multi", change("sortedmulti", "multi"), form + `"wsh(multi("`},
		{"sh", change("wsh(", "sh("), form + `"sh(sortedmulti("`},
		{"nested", withChecksum("sh(" + body + ")"), form + `"sh(wsh(sortedmulti("`},
		{"taproot", withChecksum("tr(" + keys[0] + ")"), form + `"tr("`},
		{"upper case", change("wsh", "WSH"), form + "something else"},
		{"space", change(",", ", "), "descriptor: key 1: account key: want an origin in brackets before the key, found none"},
		{"no end", withChecksum(body[:len(body)-1]), "descriptor: want wsh(sortedmulti(...)), found no )) at the end"},
		{"trailing text", withChecksum(body + "x"), "descriptor: want wsh(sortedmulti(...)), found no )) at the end"},
		{"apostrophes", change("h/", "'/"), "descriptor: key 1: account key: key origin: step 1: want a number below 2147483648, with h if it is hardened"},
		{"one branch", change("/<0;1>/*", "/0/*"), steps},
		{"branches exchanged", change("<0;1>", "<1;0>"), steps},
		{"other branches", change("<0;1>", "<2;3>"), steps},
		{"three branches", change("<0;1>", "<0;1;2>"), steps},
		{"hardened branch", change("<0;1>", "<0h;1h>"), steps},
		{"no star", change("/*", ""), steps},
		{"hardened star", change("/*", "/*h"), steps},
		{"policy form", change("/<0;1>/*", "/**"), steps},
		{"path before the branch", change("/<0;1>/*", "/7/<0;1>/*"), "descriptor: key 1: account key: want base58check: invalid format: version and/or checksum bytes missing"},
		{"threshold zero", change("(2,", "(0,"), `descriptor: want a threshold of 1 to 15, found "0"`},
		{"threshold with zero", change("(2,", "(02,"), `descriptor: want a threshold of 1 to 15, found "02"`},
		{"threshold with plus", change("(2,", "(+2,"), `descriptor: want a threshold of 1 to 15, found "+2"`},
		{"threshold of words", change("(2,", "(a,"), `descriptor: want a threshold of 1 to 15, found "a"`},
		{"threshold missing", change("(2,", "("), `descriptor: want a threshold of 1 to 15, found 142 characters`},
		{"threshold too large", change("(2,", "(4,"), "descriptor: want a threshold of 1 to 3, found 4"},
		{"half", change("(2,", "(1,"), "descriptor: want a threshold of more than half of 3 keys, found 1: two disjoint sets of signers could pass the limits twice"},
		{"no keys", withChecksum("wsh(sortedmulti(1))"), "descriptor: want 1 to 15 keys, found 0"},
		{"sixteen keys", withChecksum("wsh(sortedmulti(9" + strings.Repeat(","+keys[0], 16) + "))"), "descriptor: want 1 to 15 keys, found 16"},
		{"a key twice", withChecksum("wsh(sortedmulti(2," + keys[0] + "," + keys[1] + "," + keys[0] + "))"), "descriptor: key 3: want a public key of its own, found that of key 1"},
		{"too long", strings.Repeat("x", 4097), "descriptor: want at most 4096 characters, found 4097"},
		{"a space before", " " + foreignDescriptor, `descriptor: want checksum ` + withChecksum(" " + body)[len(body)+2:] + `, found "jpxgnm0a"`},
		{"an LF after", foreignDescriptor + "\n", "descriptor: want a checksum of 8 characters, found 9"},
	}
	for _, test := range tests {
		_, err := ParseDescriptor(Testnet, test.text)
		wantError(t, test.name, err, test.want)
	}
	_, err := ParseDescriptor(Mainnet, foreignDescriptor)
	wantError(t, "other network", err, "descriptor: key 1: account key: want the version bytes 0488b21e of a public key on mainnet, found 043587cf")
}

// Every descriptor of BIP-389's vectors is of another form and refused.
func TestParseDescriptorBIP389(t *testing.T) {
	const a, b = "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL", "xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y"
	for _, body := range []string{
		"pk(" + b + "/<0;1>)", "pkh(" + a + "/<0;1;2>)", "wpkh([ffffffff/13h]" + a + "/<1;3>/2/*)", "multi(2," + a + "/<1;2>/*," + b + "/<3;4>/0/*)",
		"wpkh(" + a + "/<>/*)", "wpkh(" + a + "/0>/*)", "wpkh(" + a + "/<0/*)", "wpkh(" + a + "/<0;>/*)", "pkh(" + a + "/<0;1>/<2;3>)",
		"wsh(sortedmulti(2," + a + "/<0;1>/*," + b + "/<0;1>/*))",               // no origins
		"wsh(sortedmulti(2,[deadbeef/<0;1>]" + a + "/0," + b + "/<0;1>/*))",     // branches inside the origin
		"wsh(sortedmulti(2,[deadbeef/0h]" + a + "/<0;1>/*," + b + "/<0;1>/*))",  // origin of another depth
		"wsh(sortedmulti(2,[deadbeef/0h/1h/2h]" + a + "/<0;>/*," + b + "/0/*))", // second branch missing
	} {
		if d, err := ParseDescriptor(Mainnet, withChecksum(body)); err == nil {
			t.Errorf("%s: want a refusal, found %s", body, d)
		}
	}
}

func TestParseDescriptorFileRefused(t *testing.T) {
	const lf = "descriptor: want one LF at the end of the file, found none"
	tests := []struct{ name, text, want string }{
		{"no LF", foreignDescriptor, lf},
		{"empty", "", lf},
		{"two LF", foreignDescriptor + "\n\n", "descriptor: want a checksum of 8 characters, found 9"},
		{"CRLF", foreignDescriptor + "\r\n", "descriptor: want a checksum of 8 characters, found 9"},
	}
	for _, test := range tests {
		_, err := ParseDescriptorFile(Testnet, []byte(test.text))
		wantError(t, test.name, err, test.want)
	}
}

func TestNewSortedMultiRefused(t *testing.T) {
	w := newTestWallet(t, 2, 3)
	elsewhere, err := NewAccountKey(Testnet, w.keys[0].Origin(), w.keys[0].PublicKey(), w.keys[0].ChainCode(), [4]byte{})
	if err != nil {
		t.Fatal(err)
	}
	chain := w.keys[0].ChainCode()
	chain[31] ^= 1
	otherOrigin := KeyOrigin{Fingerprint: [4]byte{1}, Path: []uint32{1, 2}}
	twin, err := NewAccountKey(Regtest, otherOrigin, w.keys[0].PublicKey(), chain, [4]byte{})
	if err != nil {
		t.Fatal(err)
	}
	impostor, err := NewAccountKey(Regtest, w.keys[0].Origin(), w.keys[1].PublicKey(), w.keys[1].ChainCode(), [4]byte{})
	if err != nil {
		t.Fatal(err)
	}
	four := newTestWallet(t, 3, 4).keys
	const half = ": two disjoint sets of signers could pass the limits twice"
	tests := []struct {
		name string
		n    Network
		m    int
		keys []AccountKey
		want string
	}{
		{"no network", 0, 2, w.keys, "descriptor: want a network, found none"},
		{"no keys", Regtest, 0, nil, "descriptor: want 1 to 15 keys, found 0"},
		{"sixteen keys", Regtest, 9, make([]AccountKey, 16), "descriptor: want 1 to 15 keys, found 16"},
		{"threshold 0", Regtest, 0, w.keys, "descriptor: want a threshold of 1 to 3, found 0"},
		{"threshold below 0", Regtest, -1, w.keys, "descriptor: want a threshold of 1 to 3, found -1"},
		{"threshold 4 of 3", Regtest, 4, w.keys, "descriptor: want a threshold of 1 to 3, found 4"},
		{"two of four", Regtest, 2, four, "descriptor: want a threshold of more than half of 4 keys, found 2" + half},
		{"one of two", Regtest, 1, four[:2], "descriptor: want a threshold of more than half of 2 keys, found 1" + half},
		{"zero key", Regtest, 2, []AccountKey{w.keys[0], {}}, "descriptor: key 2: want a key of regtest, found one of no network"},
		{"other test chain", Regtest, 2, []AccountKey{w.keys[1], elsewhere}, "descriptor: key 2: want a key of regtest, found one of testnet"},
		{"same key under another name", Regtest, 2, []AccountKey{w.keys[0], w.keys[1], twin}, "descriptor: key 3: want a public key of its own, found that of key 1"},
		{"same origin with another key", Regtest, 2, []AccountKey{w.keys[0], impostor, w.keys[2]}, "descriptor: key 2: want an origin of its own, found that of key 1 (" + w.keys[0].Origin().String() + ")"},
	}
	for _, test := range tests {
		_, err := NewSortedMulti(test.n, test.m, test.keys)
		wantError(t, test.name, err, test.want)
	}
}

func TestKeyIndex(t *testing.T) {
	w := newTestWallet(t, 2, 3)
	for i, k := range w.keys {
		if got, ok := w.d.KeyIndex(k); got != i || !ok {
			t.Errorf("key %d: want its place, found %d, %t", i, got, ok)
		}
	}
	if _, ok := w.d.KeyIndex(newTestWallet(t, 3, 4).keys[3]); ok {
		t.Error("foreign key: want no place, found one")
	}
	if _, ok := w.d.KeyIndex(AccountKey{}); ok {
		t.Error("zero key: want no place, found one")
	}
	w.d.Keys()[0] = AccountKey{}
	if _, ok := w.d.KeyIndex(w.keys[0]); !ok {
		t.Error("want the wallet unchanged through Keys, found it changed")
	}
}

func FuzzParseDescriptor(f *testing.F) {
	f.Add(foreignDescriptor)
	f.Add(withChecksum("wsh(sortedmulti(1,[]tpub/<0;1>/*))"))
	f.Add(withChecksum("sh(wsh(multi(2,a,b)))"))
	f.Add("#89f8spxm")
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{s, s + "#qqqqqqqq"} {
			body, _, _ := strings.Cut(text, "#")
			if sum, err := descriptorChecksum(body); err == nil {
				text = body + "#" + sum // let the fuzzer past the checksum
			}
			d, err := ParseDescriptor(Testnet, text)
			if err == nil && d.String() != text {
				t.Errorf("want %q, found %q", text, d)
			}
		}
	})
}
