package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func TestKeyReadsBackAsItWasWritten(t *testing.T) {
	seen := map[Key]bool{}
	for _, kind := range testKeyTypes() {
		k := newSoftKey(t, kind, "officer bob").key
		again, err := ParseKey(k.String())
		if err != nil || !again.Equal(k) || again != k || again.Type() != kind || !bytes.Equal(again.Blob(), k.Blob()) {
			t.Errorf("%s: found %s %v", kind, again, err)
		}
		wantApp := ""
		if kind.Hardware() {
			wantApp = "ssh:strongroom"
		}
		if k.Application() != wantApp || k.Hardware() != kind.Hardware() {
			t.Errorf("%s: application %q", kind, k.Application())
		}
		seen[k] = true
	}
	if len(seen) != len(testKeyTypes()) {
		t.Errorf("want %d different keys, found %d", len(testKeyTypes()), len(seen))
	}
	var zero Key
	if zero.String() != "" || zero.Fingerprint() != "" || zero.Type().String() != "none" || len(zero.Blob()) != 0 {
		t.Error("the zero key looks like a key")
	}
}

func TestKeyLineThatIsNotCanonicalIsRefused(t *testing.T) {
	const types = "key type: want ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, sk-ssh-ed25519@openssh.com" +
		" or sk-ecdsa-sha2-nistp256@openssh.com, found "
	ed := newSoftKey(t, Ed25519, "officer bob").key
	ec := newSoftKey(t, ECDSAP256, "officer bob").key
	good := ed.String()
	text := base64.StdEncoding.EncodeToString
	otherCurve := appendString(appendString(appendString(nil, "ecdsa-sha2-nistp256"), "nistp384"), ec.point)
	tests := []struct {
		name, line string
		code       Code
		text       string
	}{
		{"empty", "", CodeNonCanonical, "key line: want a type, a space and base64, found no space"},
		{"too long", strings.Repeat("k", MaxKeyLine+1), CodeNonCanonical, "key line: want at most 8192 bytes, found 8193 bytes"},
		{"as long as is read", strings.Repeat("k", MaxKeyLine), CodeNonCanonical, "key line: want a type, a space and base64, found no space"},
		{"comment", good + " bob", CodeNonCanonical, "key text: want strict base64 and nothing after it, found something else"},
		{"two spaces", strings.Replace(good, " ", "  ", 1), CodeNonCanonical, "key text: want strict base64 and nothing after it, found something else"},
		{"line break inside", good[:40] + "\n" + good[40:], CodeNonCanonical, "key text: want strict base64 and nothing after it, found something else"},
		{"final LF", good + "\n", CodeNonCanonical, "key text: want strict base64 and nothing after it, found something else"},
		{"no padding", strings.TrimRight(ec.String(), "="), CodeNonCanonical, "key text: want strict base64 and nothing after it, found something else"},
		{"options", "no-touch-required " + good, CodeKeyType, types + `"no-touch-required"`},
		{"wildcard principal", "* " + good, CodeKeyType, types + `"*"`},
		{"capitals", strings.Replace(good, "ssh-ed", "SSH-ed", 1), CodeKeyType, types + `"SSH-ed25519"`},
		{"DSA", "ssh-dss AAAA", CodeKeyType, types + "ssh-dss (DSA is not accepted)"},
		{"ML-DSA", "ssh-mldsa44-ed25519@openssh.com AAAA", CodeKeyType, types + "ssh-mldsa44-ed25519@openssh.com (ML-DSA is not accepted)"},
		{"type that differs from the blob's", "ecdsa-sha2-nistp256 " + text(ed.Blob()), CodeNonCanonical,
			"key line's type: want ssh-ed25519, the one inside the base64, found ecdsa-sha2-nistp256"},
		{"refused type in the blob", "ssh-ed25519 " + text(appendString(nil, "ssh-rsa")), CodeKeyType, types + "ssh-rsa (RSA is not accepted)"},
		{"byte after the key", "ssh-ed25519 " + text(append(ed.Blob(), 0)), CodeNonCanonical, "key end: want nothing more, found 1 byte"},
		{"other curve's name", "ecdsa-sha2-nistp256 " + text(otherCurve), CodeNonCanonical, `key curve: want nistp256, found "nistp384"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseKey(tt.line)
			wantRefusal(t, err, tt.code, tt.text)
		})
	}
}

func TestPointOutsideTheCurveIsRefused(t *testing.T) {
	k := newSoftKey(t, ECDSAP256, "officer bob")
	good := []byte(k.key.point)
	x, y := good[1:33], good[33:]
	for name, point := range map[string][]byte{
		"empty":          {},
		"infinity":       {0},
		"compressed":     elliptic.MarshalCompressed(elliptic.P256(), k.ec.X, k.ec.Y),
		"hybrid":         append([]byte{6 | y[31]&1}, good[1:]...),
		"one bit off":    append(bytes.Clone(good[:64]), good[64]^1),
		"swapped":        bytes.Join([][]byte{{4}, y, x}, nil),
		"zero":           append([]byte{4}, make([]byte, 64)...),
		"short":          good[:64],
		"long":           append(bytes.Clone(good), 0),
		"coordinate 2^n": append([]byte{4}, bytes.Repeat([]byte{0xff}, 64)...),
	} {
		for _, kind := range []KeyType{ECDSAP256, SKECDSAP256} {
			blob := appendString(appendString(appendString(nil, kind.String()), "nistp256"), point)
			if kind.Hardware() {
				blob = appendString(blob, "ssh:")
			}
			_, err := parseKeyBlob(blob)
			t.Log(name)
			wantRefusal(t, err, CodeNonCanonical, "key point: want an uncompressed point on nistp256, found something else")
		}
	}
}

// smallOrder lists the y coordinates of the eight points of small order.
func smallOrder() []string {
	return []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	}
}

func TestEd25519KeyForWhichAnybodyCanSignIsRefused(t *testing.T) {
	// With the neutral element as key, R = S*B verifies any text: S = 0.
	neutral := append([]byte{1}, make([]byte, 31)...)
	if !ed25519.Verify(neutral, []byte("any text"), append(bytes.Clone(neutral), make([]byte, 32)...)) {
		t.Fatal("the forgery that this test guards against does not work")
	}
	unreduced := []string{ // p, p+1, 2^255-1
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	}
	refuse := func(y, found string) {
		point, err := hex.DecodeString(y)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // both signs of x
			for _, name := range []string{"ssh-ed25519", "sk-ssh-ed25519@openssh.com"} {
				_, err := parseKeyBlob(appendString(appendString(nil, name), point))
				wantRefusal(t, err, CodeNonCanonical, "key point: want an Ed25519 public key of 32 bytes, found "+found)
			}
			point[len(point)-1] ^= 0x80
		}
	}
	for _, y := range smallOrder() {
		refuse(y, "a point of small order")
	}
	for _, y := range unreduced {
		refuse(y, "a coordinate that is not reduced")
	}
	refuse("00", "1 byte")

	// Reduced and not of small order, to show where the limits are: p-2, and
	// 2^255-1 with one high bit less.
	for _, y := range []string{
		"ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe7f",
	} {
		point, _ := hex.DecodeString(y)
		if why := weakEd25519(point); why != "" {
			t.Errorf("%s is refused as %s", y, why)
		}
	}
}

func TestSmallOrderListIsTheTorsionOfTheCurve(t *testing.T) {
	// With R neutral and S = 0 such a key verifies one text in 1, 2, 4 or 8,
	// which shows that the list holds what it says.
	for i, y := range smallOrder() {
		point, _ := hex.DecodeString(y)
		forged := append(append([]byte{1}, make([]byte, 31)...), make([]byte, 32)...) // R neutral, S = 0
		good := 0
		for text := range 256 {
			if ed25519.Verify(point, []byte{byte(text)}, forged) {
				good++
			}
		}
		if good == 0 {
			t.Errorf("point %d: no text of 256 was forged", i)
		}
	}
}

func TestApplicationIsShortAndPrintable(t *testing.T) {
	k := newSoftKey(t, SKEd25519, "officer bob").key
	for app, found := range map[string]string{
		"":                       `""`,
		"ssh:\x00":               `"ssh:\x00"`,
		"ssh:\n":                 `"ssh:\n"`,
		"ssh:\x7f":               `"ssh:\x7f"`,
		"ssh:zürich":             `"ssh:zürich"`,
		strings.Repeat("a", 129): "129 bytes",
	} {
		_, err := parseKeyBlob(appendString(appendString(appendString(nil, "sk-ssh-ed25519@openssh.com"), k.point), app))
		wantRefusal(t, err, CodeNonCanonical, "key application: want 1 to 128 printable characters, found "+found)
	}
	for _, app := range []string{"ssh:", "ssh: ~", "localhost", strings.Repeat("a", 128)} {
		got, err := parseKeyBlob(appendString(appendString(appendString(nil, "sk-ssh-ed25519@openssh.com"), k.point), app))
		if err != nil || got.Application() != app {
			t.Errorf("%q: found %q %v", app, got.Application(), err)
		}
	}
}

func TestPubFileHoldsOneKeyAndPerhapsAComment(t *testing.T) {
	k := newSoftKey(t, ECDSAP384, "officer bob").key
	for _, tail := range []string{"\n", " \n", " bob\n", " bob's laptop, zürich\n", "  two  spaces \n"} {
		got, err := ParseAuthorizedKey([]byte(k.String() + tail))
		if err != nil || !got.Equal(k) {
			t.Errorf("%q: found %s %v", tail, got, err)
		}
	}
	const control = "key line: want one line of text, found control characters"
	for _, tt := range []struct{ line, text string }{
		{k.String(), "key line's end: want one LF, found none"},
		{"", "key line's end: want one LF, found none"},
		{k.String() + "\r\n", control},
		{k.String() + "\n\n", control},
		{k.String() + "\n" + k.String() + "\n", control},
		{k.String() + " \x1b[2Jbob\n", control},
		{k.String() + " \xff\n", control},
		{k.String() + "\tbob\n", control},
		{"\n", "key line: want a type, a space and base64, found no space"},
		{strings.Repeat("x", MaxKeyLine-1) + "\n", "key line: want a type, a space and base64, found no space"},
		{strings.Repeat("x", MaxKeyLine+1), "key line: want at most 8192 bytes, found 8193 bytes"},
	} {
		_, err := ParseAuthorizedKey([]byte(tt.line))
		wantRefusal(t, err, CodeNonCanonical, tt.text)
	}
}
