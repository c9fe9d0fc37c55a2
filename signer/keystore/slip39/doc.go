// Package slip39 splits a secret into shares that people write down as words,
// and puts it together again, by SLIP-0039. Any program of that standard reads
// these shares, and this one reads theirs.
//
// A share of 16 bytes is 20 words, one of 32 bytes is 33. This one is the second
// of a group that any two of its three members open; the group's first three
// words are the same, so shares that belong together are seen to:
//
//	usher jerky academic agency dismiss playoff genuine withdraw punish welfare
//	formal numb total pencil facility climate chest faint kitchen estate
//
// The passphrase is no password: every one opens the shares, each to another
// secret, and nothing tells the right one from a wrong one.
//
// Numbers in the API are the standard's, groups and members from 0. Errors are
// for people and count groups, members, shares and words from 1. No error holds
// a word.
//
// # Time
//
// What is done with share values, words and the secret takes the same steps and
// reads the same memory whatever they are: arithmetic in GF(256) uses masks and
// no table, a word is looked up by reading the whole list, letters are gathered
// and written by masks, the checksum is linear, digests are compared by
// crypto/subtle, and HMAC and PBKDF2 are those of the standard library, whose
// SHA-256 has no branch on its data.
//
// Not hidden: the scheme and everything else in the first four words, sizes, the
// number of bytes of a mnemonic as a whole, the length of the passphrase and
// whether its bytes are printable, whether a check failed and which one, and all
// that Complete and Suspect do, which wait for a typing person.
//
// # Memory
//
// Secrets are overwritten where this package holds them. The standard library
// keeps copies of the passphrase, and states of HMAC that come from it, from
// halves of the secret and from the random part of its digest, until their memory
// is used again.
//
// Standard: https://github.com/satoshilabs/slips/blob/master/slip-0039.md.
package slip39
