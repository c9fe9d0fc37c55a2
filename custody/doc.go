// Package custody holds the nouns of what is held: amounts, networks,
// addresses, descriptors, wallets, coins and transactions in work.
//
// It is the leaf of the house: it imports none of our packages, opens no file
// and asks no clock. Everything that arrives as text or bytes is parsed
// strictly here, once: what parses re-encodes to the same bytes.
//
// A vault's wallet is an output descriptor (BIP-380, BIP-389), for example
//
//	wsh(sortedmulti(2,[1c3a5f77/48h/1h/0h/2h]tpub.../<0;1>/*,...))#checksum
//
// and a transaction in work is a PSBT (BIP-174).
package custody
