package keystore

const (
	// entropySize is the strength of a seed: 32 bytes, the most that BIP-39
	// has words for.
	entropySize = 32
	// seedWords is how many words of BIP-39 such a seed has.
	seedWords = 24

	// DefaultWorkFactor is the scrypt cost of a sealed seed as a power of two:
	// 256 MiB of memory and about a second for each guess.
	DefaultWorkFactor = 18
	// minWorkFactor still costs a guess 1 MiB. Nothing real is sealed that
	// low; tests are.
	minWorkFactor = 10
	// maxWorkFactor is 1 GiB of memory. A hostile file that asks for more
	// would take the workstation down before its passphrase is found wrong.
	maxWorkFactor = 20
	// maxSealed is ten times the size of a sealed seed.
	maxSealed = 4 << 10

	// minPassphraseWords gives 90 bits with words drawn from a list of 7,776.
	minPassphraseWords = 7
	// minWordLetters keeps initials and fillers from counting as words.
	minWordLetters = 3
	// maxPassphrase is far more than anybody types.
	maxPassphrase = 1024

	// maxAccount and maxIndex are where hardened numbers begin in BIP-32.
	maxAccount = 1<<31 - 1
	maxIndex   = 1<<31 - 1

	// maxGrind bounds the search for a low R: each try succeeds with one half,
	// so the bound is reached once in 2^128 signatures.
	maxGrind = 128
	// maxJobs is five rungs of a fee ladder over the most inputs that a
	// transaction is read with, and as much again.
	maxJobs = 100_000
	// maxWorkers is more cores than a signer has.
	maxWorkers = 256
)
