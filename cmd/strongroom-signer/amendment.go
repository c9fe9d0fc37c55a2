package main

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// amendmentReview is what an amendment does to the policy. What this machine
// computed is there when the next version was brought and follows the one in
// force.
type amendmentReview struct {
	Version  uint64       `json:"version"`
	Policy   string       `json:"policy"`
	Class    string       `json:"class"`              // as claimed: whose seats it takes
	Computed string       `json:"computed,omitempty"` // as its changes are
	Changes  []string     `json:"changes"`            // as the officers signed them
	Items    []itemReview `json:"items"`
	Before   []string     `json:"before"` // what the policy says now and no longer will, in plain words
	After    []string     `json:"after"`  // and what it will say instead
}

// itemReview is what becomes of one noun of the policy.
type itemReview struct {
	Noun  string   `json:"noun"`
	Class string   `json:"class"`
	Why   []string `json:"why"`
	Lines []string `json:"lines"`
}

func amendmentOf(pol *policy.Policy, files []quorum.File, p *quorum.Proposal) *amendmentReview {
	a, ok := p.Body.(quorum.Amendment)
	if !ok {
		return nil
	}
	r := &amendmentReview{Version: a.Version, Policy: a.Policy.String(), Class: a.Class.String(),
		Changes: []string{}, Items: []itemReview{}, Before: []string{}, After: []string{}}
	for _, c := range a.Changes {
		r.Changes = append(r.Changes, c.String())
	}
	next := nextIn(files, a)
	if next == nil {
		return r
	}
	diff, err := policy.Compare(pol, next)
	if err != nil {
		return r // adopted before, or refused: the reasons say so
	}
	r.Computed = diff.Class.String()
	for _, i := range diff.Items {
		item := itemReview{Noun: i.Noun, Class: i.Class.String(), Why: []string{}, Lines: []string{}}
		for _, v := range i.Verdicts {
			item.Why = append(item.Why, v.Why)
		}
		for _, c := range i.Changes {
			item.Lines = append(item.Lines, c.String())
		}
		r.Items = append(r.Items, item)
	}
	before, after := explained(pol), explained(next)
	r.Before, r.After = without(before, after), without(after, before)
	return r
}

// nextIn returns the policy that an amendment adopts, nil when it was not brought
// or cannot be read.
func nextIn(files []quorum.File, a quorum.Amendment) *policy.Policy {
	name := quorum.PolicyName(a.Version) + ".txt"
	i := slices.IndexFunc(files, func(f quorum.File) bool { return f.Name == name && text.Identity(f.Bytes) == a.Policy })
	if i < 0 {
		return nil
	}
	next, err := policy.Parse(files[i].Bytes)
	if err != nil {
		return nil
	}
	return next
}

// explained returns what a policy says in plain words, but for its number and
// its predecessor, which differ by nature.
func explained(p *policy.Policy) []string {
	var out []string
	for _, s := range p.Explain() {
		out = append(out, s.Lines...)
	}
	return out[natural:]
}

// without returns the lines that the others lack.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return slices.Contains(others, l) })
}

// show writes what changes, noun by noun, and then what that means; little of
// one that took effect before.
func (a amendmentReview) show(w cli.World, stands bool) {
	w.Field("adopts", fmt.Sprintf("version %d of the policy", a.Version))
	w.Field("", a.Policy)
	w.Field("class", a.claim(stands))
	for i, item := range a.Items {
		w.Field(once(i, "changes"), fmt.Sprintf("%s: %s: %s", item.Class, item.Noun, strings.Join(item.Why, ", ")))
		for _, line := range item.Lines {
			w.Field("", "  "+line)
		}
	}
	if len(a.Items) == 0 && !stands {
		for i, line := range a.Changes {
			w.Field(once(i, "changes"), line)
		}
	}
	for i, line := range a.Before {
		w.Field(once(i, "until now"), line)
	}
	for i, line := range a.After {
		w.Field(once(i, "from then on"), line)
	}
}

// claim tells the class, and what the changes come to where that differs or could
// not be computed.
func (a amendmentReview) claim(stands bool) string {
	switch {
	case a.Computed == a.Class || stands:
		return a.Class
	case a.Computed == "":
		return a.Class + ", as its maker says; its next version was not compared"
	}
	return fmt.Sprintf("%s, as its maker asks; its changes come to %s", a.Class, a.Computed)
}
