package custody

const (
	// clipLength is how much of a foreign text an error repeats: enough to
	// recognise it, too little to flood a screen.
	clipLength = 32

	// MaxAmount is all the bitcoin there can be, 21 million, in satoshi.
	// Anything above it is a bug or an attack.
	MaxAmount Amount = 21_000_000 * satoshiPerCoin

	// maxAddress is the longest address text read: bech32 ends at 90.
	maxAddress = 90

	// maxOriginDepth is the longest path of an account key: BIP-48
	// has four steps, nobody needs more than ten.
	maxOriginDepth = 10

	// maxAccountKey is the longest text of an account key: an origin of ten
	// steps of ten digits and 111 characters of base58.
	maxAccountKey = 256

	// MaxCosigners is how many keys a wallet can have: fifteen is what
	// hardware signers accept, consensus would allow 20.
	MaxCosigners = 15

	// maxDescriptor is the longest descriptor text: fifteen of the longest
	// account keys.
	maxDescriptor = 4096

	// deriveChunk is how many indexes share one field inversion: enough to
	// make the inversion free, small enough to stay in the cache.
	deriveChunk = 256

	// maxDerive is how many scripts one call derives: ten times the most
	// addresses a wallet is asked for at once, about 600 MB of a 2-of-3.
	maxDerive = 1_000_000

	// maxDeriveWorkers bounds the goroutines of one derivation.
	maxDeriveWorkers = 64

	// importRange is the last index of each branch that an exported import
	// file names: Bitcoin Core's own look-ahead of 1,000 addresses.
	importRange = 999

	// maxKeyDescription is BIP-129's limit for the words about a key.
	maxKeyDescription = 80

	// maxKeyRecord is the longest BIP-129 key record: its five lines.
	maxKeyRecord = 512

	// maxColdcardExport is the largest multisig export read: a Coldcard's has half
	// a dozen keys and paths.
	maxColdcardExport = 16 << 10

	// MaxCoins is how many coins one selection looks at, and how many it
	// can take: no block could carry the transaction of more.
	MaxCoins = 10_000

	// lowSSignature is the longest signature that a finished input carries:
	// 71 bytes of DER with low S, and the sighash byte. A signer that grinds
	// low R stays at 71; external cosigners need not grind.
	lowSSignature = 72

	// dustRelayFee is Bitcoin Core's dust feerate in satoshi a virtual byte.
	dustRelayFee = 3

	// maxPSBT is the largest packet read, in bytes of its binary form: ten
	// thousand inputs with previous transactions of 6 kB each.
	maxPSBT = 64 << 20

	// maxTxInputs and maxTxOutputs bound the transaction in a packet. Ten
	// thousand P2WSH inputs weigh about 4 million, all that a block holds.
	maxTxInputs  = 10_000
	maxTxOutputs = 10_000

	// maxPSBTPairs bounds the entries of all maps of a packet together: room
	// for fifteen signatures and derivations in each of ten thousand inputs,
	// and little enough that tiny entries cannot fill the memory.
	maxPSBTPairs = 1_000_000

	// maxPreviousTx is the largest previous transaction in bytes: a block's
	// weight, which no valid transaction can exceed.
	maxPreviousTx = 4_000_000

	// maxScript is the longest script that consensus runs.
	maxScript = 10_000

	// maxPSBTPath is the longest derivation path read in a packet: BIP-32
	// counts depth in one byte.
	maxPSBTPath = 255

	// maxWitnessItems is the largest stack that consensus runs.
	maxWitnessItems = 1_000

	// minPartialSig and maxPartialSig bound an ECDSA signature in DER with
	// its sighash byte, S low or high.
	minPartialSig = 9
	maxPartialSig = 73

	// maxCombine is how many packets are combined at once: several copies
	// from each of fifteen cosigners.
	maxCombine = 64

	// maxLockHeight is the highest locktime that counts blocks; from here on
	// it would be a time, which nothing here judges.
	maxLockHeight = 499_999_999

	// slabFirst and slabMost are the sizes, in elements, of the first and the
	// largest piece of memory that a packet's small parts share.
	slabFirst = 16
	slabMost  = 1024

	// coinGap is how many unused addresses of each branch are looked for
	// beyond the last one seen used: as many as an export names.
	coinGap = importRange + 1

	// coinMemory is for how many blocks a spent coin is remembered, to be
	// there again if the chain is reorganised: two weeks, which no reorganised
	// chain has come near.
	coinMemory = 2016

	// coinbaseMaturity is how many blocks consensus keeps a miner's reward
	// from being spent.
	coinbaseMaturity = 100

	// maxHeld bounds the coins of a set, spent ones included: ten times what
	// one selection looks at.
	maxHeld = 10 * MaxCoins

	// coinWorkers is on how many goroutines addresses are derived.
	coinWorkers = 4

	// maxCoinFile is the largest coin file in bytes: a hundred thousand coins
	// of a kilobyte with their transactions in hex.
	maxCoinFile = 128 << 20
)
