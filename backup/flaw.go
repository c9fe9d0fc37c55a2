package backup

import (
	"cmp"
	"errors"
	"fmt"
)

// Flaw is what is wrong with an object of a copy, in one word.
type Flaw string

// The flaws. An object that is missing or damaged makes the copy no good; the
// others are told, and the bytes are there. An object that only a re-wrap names is
// closed instead: whoever has a maker's key names what nobody has.
const (
	Missing  Flaw = "missing"  // there is no object of that name
	Damaged  Flaw = "damaged"  // it holds other bytes than the signed text says
	Covered  Flaw = "covered"  // somebody put another version or a delete marker over it
	Unlocked Flaw = "unlocked" // it must be locked, and no lock holds it now
	Short    Flaw = "short"    // its lock ends sooner than it must
	Closed   Flaw = "closed"   // a re-wrap's is missing, damaged or for others: the copy is whole, and who came may not open it
)

// Flawed is one object with one flaw.
type Flawed struct {
	Object string
	Flaw   Flaw
}

func (f Flawed) compare(g Flawed) int {
	return cmp.Or(cmp.Compare(f.Object, g.Object), cmp.Compare(f.Flaw, g.Flaw))
}

// Lost says that the object is not there as it must be.
func (f Flawed) Lost() bool { return f.Flaw == Missing || f.Flaw == Damaged }

func parseFlaw(s string) (Flaw, error) {
	switch f := Flaw(s); f {
	case Missing, Damaged, Covered, Unlocked, Short, Closed:
		return f, nil
	}
	return "", fmt.Errorf("want %s, %s, %s, %s, %s or %s, found %q", Missing, Damaged, Covered, Unlocked, Short, Closed, clip(s))
}

// Sample is what V2 read: whole parts.
type Sample struct {
	Parts int
	Bytes int64
}

// wrong notes what an error says of an object; the examination goes on. What says
// nothing of the object is returned.
func (e *examination) wrong(object string, err error) error {
	switch {
	case err == nil:
		return nil
	case missing(err):
		e.note(object, Missing, err)
	case errors.Is(err, ErrContent):
		e.note(object, Damaged, err)
	case e.added[object] && away(e.ctx, e.store, object) == nil:
		e.note(object, Closed, err) // the store answers, and keeps this one back
	default:
		return err
	}
	return nil
}

// note keeps a flaw once. The first error is that of the examination; a flaw that
// is only told has none, and none of a re-wrap's objects ends it.
func (e *examination) note(object string, f Flaw, err error) {
	switch {
	case f == Closed || e.added[object] && (Flawed{object, f}).Lost():
		f, e.found.Closed = Closed, cmp.Or(e.found.Closed, err)
	case !e.added[object]:
		e.first = cmp.Or(e.first, err)
	}
	for _, had := range e.found.Flaws {
		if had == (Flawed{object, f}) || had.Object == object && had.Lost() && (Flawed{object, f}).Lost() {
			return
		}
	}
	e.found.Flaws = append(e.found.Flaws, Flawed{object, f})
}

// lockFlaw says how the lock of an object falls short.
func (e *examination) lockFlaw(o Object) Flaw {
	if o.Until.After(e.Now()) {
		return Short
	}
	return Unlocked
}
