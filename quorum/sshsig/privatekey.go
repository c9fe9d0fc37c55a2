package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// ErrPassphraseNeeded says that the private key file is encrypted and no
// passphrase was given.
var ErrPassphraseNeeded = errors.New("private key: want its passphrase, found none")

// ErrPassphraseWrong says that the passphrase does not open the file.
var ErrPassphraseWrong = errors.New("private key: want its passphrase, found another")

const privateKeyMagic = "openssh-key-v1\x00"

// ParsePrivateKey reads an OpenSSH private key file ("BEGIN OPENSSH PRIVATE
// KEY", PROTOCOL.key). An empty passphrase is none. The type is judged from
// the file's public half, before any passphrase is asked for. ECDSA
// signatures by the Signer are deterministic (RFC 6979), as Ed25519 ones are.
//
// Errors: ErrPassphraseNeeded, ErrPassphraseWrong, an *Error for a type or a
// public key that is not accepted, others for a file that cannot be read. No
// error holds any of the file's secret bytes.
func ParsePrivateKey(file, passphrase []byte) (Signer, error) {
	if len(file) > MaxPrivateKeyFile {
		return nil, fmt.Errorf("private key: want at most %s, found %s", count(MaxPrivateKeyFile), count(len(file)))
	}
	key, encrypted, err := publicHalf(file)
	if err != nil {
		return nil, err
	}
	if key.Hardware() {
		return nil, &Error{Code: CodeKeyType, Subject: "private key", Want: "a key that is in the file", Found: key.kind.String() + ", which signs through ssh-keygen or an agent"}
	}
	switch {
	case encrypted && len(passphrase) == 0:
		return nil, ErrPassphraseNeeded
	case !encrypted && len(passphrase) != 0:
		return nil, errors.New("private key: want no passphrase for a file without encryption, found one")
	}
	raw, err := openPrivateKey(file, passphrase)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	if !bytes.Equal(signer.PublicKey().Marshal(), key.Blob()) {
		return nil, errors.New("private key: want a secret half that belongs to the public half, found another")
	}
	return fileSigner{key: key, signer: signer}, nil
}

// publicHalf reads the part of the file that is never encrypted.
func publicHalf(file []byte) (key Key, encrypted bool, err error) {
	block, rest := pem.Decode(file)
	if block == nil || block.Type != "OPENSSH PRIVATE KEY" || len(bytes.TrimSpace(rest)) != 0 {
		return Key{}, false, errors.New("private key: want one OPENSSH PRIVATE KEY block, found something else")
	}
	content, ok := bytes.CutPrefix(block.Bytes, []byte(privateKeyMagic))
	if !ok {
		return Key{}, false, errors.New("private key: want openssh-key-v1, found another format")
	}
	r := reader{subject: "private key", rest: content}
	r.bytes("cipher")
	kdf := string(r.bytes("key derivation"))
	r.bytes("key derivation options")
	r.uint32("number of keys")
	blob := r.bytes("public half")
	if r.err != nil {
		return Key{}, false, r.err
	}
	key, err = parseKeyBlob(blob)
	return key, kdf != "none", err
}

// openPrivateKey decrypts and decodes the secret half.
func openPrivateKey(file, passphrase []byte) (any, error) {
	var raw any
	var err error
	if len(passphrase) == 0 {
		raw, err = ssh.ParseRawPrivateKey(file)
	} else {
		raw, err = ssh.ParseRawPrivateKeyWithPassphrase(file, passphrase)
	}
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, ErrPassphraseWrong
	}
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	// The library takes an Ed25519 key's public half as the file has it. A
	// signature made with a wrong one gives the secret half away.
	if k, ok := raw.(*ed25519.PrivateKey); ok && !k.Equal(ed25519.NewKeyFromSeed(k.Seed())) {
		return nil, errors.New("private key: want an Ed25519 key that follows from its seed, found another")
	}
	return raw, nil
}

// fileSigner signs with a private key in memory.
type fileSigner struct {
	key    Key
	signer ssh.Signer
}

func (s fileSigner) Key() Key { return s.key }

// Sign passes no source of randomness, which asks crypto/ecdsa for RFC 6979.
func (s fileSigner) Sign(blob []byte) ([]byte, error) {
	sig, err := s.signer.Sign(nil, blob)
	if err != nil {
		return nil, err
	}
	return encodeAnswer(sig), nil
}

// encodeAnswer returns the content of an SSH signature.
func encodeAnswer(sig *ssh.Signature) []byte {
	b := appendString(appendString(nil, sig.Format), sig.Blob)
	return append(b, sig.Rest...)
}
