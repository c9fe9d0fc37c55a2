package policy

const (
	// maxCredits bounds windows, delays and ages: about 19 years of blocks,
	// and far from overflowing any sum of heights in 32 bits.
	maxCredits = 1_000_000
	// maxHeight is the last block height that a transaction's lock time can
	// hold (below it is a height, from 500,000,000 on a time).
	maxHeight = 499_999_999
	// maxVersion is more amendments than a vault can make.
	maxVersion = 1<<32 - 1
	// maxFeeRate (sat/vB) is ten times what blocks ever cost; above it a fee
	// is a mistake.
	maxFeeRate = 10_000

	// maxCosigners is the most keys of one wallet, as in its descriptor.
	maxCosigners = 15
	// maxSeats is the most seats of one need or clear line, maxNeeds the most
	// such lines of one tier or act, maxTiers the most tiers. Together they
	// bound the work of seating.
	maxSeats = 32
	maxNeeds = 16
	maxTiers = 32
	// maxOfficers and maxGroups keep the checks over every possible maker
	// quick on a slow machine.
	maxOfficers = 256
	maxGroups   = 64

	// maxShare is a fee as high as what is paid, in hundredths of a percent.
	maxShare = 10_000
	// maxOriginLength is the longest passkey origin: a host name of 253
	// characters, its scheme and its port.
	maxOriginLength = 280
	// maxVerifier is longer than any verifier key line's name and key.
	maxVerifier = 300
)

// The hard floors and ceilings. No policy can go below or above them.
const (
	// minCheckers is how many people besides the maker every tier and every
	// act asks for: with one, two people would be enough for anything.
	minCheckers = 2
	// spare is how many members a group has beyond the seats asked of it, so
	// that no single loss closes the vault.
	spare = 1
	// minLoosenCool and minRekeyCool are a day, in which somebody notices.
	minLoosenCool = 144
	minRekeyCool  = 144
	// minDormancy is a quarter of a year without a sign of life, minRecovery
	// the week after it in which anyone alive may object.
	minDormancy     = 13_104
	minRecoveryCool = 1_008
	// maxExpiry is a month: approvals collected and kept for longer are void.
	maxExpiry = 4_320
	// maxReorg is a day of blocks: a deeper fork is an alarm, not a switch.
	maxReorg = 144
	// retarget is bitcoin's difficulty period; a chain of headers can be
	// checked from the first block of a period on.
	retarget = 2_016
)
