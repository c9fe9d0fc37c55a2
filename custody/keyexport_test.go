package custody

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/address/v2/base58"
)

// slip132 writes a key with other version bytes.
func slip132(t *testing.T, key string, version ...byte) string {
	t.Helper()
	raw, err := decodeExtended(key)
	if err != nil {
		t.Fatal(err)
	}
	return base58.CheckEncode(append(version[1:], raw[4:]...), version[0])
}

// The file that a Coldcard on a test chain writes.
func coldcardJSON(xfp, path, key string) string {
	return fmt.Sprintf(`{
  "p2sh_deriv": "m/45h",
  "p2sh": "tpubDEmoJunkNotForUs",
  "p2wsh_deriv": %q,
  "p2wsh": %q,
  "account": "0",
  "xfp": %q
}
`, path, key, xfp)
}

func TestColdcardExportIsRead(t *testing.T) {
	k := newTestWallet(t, 2, 3).keys[0]
	xfp := strings.ToUpper(fmt.Sprintf("%x", k.origin.Fingerprint))
	for _, file := range []string{
		coldcardJSON(xfp, "m/48h/1h/0h/2h", k.Extended()),
		coldcardJSON(xfp, "m/48'/1'/0'/2'", k.Extended()),
		coldcardJSON(xfp, "m/48h/1h/0h/2h", slip132(t, k.Extended(), 0x02, 0x57, 0x54, 0x83)),
	} {
		got, err := ParseColdcardExport(Regtest, []byte(file))
		if err != nil || got.String() != k.String() {
			t.Errorf("want %s, found %s and %v of\n%s", k, got, err, file)
		}
	}
	main, err := ParseKeyRecord(Mainnet, []byte(bip129Records[0]))
	if err != nil {
		t.Fatal(err)
	}
	zpub := coldcardJSON("1CF0BF7E", "m/48'/0'/0'/2'", slip132(t, main.Key.Extended(), 0x02, 0xaa, 0x7e, 0xd3))
	if got, err := ParseColdcardExport(Mainnet, []byte(zpub)); err != nil || got.String() != main.Key.String() {
		t.Errorf("want %s, found %s and %v", main.Key, got, err)
	}
}

func TestColdcardExportThatIsRefused(t *testing.T) {
	k := newTestWallet(t, 2, 3).keys[0]
	xfp, path := fmt.Sprintf("%x", k.origin.Fingerprint), "m/48h/1h/0h/2h"
	const strange = "multisig export: want JSON with xfp, p2wsh_deriv and p2wsh, found something else"
	for _, test := range []struct{ name, file, want string }{
		{"nothing", "", strange},
		{"no object", "[]", strange},
		{"none of its fields", "{}", strange},
		{"path without m", coldcardJSON(xfp, path[2:], k.Extended()), strange},
		{"long key", coldcardJSON(xfp, path, strings.Repeat("x", 257)), strange},
		{"long file", strings.Repeat(" ", 16<<10) + "{}", "multisig export: want at most 16384 bytes, found 16386"},
		{"no key", coldcardJSON(xfp, path, ""), "multisig export: account key: want base58check: invalid format: version and/or checksum bytes missing"},
		{"key of the wrong script", coldcardJSON(xfp, path, slip132(t, k.Extended(), 0x02, 0x42, 0x89, 0xef)), "multisig export: account key: want the version bytes 043587cf of a public key on regtest, found 024289ef"},
		{"mainnet's version on a test chain", coldcardJSON(xfp, path, slip132(t, k.Extended(), 0x02, 0xaa, 0x7e, 0xd3)), "multisig export: account key: want the version bytes 043587cf of a public key on regtest, found 02aa7ed3"},
		{"another path", coldcardJSON(xfp, "m/48h/1h/0h/1h", k.Extended()), "multisig export: account key: want child number 80000001 as its origin ends, found 80000002"},
		{"no fingerprint", coldcardJSON("", path, k.Extended()), "multisig export: account key: key origin: want a fingerprint of 8 hex digits, found 0 characters"},
	} {
		_, err := ParseColdcardExport(Regtest, []byte(test.file))
		wantError(t, test.name, err, test.want)
	}
	_, err := ParseKeyExpression(Regtest, "["+xfp+"/48h/1'/0h/2h]"+k.Extended())
	wantError(t, "both marks", err, "account key: want hardened steps written h or ', found both")
}

// What a file gives is a key of one canonical text, and whoever writes that key
// back into a file reads the same one.
func FuzzParseColdcardExport(f *testing.F) {
	k := "xpub6FL8FhxNNUVnG64YurPd16AfGyvFLhh7S2uSsDqR3Qfcm6o9jtcMYwh6DvmcBF9qozxNQmTCVvWtxLpKTnhVLN3Pgnu2D3pAoXYFgVyd8Yz"
	f.Add([]byte(coldcardJSON("1CF0BF7E", "m/48'/0'/0'/2'", k)))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParseColdcardExport(Mainnet, b)
		if err != nil {
			return
		}
		again, err := json.Marshal(coldcardExport{fmt.Sprintf("%x", k.origin.Fingerprint), k.origin.path(), k.Extended()})
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseColdcardExport(Mainnet, again); err != nil || back.String() != k.String() {
			t.Errorf("want %s, found %s and %v", k, back, err)
		}
	})
}
