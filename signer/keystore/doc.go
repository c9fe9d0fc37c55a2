// Package keystore holds one signer's wallet key while people use it: it splits
// the seed into shares, seals each to its holder, rebuilds the seed from enough
// of them, derives the account and signs. At rest there are shares only.
//
// A share is a stock age file with one recipient. Opened without this program,
//
//	age -d share-1c3a5f77-1-alice.age
//
// it prints the words of SLIP-0039 on one line, which any tool for that standard
// combines with the others, with an empty passphrase:
//
//	testify clay academic acid ... grasp adapt
//
// The SHA-256 of that line is the share's commitment, which is public: with it a
// holder checks their share alone. What the shares rebuild is the seed of BIP-32
// itself, as SLIP-0039 wants it; a key that was imported from words of BIP-39 is
// shared as the 64 bytes that its words stretch to.
//
// The account is BIP-48's for P2WSH multisig, m/48h/COINh/ACCOUNTh/2h. ECDSA
// signatures are deterministic by RFC 6979 and ground to a low R as Bitcoin
// Core grinds them, so Core and Electrum make the same bytes from the same key.
//
// Secrets live in arrays that Wipe overwrites, and a build with
// GOEXPERIMENT=runtimesecret has the runtime erase the registers, stack and
// memory that computing with them used. What lies outside our hands is said here:
// the standard library and age keep copies of passphrases and of words, and the
// curve's library of a key while it makes a nonce, until the memory is used again;
// and the multiplication of the curve's base point is not constant in time. Both
// are bearable only on a machine that is air-gapped, runs nothing else and is
// switched off afterwards.
//
// Standards: https://github.com/bitcoin/bips (BIP-32, 39, 48, 129),
// https://github.com/satoshilabs/slips/blob/master/slip-0039.md,
// https://age-encryption.org/v1, RFC 6979.
package keystore
