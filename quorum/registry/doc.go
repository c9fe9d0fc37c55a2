// Package registry is the shared store of signed files: a folder that desks,
// officers and auditors put things into and take things out of.
//
//	texts/SHA256                       policies, proposals, every canonical text
//	sigs/TEXTSHA/SIGSHA                signatures (SSHSIG), by the text they are on
//	psbts/TEXTSHA/PSBTSHA              transactions in work, by the text they carry out
//	txs/TXID                           finished transactions
//	descriptors/SHA256                 wallets
//	keyrecords/SHA256                  proofs of possession (BIP-129)
//	headers/HEIGHT-HASH16              a run of raw headers from HEIGHT on
//	logs/SIGNER/entries/NNNNNN         the log of a signer, entry by entry
//	logs/SIGNER/checkpoint-SIZE        what the signer said of it at that size
//	logs/SIGNER/fork-HASH16/           a second history that contradicts the first
//
// It is trusted for nothing. A name is the hash of what it names, and whatever
// is read is compared with its name; whether a signature counts or a header
// chain is the right one is judged by who uses it. What has the wrong form is
// never stored, what is stored is never replaced, and names that nothing here
// writes are passed over: shared folders gather such files.
//
// Many processes may write to one folder at the same time. What two of them
// write under one name is the same.
package registry
