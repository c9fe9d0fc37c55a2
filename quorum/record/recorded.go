package record

import (
	"encoding/hex"
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Recorded says that a proposal which must cool was brought with enough
// approvals, so that its waiting begins here. The nonce is drawn by the machine
// that writes it, so nobody can have stamped the record before it existed.
type Recorded struct {
	ID         text.Hash   // the proposal
	What       text.ID     // its kind, such as withdrawal
	Sitting    text.ID     // the tier, act or class whose seats it takes
	Expires    uint32      // the last block height at which it may be carried out
	Nonce      [32]byte    // random
	Signatures []text.Hash // SHA-256 of each signature file that counted; sorted
}

// Recording is a recorded proposal as the log holds it.
type Recording struct {
	Recorded
	Seq int64
	Tip Tip
}

// Kind returns KindRecorded.
func (Recorded) Kind() Kind { return KindRecorded }

func (b Recorded) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("what", string(b.What))
	w.Line("sitting", string(b.Sitting))
	w.Line("expires", text.FormatUint(b.Expires))
	w.Line("nonce", hex.EncodeToString(b.Nonce[:]))
	for _, h := range b.Signatures {
		w.Line("sig", h.String())
	}
}

func readRecorded(r *text.Reader, _ custody.Network) Body {
	b := Recorded{ID: readHash(r, "id"), What: readID(r, "what"), Sitting: readID(r, "sitting")}
	b.Expires = text.Uint[uint32](r, "expires", r.Field("expires"), MaxHeight)
	copy(b.Nonce[:], text.Value(r, "nonce", r.Field("nonce"), hexOf(len(b.Nonce))))
	b.Signatures = readSorted(r, "sig", maxSignatures, text.ParseHash, compareHashes)
	return b
}

func (s *State) record(r Record, b Recorded) error {
	if _, ok := s.recorded[b.ID]; ok {
		return fmt.Errorf("want proposal %s recorded once, found it twice", b.ID.Short())
	}
	s.recorded[b.ID] = len(s.recordings)
	s.recordings = append(s.recordings, Recording{Recorded: b, Seq: r.Seq, Tip: r.Tip})
	return nil
}

// Recording returns the recording of a proposal. It is false where there is
// none, and where a resync came after it: then every proposal that waited is
// dead and cannot be recorded again.
func (s *State) Recording(id text.Hash) (Recording, bool) {
	i, ok := s.recorded[id]
	if !ok || !s.outlived(s.recordings[i].Seq) {
		return Recording{}, false
	}
	return s.recordings[i], true
}

// Recordings returns the recordings that no resync came after, in log order.
func (s *State) Recordings() []Recording {
	var live []Recording
	for _, r := range s.recordings {
		if s.outlived(r.Seq) {
			live = append(live, r)
		}
	}
	return live
}

// outlived says whether no resync came after a record.
func (s *State) outlived(seq int64) bool {
	last, ok := s.Resynced()
	return !ok || seq > last
}
