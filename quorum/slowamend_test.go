package quorum_test

import (
	"maps"
	"slices"
	"strings"

	"strongroom/quorum/policy"
)

// fitsAmendment holds the next version to the rules of the chain, but for its
// seats.
func (w slowCourt) fitsAmendment(p *slowPlea, others map[string][]slowEvent) bool {
	for _, log := range others {
		if slices.ContainsFunc(log, func(e slowEvent) bool { return e.what == "adopted" && e.version == p.version && e.policy != p.policy }) {
			return false // it would be the fork
		}
	}
	if len(p.changes) == 0 || p.version != len(w.laws)+1 || p.hidden || p.orphan || p.altered || !p.next.sound() || !w.fitsThings(p) {
		return false
	}
	class := slowClass(w.head(), p.next, p.changes)
	if p.class != class && p.class != policy.ClassLoosen && p.class != policy.ClassRecovery {
		return false
	}
	if p.class == policy.ClassTighten && w.closes(p) || p.class == policy.ClassDestination && w.returns(p) || !w.consents(p) {
		return false
	}
	if p.class == policy.ClassRekey {
		changed := strings.Fields(p.changes[0].Line)[1]
		if p.maker.officer != changed || !slices.Contains(p.next.keys[changed], p.maker.key) {
			return false
		}
	}
	return w.settled(p, others) || w.dormant(p, others) && w.free(p, others)
}

// fitsThings says whether wallets and signers keep their names, and a new signer
// brings its log.
func (w slowCourt) fitsThings(p *slowPlea) bool {
	for id, purse := range p.next.purses {
		for _, l := range w.laws {
			old, there := l.purses[id]
			if there && (old.descriptor != purse.descriptor || old.needs != purse.needs || old.keys() != purse.keys()) {
				return false
			}
		}
	}
	for d, key := range p.next.devices {
		if old := w.head().devices[d]; old != "" && old != key || old == "" && !p.newcomer {
			return false
		}
	}
	return true
}

// touches says whether a change is about who sits where, or what an act takes.
func touches(changes []policy.Change) bool {
	seats := strings.Fields("officer signer factor term group role need clear act recovery")
	return slices.ContainsFunc(changes, func(c policy.Change) bool { return slices.Contains(seats, strings.Fields(c.Line)[0]) })
}

// closes says whether a tightening leaves seats without a spare that had one.
func (w slowCourt) closes(p *slowPlea) bool {
	if !touches(p.changes) {
		return false
	}
	before := w.head().troubles(w.tip)
	for x := range p.next.troubles(w.tip) {
		if !before[x] {
			return true
		}
	}
	return false
}

// returns says whether a payee that comes was ever listed before, by its label or
// by its place.
func (w slowCourt) returns(p *slowPlea) bool {
	for label, to := range p.next.payees {
		if _, there := w.head().payees[label]; there {
			continue
		}
		for _, l := range w.laws {
			if _, listed := l.payees[label]; listed || slices.ContainsFunc(slices.Collect(maps.Values(l.payees)), func(o slowTo) bool { return o.at == to.at }) {
				return true
			}
		}
	}
	return false
}

// consents says whether everybody with a new key signed the next policy with it,
// and who was there before has no more than one.
func (w slowCourt) consents(p *slowPlea) bool {
	for o, keys := range p.next.keys {
		old := w.head().keys[o]
		fresh := slices.DeleteFunc(slices.Clone(keys), func(k int) bool { return slices.Contains(old, k) })
		if len(fresh) == 0 {
			continue
		}
		if old != nil && len(fresh) > 1 {
			return false
		}
		if !slices.ContainsFunc(p.consented, func(v slowVote) bool { return v.officer == o && slices.Contains(fresh, v.key) && p.next.good(v) }) {
			return false
		}
	}
	return true
}

// dormant says whether nobody but those who recover has given a sign of life.
func (w slowCourt) dormant(p *slowPlea, others map[string][]slowEvent) bool {
	if p.class != policy.ClassRecovery {
		return true
	}
	head := w.head()
	for _, v := range p.approved {
		if head.good(v) && !head.recovers(v.officer) {
			return false
		}
	}
	newest := 0
	for _, log := range append(slices.Collect(maps.Values(others)), p.logs["signer-a"]) {
		for _, e := range log {
			machine := slices.Contains([]string{"genesis", "enrolled", "quarantine", "refused"}, e.what)
			if !machine && e.id != p.id {
				newest = max(newest, e.at)
			}
		}
	}
	return w.tip-newest >= head.numbers["after"]
}

// free says whether no other change stands in the way: one that waits on any
// signer, a loosening that is quiet, a tightening of the last six hours.
func (w slowCourt) free(p *slowPlea, others map[string][]slowEvent) bool {
	if p.class == policy.ClassDestination || p.class == policy.ClassReanchor {
		return true
	}
	logs := maps.Clone(others)
	logs["signer-a"] = p.logs["signer-a"]
	for _, log := range logs {
		for i, e := range log {
			serial := e.class == "loosen" || e.class == "rekey" || e.class == "recovery"
			if e.what == "recorded" && e.kind == "amendment" && serial && e.id != p.id && i > lastOf(log, "resync") && w.waits(log, i, logs) {
				return false
			}
		}
	}
	if p.class == policy.ClassTighten {
		for _, l := range w.laws {
			if l.class == policy.ClassTighten && w.tip-l.at < 36 {
				return false
			}
		}
		return true
	}
	return p.class == policy.ClassRecovery || !w.quietLaw()
}

// waits says whether a change that one log holds may still take effect: it is not
// dead, not late, and made under the newest version.
func (w slowCourt) waits(log []slowEvent, i int, logs map[string][]slowEvent) bool {
	version := 1
	for j, e := range log {
		if e.what == "adopted" && j > i {
			return false
		}
		if e.what == "adopted" {
			version = e.version
		}
	}
	for _, other := range logs {
		if gone(other, log[i].id) {
			return false
		}
	}
	return version >= len(w.laws) && w.tip <= log[i].expires
}

// staysOpen says whether those who approve and consent could change the next
// version again, where who decides changes. Whoever's term ends before such a
// change could be through does not count, nor the maker but in recovery.
func (w slowCourt) staysOpen(p *slowPlea, approved []string) bool {
	if p.class == policy.ClassRekey || !touches(p.changes) {
		return true
	}
	var people []string
	for _, v := range append(slices.Clone(p.approved), p.maker) {
		if slices.Contains(approved, v.officer) && p.next.good(v) {
			people = append(people, v.officer)
		}
	}
	for _, v := range p.consented {
		if p.next.good(v) {
			people = append(people, v.officer)
		}
	}
	loosen := p.next.acts["loosen"]
	people = slices.DeleteFunc(people, func(o string) bool {
		end := p.next.terms[o]
		return end > 0 && end < w.tip+loosen.cool || o == p.maker.officer && p.class != policy.ClassRecovery
	})
	return slowSeat(p.next.groups, loosen.needs, people, nil, nil)
}
