package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// gathering is one look at what a store, or this home, has of manifests and
// re-wraps. Several stores are looked at side by side, so it says nothing itself.
type gathering struct {
	name    text.ID // of the store; empty for the home
	made    bool    // what is found was made by this home
	ours    func(backup.Manifest) error
	trusted makerCheck
	known   map[string]backup.Signed // this home's own manifests, by name
	wraps   map[string]bool          // the names of re-wraps that it has
	most    int                      // names of others that are read in vain before the rest is left alone

	found   []backup.Signed
	rewraps []backup.SignedRewrap
	said    []string
	err     error
}

// newGathering is a look by somebody who knows what was found before.
func newGathering(d *desk, trusted makerCheck, before ...*gathering) *gathering {
	g := &gathering{ours: d.ours, trusted: trusted, known: map[string]backup.Signed{}, wraps: map[string]bool{}, most: maxForeignFresh}
	for _, known := range before {
		for _, s := range known.found {
			g.known[s.TextName()] = s
		}
		for _, x := range known.rewraps {
			g.wraps[x.TextName()] = true
		}
		if known.made && len(known.found) > 0 {
			g.most = maxForeign
		}
	}
	return g
}

// gatherHome looks at what this home made, and at what it found and kept. In a home
// too much is read in vain before too little is known, so that is told and no more.
func (d *desk) gatherHome(ctx context.Context, trusted makerCheck) (made, kept *gathering, err error) {
	made, kept = newGathering(d, trusted), newGathering(d, trusted)
	made.made = true
	for in, g := range map[string]*gathering{manifestsIn: made, foundIn: kept} {
		err := d.inBackup(in, func(dir *durable.Dir) error { return g.all(ctx, dirstore.Open(dir)) })
		var many tooMany
		if errors.As(err, &many) {
			d.world.Warnf("this home: %s: %v", in, err)
			err = ctx.Err()
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return made, kept, nil
}

// gatherStores looks at every store that can be reached, all at once. One that does
// not tell in time what it has keeps nobody waiting.
func (d *desk) gatherStores(ctx context.Context, trusted makerCheck, stores []namedStore, home ...*gathering) []*gathering {
	out := make([]*gathering, len(stores))
	var all sync.WaitGroup
	for i, s := range stores {
		g := newGathering(d, trusted, home...)
		g.name = s.name
		most := listTime
		if g.most == maxForeignFresh {
			most = listTimeFresh
		}
		out[i] = g
		if s.err != nil {
			continue
		}
		all.Go(func() {
			g.err = within(ctx, d.world.Patience(most), func(ctx context.Context) error { return g.all(ctx, s.store) })
		})
	}
	all.Wait()
	for _, g := range out {
		for _, sentence := range g.said {
			d.world.Warnf("%s", sentence)
		}
	}
	return out
}

// into adds what was found to that of the others.
func (g *gathering) into(byID map[text.Hash]*snapshotCopy, rewraps rewrapsOf) {
	for _, s := range g.found {
		id := text.Identity(s.Bytes())
		if byID[id] == nil {
			byID[id] = &snapshotCopy{Signed: s, id: id}
		}
		switch {
		case g.name != "":
			byID[id].on = append(byID[id].on, g.name)
		case g.made:
			byID[id].own = true
		default:
			byID[id].kept = true
		}
	}
	for _, x := range g.rewraps {
		rewraps.add(x, g)
	}
}

// all finds manifests, then re-wraps.
func (g *gathering) all(ctx context.Context, s backup.Store) error {
	return errors.Join(g.manifests(ctx, s), g.wrapped(ctx, s))
}

// manifests takes what this home knows by the list alone, and reads the others: those
// that lead on from what is known first.
func (g *gathering) manifests(ctx context.Context, s backup.Store) error {
	listed, err := backup.ListManifests(ctx, s)
	if err != nil {
		return err
	}
	left := leavingOut{gathering: g, most: g.most, kind: "a manifest's"}
	defer left.tell()
	q := g.queue(listed)
	for name, ok := q.next(); ok; name, ok = q.next() {
		if err := left.enough(q.left()); err != nil {
			return err
		}
		if err := readable(listed, name); err != nil {
			left.out(name, err)
			continue
		}
		signed, err := g.read(ctx, s, name)
		if hung := silenceIn(err); hung != nil {
			return hung
		}
		if err != nil {
			left.vain++
			left.out(name, err)
			continue
		}
		g.found = append(g.found, signed)
		q.first(signed.Manifest().Before())
	}
	return ctx.Err()
}

// readable refuses, by the list alone, what cannot be a manifest.
func readable(listed backup.Listed, name string) error {
	if _, ok := backup.NumberOf(name); !ok {
		return errors.New("want a number behind \"manifest-\", found none")
	}
	if !listed.Signed(name) {
		return errors.New("want a signature beside it, found none")
	}
	return nil
}

func (g *gathering) read(ctx context.Context, s backup.Store, name string) (backup.Signed, error) {
	signed, err := manifestKind().read(ctx, g.trusted, s, name)
	if err == nil {
		err = g.ours(signed.Manifest())
	}
	return signed, err
}

// queue takes out what is known, and puts the rest in the order in which it is read:
// what known ones follow, then from the number after the last that is known on, then
// back from there.
func (g *gathering) queue(listed backup.Listed) *nameQueue {
	q := &nameQueue{waiting: map[string]bool{}}
	last := uint64(0)
	for _, s := range g.known {
		last = max(last, s.Manifest().Number)
	}
	for _, name := range listed.Names() {
		if s, ok := g.known[name]; ok && listed.Has(s) {
			g.found = append(g.found, s)
			continue
		}
		q.names = append(q.names, name)
		q.waiting[name] = true
	}
	slices.SortStableFunc(q.names, func(a, b string) int {
		x, _ := backup.NumberOf(a)
		y, _ := backup.NumberOf(b)
		if x > last && y > last {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(y, x) // of two on both sides the greater one is after the last
	})
	for _, s := range g.known {
		q.first(s.Manifest().Before())
	}
	return q
}

// nameQueue is what waits to be read, each name once.
type nameQueue struct {
	ahead, names []string
	waiting      map[string]bool
}

// first puts a name that waits before all others.
func (q *nameQueue) first(name string) {
	if q.waiting[name] {
		q.ahead = append(q.ahead, name)
	}
}

func (q *nameQueue) left() int { return len(q.waiting) }

func (q *nameQueue) next() (string, bool) {
	for _, list := range []*[]string{&q.ahead, &q.names} {
		for len(*list) > 0 {
			name := (*list)[0]
			if *list = (*list)[1:]; q.waiting[name] {
				delete(q.waiting, name)
				return name, true
			}
		}
	}
	return "", false
}

// leavingOut counts what looked like something of ours and was not.
type leavingOut struct {
	*gathering
	kind string
	most int
	n    int
	vain int // those that cost requests
}

func (l *leavingOut) out(name string, why error) {
	if l.n++; l.n <= maxListed {
		l.said = append(l.said, fmt.Sprintf("left out %s%s: %v", prefixed(l.name), name, why))
	}
}

// enough is an error once so much was read in vain that the rest is left alone: then
// nobody knows what else is there.
func (l *leavingOut) enough(more int) error {
	if l.vain < l.most {
		return nil
	}
	return tooMany(fmt.Sprintf("%d names like %s were none, and %d more were not looked at: whoever may put there wrote them; change the writer's credentials, and look for who has the owner's", l.vain, l.kind, more+1))
}

// tooMany is the error that a place is full of names that are nothing of ours.
type tooMany string

func (e tooMany) Error() string { return string(e) }

func (l *leavingOut) tell() {
	if l.n > maxListed {
		l.said = append(l.said, fmt.Sprintf("left out %d more of %s whose names begin like %s", l.n-maxListed, cmp.Or(string(l.name), "this home"), l.kind))
	}
}
