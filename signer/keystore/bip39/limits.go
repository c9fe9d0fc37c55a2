package bip39

const (
	// SeedSize is what BIP-39 stretches a mnemonic to, in bytes.
	SeedSize = 64
	// MaxSize is longer than 24 words of 8 letters and their spaces, in bytes.
	MaxSize = maxWords * (wordSize + 1)

	// minEntropy and maxEntropy bound what BIP-39 defines: 12 to 24 words.
	minEntropy = 16
	maxEntropy = 32
	maxWords   = 24

	// wordSize is the length of the longest word of the list: a word fits into
	// 64 bits, which is how words are compared.
	wordSize = 8
	// listLength is how many words the list has, and bitsPerWord its logarithm.
	listLength  = 1 << bitsPerWord
	bitsPerWord = 11
	// telling is how many letters tell a word of the list from all others.
	telling = 4

	// stretchRounds is BIP-39's number of rounds of PBKDF2.
	stretchRounds = 2048
	// maxPassphrase is far more than anybody types.
	maxPassphrase = 1024
	// maxTyped leaves room for 24 words with long typing errors in them. The
	// search for close words behind it stays under a second.
	maxTyped = 1024
)
