package record

import (
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Frozen says that an officer stopped something. One officer is enough, and it
// holds until a quorum lifts it.
type Frozen struct {
	ID      text.Hash // the freeze's own text
	Scope   Scope
	Officer text.ID // who signed it
}

// Thawed says that a quorum lifted a freeze.
type Thawed struct {
	ID      text.Hash // the thaw's own text
	Lifts   text.Hash // the freeze
	Signers []text.ID // whose seats carried it; sorted
}

// Freeze is a freeze as the log holds it.
type Freeze struct {
	Frozen
	Seq    int64
	Tip    Tip
	Lifted bool // a thaw of this log names it
}

// Kind returns KindFrozen.
func (Frozen) Kind() Kind { return KindFrozen }

// Kind returns KindThawed.
func (Thawed) Kind() Kind { return KindThawed }

func (b Frozen) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("scope", b.Scope.Fields()...)
	w.Line("officer", string(b.Officer))
}

func readFrozen(r *text.Reader, _ custody.Network) Body {
	return Frozen{ID: readHash(r, "id"), Scope: ReadScope(r), Officer: readID(r, "officer")}
}

func (b Thawed) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("lifts", b.Lifts.String())
	writeNames(w, "signer", b.Signers)
}

func readThawed(r *text.Reader, _ custody.Network) Body {
	return Thawed{ID: readHash(r, "id"), Lifts: readHash(r, "lifts"), Signers: readNames(r, "signer")}
}

func (s *State) freeze(r Record, b Frozen) error {
	if slices.ContainsFunc(s.freezes, func(f Freeze) bool { return f.ID == b.ID }) {
		return fmt.Errorf("want freeze %s once, found it twice", b.ID.Short())
	}
	s.freezes = append(s.freezes, Freeze{Frozen: b, Seq: r.Seq, Tip: r.Tip})
	return nil
}

// frozen returns the oldest freeze of everything that stands.
func (s *State) frozen() (Freeze, bool) {
	for _, f := range s.freezes {
		if f.Scope.What == ScopeAll && !s.lifted[f.ID] {
			return f, true
		}
	}
	return Freeze{}, false
}

// Freezes returns every freeze, lifted or not, in log order.
func (s *State) Freezes() []Freeze {
	list := slices.Clone(s.freezes)
	for i := range list {
		list[i].Lifted = s.lifted[list[i].ID]
	}
	return list
}

// Lifted says whether a thaw of this log names a freeze, wherever the freeze
// itself was recorded: before the thaw, after it, or in another signer's log.
func (s *State) Lifted(freeze text.Hash) bool { return s.lifted[freeze] }
