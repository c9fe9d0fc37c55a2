package quorum

const (
	// maxSeen bounds the signers that a proposal can name.
	maxSeen = 64
	// maxSize bounds the log size that a seen line can name.
	maxSize = 1 << 40
	// maxPlain is the size of every proposal's text but an amendment's, which
	// repeats lines of two policies.
	maxPlain = 64 << 10
	// maxChanges is more lines than two policies of the greatest size have.
	maxChanges = 1 << 16
	// maxLineage bounds how often one withdrawal can be replaced.
	maxLineage = 1000
	// maxClearances bounds the watchers' statements that one judgement reads.
	maxClearances = 256
	// tightenEvery is how many credits lie between two tightenings: six hours.
	tightenEvery = 36
	// maxNotes bounds what a report repeats about signatures that don't count.
	maxNotes = 256

	// MaxBundleFiles bounds a bundle: a policy chain, a hundred officers'
	// signatures for dozens of proposals, the logs of every signer.
	MaxBundleFiles = 4096
	// maxTexts bounds the proposals of one bundle: each is judged by itself and
	// leaves a record for ever, whoever wrote it.
	maxTexts = 128
	// MaxBundleBytes bounds what is read from a carrier in one go.
	MaxBundleBytes = 512 << 20
	maxSignature   = 16 << 10
	maxDescriptor  = 64 << 10
	maxKeyRecord   = 4 << 10
	maxCheckpoint  = 64 << 10
	maxPSBT        = 64 << 20
	maxHeaders     = 80 << 20 // a million headers, nineteen years
	maxEntries     = 128 << 20
)
