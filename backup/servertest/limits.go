package servertest

import "time"

const (
	// startTime is how long a server may take to answer. The slowest needs three
	// seconds on an idle machine.
	startTime = 90 * time.Second
	// answerTime is how long one look waits for the answer.
	answerTime = 5 * time.Second
	// startPause is the pause between two looks whether it answers.
	startPause = 20 * time.Millisecond
	// startTries is how often other ports are tried: somebody else may take a
	// free one before the server does.
	startTries = 3
	// cephTries is how often a step of Ceph's start is tried. One in five is
	// turned away.
	cephTries = 10
	// commandTime is how long one of Ceph's own commands may take.
	commandTime = 60 * time.Second
	// headerTime is how long the proxy waits for the head of a request.
	headerTime = 30 * time.Second

	// maxLogTail is how much of a server's output an error repeats.
	maxLogTail = 800
	// maxRepeated is the largest answer that Repeat keeps.
	maxRepeated = 16 << 20
	// maxSeen is how many requests a proxy remembers, the last ones.
	maxSeen = 10_000
)

// validity is when the certificates hold: fixed, so that no clock is asked.
func validity() (from, until time.Time) {
	return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)
}
