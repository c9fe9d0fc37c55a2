package node

import "time"

const (
	// maxConfig is the most bytes of node.txt: four lines with paths.
	maxConfig = 16 << 10
	// maxSecret is the most bytes of a password or cookie file. Core's cookie
	// has under 100.
	maxSecret = 1 << 10

	// maxAnswer is the most bytes of an answer that is a number, a hash or a
	// header, and of any error.
	maxAnswer = 64 << 10
	// maxBlockAnswer is the most bytes of a block: 4,000,000 in hex, and what
	// is around it. A transaction alone may be nearly as long.
	maxBlockAnswer = 8<<20 + maxAnswer
	// maxBlock is the most bytes of a block or transaction (BIP-141: its
	// weight is at least its size).
	maxBlock = 4_000_000
	// maxEntryAnswer is the most bytes of one answer in a batch: a header in
	// hex has 160.
	maxEntryAnswer = 512
	// maxReason is how much of the node's own words an error repeats.
	maxReason = 200

	// batch is how many calls go out in one request: enough to make the round
	// trip cheap, few enough that no node stays busy for long.
	batch = 500
	// maxHeaders is how many headers one call returns, 80 MB of them.
	maxHeaders = 1_000_000
	// maxHeight is the last height that a lock time can name; beyond it
	// nothing here can be a height.
	maxHeight = 499_999_999
	// maxWalk bounds the search for the place where two chains part: two
	// weeks. A reorganised chain longer than that wants a person.
	maxWalk = 2016
	// scanTries is how often a scan starts again because the chain was
	// reorganised while it ran. Once is rare, this often is a node in trouble.
	scanTries = 4

	// maxFeeRate is the fee rate, in coins for 1,000 virtual bytes, above which
	// a node is to refuse a test: 10,000 sat/vB, the default of Bitcoin Core.
	// btcd wants it said.
	maxFeeRate = 0.10

	// callTime is how long one call may take. A block from a slow disk takes
	// seconds, a check of a large transaction too.
	callTime = time.Minute
	// dialTime is how long a connection may take to come about.
	dialTime = 10 * time.Second
)
