package policy

import (
	"fmt"
	"slices"
)

// lines returns the annex's lines, sorted.
func (b Backup) lines() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	say("copies %d", b.Copies)
	say("credentials %d", b.CredentialDays)
	say("drill %d", b.DrillDays)
	say("lock %d", b.LockDays)
	say("reader %s", b.Reader)
	say("rpo %d", b.RPOHours)
	say("rto %d", b.RTOHours)
	say("site %s", b.Site)
	for _, c := range b.Allow {
		say("jurisdiction allow %s", c)
	}
	for _, c := range b.Deny {
		say("jurisdiction deny %s", c)
	}
	for _, m := range b.Makers {
		say("maker %s %s", m.ID, m.Key)
	}
	for _, v := range b.Verifiers {
		say("verifier %s %s", v.ID, v.Key)
	}
	if b.Probe != (Probe{}) {
		say("probe %s", b.Probe.Key)
		say("probe-every %d", b.Probe.Hours)
	}
	for _, r := range b.Recipients {
		say("recipient %d %s %s", r.Layer, r.Officer, r.Key)
	}
	for _, s := range b.Stores {
		say("store %s %s %s %s %s %s %s", s.ID, s.Place, s.Provider, s.Country, s.Account, s.Zone, s.Lock)
	}
	out = append(out, b.choiceLines()...)
	slices.Sort(out)
	return out
}

// choiceLines returns the lines of a keyword, a name and a number. What asks for
// nothing has no line.
func (b Backup) choiceLines() []string {
	var out []string
	for _, x := range []struct {
		keyword string
		nothing int
		list    []choice
	}{
		{"distance", 0, b.distances()}, {"distinct", 1, b.distincts()}, {"keep", 0, b.keeps()}, {"verify", -1, b.verifies()},
	} {
		for _, c := range x.list {
			if *c.to != x.nothing {
				out = append(out, fmt.Sprintf("%s %s %d", x.keyword, c.name, *c.to))
			}
		}
	}
	return out
}
