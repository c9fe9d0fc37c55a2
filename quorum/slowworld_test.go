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

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// slowVault is a slow world as the judge sees it: texts, keys, two logs.
type slowVault struct {
	slowWorld
	t        *testing.T
	r        *rand.Rand
	people   []string
	keys     map[slowVote]*signertest.Key
	chain    *signertest.Chain
	policies *quorum.Policies
	logs     []*quorum.LogFile
	seen     []quorum.Seen
	before   []record.Body // the signer's own log up to the proposal, by tip
	beforeAt []int
}

const slowTip = 60

func drawTiers(r *rand.Rand, groups []string) []slowTier {
	var out []slowTier
	below := int64(0)
	for i := range 1 + r.IntN(3) {
		below += 1_000_000 * int64(20+r.IntN(80))
		t := slowTier{id: fmt.Sprintf("t%d", i), below: below, window: 1 + r.IntN(80), needs: drawNeeds(r, groups, 1, 2)}
		if r.IntN(3) == 0 {
			t.cool = 1 + r.IntN(30)
		}
		if r.IntN(3) == 0 {
			t.clears = []slowNeed{{1, groups[r.IntN(len(groups))]}}
		}
		for j := range t.needs {
			t.needs[j].seats = 1 + r.IntN(2)
		}
		t.needs = once(t.needs)
		out = append(out, t)
	}
	return out
}

// once leaves one need a group, sorted as the text wants them.
func once(needs []slowNeed) []slowNeed {
	slices.SortFunc(needs, func(a, b slowNeed) int {
		return strings.Compare(fmt.Sprint(a.seats, a.group), fmt.Sprint(b.seats, b.group))
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(needs, func(n slowNeed) bool { was := seen[n.group]; seen[n.group] = true; return was })
}

func drawRules(r *rand.Rand, people []string) slowRules {
	groups := []string{"board", "risk", "treasury", "watch"}[:1+r.IntN(4)]
	p := slowRules{groups: map[string][]string{}, keys: map[string][]int{}, payees: map[string]slowPayee{}, conflicts: map[[2]string]bool{}, terms: map[string]int{}}
	for _, g := range groups {
		if p.groups[g] = some(r, people, 0.8); len(p.groups[g]) == 0 {
			p.groups[g] = people[:1]
		}
	}
	p.propose, p.veto = groups, some(r, groups, 0.5)
	if len(p.veto) == 0 {
		p.veto = groups[:1]
	}
	for _, o := range people {
		p.keys[o] = [][]int{{0}, {0}, {0, 1}}[r.IntN(3)]
		if r.IntN(6) == 0 {
			p.terms[o] = slowTip - 5 + r.IntN(10)
		}
	}
	p.tiers = drawTiers(r, groups)
	for i := range r.IntN(3) {
		p.velocities = append(p.velocities, slowPayee{1_000_000 * int64(40+r.IntN(150)), 10 + 30*i + r.IntN(20)})
	}
	for _, label := range []string{"desk", "hot", "payroll"} {
		if r.IntN(5) > 0 {
			p.payees[label] = slowPayee{1_000_000 * int64(20+r.IntN(80)), 1 + r.IntN(80)}
		}
		if r.IntN(5) == 0 {
			p.conflicts[[2]string{label, people[r.IntN(len(people))]}] = len(p.payees) > 0 && p.payees[label].window > 0
		}
	}
	maps.DeleteFunc(p.conflicts, func(_ [2]string, there bool) bool { return !there })
	for _, q := range []*int{&p.quietPayee, &p.quietPolicy, &p.quietKeys} {
		*q = r.IntN(2) * r.IntN(40)
	}
	p.quietEvery, p.expiryMax, p.clearAge = r.IntN(2) == 0, 30+r.IntN(60), 1+r.IntN(40)
	return p
}

// follow changes a few things of a version.
func follow(r *rand.Rand, old slowRules, people []string) slowRules {
	next, fresh := old, drawRules(r, people)
	next.class = []policy.Class{policy.ClassTighten, policy.ClassTighten, policy.ClassDestination, policy.ClassLoosen, policy.ClassRekey}[r.IntN(5)]
	next.at = slowTip - r.IntN(50)
	next.keys = fresh.keys
	if r.IntN(2) == 0 {
		next.payees = fresh.payees
		next.conflicts = fresh.conflicts
	}
	if r.IntN(3) == 0 {
		next.velocities = fresh.velocities
	}
	if r.IntN(3) == 0 {
		next.quietPayee, next.quietPolicy, next.quietKeys, next.quietEvery = fresh.quietPayee, fresh.quietPolicy, fresh.quietKeys, fresh.quietEvery
	}
	if r.IntN(3) == 0 {
		next.expiryMax, next.clearAge, next.terms = fresh.expiryMax, fresh.clearAge, fresh.terms
	}
	if r.IntN(4) == 0 && len(fresh.groups) == len(old.groups) {
		next.tiers, next.groups = fresh.tiers, fresh.groups
	}
	return next
}

func coins(n int64) string { return custody.Amount(n).String() }

// render writes a version as the text that officers sign.
func (w *slowVault) render(p slowRules, version int, previous text.Hash, devices []string) []byte {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("strongroom/policy@v1\nvault acme-treasury\nchain regtest\nclock test\nversion %d\nprevious %s", version, previous)
	line("origin-block 0 0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206 207fffff")
	line("wallet main active %s 2 3\ncosigner main 00000001 governed signer-a\ncosigner main 00000002 governed signer-b\ncosigner main 00000003 governed signer-c\nannex none", strings.Repeat("11", 32))
	line("%s", strings.Join(devices, "\n"))
	people := slices.Sorted(maps.Keys(p.keys))
	for _, o := range people {
		line("officer %s acme %s", o, o)
	}
	var signers []string
	for _, o := range people {
		for _, k := range p.keys[o] {
			signers = append(signers, fmt.Sprintf("signer %s namespaces=\"*.v1@strongroom\" %s", o, w.key(slowVote{o, k}).Key()))
		}
	}
	slices.Sort(signers)
	line("%s", strings.Join(signers, "\n"))
	for _, o := range people {
		line("factor %s none", o)
	}
	for _, o := range people {
		if p.terms[o] > 0 {
			line("term %s %d", o, p.terms[o])
		} else {
			line("term %s none", o)
		}
	}
	line("passkey-origin none")
	for _, g := range slices.Sorted(maps.Keys(p.groups)) {
		line("group %s %s", g, strings.Join(p.groups[g], " "))
	}
	first := slices.Sorted(maps.Keys(p.groups))[0]
	line("role freeze %s\nrole propose %s\nrole veto %s", first, strings.Join(p.propose, " "), strings.Join(p.veto, " "))
	p.renderLimits(line)
	for _, act := range strings.Fields("tighten destination loosen rekey reanchor thaw internal sweep restore resync") {
		line("act %s cool 0 named\nneed %s 2 %s", act, act, first)
	}
	every := "mildest"
	if p.quietEvery {
		every = "every"
	}
	line("quiet destination %d\nquiet policy %d\nquiet signer %d %s", p.quietPayee, p.quietPolicy, p.quietKeys, every)
	line("recovery after 26208 cool 0 named\nneed recovery 2 %s\nfee-rate-max 300\nfee-share-max 0.50\nanchor-age-max 12\nclear-age-max %d\nexpiry-max %d\nreorg-max 100\nwitness none\nwitness-need 0", first, p.clearAge, p.expiryMax)
	return []byte(b.String())
}

func (r slowRules) renderLimits(line func(string, ...any)) {
	for _, t := range r.tiers {
		line("tier %s below %s rBTC window %d cool %d named", t.id, coins(t.below), t.window, t.cool)
		for _, n := range t.needs {
			line("need %s %d %s", t.id, n.seats, n.group)
		}
		for _, n := range t.clears {
			line("clear %s %d %s", t.id, n.seats, n.group)
		}
	}
	if len(r.velocities) == 0 {
		line("velocity none")
	}
	for _, v := range r.velocities {
		line("velocity %s rBTC window %d", coins(v.cap), v.window)
	}
	if len(r.payees) == 0 {
		line("destination none")
	}
	for _, label := range slices.Sorted(maps.Keys(r.payees)) {
		line("destination %s address %s cap %s rBTC window %d", label, signertest.Address(panicking{}, label), coins(r.payees[label].cap), r.payees[label].window)
	}
	if len(r.conflicts) == 0 {
		line("conflict none")
	}
	var conflicts []string
	for c := range r.conflicts {
		conflicts = append(conflicts, "conflict "+c[0]+" "+c[1])
	}
	slices.Sort(conflicts)
	if len(conflicts) > 0 {
		line("%s", strings.Join(conflicts, "\n"))
	}
}

func (w *slowVault) key(v slowVote) *signertest.Key {
	if w.keys[v] == nil {
		w.keys[v] = signertest.NewKey(w.t, sshsig.Ed25519, fmt.Sprint(v.officer, v.key))
	}
	return w.keys[v]
}

func (w *slowVault) tipAt(height int) record.Tip {
	p, _ := w.chain.Headers.PointAt(uint32(height))
	return record.Tip{Known: true, Height: p.Height, Hash: p.Hash}
}

// newSlowVault draws a world and writes down what it means: policies, the log
// of signer-b on disk, and the records of signer-a, which judges.
func newSlowVault(t *testing.T, r *rand.Rand, chain *signertest.Chain) *slowVault {
	t.Helper()
	w := &slowVault{t: t, r: r, people: slowPeople[:3+r.IntN(6)], keys: map[slowVote]*signertest.Key{}, chain: chain}
	w.tip = slowTip
	w.versions = []slowRules{drawRules(r, w.people)}
	if r.IntN(2) == 0 {
		w.versions = append(w.versions, follow(r, w.versions[0], w.people))
	}
	for range r.IntN(6) {
		pays := map[string]int64{[]string{"desk", "hot", "payroll"}[r.IntN(3)]: 1_000_000 * int64(1+r.IntN(10))}
		w.released = append(w.released, slowRelease{height: r.IntN(slowTip + 1), pays: pays, total: 1_000_000 + slices.Collect(maps.Values(pays))[0]})
	}
	if r.IntN(4) == 0 {
		w.freezes = append(w.freezes, [][]slowFreeze{{{"all", ""}}, {{"destination", "hot"}}, {{"signer", "signer-b"}}, {{"officer", w.people[0]}, {"officer", w.people[2]}}}[r.IntN(4)]...)
	}
	w.write()
	return w
}

func (w *slowVault) write() {
	dir, err := durable.Create(w.t.TempDir() + "/log")
	w.must(err)
	key, err := auditlog.NewKey(rand.NewChaCha8([32]byte{7}), "acme-treasury/signer-b")
	w.must(err)
	devices := []string{"device signer-a " + strings.Replace(key.Verifier().String(), "signer-b", "signer-a", 1), "device signer-b " + key.Verifier().String()}
	mine, err := auditlog.NewKey(rand.NewChaCha8([32]byte{8}), "acme-treasury/signer-a")
	w.must(err)
	devices[0] = "device signer-a " + mine.Verifier().String()
	var previous, genesis text.Hash
	for i, v := range w.versions {
		p, err := policy.Parse(w.render(v, i+1, previous, devices))
		w.must(err)
		if previous = p.Hash(); i == 0 {
			genesis, w.policies = p.Hash(), quorum.NewPolicies(p)
			continue
		}
		w.policies, err = w.policies.Adopt(p, v.class, w.tipAt(v.at))
		w.must(err)
	}
	founding := []record.Body{record.Genesis{Vault: "acme-treasury", Network: custody.Regtest, Policy: genesis, Signers: []text.ID{"alice"}}, record.Enrolled{Wallet: "main"}}
	w.before, w.beforeAt = founding, []int{0, 0}
	var theirs [][]byte
	theirAt := func(b record.Body, height int) {
		raw, err := record.Record{Head: record.Head{Seq: int64(len(theirs)), Tip: w.tipAt(height), RTC: "x"}, Body: b}.Bytes(custody.Regtest)
		w.must(err)
		theirs = append(theirs, raw)
	}
	for _, b := range founding {
		theirAt(b, 0)
	}
	for i, rel := range w.released {
		b := released(i, rel)
		if i%2 == 0 {
			w.before, w.beforeAt = append(w.before, b), append(w.beforeAt, rel.height)
		}
		if i%2 == 1 || i == 0 { // one stands in both logs, and counts once
			theirAt(b, rel.height)
		}
	}
	for i, f := range w.freezes {
		kind, err := record.ParseScopeKind(f.what)
		w.must(err)
		frozen := record.Frozen{ID: text.Hash{0xf, byte(i)}, Scope: record.Scope{What: kind, Name: text.ID(f.name)}, Officer: "alice"}
		theirAt(frozen, slowTip)
	}
	log, err := auditlog.Create(dir, key)
	w.must(err)
	w.must(log.Append(theirs...))
	checkpoint, entries := log.Export()
	w.must(log.Close())
	w.must(dir.Close())
	w.logs = []*quorum.LogFile{{Device: "signer-b", Checkpoint: checkpoint, Entries: entries}}
	w.seen = []quorum.Seen{{Device: "signer-a", Size: int64(len(w.before))}, {Device: "signer-b", Size: int64(len(theirs)), Root: auditlog.RootOf(theirs)}}
}

func released(i int, rel slowRelease) record.Released {
	b := record.Released{ID: text.Hash{0xa, byte(i)}, Wallet: "main", Tier: "t0", Total: custody.Amount(rel.total), Fee: 1000,
		Rungs: []record.Rung{{TxID: chainhash.Hash{byte(i)}, Inputs: []wire.OutPoint{{Index: uint32(i)}}}}}
	for label, n := range rel.pays {
		b.Pays = append(b.Pays, record.Pay{Amount: custody.Amount(n), Label: text.ID(label), Address: signertest.Address(panicking{}, label)})
	}
	return b
}

func (w *slowVault) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
