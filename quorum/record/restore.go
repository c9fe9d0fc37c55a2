package record

import (
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Restore says that a quorum let somebody read a backup: which one, where, and
// with which keys. It is on disk before the backup's header is wrapped again.
type Restore struct {
	ID         text.Hash // the restore's own text
	Snapshot   text.Hash // SHA-256 of the snapshot's manifest
	Store      text.ID   // where the copy comes from
	Place      text.ID   // where it is read
	Operator   text.ID   // who reads it
	Recipients []string  // one age recipient a layer, the outer first
	Signers    []text.ID // whose seats carried it; sorted
}

// Kind returns KindRestore.
func (Restore) Kind() Kind { return KindRestore }

func (b Restore) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("snapshot", b.Snapshot.String())
	w.Line("store", string(b.Store))
	w.Line("place", string(b.Place))
	w.Line("operator", string(b.Operator))
	for _, to := range b.Recipients {
		w.Line("recipient", to)
	}
	writeNames(w, "signer", b.Signers)
}

func readRestore(r *text.Reader, _ custody.Network) Body {
	b := Restore{
		ID:       readHash(r, "id"),
		Snapshot: readHash(r, "snapshot"),
		Store:    readID(r, "store"),
		Place:    readID(r, "place"),
		Operator: readID(r, "operator"),
	}
	for len(b.Recipients) == 0 || r.At("recipient") && len(b.Recipients) < MaxRecipients {
		b.Recipients = append(b.Recipients, r.Field("recipient"))
	}
	b.Signers = readNames(r, "signer")
	return b
}

func (s *State) restore(b Restore) error {
	if _, ok := s.restores[b.ID]; ok {
		return fmt.Errorf("want one restore by proposal %s, found a second", b.ID.Short())
	}
	if err := s.checkFrozen(b); err != nil {
		return err
	}
	if err := s.checkAlive(b.ID); err != nil {
		return err
	}
	s.restores[b.ID] = b
	return nil
}

// Restored returns the restore that a proposal allowed.
func (s *State) Restored(id text.Hash) (Restore, bool) {
	b, ok := s.restores[id]
	return b, ok
}
