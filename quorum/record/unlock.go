package record

import (
	"encoding/hex"
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Unlock says that holders rebuilt a wallet key from their shares for one
// session.
type Unlock struct {
	Fingerprint [4]byte
	Generation  uint64
	Holders     []text.ID // sorted
	Witness     text.ID   // who saw them in person; empty for nobody
}

// UnlockFailed says that a share was not opened, or was not the one that its
// holder was given.
type UnlockFailed struct {
	Fingerprint [4]byte
	Generation  uint64
	Holder      text.ID
	Why         string // without anything secret
}

// ShareProven says that a holder's own copy of a share was opened and is the one
// of that generation.
type ShareProven struct {
	Fingerprint [4]byte
	Generation  uint64
	Holder      text.ID
}

// Kind returns KindUnlock.
func (Unlock) Kind() Kind { return KindUnlock }

// Kind returns KindUnlockFailed.
func (UnlockFailed) Kind() Kind { return KindUnlockFailed }

// Kind returns KindShareProven.
func (ShareProven) Kind() Kind { return KindShareProven }

func (b Unlock) write(w *text.Writer, _ custody.Network) {
	writeGeneration(w, b.Fingerprint, b.Generation)
	writeNames(w, "holder", b.Holders)
	w.Line("witness", orNone(b.Witness))
}

func (b UnlockFailed) write(w *text.Writer, _ custody.Network) {
	writeGeneration(w, b.Fingerprint, b.Generation)
	w.Line("holder", string(b.Holder))
	w.Line("why", b.Why)
}

func (b ShareProven) write(w *text.Writer, _ custody.Network) {
	writeGeneration(w, b.Fingerprint, b.Generation)
	w.Line("holder", string(b.Holder))
}

func writeGeneration(w *text.Writer, fingerprint [4]byte, generation uint64) {
	w.Line("fingerprint", hex.EncodeToString(fingerprint[:]))
	w.Line("generation", text.FormatUint(generation))
}

func readUnlock(r *text.Reader, _ custody.Network) Body {
	return Unlock{
		Fingerprint: readFingerprint(r, "fingerprint", r.Field("fingerprint")), Generation: readGeneration(r),
		Holders: readNames(r, "holder"), Witness: readIDOrNone(r, "witness"),
	}
}

func readUnlockFailed(r *text.Reader, _ custody.Network) Body {
	b := UnlockFailed{
		Fingerprint: readFingerprint(r, "fingerprint", r.Field("fingerprint")), Generation: readGeneration(r),
		Holder: readID(r, "holder"),
	}
	_, b.Why = r.Rest("why", 0)
	return b
}

func readShareProven(r *text.Reader, _ custody.Network) Body {
	return ShareProven{
		Fingerprint: readFingerprint(r, "fingerprint", r.Field("fingerprint")), Generation: readGeneration(r),
		Holder: readID(r, "holder"),
	}
}

func orNone(id text.ID) string {
	if id == "" {
		return "none"
	}
	return string(id)
}

func readIDOrNone(r *text.Reader, keyword string) text.ID {
	if id := readID(r, keyword); id != "none" {
		return id
	}
	return ""
}

// shareOf names one share for ever.
type shareOf struct {
	fingerprint [4]byte
	generation  uint64
	holder      text.ID
}

func (s *State) generation(fingerprint [4]byte, generation uint64) (Shares, error) {
	all := s.shares[fingerprint]
	if generation == 0 || generation > uint64(len(all)) {
		return Shares{}, fmt.Errorf("want one of the %d generations of key %x, found %d", len(all), fingerprint, generation)
	}
	return all[generation-1], nil
}

func (s *State) checkHolder(fingerprint [4]byte, generation uint64, holder text.ID) (shareOf, error) {
	g, err := s.generation(fingerprint, generation)
	if err != nil {
		return shareOf{}, err
	}
	if _, ok := g.Of(holder); !ok {
		return shareOf{}, fmt.Errorf("want a holder of generation %d of key %x, found %s", generation, fingerprint, holder)
	}
	return shareOf{fingerprint, generation, holder}, nil
}

// unlock wants the holders of one generation who rebuild the key together, and
// forgets their wrong entries.
func (s *State) unlock(b Unlock) error {
	g, err := s.generation(b.Fingerprint, b.Generation)
	if err != nil {
		return err
	}
	for _, h := range b.Holders {
		if _, err := s.checkHolder(b.Fingerprint, b.Generation, h); err != nil {
			return err
		}
	}
	if !g.Rebuilt(b.Holders) {
		return fmt.Errorf("want holders who rebuild key %x together, found %d of them", b.Fingerprint, len(b.Holders))
	}
	for _, h := range b.Holders {
		delete(s.failed, shareOf{b.Fingerprint, b.Generation, h})
	}
	return nil
}

func (s *State) unlockFailed(b UnlockFailed) error {
	share, err := s.checkHolder(b.Fingerprint, b.Generation, b.Holder)
	if err == nil {
		s.failed[share]++
	}
	return err
}

func (s *State) proveShare(r Record, b ShareProven) error {
	share, err := s.checkHolder(b.Fingerprint, b.Generation, b.Holder)
	if err != nil {
		return err
	}
	delete(s.failed, share)
	s.proven[share] = append(slices.Clone(s.proven[share]), r.Tip)
	return nil
}

// Failed returns how often a share was not opened since it last was.
func (s *State) Failed(fingerprint [4]byte, generation uint64, holder text.ID) int {
	return s.failed[shareOf{fingerprint, generation, holder}]
}

// Proven returns the tips at which a holder's own copy of a share was proven,
// the oldest first.
func (s *State) Proven(fingerprint [4]byte, generation uint64, holder text.ID) []Tip {
	return slices.Clone(s.proven[shareOf{fingerprint, generation, holder}])
}
