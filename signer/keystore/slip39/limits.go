package slip39

const (
	// minSecret is the least that keeps 32 bits of digest from helping a guess.
	minSecret = 16
	// maxSecret is the longest master seed of BIP-32.
	maxSecret = 64
	// maxCount is how many groups, or members of one group, fit in 4 bits.
	maxCount = 16
	// maxShares is every share of the largest scheme.
	maxShares = maxCount * maxCount

	// minExponent, for new shares, costs a guess of the passphrase 160,000
	// rounds of PBKDF2, some 30 ms of one core. Shares made elsewhere may cost
	// less.
	minExponent = 4
	// maxExponent is what fits in 4 bits: 327,680,000 rounds, a minute
	// of one core or two.
	maxExponent = 15
	// maxPassphrase is far more than anybody types.
	maxPassphrase = 1024

	// minWords is the length of a share of minSecret bytes.
	minWords = headerWords + (minSecret*8+bitsPerWord-1)/bitsPerWord + checksumWords
	// maxWords is the length of a share of maxSecret bytes.
	maxWords = headerWords + (maxSecret*8+bitsPerWord-1)/bitsPerWord + checksumWords
	// maxLetters is the length of the longest word of the list.
	maxLetters = 8
	// maxMnemonic is maxWords words of maxLetters letters and the spaces between.
	maxMnemonic = maxWords*(maxLetters+1) - 1
	// maxPadding is the most bits that a share value is padded with.
	maxPadding = 8
)
