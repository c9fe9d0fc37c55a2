package quorum_test

import (
	"fmt"
	"maps"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// slowEvent is one record of a signer's log, as far as a judge cares.
type slowEvent struct {
	what    string // the record's kind
	at      int
	id      text.Hash
	version int       // adopted
	policy  text.Hash // adopted
	kind    string    // recorded
	class   string    // recorded, adopted
	expires int       // recorded
	scope   slowFreeze
	other   text.Hash // what is lifted or replaced
	codes   []string
}

// slowPlea is a proposal of any kind but a withdrawal, all that was signed about
// it, and the logs that were brought with it.
type slowPlea struct {
	kind           quorum.Kind
	law            int // the version named
	stranger       bool
	block, expires int
	offchain       bool // the block named is no block
	maker          slowVote
	mute           bool // the maker did not sign
	approved       []slowVote
	vetoed         []slowVote
	cleared        []slowClearance

	class     policy.Class
	version   int // adopted
	next      slowLaw
	orphan    bool // it does not follow the head
	hidden    bool // its text is not there
	altered   bool // the lines signed are not those that change
	newcomer  bool // the log of a signer that is new lies beside it
	consented []slowVote
	changes   []policy.Change
	policy    text.Hash

	other     text.Hash // what is lifted, killed or replaced
	target    string    // the maker of what is killed, if its text is there
	scope     slowFreeze
	purse, to string
	moves     int64
	operator  string
	device    string
	from, end int // of a resync
	twisted   bool

	id      text.Hash
	seen    map[string]int
	unseen  bool // a line is missing
	logs    map[string][]slowEvent
	missing string // whose log was left at home

	elsewhere bool     // others may have adopted it
	lost      int      // records that this signer has no longer
	doubt     []string // of this signer, since the proposal was made
	calm      bool     // nothing has happened to it since but that it was recorded
}

// String shows a plea without the versions and the hashes.
func (p *slowPlea) String() string {
	q := *p
	q.next, q.logs = slowLaw{}, nil
	s := fmt.Sprintf("%+v\nid %s", q, p.id.Short())
	for _, name := range slices.Sorted(maps.Keys(p.logs)) {
		s += "\n" + name
		for i, e := range p.logs[name] {
			s += fmt.Sprintf("\n  %d %s at %d %s %d %s %s %s %d %v %s %v", i, e.what, e.at, e.id.Short(), e.version, e.policy.Short(), e.kind, e.class, e.expires, e.scope, e.other.Short(), e.codes)
		}
	}
	return s
}

// slowCourt is what signer-a knows when it judges: its chain's tip, and every
// version of the policy.
type slowCourt struct {
	tip    int
	laws   []slowLaw
	hashes []text.Hash
}

func (w slowCourt) head() slowLaw { return w.laws[len(w.laws)-1] }

// permits says whether the signer may carry it out, or, with record, whether its
// wait may begin.
func (w slowCourt) permits(p *slowPlea, record bool) bool {
	head, mine := w.head(), p.logs["signer-a"]
	if p.kind == quorum.KindFreeze || p.kind == quorum.KindCancel {
		may := p.kind == quorum.KindFreeze && head.may("freeze", p.maker.officer) ||
			p.kind == quorum.KindCancel && (head.may("veto", p.maker.officer) || p.target == p.maker.officer)
		return may && !p.mute && head.good(p.maker) && !record
	}
	under := w.under(p)
	if under == nil || !w.inTime(p, under, mine) || !w.asked(p, under) {
		return false
	}
	others, ok := w.others(p)
	if !ok || !w.alive(p, others, mine) || w.covered(p, others, record) || !w.fits(p, others) {
		return false
	}
	wait := 0
	for _, l := range under {
		a := w.takes(p, l, others)
		wait = max(wait, a.cool)
		if !w.sits(p, l, a, others, record) {
			return false
		}
	}
	at, recorded := recordedAt(mine, p.id)
	lost := p.kind == quorum.KindResync && p.end > len(mine)
	if record {
		return wait > 0 && !recorded && !lost
	}
	switch {
	case wait == 0 || w.settled(p, others):
		return true
	case lost:
		return w.tip-p.block >= wait
	}
	return recorded && w.tip-max(p.block, at) >= wait
}

// under returns the versions that it has to pass under; none when it is dead, or
// newer than the signer.
func (w slowCourt) under(p *slowPlea) []slowLaw {
	if p.law > len(w.laws) || p.stranger {
		return nil
	}
	if p.law == len(w.laws) {
		return []slowLaw{w.head()}
	}
	moves := p.kind == quorum.KindInternal || p.kind == quorum.KindSweep
	for _, later := range w.laws[p.law:] {
		if !moves || later.class != policy.ClassTighten && later.class != policy.ClassDestination {
			return nil
		}
	}
	return []slowLaw{w.laws[p.law-1], w.head()}
}

// inTime says whether the block, the logs and the expiry named fit this signer.
func (w slowCourt) inTime(p *slowPlea, under []slowLaw, mine []slowEvent) bool {
	if p.block > w.tip || p.offchain || p.unseen {
		return false
	}
	lost := p.kind == quorum.KindResync && p.device == "signer-a" && p.seen["signer-a"] > len(mine) && p.seen["signer-a"] <= p.end
	if p.seen["signer-a"] > len(mine) && !lost {
		return false
	}
	if last := lastOf(mine, "resync"); last >= 0 && p.seen["signer-a"] <= last && p.kind != quorum.KindResync {
		return false
	}
	for _, l := range under {
		cool := l.acts[actOf(p)].cool
		if p.kind == quorum.KindResync && slices.Contains(doubts(mine), "POL-FORK") {
			cool = max(cool, l.acts["loosen"].cool, l.acts["recovery"].cool)
		}
		if p.expires > p.block+l.numbers["expiry-max"]+cool+cool/4 {
			return false
		}
	}
	return w.tip <= p.expires || p.kind == quorum.KindAmendment // which may be late where others have it
}

// actOf names the act that a text asks for.
func actOf(p *slowPlea) string {
	if p.kind == quorum.KindAmendment {
		return p.class.String()
	}
	return string(p.kind)
}

// asked says whether somebody who may asked for it, and nobody who may said no.
func (w slowCourt) asked(p *slowPlea, under []slowLaw) bool {
	for _, l := range under {
		for _, v := range p.vetoed {
			anybody := p.kind == quorum.KindAmendment && (p.class == policy.ClassRekey || p.class == policy.ClassRecovery)
			if l.good(v) && (anybody || l.may("veto", v.officer)) {
				return false
			}
		}
		may := l.may("propose", p.maker.officer)
		if p.kind == quorum.KindAmendment && p.class == policy.ClassRecovery {
			may = l.recovers(p.maker.officer)
		}
		if p.kind == quorum.KindAmendment && p.class == policy.ClassRekey {
			may = l.keys[p.maker.officer] != nil
		}
		if !may || p.mute || !l.good(p.maker) {
			return false
		}
	}
	return true
}

// others returns the logs of the other signers that count: all of the head's, but
// where a loosening takes some out, not theirs. Without one of them nothing can
// be judged; and what any of them has seen vetoed or cancelled is dead.
func (w slowCourt) others(p *slowPlea) (map[string][]slowEvent, bool) {
	out := map[string][]slowEvent{}
	for d := range w.head().devices {
		log := p.logs[d]
		if d == p.missing || d != "signer-a" && len(log) < p.seen[d] || gone(log, p.id) {
			return nil, false
		}
		_, stays := p.next.devices[d]
		dropped := p.kind == quorum.KindAmendment && p.class == policy.ClassLoosen && !p.hidden && !stays
		if d != "signer-a" && !dropped {
			out[d] = log
		}
	}
	return out, true
}

// alive says whether the signer is fit to judge it, and it is not too late.
func (w slowCourt) alive(p *slowPlea, others map[string][]slowEvent, mine []slowEvent) bool {
	codes, forked, settled := doubts(mine), w.forked(mine, others), w.settled(p, others)
	if len(codes) > 0 && p.kind != quorum.KindResync {
		ends := len(codes) == 1 && codes[0] == "POL-FORK" && !forked
		if p.kind != quorum.KindAmendment || !settled && !ends {
			return false
		}
	}
	return (!forked || p.kind == quorum.KindResync) && (w.tip <= p.expires || settled)
}

// settled says whether enough others have adopted this very policy: as many with
// a key of a wallet as it takes to move coins, or all there are.
func (w slowCourt) settled(p *slowPlea, others map[string][]slowEvent) bool {
	if p.kind != quorum.KindAmendment {
		return false
	}
	holders := map[string]bool{}
	need := 0
	for _, purse := range w.head().purses {
		for _, s := range purse.signers {
			holders[s] = true
		}
		if purse.state == "active" {
			need = max(need, purse.needs)
		}
	}
	delete(holders, "signer-a")
	have := 0
	for d, log := range others {
		if holders[d] && slices.ContainsFunc(log, func(e slowEvent) bool { return e.what == "adopted" && e.version == p.version && e.policy == p.policy }) {
			have++
		}
	}
	need = min(need, len(holders))
	return need > 0 && have >= need
}

// covered says whether a freeze stops it.
func (w slowCourt) covered(p *slowPlea, others map[string][]slowEvent, record bool) bool {
	moves := p.kind == quorum.KindInternal || p.kind == quorum.KindSweep
	amends := p.kind == quorum.KindAmendment
	settled := w.settled(p, others)
	for _, f := range standing(p.logs["signer-a"], others) {
		switch f.what {
		case "all":
			if moves || p.kind == quorum.KindRestore || amends && !record && !settled {
				return true
			}
		case "signer":
			if f.name == "signer-a" && (moves || p.kind == quorum.KindRestore) {
				return true
			}
		case "officer":
			if f.name == p.maker.officer && (!amends || p.class != policy.ClassRekey && !settled) {
				return true
			}
		}
	}
	return false
}
