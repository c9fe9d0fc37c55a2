package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Repairer is a store that can be given the right bytes under a name that holds
// wrong ones. The wrong ones stay: under another name, or as an older version.
type Repairer interface {
	Store
	// Repair is Put for a name that holds other bytes, or bytes that went bad.
	Repair(ctx context.Context, name string, content Content, from Bytes, until time.Time) (Object, error)
}

// Repair reads every byte of a copy and makes good what is missing or bad, from
// the first source that has it right. It returns the names that it made good.
// Of a source nothing is believed: what it gives is compared on the way. A store
// that cannot replace bad bytes gets what is missing, and the error names the
// rest. That nobody has what only a re-wrap names, or that the store keeps it back, is
// no error; Verify tells it.
func Repair(ctx context.Context, s Store, m Signed, from []Source, until time.Time) ([]string, error) {
	if m.text == nil {
		return nil, errors.New("repair: want a signed manifest, found none")
	}
	var repaired []string
	var errs []error
	mend := func(i Item, from []Source, added bool) {
		made, err := repairItem(ctx, s, i, from, until)
		if err != nil && len(errs) < maxTold && !(added && (notGiven(err) || errors.Is(err, ErrContent) || away(ctx, s, i.Name) == nil)) {
			errs = append(errs, err)
		}
		if made {
			repaired = append(repaired, i.Name)
		}
	}
	for _, i := range m.manifest.Items() {
		mend(i, from, false)
	}
	for _, small := range m.small() {
		mend(Item{small.name, Whole(small.b)}, []Source{inMemory(small.b)}, false)
	}
	for _, i := range m.undisputed(ctx, s) {
		mend(i, from, true)
	}
	for _, small := range m.addedSmall() {
		mend(Item{small.name, Whole(small.b)}, []Source{inMemory(small.b)}, true)
	}
	if len(errs) > 0 {
		return repaired, fmt.Errorf("repair: %w", errors.Join(errs...))
	}
	return repaired, nil
}

// undisputed are the headers that re-wraps added, without those in whose place the
// store has what another re-wrap means by that name: one would be put over the other.
func (s Signed) undisputed(ctx context.Context, store Store) []Item {
	items, meanings := s.addedItems(), map[string]int{}
	for _, i := range items {
		meanings[i.Name]++
	}
	right := map[string]itemKey{} // by names with several meanings
	for _, i := range items {
		if meanings[i.Name] > 1 {
			if o, err := Find(ctx, store, i.Name, i.Content); err == nil && (&examination{ctx: ctx, store: store}).whole(o, i.Content) == nil {
				right[i.Name] = i.key()
			}
		}
	}
	return slices.DeleteFunc(items, func(i Item) bool {
		is, ok := right[i.Name]
		return ok && is != i.key()
	})
}

// inMemory is a source of one object.
type inMemory []byte

func (b inMemory) Bytes(context.Context, string, Content) (Bytes, io.Closer, error) {
	return Memory(b), io.NopCloser(nil), nil
}

// repairItem examines one object and makes it good.
func repairItem(ctx context.Context, s Store, i Item, from []Source, until time.Time) (made bool, err error) {
	o, err := Find(ctx, s, i.Name, i.Content)
	if err == nil {
		e := examination{ctx: ctx, store: s}
		if err = e.whole(o, i.Content); err == nil {
			return false, ensureLock(ctx, s, o, until)
		}
	}
	put := s.Put
	switch r, ok := s.(Repairer); {
	case missing(err):
	case !errors.Is(err, ErrContent):
		return false, err // a store that is away is not damaged
	case ok:
		put = r.Repair
	default:
		return false, err
	}
	var why []string
	given := false
	for _, source := range from {
		o, err := putRight(ctx, put, i, source, until)
		if err == nil {
			return true, ensureLock(ctx, s, o, until)
		}
		var unread unreadable
		why, given = append(why, err.Error()), given || !missing(err) && !errors.Is(err, ErrContent) && !errors.As(err, &unread)
	}
	err = fmt.Errorf("%s: want it right in another store, found it nowhere: %s", i.Name, strings.Join(why, "; "))
	if !given {
		err = unanswered{err}
	}
	return false, err
}

type putter func(context.Context, string, Content, Bytes, time.Time) (Object, error)

// putRight puts an object from one source, which may be rotten itself.
func putRight(ctx context.Context, put putter, i Item, from Source, until time.Time) (Object, error) {
	var err error
	if i.Content, err = withItemSums(ctx, from, i); err != nil {
		return Object{}, unreadable{err}
	}
	b, done, err := from.Bytes(ctx, i.Name, i.Content)
	if err != nil {
		return Object{}, unreadable{err}
	}
	o, err := put(ctx, i.Name, i.Content, blaming{b}, until)
	return o, errors.Join(err, done.Close())
}

// withItemSums completes an object's content by the SHA-256s of its parts.
func withItemSums(ctx context.Context, from Source, i Item) (Content, error) {
	if i.Content.Parts() > 1 {
		return withSums(ctx, from, Segment{Name: i.Name, Content: i.Content})
	}
	i.Content.Sums = []Sum{i.Content.Sum}
	return i.Content, nil
}
