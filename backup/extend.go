package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Extension is what became of the locks of one store.
type Extension struct {
	Objects  int   // that belong to kept snapshots, with every manifest
	Extended int   // whose lock was made longer
	Kits     []Kit // the pages beside the kept snapshots: remember their names

	// Closed is what is wrong with objects that only re-wraps name, the first of
	// them: what is not there cannot be locked, and no extension fails by it.
	Closed []error
}

// ExtendLocks locks, in one store, every object of the kept snapshots, with the
// pages for emergencies beside them, until a time at least, and the manifest and
// signature of every snapshot and of its re-wraps, since those kept are found
// through the chain of all. A segment that several snapshots share is locked as
// long as the last of them. No lock is ever made shorter. What fails does not keep
// the others from being locked.
//
// Pages whose names are known are locked however many others lie beside them. If
// those are more than are looked at, the error is ErrFlooded: one of them may be
// right and not locked longer. Extension.Kits is all that was found.
func ExtendLocks(ctx context.Context, s Store, kept, all []Signed, until time.Time, known ...string) (Extension, error) {
	x := extending{ctx: ctx, store: s, until: until}
	items, added := objects{}, objects{}
	for _, m := range kept {
		items.add(m.manifest.Items()...)
		added.add(m.addedItems()...)
		kits, err := addKits(ctx, s, m, items, known)
		x.failed(err)
		x.Kits = append(x.Kits, kits...)
	}
	for _, m := range all {
		items.small(m.small())
		added.small(m.addedSmall())
	}
	for _, i := range items {
		_, err := x.lock(i)
		x.failed(err)
	}
	for key, i := range added {
		if _, ok := items[key]; ok {
			continue
		}
		there, err := x.lock(i)
		switch {
		case err != nil && !there && (missing(err) || errors.Is(err, ErrContent) || away(ctx, s, i.Name) == nil):
			x.Closed = append(x.Closed, err)
		default:
			x.failed(err)
		}
	}
	if ctx.Err() != nil {
		return x.Extension, errors.Join(ErrStopped, ctx.Err())
	}
	slices.SortFunc(x.Closed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	x.Closed = x.Closed[:min(len(x.Closed), maxTold)]
	return x.Extension, errors.Join(x.errs...)
}

// extending is one ExtendLocks on its way.
type extending struct {
	Extension
	ctx   context.Context
	store Store
	until time.Time
	errs  []error
}

func (x *extending) failed(err error) {
	if err != nil && len(x.errs) < maxTold {
		x.errs = append(x.errs, err)
	}
}

// lock locks one object, and says whether it is there.
func (x *extending) lock(i Item) (there bool, err error) {
	if x.ctx.Err() != nil {
		return false, x.ctx.Err()
	}
	x.Objects++
	o, err := Find(x.ctx, x.store, i.Name, i.Content)
	if err != nil {
		return false, err
	}
	if err = ensureLock(x.ctx, x.store, o, x.until); err == nil && o.Until.Before(x.until) {
		x.Extended++
	}
	return true, err
}

// KeepLocked locks one object until a time at least. It never makes a lock
// shorter.
func KeepLocked(ctx context.Context, s Store, name string, content Content, until time.Time) error {
	o, err := Find(ctx, s, name, content)
	if err != nil {
		return err
	}
	return ensureLock(ctx, s, o, until)
}

// objects are some objects, each once. Two that somebody gave one name are two.
type objects map[itemKey]Item

func (o objects) add(items ...Item) {
	for _, i := range items {
		o[i.key()] = i
	}
}

func (o objects) small(list []smallObject) {
	for _, small := range list {
		o.add(Item{small.name, Whole(small.b)})
	}
}

func (o objects) names() map[string]bool {
	out := map[string]bool{}
	for _, i := range o {
		out[i.Name] = true
	}
	return out
}

// itemsOf returns the objects that some snapshots and their re-wraps name.
func itemsOf(list []Signed) objects {
	items := objects{}
	for _, m := range list {
		items.add(m.items()...)
	}
	return items
}

// addKits adds the pages that lie beside a snapshot, if any do: that of the newest
// re-wrap, and those before it, which still tell how the older headers open it.
// Those that were found are added also with an error.
func addKits(ctx context.Context, s Store, m Signed, items objects, known []string) ([]Kit, error) {
	all, _, err := findKits(ctx, s, m, known)
	for _, k := range all {
		items.small(k.small())
	}
	return all, err
}

// Lapsed returns the objects of a store that belong to snapshots which are not
// kept, and to none that is, and that nothing locks at a time: what the owner of
// the store may remove. This program removes nothing.
func Lapsed(ctx context.Context, s Store, kept, all []Signed, now time.Time, known ...string) ([]Object, error) {
	needed, items := itemsOf(kept).names(), itemsOf(all)
	for _, m := range all {
		if slices.ContainsFunc(kept, func(k Signed) bool { return k.TextName() == m.TextName() }) {
			continue
		}
		if _, err := addKits(ctx, s, m, items, known); err != nil && !errors.Is(err, ErrFlooded) {
			return nil, err
		}
	}
	var out []Object
	for name := range items.names() {
		if needed[name] {
			continue
		}
		versions, err := s.Versions(ctx, name)
		if missing(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, o := range versions {
			if o.Until.Before(now) {
				out = append(out, o)
			}
		}
	}
	return sortedObjects(out), nil
}
