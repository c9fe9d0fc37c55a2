package policy

import (
	"cmp"
	"fmt"
	"slices"

	"strongroom/custody"
)

// measure is a kind of number: what more and less of it are called, and whether
// more of it is tighter.
type measure struct {
	more, less  string
	moreTighter bool
}

// A ceiling is tighter when it is lower, a delay when it is longer, and a
// number of seats when it is higher.
func ceiling() measure { return measure{more: "higher", less: "lower"} }
func delay() measure   { return measure{more: "longer", less: "shorter", moreTighter: true} }
func count() measure   { return measure{more: "higher", less: "lower", moreTighter: true} }

// measured compares two numbers; nothing when they are equal.
func measured[T cmp.Ordered](m measure, what string, old, next T, show func(T) string) []Verdict {
	if old == next {
		return nil
	}
	return []Verdict{{
		Tighter: next > old == m.moreTighter,
		Why:     fmt.Sprintf("%s %s: %s to %s", what, pick(next > old, m.more, m.less), show(old), show(next)),
	}}
}

// amounts shows amounts with their unit.
func (c *comparison) amounts(a custody.Amount) string { return a.In(c.old.Network) }

// demands compares what two tiers or acts ask for. If no verdict loosens,
// whoever satisfies the second satisfies the first: their delay is as long and
// proven as well, and of each group at least as many different people sit. With
// cool 0 the mode means nothing, but it is compared, since a delay may follow.
func demands(old, next sittingTerms) []Verdict {
	out := measured(delay(), "cool", old.cool, next.cool, number)
	if old.mode != next.mode {
		out = append(out, Verdict{Tighter: next.mode > old.mode, Why: fmt.Sprintf("%s to %s", old.mode, next.mode)})
	}
	out = append(out, seats("need", old.needs, next.needs)...)
	return append(out, seats("clear", old.clears, next.clears)...)
}

// sittingTerms is what a tier or an act asks for.
type sittingTerms struct {
	cool          uint32
	mode          Mode
	needs, clears []Need
}

func (t Tier) terms() sittingTerms { return sittingTerms{t.Cool, t.Mode, t.Needs, t.Clears} }
func (a Act) terms() sittingTerms  { return sittingTerms{a.Cool, a.Mode, a.Needs, a.Clears} }

// seats compares need or clear lines by their groups.
func seats(what string, old, next []Need) []Verdict {
	var out []Verdict
	for _, n := range old {
		i := slices.IndexFunc(next, func(x Need) bool { return x.Group == n.Group })
		if i < 0 {
			out = append(out, Verdict{Why: fmt.Sprintf("%s removed: %d %s", what, n.Seats, n.Group)})
			continue
		}
		show := func(seats int) string { return fmt.Sprintf("%d %s", seats, n.Group) }
		out = append(out, measured(count(), what, n.Seats, next[i].Seats, show)...)
	}
	for _, n := range next {
		if !slices.ContainsFunc(old, func(x Need) bool { return x.Group == n.Group }) {
			out = append(out, Verdict{Tighter: true, Why: fmt.Sprintf("%s added: %d %s", what, n.Seats, n.Group)})
		}
	}
	return out
}
