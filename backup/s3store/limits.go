package s3store

import "time"

const (
	// smallestPart, largestPart and mostParts are what S3 takes: parts of a
	// multipart upload but the last have at least 5 MiB, a part or a single
	// PUT at most 5 GiB.
	smallestPart = 5 << 20
	largestPart  = 5 << 30
	mostParts    = 10_000
	// atOnce is how many parts of one object are on their way.
	atOnce = 2
	// socketBuffer is read from or written to a connection at once.
	socketBuffer = 64 << 10
	// maxConnections bounds those to one store.
	maxConnections = 16
	// maxHeaders bounds the headers of an answer.
	maxHeaders = 256 << 10
	// maxAnswer bounds an answer that is no object: a page of a listing has a
	// thousand entries of at most some KiB.
	maxAnswer = 8 << 20
	// maxRequests bounds the requests of one call: a store could say for ever
	// that its list goes on. A page has up to a thousand entries.
	maxRequests = 2 * maxEntries / 1000
	// maxEntries bounds the versions and delete markers that a listing looks
	// at: those of ten snapshots a day for ten years stay below it.
	maxEntries = 250_000
	// maxVersions bounds those that are asked for checksum and lock under one
	// name: half of them the newest, half the oldest. Whoever writes over an
	// object cannot push it out, since what they add is never older.
	maxVersions = 100
	// maxUploads bounds the interrupted uploads of one name that are looked at.
	maxUploads = 20
	// maxUnfinished bounds those of all names that are told, and is a page: S3 tells
	// no more at once.
	maxUnfinished = 1000
	// maxRetries bounds how often something is tried again.
	maxRetries = 20
	// firstPause and longestPause bound the pause before a new try: up to
	// twice as long each time.
	firstPause   = 200 * time.Millisecond
	longestPause = 20 * time.Second
	// credentialsTime is how long fetching credentials may take.
	credentialsTime = 30 * time.Second
	// limitedRead is how much passes at once where the bandwidth is limited.
	limitedRead = 16 << 10
	// maxCode bounds the code of an answer in an error: it is foreign text.
	maxCode = 60
	// maxEmptyReads bounds those of a source that neither gives nor ends.
	maxEmptyReads = 100
	// maxSettled bounds how often what a store shows is asked again after it
	// refused a name and shows nothing there.
	maxSettled = 3

	// sightings is how often a store is asked to measure the way to it: the
	// first answer waits for a connection, and any may meet a busy moment.
	sightings = 6

	// probeLock is how long what Probe writes is locked: longer than the
	// negative tests take.
	probeLock = 2 * time.Minute
	// maxSkew is how far the clock of a store may be off. S3 refuses requests
	// from 15 minutes on; locks are counted by that clock.
	maxSkew = 5 * time.Minute
	// probeSmall is the size of the objects that Probe writes, but for the one
	// of two parts.
	probeSmall = 512
	// maxProbed bounds an object whose bytes a negative test reads.
	maxProbed = 64 << 10
	// probeDigits is the length of a probe object's random name.
	probeDigits = 16
	// maxLockDays bounds the days or years of a default lock that is believed.
	maxLockDays = 100_000
)
