package backup

import "time"

const (
	// maxEntries bounds the files and folders of one snapshot. Their names are
	// held in memory: this many take some 40 MiB.
	maxEntries = 250_000
	// maxDepth bounds nested folders; a custody home has four.
	maxDepth = 64
	// maxElement and maxPath are what common file systems and tools take, the
	// path with room for the place where it is restored.
	maxElement = 255
	maxPath    = 1024
	// maxBytes bounds what a snapshot holds before compression: 1 TiB is far
	// beyond what a folder of texts, logs and keys becomes, and stops a job
	// that was pointed at the wrong disk.
	maxBytes = 1 << 40
	// maxPayload bounds the ciphertext: what cannot be compressed grows a
	// little.
	maxPayload = maxBytes + maxBytes/64

	// maxTries is how often a file that changes meanwhile is read.
	maxTries = 3
	// ownSegment is the size from which a file is sealed by itself, so that the
	// next snapshot need not read it again if it did not change.
	ownSegment = 16 << 20
	// packFrom is what new and changed files must weigh to become a pack, which
	// later snapshots name again. Lighter ones are read and sealed each time.
	packFrom = 8 << 20
	// maxSegments bounds those of a snapshot: the largest files are sealed by
	// themselves, others in packs, and the rest in one. So many lines fit into a
	// manifest.
	maxSegments = 64
	maxPacks    = 24
	maxAlone    = maxSegments - maxPacks - 1
	// rereadEvery is how often all files are read, whatever the file system says.
	rereadEvery = 30
	// settling is longer than a tick of a file system's clock, and settlingCoarse
	// than one of those that count in seconds, or two.
	settling       = 100 * time.Millisecond
	settlingCoarse = 2500 * time.Millisecond
	// smallestPart is what is hashed and uploaded at once, and the least that a
	// sample reads. S3 takes no smaller parts than 5 MiB, and no more than
	// 10,000 of them.
	smallestPart = 8 << 20
	maxParts     = 10_000
	// maxLayers is two: an outer and an inner group of people.
	maxLayers = 2
	// maxHeader bounds an age header: 64 hybrid recipients take 130 KiB.
	maxHeader = 192 << 10
	// maxSpool bounds the files of a spool: a payload, its list and its headers
	// for every segment, and some more.
	maxSpool = 8 * maxSegments

	// copyBuffer is how much of a file is held at once.
	copyBuffer = 256 << 10
	// gatherBuffer joins what is small before it is compressed; what is larger
	// passes by without being copied.
	gatherBuffer = 32 << 10
	// zstdWindow is how far back compression looks. It sets the memory of
	// sealing and of restoring; stock zstd takes up to 128 MiB.
	zstdWindow = 8 << 20
	// maxWindow bounds what a compressed stream may ask for when it is opened.
	maxWindow = zstdWindow

	// maxRecipients bounds the header: everybody of two boards.
	maxRecipients = 64
	// maxRecipientText is longer than a hybrid key, the longest kind.
	maxRecipientText = 4096
	// maxNumber bounds the number of snapshots: one a minute for 1,900 years.
	maxNumber = 1_000_000_000
	// leastGrace and graceTimes are how long copies that are late are waited for
	// once enough are good: as long again as those took, this many times.
	leastGrace = 15 * time.Minute
	graceTimes = 3
	// maxTargets is more stores than anybody pays for.
	maxTargets = 32
	// maxObjectName bounds the name of an object in a store, with room for the
	// ".sha256" that a folder adds.
	maxObjectName = 128
	// maxSmallObject bounds manifests and signatures when they are fetched.
	maxSmallObject = 64 << 10
	// maxKit bounds the page that says how a snapshot is opened: 64 segments, 32
	// stores and 128 recipients take some 200 KiB, and each set of headers from
	// before a re-wrap some 100 KiB more. maxKitWays bounds of how many sets one
	// page tells. maxKits bounds how many pages are looked at that nobody
	// here knows: one for each time that the stores changed under way, and one for
	// each re-wrap.
	maxKit       = 1 << 20
	maxKitWays   = 4
	maxKitPeople = maxKitWays * maxLayers * maxRecipients
	maxKits      = 64
	// maxStoreText bounds what a page says of a store's address, maxNameText a
	// person's name.
	maxStoreText = 4 << 10
	maxNameText  = 256
	// maxCanaryTree bounds what a canary becomes when it is opened in memory:
	// 64 KiB of bytes that nothing compresses, many times over.
	maxCanaryTree = 1 << 20
	// maxRewraps bounds how often one snapshot is wrapped anew, maxAttached how many
	// re-wraps belong to one, those that rival with them, and maxRewrapNames the
	// texts about them that are looked at in one store.
	maxRewraps     = 1000
	maxAttached    = 100
	maxRewrapNames = 10_000
	// maxOrphans bounds the names without a snapshot that are asked for their locks:
	// somebody may have put any number of them.
	maxOrphans = 1000
	// maxTold is how many objects one error names: who reads more?
	maxTold = 10

	// maxFlaws bounds the objects that a signed result names: with the longest
	// names they fill 58 of the 64 KiB of a text. maxObjects is what a snapshot
	// can have with all its re-wraps, and more; maxTried the promises of a store
	// that a probe tries out.
	maxFlaws   = 400
	maxObjects = 1 << 20
	maxTried   = 100
	// maxAhead is how far the clock of who verified may be ahead of the reader's.
	maxAhead = 10 * time.Minute
	// maxRead bounds what one look at a copy reads: all of it, with its headers.
	maxRead = 2 * maxPayload

	// maxChecks, maxTools, maxPresent, maxAccess and maxPhases bound a
	// certificate.
	maxChecks  = 200
	maxTools   = 50
	maxPresent = 64
	maxAccess  = 64
	maxPhases  = 8
	// maxVersionText bounds the name that a store gives to the bytes of an
	// object: what S3 allows.
	maxVersionText = 1024
	// minPresent is the least number of officers who must have been there and
	// signed: nobody certifies alone.
	minPresent = 2
	// maxSeconds bounds measured times: ten years.
	maxSeconds = 10 * 366 * 24 * 3600
	// maxLost bounds what a disaster takes in seconds: a hundred years, since
	// clocks may be wrong.
	maxLost = 10 * maxSeconds
	// maxCertificateSignatures bounds what is verified: several keys for each
	// of those present.
	maxCertificateSignatures = 4 * maxPresent

	// maxRegionDistance, in kilometres, is how far the halls of one region may
	// lie from the city that gives it its name.
	maxRegionDistance = 300
	// maxRegionName bounds a region's name, maxRoundTrip a way there and back in
	// microseconds: a store that takes a minute is not measured.
	maxRegionName = 64
	maxRoundTrip  = 60_000_000
)
