package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/backup"
	"strongroom/cmd/internal/cli"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// snapshotWanted is the snapshot that somebody asks for: by its number, or where
// several have one number by N-MANIFEST, as in the names in a store. The zero
// value is the newest.
type snapshotWanted struct {
	number uint64
	begins string // the first digits of its manifest's hash
}

// Set reads N or N-MANIFEST.
func (w *snapshotWanted) Set(s string) error {
	number, begins, with := strings.Cut(s, "-")
	n, err := text.ParseUint(number, uint64(maxSnapshotNumber))
	if err != nil || n == 0 || with && (len(begins) != snapshotDigits || strings.Trim(begins, "0123456789abcdef") != "") {
		return fmt.Errorf("want a number, or N-MANIFEST with the first %d digits of its manifest's hash, found %q", snapshotDigits, s)
	}
	*w = snapshotWanted{n, begins}
	return nil
}

// String returns what Set reads, and nothing for the newest.
func (w *snapshotWanted) String() string {
	switch {
	case w.number == 0:
		return ""
	case w.begins == "":
		return text.FormatUint(w.number)
	}
	return text.FormatUint(w.number) + "-" + w.begins
}

// Type is how help names a value.
func (*snapshotWanted) Type() string { return "N" }

// fits says whether it is one that is asked for by number.
func (w snapshotWanted) fits(c snapshotCopy) bool {
	return c.Manifest().Number == w.number && strings.HasPrefix(c.id.String(), w.begins)
}

// choose returns the snapshot that is asked for. Whoever has a maker's key signs
// any number, so the newest is not whatever has the highest one: a home follows
// the chain of its own. One that made none, as after a disaster, takes the end of
// the only chain there is that can be right, or of the only one that officers
// restored from in a drill. Between others people choose.
func (d *desk) choose(p *policy.Policy, list []snapshotCopy, want snapshotWanted) (snapshotCopy, error) {
	own := slices.ContainsFunc(list, func(c snapshotCopy) bool { return c.own })
	switch {
	case len(list) == 0:
		return snapshotCopy{}, cli.Hint(errors.New("snapshots: want at least one, found none"), "strongroom backup list")
	case want.number != 0:
		return askedFor(list, want)
	case own:
		return d.theOne(list, lastTaken(counted(list), d.world.Now()))
	}
	chain, err := d.chain(p)
	if err != nil {
		return snapshotCopy{}, err
	}
	links := linked(list, chain, d.world.Now())
	ends := links.ends()
	if len(ends) > 1 {
		drills, err := d.drills(p)
		if err != nil {
			return snapshotCopy{}, err
		}
		ends = links.restored(ends, drills)
	}
	return d.theOne(list, ends)
}

// theOne is the only end there is, and says what was left out behind it.
func (d *desk) theOne(list, ends []snapshotCopy) (snapshotCopy, error) {
	switch len(ends) {
	case 0:
		return snapshotCopy{}, cli.Hint(fmt.Errorf("snapshot: want one that can be the newest, found none of %d that was taken before now, %s, behind the one before it: is the clock right?", len(list), d.stamp()),
			"strongroom backup list   # then the same with --snapshot N")
	case 1:
		var left []snapshotCopy
		for _, c := range list {
			if c.Manifest().Number > ends[0].Manifest().Number {
				left = append(left, c)
			}
		}
		if len(left) > 0 {
			d.world.Warnf("the newest snapshot is taken to be %s; left out, as they do not lead back to it or cannot be right: %s", calledFor(ends[0]), candidates(left))
		}
		return ends[0], nil
	}
	return snapshotCopy{}, rivals(ends)
}

// rivals asks people to choose. It proposes none: the last is what a thief chose.
func rivals(list []snapshotCopy) error {
	return cli.Hint(fmt.Errorf("snapshot: want one that nothing rivals, found %d, and whoever has a maker's key signs such: %s", len(list), candidates(list)),
		"strongroom backup list   # ask those who know which is real, then the same with --snapshot N-MANIFEST")
}

// calledFor is a snapshot as --snapshot takes it.
func calledFor(c snapshotCopy) string {
	w := snapshotWanted{c.Manifest().Number, c.id.String()[:snapshotDigits]}
	return w.String()
}

// candidates tells the newest of some snapshots, for people to choose.
func candidates(all []snapshotCopy) string {
	var parts []string
	for _, c := range slices.Backward(all) {
		if len(parts) == maxListed {
			parts = append(parts, fmt.Sprintf("and %d more", len(all)-maxListed))
			break
		}
		m := c.Manifest()
		parts = append(parts, fmt.Sprintf("%s (taken %s, signed by %s, in %s)", calledFor(c), m.Taken.Format(time.RFC3339), m.Maker, list(c.on)))
	}
	return strings.Join(parts, "; ")
}

// askedFor returns the one that is asked for by number. Those that count come
// first.
func askedFor(list []snapshotCopy, want snapshotWanted) (snapshotCopy, error) {
	for _, some := range [][]snapshotCopy{counted(list), list} {
		fit := slices.DeleteFunc(slices.Clone(some), func(c snapshotCopy) bool { return !want.fits(c) })
		switch {
		case len(fit) == 1:
			return fit[0], nil
		case len(fit) > 1:
			return snapshotCopy{}, rivals(fit)
		}
	}
	return snapshotCopy{}, cli.Hint(fmt.Errorf("snapshot: want one of 1 to %d, found %s", list[len(list)-1].Manifest().Number, want.String()), "strongroom backup list")
}

// lastTaken is the last that is not from a time to come.
func lastTaken(list []snapshotCopy, now time.Time) []snapshotCopy {
	for i, c := range slices.Backward(list) {
		if !notYet(c.Manifest().Taken, now) {
			return list[i : i+1]
		}
	}
	return nil
}

// linking is which snapshots can be right, and what stands behind each.
type linking struct {
	list   []snapshotCopy
	byID   map[text.Hash]snapshotCopy
	right  map[text.Hash]bool
	behind map[text.Hash]bool // something that can be right follows it
}

// linked leaves out what cannot be right: what is from a time to come, names a
// block that another has the height of, goes back in time or height behind the
// one before it, or follows something left out. list is in the order of numbers.
func linked(list []snapshotCopy, chain *headers.Chain, now time.Time) linking {
	l := linking{list, byManifest(list), map[text.Hash]bool{}, map[text.Hash]bool{}}
	for _, c := range list {
		m := c.Manifest()
		before, known := l.before(c)
		was := before.Manifest()
		switch {
		case notYet(m.Taken, now) || contradicts(chain, m.Block):
		case known && (!l.right[before.id] || m.Taken.Before(was.Taken.Add(-maxAhead)) || m.Block.Height < was.Block.Height):
		default:
			l.right[c.id] = true
			l.behind[before.id] = l.behind[before.id] || known
		}
	}
	return l
}

func byManifest(list []snapshotCopy) map[text.Hash]snapshotCopy {
	out := map[text.Hash]snapshotCopy{}
	for _, c := range list {
		out[c.id] = c
	}
	return out
}

// backFrom is a snapshot and all that it follows, the newest first.
func backFrom(c snapshotCopy, list []snapshotCopy) (out []snapshotCopy) {
	l := linking{byID: byManifest(list)}
	for ok := true; ok; c, ok = l.before(c) {
		out = append(out, c)
	}
	return out
}

// before returns the snapshot that another follows, if it is known.
func (l linking) before(c snapshotCopy) (snapshotCopy, bool) {
	before, ok := l.byID[c.Manifest().Previous]
	if !ok || c.Manifest().Follows(before.Manifest()) != nil {
		return snapshotCopy{}, false
	}
	return before, true
}

// ends are the ends of all chains that can be right.
func (l linking) ends() []snapshotCopy {
	return slices.DeleteFunc(slices.Clone(l.list), func(c snapshotCopy) bool { return !l.right[c.id] || l.behind[c.id] })
}

// restored keeps the ends that lead back to a snapshot that officers restored in
// a drill; all, if there is none.
func (l linking) restored(ends []snapshotCopy, drills []backup.Certified) []snapshotCopy {
	proven := map[text.Hash]bool{}
	for _, c := range drills {
		proven[c.Certificate().Manifest] = true
	}
	out := slices.DeleteFunc(slices.Clone(ends), func(c snapshotCopy) bool {
		for ok := true; ok; c, ok = l.before(c) {
			if proven[c.id] {
				return false
			}
		}
		return true
	})
	if len(out) == 0 {
		return ends
	}
	return out
}

// contradicts says that another block is known at a block's height.
func contradicts(chain *headers.Chain, b backup.Block) bool {
	if b.Hash.IsZero() {
		return false
	}
	at, known := chain.PointAt(b.Height)
	return known && text.Hash(at.Hash) != b.Hash
}
