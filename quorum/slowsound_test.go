package quorum_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// slowSeats is a set of seats by itself: whose it is, and who its maker is.
type slowSeats struct {
	name          string
	needs, clears []slowNeed
	maker         string // proposer, replaced or counted
}

func (l slowLaw) sittings() []slowSeats {
	var out []slowSeats
	for _, t := range l.tiers {
		out = append(out, slowSeats{"tier " + t.id, t.needs, t.clears, "proposer"})
	}
	for _, name := range append(slices.Clone(slowActs), "recovery") {
		a := l.acts[name]
		maker := map[string]string{"rekey": "replaced", "recovery": "counted"}[name]
		if maker == "" {
			maker = "proposer"
		}
		out = append(out, slowSeats{name, a.needs, a.clears, maker})
	}
	return out
}

func slowLess(people []string, gone ...string) []string {
	return slices.DeleteFunc(slices.Clone(people), func(o string) bool { return slices.Contains(gone, o) })
}

// sound says whether a policy keeps what no policy may give up: two checkers
// everywhere, a spare in every group, a seat for everybody whoever asks, bounds
// of time, and nothing named that is not there. The chain is too short for a
// later origin than its own.
func (l slowLaw) sound() bool {
	for _, s := range l.sittings() {
		if !l.soundSeats(s) {
			return false
		}
	}
	return l.soundNames() && l.soundTimes() && l.soundPurses() && l.vault == "acme-treasury" && l.origin == slowOrigin
}

func (l slowLaw) soundSeats(s slowSeats) bool {
	seats := 0
	for _, n := range s.needs {
		seats += n.seats
	}
	if seats < 2 {
		return false
	}
	outside := slices.DeleteFunc(l.people(), func(o string) bool { return s.maker == "counted" && l.recovers(o) })
	for i, n := range slices.Concat(s.needs, s.clears) {
		spare := 1 // of what is asked
		asks := slices.ContainsFunc(l.groups[n.group], func(o string) bool { return l.may("propose", o) })
		if s.maker == "proposer" && asks {
			spare = 2 // and the maker, who is one of them
		}
		there := l.groups[n.group]
		if i >= len(s.needs) {
			there = slices.DeleteFunc(slices.Clone(there), func(o string) bool { return !slices.Contains(outside, o) })
		}
		if len(there) < n.seats+spare {
			return false
		}
	}
	if s.maker == "counted" {
		return slowSeat(l.groups, s.needs, l.people(), nil, nil) && (len(s.clears) == 0 || slowSeat(l.groups, s.clears, outside, nil, nil))
	}
	for _, maker := range append(l.people(), "nobody") {
		rest := slowLess(l.people(), maker)
		if (s.maker == "replaced" || l.may("propose", maker) || maker == "nobody") && !slowSeat(l.groups, s.needs, rest, s.clears, rest) {
			return false
		}
	}
	return true
}

func (l slowLaw) soundNames() bool {
	for o, keys := range l.keys {
		if len(keys) == 0 || l.factors[o] > 0 && !slices.ContainsFunc(keys, func(k int) bool { return k >= 10 }) {
			return false
		}
	}
	for _, members := range l.groups {
		if len(members) == 0 || slices.ContainsFunc(members, func(o string) bool { return l.keys[o] == nil }) {
			return false
		}
	}
	for c := range l.conflicts {
		if _, listed := l.payees[c[0]]; !listed || l.keys[c[1]] == nil {
			return false
		}
	}
	at := map[string]bool{}
	for _, p := range l.payees {
		if at[p.at] {
			return false
		}
		at[p.at] = true
	}
	undefined := func(groups []string) bool {
		return slices.ContainsFunc(groups, func(g string) bool { return l.groups[g] == nil })
	}
	return !slices.ContainsFunc(slices.Collect(maps.Values(l.roles)), undefined)
}

func (l slowLaw) soundTimes() bool {
	for _, a := range l.acts {
		if a.cool > 8640 {
			return false
		}
	}
	for _, t := range l.tiers {
		if t.cool > 8640 {
			return false
		}
	}
	return max(l.quiet["destination"], l.quiet["policy"], l.quiet["signer"], l.numbers["expiry-max"]) <= 4320 && l.numbers["reorg-max"] <= 144
}

func (l slowLaw) soundPurses() bool {
	next := 0
	for _, p := range l.purses {
		if p.state == "next" {
			next++
		}
		if p.needs < 2 || 2*p.needs <= p.keys() || p.needs > p.keys() || p.outside >= p.needs {
			return false
		}
		if p.needs == p.keys() && p.state != "retired" {
			return false // none to lose
		}
		for _, s := range p.signers {
			if l.devices[s] == "" {
				return false
			}
		}
	}
	return next <= 1
}

// troubles are what leaves a seat without a spare, or empty, at a height or when
// terms end: of every tier and act, of every payee in a tier, and of the rekey of
// everybody. Clearances of recovery do not count: twice the wait stands for them.
func (l slowLaw) troubles(height int) map[string]bool {
	out := map[string]bool{}
	conflicted := map[string][]string{} // the payees by who is in conflict with them
	for label := range l.payees {
		var barred []string
		for _, o := range l.people() {
			if l.conflicts[[2]string{label, o}] {
				barred = append(barred, o)
			}
		}
		if len(barred) > 0 {
			conflicted[strings.Join(barred, " ")] = append(conflicted[strings.Join(barred, " ")], label)
		}
	}
	for _, s := range l.sittings() {
		base := l.trouble(s, nil, nil, height)
		base.tell(out, s.name, slowTrouble{})
		if base.closed {
			continue
		}
		if s.maker == "replaced" {
			for _, o := range l.officeAt(height) {
				l.trouble(s, nil, []string{o}, height).tell(out, s.name+" of "+o, base)
			}
		}
		for barred, labels := range conflicted {
			slices.Sort(labels)
			if strings.HasPrefix(s.name, "tier ") {
				l.trouble(s, strings.Fields(barred), nil, height).tell(out, s.name+" to "+strings.Join(labels, " "), base)
			}
		}
	}
	return out
}

// slowTrouble is what is wrong with one set of seats.
type slowTrouble struct {
	closed bool
	always []string // whom nobody can stand in for
	until  int      // the height after which it closes; 0 for never
	ended  string   // whose terms are over then
}

// tell adds what was not told of the act itself.
func (x slowTrouble) tell(out map[string]bool, name string, told slowTrouble) {
	if x.closed {
		out[name+" is closed"] = true
	}
	for _, o := range x.always {
		if !slices.Contains(told.always, o) {
			out[name+" needs "+o] = true
		}
	}
	if x.until > 0 && (told.until == 0 || x.until < told.until) {
		out[fmt.Sprintf("%s closes after %d without %s", name, x.until, x.ended)] = true
	}
}

func (l slowLaw) officeAt(height int) []string {
	return slices.DeleteFunc(l.people(), func(o string) bool { return l.terms[o] > 0 && height > l.terms[o] })
}

// trouble looks at one set of seats, with people whose approval does not count,
// and people who are not there.
func (l slowLaw) trouble(s slowSeats, barred, absent []string, height int) (x slowTrouble) {
	there := slowLess(l.officeAt(height), absent...)
	if !l.open(s, there, barred) {
		return slowTrouble{closed: true}
	}
	for _, o := range there {
		if !l.open(s, slowLess(there, o), barred) {
			x.always = append(x.always, o)
		}
	}
	var ends []int
	for _, end := range l.terms {
		own := len(absent) > 0 && l.terms[absent[0]] > 0 && end >= l.terms[absent[0]]
		if end >= height && !own {
			ends = append(ends, end)
		}
	}
	slices.Sort(ends)
	for _, end := range ends {
		after := l.officeAt(end + 1)
		if x.until == 0 && !l.open(s, slowLess(after, absent...), barred) {
			x.until, x.ended = end, strings.Join(slowLess(l.officeAt(height), after...), " ")
		}
	}
	return x
}

// open says whether these people can fill the seats, with one of them as the
// maker where it takes one.
func (l slowLaw) open(s slowSeats, there, barred []string) bool {
	clears := s.clears
	if s.maker == "counted" {
		clears = nil
	}
	if s.maker != "proposer" {
		return slowSeat(l.groups, s.needs, slowLess(there, barred...), clears, there)
	}
	return slices.ContainsFunc(there, func(maker string) bool {
		rest := slowLess(there, maker)
		return l.may("propose", maker) && slowSeat(l.groups, s.needs, slowLess(rest, barred...), clears, rest)
	})
}
