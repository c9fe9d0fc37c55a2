package policy

import (
	"math/big"
	"slices"
)

// endOfFork is what findings and the table call the seats that end a fork: two
// versions of the policy in force on different signers.
const endOfFork = "ending a fork"

// forkCool returns how long the end of a fork waits: as long as a loosening, in
// its mode, or as recovery, whichever is longer.
func (p *Policy) forkCool() (uint32, Mode) {
	loosen, _ := p.Act(Loosen)
	return max(loosen.Cool, p.Recovery.Cool), loosen.Mode
}

// seatPlans are several ways to fill an act: a coalition of any of them is one of
// the act.
type seatPlans []seatPlan

// endings returns what ends a fork, of the people who are there: the seats of
// loosen and of recovery filled at once by different people, and the clearances of
// loosen by people who do not recover. The maker is a proposer. One who recovers
// takes one of recovery's seats, a plan for each line of it; anybody else comes on
// top of the seats.
func (r *roster) endings(there crowd) seatPlans {
	var out seatPlans
	add := func(maker crowd, line int) {
		if plan := r.ending(there, maker, line); plan.possible() {
			out = append(out, plan)
		}
	}
	add(r.proposers.without(r.recovers), len(r.policy.Recovery.Needs))
	for i, n := range r.policy.Recovery.Needs {
		add(r.proposers.and(r.groups[n.Group]), i)
	}
	return out
}

// ending is the plan in which the maker fills a seat of one line of recovery.
func (r *roster) ending(there, maker crowd, line int) seatPlan {
	loosen, _ := r.policy.Act(Loosen)
	s := seatPlan{undecided: len(loosen.Needs)+len(r.policy.Recovery.Needs) == 0}
	s.ask(1, maker.and(there))
	for _, n := range loosen.Needs {
		s.ask(n.Seats, r.groups[n.Group].and(there))
	}
	for i, n := range r.policy.Recovery.Needs {
		if i == line {
			n.Seats--
		}
		s.ask(n.Seats, r.groups[n.Group].and(there))
	}
	for _, n := range loosen.Clears {
		s.ask(n.Seats, r.groups[n.Group].and(there).without(r.recovers))
	}
	return s
}

// indispensable returns who is in every coalition of every plan, and false when
// there is no plan.
func (s seatPlans) indispensable() (crowd, bool) {
	var out crowd
	for i, plan := range s {
		always, _ := plan.indispensable()
		if i == 0 {
			out = always
		}
		out = out.and(always)
	}
	return out, len(s) > 0
}

// smallest returns the plans that take the fewest people.
func (s seatPlans) smallest() seatPlans {
	var out seatPlans
	for _, plan := range s {
		if len(out) > 0 && plan.size() < out[0].size() {
			out = nil
		}
		if len(out) == 0 || plan.size() == out[0].size() {
			out = append(out, plan)
		}
	}
	return out
}

// forkRow returns the row of the end of a fork.
func (t *tabulator) forkRow() Row {
	cool, mode := t.policy.forkCool()
	row := t.waiting(endOfFork, cool, mode)
	plans := t.endings(t.there)
	least := plans.smallest()
	if len(least) == 0 {
		return row
	}
	row.People, row.Ways = least[0].size(), nil
	if len(least) == 1 {
		row.Ways = least[0].ways() // what two plans share would count twice
	}
	blocks, exact := t.stops(plans)
	row.block(blocks, exact)
	return row
}

// stops returns who stops all the plans, and false where that is not everybody
// who can: then those who do it alone are listed, at least.
func (t *tabulator) stops(plans seatPlans) ([]Block, bool) {
	if len(plans) == 1 {
		blocks, exact := plans[0].blocks()
		return t.listed(blocks), exact
	}
	var several []Block
	if len(plans) == 2 {
		first, exactFirst := plans[0].blocks()
		second, exactSecond := plans[1].blocks()
		blocks, exact := oneBlock(t.kills(first, second))
		if exact && exactFirst && exactSecond {
			return blocks, true
		}
		several = slices.DeleteFunc(blocks, func(b Block) bool { return b.Any == 1 })
	}
	alone, _ := plans.indispensable()
	if alone.empty() {
		return several, false
	}
	return append([]Block{{1, t.names(alone)}}, several...), false
}

// oneBlock returns the kills that one block makes, and false when there are others.
func oneBlock(kills []Kill) ([]Block, bool) {
	out := make([]Block, 0, len(kills))
	for _, k := range kills {
		if len(k.All) == 1 {
			out = append(out, k.All[0])
		}
	}
	slices.SortFunc(out, compareBlocks)
	return out, len(out) == len(kills)
}

// waiting returns the row of an act that nobody can bring about, with what its
// wait costs.
func (t *tabulator) waiting(name string, cool uint32, mode Mode) Row {
	row := Row{Name: name, Cool: cool, Mode: mode, Ways: new(big.Int)}
	if t.policy.Clock == ClockFull {
		row.Price = priceOfTime(cool, t.height)
	}
	return row
}

// block sets who stops the row's act.
func (r *Row) block(blocks []Block, exact bool) {
	r.Blocks, r.More = blocks, !exact
	if len(blocks) > maxBlocks {
		r.Blocks, r.More = blocks[:maxBlocks], true
	}
}

// fork warns of people without whom a fork is not ended by its own seats, now or
// when terms end. It is no error: these seats ask for nearly everybody of a small
// vault, and a loosening that drops the signers with the other policy, which is
// judged with the acts, ends a fork too.
func (l *linter) fork() {
	always, ok := l.endings(l.there).indispensable()
	switch {
	case !ok:
		l.warn(LintFork, "%s: want people for the seats of loosen and of recovery at once, found too few; only a loosening that drops signers would end one", endOfFork)
		return
	case !always.empty():
		l.warn(LintFork, "%s: want the seats of loosen and of recovery filled at once without any one officer, found that nobody may be missing of %s", endOfFork, spacedIDs(l.names(always)))
	}
	until, locked := l.closesAfter(l.ends, func(there crowd) bool { return len(l.endings(there)) > 0 })
	if locked {
		l.warn(LintFork, "%s: want people for its seats when the terms of %s end, found too few after height %d", endOfFork, spacedIDs(l.ended(until)), until)
	}
}
