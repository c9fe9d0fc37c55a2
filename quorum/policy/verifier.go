package policy

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// The key types of c2sp.org/signed-note that are accepted.
const (
	ed25519Note        = 0x01 // a log's own key
	ed25519Cosignature = 0x04 // a witness's, c2sp.org/tlog-cosignature
)

// ed25519Size is the length of the public key in a verifier key.
const ed25519Size = 32

// checkVerifier reads a verifier key, NAME+HASH+BASE64, in its only writing:
// the hash is that of name and key, in lower case, and the base64 is strict.
func checkVerifier(types ...byte) func(string) (string, error) {
	return func(s string) (string, error) {
		parts := strings.SplitN(s, "+", 3)
		if len(s) > maxVerifier || len(parts) != 3 || parts[0] == "" {
			return "", fmt.Errorf("want a verifier key NAME+HASH+BASE64, found %q", clip(s))
		}
		key, err := text.ParseBase64(parts[2], 1+ed25519Size)
		if err != nil {
			return "", fmt.Errorf("verifier key: %w", err)
		}
		if !slices.Contains(types, key[0]) {
			return "", fmt.Errorf("verifier key: want a key of type %x, found type %02x", types, key[0])
		}
		if want := verifierHash(parts[0], key); parts[1] != want {
			return "", fmt.Errorf("verifier key: want the hash %s of its name and key, found %q", want, clip(parts[1]))
		}
		return s, nil
	}
}

// verifierHash returns the key hash in eight hex digits: the first four bytes
// of SHA-256 over name, LF and the typed key.
func verifierHash(name string, key []byte) string {
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	return hex.EncodeToString(sum[:4])
}

// verifierName returns the name in front of the first plus.
func verifierName(verifier string) string {
	name, _, _ := strings.Cut(verifier, "+")
	return name
}

// verifierKey returns the base64 behind the second plus.
func verifierKey(verifier string) string {
	_, rest, _ := strings.Cut(verifier, "+")
	_, key, _ := strings.Cut(rest, "+")
	return key
}

// LogVerifier returns the verifier key of an Ed25519 log key under a name, as a
// device line holds it. The public key must have 32 bytes.
func LogVerifier(name string, public []byte) (string, error) {
	if len(public) != ed25519Size {
		return "", fmt.Errorf("log key: want %d bytes, found %d", ed25519Size, len(public))
	}
	key := append([]byte{ed25519Note}, public...)
	v := name + "+" + verifierHash(name, key) + "+" + base64.StdEncoding.EncodeToString(key)
	return checkVerifier(ed25519Note)(v)
}

// bitsText writes a compact target as eight hex digits.
func bitsText(bits uint32) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, bits))
}
