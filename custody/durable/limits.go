package durable

const (
	// maxName is the longest name, in bytes, that common file systems hold.
	maxName = 255

	// maxTempTries bounds the search for a free temporary name. Each left-over
	// of a crashed process with our number costs one try, and Clean removes
	// them, so that a folder with this many is not one of ours.
	maxTempTries = 1000

	// maxOpenTries bounds how often a file is opened again because somebody
	// replaced it between the look at it and the opening. One replacement is
	// ordinary; this many in a row is not.
	maxOpenTries = 8

	// listChunk is how many names of a folder are held at once while it is
	// read, so that a limit stops us before a huge folder fills the memory.
	listChunk = 1024

	// maxTemps bounds how many left-overs Clean removes at once: a crash leaves
	// one for each goroutine that was writing.
	maxTemps = 1 << 16

	// maxLockText bounds what is read from a lock file: a process number.
	maxLockText = 32

	// streamBuffer gathers the small writes of a stream into larger ones.
	streamBuffer = 64 << 10
	// streamBlock is what WriteChecked writes at once, and OpenRange reads;
	// diskBlock is where a block must begin, on the disk and in memory.
	streamBlock = 1 << 20
	diskBlock   = 4 << 10
)
