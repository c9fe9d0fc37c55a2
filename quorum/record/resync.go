package record

import (
	"encoding/base64"
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// LogHead names a log's first records: how many, and the root of their tree
// (RFC 6962).
type LogHead struct {
	Size int64
	Root [32]byte
}

// String writes the head as a line carries it: SIZE ROOT, the root in standard
// base64 as checkpoints write it.
func (h LogHead) String() string {
	return text.FormatUint(uint64(h.Size)) + " " + base64.StdEncoding.EncodeToString(h.Root[:])
}

// Resync says that a quorum took a machine back into service although its log
// is not the one that was seen before. Everything that waited is dead.
type Resync struct {
	ID       text.Hash // the resync's own text
	Device   text.ID   // the signer machine
	From, To LogHead   // the log as it was seen, and as it goes on
	Signers  []text.ID // whose seats carried it; sorted
}

// Kind returns KindResync.
func (Resync) Kind() Kind { return KindResync }

func (b Resync) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("device", string(b.Device))
	w.Line("from", b.From.String())
	w.Line("to", b.To.String())
	writeNames(w, "signer", b.Signers)
}

func readResync(r *text.Reader, _ custody.Network) Body {
	return Resync{
		ID:      readHash(r, "id"),
		Device:  readID(r, "device"),
		From:    ReadLogHead(r, "from"),
		To:      ReadLogHead(r, "to"),
		Signers: readNames(r, "signer"),
	}
}

// ReadLogHead reads a line of SIZE ROOT.
func ReadLogHead(r *text.Reader, keyword string) LogHead {
	f := r.Line(keyword, 2)
	h := LogHead{Size: int64(text.Uint[uint64](r, keyword, f[0], maxLogSize))}
	copy(h.Root[:], text.Value(r, keyword, f[1], func(s string) ([]byte, error) { return text.ParseBase64(s, len(h.Root)) }))
	return h
}

func (s *State) resync(r Record, b Resync) error {
	if s.resyncs[b.ID] {
		return fmt.Errorf("want resync %s once, found it twice", b.ID.Short())
	}
	s.resyncs[b.ID] = true
	s.resynced, s.lastResync = true, r.Seq
	if slices.Contains(s.doubts, CodeFork) {
		s.settled, _, _ = s.Head()
	}
	s.quarantined, s.doubts = false, nil
	return nil
}

// CodeFork is the code of two policies that follow the same one, as quorum gives
// it.
const CodeFork = "POL-FORK"

// ForksSettled returns the highest version up to which a quorum has seen that
// other policies followed the same ones, and decided to go on with this log's; 0
// when there was no fork.
func (s *State) ForksSettled() uint64 { return s.settled }

// Resynced returns where in the log the last resync stands, and false when
// there is none.
func (s *State) Resynced() (seq int64, ok bool) { return s.lastResync, s.resynced }

// ResyncedBy says whether a resync was carried out here.
func (s *State) ResyncedBy(id text.Hash) bool { return s.resyncs[id] }
