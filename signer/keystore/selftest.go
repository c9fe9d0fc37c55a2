package keystore

import (
	"encoding/hex"
	"fmt"
	"strings"

	"strongroom/custody"
	"strongroom/signer/keystore/slip39"
)

// What the known answers come from: the words that every BIP-39 tool knows, and
// two shares that another implementation of SLIP-39 made of bytes 0 to 15.
const (
	knownXpub  = "xpub6E79FaRWLSJCAgA2jDHRvyrWKwT6aSmR685zptzyYPvmUd44omcxZ1NAzDtbdFBvEADjcVbV4NzTDwQeU6oiSV9KGiMSWhjANZjbfUHkm3Y"
	knownSig   = "304402202919530da6c2ea322707fd1c90f2e6af5aae5e620f750d5e6b27c7a1cef5953a0220022addc81a63fa5c33fdfdd62ef79647d5d9c80284a45594eee688075a62fb9d01"
	knownSplit = "000102030405060708090a0b0c0d0e0f"
)

// knownShares returns two shares of one set.
func knownShares() [2]string {
	return [2]string{
		"testify clay academic acid anxiety invasion equation salt idle walnut traveler home solution hawk satisfy evening material stadium grasp adapt",
		"testify clay academic always ancient gross mansion salon priest random space merchant spider cradle nervous satoshi explain jewelry reunion density",
	}
}

// SelfTest computes what is known: the account key and a signature (RFC 6979, low
// R, low S) of the words abandon to art, and the secret of two shares. A program
// or a machine that comes to anything else must not touch a key.
func SelfTest() error {
	seed, err := SeedOfMnemonic([]byte(strings.Repeat("abandon ", 23)+"art"), nil)
	if err != nil {
		return selfTest("words", err)
	}
	defer seed.Wipe()
	a, err := seed.Account(custody.Mainnet, 0)
	if err != nil {
		return selfTest("derivation", err)
	}
	defer a.Wipe()
	if a.Key().Extended() != knownXpub {
		return selfTest("derivation", nil)
	}
	sig, err := a.Sign(custody.Receive, 0, [32]byte{31: 1})
	if err != nil || hex.EncodeToString(sig) != knownSig {
		return selfTest("signature", err)
	}
	return testShares()
}

func testShares() error {
	var shares []*slip39.Share
	for _, words := range knownShares() {
		s, err := slip39.Parse([]byte(words))
		if err != nil {
			return selfTest("share", err)
		}
		shares = append(shares, s)
	}
	secret, err := slip39.Combine(shares, nil)
	if err != nil || hex.EncodeToString(secret) != knownSplit {
		return selfTest("shares", err)
	}
	return nil
}

func selfTest(what string, err error) error {
	if err != nil {
		return fmt.Errorf("self-test: %s: want the known answer, found %w; do not use this program here", what, err)
	}
	return fmt.Errorf("self-test: %s: want the known answer, found another; do not use this program here", what)
}
