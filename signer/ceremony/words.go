package ceremony

import (
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
	"strongroom/signer/keystore/bip39"
)

// Words returns a hash as people read it aloud: the first eight words of its
// mnemonic by BIP-39's English list, 88 bits. They tell texts apart for people
// in one room, who hold the whole hash as well; they are no identity. The
// zero hash, which nothing has, gives none.
//
//	e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
//	together mail awful cradle scrub apart hip leader
func Words(h text.Hash) []string {
	if h.IsZero() {
		return nil
	}
	mnemonic, err := bip39.Encode(h[:])
	if err != nil {
		panic("ceremony: a hash of 32 bytes has no words: " + err.Error())
	}
	return strings.Fields(string(mnemonic))[:spokenWords]
}

// KeyWords returns an account key as people read it aloud: the words of the
// SHA-256 of its text, as AccountKey.String writes it.
//
//	printf %s '[1c3a5f77/48h/1h/0h/2h]tpub...' | sha256sum
func KeyWords(k custody.AccountKey) []string { return Words(text.Identity([]byte(k.String()))) }

// spoken is the words on one line.
func spoken(h text.Hash) string { return strings.Join(Words(h), " ") }
