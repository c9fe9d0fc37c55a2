package headers

const (
	// period is how many blocks keep their difficulty (consensus).
	period = 2016

	// periodSeconds is how long a period ought to take: two weeks.
	periodSeconds = 14 * 24 * 60 * 60

	// medianSpan is how many headers the median time is taken of.
	medianSpan = 11

	// MaxReorg is the deepest fork that any policy may allow the tip to
	// switch to: a day of blocks.
	MaxReorg = 144

	// floorDivisor is how far work may sink below the origin's: a sixteenth,
	// two of the largest steps that consensus allows. Below it a person has to
	// choose a new origin.
	floorDivisor = 16

	// MaxHeaders is how many headers a chain or a file holds: all since the
	// genesis block until about 2047, in 160 MB.
	MaxHeaders = 2_000_000
)
