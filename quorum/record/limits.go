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
	// maxChange is how many outputs of one transaction may return to the wallet.
	maxChange = 2
	// maxFiles bounds the files of one bundle named in a record.
	maxFiles = 4096
	// maxCodes bounds the refusals named in a record.
	maxCodes = 64
	// maxSigners bounds the officers named in a record.
	maxSigners = 256
	// MaxHeight is the largest block height that a 32-bit lock time can name.
	MaxHeight = 499_999_999
	// maxIndex is the largest address index that is not hardened (BIP-32).
	maxIndex = 1<<31 - 1
	// maxFileSize bounds the size that an inputs record can claim for a file.
	maxFileSize = 1 << 40
)
