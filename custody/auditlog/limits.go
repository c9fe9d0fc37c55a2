package auditlog

const (
	// maxEntry is the most bytes of one entry. Records are short texts, but one
	// that lists the 10,000 coins of a release has 720 KB.
	maxEntry = 1 << 20

	// maxEntries is the most entries of a log, and the largest size that a
	// checkpoint may state. At a thousand entries a day it lasts for years. It
	// also keeps sizes far from where tree arithmetic overflows.
	maxEntries = 1 << 20

	// maxCosignatures is how many signatures of others a checkpoint may carry
	// beside ours: the number that every reader must accept (C2SP signed-note).
	maxCosignatures = 16

	// maxCheckpoint is the most bytes of a checkpoint: a text of about 150, our
	// signature, and 16 others of up to 3.4 KB (ML-DSA-44 in base64).
	maxCheckpoint = 64 << 10

	// maxKeyFile is the most bytes of a key file: one line of about 150.
	maxKeyFile = 1 << 10

	// maxID is the most bytes of the name of a vault or a signer.
	maxID = 32

	// smallEntry is up to where an entry is copied to be hashed, which is faster
	// than the general way. Records are nearly all shorter.
	smallEntry = 1 << 10

	// maxProof is the most hashes of a proof: two for each level of the tallest
	// tree is more than any needs.
	maxProof = 2 * 21

	// maxProofFile is the most bytes of a proof file: a checkpoint and lines of
	// 45 bytes for the hashes.
	maxProofFile = maxCheckpoint + (4 << 10)
)
