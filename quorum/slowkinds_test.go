package quorum_test

import (
	"maps"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// fits says whether what is asked for can be done at all, whoever asks.
func (w slowCourt) fits(p *slowPlea, others map[string][]slowEvent) bool {
	head := w.head()
	switch p.kind {
	case quorum.KindAmendment:
		return w.fitsAmendment(p, others)
	case quorum.KindThaw:
		_, stands := standing(p.logs["signer-a"], others)[p.other]
		return stands
	case quorum.KindRestore:
		return head.keys[p.operator] != nil
	case quorum.KindInternal:
		in := head.purses[p.purse].state
		return (in == "active" || in == "next") && p.moves > slowFee && w.inLine(p, others)
	case quorum.KindSweep:
		from := head.purses[p.purse].state
		to := head.purses[p.to].state
		return (from == "active" && to == "next" || from == "retired" && (to == "next" || to == "active")) && p.moves > slowFee && w.inLine(p, others) && !w.quietLaw()
	case quorum.KindResync:
		return w.fitsResync(p)
	}
	return true // a rehearsal asks for nothing
}

// inLine says whether what it replaces was released, and by nothing else
// replaced, and so on back to the first.
func (w slowCourt) inLine(p *slowPlea, others map[string][]slowEvent) bool {
	logs := slices.Concat(append(slices.Collect(maps.Values(others)), p.logs["signer-a"])...)
	for id := p.other; id != (text.Hash{}); {
		i := slices.IndexFunc(logs, func(e slowEvent) bool { return e.what == "released" && e.id == id })
		if i < 0 {
			return false
		}
		id = logs[i].other
	}
	return p.other == (text.Hash{}) || !slices.ContainsFunc(logs, func(e slowEvent) bool { return e.what == "released" && e.other == p.other })
}

// quietLaw says whether the rules were loosened a short while ago.
func (w slowCourt) quietLaw() bool {
	for i := 1; i < len(w.laws); i++ {
		v := w.laws[i]
		loose := v.class == policy.ClassLoosen || v.class == policy.ClassRecovery
		if loose && w.tip-v.at < max(v.quiet["policy"], w.laws[i-1].quiet["policy"]) {
			return true
		}
	}
	return false
}

// fitsResync says whether a resync is about this signer and its log, as officers
// know it who saw why it stopped.
func (w slowCourt) fitsResync(p *slowPlea) bool {
	mine := p.logs["signer-a"]
	lost := p.end > len(mine)
	if p.device != "signer-a" || p.from > len(mine) || p.twisted || p.end < p.from {
		return false
	}
	if len(doubts(mine)) > 0 && !lost && p.seen["signer-a"] <= lastOf(mine, "quarantine") {
		return false
	}
	return p.end > lastOf(mine, "resync")
}

// takes returns the seats and the wait that it takes under one version. A signer
// that a fork has stopped takes the seats of loosen and of recovery.
func (w slowCourt) takes(p *slowPlea, l slowLaw, others map[string][]slowEvent) slowAct {
	if p.kind == quorum.KindResync && w.forkResync(p, others) {
		loosen, recovery := l.acts["loosen"], l.acts["recovery"]
		return slowAct{cool: max(loosen.cool, recovery.cool), needs: loosen.needs, clears: loosen.clears}
	}
	return l.acts[actOf(p)]
}

func (w slowCourt) forkResync(p *slowPlea, others map[string][]slowEvent) bool {
	mine := p.logs["signer-a"]
	return slices.Contains(doubts(mine), "POL-FORK") && w.forked(mine, others)
}

// sits says whether different people can fill every seat of one version.
func (w slowCourt) sits(p *slowPlea, l slowLaw, a slowAct, others map[string][]slowEvent, record bool) bool {
	if p.kind == quorum.KindRehearsal {
		return true
	}
	checkers, watchers := w.checkers(p, l, others), w.watchers(p, l, others)
	if p.kind == quorum.KindAmendment && !w.staysOpen(p, checkers) {
		return false
	}
	clears := a.clears
	if record {
		clears = nil
	}
	if p.kind == quorum.KindResync && w.forkResync(p, others) {
		return slowFill(slices.Concat(l.chairs(a.needs, slowLess(checkers, p.maker.officer)), l.chairs(l.acts["recovery"].needs, checkers), l.chairs(clears, watchers)), map[string]bool{})
	}
	return slowFill(slices.Concat(l.chairs(a.needs, checkers), l.chairs(clears, watchers)), map[string]bool{})
}

// chairs lists who of some people may sit in each seat.
func (l slowLaw) chairs(needs []slowNeed, people []string) [][]string {
	var out [][]string
	for _, n := range needs {
		for range n.seats {
			out = append(out, slices.DeleteFunc(slices.Clone(people), func(o string) bool { return !slices.Contains(l.groups[n.group], o) }))
		}
	}
	return out
}

// seatsMaker says whether the maker may fill a seat.
func (w slowCourt) seatsMaker(p *slowPlea, others map[string][]slowEvent) bool {
	return p.kind == quorum.KindAmendment && p.class == policy.ClassRecovery || p.kind == quorum.KindResync && w.forkResync(p, others)
}

// checkers returns whose approval counts.
func (w slowCourt) checkers(p *slowPlea, l slowLaw, others map[string][]slowEvent) []string {
	votes := slices.Clone(p.approved)
	if w.seatsMaker(p, others) {
		votes = append(votes, p.maker)
	} else {
		votes = slices.DeleteFunc(votes, func(v slowVote) bool { return v.officer == p.maker.officer })
	}
	var out []string
	for _, v := range votes {
		if l.good(v) && w.counts(p, l, v, others) && !slices.Contains(out, v.officer) {
			out = append(out, v.officer)
		}
	}
	return out
}

// counts says whether a signature counts now: by somebody who is in office and
// not frozen, with a key that is not new. What others have in force already is
// not asked that again, and the term has to have lasted to the block named.
func (w slowCourt) counts(p *slowPlea, l slowLaw, v slowVote, others map[string][]slowEvent) bool {
	if w.settled(p, others) {
		return l.terms[v.officer] == 0 || p.block <= l.terms[v.officer]
	}
	if l.terms[v.officer] > 0 && w.tip > l.terms[v.officer] {
		return false
	}
	for _, f := range standing(p.logs["signer-a"], others) {
		if f == (slowFreeze{"officer", v.officer}) {
			return false
		}
	}
	return !w.quietKey(v)
}

// quietKey says whether a key is new in the newest version.
func (w slowCourt) quietKey(v slowVote) bool {
	quiet := w.head().quiet["signer"]
	since := 0
	for i, l := range w.laws {
		listed := slices.Contains(l.keys[v.officer], v.key)
		if !listed && i == len(w.laws)-1 {
			return quiet > 0
		}
		if !listed {
			since = i + 1
		}
	}
	return since > 0 && w.tip-w.laws[since].at < quiet
}

// watchers returns whose clearance counts: recent, made after the recording, with
// a key of the newest version, and not by who asks or, in recovery, recovers.
func (w slowCourt) watchers(p *slowPlea, l slowLaw, others map[string][]slowEvent) []string {
	head := w.head()
	_, recorded := recordedAt(p.logs["signer-a"], p.id)
	recovery := p.kind == quorum.KindAmendment && p.class == policy.ClassRecovery
	var out []string
	for _, c := range p.cleared {
		fresh := w.tip-c.height <= head.numbers["clear-age-max"] || w.settled(p, others)
		if fresh && !(recorded && c.early) && head.good(c.slowVote) && w.counts(p, l, c.slowVote, others) && c.officer != p.maker.officer && !(recovery && l.recovers(c.officer)) {
			out = append(out, c.officer)
		}
	}
	return out
}
