package dirstore

const (
	// maxFiles bounds a folder: a store of ten snapshots a day for ten years,
	// each with its manifest, signature and checksums, stays below it.
	maxFiles = 250_000
	// copyBuffer is how much of an object is held at once.
	copyBuffer = 256 << 10
	// maxSumFile is longer than the one line of a checksum file.
	maxSumFile = 256
	// maxBad is how often one object is mended: a disk that spoils more is thrown
	// away.
	maxBad = 100
)
