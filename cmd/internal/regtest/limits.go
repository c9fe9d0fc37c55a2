package regtest

import "time"

const (
	// startTime is how long btcd may take to answer. It needs half a second.
	startTime = 30 * time.Second
	// startPause is the pause between two looks whether it answers.
	startPause = 25 * time.Millisecond
	// startTries is how often another port is tried: somebody else may take a
	// free one before btcd does.
	startTries = 3
	// stopTime is how long btcd may take to put its files in order.
	stopTime = 10 * time.Second

	// maxMine is how many blocks are mined at once.
	maxMine = 10_000
	// maxLogTail is how much of btcd's output an error repeats.
	maxLogTail = 600
	// maxCertificate is the largest certificate file that is read.
	maxCertificate = 64 << 10

	// maturity is how many blocks must follow a reward before it can be spent.
	maturity = 100
	// fee is what a funding transaction pays, in satoshi for each of its
	// inputs and outputs: more than ten times what the node asks for.
	fee = 2_000
)
