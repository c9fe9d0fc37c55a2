package record

import (
	"strongroom/custody"
	"strongroom/quorum/text"
)

// Rehearsal says who answered when the officers were asked to prove that they
// can be reached and hold their keys. It moves nothing.
type Rehearsal struct {
	ID        text.Hash // the rehearsal's own text
	Statement string
	Answered  []text.ID // sorted; may be empty
}

// Kind returns KindRehearsal.
func (Rehearsal) Kind() Kind { return KindRehearsal }

func (b Rehearsal) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("statement", b.Statement)
	writeNamesOrNone(w, "answered", b.Answered)
}

func readRehearsal(r *text.Reader, _ custody.Network) Body {
	b := Rehearsal{ID: readHash(r, "id")}
	_, b.Statement = r.Rest("statement", 0)
	b.Answered = readNamesOrNone(r, "answered")
	return b
}

// Rehearsals returns every rehearsal, in log order.
func (s *State) Rehearsals() []Rehearsal { return append([]Rehearsal(nil), s.rehearsals...) }
