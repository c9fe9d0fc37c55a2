// Package signer is the air-gapped judgement: it opens the machine's own state
// (stage A), checks that a transaction does exactly what a permitted proposal
// says (stage H), and records, signs and verifies (stage I). Stages B to G, who
// decides, are package quorum's.
//
// A signer's home holds nothing but public texts, sealed shares and one log:
//
//	machine.txt                    which vault, signer and chain this is
//	log.key                        signs the log's checkpoints and nothing else
//	log/entries/000000 ...         the records
//	log/checkpoint                 their signed Merkle root
//	keyrecord.txt                  the wallet key's public part, BIP-129
//	share-KEY-GENERATION-HOLDER.age  a share, until its holder has proven a copy
//	transcript-HASH16.txt          the account of a ceremony
//	ceremony.txt                   how far one is that was stopped
//	policy-1.txt ...               the policy chain
//	annex-NAME-HASH16.txt          texts adopted with it
//	wallet-ID.txt                  enrolled descriptors
//	headers.bin                    the header chain, 80 bytes a block
//
// The state is a fold over the log. Whatever else lies in the home is checked
// against the log each time it is opened, and what does not agree stops
// everything. A release is on disk before the first signature is made; a crash
// between the two is completed by the same transaction and by no other.
//
// A bundle is brought for one of two verbs. Record begins the wait of whatever
// has to cool, and needs no key; Release carries out what has waited enough, by
// the blocks above the machine's own record. In either, brakes come first:
// freezes, cancellations and vetoes are taken from any bundle, and what stands
// behind them is judged again. An amendment makes the next policy this machine's
// own; once M other machines, as many as move coins, have adopted it, this one
// follows without its own wait. Evidence of a fork of the policy, a cloned key
// or too deep a reorganisation puts the machine into quarantine: it then takes
// only brakes, what others have adopted, and the resync that ends it. A resync
// also gives a restored machine back the records that it lost, if its own key
// signed them, and kills every proposal from before.
package signer
