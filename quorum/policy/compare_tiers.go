package policy

import (
	"fmt"
	"slices"

	"strongroom/quorum/text"
)

// gap is a way in which a withdrawal may pass more easily than before: what
// landed in tier Old lands in tier Next now.
type gap struct {
	old, next text.ID
	why       string
}

// ladder compares all tiers at once, because a withdrawal that leaves one tier
// lands in another. Without gaps, every withdrawal that next lets pass passed
// before: for each tier of next, each tier of old in which its withdrawals may
// have landed asked for no more.
//
// What counts against a tier is the amount with all that was released in its
// window, which can only grow with the window. So what lies within a tier of
// next lies within a tier of old that is no lower and counts no longer. It
// landed there or in a tier before; but not in one whose withdrawals all lie
// within an earlier tier of next, for there they would be now.
func ladder(old, next []Tier) []gap {
	var gaps []gap
	for j, b := range next {
		within := slices.IndexFunc(old, b.within)
		switch {
		case within < 0:
			gaps = append(gaps, gap{"", b.ID, "lets pass what no tier did"})
		case j == 0 && within > 0:
			gaps = append(gaps, gap{old[within].ID, b.ID, fmt.Sprintf("is the mildest of all, which tier %s was not", old[within].ID)})
		}
		for k, a := range old[:within+1] {
			if slices.ContainsFunc(next[:j], a.within) {
				continue
			}
			if k == len(old)-1 && j != len(next)-1 {
				gaps = append(gaps, gap{a.ID, b.ID, fmt.Sprintf("is not the last of all, which tier %s was", a.ID)})
			}
			if l := loosening(demands(a.terms(), b.terms())); len(l) > 0 {
				gaps = append(gaps, gap{a.ID, b.ID, fmt.Sprintf("asks less than tier %s did for these amounts (%s)", a.ID, l[0].Why)})
			}
		}
	}
	return gaps
}

// within says whether every withdrawal that stays below this tier stays below
// the other.
func (t Tier) within(other Tier) bool { return t.Below <= other.Below && t.Window >= other.Window }

// tier compares one tier; the ladder has to hold besides.
func (c *comparison) tier(id text.ID) []Verdict {
	old, was := c.old.Tier(id)
	next, is := c.next.Tier(id)
	var out []Verdict
	if was && is {
		out = append(out, measured(ceiling(), "below", old.Below, next.Below, c.amounts)...)
		out = append(out, measured(delay(), "window", old.Window, next.Window, number)...)
		out = append(out, demands(old.terms(), next.terms())...)
	}
	if len(loosening(out)) == 0 {
		for _, g := range c.gaps {
			if by := c.culprit(g); by == id || by == "" {
				out = append(out, Verdict{Why: fmt.Sprintf("tier %s %s", g.next, g.why)})
			}
		}
	}
	if len(out) == 0 && was != is {
		out = []Verdict{{Tighter: true, Why: pick(is, "tier added that asks no less than others did", "tier removed, the others ask no less")}}
	}
	return out
}

// culprit returns the tier whose change opens a gap: the one that asks too
// little, or if that stayed as it was, the one that let its withdrawals go.
// None means that every change of tiers is suspect.
func (c *comparison) culprit(g gap) text.ID {
	for _, id := range []text.ID{g.next, g.old} {
		isIt := func(n changed) bool { return n.noun == noun{"tier", string(id)} }
		if slices.ContainsFunc(c.nouns, isIt) {
			return id
		}
	}
	return ""
}
