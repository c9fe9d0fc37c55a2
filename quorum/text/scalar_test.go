package text

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

func TestScalarsRefuseOtherWritings(t *testing.T) {
	as := func(_ any, err error) error { return err }
	hash := strings.Repeat("0f", 32)
	b64 := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"empty integer", as(ParseUint("", 9)), `want a decimal integer without leading zero, found ""`},
		{"leading zero", as(ParseUint("01", 9)), `want a decimal integer without leading zero, found "01"`},
		{"two zeros", as(ParseUint("00", 9)), `want a decimal integer without leading zero, found "00"`},
		{"plus", as(ParseUint("+1", 9)), `want a decimal integer without leading zero, found "+1"`},
		{"minus", as(ParseUint("-1", 9)), `want a decimal integer without leading zero, found "-1"`},
		{"hex", as(ParseUint("0x1", 9)), `want a decimal integer without leading zero, found "0x1"`},
		{"underscore", as(ParseUint("1_0", 99)), `want a decimal integer without leading zero, found "1_0"`},
		{"fraction", as(ParseUint("1.0", 9)), `want a decimal integer without leading zero, found "1.0"`},
		{"bound", as(ParseUint("10", 9)), `want at most 9, found 10`},
		{"over 64 bits", as(ParseUint("18446744073709551616", 1<<63)), `want a decimal integer without leading zero, found "18446744073709551616"`},
		{"short hash", as(ParseHash(hash[2:])), `want 64 lower-case hex digits, found 62 characters`},
		{"long hash", as(ParseHash(hash + "00")), `want 64 lower-case hex digits, found 66 characters`},
		{"upper-case hash", as(ParseHash("0F" + hash[2:])), `want 64 lower-case hex digits, found "0F` + hash[2:40] + `..."`},
		{"other letter", as(ParseHex("0g", 1)), `want 2 lower-case hex digits, found "0g"`},
		{"base64 of 31", as(ParseBase64(b64, 31)), `want 31 bytes in base64, found "` + b64[:40] + `..."`},
		{"base64 unpadded", as(ParseBase64("AA", 1)), `want 1 bytes in base64, found "AA"`},
		{"base64 stray bits", as(ParseBase64("AB==", 1)), `want 1 bytes in base64, found "AB=="`},
		{"base64 with LF", as(ParseBase64("A\nA==", 1)), `want 1 bytes in base64, found "A\nA=="`},
		{"base64url", as(ParseBase64("_-__", 3)), `want 3 bytes in base64, found "_-__"`},
		{"empty id", as(ParseID("")), `want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found ""`},
		{"id with digit first", as(ParseID("1a")), `want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "1a"`},
		{"id with hyphen first", as(ParseID("-a")), `want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "-a"`},
		{"id with double hyphen", as(ParseID("a--b")), `want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "a--b"`},
		{"id in capitals", as(ParseID("Alice")), `want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "Alice"`},
		{"id with underscore", as(ParseID("a_b")), `want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "a_b"`},
		{"id of 33", as(ParseID(strings.Repeat("a", 33))), `want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "` + strings.Repeat("a", 33) + `"`},
		{"empty rest", CheckRest(""), `want some text, found none`},
		{"rest with LF", CheckRest("a\npay"), `want printable ASCII, found byte 0a at 2`},
		{"rest beyond ASCII", CheckRest("\u00e9"), `want printable ASCII, found byte c3 at 1`},
		{"rest with space first", CheckRest(" a"), `want single spaces between words only, found one too many at 1`},
		{"rest with space last", CheckRest("a "), `want single spaces between words only, found one too many at 2`},
		{"rest with two spaces", CheckRest("a  b"), `want single spaces between words only, found one too many at 3`},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, c.err)
		}
	}
}

func TestScalarsReadWhatTheyWrite(t *testing.T) {
	for _, s := range []string{"0", "9", "18446744073709551615"} {
		if n, err := ParseUint(s, 1<<64-1); err != nil || FormatUint(n) != s {
			t.Errorf("%s: found %d, %v", s, n, err)
		}
	}
	for _, s := range []string{"a", "a-b", "a1-2", "a-", strings.Repeat("a", 32)} {
		if id, err := ParseID(s); err != nil || string(id) != s {
			t.Errorf("%s: found %s, %v", s, id, err)
		}
	}
	h := Identity([]byte("abc"))
	if h.String() != fmt.Sprintf("%x", sha256.Sum256([]byte("abc"))) || h.Short() != "ba7816bf8f01cfea" || h.IsZero() || !(Hash{}).IsZero() {
		t.Errorf("want the SHA-256 of abc, found %s", h)
	}
	if again, err := ParseHash(h.String()); err != nil || again != h {
		t.Errorf("want %s, found %s, %v", h, again, err)
	}
	if b, err := ParseBase64("AAEC", 3); err != nil || !bytes.Equal(b, []byte{0, 1, 2}) {
		t.Errorf("found %x, %v", b, err)
	}
}

// What a scalar parser accepts has no other writing.
func FuzzScalars(f *testing.F) {
	for _, s := range []string{"0", "007", "acme-treasury", "a--b", strings.Repeat("ab", 32), "AAEC", "AB==", "no veto and no freeze seen"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseUint(s, 1<<64-1); err == nil && FormatUint(n) != s {
			t.Errorf("integer %q reads as %d", s, n)
		}
		if h, err := ParseHash(s); err == nil && h.String() != s {
			t.Errorf("hash %q reads as %s", s, h)
		}
		if b, err := ParseBase64(s, len(s)/4*3-strings.Count(s, "=")); err == nil && base64.StdEncoding.EncodeToString(b) != s {
			t.Errorf("base64 %q reads as %x", s, b)
		}
		if b, err := ParseHex(s, len(s)/2); err == nil && hex.EncodeToString(b) != s {
			t.Errorf("hex %q reads as %x", s, b)
		}
		if id, err := ParseID(s); err == nil && (string(id) != s || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || len(s) > 32) {
			t.Errorf("id %q reads as %s", s, id)
		}
		if CheckRest(s) == nil {
			w := NewWriter(Clearance)
			w.Line("says", s)
			b, err := w.Bytes()
			if err != nil {
				return // longer than a line
			}
			r, err := Open(b, Clearance)
			if err != nil {
				t.Fatal(err)
			}
			if _, rest := r.Rest("says", 0); rest != s || r.Close() != nil {
				t.Errorf("rest %q reads as %q", s, rest)
			}
		}
	})
}
