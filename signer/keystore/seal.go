package keystore

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"strongroom/signer/keystore/bip39"
)

// Seal returns the seed as a binary age file with one scrypt recipient. Inside
// are the 24 words and LF. workFactor is scrypt's cost as a power of two, 10 to
// 20; DefaultWorkFactor is what a real seed is sealed with. A passphrase that
// CheckPassphrase refuses is refused here. The salt, file key and nonce are
// drawn by age itself.
func Seal(s *Seed, passphrase []byte, workFactor int) ([]byte, error) {
	if err := CheckPassphrase(passphrase); err != nil {
		return nil, err
	}
	if workFactor < minWorkFactor || workFactor > maxWorkFactor {
		return nil, fmt.Errorf("seal: want a work factor of %d to %d, found %d", minWorkFactor, maxWorkFactor, workFactor)
	}
	words, err := s.mnemonic()
	if err != nil {
		return nil, err
	}
	content := append(words, '\n')
	defer clear(content)
	r, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	r.SetWorkFactor(workFactor)
	var file bytes.Buffer
	w, err := age.Encrypt(&file, r)
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

// Unseal opens what Seal wrote. A wrong passphrase is ErrPassphrase. A file
// that asks for more work than factor 20, is longer than 4 KiB or holds
// anything but 24 words and LF is refused, and no error shows what it holds.
func Unseal(file, passphrase []byte) (*Seed, error) {
	if len(file) > maxSealed {
		return nil, fmt.Errorf("sealed seed: want at most %d bytes, found %d", maxSealed, len(file))
	}
	if len(passphrase) == 0 || len(passphrase) > maxPassphrase {
		return nil, fmt.Errorf("passphrase: want 1 to %d bytes, found %d", maxPassphrase, len(passphrase))
	}
	id, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, fmt.Errorf("sealed seed: %w", err)
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(file), id)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		if len(none.StanzaTypes) != 1 || none.StanzaTypes[0] != "scrypt" {
			return nil, errors.New("sealed seed: want one sealed to a passphrase, found one sealed to keys")
		}
		return nil, ErrPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("sealed seed: want an age file sealed to a passphrase, found %w", err)
	}
	content, err := io.ReadAll(io.LimitReader(r, bip39.MaxSize+2))
	defer clear(content)
	if err != nil {
		return nil, errors.New("sealed seed: want an undamaged file, found a damaged one")
	}
	seed, err := parseSeed(content)
	if err != nil {
		return nil, fmt.Errorf("sealed seed: %w", err)
	}
	return seed, nil
}
