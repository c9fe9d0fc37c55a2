package bip39

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"fmt"
)

// Seed stretches a mnemonic, and a passphrase that may be empty, to the 64
// bytes that BIP-32 begins with: 2,048 rounds of PBKDF2-HMAC-SHA512. The caller
// clears them. It refuses a mnemonic that Decode refuses.
//
// The passphrase is printable ASCII. BIP-39 wants any other text normalised to
// NFKD, which needs tables as large as this program's, changes with Unicode,
// and is left out by enough tools that such a wallet may not come back in
// another one. ASCII is its own NFKD, so what is accepted here gives the same
// seed everywhere.
//
// Copies of both as strings, and those inside PBKDF2, are left to the garbage
// collector.
func Seed(mnemonic, passphrase []byte) ([SeedSize]byte, error) {
	var out [SeedSize]byte
	entropy, err := Decode(mnemonic)
	if err != nil {
		return out, err
	}
	clear(entropy)
	if err := checkPassphrase(passphrase); err != nil {
		return out, err
	}
	salt := append([]byte("mnemonic"), passphrase...)
	defer clear(salt)
	key, err := pbkdf2.Key(sha512.New, string(mnemonic), salt, stretchRounds, SeedSize)
	if err != nil {
		return out, fmt.Errorf("mnemonic: want it stretched by PBKDF2, found %w", err)
	}
	copy(out[:], key)
	clear(key)
	return out, nil
}

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
