package custody

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// der writes two integers of up to 33 bytes as a DER signature, whatever they
// are worth.
func der(r, s []byte) []byte {
	b := []byte{0x30, byte(4 + len(r) + len(s)), 2, byte(len(r))}
	b = append(append(b, r...), 2, byte(len(s)))
	return append(b, s...)
}

// highS returns the other signature that the same nonce gives: valid ECDSA,
// and refused.
func highS(t testing.TB, sig []byte) []byte {
	t.Helper()
	parsed, err := ecdsa.ParseDERSignature(sig[:len(sig)-1])
	if err != nil {
		t.Fatal(err)
	}
	r, s := parsed.R(), parsed.S()
	s.Negate()
	rb, sb := r.Bytes(), s.Bytes()
	number := func(b []byte) []byte {
		b = bytes.TrimLeft(b, "\x00")
		if b[0]&0x80 != 0 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	return append(der(number(rb[:]), number(sb[:])), sig[len(sig)-1])
}

func TestSignatureAttacks(t *testing.T) {
	secret := secp256k1.PrivKeyFromBytes(bytes.Repeat([]byte{9}, 32))
	key := [33]byte(secret.PubKey().SerializeCompressed())
	digest := sha256.Sum256([]byte("a withdrawal"))
	other := sha256.Sum256([]byte("another"))
	good := append(ecdsa.Sign(secret, digest[:]).Serialize(), SighashAll)
	if err := VerifyECDSA(key, digest, good); err != nil {
		t.Fatal(err)
	}
	kind := func(b byte) []byte { return append(bytes.Clone(good[:len(good)-1]), b) }
	long := append(bytes.Clone(good[:len(good)-1]), 0, SighashAll)
	offCurve := key
	offCurve[0] = 5
	cases := []struct {
		attack string
		key    [33]byte
		digest [32]byte
		sig    []byte
		want   string
	}{
		{"other digest", key, other, good, fmt.Sprintf("signature: want one by key %x over digest %x, found another", key, other)},
		{"sighash SINGLE", key, digest, kind(3), "signature: want the sighash byte 01 (ALL), found 03"},
		{"sighash NONE", key, digest, kind(2), "signature: want the sighash byte 01 (ALL), found 02"},
		{"sighash ALL, anyone can pay", key, digest, kind(0x81), "signature: want the sighash byte 01 (ALL), found 81"},
		{"sighash 0", key, digest, kind(0), "signature: want the sighash byte 01 (ALL), found 00"},
		{"high S", key, digest, highS(t, good), "signature: want the low one of the two values of S, found the high one"},
		{"empty", key, digest, nil, "signature: want 9 to 73 bytes, found 0"},
		{"too long", key, digest, make([]byte, 74), "signature: want 9 to 73 bytes, found 74"},
		{"byte behind S", key, digest, long, "signature: want strict DER: malformed signature: bad length: 69 != 70"},
		{"zero R", key, digest, append(der([]byte{0}, []byte{1}), 1), "signature: want strict DER: invalid signature: R is 0"},
		{"negative R", key, digest, append(der([]byte{0x80, 1}, []byte{1}), 1), "signature: want strict DER: malformed signature: R is negative"},
		{"padded R", key, digest, append(der([]byte{0, 1}, []byte{1, 1}), 1), "signature: want strict DER: malformed signature: R value has too much padding"},
		{"key off the curve", offCurve, digest, good, fmt.Sprintf("signature: want a public key on the curve, found %x", offCurve)},
	}
	for _, c := range cases {
		err := VerifyECDSA(c.key, c.digest, c.sig)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want the error\n%s, found\n%v", c.attack, c.want, err)
		}
	}
}

// TestWycheproof runs the vectors for bitcoin's ECDSA: every one of them must
// be taken or refused as they say.
func TestWycheproof(t *testing.T) {
	dir := os.Getenv("STRONGROOM_VECTORS")
	if dir == "" {
		t.Skip("STRONGROOM_VECTORS names no directory of public test vectors")
	}
	b, err := os.ReadFile(filepath.Join(dir, "wycheproof", "ecdsa_secp256k1_sha256_bitcoin_test.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		TestGroups []struct {
			PublicKey struct{ Uncompressed string }
			Tests     []struct {
				TcID                      int
				Comment, Msg, Sig, Result string
			}
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, g := range file.TestGroups {
		key, err := secp256k1.ParsePubKey(unhex(t, g.PublicKey.Uncompressed))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range g.Tests {
			cases++
			digest := sha256.Sum256(unhex(t, c.Msg))
			err := VerifyECDSA([33]byte(key.SerializeCompressed()), digest, append(unhex(t, c.Sig), SighashAll))
			if (c.Result == "valid") != (err == nil) {
				t.Errorf("case %d, %s: want %s, found error %v", c.TcID, c.Comment, c.Result, err)
			}
		}
	}
	if cases == 0 {
		t.Fatal("want cases, found none")
	}
	t.Logf("%d cases", cases)
}

func BenchmarkVerifyECDSA(b *testing.B) {
	secret := secp256k1.PrivKeyFromBytes(bytes.Repeat([]byte{9}, 32))
	key, digest := secret.PubKey(), sha256.Sum256([]byte("a withdrawal"))
	sig := append(ecdsa.Sign(secret, digest[:]).Serialize(), SighashAll)
	b.Run("33 bytes", func(b *testing.B) {
		for b.Loop() {
			if err := VerifyECDSA([33]byte(key.SerializeCompressed()), digest, sig); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parsed", func(b *testing.B) {
		for b.Loop() {
			if err := VerifyECDSAKey(key, digest, sig); err != nil {
				b.Fatal(err)
			}
		}
	})
}
