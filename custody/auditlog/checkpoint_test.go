package auditlog

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// A checkpoint made by another program than this one, and its verifier key.
const (
	foreignVerifier   = "acme-treasury/signer-a+b7b53843+Abf+OSF4vkuyiehNU6tRzfusDaWYVI+1xGe/WFZCR5jC"
	foreignCheckpoint = "acme-treasury/signer-a\n5\ny92ELf5KOekNFaRuRHJfLI1bL5ZGX3uq42EH6aH04v0=\n\n" +
		"— acme-treasury/signer-a t7U4Q4VnexfELhq8z+pGEhy831OQOrEyFh9kKhqZn/LYmPNIRODAUxayYTGZptJ07Et+srxe4XwX+mLGBWij+TWR0gQ=\n"
)

func TestForeignLogIsProven(t *testing.T) {
	v, err := ParseVerifier(foreignVerifier)
	must(t, err)
	entries := [][]byte{
		[]byte("record 0 genesis\n"), []byte("record 1 recorded\n"), []byte("record 2 released\n"),
		[]byte("record 3 frozen\n"), []byte("record 4 x\n"),
	}
	p, err := Prove([]byte(foreignCheckpoint), EncodeEntries(entries), v)
	must(t, err)
	want := Checkpoint{Origin: origin, Size: 5, Root: RootOf(entries)}
	if p.Checkpoint() != want {
		t.Errorf("%v, wanted %v", p.Checkpoint(), want)
	}
}

// cosignature is a signature line by somebody whose key we don't know.
func cosignature(n int) string {
	return fmt.Sprintf("— witness%d.example %s\n", n, base64.StdEncoding.EncodeToString(make([]byte, 4+8+64)))
}

func signed(t testing.TB, k Key, text string) string {
	t.Helper()
	signer, err := note.NewSigner(k.noteForm())
	must(t, err)
	b, err := note.Sign(&note.Note{Text: text}, signer)
	must(t, err)
	return string(b)
}

func TestCosignaturesAreLetThrough(t *testing.T) {
	k := testKey(1)
	c := Checkpoint{Origin: origin, Size: 3, Root: RootOf(records(3))}
	s := signed(t, k, c.text())
	before, own, _ := strings.Cut(s, "\n\n")
	for n := range 17 {
		s += cosignature(n)
		got, err := OpenCheckpoint([]byte(s), k.Verifier())
		if n == 16 {
			wantError(t, err, "", "checkpoint: wanted at most 17 signatures, found 18")
		} else if err != nil || got != c {
			t.Errorf("%d cosignatures: %v, %v", n+1, got, err)
		}
	}
	first := before + "\n\n" + cosignature(1) + own
	if got, err := OpenCheckpoint([]byte(first), k.Verifier()); err != nil || got != c {
		t.Errorf("cosignature in front: %v, %v", got, err)
	}
}

func TestOpenCheckpointRefuses(t *testing.T) {
	k := testKey(1)
	root := RootOf(records(3)).String()
	good := signed(t, k, origin+"\n3\n"+root+"\n")
	text, line, _ := strings.Cut(good, "\n\n")
	own := strings.Replace(k.Verifier().String()[:len(origin)+9], "+", " ", 1)
	sig := func(text string) string { return signed(t, k, text) }
	for name, c := range map[string]struct{ note, want string }{
		"nothing":          {"", "checkpoint: wanted a text, an empty line and signatures, found no empty line"},
		"no signature":     {text + "\n\n", "checkpoint: wanted a line feed at the end"},
		"text only":        {text + "\n", "checkpoint: wanted a text, an empty line and signatures, found no empty line"},
		"extension line":   {sig(origin + "\n3\n" + root + "\nextra\n"), "checkpoint: wanted 3 lines of text, found 4"},
		"too short":        {sig(origin + "\n3\n"), "checkpoint: wanted 3 lines of text, found 2"},
		"other origin":     {sig("acme-treasury/signer-b\n3\n" + root + "\n"), `checkpoint: wanted origin acme-treasury/signer-a, found "acme-treasury/signer-b"`},
		"leading zero":     {sig(origin + "\n03\n" + root + "\n"), `checkpoint: wanted a size from 0 to 1048576, found "03"`},
		"plus sign":        {sig(origin + "\n+3\n" + root + "\n"), `checkpoint: wanted a size from 0 to 1048576, found "+3"`},
		"minus sign":       {sig(origin + "\n-3\n" + root + "\n"), `checkpoint: wanted a size from 0 to 1048576, found "-3"`},
		"minus zero":       {sig(origin + "\n-0\n" + root + "\n"), `checkpoint: wanted a size from 0 to 1048576, found "-0"`},
		"too large":        {sig(origin + "\n1048577\n" + root + "\n"), `checkpoint: wanted a size from 0 to 1048576, found "1048577"`},
		"no number":        {sig(origin + "\nthree\n" + root + "\n"), `checkpoint: wanted a size from 0 to 1048576, found "three"`},
		"short root":       {sig(origin + "\n3\n" + root[1:] + "\n"), "checkpoint: root: wanted 44 characters of base64, found 43"},
		"carriage return":  {strings.ReplaceAll(good, "\n", "\r\n"), "checkpoint: wanted a text, an empty line and signatures, found no empty line"},
		"text after":       {good + "x\n", "checkpoint: signature line 2: wanted a dash, a name and base64"},
		"empty line after": {good + "\n", "checkpoint: signature line 2: wanted a dash, a name and base64"},
		"no line feed":     {strings.TrimSuffix(good, "\n"), "checkpoint: wanted a line feed at the end"},
		"signed twice":     {good + line, "checkpoint: signature line 2: a second signature by key " + own},
		"cosigned twice":   {good + cosignature(1) + cosignature(1), "checkpoint: signature line 3: a second signature by key witness1.example 00000000"},
		"not signed by us": {text + "\n\n" + cosignature(1), "checkpoint: wanted a signature by key " + own + ", found none"},
		"loose base64":     {strings.Replace(good, "=\n", "=\n", 1)[:len(good)-3] + "V=\n", "checkpoint: signature line 1: wanted a key hash and a signature in canonical base64"},
		"changed text":     {strings.Replace(good, "\n3\n", "\n4\n", 1), "checkpoint: invalid signature for key " + strings.Replace(own, " ", "+", 1)},
		"control byte":     {good + "— wit\x01ness " + strings.Fields(cosignature(1))[2] + "\n", "checkpoint: malformed note"},
		"much too long":    {strings.Repeat("x", 65537), "checkpoint: wanted at most 65536 bytes, found 65537"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := OpenCheckpoint([]byte(c.note), k.Verifier())
			if got != (Checkpoint{}) {
				t.Errorf("opened: %v", got)
			}
			wantError(t, err, "", c.want)
		})
	}
	_, err := OpenCheckpoint([]byte(good), Verifier{})
	wantError(t, err, "", "log verifier: not there")
}

func TestEveryChangedBitIsRefused(t *testing.T) {
	good := []byte(signed(t, testKey(1), origin+"\n3\n"+RootOf(records(3)).String()+"\n"))
	v := testKey(1).Verifier()
	for i := range good {
		for bit := range 8 {
			b := bytes.Clone(good)
			b[i] ^= 1 << bit
			if c, err := OpenCheckpoint(b, v); err == nil {
				t.Fatalf("byte %d, bit %d: opened as %v", i, bit, c)
			}
		}
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	k := testKey(1)
	empty := signed(f, k, origin+"\n0\n"+RootOf(nil).String()+"\n")
	f.Add([]byte(empty))
	f.Add([]byte(signed(f, k, origin+"\n3\n"+RootOf(records(3)).String()+"\n") + cosignature(1)))
	f.Add([]byte(empty + empty))
	f.Add([]byte(foreignCheckpoint))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := OpenCheckpoint(b, k.Verifier())
		if err != nil {
			return
		}
		// What opens is our own text and our own signature, byte for byte,
		// and lines by others.
		text, own, _ := strings.Cut(signed(t, k, c.text()), "\n\n")
		foundText, lines, _ := strings.Cut(string(b), "\n\n")
		if foundText != text || strings.Count(lines, own) != 1 {
			t.Errorf("%q opens as %v", b, c)
		}
	})
}
