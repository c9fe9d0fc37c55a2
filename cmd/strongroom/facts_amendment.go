package main

import (
	"fmt"
	"slices"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// amendment shows what a change of the policy does, by this desk's own
// comparison of the two texts:
//
//  1. its class, and every changed line with the class that it has by itself and
//     why
//  2. the lines in which annexes differ
//  3. the withdrawals that become possible or impossible
//  4. who has to consent
//  5. what the linter finds in the next version
func (v *view) amendment(w cli.World, p *quorum.Proposal, a quorum.Amendment) {
	w.Field("adopts", fmt.Sprintf("policy %d, %s", a.Version, a.Policy.Short()))
	w.Field("class", a.Class.String())
	next, ok := v.nextPolicy(p)
	before, held := v.policies.At(a.Version - 1)
	if !ok || !held {
		w.Warnf("policy %d: want its text in the registry, found none; these are the maker's words", a.Version)
		showChanges(w, a.Changes)
		return
	}
	diff, err := policy.Compare(before.Policy, next)
	if err != nil {
		w.Warnf("policy %d: %v", a.Version, err)
		showChanges(w, a.Changes)
		return
	}
	if diff.Class != a.Class {
		w.Field("", fmt.Sprintf("which these changes may claim; by themselves they are of class %s", diff.Class))
	}
	for _, i := range diff.Items {
		w.Field("changes", i.String())
		showChanges(w, i.Changes)
	}
	for _, x := range annexChanges(v.texts, before.Policy, next) {
		x.show(w)
	}
	for _, e := range policy.Examples(before.Policy, next) {
		w.Field("example", e.String())
	}
	var who []text.ID
	for _, n := range v.newcomers(next) {
		who = append(who, n.officer)
	}
	if len(who) > 0 {
		w.Field("consents", "of "+list(who)+", each with the new key")
	}
	v.showLint(w, p, before.Policy, next)
}

// showLint shows what the linter finds in the next version; of warnings only
// those that are new.
func (v *view) showLint(w cli.World, p *quorum.Proposal, before, next *policy.Policy) {
	known := v.lint(p, before)
	old := 0
	for _, f := range v.lint(p, next) {
		if f.Severity == policy.Warning && slices.Contains(known, f) {
			old++
			continue
		}
		w.Field("lint", f.String())
	}
	if old > 0 {
		w.Field("lint", fmt.Sprintf("%s that policy %d has as well; see 'strongroom policy lint'", count(old, "warning"), before.Version))
	}
}

// showChanges shows changed lines as the amendment signs them, whole.
func showChanges(w cli.World, changes []policy.Change) {
	for _, c := range changes {
		w.Field("", c.String())
	}
}

// lint judges a version as of the block that the amendment names, with the
// annexes that the registry has.
func (v *view) lint(p *quorum.Proposal, next *policy.Policy) []policy.Finding {
	var annexes [][]byte
	for _, a := range next.Annexes {
		if b, err := v.texts(a.Hash); err == nil {
			annexes = append(annexes, b)
		}
	}
	return lintAt(next, p.Block.Height, quorum.AnnexesOf(next, annexes))
}

// unwise refuses to approve a policy in which the linter finds errors: nothing
// but the officers' judgement keeps it from taking effect.
func (v *view) unwise(w cli.World, p *quorum.Proposal) error {
	next, ok := v.nextPolicy(p)
	if !ok {
		return nil // the judgement tells what is missing
	}
	var bad []policy.Finding
	for _, f := range v.lint(p, next) {
		if f.Severity == policy.Error {
			bad = append(bad, f)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	refused := cli.Refusal{Sentence: fmt.Sprintf("policy %d: %s", next.Version, bad[0].Text),
		Hint: "do not sign; let the maker mend the draft and run 'strongroom policy lint'", Call: "the maker of the proposal"}
	for i, f := range bad {
		if i > 0 {
			w.Warnf("%s (%s)", f.Text, f.Code)
		}
		if !slices.Contains(refused.Codes, f.Code) {
			refused.Codes = append(refused.Codes, f.Code)
		}
	}
	return refused
}
