package signertest

const (
	// workFactor is the least scrypt cost that a seed is sealed with.
	workFactor = 10
	// feeRate is what built transactions pay, in satoshi a vbyte.
	feeRate = 2
	// blockTime is the seconds between two blocks.
	blockTime = 600
	// easyBits is regtest's target: every second hash meets it.
	easyBits = 0x207fffff
)
