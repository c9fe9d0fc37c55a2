package media

const (
	// maxHeld bounds what lies on one medium: every share of a key, and more.
	maxHeld = 512

	// maxGeneration is far more often than people meet to share a key anew.
	maxGeneration = 1_000_000

	// maxStatements bounds a register: a hundred media that are looked at daily
	// for seven years.
	maxStatements = 250_000
)
