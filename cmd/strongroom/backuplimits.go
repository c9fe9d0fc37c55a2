package main

import "time"

const (
	// maxStores bounds the stores of a home: a run ships to no more.
	maxStores = 32
	// maxStorePath bounds the file with a store's path in bytes.
	maxStorePath = 8 << 10
	// maxSnapshotNumber bounds the number that is asked for.
	// snapshotDigits is how many digits of a manifest's hash names tell.
	maxSnapshotNumber = 1_000_000_000
	snapshotDigits    = 16
	// maxIndex bounds the note of the files that lie in sealed segments, in bytes:
	// 250,000 of them take some 45 MiB.
	maxIndex = 256 << 20
	// maxIdentity bounds a private key's file in bytes, and maxHeaderFile a
	// header's.
	maxIdentity   = 64 << 10
	maxHeaderFile = 192 << 10
	// maxRestoring bounds the note of an interrupted restore, restoreBuffer what
	// is held of a file that is written, maxSumsFile the list of all files.
	maxRestoring  = 64 << 10
	restoreBuffer = 256 << 10
	maxSumsFile   = 512 << 20
	// maxDrillNote bounds a drill's note in bytes: its checks are the most of it.
	// maxDrillClock bounds a file that holds one time and one name, and
	// maxReleaseFiles the folder that travels to officers: manifest, signature,
	// and headers of two layers.
	maxDrillNote    = 256 << 10
	maxDrillClock   = 128
	maxReleaseFiles = 2 + 2*64 + maxRewrapFiles
	// maxRewrapFiles bounds the re-wraps of one snapshot that travel along, each
	// with its signature.
	maxRewrapFiles = 2 * 100
	// maxExcludes bounds the paths that a home may leave out of its snapshots, and
	// maxExcludesFile the file that lists them, in bytes: each path has some 60.
	maxExcludes     = 1000
	maxExcludesFile = 64 << 10
	// maxShareFiles bounds the sealed shares that a drill looks at: dozens of
	// keys with several generations, and maxShareFile one of them in bytes.
	maxShareFiles = 10_000
	maxShareFile  = 64 << 10
	// maxProven bounds the notes about a store in bytes, maxBadNotes the copies of
	// which they say that they are bad, and maxBegun the snapshots that they name as
	// begun there: more than retention keeps of the days in which nothing came whole.
	// notesTime is how long somebody waits who changes notes while another does, which
	// takes as long as a small file takes to the disk; notesTick how long at once.
	maxProven   = 64 << 10
	maxBadNotes = 64
	maxBegun    = 100
	notesTime   = 5 * time.Second
	notesTick   = 10 * time.Millisecond
	// maxTold bounds in bytes the note since when some matters are told that nobody
	// mends, and maxMatters how many those are.
	maxTold    = 64 << 10
	maxMatters = 500
	// leastRewrap is how many digits of a re-wrap's hash name it.
	leastRewrap = 8
	// maxResultFiles bounds the signed results of a home with their signatures: 32
	// stores, 200 snapshots each, looked at in a few ways. maxResultSignature
	// bounds a signature in bytes, and noteSlack is how much later than its
	// signed result a note may be written.
	maxResultFiles     = 100_000
	maxResultSignature = 8 << 10
	noteSlack          = time.Hour
	// maxCredentialsFile bounds what says where credentials are, maxAuthority a
	// file of certificates.
	maxCredentialsFile = 4 << 10
	maxAuthority       = 1 << 20
	// rereadEvery is after how long a run reads again all that lies in a store: of
	// daily runs one in a week, before a schedule of a week is late.
	rereadEvery = 6 * 24 * time.Hour
	// abandoned is how old an upload in parts is when nobody goes on with it: a run
	// ends within a day, and the next goes on where it was cut.
	abandoned = 7 * 24 * time.Hour
	// maxPrices bounds the file of prices in bytes, maxPrice a price.
	maxPrices = 8 << 10
	maxPrice  = 1_000_000
	// runRequests is about how many requests a run makes at a store.
	runRequests = 40
	// maxNoteText bounds what a note quotes, maxListed the names that a command
	// lists without --json.
	maxNoteText = 300
	maxListed   = 20
	// maxSpoolFiles bounds the files of the spool that are looked at.
	maxSpoolFiles = 1024
	// maxUnshipped bounds the kept manifests, with their signatures, of snapshots that
	// did not become good: months of a run each hour.
	maxUnshipped = 10_000
	// maxForeign is how many names in a store are read in vain, and maxForeignFresh
	// how many in a home that made no snapshot: six requests each. listTime and
	// listTimeFresh are how long a store may take to tell what it has.
	maxForeign      = 500
	maxForeignFresh = 20_000
	listTime        = 10 * time.Minute
	listTimeFresh   = 4 * time.Hour
	// reachTime is how long a store may take to show its mark.
	reachTime = 2 * time.Minute
	// A folder may be a mount whose server has gone. answerTime is how long it may take
	// for an answer or for the next bytes, as long as a bucket may: disks that start
	// turning and servers that start again take less. namesTime is how long it may take
	// to list 250,000 names, a few milliseconds each. writeTime is how long it may take
	// to get further with what it writes: a slow stick takes most of it to write down
	// what a large memory holds for it. tidyTime is how long something that is stopped
	// may take to remove what it began.
	answerTime = 5 * time.Minute
	namesTime  = 30 * time.Minute
	writeTime  = time.Hour
	tidyTime   = 5 * time.Second
	// readPiece is how much of an object is waited for at once in bytes.
	readPiece = 1 << 20
	// leastCopyTime is how long a copy may take that is small, leastSpeed the bytes a
	// second below which a store is too slow: a megabit.
	leastCopyTime = 30 * time.Minute
	leastSpeed    = 128 << 10
	// maxCaughtUp is how many earlier snapshots one run brings to stores that lack
	// them: whoever was away for long is whole after some days.
	maxCaughtUp = 16
	// storeRetries is how often a request to a store is tried again.
	storeRetries = 5
	// sightTime bounds how long stores are asked where they are, in nanoseconds.
	sightTime = 15 * time.Second
	// leastMeasured is how many bytes tell something of a speed.
	leastMeasured = 64 << 10

	// maxCheckText and maxToolText bound what a certificate quotes of an error or
	// of a program's version in bytes: two lines of a terminal, and one.
	maxCheckText = 160
	maxToolText  = 80

	// maxPostureFile bounds what the last posture found in bytes: 32 stores, each
	// with some thirty findings.
	maxPostureFile = 1 << 20
	// foundWidth is what the names and results of findings leave for what was found
	// at 80 columns.
	foundWidth = 46
	// socketTime is how long a socket of this machine may take to let us in.
	socketTime = time.Second

	// maxAhead is how far the clock that signed a manifest may be before ours.
	maxAhead = time.Hour
	// postureEvery is when a posture is late: its timer comes every week, and may
	// be a day behind.
	postureEvery = 8 * 24 * time.Hour
	// toldFor is how long a break in the chain of manifests is something to look
	// at: it never heals.
	toldFor = 31 * 24 * time.Hour

	// drilledAddresses is how many receive addresses of each wallet a drill
	// derives again.
	drilledAddresses = 20
)

// The codes of backups and drills. They never change their meaning.
const (
	codeCopy    = "BAK-COPY"    // a copy is not what its manifest says
	codeLate    = "BAK-LATE"    // a copy, a verification or a drill is overdue
	codePlace   = "BAK-PLACE"   // a store does not lie where annex backup wants it
	codeLock    = "BAK-LOCK"    // a store does not lock, and must
	codeRPO     = "BAK-RPO"     // more would be lost now than annex backup allows
	codePosture = "BAK-POSTURE" // a bucket, credentials or a machine are set up as they must not be
	codeProbe   = "BAK-PROBE"   // a store allowed what it must refuse, or a canary did not open
	codeFailed  = "CRT-FAILED"  // what was restored is not what was saved
	codeRelease = "CRT-RELEASE" // officers were asked to open what nobody may open
	codeSigners = "CRT-SIGNERS" // fewer than two of those present signed
	codeExpired = "CRT-EXPIRED" // the certificate no longer counts
)
