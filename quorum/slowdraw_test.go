package quorum_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
)

func pickOne[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// drawLaw draws a first policy that is sound.
func drawLaw(r *rand.Rand, devices map[string]string, ring slowRing) slowLaw {
	for {
		if l := tryLaw(r, devices, ring); l.sound() {
			return l
		}
	}
}

func tryLaw(r *rand.Rand, devices map[string]string, ring slowRing) slowLaw {
	l := slowLaw{keys: map[string][]int{}, names: map[string]string{}, factors: map[string]int{}, terms: map[string]int{}, groups: map[string][]string{}, roles: map[string][]string{},
		payees: map[string]slowTo{}, conflicts: map[[2]string]bool{}, acts: map[string]slowAct{}, quiet: map[string]int{}, devices: maps.Clone(devices), purses: map[string]slowPurse{},
		every: r.IntN(2) == 0, share: "0.50", vault: "acme-treasury", origin: slowOrigin, ring: ring}
	people := slowPeople[:7+r.IntN(2)]
	for _, o := range people {
		l.names[o], l.keys[o] = o, pickOne(r, []int{0}, []int{0, 1}, []int{0, 10}, []int{10, 20})
		if l.keys[o][len(l.keys[o])-1] >= 10 && r.IntN(3) == 0 {
			l.factors[o] = 1 + r.IntN(3)
		}
		if r.IntN(16) == 0 {
			l.terms[o] = pickOne(r, slowNow-1, slowNow, slowNow+r.IntN(30))
		}
	}
	l.groups = map[string][]string{"recovery": people[2 : 5+r.IntN(2)], "risk": people[3 : 6+r.IntN(2)], "treasury": people[:5+r.IntN(2)], "watch": people[5:]}
	l.roles = map[string][]string{"freeze": pickOne(r, []string{"treasury", "watch"}, []string{"watch"}, []string{"risk"}), "propose": pickOne(r, []string{"treasury"}, []string{"risk", "treasury"}),
		"veto": pickOne(r, []string{"watch"}, []string{"risk", "watch"}, []string{"treasury"})}
	l.drawMoney(r)
	for _, name := range slowActs {
		l.acts[name] = drawAct(r)
	}
	l.acts["recovery"] = slowAct{cool: r.IntN(2) * r.IntN(20), needs: []slowNeed{{2, "recovery"}}, clears: pickOne(r, nil, []slowNeed{{1, "watch"}})}
	l.numbers = map[string]int{"after": 1 + r.IntN(40), "fee-rate-max": 300, "anchor-age-max": 12, "clear-age-max": 5 + r.IntN(40), "expiry-max": 60 + r.IntN(60), "reorg-max": 100}
	for _, what := range []string{"destination", "policy", "signer"} {
		l.quiet[what] = r.IntN(2) * r.IntN(30)
	}
	l.drawPurses(r)
	return l
}

func drawAct(r *rand.Rand) slowAct {
	a := slowAct{needs: []slowNeed{{2, "treasury"}}, stamped: r.IntN(3) == 0}
	switch r.IntN(5) {
	case 0:
		a.needs = []slowNeed{{1, "risk"}, {1, "treasury"}}
	case 1:
		a.needs = []slowNeed{{1, "risk"}, {2, "treasury"}}
	}
	if r.IntN(4) == 0 {
		a.clears = []slowNeed{{1, "watch"}}
	}
	if r.IntN(2) == 0 {
		a.cool = 1 + r.IntN(20)
	}
	return a
}

func (l *slowLaw) drawMoney(r *rand.Rand) {
	below := int64(0)
	for i := range 1 + r.IntN(3) {
		a := drawAct(r)
		below += 1_000_000 * int64(20+r.IntN(80))
		l.tiers = append(l.tiers, slowTier{fmt.Sprintf("t%d", i), below, 10 + 10*r.IntN(5), a.cool, a.needs, a.clears})
	}
	for i := range r.IntN(3) {
		l.velocities = append(l.velocities, slowPayee{1_000_000 * int64(40+r.IntN(150)), 10 + 30*i + r.IntN(20)})
	}
	for _, label := range []string{"desk", "hot", "payroll"} {
		if r.IntN(3) > 0 {
			l.payees[label] = slowTo{label, 1_000_000 * int64(20+r.IntN(80)), 1 + r.IntN(80)}
			if r.IntN(4) == 0 {
				l.conflicts[[2]string{label, pickOne(r, l.people()...)}] = true
			}
		}
	}
}

// drawPurses gives the keys of the first wallet to two signers and a hardware
// wallet, or to all signers, and there may be one that comes and one that goes.
func (l *slowLaw) drawPurses(r *rand.Rand) {
	names := slices.Sorted(maps.Keys(l.devices))
	main := slowPurse{"active", 0x11, 2, names[:2+r.IntN(len(names)-1)], 0}
	if len(main.signers) == 2 {
		main.outside = 1
	}
	l.purses["main"] = main
	if r.IntN(6) > 0 {
		l.purses["spare"] = slowPurse{pickOne(r, "next", "next", "next", "next", "retired"), 0x22, 2, names[:2], 1}
	}
}
