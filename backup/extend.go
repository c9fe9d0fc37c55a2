package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Extension is what became of the locks of one store.
type Extension struct {
	Objects  int   // that belong to kept snapshots, with every manifest
	Extended int   // whose lock was made longer
	Kits     []Kit // the pages beside the kept snapshots: remember their names
}

// ExtendLocks locks, in one store, every object of the kept snapshots, with the
// pages for emergencies beside them, until a time at least, and the manifest and
// signature of every snapshot, since those kept are found through the chain of
// all. A segment that several snapshots share is locked as long as the last of
// them. No lock is ever made shorter. What fails does not keep the others from
// being locked.
//
// Pages whose names are known are locked however many others lie beside them. If
// those are more than are looked at, the error is ErrFlooded: one of them may be
// right and not locked longer. Extension.Kits is all that was found.
func ExtendLocks(ctx context.Context, s Store, kept, all []Signed, until time.Time, known ...string) (Extension, error) {
	var x Extension
	var errs []error
	items := itemsOf(kept)
	for _, m := range kept {
		kits, err := addKits(ctx, s, m, items, known)
		if err != nil && len(errs) < maxTold {
			errs = append(errs, err)
		}
		x.Kits = append(x.Kits, kits...)
	}
	for _, m := range all {
		for _, small := range m.small() {
			items[small.name] = Whole(small.b)
		}
	}
	for name, content := range items {
		if ctx.Err() != nil {
			return x, errors.Join(ErrStopped, ctx.Err())
		}
		o, err := Find(ctx, s, name, content)
		if err == nil {
			err = ensureLock(ctx, s, o, until)
		}
		if err != nil && len(errs) < maxTold {
			errs = append(errs, err)
		}
		x.Objects++
		if err == nil && o.Until.Before(until) {
			x.Extended++
		}
	}
	return x, errors.Join(errs...)
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

// itemsOf returns the objects that some snapshots name, each once.
func itemsOf(list []Signed) map[string]Content {
	items := map[string]Content{}
	for _, m := range list {
		for _, i := range m.items() {
			items[i.Name] = i.Content
		}
	}
	return items
}

// addKits adds the pages that lie beside a snapshot, if any do: that of the newest
// re-wrap, and those before it, which still tell how the older headers open it.
// Those that were found are added also with an error.
func addKits(ctx context.Context, s Store, m Signed, items map[string]Content, known []string) ([]Kit, error) {
	all, _, err := findKits(ctx, s, m, known)
	for _, k := range all {
		for _, small := range k.small() {
			items[small.name] = Whole(small.b)
		}
	}
	return all, err
}

// Lapsed returns the objects of a store that belong to snapshots which are not
// kept, and to none that is, and that nothing locks at a time: what the owner of
// the store may remove. This program removes nothing.
func Lapsed(ctx context.Context, s Store, kept, all []Signed, now time.Time, known ...string) ([]Object, error) {
	needed, items := itemsOf(kept), itemsOf(all)
	for _, m := range all {
		if slices.ContainsFunc(kept, func(k Signed) bool { return k.TextName() == m.TextName() }) {
			continue
		}
		if _, err := addKits(ctx, s, m, items, known); err != nil && !errors.Is(err, ErrFlooded) {
			return nil, err
		}
	}
	var out []Object
	for name := range items {
		if _, kept := needed[name]; kept {
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
