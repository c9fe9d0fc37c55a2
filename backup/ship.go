package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"strongroom/quorum/text"
)

// Target is a store and the name that reports and certificates give it.
type Target struct {
	ID    text.ID
	Store Store
}

// Outcome is what became of one copy.
type Outcome struct {
	Target       text.ID
	Verification Verification // the level reached; no level unless Err is nil
	Err          error
}

// Quorum is how many good copies make a run a success. The zero value is never
// met.
type Quorum uint8

// Check counts the good copies, those verified at the level asked for or
// above, and returns nil if there are enough.
func (q Quorum) Check(outcomes []Outcome, level Level) error {
	good := 0
	for _, o := range outcomes {
		if o.Err == nil && o.Verification.Level >= level && level >= V0 {
			good++
		}
	}
	if q < 1 || good < int(q) {
		return fmt.Errorf("copies: want %d verified at %s, found %d of %d", max(q, 1), level, good, len(outcomes))
	}
	return nil
}

// ErrStopped reports a copy that was given up because the caller said so.
var ErrStopped = errors.New("given up before it was done")

// Ship puts a sealed payload, its manifest and the signature into every target
// at the same time, and verifies each copy at a level, V1 or V3. open gives the
// payload once to each target: from the place where it was sealed, or from
// another store, for catching up needs no key. now may be called from several
// goroutines.
//
// A target that fails, stalls or lies changes nothing for the others. When stop
// is closed Ship returns at once: copies not done are ErrStopped, and their
// readers fail, so that a store which reads on notices. The outcomes are in the
// order of the targets.
func Ship(s Signed, open func() (io.ReadCloser, error), targets []Target, level Level, now Clock, stop <-chan struct{}) ([]Outcome, error) {
	if s.text == nil {
		return nil, errors.New("ship: want a signed manifest, found none")
	}
	if err := checkTargets(targets); err != nil {
		return nil, err
	}
	if level != V1 && level != V3 {
		return nil, fmt.Errorf("ship: want level V1 or V3, found %s", level)
	}
	results := make(chan shipped, len(targets)) // so that a late one never waits
	for i, t := range targets {
		go func() {
			v, err := shipTo(s, open, t.Store, level, now, stop)
			results <- shipped{i, Outcome{Target: t.ID, Verification: v, Err: err}}
		}()
	}
	return collect(results, targets, stop), nil
}

// shipped is the outcome of target number i.
type shipped struct {
	i int
	Outcome
}

// collect waits for every outcome or for stop.
func collect(results <-chan shipped, targets []Target, stop <-chan struct{}) []Outcome {
	out := make([]Outcome, len(targets))
	for i, t := range targets {
		out[i] = Outcome{Target: t.ID, Err: ErrStopped}
	}
	for range targets {
		select {
		case d := <-results:
			out[d.i] = d.Outcome
		case <-stop:
			for range len(results) { // those done in time count
				d := <-results
				out[d.i] = d.Outcome
			}
			return out
		}
	}
	return out
}

func checkTargets(targets []Target) error {
	if len(targets) < 1 || len(targets) > maxTargets {
		return fmt.Errorf("targets: want 1 to %d, found %d", maxTargets, len(targets))
	}
	seen := make(map[text.ID]bool, len(targets))
	for _, t := range targets {
		if _, err := text.ParseID(string(t.ID)); err != nil {
			return fmt.Errorf("targets: %w", err)
		}
		if t.Store == nil {
			return fmt.Errorf("targets: %s: want a store, found none", t.ID)
		}
		if seen[t.ID] {
			return fmt.Errorf("targets: want every name once, found %s twice", t.ID)
		}
		seen[t.ID] = true
	}
	return nil
}

// shipTo puts the payload first and the manifest after it: whoever finds a
// manifest in a store finds its payload there too.
func shipTo(s Signed, open func() (io.ReadCloser, error), store Store, level Level, now Clock, stop <-chan struct{}) (Verification, error) {
	start := now()
	p := s.manifest.Payload
	content, err := open()
	if err != nil {
		return Verification{}, err
	}
	err = store.Put(p.Name, &stoppable{r: content, stop: stop}, p.Size, p.Sum)
	if err = errors.Join(err, content.Close()); err != nil {
		return Verification{}, err
	}
	for _, o := range s.small() {
		if err := store.Put(o.name, bytes.NewReader(o.b), int64(len(o.b)), Sum(text.Identity(o.b))); err != nil {
			return Verification{}, err
		}
	}
	v, err := Verify(store, s.manifest, level, now)
	if err != nil {
		return Verification{}, err
	}
	if err := fetchBack(store, s); err != nil {
		return Verification{}, err
	}
	v.Took = now().Sub(start)
	return v, nil
}

// smallObject is a manifest's text or its signature.
type smallObject struct {
	name string
	b    []byte
}

// small returns what lies beside a payload, in the order in which it is put:
// the signature before the text, so that a listed manifest has one.
func (s Signed) small() []smallObject {
	return []smallObject{{s.SignatureName(), s.signature}, {s.TextName(), s.text}}
}

// fetchBack reads manifest and signature from the store and compares them.
func fetchBack(store Store, s Signed) error {
	for _, o := range s.small() {
		found, err := Fetch(store, o.name)
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if !bytes.Equal(found, o.b) {
			return fmt.Errorf("verify: %s: %w", o.name, ErrContent)
		}
	}
	return nil
}

// stoppable is a reader that fails once stop is closed.
type stoppable struct {
	r    io.Reader
	stop <-chan struct{}
}

func (s *stoppable) Read(b []byte) (int, error) {
	select {
	case <-s.stop:
		return 0, ErrStopped
	default:
		return s.r.Read(b)
	}
}
