package backup

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/tag"
)

// token stands for the hardware: it holds the private half of a tagged key, and
// opens by HPKE as https://c2sp.org/age says.
type token struct {
	kind string
	key  hpke.PrivateKey
}

func (k token) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != k.kind || len(s.Args) != 2 {
			continue
		}
		enc, err := base64.RawStdEncoding.DecodeString(s.Args[1])
		if err != nil {
			return nil, err
		}
		r, err := hpke.NewRecipient(enc, k.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte("age-encryption.org/"+k.kind))
		if err != nil {
			return nil, err
		}
		return r.Open(nil, s.Body)
	}
	return nil, age.ErrIncorrectIdentity
}

// tagged makes a key of a kind, and its public half as an annex has it.
func tagged(t *testing.T, kind string) (token, string) {
	t.Helper()
	kem, made := hpke.DHKEM(ecdh.P256()), func(b []byte) (*tag.Recipient, error) {
		x, y := b[1:33], b[64]&1 // a token tells the compressed point
		return tag.NewClassicRecipient(append([]byte{2 + y}, x...))
	}
	if kind == kindTagHybrid {
		kem, made = hpke.MLKEM768P256(), tag.NewHybridRecipient
	}
	key, err := kem.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	r, err := made(key.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return token{kind, key}, r.String()
}

func TestTaggedKeysAreSealedToWithoutAPlugin(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no plugin is there
	for kind, begins := range map[string]string{kindTag: "age1tag1", kindTagHybrid: "age1tagpq1"} {
		opener, public := tagged(t, kind)
		if !strings.HasPrefix(public, begins) {
			t.Fatalf("want %s..., found %s", begins, clip(public))
		}
		r := mustRecipient(t, "alice", public)
		key := make([]byte, 16)
		if _, err := rand.Read(key); err != nil {
			t.Fatal(err)
		}
		header, err := FileKey{key}.Wrap([]Recipient{r})
		if err != nil {
			t.Fatal(err)
		}
		got, err := OpenHeader(header, opener)
		if err != nil || string(got.key) != string(key) {
			t.Errorf("%s: want the file key, found %v", kind, err)
		}
		if err := CheckGroup(header, []string{"1 " + r.String()}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if layer, err := checkRecipientLine("1 " + r.String()); err != nil || layer != 1 {
			t.Errorf("%s: want a line of a manifest, found %v", kind, err)
		}
	}
}

func TestTaggedKeysAreReadStrictly(t *testing.T) {
	_, classic := tagged(t, kindTag)
	_, hybrid := tagged(t, kindTagHybrid)
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{"cut": classic[:40], "another checksum": classic[:len(classic)-1] + "b", "upper case": "age1tag1" + strings.ToUpper(classic[8:]), "cut hybrid": hybrid[:400]} {
		if _, err := ParseRecipient("alice", s); err == nil || err.Error() != "recipient of alice: want age1tag1... or age1tagpq1..., found something like it that is no token's key" {
			t.Errorf("%s: found %v", name, err)
		}
	}
	// What withstands quantum computers stands alone in its layer, and with its like.
	if _, err := (Layers{{mustRecipient(t, "alice", hybrid), mustRecipient(t, "bob", classic)}}).check(); err == nil || err.Error() != "recipients: want hybrid keys alone or none in layer 1, found both" {
		t.Errorf("hybrid beside another: found %v", err)
	}
	if _, err := (Layers{{mustRecipient(t, "alice", hybrid), mustRecipient(t, "bob", pq.Recipient().String())}}).check(); err != nil {
		t.Errorf("two hybrids: found %v", err)
	}
}
