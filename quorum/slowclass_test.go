package quorum_test

import (
	"maps"
	"slices"
	"strings"

	"strongroom/quorum/policy"
)

// slowClass says what a change is: from the lines for those classes that are one
// line each, and else from the laws.
func slowClass(old, next slowLaw, changes []policy.Change) policy.Class {
	words := func(i int) []string { return strings.Fields(changes[i].Line) }
	signers, officer := true, ""
	for i := range changes {
		f := words(i)
		signers = signers && f[0] == "signer" && (officer == "" || officer == f[1])
		officer = f[1]
	}
	if signers {
		return policy.ClassRekey
	}
	if old.tightens(next) {
		return policy.ClassTighten
	}
	if slowPayeeOnly(old, next, changes) {
		return policy.ClassDestination
	}
	return policy.ClassLoosen
}

// slowPayeeOnly says whether one payee was added, or its cap raised, and nothing
// else.
func slowPayeeOnly(old, next slowLaw, changes []policy.Change) bool {
	label := ""
	for _, c := range changes {
		f := strings.Fields(c.Line)
		if f[0] != "destination" || f[1] != "none" && label != "" && label != f[1] {
			return false
		}
		if f[1] != "none" {
			label = f[1]
		}
	}
	was, listed := old.payees[label]
	is, stays := next.payees[label]
	return stays && (!listed || was.at == is.at && was.window == is.window && is.cap > was.cap)
}

// tightens says whether a change only takes rights away.
func (l slowLaw) tightens(next slowLaw) bool {
	same := l.vault == next.vault && l.origin == next.origin && l.numbers["after"] == next.numbers["after"] && l.numbers["reorg-max"] == next.numbers["reorg-max"] &&
		maps.Equal(l.devices, next.devices) && maps.EqualFunc(l.roles, next.roles, slices.Equal) &&
		maps.EqualFunc(l.purses, next.purses, func(a, b slowPurse) bool {
			return a.state == b.state && a.descriptor == b.descriptor && a.needs == b.needs && slices.Equal(a.signers, b.signers) && a.outside == b.outside
		})
	r, s := l.acts["recovery"], next.acts["recovery"]
	same = same && r.cool == s.cool && r.stamped == s.stamped && slices.Equal(r.needs, s.needs) && slices.Equal(r.clears, s.clears)
	return same && l.tightensPeople(next) && l.tightensMoney(next) && l.tightensTiers(next) && l.tightensTimes(next)
}

// brakes says whether a group stops things, clears or recovers: who leaves it
// takes away more than a right to approve.
func (l slowLaw) brakes(group string) bool {
	if slices.Contains(l.roles["freeze"], group) || slices.Contains(l.roles["veto"], group) {
		return true
	}
	return slices.ContainsFunc(l.sittings(), func(s slowSeats) bool {
		uses := s.clears
		if s.maker == "counted" {
			uses = slices.Concat(s.needs, s.clears)
		}
		return slices.ContainsFunc(uses, func(n slowNeed) bool { return n.group == group })
	})
}

func (l slowLaw) brake(officer string) bool {
	for g, members := range l.groups {
		if slices.Contains(members, officer) && l.brakes(g) {
			return true
		}
	}
	return false
}

func (l slowLaw) tightensPeople(next slowLaw) bool {
	for o := range next.keys {
		if l.keys[o] == nil || l.names[o] != next.names[o] || l.terms[o] != next.terms[o] || !slices.Equal(l.keys[o], next.keys[o]) {
			return false
		}
		if next.factors[o] < l.factors[o] || next.factors[o] > l.factors[o] && l.brake(o) {
			return false
		}
	}
	for o := range l.keys {
		if next.keys[o] == nil && l.brake(o) {
			return false
		}
	}
	for g, members := range next.groups {
		if slices.ContainsFunc(members, func(o string) bool { return !slices.Contains(l.groups[g], o) }) {
			return false
		}
	}
	for g, members := range l.groups {
		if l.brakes(g) && slices.ContainsFunc(members, func(o string) bool { return !slices.Contains(next.groups[g], o) }) {
			return false
		}
	}
	return true
}

func (l slowLaw) tightensMoney(next slowLaw) bool {
	for _, v := range l.velocities {
		if !slices.ContainsFunc(next.velocities, func(n slowPayee) bool { return n.cap <= v.cap && n.window >= v.window }) {
			return false
		}
	}
	for label, p := range next.payees {
		if was, listed := l.payees[label]; !listed || was.at != p.at || p.cap > was.cap || p.window < was.window {
			return false
		}
	}
	for c := range l.conflicts {
		_, payee := next.payees[c[0]]
		if !next.conflicts[c] && payee && next.keys[c[1]] != nil {
			return false
		}
	}
	return true
}

func (l slowLaw) tightensTimes(next slowLaw) bool {
	for _, name := range slowActs {
		if !l.acts[name].noMoreThan(next.acts[name]) {
			return false
		}
	}
	for what, quiet := range l.quiet {
		if next.quiet[what] < quiet {
			return false
		}
	}
	for _, n := range []string{"fee-rate-max", "anchor-age-max", "clear-age-max", "expiry-max"} {
		if next.numbers[n] > l.numbers[n] {
			return false
		}
	}
	return next.share <= l.share && (next.every || !l.every)
}

// noMoreThan says whether whoever satisfies the other act satisfies this one.
func (a slowAct) noMoreThan(b slowAct) bool {
	asks := func(needs []slowNeed, group string) int {
		for _, n := range needs {
			if n.group == group {
				return n.seats
			}
		}
		return 0
	}
	less := func(old, next []slowNeed) bool {
		return slices.ContainsFunc(old, func(n slowNeed) bool { return asks(next, n.group) < n.seats })
	}
	return b.cool >= a.cool && (b.stamped || !a.stamped) && !less(a.needs, b.needs) && !less(a.clears, b.clears)
}

func (t slowTier) asks() slowAct { return slowAct{cool: t.cool, needs: t.needs, clears: t.clears} }

// tightensTiers looks at every mix of what was released in each window, as far as
// an edge tells it from another: what passes a tier now has to have passed one
// before that asked for no more, and the mildest and the last have to stay so.
func (l slowLaw) tightensTiers(next slowLaw) bool {
	for _, t := range next.tiers {
		i := slices.IndexFunc(l.tiers, func(o slowTier) bool { return o.id == t.id })
		if i >= 0 && (t.below > l.tiers[i].below || t.window < l.tiers[i].window || !l.tiers[i].asks().noMoreThan(t.asks())) {
			return false
		}
	}
	windows, edges := map[int]bool{}, map[int64]bool{0: true}
	for _, t := range slices.Concat(l.tiers, next.tiers) {
		windows[t.window], edges[t.below] = true, true
	}
	return l.mixes(next, slices.Sorted(maps.Keys(windows)), slices.Sorted(maps.Keys(edges)), map[int]int64{}, 0)
}

// mixes tries every amount for the windows that are left: the longer one holds at
// least as much.
func (l slowLaw) mixes(next slowLaw, windows []int, edges []int64, used map[int]int64, least int64) bool {
	if len(windows) == 0 {
		was, is := lands(l.tiers, used), lands(next.tiers, used)
		if is < 0 {
			return true
		}
		return was >= 0 && l.tiers[was].asks().noMoreThan(next.tiers[is].asks()) && (is > 0 || was == 0) && (was < len(l.tiers)-1 || is == len(next.tiers)-1)
	}
	for _, e := range edges {
		if e < least {
			continue
		}
		used[windows[0]] = e
		if !l.mixes(next, windows[1:], edges, used, e) {
			return false
		}
	}
	return true
}

func lands(tiers []slowTier, used map[int]int64) int {
	return slices.IndexFunc(tiers, func(t slowTier) bool { return used[t.window] < t.below })
}
