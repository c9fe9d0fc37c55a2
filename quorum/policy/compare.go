package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// Diff is what an amendment does, computed from the two versions alone. The
// zero value allows no claim.
type Diff struct {
	Class Class
	// Items are the changes, each line in one of them, by keyword in the order
	// of the text, then by name.
	Items []Item
	// Rekeyed is whose keys change, for class rekey only.
	Rekeyed text.ID

	changes []Change
}

// Item is what an amendment does to one noun: a person, a tier with its seats,
// one limit.
type Item struct {
	Noun     string    // such as "tier small"
	Changes  []Change  // its lines
	Class    Class     // what an amendment of this alone would be
	Verdicts []Verdict // at least one
}

// Verdict is what one difference proves by itself, in plain words such as "cap
// lower: 2.00000000 to 1.00000000 BTC". What is not proven tighter loosens.
type Verdict struct {
	Tighter bool
	Why     string
}

// String writes the item on one line, its class first.
func (i Item) String() string {
	why := make([]string, len(i.Verdicts))
	for n, v := range i.Verdicts {
		why[n] = v.Why
	}
	return fmt.Sprintf("%s: %s: %s", i.Class, i.Noun, strings.Join(why, ", "))
}

// Compare returns what becomes of old by its successor next. It is an error
// when next is not the version after old of the same vault, when nothing
// changes, or when one of them does not pass Check: then there is nothing to
// compare.
//
// An item is tighter only if that is proven: whatever next lets pass, old let
// pass by the same signatures. All else loosens, a keyword that this function
// does not know first of all. An amendment tightens if all its items do. It is
// of another class than loosen only if it has a single item, which is of that
// class.
func Compare(old, next *Policy) (Diff, error) {
	if err := succeeds(old, next); err != nil {
		return Diff{}, err
	}
	for _, p := range []*Policy{old, next} {
		if r := p.Check(); len(r) > 0 {
			return Diff{}, fmt.Errorf("policy %d: want one that passes its checks, found %s %s", p.Version, r[0].Code, r[0].Text)
		}
	}
	return Difference(old, next)
}

// Difference is Compare for two versions that have passed Check, which costs more
// than comparing them.
func Difference(old, next *Policy) (Diff, error) {
	if err := succeeds(old, next); err != nil {
		return Diff{}, err
	}
	d := Diff{changes: Changes(old, next)}
	if len(d.changes) == 0 {
		return Diff{}, fmt.Errorf("policy %d: want a change of version %d, found none", next.Version, old.Version)
	}
	c := comparison{old: old, next: next, nouns: sortNouns(d.changes)}
	c.gaps = ladder(old.Tiers, next.Tiers)
	for _, n := range c.nouns {
		d.Items = append(d.Items, c.item(n))
	}
	d.Class = classOf(d.Items)
	if d.Class == ClassRekey {
		d.Rekeyed = text.ID(c.nouns[0].id)
	}
	return d, nil
}

// Changes returns the lines that differ, as an amendment repeats them.
func (d Diff) Changes() []Change { return slices.Clone(d.changes) }

// succeeds wants next to be the version after old. Clock and chain are what
// every credit and amount of the vault is counted in; no amendment changes
// them.
func succeeds(old, next *Policy) error {
	switch {
	case next.Vault != old.Vault:
		return fmt.Errorf("policy: want one of vault %s, found one of %s", old.Vault, next.Vault)
	case next.Network != old.Network:
		return fmt.Errorf("policy: want one of chain %s, found one of %s", old.Network, next.Network)
	case next.Clock != old.Clock:
		return fmt.Errorf("policy: want clock %s, found %s", old.Clock, next.Clock)
	case next.Version != old.Version+1:
		return fmt.Errorf("policy: want version %d, found %d", old.Version+1, next.Version)
	case old.Hash().IsZero():
		return errors.New("policy: want two read from their texts, found one without")
	case next.Previous != old.Hash():
		return fmt.Errorf("policy: want previous %s, that of version %d, found %s", old.Hash(), old.Version, next.Previous)
	}
	return nil
}

// TouchesSeats says whether the amendment changes who may fill which seat, or
// what an act takes.
func (d Diff) TouchesSeats() bool {
	seats := []string{"officer", "signer", "factor", "term", "group", "role", "need", "clear", "act", "recovery"}
	return slices.ContainsFunc(d.changes, func(c Change) bool { return slices.Contains(seats, c.keyword()) })
}

// classOf returns the class of an amendment with these items.
func classOf(items []Item) Class {
	if !slices.ContainsFunc(items, func(i Item) bool { return i.Class != ClassTighten }) {
		return ClassTighten
	}
	if len(items) == 1 {
		return items[0].Class
	}
	return ClassLoosen
}

// comparison is one run of Compare.
type comparison struct {
	old, next *Policy
	nouns     []changed
	gaps      []gap // of the tiers
}

// changed is a noun and its changed lines.
type changed struct {
	noun
	lines []Change
}

// only says whether nothing but lines of one keyword changed.
func (c changed) only(keyword string) bool {
	return !slices.ContainsFunc(c.lines, func(x Change) bool { return x.keyword() != keyword })
}

// sortNouns gives each changed line to its noun, in the order of the text.
func sortNouns(changes []Change) []changed {
	var nouns []changed
	index := make(map[noun]int)
	var nothing []Change // lines such as "annex none"
	for _, c := range changes {
		n := nounOf(c.Line)
		if n.id == none {
			nothing = append(nothing, c)
			continue
		}
		i, known := index[n]
		if !known {
			i = len(nouns)
			index[n], nouns = i, append(nouns, changed{noun: n})
		}
		nouns[i].lines = append(nouns[i].lines, c)
	}
	order := nounOrder()
	slices.SortFunc(nouns, func(a, b changed) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.keyword), slices.Index(order, b.keyword)), cmp.Compare(a.id, b.id))
	})
	for _, c := range nothing {
		nouns = withNothing(nouns, c)
	}
	return nouns
}

// withNothing gives a line such as "annex none" to the first annex that comes
// or goes with it.
func withNothing(nouns []changed, c Change) []changed {
	n := nounOf(c.Line)
	i := slices.IndexFunc(nouns, func(x changed) bool { return x.keyword == n.keyword })
	if i < 0 {
		return append(nouns, changed{noun: n, lines: []Change{c}})
	}
	nouns[i].lines = append(nouns[i].lines, c)
	return nouns
}

func (c *comparison) item(n changed) Item {
	i := Item{Noun: n.String(), Changes: n.lines, Verdicts: c.verdicts(n), Class: ClassLoosen}
	switch {
	case len(loosening(i.Verdicts)) == 0:
		i.Class = ClassTighten
	case n.keyword == "destination" && c.addsPayee(text.ID(n.id)):
		i.Class = ClassDestination
	case n.keyword == "officer" && n.only("signer"):
		i.Class = ClassRekey
	case n.keyword == "origin-block" && c.next.Origin.Height > c.old.Origin.Height:
		i.Class = ClassReanchor
	}
	return i
}

// verdicts compares the two versions of a noun. What has no comparator of its
// own loosens: wallets, annexes, devices, the origins of headers and passkeys,
// roles, recovery, reorg-max and witnesses.
func (c *comparison) verdicts(n changed) []Verdict {
	var out []Verdict
	switch n.keyword {
	case "officer":
		out = c.officer(text.ID(n.id))
	case "group":
		out = c.group(text.ID(n.id))
	case "tier":
		out = c.tier(text.ID(n.id))
	case "velocity":
		out = c.velocity(n.id)
	case "destination":
		out = c.destination(text.ID(n.id))
	case "conflict":
		out = c.conflict(n.id)
	case "act":
		out = c.act(n.id)
	case "quiet":
		out = c.quiet(n.id)
	default:
		out = c.limit(n.keyword)
	}
	if len(out) == 0 {
		out = []Verdict{{Why: n.keyword + " " + n.how()}}
	}
	return out
}

// how says what became of the noun's lines.
func (c changed) how() string {
	has := func(added bool) bool {
		return slices.ContainsFunc(c.lines, func(x Change) bool { return x.Added == added && nounOf(x.Line) == c.noun })
	}
	came, went := has(true), has(false)
	switch {
	case came && went:
		return "changed"
	case came:
		return "added"
	}
	return "removed"
}

// loosening returns the verdicts that are not proven tighter.
func loosening(verdicts []Verdict) []Verdict {
	return slices.DeleteFunc(slices.Clone(verdicts), func(v Verdict) bool { return v.Tighter })
}
