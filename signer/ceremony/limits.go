package ceremony

const (
	// maxPeople is more than fit into the room, observers included.
	maxPeople = 64
	// maxGroups is how many groups, and shares in each, SLIP-39 has.
	maxGroups = 16
	// maxHolders is every share that so many people can hold: one each.
	maxHolders = maxPeople
	// maxGeneration is far more often than people meet to share a key anew.
	maxGeneration = 1_000_000
	// maxProposals is more than one session has time to compare.
	maxProposals = 64
	// maxEquipment is more things than anybody carries into the room.
	maxEquipment = 64
	// maxAllows is longer than the list of allowances there are.
	maxAllows = 16

	// leastBits is what each of those who make entropy gives at least. A
	// commitment is public and without salt: fewer bits could be tried out.
	leastBits = 128
	// mostBits is the strength of a seed.
	mostBits = 256
	// leastSources is how many people make the entropy of a key at least, so
	// that no single one knows or chooses it.
	leastSources = 2
	// leastHolders is how many shares rebuild a key at least, so that nobody
	// holds it alone.
	leastHolders = 2
	// exponent is SLIP-39's cost of a passphrase that is not used here.
	exponent = 4

	// maxSteps is more than the longest script has, and bounds what is written
	// about it.
	maxSteps = 1_024
	// maxExceptions is more than a ceremony survives.
	maxExceptions = 256
	// maxBits bounds what a contribution is credited: 16 decks, 4 KiB of a file.
	maxBits = 65_536
	// maxSeals is two bags for each who holds a share.
	maxSeals = 2 * maxHolders

	// maxSignatures leaves room for everybody's twice.
	maxSignatures = 2 * maxPeople

	// leastReviewers is how many people sign a build at least before it makes a
	// key, so that no single one lets a bad program in.
	leastReviewers = 2
	// maxReviewers is more people than read one program.
	maxReviewers = 16
	// maxChecks is every aspect, by everybody.
	maxChecks = 4 * maxReviewers
	// maxBuildSignatures leaves room for everybody's twice.
	maxBuildSignatures = 2 * maxReviewers
	// maxSignature is more than any SSH signature takes, in bytes.
	maxSignature = 16 << 10
	// maxBuildFolder is how many files a build's folder may hold, others included.
	maxBuildFolder = 256
	// maxProgram bounds a program in bytes: ours has some 10 MiB.
	maxProgram = 256 << 20
	// maxGoVersion and maxPlatformWord are longer than any name of a compiler, a
	// system or a processor.
	maxGoVersion    = 24
	maxPlatformWord = 16
	// typedEnd is how many digits of the program's hash a witness types from the
	// screen of their own tool: the last, which no words speak.
	typedEnd = 8

	// spokenWords are read aloud for a hash: 88 bits. Who wants another text
	// with the same words has to try 2^88 of them.
	spokenWords = 8

	// clipLength is how much of a foreign value an error repeats.
	clipLength = 40

	// maxSheetFile is the longest share file that a sheet can carry in codes.
	maxSheetFile = 16 << 10
	// codeText is how much text one code of a share holds. At 640 characters a
	// module is 0.8 mm wide on the sheet, which any telephone reads, and a
	// share that is sealed to a passphrase fits into one.
	codeText = 640
	// plainCode is up to where a descriptor's code is printed with a quarter of
	// it spare (level M); longer ones have less, so that modules stay readable.
	plainCode = 1_000
	// quiet is the white border of a code in modules, which its standard asks for.
	quiet = 4
	// blankExceptions is how many empty lines for exceptions a script ends with.
	blankExceptions = 8
)
