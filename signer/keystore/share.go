package keystore

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"golang.org/x/crypto/ssh"
)

// Commitment is by what a share can be checked without any other: the SHA-256 of
// its words and LF, which "age -d share.age | sha256sum" prints. It can be public:
// a share is as hard to guess as the key.
type Commitment [32]byte

// CommitShare returns the commitment of a share's words.
func CommitShare(words []byte) Commitment {
	content := shareContent(words)
	defer clear(content)
	return sha256.Sum256(content)
}

func shareContent(words []byte) []byte {
	content := make([]byte, len(words)+1)
	copy(content, words)
	content[len(words)] = '\n'
	return content
}

// SealShare returns a share's words and LF as a binary age file for one
// recipient. The passphrase and the cost of scrypt, a power of two of 10 to 20,
// are looked at for a passphrase only; DefaultWorkFactor is what a real share is
// sealed with.
func SealShare(words []byte, to Recipient, passphrase []byte, workFactor int) ([]byte, error) {
	recipient := to.age
	switch to.seal {
	case SealPassphrase:
		if err := CheckPassphrase(passphrase); err != nil {
			return nil, err
		}
		if workFactor < minWorkFactor || workFactor > maxWorkFactor {
			return nil, fmt.Errorf("seal: want a work factor of %d to %d, found %d", minWorkFactor, maxWorkFactor, workFactor)
		}
		r, err := age.NewScryptRecipient(string(passphrase))
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		r.SetWorkFactor(workFactor)
		recipient = r
	case SealHardware:
		return nil, errors.New("seal: want a recipient that this program can seal to, found a plugin's, which its own program has to")
	}
	if recipient == nil {
		return nil, errors.New("seal: want a recipient, found none")
	}
	content := shareContent(words)
	defer clear(content)
	return encrypt(content, recipient)
}

func encrypt(content []byte, to age.Recipient) ([]byte, error) {
	var file bytes.Buffer
	w, err := age.Encrypt(&file, to)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return file.Bytes(), nil
}

// Opener is what a holder opens a share with. It prints as "opener(...)" in every
// form. The zero value opens nothing.
type Opener struct{ ids hidden[[]age.Identity] }

func opener(ids ...age.Identity) Opener { return Opener{hide(&ids)} }

// Format writes "opener(...)" for every verb and flag of package fmt.
func (o Opener) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "opener(...)") }

// WithPassphrase opens a share that is sealed to a passphrase.
func WithPassphrase(passphrase []byte) (Opener, error) {
	if len(passphrase) == 0 || len(passphrase) > maxPassphrase {
		return Opener{}, fmt.Errorf("passphrase: want 1 to %d bytes, found %d", maxPassphrase, len(passphrase))
	}
	id, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return Opener{}, fmt.Errorf("passphrase: %w", err)
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	return opener(id), nil
}

// ErrKeyFile says that a file holds no key that opens shares. What it holds is
// not told.
var ErrKeyFile = errors.New("key file: want an age identity file or an ssh-ed25519 private key, found another")

// ErrKeyLocked says that a key file wants its own passphrase.
var ErrKeyLocked = errors.New("key file: want its passphrase too, found none")

// WithKeyFile opens a share that is sealed to a key: an age identity file, or an
// OpenSSH ed25519 private key, which may have a passphrase of its own.
func WithKeyFile(file, passphrase []byte) (Opener, error) {
	if len(file) > maxKeyFile {
		return Opener{}, fmt.Errorf("key file: want at most %d bytes, found %d", maxKeyFile, len(file))
	}
	if !bytes.HasPrefix(file, []byte("-----BEGIN")) {
		ids, err := age.ParseIdentities(bytes.NewReader(file))
		if err != nil {
			return Opener{}, ErrKeyFile // the library repeats the line
		}
		return opener(ids...), nil
	}
	key, err := parseSSH(file, passphrase)
	if err != nil {
		return Opener{}, err
	}
	id, err := agessh.NewEd25519Identity(key)
	if err != nil {
		return Opener{}, ErrKeyFile
	}
	return opener(id), nil
}

func parseSSH(file, passphrase []byte) (ed25519.PrivateKey, error) {
	key, err := ssh.ParseRawPrivateKey(file)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		if len(passphrase) == 0 {
			return nil, ErrKeyLocked
		}
		if key, err = ssh.ParseRawPrivateKeyWithPassphrase(file, passphrase); err != nil {
			return nil, ErrPassphrase
		}
	}
	if k, ok := key.(*ed25519.PrivateKey); ok && err == nil {
		return *k, nil
	}
	return nil, ErrKeyFile
}

// OpenShare opens what SealShare wrote, or any age file of a share, and returns
// its words. A share that the opener does not open is ErrPassphrase for a
// passphrase and ErrOtherKey for a key. No error shows what the file holds.
func OpenShare(file []byte, with Opener) ([]byte, error) {
	return shielded(func() ([]byte, error) { return openShare(file, with) })
}

func openShare(file []byte, with Opener) ([]byte, error) {
	if len(file) > maxSealed {
		return nil, fmt.Errorf("share: want at most %d bytes, found %d", maxSealed, len(file))
	}
	if with.ids == nil {
		return nil, errors.New("share: want a passphrase or a key to open it with, found none")
	}
	r, err := age.Decrypt(bytes.NewReader(file), *with.ids()...)
	if err != nil {
		return nil, notOpened(err, with)
	}
	content, err := io.ReadAll(io.LimitReader(r, maxShareContent+1))
	if err != nil {
		clear(content)
		return nil, errors.New("share: want an undamaged file, found a damaged one")
	}
	return ShareWords(content)
}

func notOpened(err error, with Opener) error {
	var none *age.NoIdentityMatchError
	if !errors.As(err, &none) {
		return fmt.Errorf("share: want an age file, found %w", err)
	}
	_, byPassphrase := (*with.ids())[0].(*age.ScryptIdentity)
	sealed := len(none.StanzaTypes) == 1 && none.StanzaTypes[0] == "scrypt"
	switch {
	case byPassphrase && !sealed:
		return errors.New("share: want one that is sealed to a passphrase, found one that is sealed to a key")
	case sealed && !byPassphrase:
		return errors.New("share: want one that is sealed to a key, found one that is sealed to a passphrase")
	case byPassphrase:
		return ErrPassphrase
	}
	return ErrOtherKey
}

// ErrOtherKey says that a share is sealed to another key.
var ErrOtherKey = errors.New("share: want the key that it is sealed to, found another")

// ShareWords takes the words out of an opened share: what is in the file is the
// words and LF. The words lie in the same memory, which the caller clears.
func ShareWords(content []byte) ([]byte, error) {
	words, ok := bytes.CutSuffix(content, []byte{'\n'})
	if !ok || len(content) > maxShareContent {
		clear(content)
		return nil, fmt.Errorf("share: want words and LF, at most %d bytes, found something else", maxShareContent)
	}
	return words, nil
}
