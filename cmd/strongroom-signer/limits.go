package main

import "time"

const (
	// shownReasons is how many reasons of a refusal a screen takes. The codes
	// behind them are all shown, and all recorded.
	shownReasons = 12
	// shownReleases is how many releases status lists; the log has them all.
	shownReleases = 10
	// blocksPerHour turns blocks into hours for people.
	blocksPerHour = 6
	// addressGroup is how many characters of an address stand together, so
	// that two people can read it to each other.
	addressGroup = 4
	// typedDigits is how much of an id a person types to confirm it.
	typedDigits = 8
	// maxShareFile and maxKeyFile are more than a sealed share, and a key file of
	// one key, ever take.
	maxShareFile = 64 << 10
	maxKeyFile   = 64 << 10
	// maxRollsFile is twice the hex digits that one contribution takes.
	maxRollsFile = 16 << 10
	// askedWords is how many of the words that somebody wrote down are asked for:
	// of 24 with one wrong it finds that one once in eight times. The fingerprint
	// on the device finds all; this finds that nothing was written at all.
	askedWords = 3
	// maxDraws is far more than different numbers take by chance.
	maxDraws = 1_000
	// maxSignatureFile is more than any SSH signature takes.
	maxSignatureFile = 16 << 10
	// natural is how many lines of a policy's explanation, the first ones, differ
	// from version to version by nature.
	natural = 2
	// codeEvery is how long a code stands on the terminal: a quarter of a second is
	// what the standard advises, and what cameras follow.
	codeEvery = 250 * time.Millisecond
	// shownSum is how much of a hash two people compare.
	shownSum = 16
	// whatWidth is what the log's lines leave for their last column at 80.
	whatWidth = 46
	// maxHomeFiles bounds how many names of a home are looked at: a policy and
	// a descriptor for each change in a hundred years.
	maxHomeFiles = 1 << 16
	// shownFiles is how many names of one kind an integrity check lists; --json
	// has them all.
	shownFiles = 20
)
