// Package record is what a log says: the types of record, and the fold from
// records to State.
//
// A signer has no state of its own. What it has released, which policy it
// trusts and which wallets it holds are read off its append-only log each time
// it starts. A record is a canonical text; this one says that a withdrawal was
// released, and stands in the log before the first signature is made:
//
//	strongroom/record@v1
//	seq 7
//	kind released
//	tip 128 5f2c...
//	binary 9b1d...
//	session 0f6e...
//	rtc 2026-11-21T09:30:00Z
//	id 2b38...
//	replaces none
//	wallet main
//	tier small
//	total 0.50010000 rBTC
//	pay 0.50000000 rBTC exchange-hot bcrt1q...
//	fee 0.00002000 rBTC
//	txid 77aa...
//	input 10fe...:0
//	change 1 4 0.49998000 rBTC
//
// The machine's clock (rtc) is a remark for the reader; nothing is ever decided
// by it. A log that contradicts itself, by a release of what was vetoed before or
// of anything while all is frozen, folds to an error and not to a State.
//
// Kinds are never renamed or reused, and a kind that this program does not know
// makes the whole log unreadable to it: what the log says must be understood in
// full or not at all.
package record
