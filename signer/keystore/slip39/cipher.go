package slip39

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
)

// baseRounds is what each of the four rounds stretches with at exponent 0.
const baseRounds = 2500

// encrypt turns the master secret into the encrypted one, in its place.
func encrypt(block, passphrase []byte, h header) error {
	return feistel(block, passphrase, h, [...]byte{0, 1, 2, 3})
}

// decrypt turns the encrypted master secret into the secret, in its place.
func decrypt(block, passphrase []byte, h header) error {
	return feistel(block, passphrase, h, [...]byte{3, 2, 1, 0})
}

// feistel runs four rounds of a Feistel network over a block of even length, in
// the order given, and exchanges the halves at the end.
func feistel(block, passphrase []byte, h header, order [4]byte) error {
	half := len(block) / 2
	left, right := block[:half], block[half:]
	for _, i := range order {
		if err := round(left, right, passphrase, h, i); err != nil {
			return err
		}
		left, right = right, left
	}
	for k := range left {
		left[k], right[k] = right[k], left[k]
	}
	return nil
}

// round adds to left what PBKDF2 makes of right. Shares that can be extended are
// not salted with the identifier, so that another set opens to the same secret
// with the same passphrase.
func round(left, right, passphrase []byte, h header, i byte) error {
	var salt []byte
	if !h.extendable {
		salt = append(salt, "shamir"...)
		salt = append(salt, byte(h.identifier>>8), byte(h.identifier))
	}
	salt = append(salt, right...)
	defer clear(salt)
	password := append([]byte{i}, passphrase...)
	defer clear(password)
	key, err := pbkdf2.Key(sha256.New, string(password), salt, baseRounds<<h.exponent, len(left))
	if err != nil {
		return fmt.Errorf("cipher: want the passphrase stretched by PBKDF2, found %w", err)
	}
	defer clear(key)
	for k := range left {
		left[k] ^= key[k]
	}
	return nil
}

// checkPassphrase wants what every keyboard has.
func checkPassphrase(p []byte) error {
	if len(p) > maxPassphrase {
		return fmt.Errorf("passphrase: want at most %d bytes, found %d", maxPassphrase, len(p))
	}
	for i, c := range p {
		if c < 0x20 || c > 0x7e {
			return fmt.Errorf("passphrase: want printable ASCII, found another byte at %d", i+1)
		}
	}
	return nil
}
