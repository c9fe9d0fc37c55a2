// Package bip39 turns entropy into the words of BIP-39 and back, and helps a
// person who types them. Only the English list is known.
//
// A mnemonic is 12, 15, 18, 21 or 24 words with single spaces and no line
// feed, the last of which holds a checksum:
//
//	abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about
//
// Encode, Decode and Seed are exact and their errors never repeat a word.
// Complete, LastWords and Hints answer a person at a keyboard; what they return
// is as secret as the words, and belongs on that person's screen only.
//
// Encode and Decode look a secret word up by comparing it with all 2,048, each
// time, so that neither a branch nor an address depends on which word it is.
// The length of a word is not hidden (it is how many bytes are written), nor is
// the place of a word that the list lacks. Complete, LastWords and Hints are
// not constant in time.
//
// Standard: https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki
package bip39
