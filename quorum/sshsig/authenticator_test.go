package sshsig

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"math/big"
	"testing"

	"golang.org/x/crypto/ssh"
)

// softKey is a key of any accepted type in memory. For the hardware types it
// does what a FIDO2 authenticator does, with the flags and the counter that a
// test asks for.
type softKey struct {
	key     Key
	ed      ed25519.PrivateKey
	ec      *ecdsa.PrivateKey
	hash    func([]byte) []byte
	flags   byte
	counter uint32
}

// testKeyTypes are all accepted types.
func testKeyTypes() []KeyType {
	return []KeyType{Ed25519, ECDSAP256, ECDSAP384, SKEd25519, SKECDSAP256}
}

// newSoftKey derives a key from a name, the same one each time.
func newSoftKey(t testing.TB, kind KeyType, name string) *softKey {
	t.Helper()
	k := &softKey{flags: FlagPresent | FlagVerified, counter: 7}
	if kind == Ed25519 || kind == SKEd25519 {
		seed := sha256.Sum256([]byte(name))
		k.ed = ed25519.NewKeyFromSeed(seed[:])
	} else {
		curve, scalar := elliptic.P256(), sum256([]byte(name))
		k.hash = sum256
		if kind == ECDSAP384 {
			curve, scalar, k.hash = elliptic.P384(), sum384([]byte(name)), sum384
		}
		ec, err := ecdsa.ParseRawPrivateKey(curve, scalar)
		if err != nil {
			t.Fatal(err)
		}
		k.ec = ec
	}
	k.key = k.publicKey(t, kind)
	return k
}

func sum256(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sum384(b []byte) []byte { s := sha512.Sum384(b); return s[:] }

// publicKey encodes the public half with x/crypto's encoder, and reads it.
func (k *softKey) publicKey(t testing.TB, kind KeyType) Key {
	t.Helper()
	var point []byte
	if k.ed != nil {
		point = k.ed.Public().(ed25519.PublicKey)
	} else {
		var err error
		if point, err = k.ec.PublicKey.Bytes(); err != nil {
			t.Fatal(err)
		}
	}
	var blob []byte
	switch kind {
	case Ed25519:
		blob = ssh.Marshal(struct{ T, P string }{"ssh-ed25519", string(point)})
	case ECDSAP256:
		blob = ssh.Marshal(struct{ T, C, P string }{"ecdsa-sha2-nistp256", "nistp256", string(point)})
	case ECDSAP384:
		blob = ssh.Marshal(struct{ T, C, P string }{"ecdsa-sha2-nistp384", "nistp384", string(point)})
	case SKEd25519:
		blob = ssh.Marshal(struct{ T, P, A string }{"sk-ssh-ed25519@openssh.com", string(point), "ssh:strongroom"})
	case SKECDSAP256:
		blob = ssh.Marshal(struct{ T, C, P, A string }{"sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", string(point), "ssh:strongroom"})
	}
	key, err := ParseKey(kind.String() + " " + base64.StdEncoding.EncodeToString(blob))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (k *softKey) Key() Key { return k.key }

func (k *softKey) Sign(blob []byte) ([]byte, error) {
	return k.answer(k.value(k.authenticated(blob))), nil
}

// authenticated returns the bytes that the key really signs.
func (k *softKey) authenticated(blob []byte) []byte {
	if !k.key.Hardware() {
		return blob
	}
	b := append(sum256([]byte("ssh:strongroom")), k.flags)
	b = binary.BigEndian.AppendUint32(b, k.counter)
	return append(b, sum256(blob)...)
}

// value returns the key's signature in SSH's encoding.
func (k *softKey) value(signed []byte) []byte {
	if k.ed != nil {
		return ed25519.Sign(k.ed, signed)
	}
	r, s := k.integers(signed)
	return ssh.Marshal(struct{ R, S *big.Int }{r, s})
}

func (k *softKey) integers(signed []byte) (r, s *big.Int) {
	hash := crypto.SHA256
	if k.key.Type() == ECDSAP384 {
		hash = crypto.SHA384
	}
	der, err := k.ec.Sign(nil, k.hash(signed), hash) // RFC 6979, the same each time
	if err != nil {
		panic("sshsig test: " + err.Error())
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		panic("sshsig test: " + err.Error())
	}
	return v.R, v.S
}

// answer wraps a value as the content of an SSH signature.
func (k *softKey) answer(value []byte) []byte {
	b := ssh.Marshal(struct{ F, V string }{k.key.Type().String(), string(value)})
	if k.key.Hardware() {
		b = binary.BigEndian.AppendUint32(append(b, k.flags), k.counter)
	}
	return b
}

// malleated returns the content with n-s in place of s.
func (k *softKey) malleated(blob []byte) []byte {
	r, s := k.integers(k.authenticated(blob))
	return k.answer(ssh.Marshal(struct{ R, S *big.Int }{r, new(big.Int).Sub(k.ec.Curve.Params().N, s)}))
}

// layout is a signature blob field by field, for tests that spoil one.
type layout struct {
	magic     string
	version   uint32
	key       string
	namespace string
	reserved  string
	hash      string
	content   string
	trailer   string
}

const (
	testNamespace = "approve.v1@strongroom"
	testMessage   = "strongroom/withdrawal@v1\npay 0.10000000 BTC\n"
)

// goodLayout returns a valid signature of testMessage by k.
func goodLayout(t testing.TB, k *softKey) layout {
	t.Helper()
	content, err := k.Sign(stockSignedBlob(testNamespace, testMessage, "sha512"))
	if err != nil {
		t.Fatal(err)
	}
	return layout{magic: "SSHSIG", version: 1, key: k.key.blob, namespace: testNamespace, hash: "sha512", content: string(content)}
}

// stockSignedBlob builds PROTOCOL.sshsig's signed data with x/crypto's encoder.
func stockSignedBlob(namespace, message, hash string) []byte {
	sum := sha512.Sum512([]byte(message))
	digest := sum[:]
	if hash == "sha256" {
		digest = sum256([]byte(message))
	}
	return append([]byte("SSHSIG"), ssh.Marshal(struct{ N, R, H, D string }{namespace, "", hash, string(digest)})...)
}

func (l layout) blob() []byte {
	b := append([]byte(l.magic), ssh.Marshal(struct {
		V             uint32
		K, N, R, H, C string
	}{l.version, l.key, l.namespace, l.reserved, l.hash, l.content})...)
	return append(b, l.trailer...)
}

func (l layout) armored() []byte { return armor(l.blob()) }

// mustParse parses a file that must be good.
func mustParse(t testing.TB, file []byte) *Signature {
	t.Helper()
	s, err := Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantRefusal compares a refusal's code and whole text.
func wantRefusal(t testing.TB, err error, code Code, text string) {
	t.Helper()
	refused, ok := err.(*Error)
	if !ok {
		t.Fatalf("want an *Error %s, found %T %v", code, err, err)
	}
	if refused.Reason() != string(code) || refused.Error() != text {
		t.Errorf("refusal:\nwant  %s %s\nfound %s %s", code, text, refused.Reason(), refused.Error())
	}
}
