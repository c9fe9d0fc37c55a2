package quorum

import (
	"strongroom/custody/auditlog"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// AuditedLog returns a signer's log as far as it had grown when it was brought to
// a visit: its first records, and the state that they add up to. It is for whoever
// has proven the whole log by a verifier key already, so that each record is read
// once: a desk, and an auditor who folds it along with the visits that he judges
// again. Where the policy names another key, the log counts as unproven unless its
// Checkpoint and Entries are set.
func AuditedLog(device text.ID, verifier string, whole *auditlog.Proven, first [][]byte, state *record.State) *LogFile {
	return &LogFile{Device: device, opened: &openedLog{verifier: verifier, proven: whole, entries: first, state: state}}
}
