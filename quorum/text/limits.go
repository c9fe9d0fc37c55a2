package text

const (
	// maxText is the size of a common text: a withdrawal to hundreds of payees
	// fits in it, a flood of bytes does not.
	maxText = 64 << 10
	// maxRecord leaves room for what a release lists: 10,000 coins, 72 bytes
	// each, and 500 payments. Logs take no longer entry.
	maxRecord = 1 << 20
	// maxPolicy leaves room for some hundred officers with several keys each.
	maxPolicy = 256 << 10
	// maxProposal is an amendment's: it may remove every line of one policy
	// and add every line of the next.
	maxProposal = 512 << 10
	// maxLine bounds a line of every text but policies and annexes.
	maxLine = 4096
	// maxPolicyLine is shorter, so that an amendment's "change + LINE" fits
	// into maxLine.
	maxPolicyLine = 4000
	// maxIDLength bounds the names of vaults, officers, groups and labels.
	maxIDLength = 32
	// clipLength is how much of a foreign value an error repeats.
	clipLength = 40
)
