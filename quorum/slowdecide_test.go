package quorum_test

import (
	"maps"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// vote draws which key an officer signs with: mostly one that is listed.
func (w *slowBench) vote(officer string) slowVote {
	keys := w.head().keys[officer]
	if len(keys) == 0 || rarely(w.r, 30) {
		return slowVote{officer, w.r.IntN(2)}
	}
	v := slowVote{officer, pickOne(w.r, keys...)}
	if !w.head().good(v) || w.quietKey(v) && !rarely(w.r, 3) {
		v.key = pickOne(w.r, keys...)
	}
	return v
}

func (w *slowBench) whoever(may func(string) bool) string {
	able := slices.DeleteFunc(w.head().people(), func(o string) bool { return !may(o) })
	if len(able) == 0 || rarely(w.r, 15) {
		able = w.head().people()
	}
	return pickOne(w.r, able...)
}

// plead draws a proposal that mostly fits, signed by many.
func (w *slowBench) plead(kind quorum.Kind) *slowPlea {
	r, head := w.r, w.head()
	p := &slowPlea{kind: kind, law: len(w.laws), block: slowNow - r.IntN(30), seen: map[string]int{}, logs: map[string][]slowEvent{}}
	for _, name := range slices.Sorted(maps.Keys(w.logs)) {
		if log := w.logs[name]; head.devices[name] != "" || name == "signer-d" {
			p.logs[name] = slices.Clone(log)
			p.seen[name] = len(log) - r.IntN(3)
		}
	}
	p.newcomer = !rarely(r, 4)
	p.maker = w.vote(w.whoever(func(o string) bool { return head.may("propose", o) }))
	w.ask(p)
	watched, odds := len(head.acts[actOf(p)].clears) > 0, pickOne(r, 0.6, 0.9, 1, 1)
	if kind == quorum.KindResync { // which may take nearly everybody
		watched, odds = true, pickOne(r, 0.9, 1, 1)
	}
	for _, o := range some(r, head.people(), odds) {
		p.approved = append(p.approved, w.vote(o))
		if rarely(r, 10) {
			p.approved = append(p.approved, w.vote(o))
		}
	}
	for _, o := range some(r, append(head.people(), "mallory"), 0.008) {
		p.vetoed = append(p.vetoed, w.vote(o))
	}
	for _, o := range some(r, head.people(), 0.6*float64(rank(watched || rarely(r, 9)))) {
		p.cleared = append(p.cleared, slowClearance{w.vote(o), slowNow - r.IntN(25), rarely(r, 8)})
	}
	if p.kind == quorum.KindAmendment && p.class == policy.ClassRecovery && !rarely(r, 5) {
		p.approved = slices.DeleteFunc(p.approved, func(v slowVote) bool { return !head.recovers(v.officer) })
	}
	cool := head.acts[actOf(p)].cool
	p.expires = max(slowNow+r.IntN(10), min(slowNow+20, p.block+head.numbers["expiry-max"]+cool+cool/4))
	w.mar(p)
	return p
}

// mar spoils one thing here and there.
func (w *slowBench) mar(p *slowPlea) {
	r := w.r
	cool := w.head().acts[actOf(p)].cool
	for range 1 + r.IntN(2) {
		switch r.IntN(40) {
		case 0:
			p.stranger = true
		case 1:
			p.block = slowNow + 1
		case 2:
			p.offchain = true
		case 3:
			p.expires = slowNow - r.IntN(2)
		case 4:
			p.expires = p.block + w.head().numbers["expiry-max"] + cool + cool/4 + r.IntN(2)
		case 5:
			p.mute = true
		case 6:
			p.unseen = true
		case 7:
			p.missing = pickOne(r, "signer-b", "signer-c")
		case 8, 9:
			p.law = 1 + r.IntN(len(w.laws)+1)
		case 10, 11:
			p.doubt = pickOne(r, []string{"POL-FORK"}, []string{"STATE-FORK"}, []string{"POL-FORK", "STATE-ROLLBACK"})
		case 12:
			mine := slices.Insert(p.logs["signer-a"], len(p.logs["signer-a"]), slowEvent{what: "resync", at: slowNow - 2, id: w.hash()})
			p.logs["signer-a"], p.seen["signer-a"] = mine, len(mine)-r.IntN(2)
		}
	}
}

// ask draws what is asked for.
func (w *slowBench) ask(p *slowPlea) {
	r, head := w.r, w.head()
	switch p.kind {
	case quorum.KindAmendment:
		w.askAmendment(p)
	case quorum.KindInternal, quorum.KindSweep:
		p.law = max(1, len(w.laws)-r.IntN(2)*r.IntN(2))
		p.purse, p.to, p.moves = "main", "spare", slowFee+int64(1-rank(rarely(r, 20)))
		if rarely(r, 8) {
			p.purse, p.to = pickOne(r, "main", "spare", "third"), pickOne(r, "main", "third")
		}
		if rarely(r, 4) {
			p.other = w.anyOf("released")
		}
	case quorum.KindFreeze:
		p.scope = slowFreeze{"officer", "alice"}
		p.maker = w.vote(w.whoever(func(o string) bool { return r.IntN(3) > 0 && head.may("freeze", o) }))
	case quorum.KindCancel:
		p.other = w.hash()
		p.maker = w.vote(pickOne(r, head.people()...))
		if rarely(r, 2) {
			p.target = pickOne(r, p.maker.officer, "alice")
		}
	case quorum.KindThaw:
		p.other = w.anyOf("frozen")
		if !rarely(r, 5) { // one that stands, more or less
			p.other = w.hash()
			frozen := slowEvent{what: "frozen", at: 70, id: p.other, scope: pickOne(r, slowFreeze{"all", ""}, slowFreeze{"officer", "alice"})}
			name := pickOne(r, slices.Sorted(maps.Keys(head.devices))...)
			p.logs[name] = append(p.logs[name], frozen)
			if name = pickOne(r, "signer-a", name); rarely(r, 5) {
				p.logs[name] = append(p.logs[name], slowEvent{what: "thawed", at: 71, id: w.hash(), other: p.other})
			}
		}
	case quorum.KindRestore:
		p.operator = pickOne(r, append(head.people(), "mallory")...)
	case quorum.KindResync:
		w.askResync(p)
	}
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// askResync draws a signer in doubt, or one that has lost its newest records.
func (w *slowBench) askResync(p *slowPlea) {
	r := w.r
	log := p.logs["signer-a"]
	if rarely(r, 4) {
		log = append(log, slowEvent{what: "quarantine", at: 50, codes: []string{pickOne(r, "POL-FORK", "STATE-FORK")}}, slowEvent{what: "resync", at: 51, id: w.hash()})
	}
	if !rarely(r, 5) {
		log = append(log, slowEvent{what: "quarantine", at: 60, codes: pickOne(r, []string{"POL-FORK"}, []string{"STATE-FORK"})})
	}
	p.logs["signer-a"] = log
	p.device, p.from, p.end = pickOne(r, "signer-a", "signer-a", "signer-a", "signer-b"), len(log), len(log)
	p.seen["signer-a"] = len(log) - r.IntN(8)/7
	switch r.IntN(9) {
	case 0:
		p.lost = 1 + r.IntN(2)
		p.from = len(log) - p.lost + r.IntN(6)/5
	case 1:
		p.from -= r.IntN(3)
	case 2:
		p.end -= r.IntN(3)
	case 3:
		p.twisted = rarely(r, 3)
	}
	for _, name := range []string{"signer-b", "signer-c"} { // who may have another history
		log := p.logs[name]
		if i := lastOf(log, "adopted"); i >= 0 && !rarely(r, 3) {
			log[i].policy = w.hash()
		}
	}
}

// askAmendment draws the next version, and who consents to it.
func (w *slowBench) askAmendment(p *slowPlea) {
	r, head := w.r, w.head()
	p.version, p.elsewhere = len(w.laws)+1, rarely(r, 6)
	var ok bool
	if p.next, p.changes, ok = w.follow(slowClassOdds(r)); !ok {
		p.next.names["alice"] += " Example"
	}
	switch {
	case rarely(r, 25):
		spoil(r, &p.next)
	case rarely(r, 12):
		w.spurn(p)
	}
	p.changes = slowChanges(head.render(1, text.Hash{}), p.next.render(1, text.Hash{}))
	p.class = slowClass(head, p.next, p.changes)
	if rarely(r, 6) {
		p.class = pickOne(r, policy.ClassLoosen, policy.ClassRecovery, policy.ClassRecovery)
	}
	if rarely(r, 20) {
		p.class = policy.Class(1 + r.IntN(6))
	}
	switch p.class {
	case policy.ClassRecovery:
		p.maker = w.vote(w.whoever(head.recovers))
	case policy.ClassRekey:
		changed := w.whoever(func(o string) bool { return !slices.Equal(head.keys[o], p.next.keys[o]) })
		if rarely(r, 4) { // who is frozen may still replace a key
			p.logs["signer-a"] = append(p.logs["signer-a"], slowEvent{what: "frozen", at: 71, id: w.hash(), scope: slowFreeze{"officer", changed}})
		}
		p.maker = slowVote{changed, pickOne(r, head.keys[changed]...)}
	}
	for _, o := range p.next.people() {
		if !slices.Equal(head.keys[o], p.next.keys[o]) && !rarely(r, 10) || rarely(r, 4) {
			p.consented = append(p.consented, slowVote{o, p.next.keys[o][max(0, len(p.next.keys[o])-1-r.IntN(12)/11)]})
		}
	}
	switch r.IntN(60) {
	case 0:
		p.version++
	case 1:
		p.orphan = true
	case 2:
		p.hidden = true
	case 3:
		p.altered = true
	}
}

// spurn takes out a signer that has another history.
func (w *slowBench) spurn(p *slowPlea) {
	names := slices.Sorted(maps.Keys(w.head().devices))
	last := p.logs[names[len(names)-1]]
	i := lastOf(last, "adopted")
	if i < 0 {
		return
	}
	last[i].policy = w.hash()
	p.next, p.newcomer = w.head().copy(), true
	swapDevice(w.r, &p.next)
	if !rarely(w.r, 3) {
		p.doubt = []string{"POL-FORK"}
	}
}
