package registry

const (
	// maxNames bounds what is listed of one folder: ten thousand proposals a
	// year for a hundred years.
	maxNames = 1 << 20
	// maxSignatures bounds the signatures on one text: some hundred officers
	// with several keys, each having signed more than once.
	maxSignatures = 4096
	// maxPSBTs bounds the transactions in work for one text: fifteen cosigners,
	// a few attempts, combined in several ways.
	maxPSBTs = 256

	// maxSignature is the most bytes of a signature file.
	maxSignature = 16 << 10
	// maxPSBT is the most bytes of a transaction in work.
	maxPSBT = 64 << 20
	// maxTx is the most bytes of a transaction: the weight of a block.
	maxTx = 4_000_000
	// maxDescriptor and maxKeyRecord are the most bytes of a wallet's files.
	maxDescriptor = 64 << 10
	maxKeyRecord  = 4 << 10
	// maxCheckpoint is the most bytes of a log's checkpoint, witnesses'
	// signatures included.
	maxCheckpoint = 64 << 10
	// maxEntry is the most bytes of a log's entry.
	maxEntry = 64 << 10
	// maxLog is the most bytes of a whole log, as it crosses the gap.
	maxLog = 128 << 20
	// maxForks bounds the second histories of one log that are listed. One is
	// an alarm already.
	maxForks = 256
	// putTries is how often a log is compared again because somebody else was
	// writing the same entries.
	putTries = 3
	// maxLate is how many checkpoints behind the newest that a list shows are
	// looked for by their names.
	maxLate = 256

	// maxCopied is the most bytes of a text, a descriptor or a key record that is
	// copied: more than any of them may have.
	maxCopied = 16 << 20

	// runHeaders is how many headers one file of a run holds at most, 8 MB.
	runHeaders = 100_000
	// maxHeaders bounds the headers of all runs together: those of nineteen
	// years.
	maxHeaders = 1_000_000
	// maxTips bounds the ends of header chains that are tried. Honest runs have
	// one, and one for each block that lost a race.
	maxTips = 256

	// minPrefix is how many hex digits of an id a person has to give.
	minPrefix = 8
	// maxMatches is how many ids an ambiguous prefix is answered with.
	maxMatches = 16
)
