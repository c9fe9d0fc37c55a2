package sshsig

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestNamespaceNamesTheAct(t *testing.T) {
	if got := NamespaceFor("approve"); got != "approve.v1@strongroom" {
		t.Errorf("found %s", got)
	}
}

func TestSignedFileParsesAndVerifies(t *testing.T) {
	for _, kind := range testKeyTypes() {
		k := newSoftKey(t, kind, "officer bob")
		file, err := Sign(k, testNamespace, []byte(testMessage))
		if err != nil {
			t.Fatal(err)
		}
		if v, err := verifyBob(t, k, file, Factor{}); err != nil || !v.OK() {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// answeringSigner gives a prepared answer in place of a signature.
type answeringSigner struct {
	key    Key
	answer []byte
	err    error
}

func (s answeringSigner) Key() Key                    { return s.key }
func (s answeringSigner) Sign([]byte) ([]byte, error) { return s.answer, s.err }

func TestWrongAnswerOfASignerNeverLeaves(t *testing.T) {
	bob, eve := newSoftKey(t, Ed25519, "officer bob"), newSoftKey(t, Ed25519, "eve")
	hardware, ec := newSoftKey(t, SKEd25519, "officer bob"), newSoftKey(t, ECDSAP256, "officer bob")
	signed := stockSignedBlob(testNamespace, testMessage, "sha512")
	answer := func(k *softKey, blob []byte) []byte {
		b, err := k.Sign(blob)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	hardware.flags = 0
	untouched := answer(hardware, signed)
	name := "signer " + bob.key.Fingerprint() + ": "
	bad := name + "signature: want one by " + bob.key.Fingerprint() + " over this text, found one that does not verify"
	tests := []struct {
		name   string
		key    Key
		answer []byte
		text   string
	}{
		{"another key", bob.key, answer(eve, signed), bad},
		{"another text", bob.key, answer(bob, stockSignedBlob(testNamespace, "else", "sha512")), bad},
		{"another hash", bob.key, answer(bob, stockSignedBlob(testNamespace, testMessage, "sha256")), bad},
		{"another act", bob.key, answer(bob, stockSignedBlob("veto.v1@strongroom", testMessage, "sha512")), bad},
		{"another key's type", bob.key, answer(ec, signed),
			name + `signature format: want ssh-ed25519, the type of its key, found "ecdsa-sha2-nistp256"`},
		{"RSA over SHA-1", bob.key, ssh.Marshal(struct{ F, V string }{"ssh-rsa", "xxxx"}),
			name + "signature format: want ssh-ed25519, the type of its key, found ssh-rsa (RSA is not accepted)"},
		{"RSA over SHA-256", bob.key, ssh.Marshal(struct{ F, V string }{"rsa-sha2-256", "xxxx"}),
			name + "signature format: want ssh-ed25519, the type of its key, found rsa-sha2-256 (RSA is not accepted)"},
		{"bytes after it", bob.key, append(answer(bob, signed), 0), name + "signature end: want nothing more, found 1 byte"},
		{"nothing", bob.key, nil, name + "signature format: want 4 bytes, found 0"},
		{"far too much", bob.key, make([]byte, MaxArmored+1), "signer's answer: want at most 16384 bytes, found 16385 bytes"},
		{"nobody touched the key", hardware.key, untouched,
			"signer " + hardware.key.Fingerprint() + ": signature flags: want 01, a touched key, found 00"},
		{"no key at all", Key{}, nil, "signer key: want a key of an accepted type, found no key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file, err := Sign(answeringSigner{key: tt.key, answer: tt.answer}, testNamespace, []byte(testMessage))
			if file != nil || err == nil || err.Error() != tt.text {
				t.Errorf("want no file and %s\nfound %q, %v", tt.text, file, err)
			}
			if refused, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(refused.Reason(), "SIG-") {
				t.Errorf("no code in %v", err)
			}
		})
	}
}

func TestSignerThatFailsIsNamed(t *testing.T) {
	k := newSoftKey(t, Ed25519, "officer bob")
	cause := errors.New("the device was pulled out")
	_, err := Sign(answeringSigner{key: k.key, err: cause}, testNamespace, nil)
	if want := "signer " + k.key.Fingerprint() + ": the device was pulled out"; !errors.Is(err, cause) || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
}

func TestNothingIsSignedInANamespaceThatParseRefuses(t *testing.T) {
	k := newSoftKey(t, Ed25519, "officer bob")
	for namespace, found := range map[string]string{
		"": `""`, "a b": `"a b"`, "a\n": `"a\n"`, "é": `"é"`, strings.Repeat("n", 129): "129 bytes",
	} {
		_, err := Sign(k, namespace, nil)
		wantRefusal(t, err, CodeNamespace, "signature namespace: want 1 to 128 visible characters, found "+found)
	}
	if _, err := Sign(k, strings.Repeat("n", 128), nil); err != nil {
		t.Errorf("want the longest namespace signed, found %v", err)
	}
}
