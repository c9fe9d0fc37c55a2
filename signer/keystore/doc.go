// Package keystore holds one signer's wallet key: it makes the seed, seals it,
// unlocks it, derives the account and signs.
//
// At rest the seed is a stock age file with one passphrase (scrypt) recipient.
// Opened without this program,
//
//	age -d seed.age
//
// it prints the 24 words of BIP-39 on one line, which any wallet restores from
// with an empty BIP-39 passphrase:
//
//	abandon abandon abandon ... abandon art
//
// The account is BIP-48's for P2WSH multisig, m/48h/COINh/ACCOUNTh/2h. ECDSA
// signatures are deterministic by RFC 6979 and ground to a low R as Bitcoin
// Core grinds them, so Core and Electrum make the same bytes from the same key.
//
// Secrets live in arrays that Wipe overwrites. What lies outside our hands is
// said here: the standard library and age keep copies of the passphrase and of
// the words, and the curve's library of a key while it makes a nonce, until the
// memory is used again; and the multiplication of the curve's base point is not
// constant in time. Both are bearable only on a machine that is air-gapped, runs
// nothing else and is switched off afterwards.
//
// Standards: https://github.com/bitcoin/bips (BIP-32, 39, 48, 129),
// https://age-encryption.org/v1, RFC 6979.
package keystore
