package quorum_test

import (
	"maps"
	"math/rand/v2"
	"slices"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// submit writes a plea as text, signs it, lets happen what happens to it, and
// returns the signer's world and what was brought.
func (w *slowBench) submit(p *slowPlea) (quorum.World, quorum.Submission) {
	before := map[string][][]byte{}
	for name, log := range p.logs {
		before[name], _ = w.entries(log)
	}
	h := quorum.Head{Vault: "acme-treasury", Network: custody.Regtest, Genesis: w.hashes[0], PolicyVersion: uint64(p.law), Block: w.block(p.block), Maker: text.ID(p.maker.officer)}
	h.PolicyHash = w.hashes[min(p.law, len(w.hashes))-1]
	if p.stranger {
		h.PolicyHash = w.hash()
	}
	if p.offchain {
		h.Block.Hash = w.hash()
	}
	for i := range h.Salt {
		h.Salt[i] = byte(w.r.Uint32())
	}
	for _, name := range slices.Sorted(maps.Keys(w.head().devices)) {
		p.seen[name] = min(p.seen[name], len(before[name]))
		h.Seen = append(h.Seen, quorum.Seen{Device: text.ID(name), Size: int64(p.seen[name]), Root: auditlog.RootOf(before[name][:p.seen[name]])})
	}
	seen := slices.Clone(h.Seen)
	if p.unseen {
		h.Seen = h.Seen[:1]
	}
	in := quorum.Submission{}
	s := quorum.Statement{Head: h, Body: w.write(p, before["signer-a"], &in), Memo: "x"}
	if p.kind != quorum.KindFreeze && p.kind != quorum.KindCancel {
		s.Expires = uint32(p.expires)
	}
	var err error
	in.Text, err = s.Bytes()
	w.must(err)
	p.id = text.Identity(in.Text)
	w.happen(p)
	w.signAll(p, &in, seen)
	for _, name := range slices.Sorted(maps.Keys(p.logs)) {
		listed := w.head().devices[name] != "" || p.newcomer
		if name != "signer-a" && name != p.missing && listed {
			raw, _ := w.entries(p.logs[name])
			in.Logs = append(in.Logs, w.logFile(name, raw))
		}
	}
	raw, state := w.entries(p.logs["signer-a"])
	root := func(n int64) (auditlog.Root, error) { return auditlog.RootOf(raw[:n]), nil }
	return quorum.World{Policies: w.policies, Device: "signer-a", State: state, Chain: w.chain.Headers, Root: root}, in
}

func (w *slowBench) block(height int) quorum.Block {
	p, _ := w.chain.Headers.PointAt(uint32(min(height, slowNow)))
	return quorum.Block{Height: uint32(height), Hash: text.Hash(p.Hash)}
}

// write returns what the text asks for, and puts beside it what belongs to it.
func (w *slowBench) write(p *slowPlea, mine [][]byte, in *quorum.Submission) quorum.Body {
	switch p.kind {
	case quorum.KindAmendment:
		return w.writeAmendment(p, in)
	case quorum.KindInternal:
		return quorum.Internal{Wallet: text.ID(p.purse), Moves: custody.Amount(p.moves), FeeMax: slowFee, Replaces: p.other}
	case quorum.KindSweep:
		return quorum.Sweep{From: text.ID(p.purse), To: text.ID(p.to), Moves: custody.Amount(p.moves), FeeMax: slowFee, Replaces: p.other}
	case quorum.KindFreeze:
		kind, err := record.ParseScopeKind(p.scope.what)
		w.must(err)
		return quorum.Freeze{Scope: record.Scope{What: kind, Name: text.ID(p.scope.name)}}
	case quorum.KindThaw:
		return quorum.Thaw{Lifts: p.other}
	case quorum.KindCancel:
		if p.target != "" {
			h := quorum.Head{Vault: "acme-treasury", Network: custody.Regtest, Genesis: w.hashes[0], PolicyVersion: 1, PolicyHash: w.hashes[0], Block: w.block(1), Maker: text.ID(p.target),
				Seen: []quorum.Seen{{Device: "signer-a"}}}
			var err error
			in.Target, err = quorum.Statement{Head: h, Body: quorum.Rehearsal{Statement: "x"}, Expires: 9, Memo: "x"}.Bytes()
			w.must(err)
			p.other = text.Identity(in.Target)
		}
		return quorum.Cancel{Kills: p.other}
	case quorum.KindResync:
		from := record.LogHead{Size: int64(p.from), Root: auditlog.RootOf(mine[:min(p.from, len(mine))])}
		to := record.LogHead{Size: int64(p.end), Root: auditlog.RootOf(mine[:min(p.end, len(mine))])}
		if p.twisted {
			from.Root[3]++
		}
		return quorum.Resync{Device: text.ID(p.device), From: from, To: to}
	case quorum.KindRestore:
		return quorum.Restore{Snapshot: text.Hash{7}, Store: "minio", Place: "oslo", Operator: text.ID(p.operator), Recipients: []string{"age1outer0"}}
	}
	return quorum.Rehearsal{Statement: "we hold our keys"}
}

func (w *slowBench) writeAmendment(p *slowPlea, in *quorum.Submission) quorum.Body {
	previous := w.hashes[len(w.hashes)-1]
	if p.orphan {
		previous = w.hash()
	}
	raw := p.next.render(p.version, previous)
	p.policy = text.Identity(raw)
	if !p.hidden {
		in.Next.Policy = raw
	}
	for _, v := range p.consented {
		in.Next.Consents = append(in.Next.Consents, w.sign(v, quorum.Consent, raw))
	}
	changes := slices.Clone(p.changes)
	if p.altered = p.altered && len(changes) > 0; p.altered {
		changes[0].Added = !changes[0].Added
	}
	return quorum.Amendment{Version: uint64(p.version), Policy: p.policy, Class: p.class, Changes: changes}
}

// signAll signs the text, and clears it.
func (w *slowBench) signAll(p *slowPlea, in *quorum.Submission, seen []quorum.Seen) {
	if !p.mute {
		in.Signatures = append(in.Signatures, w.sign(p.maker, quorum.Propose, in.Text))
	}
	for _, v := range p.approved {
		in.Signatures = append(in.Signatures, w.sign(v, quorum.Approve, in.Text))
	}
	for _, v := range p.vetoed {
		in.Signatures = append(in.Signatures, w.sign(v, quorum.Veto, in.Text))
	}
	mine, _ := w.entries(p.logs["signer-a"])
	for _, c := range p.cleared {
		saw := slices.Clone(seen)
		if n := len(mine); !c.early {
			saw[0].Size, saw[0].Root = int64(n), auditlog.RootOf(mine)
		}
		b, err := quorum.Clearance{Vault: "acme-treasury", Network: custody.Regtest, Genesis: w.hashes[0], Proposal: p.id, Block: w.block(c.height), Seen: saw, Watcher: text.ID(c.officer)}.Bytes()
		w.must(err)
		in.Clearances = append(in.Clearances, quorum.Signed{Text: b, Signatures: []quorum.SignatureFile{w.sign(c.slowVote, quorum.Clear, b)}})
	}
	w.r.Shuffle(len(in.Signatures), func(i, j int) { in.Signatures[i], in.Signatures[j] = in.Signatures[j], in.Signatures[i] })
}

// rarely says yes once in n times.
func rarely(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

// happen adds to the logs what became of a proposal since it was made.
func (w *slowBench) happen(p *slowPlea) {
	r := w.r
	add := func(name string, e slowEvent) {
		e.id = p.id
		p.logs[name] = append(slices.Clip(p.logs[name]), e)
	}
	if p.calm {
		add("signer-a", slowEvent{what: "recorded", at: p.block, kind: string(p.kind), class: actOf(p), expires: p.expires})
		return
	}
	a := w.head().acts[actOf(p)]
	if p.lost > 0 { // the newest records are gone
		p.logs["signer-a"] = p.logs["signer-a"][:len(p.logs["signer-a"])-p.lost]
	} else if len(doubts(p.logs["signer-a"])) == 0 || p.kind == quorum.KindResync {
		if (a.cool > 0 || rarely(r, 9) || p.kind == quorum.KindResync) && !rarely(r, 4) {
			at := p.block + r.IntN(max(1, slowNow-p.block))
			if !rarely(r, 3) {
				at = min(p.block, slowNow)
			}
			add("signer-a", slowEvent{what: "recorded", at: min(at, slowNow), kind: string(p.kind), class: actOf(p), expires: p.expires})
		}
	}
	if rarely(r, 40) && p.lost == 0 {
		add("signer-a", slowEvent{what: pickOne(r, "vetoed", "killed"), at: slowNow})
	}
	if p.doubt != nil && p.lost == 0 {
		p.logs["signer-a"] = append(slices.Clip(p.logs["signer-a"]), slowEvent{what: "quarantine", at: slowNow, codes: p.doubt})
	}
	for _, name := range []string{"signer-b", "signer-c", "signer-d"} {
		if p.logs[name] == nil {
			continue
		}
		if rarely(r, 40) {
			add(name, slowEvent{what: pickOne(r, "vetoed", "killed", "refused"), at: slowNow, codes: []string{pickOne(r, "SEAT-SHORT", "STATE-VETOED")}})
		}
		if rarely(r, 9) {
			add(name, slowEvent{what: "recorded", at: slowNow, kind: string(p.kind), class: actOf(p), expires: p.expires})
		}
		holds := lastOf(p.logs[name], "adopted")
		version := 1
		if holds >= 0 {
			version = p.logs[name][holds].version
		}
		if p.kind == quorum.KindAmendment && version == p.version-1 && p.elsewhere && !rarely(r, 3) {
			e := slowEvent{what: "adopted", at: slowNow, version: p.version, policy: p.policy, class: p.class.String()}
			if rarely(r, 15) {
				e.policy = w.hash()
			}
			add(name, e)
		}
	}
}
