package backup

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// wrapped is a re-wrap of a snapshot that is properly over the one before it.
type wrapped struct {
	SignedRewrap
	opens Manifest // as it has the snapshot opened
	own   bool     // the caller made it
}

// With returns the snapshot with the re-wraps of it that hang together: each is of
// this manifest and properly over the manifest itself or another of them, whose
// headers it replaces. Whoever has a maker's key signs a second one over the same
// headers: it belongs to the snapshot like the first and shuts nobody out. What
// does not hang together is left out, and a sentence says why. From then on the
// added objects belong to the snapshot: they are verified, kept and repaired with
// it.
//
// No more than some are taken, those first that come first in the list, each with
// what it is over. own names those that the caller made, and zeros the manifest: of
// several ends the last of these is followed. Who made none follows the only end, or
// of several that rival the first by number and hash, which is nobody's choice:
// Rivals tells them.
func (s Signed) With(list []SignedRewrap, own ...text.Hash) (Signed, []string) {
	g := growing{of: s, waiting: map[text.Hash]SignedRewrap{}, kept: map[text.Hash]wrapped{}, own: own}
	for _, x := range list {
		g.waiting[x.ID()] = x
	}
	for _, x := range list {
		g.grow(x)
	}
	s.added = nil
	for _, x := range list {
		if w, ok := g.kept[x.ID()]; ok {
			s.added = append(s.added, w)
			delete(g.kept, x.ID())
		}
	}
	slices.SortFunc(s.added, func(a, b wrapped) int {
		return cmp.Or(cmp.Compare(a.rewrap.Number, b.rewrap.Number), strings.Compare(a.ID().String(), b.ID().String()))
	})
	return s.following(slices.Contains(own, text.Hash{})), g.odd
}

// growing is a snapshot on its way to its re-wraps.
type growing struct {
	of      Signed
	waiting map[text.Hash]SignedRewrap // not looked at yet
	kept    map[text.Hash]wrapped
	own     []text.Hash
	odd     []string
}

// grow takes a re-wrap, and before it those that it is over.
func (g *growing) grow(x SignedRewrap) {
	var path []SignedRewrap
	for ok := true; ok; x, ok = g.waiting[x.rewrap.Previous] {
		if _, waits := g.waiting[x.ID()]; !waits {
			break
		}
		delete(g.waiting, x.ID())
		path = append(path, x)
	}
	for _, x := range slices.Backward(path) {
		opens, err := g.over(x)
		if err != nil {
			g.odd = append(g.odd, fmt.Sprintf("left out %s: %v", x.TextName(), err))
			continue
		}
		g.kept[x.ID()] = wrapped{x, opens, slices.Contains(g.own, x.ID())}
	}
}

// over returns the manifest as a re-wrap has it opened, or why that belongs to no
// other.
func (g *growing) over(x SignedRewrap) (Manifest, error) {
	if x.text == nil || g.of.text == nil || x.rewrap.Manifest != text.Identity(g.of.text) {
		return Manifest{}, errors.New("rewrap: want one of this snapshot, found one of another")
	}
	before, number := g.of.manifest, uint64(1)
	if at := x.rewrap.Previous; !at.IsZero() {
		w, ok := g.kept[at]
		if !ok {
			return Manifest{}, fmt.Errorf("rewrap: want the one before it, %s, found none", at.Short())
		}
		before, number = w.opens, w.rewrap.Number+1
	}
	if x.rewrap.Number != number {
		return Manifest{}, fmt.Errorf("rewrap: want number %d behind %s, found %d", number, x.rewrap.Previous.Short(), x.rewrap.Number)
	}
	opens, err := x.rewrap.Over(before)
	if err != nil {
		return Manifest{}, err
	}
	for i, had := range g.of.manifest.Segments {
		for k, h := range had.Headers {
			if is := opens.Segments[i].Headers[k]; is.Name == h.Name && is != h {
				return Manifest{}, fmt.Errorf("rewrap: want %s as the manifest names it, found other bytes", h.Name)
			}
		}
	}
	if name := g.collides(x); name != "" {
		return Manifest{}, fmt.Errorf("rewrap: want %s as one of our own names it, found other bytes", name)
	}
	if len(g.kept) >= maxAttached {
		return Manifest{}, fmt.Errorf("rewrap: want at most %d of one snapshot, found more", maxAttached)
	}
	return opens, nil
}

// collides names a header to which a re-wrap gives other bytes than one of the
// caller's own, which come first; empty for none.
func (g *growing) collides(x SignedRewrap) string {
	means := map[string]itemKey{}
	for _, i := range x.items() {
		means[i.Name] = i.key()
	}
	for _, w := range g.kept {
		if !w.own {
			continue
		}
		for _, had := range w.items() {
			if is, ok := means[had.Name]; ok && is != had.key() {
				return had.Name
			}
		}
	}
	return ""
}

// following decides which re-wrap is followed: the last of the caller's own, or the
// end of all.
func (s Signed) following(manifest bool) Signed {
	ends := s.ends(func(w wrapped) bool { return w.own })
	switch {
	case len(ends) > 0: // the caller knows when each was made
		slices.SortStableFunc(ends, func(a, b wrapped) int { return b.rewrap.Made.Compare(a.rewrap.Made) })
		ends = ends[:1]
	case !manifest:
		ends = s.ends(func(wrapped) bool { return true })
	}
	s.follows, s.rivals = text.Hash{}, nil
	if len(ends) > 0 {
		s.follows = ends[0].ID()
	}
	if len(ends) > 1 {
		for _, w := range ends {
			s.rivals = append(s.rivals, w.ID())
		}
	}
	return s
}

// ends are those of some re-wraps that none of them is over, the highest number
// first.
func (s Signed) ends(some func(wrapped) bool) (out []wrapped) {
	behind := map[text.Hash]bool{}
	for _, w := range slices.Backward(s.added) { // whatever is over one has a higher number
		if !behind[w.ID()] && some(w) {
			out = append(out, w)
		}
		behind[w.rewrap.Previous] = behind[w.rewrap.Previous] || behind[w.ID()] || some(w)
	}
	slices.SortStableFunc(out, func(a, b wrapped) int {
		return cmp.Or(cmp.Compare(b.rewrap.Number, a.rewrap.Number), strings.Compare(a.ID().String(), b.ID().String()))
	})
	return out
}

// line are the re-wraps from the first to the one that is followed.
func (s Signed) line() (out []wrapped) {
	at := s.follows
	for _, w := range slices.Backward(s.added) {
		if w.ID() == at {
			out, at = append(out, w), w.rewrap.Previous
		}
	}
	slices.Reverse(out)
	return out
}

// Rewraps returns the re-wraps up to the one that is followed, the oldest first.
func (s Signed) Rewraps() []SignedRewrap { return rewrapsOf(s.line()) }

// Beside returns the others, by number: each opens the snapshot too.
func (s Signed) Beside() []SignedRewrap { return rewrapsOf(s.beside()) }

// AllRewraps returns both, by number.
func (s Signed) AllRewraps() []SignedRewrap { return rewrapsOf(s.added) }

// Own returns those that the caller of With made, by number.
func (s Signed) Own() []SignedRewrap {
	return rewrapsOf(slices.DeleteFunc(slices.Clone(s.added), func(w wrapped) bool { return !w.own }))
}

// Rivals returns the ends among which nothing decides which one is followed, that
// one first; none where something does.
func (s Signed) Rivals() (out []SignedRewrap) {
	for _, id := range s.rivals {
		i := slices.IndexFunc(s.added, func(w wrapped) bool { return w.ID() == id })
		out = append(out, s.added[i].SignedRewrap)
	}
	return out
}

func (s Signed) beside() []wrapped {
	line := s.line()
	return slices.DeleteFunc(slices.Clone(s.added), func(w wrapped) bool {
		return slices.ContainsFunc(line, func(l wrapped) bool { return l.ID() == w.ID() })
	})
}

// Closed returns the re-wraps of which some objects are told as closed.
func (s Signed) Closed(flaws []Flawed) []SignedRewrap {
	closed := map[string]bool{}
	for _, f := range flaws {
		closed[f.Object] = closed[f.Object] || f.Flaw == Closed
	}
	return rewrapsOf(slices.DeleteFunc(slices.Clone(s.added), func(w wrapped) bool {
		return !slices.ContainsFunc(w.items(), func(i Item) bool { return closed[i.Name] }) &&
			!slices.ContainsFunc(w.small(), func(small smallObject) bool { return closed[small.name] })
	}))
}

func rewrapsOf(list []wrapped) []SignedRewrap {
	out := make([]SignedRewrap, len(list))
	for i, w := range list {
		out[i] = w.SignedRewrap
	}
	return out
}

// AsOf returns the snapshot as one of its re-wraps has it, without those behind
// and beside it; as its manifest has it for zeros. It fails for one that the
// snapshot does not have.
func (s Signed) AsOf(rewrap text.Hash) (Signed, bool) {
	s.follows, s.rivals = rewrap, nil
	s.added = s.line()
	return s, rewrap.IsZero() || len(s.added) > 0
}

// Followed returns the snapshot as the re-wrap has it that is followed.
func (s Signed) Followed() Signed {
	s, _ = s.AsOf(s.follows)
	return s
}

// Opens returns the manifest with the headers and the recipients that open the
// snapshot now: those of the re-wrap that is followed, or its own.
func (s Signed) Opens() Manifest {
	if line := s.line(); len(line) > 0 {
		return line[len(line)-1].opens
	}
	return s.manifest
}

// Ways returns the manifest once for each set of headers that opens the snapshot:
// those that are followed, the newest first, then those beside them, the highest
// number first, and its own last. A locked header stays, and still opens.
func (s Signed) Ways() (ways []Manifest) {
	for _, list := range [][]wrapped{s.line(), s.beside()} {
		for _, w := range slices.Backward(list) {
			ways = append(ways, w.opens)
		}
	}
	return append(ways, s.manifest)
}

// itemKey tells two objects apart, also where somebody gave them one name.
type itemKey struct {
	name string
	size int64
	sum  Sum
}

func (i Item) key() itemKey { return itemKey{i.Name, i.Content.Size, i.Content.Sum} }

// addedItems returns the headers that re-wraps added, each once.
func (s Signed) addedItems() (out []Item) {
	seen := map[itemKey]bool{}
	for _, i := range s.manifest.Items() {
		seen[i.key()] = true
	}
	for _, w := range s.added {
		for _, i := range w.items() {
			if !seen[i.key()] {
				seen[i.key()] = true
				out = append(out, i)
			}
		}
	}
	return out
}

// items returns every object of the snapshot and of its re-wraps, without texts
// and signatures.
func (s Signed) items() []Item { return append(s.manifest.Items(), s.addedItems()...) }

// addedSmall are the texts of the re-wraps, each behind its signature.
func (s Signed) addedSmall() (out []smallObject) {
	for _, w := range s.added {
		out = append(out, w.small()...)
	}
	return out
}

// addedNames are the names of all objects that belong to re-wraps alone: the
// snapshot is whole without them.
func (s Signed) addedNames() map[string]bool {
	out := map[string]bool{}
	for _, i := range s.addedItems() {
		out[i.Name] = true
	}
	for _, small := range s.addedSmall() {
		out[small.name] = true
	}
	return out
}
