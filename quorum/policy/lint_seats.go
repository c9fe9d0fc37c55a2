package policy

import (
	"slices"
	"sort"

	"strongroom/quorum/text"
)

// seated wants a coalition for every act, now and when terms end, and nobody
// who is in all of them. It looks at every tier for every destination with its
// conflicts applied, and at a rekey of everybody, who is not there for their
// own.
func (l *linter) seated() {
	conflicts := l.conflicts()
	if len(l.policy.Tiers)*len(conflicts) > maxVariants {
		l.bad(LintLimit, "conflict: want at most %d tiers and sets of conflicted officers together, found %d",
			maxVariants, len(l.policy.Tiers)*len(conflicts))
		conflicts = nil
	}
	for i, s := range l.policy.sittings() {
		base := l.judge(seatVariant{sitting: s}, s.name, l.ends, seatVerdict{})
		if base.closed {
			continue
		}
		if s.maker == replaced {
			l.rekeys(s, base)
		}
		if i < len(l.policy.Tiers) {
			for _, c := range conflicts {
				l.judge(seatVariant{sitting: s, barred: c.officers}, s.name+" to "+spacedIDs(c.labels), l.ends, base)
			}
		}
	}
}

// seatVerdict is what was found of one variant.
type seatVerdict struct {
	closed bool   // there is no coalition
	always crowd  // who is in every coalition
	until  uint32 // the height after which there is none; 0 for never
}

// judge reports on one variant what was not reported on the sitting itself,
// whose verdict is told.
func (l *linter) judge(v seatVariant, name string, ends []uint32, told seatVerdict) seatVerdict {
	now := l.seats(v, l.there)
	always, ok := now.indispensable()
	if !ok {
		l.bad(LintLockout, "%s: want a coalition, found none", name)
		return seatVerdict{closed: true}
	}
	for _, id := range l.names(always.without(told.always)) {
		l.bad(LintFragile, "%s: want a coalition without %s, found none", name, id)
	}
	until, locked := l.closes(v, ends)
	if locked && (told.until == 0 || until < told.until) {
		l.bad(LintLockout, "%s: want a coalition when the terms of %s end, found none after height %d", name, spacedIDs(l.ended(until)), until)
	}
	return seatVerdict{always: always, until: until}
}

// rekeys judges the rekey of each officer who would otherwise fill a seat of
// it; that of anybody else is judged already. Nobody is rekeyed after the end
// of their own term.
func (l *linter) rekeys(s sitting, base seatVerdict) {
	var candidates crowd
	for _, n := range append(s.needs, s.clears...) {
		candidates = candidates.or(l.groups[n.Group])
	}
	for _, i := range candidates.and(l.there).numbers() {
		ends := l.ends
		if t := l.terms[i]; t.Ends {
			ends = slices.DeleteFunc(slices.Clone(ends), func(end uint32) bool { return end >= t.Height })
		}
		var one crowd
		one.add(i)
		l.judge(seatVariant{sitting: s, absent: one}, s.name+" of "+string(l.ids[i]), ends, base)
	}
}

// termEnds returns the heights at or above the linter's after which somebody
// leaves, ascending.
func (l *linter) termEnds() []uint32 {
	var out []uint32
	for _, t := range l.terms {
		if t.Ends && t.Height >= l.height {
			out = append(out, t.Height)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// closes returns the first of the heights after which a variant has no
// coalition any more, and false when it always has one. People only leave, so
// it stays closed.
func (l *linter) closes(v seatVariant, ends []uint32) (uint32, bool) {
	return l.closesAfter(ends, func(there crowd) bool { return l.seats(v, there).possible() })
}

// closesAfter is closes of whatever is possible with the people who are there.
func (l *linter) closesAfter(ends []uint32, possible func(there crowd) bool) (uint32, bool) {
	after := func(i int) bool { return !possible(l.inOffice(ends[i] + 1)) }
	if len(ends) == 0 || !after(len(ends)-1) {
		return 0, false
	}
	return ends[sort.Search(len(ends)-1, after)], true
}

// ended returns the officers in office whose terms are over after a height.
func (l *linter) ended(height uint32) []text.ID {
	return l.names(l.there.without(l.inOffice(height + 1)))
}

// overlap wants watchers who fill no seat of what they watch. In recovery,
// those who recover do not clear.
func (l *linter) overlap() {
	for _, s := range l.policy.sittings() {
		if s.maker == counted {
			continue
		}
		for _, c := range s.clears {
			for _, n := range s.needs {
				for _, id := range l.names(l.groups[c.Group].and(l.groups[n.Group])) {
					l.bad(LintOverlap, "%s: want watchers of %s without a seat, found %s in %s", s.name, c.Group, id, n.Group)
				}
			}
		}
	}
}

// organisations warns where people of one organisation fill all seats, whoever
// the maker is.
func (l *linter) organisations() {
	orgs := map[text.ID]crowd{}
	for _, o := range l.policy.Officers {
		orgs[o.Org] = orgs[o.Org].or(l.set([]text.ID{o.ID}))
	}
	for _, s := range l.policy.sittings() {
		for org, members := range orgs {
			others := l.everybody.without(members)
			v := seatVariant{sitting: s, barred: others, blind: others, anyone: true}
			if l.seats(v, l.there).possible() {
				l.warn(LintOrg, "%s: want people of more than one organisation for its seats, found enough in %s", s.name, org)
			}
		}
	}
}
