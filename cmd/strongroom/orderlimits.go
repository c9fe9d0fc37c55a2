package main

import "time"

const (
	// maxMined bounds a note that a transaction is in a block, in bytes.
	maxMined = 128

	// maxPayIndex is the highest index of an address that BIP-32 derives
	// without the private key.
	maxPayIndex = 1<<31 - 1

	// expiresIn is after how many blocks a proposal expires when nobody says:
	// about a day, time for a courier and little for a thief.
	expiresIn = 144

	// maxHeadersFile bounds a file of headers: a million of them.
	maxHeadersFile = 80 << 20

	// usualFeeRate is what a virtual byte pays in satoshi when nobody says.
	usualFeeRate = 5

	// maxAnswerFile bounds a signer's answer: a packet of the largest size, in
	// base64.
	maxAnswerFile = 90 << 20

	// lookEvery is how long a watch waits before it asks the node again.
	lookEvery = 2 * time.Second

	// lookTries is how often a look starts again when the chain is reorganised
	// under it.
	lookTries = 3

	// maxLine bounds how many replacements are followed back.
	maxLine = 1000

	// maxExpiresIn and maxExpires keep sums of heights in their range: ten
	// years of blocks, and the last height that a lock time can name.
	maxExpiresIn = 525_600
	maxExpires   = 499_999_999
)
