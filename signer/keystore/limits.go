package keystore

const (
	// minSeed and maxSeed bound what BIP-32 begins with and SLIP-39 shares.
	minSeed = 16
	maxSeed = 64

	// ShareExponent is the cost of a guess of a passphrase on SLIP-39 shares, as
	// its standard counts. Shares have none here, so the least will do.
	ShareExponent = 4

	// DefaultWorkFactor is the scrypt cost of a sealed share as a power of two:
	// 256 MiB of memory and about a second for each guess.
	DefaultWorkFactor = 18
	// minWorkFactor still costs a guess 1 MiB. Nothing real is sealed that
	// low; tests are.
	minWorkFactor = 10
	// maxWorkFactor is 1 GiB of memory. A hostile file that asks for more
	// would take the workstation down before its passphrase is found wrong.
	maxWorkFactor = 20
	// maxShareContent is longer than 59 words of 8 letters, which share 64 bytes,
	// and LF.
	maxShareContent = 1 << 10
	// maxSealed is ten times the size of a share that is sealed to one holder;
	// the header of a hybrid recipient takes 1.6 KiB.
	maxSealed = 16 << 10
	// maxKeyFile is more than any age or OpenSSH key file of one key.
	maxKeyFile = 64 << 10
	// maxRecipient is longer than the 1,959 characters of a hybrid recipient.
	maxRecipient = 4 << 10
	// minPluginData is shorter than any key, and tells a name from data.
	minPluginData = 16

	// minPassphraseWords gives 90 bits with words drawn from a list of 7,776.
	minPassphraseWords = 7
	// drawnWords of a list of 2,048 give 98 bits.
	drawnWords = 9
	// maxDraws is far more than nine different words take by chance.
	maxDraws = 100
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
