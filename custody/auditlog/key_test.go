package auditlog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/mod/sumdb/note"
)

// The key of 32 bytes 01, in the public and in the secret form.
const (
	goldenVerifier = "acme-treasury/signer-a+72962047+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"
	goldenKeyFile  = "PRIVATE+KEY+acme-treasury/signer-a+72962047+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n"
)

func TestKeyFile(t *testing.T) {
	k, err := NewKey(bytes.NewReader(bytes.Repeat([]byte{1}, 40)), origin)
	must(t, err)
	if string(k.Encode()) != goldenKeyFile || k.Verifier().String() != goldenVerifier || k.Verifier().Origin() != origin {
		t.Errorf("key %q, verifier %q", k.Encode(), k.Verifier())
	}
	again, err := ParseKeyFile([]byte(goldenKeyFile))
	must(t, err)
	if string(again.Encode()) != goldenKeyFile {
		t.Errorf("read and written as %q", again.Encode())
	}
	v, err := ParseVerifier(goldenVerifier)
	must(t, err)
	if v != k.Verifier() {
		t.Error("another verifier")
	}
	_, err = note.NewSigner(strings.TrimSpace(goldenKeyFile))
	must(t, err)
}

func TestKeyComesFromTheGivenBytesOnly(t *testing.T) {
	_, err := NewKey(bytes.NewReader(make([]byte, 31)), origin)
	wantError(t, err, "", "log key: random bytes: unexpected EOF")
	broken := errors.New("no entropy")
	_, err = NewKey(iotest.ErrReader(broken), origin)
	wantError(t, err, "", "log key: random bytes: no entropy")
	rest := bytes.NewReader(make([]byte, 40))
	_, err = NewKey(rest, origin)
	must(t, err)
	if rest.Len() != 8 {
		t.Errorf("%d bytes left, wanted 8", rest.Len())
	}
}

func TestOrigins(t *testing.T) {
	for _, good := range []string{"a/b", "acme-treasury/signer-a", "a1/b-2", strings.Repeat("a", 32) + "/" + strings.Repeat("b", 32)} {
		_, err := NewKey(bytes.NewReader(make([]byte, 32)), good)
		must(t, err)
	}
	for _, bad := range []string{
		"", "a", "/", "a/", "/b", "a/b/c", "A/b", "a/B", "1a/b", "a/-b", "a b/c", "a+b/c", "a/b\n", "a--b/c", "ä/b", "a.b/c",
		strings.Repeat("a", 33) + "/b",
	} {
		_, err := NewKey(bytes.NewReader(make([]byte, 32)), bad)
		wantError(t, err, "", fmt.Sprintf("log origin: wanted VAULT/SIGNER in small letters, digits and single hyphens, found %q", bad))
	}
}

func TestKeyNeverShowsItsSecret(t *testing.T) {
	k := testKey(0x77)
	holder := struct{ k Key }{k}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		for _, text := range []string{fmt.Sprintf(verb, k), fmt.Sprintf(verb, &k), fmt.Sprintf(verb, holder)} {
			for _, secret := range []string{"7777", "119 119", "wwww", "0x77, 0x77", "d3d3"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s shows the key: %s", verb, text)
				}
			}
		}
	}
	if k.String() != "log key of acme-treasury/signer-a" || (Key{}).String() != "no log key" {
		t.Errorf("%s, %s", k, Key{})
	}
}

func TestZeroKeyDoesNothing(t *testing.T) {
	if (Key{}).Encode() != nil || (Key{}).Verifier() != (Verifier{}) || (Verifier{}).String() != "" {
		t.Error("the zero key has something to say")
	}
	_, err := (Key{}).sign(0, RootOf(nil))
	wantError(t, err, "", "log key: not there")
}

func TestParseKeyFileRefuses(t *testing.T) {
	secret := "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
	for name, c := range map[string]struct{ file, want string }{
		"nothing":       {"", "log key: wanted PRIVATE+KEY+ORIGIN+HASH+BASE64 and a line feed"},
		"verifier":      {goldenVerifier + "\n", "log key: wanted PRIVATE+KEY+ORIGIN+HASH+BASE64 and a line feed"},
		"no line feed":  {strings.TrimSpace(goldenKeyFile), "log key: not in its canonical form, or its key hash is wrong"},
		"two":           {goldenKeyFile + "\n", "log key: not in its canonical form, or its key hash is wrong"},
		"carriage":      {strings.Replace(goldenKeyFile, "\n", "\r\n", 1), "log key: not in its canonical form, or its key hash is wrong"},
		"origin":        {strings.Replace(goldenKeyFile, "/signer-a", "", 1), "log key: wanted an origin VAULT/SIGNER"},
		"renamed":       {strings.Replace(goldenKeyFile, "signer-a", "signer-b", 1), "log key: not in its canonical form, or its key hash is wrong"},
		"other type":    {strings.Replace(goldenKeyFile, "+AQEB", "+BAEB", 1), "log key: wanted an Ed25519 key (type 01, 32 bytes) in base64"},
		"short":         {strings.Replace(goldenKeyFile, secret, secret[:40], 1), "log key: wanted an Ed25519 key (type 01, 32 bytes) in base64"},
		"no base64":     {strings.Replace(goldenKeyFile, secret, "!", 1), "log key: wanted an Ed25519 key (type 01, 32 bytes) in base64"},
		"much too long": {strings.Repeat("x", 1025), "log key: wanted at most 1024 bytes, found 1025"},
	} {
		k, err := ParseKeyFile([]byte(c.file))
		if err == nil || k != (Key{}) {
			t.Fatalf("%s: accepted", name)
		}
		wantError(t, err, "", c.want)
		if strings.Contains(err.Error(), secret[:8]) {
			t.Errorf("%s: the error shows the key", name)
		}
	}
}

func TestParseVerifierRefuses(t *testing.T) {
	hash, key := strings.Split(goldenVerifier, "+")[1], strings.SplitN(goldenVerifier, "+", 3)[2]
	for s, want := range map[string]string{
		"":                          `log verifier: wanted ORIGIN+HASH+BASE64, found ""`,
		origin + "+" + hash:         `log verifier: wanted ORIGIN+HASH+BASE64, found "` + origin + "+" + hash + `"`,
		"acme+" + hash + "+" + key:  `log verifier: log origin: wanted VAULT/SIGNER in small letters, digits and single hyphens, found "acme"`,
		origin + "+00000000+" + key: "log verifier: wanted key hash " + hash + `, found "00000000"`,
		strings.Replace(foreignVerifier, "b7b53843", "B7B53843", 1): `log verifier: wanted key hash b7b53843, found "B7B53843"`,
		goldenVerifier + "\n":                 `log verifier: wanted canonical base64, found "` + key + `\n"`,
		goldenVerifier + "!":                  `log verifier: wanted a key in base64, found "` + key + `!"`,
		origin + "+" + hash + "+":             `log verifier: wanted a key in base64, found ""`,
		origin + "+" + hash + "+BA" + key[2:]: "log verifier: wanted Ed25519 (type 01, 32 bytes), found type 04, 32 bytes",
		origin + "+" + hash + "+" + key[:40]:  "log verifier: wanted Ed25519 (type 01, 32 bytes), found type 01, 29 bytes",
		strings.Repeat("x", 1025):             "log verifier: wanted at most 1024 bytes, found 1025",
	} {
		v, err := ParseVerifier(s)
		if v != (Verifier{}) {
			t.Errorf("%q: accepted", s)
		}
		wantError(t, err, "", want)
	}
}

func FuzzParseVerifier(f *testing.F) {
	f.Add(goldenVerifier)
	f.Add("acme-treasury/signer-a+b7b53843+Abf+OSF4vkuyiehNU6tRzfusDaWYVI+1xGe/WFZCR5jC")
	f.Add(goldenVerifier + "\n")
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := ParseVerifier(s); err == nil && v.String() != s {
			t.Errorf("%q parses and is written as %q", s, v)
		}
	})
}

func FuzzParseKeyFile(f *testing.F) {
	f.Add([]byte(goldenKeyFile))
	f.Add([]byte(goldenVerifier))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParseKeyFile(b); err == nil && !bytes.Equal(k.Encode(), b) {
			t.Errorf("%q parses and is written as something else", b)
		}
	})
}
