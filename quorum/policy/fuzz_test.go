package policy

import (
	"bytes"
	"testing"

	"strongroom/custody"
)

// What parses renders to the same bytes, and no policy makes the checks fail
// otherwise than by a reason.
func FuzzParse(f *testing.F) {
	f.Add(rich(f).Bytes())
	f.Add(filled(f, custody.Regtest).Bytes())
	f.Add(draft(f, custody.Signet).Bytes())
	f.Add([]byte("strongroom/policy@v1\nvault acme\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			if p != nil {
				t.Fatal("want no policy beside a refusal")
			}
			return
		}
		again, err := Render(p)
		if err != nil || !bytes.Equal(again, b) || !bytes.Equal(p.Bytes(), b) {
			t.Fatalf("want the same bytes, found %q, %v", again, err)
		}
		for _, r := range p.Check() {
			if r.Code == CodeForm {
				t.Fatalf("want fields that are their bytes, found %v", r)
			}
		}
	})
}

// A verifier key has one writing: what is accepted is made again of its parts.
func FuzzVerifier(f *testing.F) {
	f.Add(verifier(f, "acme-treasury/signer-a"))
	f.Add("witness.audit.example/w1+b1623093+BIyFSckGtrZhwSa4plwc5jP3i9GpKfHrrEqUCrsuOkoJ")
	f.Add("a+b+c")
	f.Fuzz(func(t *testing.T, s string) {
		check := checkVerifier(ed25519Note)
		if _, err := check(s); err != nil {
			return
		}
		key := make([]byte, ed25519Size)
		copy(key, decodeKey(t, s))
		if again, err := LogVerifier(verifierName(s), key); err != nil || again != s {
			t.Errorf("want %q, found %q, %v", s, again, err)
		}
	})
}
