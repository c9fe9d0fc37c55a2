package record

import (
	"strongroom/custody"
	"strongroom/quorum/text"
)

// SessionOpen says that people began to work at the machine.
type SessionOpen struct{ Operators []text.ID } // sorted; may be empty

// SessionClose says that they ended.
type SessionClose struct{ Operators []text.ID }

// Exception is a deviation from the normal course, in a person's words.
type Exception struct{ Note string }

// Kind returns KindSessionOpen.
func (SessionOpen) Kind() Kind { return KindSessionOpen }

// Kind returns KindSessionClose.
func (SessionClose) Kind() Kind { return KindSessionClose }

// Kind returns KindException.
func (Exception) Kind() Kind { return KindException }

func (b SessionOpen) write(w *text.Writer, _ custody.Network) {
	writeNamesOrNone(w, "operator", b.Operators)
}

func (b SessionClose) write(w *text.Writer, _ custody.Network) {
	writeNamesOrNone(w, "operator", b.Operators)
}

func (b Exception) write(w *text.Writer, _ custody.Network) { w.Line("note", b.Note) }

func readSessionOpen(r *text.Reader, _ custody.Network) Body {
	return SessionOpen{readNamesOrNone(r, "operator")}
}

func readSessionClose(r *text.Reader, _ custody.Network) Body {
	return SessionClose{readNamesOrNone(r, "operator")}
}

func readException(r *text.Reader, _ custody.Network) Body {
	_, note := r.Rest("note", 0)
	return Exception{note}
}
