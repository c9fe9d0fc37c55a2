package story

import "time"

const (
	// columns is how wide the story is told.
	columns = 80
	// messageIndent sets the rest of a long line apart from the next one.
	messageIndent = 4
	// fieldColumn is where the programs' fields have their values; long ones
	// wrap under themselves.
	fieldColumn = 14

	// commandTime is how long any one command may take. The slowest needs a few
	// seconds, on a loaded machine ten times that.
	commandTime = 2 * time.Minute
	// maxScreen bounds what is read of one command's output, in bytes.
	maxScreen = 4 << 20
	// maxFile bounds the files that the story itself reads, in bytes.
	maxFile = 16 << 20
	// patience is how long a command may take before the story says that it is
	// still at work.
	patience = time.Second
	// tick is how often it says so.
	tick = 200 * time.Millisecond
	// agentTime is how long ssh-agent may take until its socket is there.
	agentTime = 10 * time.Second

	// diceRolls and coinFlips are some more than 128 bits take, so that no bad luck
	// ends the story.
	diceRolls = 55
	coinFlips = 140
	// shareWords is how many words a share of a 256-bit seed has (SLIP-0039).
	shareWords = 33

	// passphraseWords is what a signer wants at least.
	passphraseWords = 7
	// blocksAtFirst lets the first rewards be spent: they need a hundred
	// blocks upon them.
	blocksAtFirst = 104
	// depthWanted is how many blocks a withdrawal gets upon it.
	depthWanted = 3
)
