package record

const (
	// MaxPays bounds the payees of one withdrawal: a PSBT of that size still
	// fits on one screenful of pages and one carrier.
	MaxPays = 500
	// MaxInputs bounds the coins spent by one transaction; at 10,000 a signed
	// 2-of-3 is far beyond the 400,000 weight units that nodes relay, so nothing
	// real is refused.
	MaxInputs = 10_000
	// maxRungs is how many fees of one withdrawal may be prepared at once.
	maxRungs = 5
	// maxChange is how many outputs of one withdrawal may return to the wallet.
	maxChange = 2
	// maxOwnOutputs is how many outputs a transaction may have that pays nobody:
	// a wallet that is swept may be laid out anew in so many coins.
	maxOwnOutputs = 100
	// maxFiles bounds the files of one bundle named in a record.
	maxFiles = 4096
	// maxCodes bounds the refusals named in a record.
	maxCodes = 64
	// maxSigners bounds the officers named in a record.
	maxSigners = 256
	// maxSignatures bounds the signatures named in a record: an officer signs
	// once as the maker or as a checker, and may consent beside it.
	maxSignatures = 2 * maxSigners
	// MaxRecipients bounds the layers of encryption around one backup.
	MaxRecipients = 16
	// maxShareGroups is how many groups, and shares in each, SLIP-39 has.
	maxShareGroups = 16
	// maxShares is every share of every group.
	maxShares = maxShareGroups * maxShareGroups
	// maxGeneration is far more often than people meet to share a key anew.
	maxGeneration = 1_000_000
	// maxChangedFiles is more files than a baseline has.
	maxChangedFiles = 10_000_000
	// maxFindings bounds what is looked at on a workstation.
	maxFindings = 256
	// maxVersion is the highest policy version: far beyond one a second for a
	// hundred years.
	maxVersion = 1<<32 - 1
	// maxLogSize bounds the records of one log, and with them a seq.
	maxLogSize = 1 << 40
	// MaxHeight is the largest block height that a 32-bit lock time can name.
	MaxHeight = 499_999_999
	// maxIndex is the largest address index that is not hardened (BIP-32).
	maxIndex = 1<<31 - 1
	// maxFileSize bounds the size that an inputs record can claim for a file.
	maxFileSize = 1 << 40
)
