package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// foundRewrap is a re-wrap, and whether this home made it, or found it before and
// kept it.
type foundRewrap struct {
	backup.SignedRewrap
	own, kept bool
}

// compare orders those first that this home knows: a flood of others pushes none of
// them out.
func (x foundRewrap) compare(y foundRewrap) int {
	rank := func(x foundRewrap) int {
		switch {
		case x.own:
			return 0
		case x.kept:
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x.Rewrap().Number, y.Rewrap().Number), strings.Compare(x.ID().String(), y.ID().String()))
}

// rewrapsOf are the re-wraps that were found, each once, by the snapshot that they
// are of.
type rewrapsOf map[text.Hash]map[text.Hash]foundRewrap

func (r rewrapsOf) add(x backup.SignedRewrap, by *gathering) {
	of := x.Rewrap().Manifest
	if r[of] == nil {
		r[of] = map[text.Hash]foundRewrap{}
	}
	was := r[of][x.ID()]
	r[of][x.ID()] = foundRewrap{x, was.own || by.made, was.kept || by.name == "" && !by.made}
}

// wrapped finds re-wraps that this home does not have. What is not signed by a maker
// is left out with a warning, and the headers that it names are used by nobody.
func (g *gathering) wrapped(ctx context.Context, s backup.Store) error {
	names, err := backup.RewrapNames(ctx, s)
	if err != nil {
		return err
	}
	left := leavingOut{gathering: g, most: g.most, kind: "a re-wrap's"}
	defer left.tell()
	for i, n := range names {
		if g.wraps[n] {
			continue
		}
		if err := left.enough(len(names) - i - 1); err != nil {
			return err
		}
		x, err := rewrapKind().read(ctx, g.trusted, s, n)
		if hung := silenceIn(err); hung != nil {
			return hung
		}
		if err != nil {
			left.vain++
			left.out(n, err)
			continue
		}
		g.rewraps = append(g.rewraps, x)
	}
	return ctx.Err()
}

// attach gives each snapshot its re-wraps, and tells of those that belong to none, and
// of those that rival.
func (d *desk) attach(byID map[text.Hash]*snapshotCopy, found rewrapsOf) {
	for of, list := range found {
		c := byID[of]
		if c == nil {
			d.world.Warnf("left out %s of snapshot %s: want its manifest, found none", count(len(list), "re-wrap"), of.Short())
			continue
		}
		var odd []string
		c.Signed, odd = withRewraps(*c, list)
		for i, s := range odd {
			if i == maxListed {
				d.world.Warnf("snapshot %d: left out %s more", c.Manifest().Number, count(len(odd)-i, "re-wrap"))
				break
			}
			d.world.Warnf("snapshot %d: %s", c.Manifest().Number, s)
		}
		if s := rivalRewraps(*c); s != "" {
			d.world.Warnf("%s", s)
		}
	}
}

// withRewraps returns a snapshot with its re-wraps. Whoever has a maker's key signs
// such too, so a home follows what it made itself: its own re-wraps, or the headers of
// its own snapshot.
func withRewraps(c snapshotCopy, found map[text.Hash]foundRewrap) (backup.Signed, []string) {
	var list []backup.SignedRewrap
	var own []text.Hash
	for _, x := range slices.SortedFunc(maps.Values(found), foundRewrap.compare) {
		list = append(list, x.SignedRewrap)
		if x.own {
			own = append(own, x.ID())
		}
	}
	if c.own {
		own = append(own, text.Hash{})
	}
	return c.With(list, own...)
}

// keepRewrap keeps a re-wrap and its signature in the home, beside the manifests.
func (d *desk) keepRewrap(ctx context.Context, x backup.SignedRewrap) error {
	return d.inBackup(manifestsIn, func(dir *durable.Dir) error { return keepPair(ctx, dirstore.Open(dir), x) })
}
