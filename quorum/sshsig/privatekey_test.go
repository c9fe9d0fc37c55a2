package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func TestKeyFilesOfStockToolsSignAlike(t *testing.T) {
	needStock(t)
	for name, args := range softwareKeys() {
		for _, passphrase := range []string{"", "correct horse"} {
			t.Run(name+"/"+passphrase, func(t *testing.T) {
				file := stockKey(t, passphrase, append(args, "-a", "4")...)
				signer, err := ParsePrivateKey(readFile(t, file), []byte(passphrase))
				if err != nil {
					t.Fatal(err)
				}
				public, err := ParseAuthorizedKey(readFile(t, file+".pub"))
				if err != nil || !signer.Key().Equal(public) {
					t.Fatalf("want %s, found %s %v", public, signer.Key(), err)
				}
				armored, err := Sign(signer, testNamespace, []byte(testMessage))
				if err != nil {
					t.Fatal(err)
				}
				if !stockAccepts(t, public.String(), testNamespace, armored, testMessage) {
					t.Error("ssh-keygen refuses the signature")
				}
				again, err := Sign(signer, testNamespace, []byte(testMessage))
				if err != nil || !bytes.Equal(again, armored) {
					t.Errorf("the second signature differs from the first: %v", err)
				}
				if name == "ssh-ed25519" && passphrase == "" {
					if theirs := stockSign(t, file, testNamespace, testMessage); !bytes.Equal(theirs, armored) {
						t.Errorf("ssh-keygen writes other bytes:\nwant\n%s\nfound\n%s", theirs, armored)
					}
				}
			})
		}
	}
}

func TestPassphraseIsAskedForAndChecked(t *testing.T) {
	needStock(t)
	file := readFile(t, stockKey(t, "correct horse", "-t", "ed25519", "-a", "4"))
	for _, empty := range [][]byte{nil, {}} {
		if s, err := ParsePrivateKey(file, empty); !errors.Is(err, ErrPassphraseNeeded) || s != nil {
			t.Errorf("want ErrPassphraseNeeded, found %v", err)
		}
	}
	if s, err := ParsePrivateKey(file, []byte("wrong horse")); !errors.Is(err, ErrPassphraseWrong) || s != nil {
		t.Errorf("want ErrPassphraseWrong, found %v", err)
	}
	open := readFile(t, stockKey(t, "", "-t", "ed25519"))
	const text = "private key: want no passphrase for a file without encryption, found one"
	if _, err := ParsePrivateKey(open, []byte("correct horse")); err == nil || err.Error() != text {
		t.Errorf("want %s, found %v", text, err)
	}
}

func TestRefusedTypeIsNamedBeforeThePassphraseIsAskedFor(t *testing.T) {
	needStock(t)
	file := readFile(t, stockKey(t, "correct horse", "-t", "rsa", "-b", "2048", "-a", "4"))
	_, err := ParsePrivateKey(file, nil)
	if refused, ok := errors.AsType[*Error](err); !ok || refused.Code != CodeKeyType {
		t.Errorf("want %s, found %v", CodeKeyType, err)
	}
}

// keyFile writes an unencrypted OpenSSH private key file, part by part.
func keyFile(public Key, secret []byte) []byte {
	type private struct {
		Check1, Check2 uint32
		Type           string
		Rest           []byte `ssh:"rest"`
	}
	inner := ssh.Marshal(private{1, 1, public.Type().String(), secret})
	for i := byte(1); len(inner)%8 != 0; i++ {
		inner = append(inner, i)
	}
	outer := ssh.Marshal(struct {
		Cipher, KDF, Options string
		N                    uint32
		Public, Private      string
	}{"none", "none", "", 1, public.blob, string(inner)})
	return pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: append([]byte(privateKeyMagic), outer...)})
}

func ed25519Secret(public, private []byte) []byte {
	return ssh.Marshal(struct{ Pub, Priv, Comment string }{string(public), string(private), "bob"})
}

func TestKeyFileWhoseHalvesDisagreeIsRefused(t *testing.T) {
	bob, eve := newSoftKey(t, Ed25519, "officer bob"), newSoftKey(t, Ed25519, "eve")
	public := func(k *softKey) []byte { return k.ed.Public().(ed25519.PublicKey) }

	if _, err := ParsePrivateKey(keyFile(bob.key, ed25519Secret(public(bob), bob.ed)), nil); err != nil {
		t.Fatalf("the good file is refused: %v", err)
	}
	const halves = "private key: want a secret half that belongs to the public half, found another"
	if _, err := ParsePrivateKey(keyFile(bob.key, ed25519Secret(public(eve), eve.ed)), nil); err == nil || err.Error() != halves {
		t.Errorf("want %s, found %v", halves, err)
	}
	// The seed is eve's and the point beside it bob's: a signature by this
	// pair, next to an honest one by eve, would give eve's secret away.
	mixed := append(bytes.Clone(eve.ed[:32]), public(bob)...)
	const seed = "private key: want an Ed25519 key that follows from its seed, found another"
	if _, err := ParsePrivateKey(keyFile(bob.key, ed25519Secret(public(bob), mixed)), nil); err == nil || err.Error() != seed {
		t.Errorf("want %s, found %v", seed, err)
	}
}

func TestHardwareKeyFileSaysWhereToSign(t *testing.T) {
	k := newSoftKey(t, SKEd25519, "officer bob")
	_, err := ParsePrivateKey(keyFile(k.key, nil), nil)
	wantRefusal(t, err, CodeKeyType, "private key: want a key that is in the file, found sk-ssh-ed25519@openssh.com, which signs through ssh-keygen or an agent")
}

func TestWhatIsNoKeyFileIsRefused(t *testing.T) {
	k := newSoftKey(t, Ed25519, "officer bob")
	good := string(keyFile(k.key, ed25519Secret(k.ed.Public().(ed25519.PublicKey), k.ed)))
	block := func(kind string, content []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
	}
	const shape = "private key: want one OPENSSH PRIVATE KEY block, found something else"
	for _, tt := range []struct{ name, file, text string }{
		{"empty", "", shape},
		{"public key", k.key.String() + "\n", shape},
		{"two keys", good + good, shape},
		{"PKCS 8", block("PRIVATE KEY", []byte("x")), shape},
		{"too large", strings.Repeat("x", MaxPrivateKeyFile+1), "private key: want at most 32768 bytes, found 32769 bytes"},
		{"other version", block("OPENSSH PRIVATE KEY", []byte("openssh-key-v2\x00")), "private key: want openssh-key-v1, found another format"},
		{"cut short", block("OPENSSH PRIVATE KEY", []byte(privateKeyMagic+"\x00\x00\x00\x04no")), "private key cipher: want 4 bytes, found 2"},
	} {
		if s, err := ParsePrivateKey([]byte(tt.file), nil); s != nil || err == nil || err.Error() != tt.text {
			t.Errorf("%s: want %s, found %v", tt.name, tt.text, err)
		}
	}
}

func TestErrorOfADamagedKeyFileHoldsNoSecret(t *testing.T) {
	k := newSoftKey(t, Ed25519, "officer bob")
	secret := []byte("0123456789abcdef0123456789abcdef")
	_, err := ParsePrivateKey(keyFile(k.key, append([]byte("\x00\x00\x00\x20"), secret...)), nil)
	if err == nil || strings.Contains(err.Error(), "0123") || !strings.HasPrefix(err.Error(), "private key: ") {
		t.Errorf("found %v", err)
	}
}
