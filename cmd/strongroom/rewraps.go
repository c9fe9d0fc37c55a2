package main

import (
	"context"
	"maps"
	"slices"

	"strongroom/backup"
	"strongroom/backup/dirstore"
	"strongroom/custody/durable"
	"strongroom/quorum/text"
)

// rewrapsOf are the re-wraps that were found, each once, by the snapshot that they
// are of.
type rewrapsOf map[text.Hash]map[text.Hash]backup.SignedRewrap

func (r rewrapsOf) add(x backup.SignedRewrap) {
	of := x.Rewrap().Manifest
	if r[of] == nil {
		r[of] = map[text.Hash]backup.SignedRewrap{}
	}
	r[of][x.ID()] = x
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

// attach gives each snapshot its re-wraps, and tells of those that belong to none.
func (d *desk) attach(byID map[text.Hash]*snapshotCopy, found rewrapsOf) {
	for of, list := range found {
		c := byID[of]
		if c == nil {
			d.world.Warnf("left out %s of snapshot %s: want its manifest, found none", count(len(list), "re-wrap"), of.Short())
			continue
		}
		var odd []string
		c.Signed, odd = c.With(slices.Collect(maps.Values(list)))
		for _, s := range odd {
			d.world.Warnf("snapshot %d: %s", c.Manifest().Number, s)
		}
	}
}

// keepRewrap keeps a re-wrap and its signature in the home, beside the manifests.
func (d *desk) keepRewrap(ctx context.Context, x backup.SignedRewrap) error {
	return d.inBackup(manifestsIn, func(dir *durable.Dir) error { return keepPair(ctx, dirstore.Open(dir), x) })
}
