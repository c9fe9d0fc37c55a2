// Package signer is the air-gapped judgement: it opens the machine's own state
// (stage A), checks that a transaction does exactly what a permitted proposal
// says (stage H), and records, signs and verifies (stage I). Stages B to G, who
// decides, are package quorum's.
//
// A signer's home holds nothing but public texts, one sealed key and one log:
//
//	machine.txt                    which vault, signer and chain this is
//	log.key                        signs the log's checkpoints and nothing else
//	log/entries/000000 ...         the records
//	log/checkpoint                 their signed Merkle root
//	key.age                        the wallet key's seed, sealed by a passphrase
//	keyrecord.txt                  its public part, BIP-129
//	policy-1.txt ...               the policy chain
//	annex-NAME-HASH16.txt          texts adopted with it
//	wallet-ID.txt                  enrolled descriptors
//	headers.bin                    the header chain, 80 bytes a block
//
// The state is a fold over the log. Whatever else lies in the home is checked
// against the log each time it is opened, and what does not agree stops
// everything. A release is on disk before the first signature is made; a crash
// between the two is completed by the same transaction and by no other.
package signer
