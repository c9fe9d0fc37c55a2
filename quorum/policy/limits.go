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
	// maxCool and maxQuiet are two months and one: a wait without end would close
	// what waits, and no later change could come in before it.
	maxCool  = 8_640
	maxQuiet = 4_320
	// maxDevices leaves room for each signer's line in every proposal.
	maxDevices = 32
	// LongestExpiry is how long any proposal can be under way, in credits: its
	// longest age, and the longest wait with a quarter on top.
	LongestExpiry = maxExpiry + maxCool + maxCool/4
	// maxReorg is a day of blocks: a deeper fork is an alarm, not a switch.
	maxReorg = 144
	// retarget is bitcoin's difficulty period; a chain of headers can be
	// checked from the first block of a period on.
	retarget = 2_016
)

// The bounds of a file of example cases. Nobody reads through more.
const (
	maxCases     = 1_000
	maxCaseBytes = 256 << 10
	// maxCaseLine holds some hundred names of people who approve.
	maxCaseLine = 4_096
)

const (
	// halving is how many blocks pay the same subsidy.
	halving = 210_000
	// minCooledExpiry is a day: an approval of an act that cools must live long
	// enough to be carried to the signers and stamped.
	minCooledExpiry = 144

	// minThreshold is how many keys sign at least: with one, whoever has it has the
	// wallet, whatever the officers say.
	minThreshold = 2
	// maxShares is the most shares of one key that can be asked for to rebuild
	// it (SLIP-0039).
	maxShares = 16

	// maxBenches bounds the benches that compete for the same people: all their
	// subsets are looked at. Policies that people can remember have two
	// or three.
	maxBenches = 10
	// maxSteps bounds the counting of one act's coalitions: a fraction of a
	// second on a slow machine.
	maxSteps = 1 << 21
	// maxVariants bounds the tiers times the different sets of officers with a
	// conflict.
	maxVariants = 4_096
	// maxRows and maxBlocks bound the coalition table: more is not read.
	maxRows   = 128
	maxBlocks = 32
	// maxStoppers is how many people who stop an act are few enough to be
	// listed beside those who are the fewest.
	maxStoppers = 3
)

// shownLabels is how many destinations the sentence of an example names before
// it counts the rest.
const shownLabels = 4

// The bounds of annex backup. A year is 366 days.
const (
	// maxStores is more stores than anybody pays for, maxMakers leaves room for
	// the keys of a few hosts and their successors.
	maxStores = 32
	maxMakers = 16
	// maxSealed is the most recipients of all layers, everybody of two boards,
	// and maxSealedKey is longer than the longest of them, a hybrid key.
	maxSealed    = 64
	maxSealedKey = 2_200
	// maxJurisdictions is more lines than there are countries (ISO 3166).
	maxJurisdictions = 256
	// maxKilometres is half the way around the earth: nothing lies farther apart.
	maxKilometres = 20_015
	// maxBackupHours and maxBackupDays are a year: what has to happen less often
	// than that does not happen.
	maxBackupHours = 366 * 24
	maxBackupDays  = 366
	// maxLockDays is ten years. Nobody can take a lock back, so a slip of the
	// finger must not pay for a hundred.
	maxLockDays = 3_660
	// maxKept is ten years of days.
	maxKept = 3_660
)
