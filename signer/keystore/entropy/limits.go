package entropy

const (
	// SystemSize is how many bytes the machine draws: the strength of a seed.
	SystemSize = 32
	// SeedSize is the size of a seed in bytes: the most that BIP-39 has words
	// for.
	SeedSize = 32

	// LeastBits is the least that a round may ask of everybody, and what it
	// asks by default: 50 rolls of a six-sided die. A commitment is a hash
	// without salt that anybody may read, so that whoever can try all rolls
	// behind it knows them.
	LeastBits = 128
	// mostBits keeps a round from asking what no die can give: 256 bits are
	// the strength of the seed.
	mostBits = 256
	// MaxPeople is more than ever sit at one table.
	MaxPeople = 16

	// maxRolls is ten times the flips of a coin for 256 bits: more than anybody
	// enters.
	maxRolls = 2560
	// maxDecks of cards, some 190 bits each, is more than anybody shuffles.
	maxDecks = 16
	// maxFile is what is read from a hardware generator, in bytes.
	maxFile = 4 << 10
	// maxTyped leaves room for the longest value with spaces and line breaks
	// between any two letters.
	maxTyped = 32 << 10
	// maxText is the longest value with the lines before it.
	maxText = 2*maxFile + 512
	// maxList is a list of commitments by MaxPeople with the longest names.
	maxList = 4 << 10
	// maxID bounds the names of vaults, signers and people.
	maxID = 32

	// dieFair and dieLoaded: the likeliest face of a die is credited as coming
	// up 65 times where 64 would be fair. In 315,672 throws of common pipped
	// dice (Weldon's experiment, repeated by a machine, Labby 2009) it came up
	// 1.3 % too often.
	dieFair, dieLoaded = 64, 65
	// coinFair and coinLoaded: a tossed coin lands as it started 51 times in
	// 100 (Diaconis, Holmes and Montgomery 2007).
	coinFair, coinLoaded = 50, 51
	// cardsCredited of cardsOf is what cards are credited of log2(52!/(52-k)!).
	// The likeliest order after seven riffles has 212 bits, not 225, in the
	// model of Gilbert, Shannon and Reeds; seven eighths are 197.
	cardsCredited, cardsOf = 7, 8
	// fileBitsPerByte is what a byte of a hardware generator is credited. What
	// it conditioned can't be told by looking, so this only says how much has
	// to be read: 128 bytes.
	fileBitsPerByte = 1

	// deckSize is a deck without jokers.
	deckSize = 52
	// hexFaces makes a file's hex digits rolls of a die with sixteen faces.
	hexFaces = 16
	// byteFaces are those of a byte.
	byteFaces = 256

	// refuseOdds and suspectOdds: honest dice fail one test of the five at
	// most once in so many contributions; all five together at most about once
	// in a million, and once in 200.
	refuseOdds  = 5_000_000
	suspectOdds = 1000
	// fewestCounted is how many rolls the counts of faces say something about.
	fewestCounted = 20

	// SampleSize is how many bytes of a generator the self-test reads. SP
	// 800-90B 4.3 asks for 1,024 at least when a device starts.
	SampleSize = 4096
	// repetitionCutoff is 1 + ceil(30/8): SP 800-90B 4.4.1 for 8 bits of
	// entropy a byte and a false alarm in 2^30 bytes at most.
	repetitionCutoff = 5
	// proportionWindow is what SP 800-90B 4.4.2 sets for samples that are not
	// bits.
	proportionWindow = 512
	// proportionCutoff is 1 + critbinom(512, 2^-8, 1-2^-30), likewise.
	proportionCutoff = 16
)

// thresholds are what the chi-square statistic of the faces must keep between.
type thresholds struct {
	even    int // hundredths; at or below it the faces are suspiciously even
	suspect int // at or above it they are suspiciously uneven
	refuse  int // at or above it they are refused
}

// chiSquare returns the thresholds for a number of faces. They hold exactly
// (not only for many rolls) to one in suspectOdds and one in refuseOdds from
// the rolls of 128 bits up, within a factor of five from fewestCounted up; a
// test adds up all ways that rolls can fall. Evenness alone refuses nothing:
// few rolls are perfectly even too often.
func chiSquare(faces int) thresholds {
	switch faces {
	case 2:
		return thresholds{even: -1, suspect: 13, refuse: 29}
	case 6:
		return thresholds{even: 8, suspect: 22, refuse: 45}
	case 8:
		return thresholds{even: 25, suspect: 26, refuse: 54}
	case 10:
		return thresholds{even: 70, suspect: 31, refuse: 61}
	case 12:
		return thresholds{even: 130, suspect: 35, refuse: 67}
	case hexFaces:
		return thresholds{even: 240, suspect: 40, refuse: 73}
	case 20:
		return thresholds{even: 400, suspect: 48, refuse: 90}
	}
	return thresholds{} // what is unknown is refused
}
