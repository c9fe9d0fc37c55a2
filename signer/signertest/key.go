package signertest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"testing"

	"golang.org/x/crypto/ssh"

	"strongroom/quorum/sshsig"
)

// application is the application string of hardware keys.
const application = "ssh:strongroom"

// Key is an officer's key in memory. One of a hardware type does what a FIDO2
// authenticator does, with the flags and the counter that a test sets; the
// counter stands still until the test moves it.
type Key struct {
	Flags   byte
	Counter uint32

	key sshsig.Key
	ed  ed25519.PrivateKey
	ec  *ecdsa.PrivateKey
}

// NewKey derives a key of type Ed25519, ECDSAP256 or SKEd25519 from a name, the
// same one each time.
func NewKey(t testing.TB, kind sshsig.KeyType, name string) *Key {
	t.Helper()
	k := &Key{Flags: sshsig.FlagPresent | sshsig.FlagVerified, Counter: 7}
	seed := sha256.Sum256([]byte("strongroom test key " + name))
	blob := k.derive(t, kind, seed[:])
	var err error
	if k.key, err = sshsig.ParseKey(kind.String() + " " + base64.StdEncoding.EncodeToString(blob)); err != nil {
		t.Fatal(err)
	}
	return k
}

// derive makes the secret half and returns the public one in SSH's encoding.
func (k *Key) derive(t testing.TB, kind sshsig.KeyType, seed []byte) []byte {
	t.Helper()
	if kind == sshsig.ECDSAP256 {
		ec, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed)
		if err != nil {
			t.Fatal(err)
		}
		point, err := ec.PublicKey.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		k.ec = ec
		return ssh.Marshal(struct{ T, C, P string }{kind.String(), "nistp256", string(point)})
	}
	k.ed = ed25519.NewKeyFromSeed(seed)
	point := string(k.ed.Public().(ed25519.PublicKey))
	if kind == sshsig.SKEd25519 {
		return ssh.Marshal(struct{ T, P, A string }{kind.String(), point, application})
	}
	return ssh.Marshal(struct{ T, P string }{kind.String(), point})
}

// Key returns the public key.
func (k *Key) Key() sshsig.Key { return k.key }

// File returns an Ed25519 key as ssh-keygen keeps it, without a passphrase.
func (k *Key) File(t testing.TB) []byte {
	t.Helper()
	if k.key.Type() != sshsig.Ed25519 {
		t.Fatalf("signertest: want a key of type %s, found %s", sshsig.Ed25519, k.key.Type())
	}
	block, err := ssh.MarshalPrivateKey(k.ed, "")
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block)
}

// Sign returns the content of an SSH signature of the blob, the same one each
// time.
func (k *Key) Sign(blob []byte) ([]byte, error) {
	if k.ec == nil {
		return k.content(ed25519.Sign(k.ed, k.signed(blob))), nil
	}
	r, s, err := k.integers(blob)
	return k.content(ssh.Marshal(struct{ R, S *big.Int }{r, s})), err
}

// Malleated signs like the ECDSA key k, but with n-s in place of s: what
// anybody who sees the first signature can write.
func (k *Key) Malleated() sshsig.Signer { return malleated{k} }

type malleated struct{ of *Key }

func (m malleated) Key() sshsig.Key { return m.of.key }

func (m malleated) Sign(blob []byte) ([]byte, error) {
	r, s, err := m.of.integers(blob)
	if err != nil {
		return nil, err
	}
	s.Sub(m.of.ec.Curve.Params().N, s)
	return m.of.content(ssh.Marshal(struct{ R, S *big.Int }{r, s})), nil
}

func (k *Key) integers(blob []byte) (r, s *big.Int, err error) {
	sum := sha256.Sum256(blob)
	der, err := k.ec.Sign(nil, sum[:], crypto.SHA256) // RFC 6979
	if err != nil {
		return nil, nil, err
	}
	var v struct{ R, S *big.Int }
	_, err = asn1.Unmarshal(der, &v)
	return v.R, v.S, err
}

// signed returns the bytes that the key really signs.
func (k *Key) signed(blob []byte) []byte {
	if !k.key.Hardware() {
		return blob
	}
	app, sum := sha256.Sum256([]byte(application)), sha256.Sum256(blob)
	b := append(app[:], k.Flags)
	return append(binary.BigEndian.AppendUint32(b, k.Counter), sum[:]...)
}

func (k *Key) content(value []byte) []byte {
	b := ssh.Marshal(struct{ F, V string }{k.key.Type().String(), string(value)})
	if k.key.Hardware() {
		b = binary.BigEndian.AppendUint32(append(b, k.Flags), k.Counter)
	}
	return b
}

// armored returns a signature file that nobody has checked, such as sshsig.Sign
// would not make.
func armored(t testing.TB, k *Key, namespace string, message []byte) []byte {
	t.Helper()
	sum := sha512.Sum512(message)
	content, err := k.Sign(append([]byte("SSHSIG"), ssh.Marshal(struct{ N, R, H, D string }{namespace, "", "sha512", string(sum[:])})...))
	if err != nil {
		t.Fatal(err)
	}
	blob := append([]byte("SSHSIG"), ssh.Marshal(struct {
		V             uint32
		K, N, R, H, C string
	}{1, string(k.key.Blob()), namespace, "", "sha512", string(content)})...)
	const columns = 70
	var b bytes.Buffer
	b.WriteString("-----BEGIN SSH SIGNATURE-----\n")
	for text := base64.StdEncoding.EncodeToString(blob); text != ""; {
		n := min(columns, len(text))
		b.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	b.WriteString("-----END SSH SIGNATURE-----\n")
	return b.Bytes()
}
