package sshsig

import (
	"bytes"
	"strings"
	"testing"
)

func FuzzParse(f *testing.F) {
	for _, kind := range testKeyTypes() {
		l := goodLayout(f, newSoftKey(f, kind, "officer bob"))
		f.Add(l.armored())
		l.reserved = "x"
		f.Add(l.armored())
		l.reserved, l.trailer = "", "x"
		f.Add(l.armored())
	}
	f.Add([]byte(armorHeader + "AA==\n" + armorFooter))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := Parse(file)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Armored(), file) || !bytes.Equal(armor(s.encode()), file) {
			t.Fatal("what was parsed is encoded otherwise")
		}
		if v, err := s.Verify(s.Key(), s.Namespace(), []byte("a text that nobody signed"), Factor{}); err == nil || v.OK() {
			t.Fatal("a text that nobody signed verifies")
		}
	})
}

// FuzzParseBlob is FuzzParse behind the armour, where mutation finds more.
func FuzzParseBlob(f *testing.F) {
	for _, kind := range testKeyTypes() {
		f.Add(goodLayout(f, newSoftKey(f, kind, "officer bob")).blob())
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		s, err := Parse(armor(blob))
		if err == nil && !bytes.Equal(s.encode(), blob) {
			t.Fatal("what was parsed is encoded otherwise")
		}
	})
}

func FuzzParseKey(f *testing.F) {
	for _, kind := range testKeyTypes() {
		f.Add(newSoftKey(f, kind, "officer bob").key.String())
	}
	f.Add("ssh-rsa AAAAB3NzaC1yc2E=")
	f.Fuzz(func(t *testing.T, line string) {
		k, err := ParseKey(line)
		if err == nil && k.String() != line {
			t.Fatalf("want %q, found %q", line, k)
		}
		a, err := ParseAuthorizedKey([]byte(line + "\n"))
		if err == nil && !strings.HasPrefix(line, a.String()) {
			t.Fatalf("want the start of %q, found %q", line, a)
		}
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	k := newSoftKey(f, Ed25519, "officer bob")
	f.Add(keyFile(k.key, ed25519Secret([]byte(k.key.point), k.ed)))
	f.Add(keyFile(k.key, nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := ParsePrivateKey(file, nil)
		if err != nil {
			return
		}
		if _, err := Sign(s, testNamespace, []byte(testMessage)); err != nil {
			t.Fatalf("a key that was accepted cannot sign: %v", err)
		}
	})
}
