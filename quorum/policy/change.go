package policy

import (
	"iter"
	"slices"
	"strings"
)

// Change is one line of a policy that an amendment takes out or puts in.
type Change struct {
	Added bool
	Line  string // without line feed
}

// String writes the change as an amendment carries it behind "change ", with a
// minus before what goes and a plus before what comes:
//
//	change - group treasury alice bob carol dave
//	change + group treasury alice bob carol kate
func (c Change) String() string { return pick(c.Added, "+ ", "- ") + c.Line }

// keyword returns the first word of the line.
func (c Change) keyword() string {
	k, _, _ := strings.Cut(c.Line, " ")
	return k
}

// Changes returns the lines in which two versions differ, but for those that
// differ by nature, version and previous: first what goes, then what comes,
// both sorted bytewise. Each line of a policy has one place in it, so the old
// text and its changes determine the next one. Policies that were not parsed
// have no lines.
func Changes(old, next *Policy) []Change {
	left := make(map[string]int)
	for line := range old.lines() {
		left[line]++
	}
	var came, went []Change
	for line := range next.lines() {
		if left[line] > 0 {
			left[line]--
			continue
		}
		came = append(came, Change{Added: true, Line: line})
	}
	for line, n := range left {
		for range n {
			went = append(went, Change{Line: line})
		}
	}
	byLine := func(a, b Change) int { return strings.Compare(a.Line, b.Line) }
	slices.SortFunc(went, byLine)
	slices.SortFunc(came, byLine)
	return append(went, came...)
}

// lines returns the lines that an amendment may change.
func (p *Policy) lines() iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(string(p.bytes)) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "version ") || strings.HasPrefix(line, "previous ") {
				continue
			}
			if !yield(line) {
				return
			}
		}
	}
}

// noun is what a changed line is about: a person with all their lines, a tier
// with its seats, one limit.
type noun struct {
	keyword string
	id      string // empty where the keyword stands once
}

// String returns the noun as people say it, such as "tier small".
func (n noun) String() string { return strings.TrimSpace(n.keyword + " " + n.id) }

// nounOf returns what a line is about. A line that says there is nothing of a
// keyword has the id none.
func nounOf(line string) noun {
	f := strings.Split(line, " ")
	keyword := family(f[0])
	switch {
	case len(f) == 1 || slices.Contains(scalars(), keyword):
		return noun{keyword: keyword}
	case len(f) == 2 && f[1] == none:
		return noun{keyword, none}
	case keyword == "need" || keyword == "clear":
		return sittingNoun(f[1])
	case keyword == "velocity":
		return noun{keyword, f[len(f)-1]}
	case keyword == "conflict" || keyword == "witness":
		return noun{keyword, strings.Join(f[1:], " ")}
	}
	return noun{keyword, f[1]}
}

// family returns the keyword under which lines that belong together are
// compared.
func family(keyword string) string {
	switch keyword {
	case "cosigner":
		return "wallet"
	case "signer", "factor", "term":
		return "officer"
	}
	return keyword
}

// sittingNoun returns whose seats a need or clear line sets.
func sittingNoun(of string) noun {
	if of == "recovery" {
		return noun{keyword: "recovery"}
	}
	for a := Tighten; a <= Resync; a++ {
		if a.String() == of {
			return noun{"act", of}
		}
	}
	return noun{"tier", of}
}

// scalars returns the keywords that stand once in a policy.
func scalars() []string {
	return []string{"vault", "chain", "clock", "origin-block", "passkey-origin", "recovery", "fee-rate-max", "fee-share-max",
		"anchor-age-max", "clear-age-max", "expiry-max", "reorg-max", "witness-need"}
}

// nounOrder returns the nouns' keywords in the order of the text.
func nounOrder() []string {
	return []string{"origin-block", "wallet", "annex", "device", "officer", "passkey-origin", "group", "role", "tier", "velocity",
		"destination", "conflict", "act", "quiet", "recovery", "fee-rate-max", "fee-share-max", "anchor-age-max", "clear-age-max",
		"expiry-max", "reorg-max", "witness", "witness-need"}
}
