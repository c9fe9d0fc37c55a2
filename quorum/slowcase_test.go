package quorum_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

func (w *slowVault) vote(officer string) slowVote {
	key := 0
	if w.r.IntN(4) == 0 {
		key = 1
	}
	return slowVote{officer, key}
}

// draw asks for something that mostly fits, signed by many.
func (w *slowVault) draw() slowAsk {
	r := w.r
	a := slowAsk{version: 1 + r.IntN(len(w.versions)), block: slowTip - r.IntN(30), maker: slowVote{officer: w.people[r.IntN(len(w.people))]}, fee: 1_000_000, pays: map[string]int64{}, recorded: -1}
	rules := w.versions[a.version-1]
	a.tier = rules.tiers[r.IntN(len(rules.tiers))].id
	a.expires = slowTip - 1 + r.IntN(20)
	labels := slices.Sorted(maps.Keys(rules.payees))
	if len(labels) == 0 || r.IntN(20) == 0 {
		labels = []string{"desk", "hot", "payroll"}
	}
	for range 1 + r.IntN(2) {
		a.pays[labels[r.IntN(len(labels))]] = 1_000_000 * int64(1+r.IntN(25))
	}
	for _, o := range some(r, w.people, 0.85) {
		a.approved = append(a.approved, w.vote(o))
		if r.IntN(10) == 0 {
			a.approved = append(a.approved, slowVote{o, 0}, slowVote{o, 1})
		}
	}
	for _, o := range some(r, w.people, 0.01) {
		a.vetoed = append(a.vetoed, w.vote(o))
	}
	for _, o := range some(r, w.people, 0.5) {
		a.cleared = append(a.cleared, slowClearance{w.vote(o), slowTip - r.IntN(20), r.IntN(8) == 0})
	}
	if r.IntN(3) > 0 {
		a.recorded = a.block + r.IntN(slowTip-a.block+1)
	}
	return a
}

// submit writes and signs it all.
func (w *slowVault) submit(a slowAsk) (quorum.World, quorum.Submission) {
	v, _ := w.policies.At(uint64(a.version))
	p, _ := w.chain.Headers.PointAt(uint32(a.block))
	body := quorum.Withdrawal{Tier: text.ID(a.tier), Wallet: "main", FeeMax: custody.Amount(a.fee), Total: custody.Amount(a.total())}
	for _, label := range slices.Sorted(maps.Keys(a.pays)) {
		body.Pays = append(body.Pays, record.Pay{Amount: custody.Amount(a.pays[label]), Label: text.ID(label), Address: signertest.Address(w.t, label)})
	}
	h := quorum.Head{Vault: "acme-treasury", Network: custody.Regtest, Genesis: w.policies.Genesis(), PolicyVersion: uint64(a.version), PolicyHash: v.Policy.Hash(),
		Block: quorum.Block{Height: p.Height, Hash: text.Hash(p.Hash)}, Seen: w.seen, Maker: text.ID(a.maker.officer), Salt: [16]byte{byte(w.r.Uint32()), byte(w.r.Uint32())}}
	raw, err := quorum.Statement{Head: h, Body: body, Expires: uint32(a.expires), Memo: "x"}.Bytes()
	w.must(err)
	in := quorum.Submission{Text: raw, Logs: w.logs}
	sign := func(v slowVote, act quorum.Act, b []byte) quorum.SignatureFile {
		armored, err := sshsig.Sign(w.key(v), act.Namespace(), b)
		w.must(err)
		return quorum.SignatureFile{On: text.Identity(b).Short(), Officer: text.ID(v.officer), Act: act, Bytes: armored}
	}
	in.Signatures = append(in.Signatures, sign(a.maker, quorum.Propose, raw))
	for _, v := range a.approved {
		in.Signatures = append(in.Signatures, sign(v, quorum.Approve, raw))
	}
	for _, v := range a.vetoed {
		in.Signatures = append(in.Signatures, sign(v, quorum.Veto, raw))
	}
	for _, c := range a.cleared {
		p, _ := w.chain.Headers.PointAt(uint32(c.height))
		seen := slices.Clone(w.seen)
		if !c.early && a.recorded >= 0 {
			seen[0].Size++
		}
		b, err := quorum.Clearance{Vault: h.Vault, Network: h.Network, Genesis: h.Genesis, Proposal: text.Identity(raw), Block: quorum.Block{Height: p.Height, Hash: text.Hash(p.Hash)},
			Seen: seen, Watcher: text.ID(c.officer)}.Bytes()
		w.must(err)
		in.Clearances = append(in.Clearances, quorum.Signed{Text: b, Signatures: []quorum.SignatureFile{sign(c.slowVote, quorum.Clear, b)}})
	}
	return w.world(a, text.Identity(raw)), in
}

// world is what signer-a knows: its records, and that it recorded the proposal.
func (w *slowVault) world(a slowAsk, id text.Hash) quorum.World {
	state := record.NewState(custody.Regtest)
	bodies, heights := w.before, w.beforeAt
	if a.recorded >= 0 {
		bodies = append(slices.Clip(bodies), record.Recorded{ID: id, What: "withdrawal", Sitting: "t0", Signatures: []text.Hash{id}})
		heights = append(slices.Clip(heights), a.recorded)
	}
	for i, b := range bodies {
		w.must(state.Apply(record.Record{Head: record.Head{Seq: int64(i), Tip: w.tipAt(heights[i])}, Body: b}))
	}
	return quorum.World{Policies: w.policies, Device: "signer-a", State: state, Chain: w.chain.Headers, Root: func(int64) (auditlog.Root, error) { return auditlog.Root{}, nil }}
}

// Two judges, written apart from each other, agree about every withdrawal:
// cumulative tiers, velocities, caps, conflicts, terms, freezes, quiet periods,
// two versions, waits and clearances. STRONGROOM_LONG multiplies the number of
// worlds.
func TestJudgeAgreesWithTheSlowJudge(t *testing.T) {
	worlds, each := 80, 50
	if testing.Short() {
		worlds, each = 25, 20
	}
	worlds *= longer(t)
	chain := signertest.NewChain(t, slowTip)
	codes, verdicts := map[quorum.Code]int{}, map[string]int{}
	for i := range worlds {
		w := newSlowVault(t, rand.New(rand.NewPCG(11, uint64(i))), chain)
		for range each {
			a := w.draw()
			world, in := w.submit(a)
			for _, verb := range []quorum.Verb{quorum.Record, quorum.Release} {
				permit, report := quorum.Judge(world, in, verb)
				want := w.permits(a, verb == quorum.Record)
				verdicts[fmt.Sprintf("verb %d %v", verb, want)]++
				for _, r := range slices.Concat(report.Reasons, report.Notes) {
					codes[r.Code]++
				}
				if permit.For(verb) != want {
					t.Fatalf("world %d, verb %d: want %v, found stage %c %v\nnotes %v\n%+v\n%+v", i, verb, want, report.Stage, report.Reasons, report.Notes, a, w.slowWorld)
				}
			}
		}
	}
	t.Logf("%d worlds, %d cases: %v", worlds, worlds*each, verdicts)
	t.Logf("%v", codes)
	for _, name := range []string{"verb 2 true", "verb 3 true"} {
		if verdicts[name] < worlds*each/200 {
			t.Errorf("want %s often, found it %d times", name, verdicts[name])
		}
	}
	for _, c := range []quorum.Code{quorum.SeatShort, quorum.SeatMaker, quorum.SeatConflict, quorum.SeatTerm, quorum.SeatFrozen, quorum.QuietSigner, quorum.QuietDest, quorum.QuietPolicy,
		quorum.LimTier, quorum.LimTierUnderstate, quorum.LimVelocity, quorum.LimDestination, quorum.DestUnknown, quorum.PolStale, quorum.FrzActive, quorum.StateVetoed, quorum.ClkExpired,
		quorum.ClkExpiryLong, quorum.ClkCooling, quorum.ClkNotRecorded, quorum.ClkNoCool, quorum.ClkRecorded, quorum.ClrMissing, quorum.ClrOld, quorum.ClrWorld, quorum.SigUnknown} {
		if codes[c] == 0 && !testing.Short() {
			t.Errorf("want %s among the verdicts, found it never", c)
		}
	}
}

// longer returns how many times as long a long test is to run.
func longer(t *testing.T) int {
	t.Helper()
	s := os.Getenv("STRONGROOM_LONG")
	if s == "" {
		return 1
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("STRONGROOM_LONG: want how many times as long, found %q", s)
	}
	return n
}
