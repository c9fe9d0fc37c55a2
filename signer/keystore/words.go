package keystore

import "strongroom/signer/keystore/bip39"

// NewWords returns the words of BIP-39 for 16, 20, 24, 28 or 32 bytes of entropy,
// and the seed that they stretch to without a passphrase. It refuses entropy that
// NewSeed refuses as a seed. The caller wipes both, and clears its own.
func NewWords(entropy []byte) (words []byte, seed *Seed, err error) {
	plain, err := NewSeed(entropy)
	if err != nil {
		return nil, nil, err
	}
	plain.Wipe()
	words, err = shielded(func() ([]byte, error) { return bip39.Encode(entropy) })
	if err != nil {
		return nil, nil, err
	}
	if seed, err = SeedOfMnemonic(words, nil); err != nil {
		clear(words)
		return nil, nil, err
	}
	return words, seed, nil
}
