package auditlog

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// algEd25519 is the first byte of an encoded key: C2SP signed-note, type 01. Of
// the other types none signs checkpoints of ours.
const algEd25519 = 1

// Key signs the checkpoints of one log and nothing else. The zero Key signs
// nothing. It prints as its origin: fmt never shows the secret.
type Key struct {
	secret *secret
}

// secret holds the key behind two pointers: fmt follows the first one when a
// verb doesn't fit the type, the second one never.
type secret struct {
	origin  string
	private *[ed25519.PrivateKeySize]byte
}

// key returns the private key as package ed25519 wants it.
func (s *secret) key() ed25519.PrivateKey { return s.private[:] }

// NewKey makes the key for the log with this origin, VAULT/SIGNER, from the next
// 32 bytes of rand.
func NewKey(rand io.Reader, origin string) (Key, error) {
	if err := checkOrigin(origin); err != nil {
		return Key{}, err
	}
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return Key{}, fmt.Errorf("log key: random bytes: %w", err)
	}
	return keyFromSeed(seed[:], origin), nil
}

func keyFromSeed(seed []byte, origin string) Key {
	private := [ed25519.PrivateKeySize]byte(ed25519.NewKeyFromSeed(seed))
	return Key{secret: &secret{origin: origin, private: &private}}
}

// ParseKeyFile reads a key as Encode wrote it, and nothing else. Its errors
// never show what the file holds.
func ParseKeyFile(b []byte) (Key, error) {
	if len(b) > maxKeyFile {
		return Key{}, fmt.Errorf("log key: wanted at most %d bytes, found %d", maxKeyFile, len(b))
	}
	fields := strings.Split(strings.TrimSuffix(string(b), "\n"), "+")
	if len(fields) < 5 || fields[0] != "PRIVATE" || fields[1] != "KEY" {
		return Key{}, errors.New("log key: wanted PRIVATE+KEY+ORIGIN+HASH+BASE64 and a line feed")
	}
	if err := checkOrigin(fields[2]); err != nil {
		return Key{}, errors.New("log key: wanted an origin VAULT/SIGNER")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(fields[4:], "+")) // base64 has pluses too
	if err != nil || len(raw) != 1+ed25519.SeedSize || raw[0] != algEd25519 {
		return Key{}, errors.New("log key: wanted an Ed25519 key (type 01, 32 bytes) in base64")
	}
	k := keyFromSeed(raw[1:], fields[2])
	if !bytes.Equal(k.Encode(), b) {
		return Key{}, errors.New("log key: not in its canonical form, or its key hash is wrong")
	}
	return k, nil
}

// Encode returns the content of the key file, a secret: the private form of
// C2SP signed-note keys, PRIVATE+KEY+ORIGIN+HASH+BASE64, and a line feed. The
// zero Key has none.
func (k Key) Encode() []byte {
	if k.secret == nil {
		return nil
	}
	return []byte(k.noteForm() + "\n")
}

// noteForm is the text that note.NewSigner takes.
func (k Key) noteForm() string {
	raw := append([]byte{algEd25519}, k.secret.key().Seed()...)
	vkey := strings.TrimPrefix(k.Verifier().String(), k.secret.origin+"+")
	hash, _, _ := strings.Cut(vkey, "+")
	return fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", k.secret.origin, hash, base64.StdEncoding.EncodeToString(raw))
}

// Verifier returns the public half.
func (k Key) Verifier() Verifier {
	if k.secret == nil {
		return Verifier{}
	}
	return Verifier{origin: k.secret.origin, public: [ed25519.PublicKeySize]byte(k.secret.key().Public().(ed25519.PublicKey))}
}

// String names the key without showing it.
func (k Key) String() string {
	if k.secret == nil {
		return "no log key"
	}
	return "log key of " + k.secret.origin
}

// GoString is String.
func (k Key) GoString() string { return k.String() }

// sign returns the checkpoint of a tree as a signed note. It opens its own note
// before it hands it out: a log must not live on after a signature that a bit
// flip has spoilt.
func (k Key) sign(size Size, root Root) ([]byte, error) {
	if k.secret == nil {
		return nil, errors.New("log key: not there")
	}
	signer, err := note.NewSigner(k.noteForm())
	if err != nil {
		return nil, fmt.Errorf("log key: %w", err)
	}
	want := Checkpoint{Origin: k.secret.origin, Size: size, Root: root}
	signed, err := note.Sign(&note.Note{Text: want.text()}, signer)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if got, err := OpenCheckpoint(signed, k.Verifier()); err != nil || got != want {
		return nil, errors.Join(errors.New("checkpoint: own signature does not verify"), err)
	}
	return signed, nil
}
