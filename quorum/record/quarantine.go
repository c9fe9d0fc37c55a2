package record

import (
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Quarantine says that the machine doubts its own memory: it was restored, or
// others saw a log of its that it does not hold. It is over with the next
// resync.
type Quarantine struct {
	ID    text.Hash // the proposal that showed it; zero for none
	Codes []string  // why; sorted, each once
}

// Kind returns KindQuarantine.
func (Quarantine) Kind() Kind { return KindQuarantine }

func (b Quarantine) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.OrNone())
	writeCodes(w, b.Codes)
}

func readQuarantine(r *text.Reader, _ custody.Network) Body {
	return Quarantine{
		ID:    text.Value(r, "id", r.Field("id"), text.HashOrNone("a hash")),
		Codes: readCodes(r),
	}
}

// bearsQuarantine says whether a record may follow a quarantine before the
// resync: evidence, what makes the rules tighter, and the signature that a
// crash left out. That the release of such a signature stands before is checked
// where the signature is.
func bearsQuarantine(b Body) bool {
	switch b := b.(type) {
	case Recorded:
		return b.What == "resync" // which may have to wait itself
	case SessionOpen, SessionClose, Inputs, Headers, Refused, Exception, Signed, Integrity, Assessed, Wiped:
		return true
	case Frozen, Vetoed, Killed, Quarantine, Resync:
		return true
	case Unlock, UnlockFailed, ShareProven: // for that signature, and what shows that shares are there
		return true
	case Adopted, Cleared: // what others have adopted already, and what clears the resync
		return true
	}
	return false
}

func (s *State) isolate(r Record, b Quarantine) {
	s.doubtedAt = r.Seq
	codes := append(slices.Clone(s.doubts), b.Codes...)
	slices.Sort(codes)
	s.quarantined, s.doubts = true, slices.Compact(codes)
}

// Quarantined says whether a quarantine stands, and why: the codes of every
// quarantine record since the last resync, sorted and each once.
func (s *State) Quarantined() (codes []string, yes bool) {
	return slices.Clone(s.doubts), s.quarantined
}

// QuarantinedAt returns where in the log the last quarantine stands that no
// resync has ended.
func (s *State) QuarantinedAt() (seq int64, yes bool) { return s.doubtedAt, s.quarantined }

func (s *State) checkQuarantine(b Body) error {
	if s.quarantined && !bearsQuarantine(b) {
		return fmt.Errorf("want a resync before the next record of kind %s, found the machine in quarantine", b.Kind())
	}
	return nil
}
