package signer

import (
	"time"

	"strongroom/custody/headers"
)

const (
	maxMachine    = 4 << 10
	maxLogKey     = 4 << 10
	maxSealed     = 64 << 10
	maxTranscript = 64 << 10
	maxAnnex      = 512 << 10
	maxKeyRecord  = 4 << 10
	maxDescriptor = 64 << 10
	// maxHeaders is the longest chain there can be: what was taken in once must
	// be read again.
	maxHeaders = headers.MaxHeaders * headers.HeaderSize

	// maxWrongEntries is how often a share may be entered wrong in a row. It is
	// for honest people and for the record: a thief copies the file.
	maxWrongEntries = 10
	// longestWait is what a holder waits at most before the next try.
	longestWait = 5 * time.Minute

	// changeGap is how far beyond the highest change index used so far a new
	// one may lie. Further ahead, wallets that restore from the descriptor
	// would not look for it.
	changeGap = 200
	// maxChange is how many outputs of a withdrawal may return to the wallet.
	// One is all that a desk ever needs; a second can only hide something.
	maxChange = 1
	// maxOwn is how many outputs a transaction may have that pays the vault
	// itself: enough to split coins for a year of withdrawals.
	maxOwn = 100
	// minVersion and maxVersion are the transaction versions that nodes relay
	// and whose rules are understood here.
	minVersion = 1
	maxVersion = 2
	// lockTimeHeights is where lock times stop being block heights (BIP-65).
	lockTimeHeights = 500_000_000
)
