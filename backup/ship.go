package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"strongroom/quorum/text"
)

// Target is a store and the name that reports and certificates give it.
type Target struct {
	ID    text.ID
	Store Store
	Locks bool  // whether what is put there must be locked
	Level Level // at which its copy is verified; zero for the shipment's
}

// LockedUntil is until when what is put there is locked: as asked, or zero for a store
// that does not lock.
func (t Target) LockedUntil(asked time.Time) time.Time {
	if !t.Locks {
		return time.Time{}
	}
	return asked
}

// Outcome is what became of one copy.
type Outcome struct {
	Target       text.ID
	Sent         int64        // bytes put by this run
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

// Shipment is a signed snapshot and how it goes to the stores.
type Shipment struct {
	Signed Signed
	From   []Source  // where its bytes are, tried in this order
	Level  Level     // at which each copy is verified: V1, V2 or V3
	Until  time.Time // what is put is locked until then, where targets lock
	Seed   Sum       // of V2's samples
	Now    Clock     // may be called from several goroutines
	Kit    Kit       // the page for emergencies that goes beside it; zero for none

	// Enough good copies are those after which the others get a bounded time, see
	// grace; 0 waits for all. No copy may take longer than Most; 0 is no bound.
	// Sleep waits, and both need it.
	Enough Quorum
	Most   time.Duration
	Sleep  func(context.Context, time.Duration) error
}

// Ship puts all that a snapshot names, its signature and its manifest into
// every target at the same time, and verifies each copy. Whatever the level, all
// that is sent is read back whole. What a store has already is not sent again; what
// the spool lacks, such as a segment of an earlier snapshot, comes from another
// target. That needs no key. A name that holds other bytes, such as of a file that
// lost its end, is a flaw like any other, and the copy gets no manifest.
//
// A target that fails, stalls or lies changes nothing for the others. One that is
// too slow is left behind, even if it hangs for ever: the next Ship goes on with
// it. When ctx ends Ship returns at once. Copies not done are ErrStopped. The
// outcomes are in the order of the targets.
func Ship(ctx context.Context, s Shipment, targets []Target) ([]Outcome, error) {
	if s.Signed.text == nil {
		return nil, errors.New("ship: want a signed manifest, found none")
	}
	if s.Kit.page != nil && !s.Kit.of(s.Signed) {
		return nil, errors.New("ship: want the recovery page of this snapshot, found that of another")
	}
	if err := checkTargets(targets); err != nil {
		return nil, err
	}
	if err := checkLevel(s.Level); err != nil {
		return nil, fmt.Errorf("ship: %w", err)
	}
	if s.Sleep == nil && (s.Enough > 0 || s.Most > 0) {
		return nil, errors.New("ship: want a way to wait for those who are late, found none")
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	results := make(chan shipped, len(targets)) // so that a late one never waits
	for i, t := range targets {
		go func() {
			o := s.shipTo(ctx, t, append(s.From[:len(s.From):len(s.From)], others(targets, i)...))
			results <- shipped{i, o}
		}()
	}
	return s.collect(ctx, stop, results, targets), nil
}

// others returns the stores of the other targets as sources.
func others(targets []Target, i int) []Source {
	var out []Source
	for k, t := range targets {
		if k != i {
			out = append(out, FromStore(t.Store))
		}
	}
	return out
}

// shipped is the outcome of target number i.
type shipped struct {
	i int
	Outcome
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
		if t.Level != 0 && checkLevel(t.Level) != nil {
			return fmt.Errorf("targets: %s: %w", t.ID, checkLevel(t.Level))
		}
		seen[t.ID] = true
	}
	return nil
}

// shipTo makes one copy whole. The manifest comes last: whoever finds one in a
// store finds all it names there too.
func (s Shipment) shipTo(ctx context.Context, t Target, from firstOf) Outcome {
	o := Outcome{Target: t.ID}
	start := s.Now()
	until := t.LockedUntil(s.Until)
	store := remembering{t.Store, map[string]bool{}}
	o.Sent, o.Err = s.putAll(ctx, store, from, until)
	if o.Err == nil || errors.Is(o.Err, ErrExists) {
		looked := Checking{Level: cmp.Or(t.Level, s.Level), Locked: until, Seed: s.Seed, Store: t.ID, Kit: s.Kit, Now: s.Now, sent: store.sent}
		v, err := Verify(ctx, store, s.Signed, looked)
		if err == nil && o.Err != nil { // it was mended meanwhile, and the manifest was not put
			v.Level, err = 0, o.Err
		}
		o.Verification, o.Err = v, err
	}
	if ctx.Err() != nil && o.Err != nil {
		o.Err = errors.Join(ErrStopped, o.Err)
	}
	o.Verification.Took = s.Now().Sub(start)
	return o
}

// remembering is a store that knows what was put, and what Put read back, so that
// nobody need do it again a moment later.
type remembering struct {
	Store
	sent map[string]bool
}

func (r remembering) Put(ctx context.Context, name string, c Content, from Bytes, until time.Time) (Object, error) {
	o, err := r.Store.Put(ctx, name, c, from, until)
	r.sent[name] = err == nil && o.ReadBack
	return o, err
}

// putAll puts what is not there. A name that holds other bytes is passed over and
// told at the end, so that all of them are; but no manifest goes beside them. What
// only re-wraps name is passed over too where nobody has it: the copy is whole
// without it, and Verify tells.
func (s Shipment) putAll(ctx context.Context, store Store, from firstOf, until time.Time) (sent int64, err error) {
	var others []error
	put := func(n int64, err error) error {
		if sent += n; errors.Is(err, ErrExists) {
			others = append(others, err)
			return nil
		}
		return err
	}
	for _, g := range s.Signed.manifest.Segments {
		if err := put(putSegment(ctx, store, from, g, until)); err != nil {
			return sent, err
		}
	}
	if c := s.Signed.manifest.Canary; c.Name != "" {
		if err := put(putItem(ctx, store, from, Item{c.Name, c.Content}, until)); err != nil {
			return sent, err
		}
	}
	n, err := s.putAdded(ctx, store, from, until)
	if sent += n; err != nil {
		return sent, err
	}
	for _, small := range append(s.Kit.small(), s.Signed.small()...) {
		if len(others) > 0 {
			break
		}
		if err := put(putBytes(ctx, store, small.name, Whole(small.b), Memory(small.b), until)); err != nil {
			return sent, err
		}
	}
	return sent, errors.Join(others...)
}

// putAdded puts what re-wraps added, as far as somebody has it and the store, while it
// answers, takes it.
func (s Shipment) putAdded(ctx context.Context, store Store, from firstOf, until time.Time) (sent int64, err error) {
	for _, i := range s.Signed.addedItems() {
		n, err := putItem(ctx, store, from, i, until)
		if sent += n; err != nil && !notGiven(err) && !errors.Is(err, ErrExists) && away(ctx, store, i.Name) != nil {
			return sent, err
		}
	}
	for _, small := range s.Signed.addedSmall() {
		n, err := putBytes(ctx, store, small.name, Whole(small.b), Memory(small.b), until)
		if sent += n; err != nil && !errors.Is(err, ErrExists) && away(ctx, store, small.name) != nil {
			return sent, err
		}
	}
	return sent, nil
}

// putSegment puts list and headers, then the payload.
func putSegment(ctx context.Context, store Store, from firstOf, g Segment, until time.Time) (sent int64, err error) {
	var items []Item
	if list, ok := g.list(); ok {
		items = append(items, list)
	}
	for _, h := range g.Headers {
		items = append(items, Item{h.Name, h.content()})
	}
	for _, i := range items {
		n, err := putItem(ctx, store, from, i, until)
		if sent += n; err != nil {
			return sent, err
		}
	}
	if there, err := keep(ctx, store, g.Name, g.Content, until); there || err != nil {
		return sent, err
	}
	c := g.Content
	err = from.try(ctx, g.ListName(), func(s Source) (err error) {
		if c, err = withSums(ctx, s, g); err != nil {
			return unreadable{err}
		}
		return nil
	})
	if err != nil {
		return sent, err
	}
	n, err := putFrom(ctx, store, from, Item{g.Name, c}, until)
	return sent + n, err
}

// putItem puts an object of one part.
func putItem(ctx context.Context, store Store, from firstOf, i Item, until time.Time) (int64, error) {
	if there, err := keep(ctx, store, i.Name, i.Content, until); there || err != nil {
		return 0, err
	}
	i.Content.Sums = []Sum{i.Content.Sum}
	return putFrom(ctx, store, from, i, until)
}

// putFrom puts an object from the first source that has it right.
func putFrom(ctx context.Context, store Store, from firstOf, i Item, until time.Time) (sent int64, err error) {
	err = from.try(ctx, i.Name, func(s Source) error {
		b, done, err := s.Bytes(ctx, i.Name, i.Content)
		if err != nil {
			return unreadable{err}
		}
		sent, err = putBytes(ctx, store, i.Name, i.Content, blaming{b}, until)
		return errors.Join(err, done.Close())
	})
	return sent, err
}

func putBytes(ctx context.Context, store Store, name string, c Content, b Bytes, until time.Time) (int64, error) {
	if there, err := keep(ctx, store, name, c, until); there || err != nil {
		return 0, err
	}
	o, err := store.Put(ctx, name, c, b, until)
	if err != nil {
		return 0, err
	}
	return c.Size, ensureLock(ctx, store, o, until)
}

// keep says whether a store has an object already, and sees to its lock.
func keep(ctx context.Context, store Store, name string, c Content, until time.Time) (bool, error) {
	o, err := Find(ctx, store, name, c)
	switch {
	case missing(err), errors.Is(err, ErrContent):
		return false, nil // if the name holds other bytes, Put says so
	case err != nil:
		return false, err
	}
	return true, ensureLock(ctx, store, o, until)
}

// ensureLock makes a lock as long as asked, and reads it back: there are stores
// that take the wish and set nothing.
func ensureLock(ctx context.Context, store Store, o Object, until time.Time) error {
	if until.IsZero() || !o.Until.Before(until) {
		return nil
	}
	if err := store.Extend(ctx, o, until); err != nil {
		return fmt.Errorf("%s: lock: %w", o.Name, err)
	}
	versions, err := store.Versions(ctx, o.Name)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.Version == o.Version && !v.Until.Before(until) {
			return nil
		}
	}
	return fmt.Errorf("%s: want it locked until %s, found it not: %w", o.Name, formatTime(until), ErrNoLock)
}

// smallObject is a manifest's text or its signature.
type smallObject struct {
	name string
	b    []byte
}

// small returns what lies beside a snapshot, in the order in which it is put:
// the signature before the text, so that a listed manifest has one. Those of its
// re-wraps are addedSmall.
func (s Signed) small() []smallObject {
	return []smallObject{{s.SignatureName(), s.signature}, {s.TextName(), s.text}}
}
