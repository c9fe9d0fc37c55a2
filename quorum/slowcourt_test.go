package quorum_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
	"golang.org/x/mod/sumdb/note"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

const (
	slowNow = 100       // the height of the chain's tip
	slowFee = 1_000_000 // the fee ceiling of what moves
)

// slowBench is a slow court as the judge sees it: texts, keys, logs.
type slowBench struct {
	slowCourt
	t        *testing.T
	r        *rand.Rand
	ring     slowRing
	chain    *signertest.Chain
	policies *quorum.Policies
	logs     map[string][]slowEvent // of every signer, before any proposal
}

func slowLogKey(name string, n byte) auditlog.Key {
	key, err := auditlog.NewKey(rand.NewChaCha8([32]byte{n, name[len(name)-1]}), "acme-treasury/"+name)
	if err != nil {
		panic(err)
	}
	return key
}

// slowDevice returns the verifier key of a signer's log, the same one each time.
func slowDevice(name string, n byte) string { return slowLogKey(name, n).Verifier().String() }

func newSlowBench(t *testing.T, r *rand.Rand, chain *signertest.Chain, ring slowRing) *slowBench {
	t.Helper()
	w := &slowBench{t: t, r: r, ring: ring, chain: chain, logs: map[string][]slowEvent{}}
	w.tip = slowNow
	devices := map[string]string{}
	for _, name := range []string{"signer-a", "signer-b", "signer-c"}[:2+r.IntN(2)] {
		devices[name] = slowDevice(name, 0)
	}
	w.adopt(drawLaw(r, devices, ring))
	for range r.IntN(3) {
		if next, _, ok := w.follow(slowClassOdds(r)); ok && next.sound() && w.fitsThings(&slowPlea{next: next, newcomer: true}) {
			class := next.class
			next.class = pickOne(r, class, class, policy.ClassLoosen, policy.ClassTighten, policy.ClassRecovery)
			next.at = slowNow - r.IntN(min(90, slowNow-w.head().at+1))
			if rarely(r, 4) {
				next.at = max(w.head().at, slowNow-36+r.IntN(2)) // about when the next tightening may follow
			}
			if rarely(r, 4) {
				next.quiet["policy"] = r.IntN(40)
			}
			w.adopt(next)
		}
	}
	for _, name := range []string{"signer-a", "signer-b", "signer-c", "signer-d"} {
		w.logs[name] = w.history(name)
	}
	return w
}

func slowClassOdds(r *rand.Rand) policy.Class {
	return pickOne(r, policy.ClassTighten, policy.ClassTighten, policy.ClassTighten, policy.ClassDestination, policy.ClassLoosen, policy.ClassLoosen, policy.ClassLoosen, policy.ClassRekey)
}

// follow draws a version after the head, mostly of a class.
func (w *slowBench) follow(class policy.Class) (next slowLaw, changes []policy.Change, ok bool) {
	edits := slowEdits()[class]
	for range 20 {
		next = w.head().copy()
		for range 1 + w.r.IntN(4)/3 {
			edits[w.r.IntN(len(edits))](w.r, &next)
		}
		old := w.head().render(1, text.Hash{})
		changes = slowChanges(old, next.render(1, text.Hash{}))
		unwritable := slices.ContainsFunc(changes, func(c policy.Change) bool { return strings.HasSuffix(c.Line, " ") })
		if len(changes) > 0 && !unwritable {
			next.class = slowClass(w.head(), next, changes)
			return next, changes, true
		}
	}
	return next, nil, false
}

// adopt makes a law the newest version.
func (w *slowBench) adopt(l slowLaw) {
	var previous text.Hash
	if n := len(w.hashes); n > 0 {
		previous = w.hashes[n-1]
	}
	p, err := policy.Parse(l.render(len(w.laws)+1, previous))
	w.must(err)
	if len(w.laws) == 0 {
		w.policies = quorum.NewPolicies(p)
	} else {
		w.policies, err = w.policies.Adopt(p, l.class, w.tipAt(l.at))
		w.must(err)
	}
	w.laws, w.hashes = append(w.laws, l), append(w.hashes, p.Hash())
}

func (w *slowBench) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *slowBench) tipAt(height int) record.Tip {
	p, _ := w.chain.Headers.PointAt(uint32(height))
	return record.Tip{Known: true, Height: p.Height, Hash: p.Hash}
}

func (w *slowBench) hash() (h text.Hash) {
	for i := range h {
		h[i] = byte(w.r.Uint32())
	}
	return h
}

// history draws the log of one signer: what it adopted, when officers were there,
// what was released, frozen and thawed.
func (w *slowBench) history(name string) []slowEvent {
	r := w.r
	var out []slowEvent
	for i, l := range w.laws[1:] {
		if name != "signer-a" && r.IntN(12) == 0 {
			break // it lags behind
		}
		e := slowEvent{what: "adopted", at: l.at, id: w.hash(), version: i + 2, policy: w.hashes[i+1], class: l.class.String()}
		if name != "signer-a" && r.IntN(40) == 0 {
			e.policy = w.hash() // a fork
		}
		out = append(out, e)
	}
	for range r.IntN(2) {
		out = append(out, slowEvent{what: "rehearsal", at: r.IntN(60), id: w.hash()})
	}
	for range r.IntN(3) {
		e := slowEvent{what: "released", at: r.IntN(40), id: w.hash()}
		if r.IntN(3) == 0 {
			e.other = w.anyOf("released")
		}
		out = append(out, e)
	}
	if r.IntN(9) == 0 {
		scopes := []slowFreeze{{"all", ""}, {"destination", "hot"}, {"signer", "signer-a"}, {"signer", "signer-b"}, {"officer", pickOne(r, w.head().people()...)}}
		out = append(out, slowEvent{what: "frozen", at: 41 + r.IntN(9), id: w.hash(), scope: scopes[r.IntN(len(scopes))]})
	}
	if r.IntN(9) == 0 {
		out = append(out, slowEvent{what: "thawed", at: 50, id: w.hash(), other: w.anyOf("frozen")})
	}
	if r.IntN(9) == 0 {
		out = append(out, slowEvent{what: "recorded", at: r.IntN(slowNow), id: w.hash(), kind: "amendment", class: pickOne(r, "tighten", "loosen", "rekey", "recovery"), expires: slowNow - 2 + r.IntN(20)})
	}
	slices.SortStableFunc(out, func(a, b slowEvent) int { return a.at - b.at })
	return slices.Concat([]slowEvent{{what: "genesis"}, {what: "enrolled"}}, out)
}

// anyOf returns the id of something that a log so far holds, or of nothing.
func (w *slowBench) anyOf(what string) text.Hash {
	var ids []text.Hash
	for _, name := range slices.Sorted(maps.Keys(w.logs)) {
		for _, e := range w.logs[name] {
			if e.what == what {
				ids = append(ids, e.id)
			}
		}
	}
	if len(ids) == 0 || w.r.IntN(9) == 0 {
		return w.hash()
	}
	return pickOne(w.r, ids...)
}

// body writes an event as the record that a signer keeps.
func (w *slowBench) body(e slowEvent, i int) record.Body {
	some := []text.ID{"alice"}
	switch e.what {
	case "genesis":
		return record.Genesis{Vault: "acme-treasury", Network: custody.Regtest, Policy: w.hashes[0], Signers: some}
	case "enrolled":
		return record.Enrolled{Wallet: "main"}
	case "adopted":
		return record.Adopted{ID: e.id, Version: uint64(e.version), Policy: e.policy, Class: text.ID(e.class), Signers: some}
	case "rehearsal":
		return record.Rehearsal{ID: e.id, Statement: "here", Answered: some}
	case "released":
		return record.Released{ID: e.id, Replaces: e.other, Wallet: "main", To: "main", Total: 5, Fee: 1,
			Rungs: []record.Rung{{TxID: chainhash.Hash(e.id), Inputs: []wire.OutPoint{{Index: uint32(i)}}}}}
	case "recorded":
		return record.Recorded{ID: e.id, What: text.ID(e.kind), Sitting: text.ID(e.class), Expires: uint32(e.expires), Signatures: []text.Hash{e.id}}
	case "refused":
		return record.Refused{ID: e.id, Codes: e.codes}
	case "vetoed":
		return record.Vetoed{ID: e.id, Officers: some}
	case "killed":
		return record.Killed{ID: e.id, By: e.other, Officer: "alice"}
	case "frozen":
		kind, err := record.ParseScopeKind(e.scope.what)
		w.must(err)
		return record.Frozen{ID: e.id, Scope: record.Scope{What: kind, Name: text.ID(e.scope.name)}, Officer: "alice"}
	case "thawed":
		return record.Thawed{ID: e.id, Lifts: e.other, Signers: some}
	case "quarantine":
		return record.Quarantine{Codes: e.codes}
	case "resync":
		return record.Resync{ID: e.id, Device: "signer-a", Signers: some}
	}
	w.t.Fatalf("event: want one with a record, found %s", e.what)
	return nil
}

// entries writes a log, and its state.
func (w *slowBench) entries(log []slowEvent) (raw [][]byte, state *record.State) {
	state = record.NewState(custody.Regtest)
	for i, e := range log {
		rec := record.Record{Head: record.Head{Seq: int64(i), Tip: w.tipAt(e.at), RTC: "x"}, Body: w.body(e, i)}
		b, err := rec.Bytes(custody.Regtest)
		w.must(err)
		w.must(state.Apply(rec))
		raw = append(raw, b)
	}
	return raw, state
}

// logFile signs a log as its signer does.
func (w *slowBench) logFile(name string, raw [][]byte) *quorum.LogFile {
	key := slowLogKey(name, 0)
	signer, err := note.NewSigner(strings.TrimSpace(string(key.Encode())))
	w.must(err)
	checkpoint, err := note.Sign(&note.Note{Text: fmt.Sprintf("acme-treasury/%s\n%d\n%s\n", name, len(raw), auditlog.RootOf(raw))}, signer)
	w.must(err)
	return &quorum.LogFile{Device: text.ID(name), Checkpoint: checkpoint, Entries: auditlog.EncodeEntries(raw)}
}

func (w *slowBench) sign(v slowVote, act quorum.Act, b []byte) quorum.SignatureFile {
	armored, err := sshsig.Sign(w.ring.key(v), act.Namespace(), b)
	w.must(err)
	return quorum.SignatureFile{On: text.Identity(b).Short(), Officer: text.ID(v.officer), Act: act, Bytes: armored}
}
