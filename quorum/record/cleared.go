package record

import (
	"strongroom/custody"
	"strongroom/quorum/text"
)

// Cleared says that a watcher's clearance of a proposal was brought and counted.
type Cleared struct {
	ID        text.Hash // the proposal
	Clearance text.Hash // the clearance's own text
	Watcher   text.ID   // who gave it
}

// Kind returns KindCleared.
func (Cleared) Kind() Kind { return KindCleared }

func (b Cleared) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("clearance", b.Clearance.String())
	w.Line("watcher", string(b.Watcher))
}

func readCleared(r *text.Reader, _ custody.Network) Body {
	return Cleared{ID: readHash(r, "id"), Clearance: readHash(r, "clearance"), Watcher: readID(r, "watcher")}
}

// Cleared returns the clearances of a proposal, in log order.
func (s *State) Cleared(id text.Hash) []Cleared { return append([]Cleared(nil), s.cleared[id]...) }
