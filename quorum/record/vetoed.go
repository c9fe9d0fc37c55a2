package record

import (
	"strongroom/custody"
	"strongroom/quorum/text"
)

// Vetoed says that a proposal was brought with a veto. It is remembered for
// ever.
type Vetoed struct {
	ID       text.Hash // the proposal
	Officers []text.ID // who said no; sorted
}

// Killed says that a proposal was cancelled: by its maker, or by an officer who
// may veto.
type Killed struct {
	ID      text.Hash // the proposal that dies
	By      text.Hash // the cancel's own text
	Officer text.ID   // who signed the cancel
}

// Kind returns KindVetoed.
func (Vetoed) Kind() Kind { return KindVetoed }

// Kind returns KindKilled.
func (Killed) Kind() Kind { return KindKilled }

func (b Vetoed) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	writeNames(w, "officer", b.Officers)
}

func readVetoed(r *text.Reader, _ custody.Network) Body {
	return Vetoed{ID: readHash(r, "id"), Officers: readNames(r, "officer")}
}

func (b Killed) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("by", b.By.String())
	w.Line("officer", string(b.Officer))
}

func readKilled(r *text.Reader, _ custody.Network) Body {
	return Killed{ID: readHash(r, "id"), By: readHash(r, "by"), Officer: readID(r, "officer")}
}

// Vetoed says whether a veto of a proposal was ever seen here: one that was
// recorded, or a refusal because of one.
func (s *State) Vetoed(id text.Hash) bool { return s.vetoed[id] }

// Killed says whether a proposal was cancelled here.
func (s *State) Killed(id text.Hash) bool { return s.killed[id] }
