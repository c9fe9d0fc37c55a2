package policy

import (
	"fmt"
	"slices"

	"strongroom/quorum/text"
)

// officer compares a person's lines: name, keys, factor and term.
func (c *comparison) officer(id text.ID) []Verdict {
	old, was := c.old.Officer(id)
	next, is := c.next.Officer(id)
	switch {
	case !was:
		return []Verdict{{Why: "officer added"}}
	case !is && c.old.brakes(id):
		return []Verdict{{Why: "officer removed from a group that clears, vetoes, freezes or recovers"}}
	case !is:
		return []Verdict{{Tighter: true, Why: "officer removed, who only proposes and approves"}}
	}
	var out []Verdict
	if old.Org != next.Org {
		out = append(out, Verdict{Why: fmt.Sprintf("organisation changed: %s to %s", old.Org, next.Org)})
	}
	if old.Name != next.Name {
		out = append(out, Verdict{Why: fmt.Sprintf("name changed: %s to %s", old.Name, next.Name)})
	}
	out = append(out, c.keys(id)...)
	out = append(out, c.factor(id)...)
	return append(out, c.term(id)...)
}

// keys never tightens: whoever loses a key may lose their veto with it.
func (c *comparison) keys(id text.ID) []Verdict {
	var out []Verdict
	for _, m := range []struct {
		from, to *Policy
		what     string
	}{{c.old, c.next, "removed"}, {c.next, c.old, "added"}} {
		for _, k := range m.from.Keys(id) {
			if !slices.ContainsFunc(m.to.Keys(id), k.Equal) {
				out = append(out, Verdict{Why: fmt.Sprintf("key %s: %s", m.what, k.Fingerprint())})
			}
		}
	}
	return out
}

// factor is tighter when more is to be proven, except of somebody whose voice can
// stop something: a key that cannot prove it falls silent.
func (c *comparison) factor(id text.ID) []Verdict {
	old, next := c.old.FactorOf(id), c.next.FactorOf(id)
	if old == next {
		return nil
	}
	why := fmt.Sprintf("%s to %s", factorText(old), factorText(next))
	lost := old.Presence && !next.Presence || old.Verification && !next.Verification || old.Bound && !next.Bound
	switch {
	case lost:
		return []Verdict{{Why: "proofs fewer: " + why}}
	case c.old.brakes(id):
		return []Verdict{{Why: "proofs more: " + why + ", which may silence somebody who can stop things"}}
	}
	return []Verdict{{Tighter: true, Why: "proofs more: " + why}}
}

// term loosens whenever it changes. One that ends earlier lets nobody pass who did
// not before, but the terms of all together can close the vault for ever.
func (c *comparison) term(id text.ID) []Verdict {
	old, oldEnds := c.old.TermOf(id)
	next, nextEnds := c.next.TermOf(id)
	if old == next && oldEnds == nextEnds {
		return nil
	}
	earlier := nextEnds && (!oldEnds || next < old)
	why := fmt.Sprintf("term ends %s: %s to %s", pick(earlier, "earlier", "later"),
		termText(Term{Height: old, Ends: oldEnds}), termText(Term{Height: next, Ends: nextEnds}))
	return []Verdict{{Why: why}}
}

// brakes says whether an officer is in a group that can stop something.
func (p *Policy) brakes(officer text.ID) bool {
	return slices.ContainsFunc(p.Groups, func(g Group) bool {
		return slices.Contains(g.Members, officer) && p.groupBrakes(g.ID)
	})
}

// groupBrakes says whether a group does anything besides proposing and
// approving: losing a member of it could let something pass.
func (p *Policy) groupBrakes(id text.ID) bool {
	of := func(n Need) bool { return n.Group == id }
	if slices.Contains(p.Roles.Freeze, id) || slices.Contains(p.Roles.Veto, id) {
		return true
	}
	return slices.ContainsFunc(p.sittings(), func(s sitting) bool {
		return slices.ContainsFunc(s.clears, of) || s.maker == counted && slices.ContainsFunc(s.needs, of)
	})
}

// group compares a group's members.
func (c *comparison) group(id text.ID) []Verdict {
	old, next := c.old.members(id), c.next.members(id)
	var out []Verdict
	for _, m := range old {
		if slices.Contains(next, m) {
			continue
		}
		if c.old.groupBrakes(id) {
			out = append(out, Verdict{Why: fmt.Sprintf("%s removed from a group that clears, vetoes, freezes or recovers", m)})
		} else {
			out = append(out, Verdict{Tighter: true, Why: fmt.Sprintf("%s removed from a group that only proposes and approves", m)})
		}
	}
	for _, m := range next {
		if !slices.Contains(old, m) {
			out = append(out, Verdict{Why: fmt.Sprintf("%s added", m)})
		}
	}
	return out
}
