package policy

import (
	"encoding/base64"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func decodeKey(t testing.TB, verifier string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(verifierKey(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return b[1:]
}

func TestLogVerifierIsTheNoteLibrarys(t *testing.T) {
	for _, name := range []string{"acme-treasury/signer-a", "x"} {
		want, err := note.NewEd25519VerifierKey(name, public(name))
		if err != nil {
			t.Fatal(err)
		}
		if got := verifier(t, name); got != want {
			t.Errorf("want %s, found %s", want, got)
		}
	}
	for _, c := range []struct {
		name string
		key  []byte
		want string
	}{
		{"x", make([]byte, 31), "log key: want 32 bytes, found 31"},
		{"", make([]byte, 32), `want a verifier key NAME+HASH+BASE64, found "+bd5f1005+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAA..."`},
		{"a+b", make([]byte, 32), "verifier key: want 33 bytes in base64, found \"3bba2788+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...\""},
	} {
		if _, err := LogVerifier(c.name, c.key); err == nil || err.Error() != c.want {
			t.Errorf("want %q, found %v", c.want, err)
		}
	}
}
