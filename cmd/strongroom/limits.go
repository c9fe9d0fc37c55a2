package main

import "time"

const (
	// maxExternal is the largest file read for a hardware wallet's key: a multisig
	// export has half a dozen keys in it.
	maxExternal = 16 << 10

	// maxSharedPrefix bounds what the names of a shared registry begin with, in
	// bytes: S3 takes names of 1,024.
	maxSharedPrefix = 900
	// maxDeskFile and maxNodeFile bound the home's own small files in bytes.
	maxDeskFile = 4 << 10
	maxNodeFile = 4 << 10

	// maxPublicKey bounds a file with one ssh public key in bytes.
	maxPublicKey = 8 << 10

	// maxVerifier bounds a file with one log key in bytes: two names of 32
	// characters and 60 of key.
	maxVerifier = 512

	// maxSigners bounds the log keys kept before a policy names them; a policy
	// has room for as many devices.
	maxSigners = 64

	// maxReceived bounds one received file in bytes: the largest is a log's
	// entries.
	maxReceived = 128 << 20

	// maxCoinFile bounds a wallet's coin cache in bytes.
	maxCoinFile = 128 << 20

	// headersAtOnce is how many headers are asked for in one go: fourteen
	// years' worth takes four hundred goes, and a fork of any depth that may
	// be followed fits into one.
	headersAtOnce = 2016

	// syncTries is how often headers are asked for again when the chain is
	// reorganised meanwhile.
	syncTries = 3

	// receiveAhead is how far beyond the last used address one may be shown:
	// half of what a scan looks ahead, so that nothing paid is overlooked.
	receiveAhead = 500

	// maxKeyFile bounds an OpenSSH private key file in bytes.
	maxKeyFile = 32 << 10

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

	// termWarning is how many blocks before the end of a term the queue speaks of
	// it: sixty days, in which an amendment of any class can take effect.
	termWarning = 60 * 24 * blocksAnHour

	// manyBlocks is as far ahead as a range of days says anything: a year.
	manyBlocks = 365 * 24 * blocksAnHour

	// maxLogRecords bounds the length of a log that somebody types.
	maxLogRecords = 1 << 40

	// maxExpiresIn and maxExpires keep sums of heights in their range: ten
	// years of blocks, and the last height that a lock time can name.
	maxExpiresIn = 525_600
	maxExpires   = 499_999_999

	// maxCases bounds the file of example withdrawals in bytes: some ten thousand
	// of them.
	maxCases = 1 << 20

	// maxRetries bounds how often signatures are looked at again in one receive,
	// after those before them brought a newer policy into force; a bundle carries
	// fewer versions.
	maxRetries = 128

	// shownSum is how much of a hash two people compare.
	shownSum = 16

	// maxPreset bounds the note of the preset in bytes.
	maxPreset = 32

	// maxSignatureFile bounds a signature on a transcript in bytes.
	maxSignatureFile = 16 << 10

	// maxShareCount is how many groups, and shares in each, SLIP-39 has.
	maxShareCount = 16
	// maxWords is how many words BIP-39 has at most.
	maxWords = 24

	// maxGeneration is far more often than people meet to share a key anew.
	maxGeneration = 1_000_000

	// leastEntropy is what the entropy of each who gives some is worth in bits when
	// nobody says; plans want no less.
	leastEntropy = 128

	// maxProgram bounds a program that is hashed, in bytes: ours has some 10 MiB.
	maxProgram = 256 << 20

	// maxGoSum bounds a go.sum in bytes: ours has some 20 KiB.
	maxGoSum = 4 << 20

	// maxSource bounds the line that says what programs were built of, in bytes.
	maxSource = 256

	// maxSealedShares bounds the sealed shares that a home keeps: every share of
	// a hundred generations.
	maxSealedShares = 1_600

	// maxSealedShare bounds one of them in bytes, and maxAgeHeader how far into it
	// is looked for what it is sealed to. A sealed share has some 500 bytes, one
	// for a hybrid key 2,000.
	maxSealedShare = 64 << 10
	maxAgeHeader   = 512

	// leastQuery is how many digits of a program's hash name it.
	leastQuery = 8
)
