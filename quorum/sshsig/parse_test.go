package sshsig

import (
	"bytes"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func decodeBase64(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseShowsWhatTheFileClaims(t *testing.T) {
	for _, kind := range testKeyTypes() {
		k := newSoftKey(t, kind, "officer bob")
		file := goodLayout(t, k).armored()
		s := mustParse(t, file)
		if !s.Key().Equal(k.key) || s.Namespace() != testNamespace || !bytes.Equal(s.Armored(), file) {
			t.Errorf("%s: found key %s, namespace %s", kind, s.Key(), s.Namespace())
		}
		s.Armored()[0] = 'x'
		file[0] = 'x'
		if s.Armored()[0] != '-' {
			t.Errorf("%s: the file's bytes can be changed from outside", kind)
		}
	}
}

func TestBlobThatIsNotCanonicalIsRefused(t *testing.T) {
	const types = "key type: want ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, sk-ssh-ed25519@openssh.com" +
		" or sk-ecdsa-sha2-nistp256@openssh.com, found "
	tests := []struct {
		name string
		kind KeyType
		do   func(*layout)
		code Code
		text string
	}{
		{"other magic", Ed25519, func(l *layout) { l.magic = "SSHSIX" }, CodeNonCanonical,
			`signature magic: want SSHSIG, found "SSHSIX"`},
		{"trailing byte", Ed25519, func(l *layout) { l.trailer = "\x00" }, CodeNonCanonical,
			"signature end: want nothing more, found 1 byte"},
		{"truncated", Ed25519, func(l *layout) { l.magic, l.trailer = "SSH", "" }, CodeNonCanonical,
			`signature magic: want SSHSIG, found "SSH\x00\x00\x00"`},
		{"empty namespace", Ed25519, func(l *layout) { l.namespace = "" }, CodeNamespace,
			`signature namespace: want 1 to 128 visible characters, found ""`},
		{"namespace with a space", Ed25519, func(l *layout) { l.namespace = "a b" }, CodeNamespace,
			`signature namespace: want 1 to 128 visible characters, found "a b"`},
		{"namespace with NUL", Ed25519, func(l *layout) { l.namespace = testNamespace + "\x00" }, CodeNamespace,
			`signature namespace: want 1 to 128 visible characters, found "approve.v1@strongroom\x00"`},
		{"long namespace", Ed25519, func(l *layout) { l.namespace = strings.Repeat("n", 129) }, CodeNamespace,
			"signature namespace: want 1 to 128 visible characters, found 129 bytes"},
		{"unknown hash", Ed25519, func(l *layout) { l.hash = "SHA512" }, CodeHash,
			`signature hash: want sha512, found "SHA512"`},
		{"unknown key type", Ed25519, func(l *layout) { l.key = string(appendString(nil, "ssh-frog")) }, CodeKeyType,
			types + `"ssh-frog"`},
		{"webauthn as key type", Ed25519, func(l *layout) { l.key = string(appendString(nil, webauthnFormat)) }, CodeKeyType,
			types + "webauthn-sk-ecdsa-sha2-nistp256@openssh.com (the browser's form of a signature is not accepted)"},
		{"long key type", Ed25519, func(l *layout) { l.key = string(appendString(nil, strings.Repeat("k", 300))) }, CodeKeyType,
			types + "300 bytes"},
		{"bytes after the key", Ed25519, func(l *layout) { l.key += "x" }, CodeNonCanonical,
			"key end: want nothing more, found 1 byte"},
		{"empty key", Ed25519, func(l *layout) { l.key = "" }, CodeNonCanonical,
			"key type: want 4 bytes, found 0"},
		{"another type's format", Ed25519, func(l *layout) { l.content = strings.Replace(l.content, "ssh-ed25519", "ssh-frogbit", 1) }, CodeKeyType,
			`signature format: want ssh-ed25519, the type of its key, found "ssh-frogbit"`},
		{"passkey form", SKECDSAP256, func(l *layout) {
			l.content = string(appendString(appendString(nil, webauthnFormat), "x"))
		}, CodeKeyType,
			"signature format: want sk-ecdsa-sha2-nistp256@openssh.com, the type of its key, found webauthn-sk-ecdsa-sha2-nistp256@openssh.com (the browser's form of a signature is not accepted)"},
		{"short Ed25519 value", Ed25519, func(l *layout) {
			l.content = string(appendString(appendString(nil, "ssh-ed25519"), strings.Repeat("x", 63)))
		}, CodeNonCanonical,
			"signature value: want 64 bytes, found 63 bytes"},
		{"no value", Ed25519, func(l *layout) { l.content = string(appendString(nil, "ssh-ed25519")) }, CodeNonCanonical,
			"signature value: want 4 bytes, found 0"},
		{"length beyond the end", Ed25519, func(l *layout) { l.content = "\xff\xff\xff\xff" }, CodeNonCanonical,
			"signature format: want 4294967295 bytes, found 0"},
		{"flags after a software key's value", Ed25519, func(l *layout) { l.content += "\x01\x00\x00\x00\x07" }, CodeNonCanonical,
			"signature end: want nothing more, found 5 bytes"},
		{"no flags", SKEd25519, func(l *layout) { l.content = l.content[:len(l.content)-5] }, CodeNonCanonical,
			"signature flags: want 1 byte, found 0"},
		{"no counter", SKEd25519, func(l *layout) { l.content = l.content[:len(l.content)-4] }, CodeNonCanonical,
			"signature counter: want 4 bytes, found 0"},
		{"bytes after the counter", SKEd25519, func(l *layout) { l.content += "xy" }, CodeNonCanonical,
			"signature end: want nothing more, found 2 bytes"},
		{"r with a leading zero", ECDSAP256, integers("\x00\x01", "\x01"), CodeNonCanonical,
			"signature r: want an integer without a leading zero byte, found one with it"},
		{"s zero in one byte", ECDSAP256, integers("\x01", "\x00"), CodeNonCanonical,
			"signature s: want an integer without a leading zero byte, found one with it"},
		{"negative s", ECDSAP256, integers("\x01", "\x80"), CodeNonCanonical,
			"signature s: want a positive integer, found a negative one"},
		{"huge r", ECDSAP384, integers(strings.Repeat("\x01", 50), "\x01"), CodeNonCanonical,
			"signature r: want at most 49 bytes, found 50 bytes"},
		{"bytes after s", ECDSAP256, func(l *layout) {
			value := append(appendString(appendString(nil, "\x01"), "\x01"), 'x')
			l.content = string(appendString(appendString(nil, "ecdsa-sha2-nistp256"), value))
		}, CodeNonCanonical,
			"signature end: want nothing more, found 1 byte"},
		{"no s", ECDSAP256, func(l *layout) {
			l.content = string(appendString(appendString(nil, "ecdsa-sha2-nistp256"), appendString(nil, "\x01")))
		}, CodeNonCanonical,
			"signature s: want 4 bytes, found 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := goodLayout(t, newSoftKey(t, tt.kind, "officer bob"))
			tt.do(&l)
			_, err := Parse(l.armored())
			wantRefusal(t, err, tt.code, tt.text)
		})
	}
}

// integers replaces r and s of a software key's signature by raw bytes.
func integers(r, s string) func(*layout) {
	return func(l *layout) {
		format := l.content[:4+len("ecdsa-sha2-nistp256")]
		l.content = format + string(appendString(nil, appendString(appendString(nil, r), s)))
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	blob := goodLayout(t, newSoftKey(t, SKECDSAP256, "officer bob")).blob()
	for n := range blob {
		if _, err := Parse(armor(blob[:n])); err == nil {
			t.Fatalf("%d of %d bytes are accepted", n, len(blob))
		}
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	k := newSoftKey(t, SKEd25519, "officer bob")
	blob := goodLayout(t, k).blob()
	for i := range blob {
		for bit := range 8 {
			spoilt := bytes.Clone(blob)
			spoilt[i] ^= 1 << bit
			s, err := Parse(armor(spoilt))
			if err != nil {
				continue
			}
			if v, err := s.Verify(k.key, testNamespace, []byte(testMessage), Factor{}); err == nil || v.OK() {
				t.Fatalf("byte %d bit %d: a changed signature is good", i, bit)
			}
		}
	}
}

func TestArmourThatSshKeygenWouldNotWriteIsRefused(t *testing.T) {
	file := string(goodLayout(t, newSoftKey(t, Ed25519, "officer bob")).armored())
	lines := strings.SplitAfter(file, "\n")
	join := func(parts ...[]string) string {
		var all []string
		for _, p := range parts {
			all = append(all, p...)
		}
		return strings.Join(all, "")
	}
	tests := []struct{ name, file, text string }{
		{"empty", "", "start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else"},
		{"too large", strings.Repeat("A", MaxArmored+1), "size: want at most 16384 bytes, found 16385 bytes"},
		{"as large as is read", strings.Repeat("A", MaxArmored), "start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else"},
		{"carriage return first", "\r" + file, "lines: want endings of LF alone, found a carriage return"},
		{"nothing inside", armorHeader + armorFooter, "end: want the line -----END SSH SIGNATURE----- and nothing after it, found something else"},
		{"an empty line inside", armorHeader + "\n" + armorFooter, "base64 line 1: want 1 to 70 columns, found 0"},
		{"empty line after the header", join(lines[:1], []string{"\n"}, lines[1:]), "base64 line 1: want 70 columns, found 0"},
		{"space at a line's end", join(lines[:1], []string{strings.Replace(lines[1], "\n", " \n", 1)}, lines[2:]), "base64 line 1: want 70 columns, found 71"},
		{"line folded in two", join(lines[:1], []string{lines[1][:35] + "\n" + lines[1][35:]}, lines[2:]), "base64 line 1: want 70 columns, found 35"},
		{"foreign character", strings.Replace(file, "U1NI", "U1N*", 1), "base64: want the standard alphabet with exact padding, found something else"},
		{"url alphabet", armorHeader + "-_-_\n" + armorFooter, "base64: want the standard alphabet with exact padding, found something else"},
		{"no padding", armorHeader + "AA\n" + armorFooter, "base64: want the standard alphabet with exact padding, found something else"},
		{"stray bits before the padding", armorHeader + "AB==\n" + armorFooter, "base64: want the standard alphabet with exact padding, found something else"},
		{"text before the header", "From: bob\n" + file, "start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else"},
		{"PGP header", strings.Replace(file, "SSH", "PGP", 1), "start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else"},
		{"two final LF", file + "\n", "end: want the line -----END SSH SIGNATURE----- and nothing after it, found something else"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.file))
			wantRefusal(t, err, CodeArmor, "signature file's "+tt.text)
		})
	}
}

func TestArmourOfFullLinesHasNoEmptyLine(t *testing.T) {
	for n := 1; n <= 2*armorColumns; n++ {
		file := armor(make([]byte, n))
		if bytes.Contains(file, []byte("\n\n")) {
			t.Errorf("%d bytes: an empty line", n)
		}
		if blob, err := dearmor(file); err != nil || len(blob) != n {
			t.Errorf("%d bytes: found %d, %v", n, len(blob), err)
		}
	}
}

func TestIntegersOutsideTheCurveOrderAreRefused(t *testing.T) {
	k := newSoftKey(t, ECDSAP256, "officer bob")
	r, s := k.integers(stockSignedBlob(testNamespace, testMessage, "sha512"))
	n := k.ec.Curve.Params().N
	for name, v := range map[string][2]*big.Int{
		"r zero":     {big.NewInt(0), s},
		"s zero":     {r, big.NewInt(0)},
		"r is n":     {n, s},
		"s is n":     {r, n},
		"r plus n":   {new(big.Int).Add(r, n), s},
		"s plus n":   {r, new(big.Int).Add(s, n)},
		"both zero":  {big.NewInt(0), big.NewInt(0)},
		"both are n": {n, n},
	} {
		l := goodLayout(t, k)
		l.content = string(k.answer(ssh.Marshal(struct{ R, S *big.Int }{v[0], v[1]})))
		_, err := mustParse(t, l.armored()).Verify(k.key, testNamespace, []byte(testMessage), Factor{})
		t.Log(name)
		wantRefusal(t, err, CodeBad, "signature value: want r and s from 1 to the curve's order less 1, found one outside")
	}
}

// golden is bob's Ed25519 approval of testMessage. It was checked with
// ssh-keygen and must never change.
const golden = `-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAggHCP+x2yeOCEJtR90WSOUz3yd0
ME1ASnShFcFOyzItAAAAAVYXBwcm92ZS52MUBzdHJvbmdyb29tAAAAAAAAAAZzaGE1MTIA
AABTAAAAC3NzaC1lZDI1NTE5AAAAQD0NyRQDqn6SgC0RgJ2jS5w6SFeo/4os4DLcxsugsO
NOHRV2FU7nJ/wvP/bx8NfwP93ODRyeGgUZ6mpj//ksBAc=
-----END SSH SIGNATURE-----
`

func TestGoldenSignatureStaysGood(t *testing.T) {
	k := newSoftKey(t, Ed25519, "officer bob")
	if want := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIBwj/sdsnjghCbUfdFkjlM98ndDBNQEp0oRXBTssyLQ"; k.key.String() != want {
		t.Fatalf("key: want %s, found %s", want, k.key)
	}
	file, err := Sign(k, testNamespace, []byte(testMessage))
	if err != nil || string(file) != golden {
		t.Errorf("file: want\n%s\nfound\n%s %v", golden, file, err)
	}
	if v, err := verifyBob(t, k, []byte(golden), Factor{}); err != nil || !v.OK() {
		t.Errorf("the golden signature is refused: %v", err)
	}
	needStock(t)
	if !stockAccepts(t, k.key.String(), testNamespace, []byte(golden), testMessage) {
		t.Error("ssh-keygen refuses the golden signature")
	}
}
