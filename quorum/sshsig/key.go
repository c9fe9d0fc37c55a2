package sshsig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Key is a checked public key of an accepted type. Two Keys are the same key
// exactly when they are == (and not zero). The zero Key is no key: it
// verifies nothing and equals nothing.
type Key struct {
	kind  KeyType
	blob  string // the SSH encoding (RFC 4253, section 6.6)
	point string // 32 bytes for Ed25519, an uncompressed point for ECDSA
	app   string // application of a hardware key
}

// ParseKey reads a public key as a policy line holds it: exactly
// "TYPE BASE64", without comment. The base64 is strict, the blob is the one
// encoding of its key, ECDSA points are on their curve, and Ed25519 keys are
// canonical and not of small order. A type that is not accepted is refused as
// SIG-KEYTYPE, everything else as SIG-NONCANON.
func ParseKey(line string) (Key, error) {
	if len(line) > MaxKeyLine {
		return Key{}, keyError("line", "at most "+count(MaxKeyLine), count(len(line)))
	}
	name, text, ok := strings.Cut(line, " ")
	if !ok {
		return Key{}, keyError("line", "a type, a space and base64", "no space")
	}
	if _, err := keyTypeNamed("key type", name); err != nil {
		return Key{}, err
	}
	blob, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(blob) != text {
		return Key{}, keyError("text", "strict base64 and nothing after it", "something else")
	}
	k, err := parseKeyBlob(blob)
	if err != nil {
		return Key{}, err
	}
	if k.kind.String() != name {
		return Key{}, keyError("line's type", k.kind.String()+", the one inside the base64", name)
	}
	return k, nil
}

// ParseAuthorizedKey reads what a `.pub` file holds: one line "TYPE BASE64",
// perhaps a space and a comment, and LF. The comment is dropped. Options
// before the type are refused. Errors are those of ParseKey.
func ParseAuthorizedKey(line []byte) (Key, error) {
	if len(line) > MaxKeyLine {
		return Key{}, keyError("line", "at most "+count(MaxKeyLine), count(len(line)))
	}
	body, ok := bytes.CutSuffix(line, []byte("\n"))
	if !ok {
		return Key{}, keyError("line's end", "one LF", "none")
	}
	if !utf8.Valid(body) || bytes.ContainsFunc(body, isControl) {
		return Key{}, keyError("line", "one line of text", "control characters")
	}
	fields := strings.SplitN(string(body), " ", 3)
	return ParseKey(strings.Join(fields[:min(2, len(fields))], " "))
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

// parseKeyBlob reads the SSH encoding of a public key and nothing more.
func parseKeyBlob(blob []byte) (Key, error) {
	r := reader{subject: "key", rest: blob}
	name := string(r.bytes("type"))
	if r.err != nil {
		return Key{}, r.err
	}
	kind, refused := keyTypeNamed("key type", name)
	if refused != nil {
		return Key{}, refused
	}
	k := Key{kind: kind}
	if c := kind.curve(); c != nil {
		k.readPoint(&r, c)
	} else {
		k.readEd25519(&r)
	}
	if kind.Hardware() {
		k.readApplication(&r)
	}
	r.end()
	if r.err != nil {
		return Key{}, r.err
	}
	k.blob = string(k.encode())
	if k.blob != string(blob) {
		return Key{}, keyError("blob", "the one encoding of its key", "another")
	}
	return k, nil
}

// curve returns the curve of an ECDSA type, nil for the others.
func (t KeyType) curve() elliptic.Curve {
	switch t {
	case ECDSAP256, SKECDSAP256:
		return elliptic.P256()
	case ECDSAP384:
		return elliptic.P384()
	}
	return nil
}

// curveName returns OpenSSH's name of a curve.
func curveName(c elliptic.Curve) string {
	if c == elliptic.P384() {
		return "nistp384"
	}
	return "nistp256"
}

func (k *Key) readPoint(r *reader, c elliptic.Curve) {
	if name := r.bytes("curve"); r.err == nil && string(name) != curveName(c) {
		r.refuse("curve", curveName(c), quoted(name))
	}
	point := r.bytes("point")
	if r.err != nil {
		return
	}
	if _, err := ecdsa.ParseUncompressedPublicKey(c, point); err != nil {
		r.refuse("point", "an uncompressed point on "+curveName(c), "something else")
		return
	}
	k.point = string(point)
}

func (k *Key) readEd25519(r *reader) {
	point := r.bytes("point")
	if r.err != nil {
		return
	}
	if why := weakEd25519(point); why != "" {
		r.refuse("point", "an Ed25519 public key of 32 bytes", why)
		return
	}
	k.point = string(point)
}

func (k *Key) readApplication(r *reader) {
	app := r.bytes("application")
	if r.err != nil {
		return
	}
	if len(app) == 0 || len(app) > MaxApplication || !isPrintable(app) {
		r.refuse("application", fmt.Sprintf("1 to %d printable characters", MaxApplication), quoted(app))
		return
	}
	k.app = string(app)
}

// isPrintable reports whether all bytes are 20 to 7e.
func isPrintable[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// encode builds the key's blob from its parts.
func (k Key) encode() []byte {
	b := appendString(nil, k.kind.String())
	if c := k.kind.curve(); c != nil {
		b = appendString(b, curveName(c))
	}
	b = appendString(b, k.point)
	if k.kind.Hardware() {
		b = appendString(b, k.app)
	}
	return b
}

// String returns "TYPE BASE64", which ParseKey reads; empty for the zero Key.
func (k Key) String() string {
	if k.isZero() {
		return ""
	}
	return k.kind.String() + " " + base64.StdEncoding.EncodeToString([]byte(k.blob))
}

// Type returns the kind of key; zero for the zero Key.
func (k Key) Type() KeyType { return k.kind }

// Blob returns the key in SSH's binary encoding (RFC 4253, section 6.6).
func (k Key) Blob() []byte { return []byte(k.blob) }

// Fingerprint returns "SHA256:" and unpadded base64, as `ssh-keygen -l` shows
// it; empty for the zero Key.
func (k Key) Fingerprint() string {
	if k.isZero() {
		return ""
	}
	sum := sha256.Sum256([]byte(k.blob))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// Application returns the application string of a hardware key, such as
// "ssh:"; empty for other keys.
func (k Key) Application() string { return k.app }

// Equal reports whether both are the same key. The zero Key equals nothing,
// not even itself.
func (k Key) Equal(other Key) bool { return !k.isZero() && k == other }

// Hardware reports whether the key lives in a FIDO2 authenticator.
func (k Key) Hardware() bool { return k.kind.Hardware() }

func (k Key) isZero() bool { return k.kind == 0 }

func keyError(what, want, found string) *Error {
	return &Error{Code: CodeNonCanonical, Subject: "key " + what, Want: want, Found: found}
}
