package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Answer is what a policy says to one withdrawal of one payment, when nothing
// was released before. Either it is refused, or it is possible in a tier, which
// asks for people and time. The zero value is not possible.
type Answer struct {
	// Refused says why it is not possible; empty otherwise.
	Refused string
	// Payee is where it goes, set only where the two versions differ in it.
	Payee         string
	Tier          text.ID
	Needs, Clears []Need
	Cool          uint32 // credits
	Mode          Mode
	// Without lists, sorted, whose approvals do not count: officers in
	// conflict with the destination.
	Without []text.ID
}

// Possible says whether the withdrawal is possible at all.
func (a Answer) Possible() bool { return a.Tier != "" }

// String writes the answer, such as "tier small, 2 of treasury", or why there
// is none.
func (a Answer) String() string {
	if !a.Possible() {
		return a.Refused
	}
	parts := []string{"tier " + string(a.Tier)}
	for _, n := range a.Needs {
		parts = append(parts, fmt.Sprintf("%d of %s", n.Seats, n.Group))
	}
	for _, n := range a.Clears {
		parts = append(parts, fmt.Sprintf("cleared by %d of %s", n.Seats, n.Group))
	}
	if a.Cool > 0 {
		parts = append(parts, fmt.Sprintf("%d credits %s", a.Cool, a.Mode))
	}
	if len(a.Without) > 0 {
		parts = append(parts, "without "+joinIDs(a.Without))
	}
	if a.Payee != "" {
		parts = append(parts, "to "+a.Payee)
	}
	return strings.Join(parts, ", ")
}

// Example is a range of withdrawals to which two versions of a policy say
// different things.
type Example struct {
	Network  custody.Network
	Labels   []text.ID // the destinations of which it is true, sorted
	From, To custody.Amount
	Old, New Answer // at least one is possible
}

// String writes the example as a sentence without full stop, such as
// "payroll: from 2.00000001 to 5.00000000 BTC becomes possible: tier small, 2
// of treasury".
func (e Example) String() string {
	labels := joinIDs(e.Labels)
	if len(e.Labels) > shownLabels {
		labels = fmt.Sprintf("%s and %d more", joinIDs(e.Labels[:shownLabels]), len(e.Labels)-shownLabels)
	}
	span := e.To.In(e.Network)
	if e.From != e.To {
		span = fmt.Sprintf("from %s to %s", e.From, span)
	}
	switch {
	case !e.Old.Possible():
		return fmt.Sprintf("%s: %s becomes possible: %s", labels, span, e.New)
	case !e.New.Possible():
		return fmt.Sprintf("%s: %s becomes impossible: %s", labels, span, e.New)
	}
	return fmt.Sprintf("%s: %s changes: %s; before: %s", labels, span, e.New, e.Old)
}

// Examples returns every single payment that next makes possible, makes
// impossible, or asks something else for than old does; destinations of which
// the same is true share an example. Nothing was released before, so windows
// play no part; amounts are with the fee. Members of groups are not compared,
// see Compare.
//
// The answer changes only at the edges of tiers and caps, so judging one
// amount between any two edges judges them all.
func Examples(old, next *Policy) []Example {
	var out []Example
	at := make(map[string]int) // an example's words without its labels
	for _, label := range payees(old, next) {
		for _, e := range examplesOf(old, next, label) {
			key := fmt.Sprintf("%d %d %q %q", e.From, e.To, e.Old, e.New)
			if i, known := at[key]; known {
				out[i].Labels = append(out[i].Labels, label)
				continue
			}
			at[key] = len(out)
			out = append(out, e)
		}
	}
	return out
}

// payees returns the labels of both versions, sorted, each once.
func payees(old, next *Policy) []text.ID {
	var labels []text.ID
	for _, d := range append(slices.Clone(old.Destinations), next.Destinations...) {
		labels = append(labels, d.Label)
	}
	slices.Sort(labels)
	return slices.Compact(labels)
}

// examplesOf returns the examples of one destination, ascending.
func examplesOf(old, next *Policy, label text.ID) []Example {
	edges := slices.Concat([]custody.Amount{1}, old.edges(label), next.edges(label))
	edges = slices.DeleteFunc(edges, func(a custody.Amount) bool { return !a.Valid() })
	slices.Sort(edges)
	edges = slices.Compact(edges)
	was, inOld := old.Destination(label)
	is, inNext := next.Destination(label)
	samePayee := inOld && inNext && was.payee() == is.payee()
	var out []Example
	for i, from := range edges {
		to := custody.MaxAmount
		if i+1 < len(edges) {
			to = edges[i+1] - 1
		}
		e := Example{Network: next.Network, Labels: []text.ID{label}, From: from, To: to}
		e.Old, e.New = old.answer(label, from), next.answer(label, from)
		if samePayee {
			e.Old.Payee, e.New.Payee = "", ""
		}
		if e.Old.equal(e.New) {
			continue
		}
		if n := len(out) - 1; n >= 0 && out[n].To+1 == from && out[n].Old.equal(e.Old) && out[n].New.equal(e.New) {
			out[n].To = to
			continue
		}
		out = append(out, e)
	}
	return out
}

// edges returns the amounts from which on the answer may be another.
func (p *Policy) edges(label text.ID) []custody.Amount {
	var out []custody.Amount
	for _, t := range p.Tiers {
		out = append(out, t.Below)
	}
	if v, ok := p.lowestVelocity(); ok {
		out = append(out, v.Cap+1)
	}
	if d, ok := p.Destination(label); ok {
		out = append(out, d.Cap+1)
	}
	return out
}

// lowestVelocity returns the velocity line that a single payment meets first.
func (p *Policy) lowestVelocity() (Velocity, bool) {
	if len(p.Velocities) == 0 {
		return Velocity{}, false
	}
	return slices.MinFunc(p.Velocities, func(a, b Velocity) int { return cmp.Compare(a.Cap, b.Cap) }), true
}

// answer judges one payment.
func (p *Policy) answer(label text.ID, amount custody.Amount) Answer {
	refused := func(format string, args ...any) Answer { return Answer{Refused: fmt.Sprintf(format, args...)} }
	d, ok := p.Destination(label)
	if !ok {
		return refused("no destination of that name")
	}
	if amount > d.Cap {
		return refused("above the destination's cap of %s", d.Cap.In(p.Network))
	}
	if v, ok := p.lowestVelocity(); ok && amount > v.Cap {
		return refused("above what may leave in %d credits, %s", v.Window, v.Cap.In(p.Network))
	}
	for _, t := range p.Tiers {
		if amount < t.Below {
			return Answer{Payee: d.payee(), Tier: t.ID, Needs: t.Needs, Clears: t.Clears, Cool: t.Cool, Mode: t.Mode, Without: p.conflicted(label)}
		}
	}
	return refused("above every tier")
}

// conflicted returns the officers in conflict with a destination, sorted.
func (p *Policy) conflicted(label text.ID) []text.ID {
	var out []text.ID
	for _, c := range p.Conflicts {
		if c.Label == label {
			out = append(out, c.Officer)
		}
	}
	return out
}

// equal says whether both ask the same, or both refuse.
func (a Answer) equal(x Answer) bool {
	if !a.Possible() || !x.Possible() {
		return a.Possible() == x.Possible()
	}
	return a.Payee == x.Payee && a.Tier == x.Tier && slices.Equal(a.Needs, x.Needs) && slices.Equal(a.Clears, x.Clears) &&
		a.Cool == x.Cool && a.Mode == x.Mode && slices.Equal(a.Without, x.Without)
}
