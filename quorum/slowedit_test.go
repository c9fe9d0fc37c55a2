package quorum_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"strongroom/quorum/policy"
)

// labels returns the payees, sorted.
func (l slowLaw) labels() []string { return slices.Sorted(maps.Keys(l.payees)) }

// slowEdit changes one thing.
type slowEdit func(r *rand.Rand, l *slowLaw)

// edits returns changes by what they mostly are; none is sure to be it, or to
// change anything.
func slowEdits() map[policy.Class][]slowEdit {
	return map[policy.Class][]slowEdit{
		policy.ClassTighten:     slices.Concat(editNumbers(1), []slowEdit{losePayee, losePayee, losePayee, addConflict, conflictMany, loseMember, loseMember, loseMember, loseOfficer, loseTier, moreFactor, addVelocity}),
		policy.ClassDestination: {addPayee, raiseCap, returnPayee},
		policy.ClassLoosen:      slices.Concat(editNumbers(-1), []slowEdit{addOfficer, addOfficer, addMember, rename, newTerm, swapRole, moveMoney, addPurse, swapDevice, loseDevice, editRecovery, loseMember, loseFactor, addGroup, otherTiers}),
		policy.ClassRekey:       {addKey, loseKey, swapKey, swapKey, twoKeys},
	}
}

// editNumbers are changes of one number up or down.
func editNumbers(up int) []slowEdit {
	act := func(r *rand.Rand, l *slowLaw, edit func(*slowAct)) {
		name := pickOne(r, slowActs...)
		a := l.acts[name]
		edit(&a)
		a.needs = once(a.needs)
		l.acts[name] = a
	}
	return []slowEdit{
		func(r *rand.Rand, l *slowLaw) {
			act(r, l, func(a *slowAct) { a.cool = max(0, a.cool+up*(1+r.IntN(9))) })
		},
		func(r *rand.Rand, l *slowLaw) {
			act(r, l, func(a *slowAct) { a.needs[0].seats = max(1, a.needs[0].seats+up) })
		},
		func(r *rand.Rand, l *slowLaw) { act(r, l, func(a *slowAct) { a.stamped = up > 0 }) },
		func(r *rand.Rand, l *slowLaw) {
			act(r, l, func(a *slowAct) { a.clears = pickOne(r, nil, []slowNeed{{1, "watch"}}) })
		},
		func(r *rand.Rand, l *slowLaw) {
			act(r, l, func(a *slowAct) { a.needs = once(append(a.needs, slowNeed{1, "risk"})) })
		},
		func(r *rand.Rand, l *slowLaw) {
			t := &l.tiers[r.IntN(len(l.tiers))]
			switch r.IntN(4) {
			case 0:
				t.below -= int64(up) * 1_000_000
			case 1:
				t.window += up * 5
			case 2:
				t.cool = max(0, t.cool+up)
			default:
				t.needs[0].seats = max(1, t.needs[0].seats+up)
				t.needs = once(t.needs)
			}
		},
		func(r *rand.Rand, l *slowLaw) {
			if n := pickOne(r, "fee-rate-max", "anchor-age-max", "clear-age-max", "expiry-max", "reorg-max", "after"); r.IntN(2) == 0 || n != "reorg-max" && n != "after" {
				l.numbers[n] = max(1, l.numbers[n]-up*(1+r.IntN(9)))
			}
		},
		func(r *rand.Rand, l *slowLaw) {
			what := pickOne(r, "destination", "policy", "signer")
			l.quiet[what] = max(0, l.quiet[what]+up*(1+r.IntN(9)))
		},
		func(r *rand.Rand, l *slowLaw) { l.every = up > 0 },
		func(r *rand.Rand, l *slowLaw) { l.share = pickOne(r, "0.10", "0.50", "0.60") },
		func(r *rand.Rand, l *slowLaw) {
			for _, label := range l.labels() {
				p := l.payees[label]
				p.cap, p.window = p.cap-int64(up)*1_000_000*int64(r.IntN(2)), max(1, p.window+up*r.IntN(2))
				l.payees[label] = p
			}
		},
	}
}

func losePayee(r *rand.Rand, l *slowLaw) {
	if len(l.payees) > 0 {
		label := pickOne(r, l.labels()...)
		delete(l.payees, label)
		maps.DeleteFunc(l.conflicts, func(c [2]string, _ bool) bool { return c[0] == label })
	}
}

func addConflict(r *rand.Rand, l *slowLaw) {
	if len(l.payees) == 0 {
		return
	}
	if r.IntN(4) == 0 {
		l.conflicts = map[[2]string]bool{}
	}
	l.conflicts[[2]string{pickOne(r, l.labels()...), pickOne(r, l.people()...)}] = true
}

// conflictMany leaves few who may let a payee be paid, and touches an act besides.
func conflictMany(r *rand.Rand, l *slowLaw) {
	if len(l.payees) == 0 {
		return
	}
	label := pickOne(r, l.labels()...)
	for _, o := range some(r, l.groups["treasury"], 0.4) {
		l.conflicts[[2]string{label, o}] = true
	}
	a := l.acts["thaw"]
	a.cool++
	l.acts["thaw"] = a
}

func addVelocity(r *rand.Rand, l *slowLaw) {
	last := 0
	if n := len(l.velocities); n > 0 {
		last = l.velocities[n-1].window
	}
	l.velocities = append(l.velocities, slowPayee{1_000_000 * int64(40+r.IntN(150)), last + 1 + r.IntN(20)})
	if r.IntN(3) == 0 {
		l.velocities = l.velocities[1:]
	}
}

func loseMember(r *rand.Rand, l *slowLaw) {
	g := pickOne(r, "risk", "treasury", "treasury", "watch")
	if members := l.groups[g]; len(members) > 0 {
		l.groups[g] = slowLess(members, pickOne(r, members...))
	}
}

func loseOfficer(r *rand.Rand, l *slowLaw) {
	o := pickOne(r, l.people()...)
	delete(l.keys, o)
	delete(l.names, o)
	delete(l.factors, o)
	delete(l.terms, o)
	for g := range l.groups {
		l.groups[g] = slowLess(l.groups[g], o)
	}
	maps.DeleteFunc(l.conflicts, func(c [2]string, _ bool) bool { return c[1] == o })
}

func loseTier(r *rand.Rand, l *slowLaw) {
	if i := r.IntN(len(l.tiers)); len(l.tiers) > 1 {
		l.tiers = slices.Delete(l.tiers, i, i+1)
	}
}

func otherTiers(r *rand.Rand, l *slowLaw) {
	fresh := slowLaw{keys: l.keys, payees: map[string]slowTo{}, conflicts: map[[2]string]bool{}}
	fresh.drawMoney(r)
	l.tiers = fresh.tiers
}

func moreFactor(r *rand.Rand, l *slowLaw) {
	o := pickOne(r, l.people()...)
	l.factors[o] = min(len(slowFactors)-1, l.factors[o]+1+r.IntN(2))
}

func loseFactor(r *rand.Rand, l *slowLaw) { l.factors[pickOne(r, l.people()...)] = 0 }

func addPayee(r *rand.Rand, l *slowLaw) {
	label := pickOne(r, "desk", "fresh", "hot", "payroll")
	l.payees[label] = slowTo{label, 1_000_000 * int64(20+r.IntN(80)), 1 + r.IntN(80)}
}

// returnPayee lists what may have been listed before, by another name or at
// another place.
func returnPayee(r *rand.Rand, l *slowLaw) {
	for _, at := range []string{"payroll", "hot", "desk", "elsewhere"} {
		if _, listed := l.payees[at]; !listed {
			l.payees[pickOne(r, at, "again", "again")] = slowTo{at, 30_000_000, 20}
			return
		}
	}
}

func raiseCap(r *rand.Rand, l *slowLaw) {
	if len(l.payees) > 0 {
		label := pickOne(r, l.labels()...)
		p := l.payees[label]
		p.cap += 1_000_000
		p.window += r.IntN(8) / 7
		l.payees[label] = p
	}
}

func addOfficer(r *rand.Rand, l *slowLaw) {
	o := pickOne(r, "kate", "liam")
	l.keys[o], l.names[o] = pickOne(r, []int{0}, []int{0, 10}), o
	g := pickOne(r, "risk", "treasury", "watch")
	if !slices.Contains(l.groups[g], o) {
		l.groups[g] = append(slices.Clone(l.groups[g]), o)
		slices.Sort(l.groups[g])
	}
}

func addMember(r *rand.Rand, l *slowLaw) {
	g, o := pickOne(r, "recovery", "risk", "treasury", "watch"), pickOne(r, l.people()...)
	if !slices.Contains(l.groups[g], o) {
		l.groups[g] = append(slices.Clone(l.groups[g]), o)
		slices.Sort(l.groups[g])
	}
}

func addGroup(r *rand.Rand, l *slowLaw) {
	l.groups["board"] = some(r, l.people(), 0.6)
	if r.IntN(2) == 0 {
		l.acts["sweep"] = slowAct{needs: []slowNeed{{1, "board"}, {1, "treasury"}}}
	}
}

func rename(r *rand.Rand, l *slowLaw) { l.names[pickOne(r, l.people()...)] += " Example" }

func newTerm(r *rand.Rand, l *slowLaw) {
	l.terms[pickOne(r, l.people()...)] = pickOne(r, 0, slowNow-1+r.IntN(30))
}

func swapRole(r *rand.Rand, l *slowLaw) {
	role := pickOne(r, "freeze", "propose", "veto")
	l.roles[role] = pickOne(r, []string{"treasury"}, []string{"risk", "treasury"}, []string{"watch"})
}

func moveMoney(r *rand.Rand, l *slowLaw) {
	if len(l.payees) > 0 {
		label := pickOne(r, l.labels()...)
		p := l.payees[label]
		p.at += "-new"
		l.payees[label] = p
	}
}

func addPurse(r *rand.Rand, l *slowLaw) {
	main := l.purses["main"]
	switch r.IntN(4) {
	case 0:
		l.purses["third"] = slowPurse{pickOne(r, "next", "retired", "active"), 0x33, 2, main.signers[:2], r.IntN(3)}
	case 1:
		main.state = pickOne(r, "active", "retired")
		l.purses["main"] = main
	case 2: // the name is taken
		main.descriptor = 0x44
		l.purses["main"] = main
	default: // two halves
		l.purses["half"] = slowPurse{"retired", 0x55, 1, main.signers[:2], 0}
	}
}

// swapDevice replaces the last signer by one that is new, or its log key.
func swapDevice(r *rand.Rand, l *slowLaw) {
	names := slices.Sorted(maps.Keys(l.devices))
	last := names[len(names)-1]
	if last == "signer-d" {
		return
	}
	if r.IntN(4) == 0 {
		l.devices[last] = slowDevice(last, 9)
		return
	}
	delete(l.devices, last)
	l.devices["signer-d"] = slowDevice("signer-d", 0)
	for id, p := range l.purses {
		p.signers = slices.Clone(p.signers)
		for i := range p.signers {
			if p.signers[i] == last {
				p.signers[i] = "signer-d"
			}
		}
		l.purses[id] = p
	}
}

func loseDevice(r *rand.Rand, l *slowLaw) { delete(l.devices, "signer-c") }

func editRecovery(r *rand.Rand, l *slowLaw) {
	a := l.acts["recovery"]
	switch r.IntN(3) {
	case 0:
		a.cool = 1 + r.IntN(9)
	case 1:
		a.clears = []slowNeed{{1, "watch"}}
	default:
		a.needs = []slowNeed{{2, pickOne(r, "recovery", "risk")}}
	}
	l.acts["recovery"] = a
}

func addKey(r *rand.Rand, l *slowLaw) {
	o, k := pickOne(r, l.people()...), pickOne(r, 2, 12)
	if !slices.Contains(l.keys[o], k) {
		l.keys[o] = append(slices.Clone(l.keys[o]), k)
	}
}

func loseKey(r *rand.Rand, l *slowLaw) {
	if o := pickOne(r, l.people()...); len(l.keys[o]) > 1 {
		l.keys[o] = l.keys[o][:1]
	}
}

func swapKey(r *rand.Rand, l *slowLaw) {
	o := pickOne(r, l.people()...)
	for range 9 {
		if len(l.keys[o]) > 1 {
			break
		}
		o = pickOne(r, l.people()...)
	}
	l.keys[o] = append(slices.Clone(l.keys[o][:len(l.keys[o])-1]), pickOne(r, 3, 13))
}

func twoKeys(r *rand.Rand, l *slowLaw) {
	o := pickOne(r, l.people()...)
	l.keys[o] = append(slices.Clone(l.keys[o]), 4, 14)
}

// spoil makes a law unsound, mostly.
func spoil(r *rand.Rand, l *slowLaw) {
	switch r.IntN(8) {
	case 0:
		l.numbers["expiry-max"] = 4319 + r.IntN(3)
	case 1:
		l.quiet["policy"] = 4319 + r.IntN(3)
	case 2:
		a := l.acts["thaw"]
		a.cool = 8639 + r.IntN(3)
		l.acts["thaw"] = a
	case 3:
		l.origin = "2016" + strings.TrimPrefix(slowOrigin, "0")
	case 4:
		l.vault = "acme-other"
	case 5:
		a := l.acts["resync"]
		a.needs = []slowNeed{{1 + r.IntN(6), "treasury"}}
		l.acts["resync"] = a
	case 6:
		l.conflicts[[2]string{pickOne(r, "desk", "nowhere"), "alice"}] = true
	default:
		l.numbers["reorg-max"] = 143 + r.IntN(3)
	}
}
