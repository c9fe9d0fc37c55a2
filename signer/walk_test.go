package signer_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

// walk is a vault in which anything happens at any time: officers propose,
// approve and veto, a courier who leaves things at home goes to the signers,
// machines crash, are put back to old copies and brought back.
type walk struct {
	*model
	v       *signertest.Vault
	r       *rand.Rand
	list    []*asked // in the order in which they were made
	counts  map[string]int
	logs    map[text.ID][]record.Record // as they were after the last step
	exports map[text.ID][]export
	freezes []text.Hash
	pending *asked // the one amendment that may be signed by all
	fee     int
}

// export is a log as it left a signer at some time.
type export struct {
	checkpoint, entries []byte
	records             int
}

func newWalk(t *testing.T, seed uint64, counts map[string]int) *walk {
	v := signertest.New(t, line("144 cool 0 named\nneed small", "20 cool 0 named\nneed small"),
		line("tier large below 50.00000000 rBTC window 1008 cool 0 named\nneed large 3 treasury\n", "tier large below 4.00000000 rBTC window 20 cool 3 named\nneed large 3 treasury\nclear large 1 watch\n"),
		line("velocity 50.00000000 rBTC window 1008", "velocity 2.50000000 rBTC window 20"), line("act loosen cool 0", "act loosen cool 3"),
		line("cap 20.00000000 rBTC window 1008", "cap 2.00000000 rBTC window 30"), line("quiet destination 0", "quiet destination 2"))
	w := &walk{model: &model{t: t, orders: map[text.Hash]*asked{}, policies: map[text.Hash]*policy.Policy{v.Genesis: v.Policy}, genesis: v.Genesis},
		v: v, r: rand.New(rand.NewPCG(seed, 1)), counts: counts, logs: map[text.ID][]record.Record{}, exports: map[text.ID][]export{}, fee: 300}
	for _, s := range v.Signers {
		w.logs[s.ID] = s.Records()
		w.keep(s)
	}
	return w
}

func (w *walk) keep(s *signertest.Signer) {
	c, e := s.Machine.Export()
	w.exports[s.ID] = append(w.exports[s.ID], export{c, e, len(s.Records())})
}

func (w *walk) recent() *asked { return w.list[max(0, len(w.list)-1-w.r.IntN(10))] }

func (w *walk) signMore() {
	if len(w.list) == 0 {
		return
	}
	a := w.recent()
	if w.r.IntN(8) > 0 {
		w.approve(a, w.officer())
		return
	}
	if officer := w.officer(); !a.vetoed {
		a.vetoed = true
		w.counts["veto"]++
		a.Beside = append(a.Beside, signertest.SignatureFile(w.v.Sign(officer, quorum.Veto, a.Proposal.Bytes())))
	}
}

// files is what a courier takes along: some proposals, some logs as they are,
// some older, some not at all.
func (w *walk) files(s *signertest.Signer) (files []quorum.File, shown [][]record.Record) {
	careless := w.r.IntN(3) == 0
	leaves := func(odds int) bool { return careless && w.r.IntN(odds) == 0 }
	if !leaves(8) {
		chain := w.v.Chain.Headers
		if leaves(3) {
			chain, _ = chain.Prefix(chain.Origin().Height + uint32(chain.Len()) - 1 - uint32(w.r.IntN(4)))
		}
		files = append(files, quorum.File{Name: "headers.bin", Bytes: chain.Bytes()})
	}
	for _, other := range w.v.Signers {
		all := w.exports[other.ID]
		e := all[len(all)-1]
		if leaves(8) && other != s {
			continue
		}
		if leaves(3) && other != s {
			e = all[max(0, len(all)-1-w.r.IntN(5))]
		}
		files = append(files, quorum.File{Name: string(other.ID) + ".checkpoint", Bytes: e.checkpoint}, quorum.File{Name: string(other.ID) + ".entries", Bytes: e.entries})
		if other != s {
			shown = append(shown, w.logs[other.ID][:e.records])
		}
	}
	took := map[text.Hash]bool{}
	for range 1 + w.r.IntN(4) {
		if a := w.recent(); !took[a.ID()] {
			took[a.ID()] = true
			files = append(files, w.papers(a, leaves)...)
		}
	}
	if w.pending != nil && !took[w.pending.ID()] && !leaves(2) {
		files = append(files, w.papers(w.pending, leaves)...)
	}
	w.r.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	return files, shown
}

func (w *walk) papers(a *asked, leaves func(int) bool) []quorum.File {
	files := a.Files()
	if leaves(2) {
		files = slices.DeleteFunc(files, func(quorum.File) bool { return w.r.IntN(6) == 0 })
	}
	if w.r.IntN(2) == 0 && a.Kind() != quorum.KindFreeze {
		watcher := []text.ID{"frank", "grace"}[w.r.IntN(2)]
		a.cleared[watcher] = true
		files = append(files, w.v.Clear(watcher, a.Proposal)...)
		w.counts["clear"]++
	}
	return files
}

// visit brings files to a signer, which may lose power in between, and checks
// what it made of them.
func (w *walk) visit(crash bool) {
	if len(w.list) == 0 {
		return
	}
	s := w.signer()
	files, shown := w.files(s)
	if hasTwice(files) {
		return
	}
	w.sameInAnyOrder(s, files)
	var a signertest.Answer
	if crash {
		steps := 0
		if err := s.ReopenWith(stopBefore(w.r.IntN(60), &steps, errPower)); err != nil {
			s.Reopen()
			return
		}
	}
	verb := "release"
	if w.r.IntN(3) == 0 {
		verb = "record"
		a = s.Begin(files)
	} else {
		a = s.Release(files)
	}
	var refused *signer.RefusedError
	if a.Err != nil && !errors.As(a.Err, &refused) && !(crash && errors.Is(a.Err, errPower)) {
		w.t.Fatalf("%s: want a verdict, found %v", s.ID, a.Err)
	}
	w.counts["visit to "+verb]++
	if crash {
		w.counts["crash"]++
		s.Reopen()
	}
	for _, i := range a.Visit.Items {
		if len(i.Reasons) > 0 {
			w.counts["refused"]++
		}
		for _, r := range i.Reasons {
			w.counts[string(r.Code)]++
		}
	}
	for _, r := range a.Visit.Reasons {
		w.counts[string(r.Code)]++
	}
	w.learn(s, shown)
}

var errPower = errors.New("power cut")

func hasTwice(files []quorum.File) bool {
	seen := map[string]bool{}
	for _, f := range files {
		if seen[f.Name] {
			return true
		}
		seen[f.Name] = true
	}
	return false
}

// sameInAnyOrder demands the same verdict whatever order the files came in.
func (w *walk) sameInAnyOrder(s *signertest.Signer, files []quorum.File) {
	judge := func(files []quorum.File) (out []string) {
		v := s.Machine.Judge(files, quorum.Release, 1)
		for _, r := range v.Reasons {
			out = append(out, r.String())
		}
		for _, i := range v.Items {
			out = append(out, i.ID().Short(), fmt.Sprint(i.Permitted(), i.Reasons, i.Report.Notes))
		}
		return out
	}
	first := judge(files)
	files = slices.Clone(files)
	w.r.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	if second := judge(files); !slices.Equal(first, second) {
		w.t.Fatalf("%s: want the same verdict in any order, found\n%q\nand\n%q", s.ID, first, second)
	}
}

// learn reads what a signer wrote and lets the model check it.
func (w *walk) learn(s *signertest.Signer, shown [][]record.Record) {
	before, now := w.logs[s.ID], s.Records()
	if len(now) < len(before) {
		w.t.Fatalf("%s: want a log that grows, found %d records after %d", s.ID, len(now), len(before))
	}
	for i := len(before); i < len(now); i++ {
		w.check(s.ID, now[i], view{own: now[:i], others: shown})
		w.counts["record "+string(now[i].Body.Kind())]++
		if b, ok := now[i].Body.(record.Adopted); ok && b.Version > w.v.Policy.Version {
			w.v.Adopted(w.orders[b.ID].Order)
			_, err := fmt.Sscanf(fmt.Sprint(w.v.Policy.FeeRateMax), "%d", &w.fee)
			must(w.t, err)
		}
	}
	w.logs[s.ID] = now
	w.keep(s)
	w.checkTogether(w.logs, w.v.Chain.Tip().Height)
}

// rollBack puts a signer to an older copy of itself. Shown its own newest log it
// does and writes nothing; a resync gives it back what it lost.
func (w *walk) rollBack() {
	s := w.signer()
	old := copied(w.t, s)
	from := headOf(s, w.v)
	n := len(w.logs[s.ID])
	for range 6 {
		if w.visit(false); len(s.Records()) > n {
			break
		}
	}
	if version, _, _ := s.Machine.State().Head(); len(s.Records()) == n || version != w.v.Policy.Version {
		return
	}
	to := headOf(s, w.v)
	restored(s, old)
	w.counts["roll back"]++
	whole := len(w.logs[s.ID])
	e := w.exports[s.ID][len(w.exports[s.ID])-1]
	files, _ := w.files(s)
	if !hasTwice(files) {
		a := s.Release(files)
		if len(s.Records()) != n || slices.ContainsFunc(a.Signed, func(b []byte) bool { return b != nil }) {
			w.t.Fatalf("%s: want nothing from a signer that was put back, found %v", s.ID, s.Kinds()[n:])
		}
	}
	w.v.Officers["carol"].Keys[0].Counter++
	fix := w.v.Decide("alice", quorum.Resync{Device: s.ID, From: from, To: to}, "bob", "dave", "erin")
	fix.Proposal = w.v.Ask("alice", quorum.Resync{Device: s.ID, From: from, To: to}, func(st *quorum.Statement) {
		for i := range st.Seen {
			if st.Seen[i].Device == s.ID {
				st.Seen[i] = seenOf(w.t, s.ID, e)
			}
		}
	})
	o := w.add("resync", &signertest.Order{Proposal: fix.Proposal, Signatures: w.v.Approve(fix.Proposal)}, "bob", "dave", "erin")
	bundle := []quorum.File{{Name: "headers.bin", Bytes: w.v.Chain.Headers.Bytes()}}
	for _, other := range w.v.Signers {
		all := w.exports[other.ID]
		last := all[len(all)-1]
		bundle = append(bundle, quorum.File{Name: string(other.ID) + ".checkpoint", Bytes: last.checkpoint}, quorum.File{Name: string(other.ID) + ".entries", Bytes: last.entries})
	}
	bundle = append(bundle, o.Files()...)
	for v := uint64(2); v <= w.v.Policy.Version; v++ {
		bundle = append(bundle, w.policyFile(v)...)
	}
	a := s.Release(bundle)
	if a.Err != nil || len(a.Codes()) > 0 || len(s.Records()) <= whole {
		w.t.Fatalf("%s: want every record back, found %d of %d, %v %v", s.ID, len(s.Records()), whole, a.Err, a.Codes())
	}
	w.learn(s, nil)
}

func (w *walk) policyFile(version uint64) []quorum.File {
	for _, p := range w.policies {
		if p.Version == version && w.inForce(p) {
			return []quorum.File{{Name: quorum.PolicyName(version) + ".txt", Bytes: p.Bytes()}}
		}
	}
	return nil
}

func (w *walk) inForce(p *policy.Policy) (yes bool) {
	for _, log := range w.logs {
		each([][]record.Record{log}, func(a record.Adopted, _ record.Record) { yes = yes || a.Policy == p.Hash() })
	}
	return yes
}

// step takes one action.
func (w *walk) step() {
	switch n := w.r.IntN(100); {
	case n < 18:
		w.askWithdrawal()
	case n < 21:
		w.askInternal()
	case n < 22:
		w.askBrake()
	case n < 29:
		w.askThaw()
	case n < 32:
		w.askAmendment()
	case n < 34:
		w.askOther()
	case n < 44:
		w.signMore()
	case n < 54:
		w.counts["mine"]++
		w.v.Chain.Mine(1 + w.r.IntN(4))
	case n < 56:
		w.signer().Reopen()
		w.counts["reopen"]++
	case n < 57:
		w.rollBack()
	default:
		w.visit(n >= 96)
	}
}

// A long random walk. What the signers' logs say is held after each step against
// what people signed. STRONGROOM_LONG multiplies its length.
func TestWalkThroughTheLifeOfAVault(t *testing.T) {
	walks, steps := 4, 300
	if testing.Short() {
		walks, steps = 2, 150
	}
	walks *= longer(t)
	counts := map[string]int{}
	for i := range walks {
		t.Run(fmt.Sprint("seed ", i), func(t *testing.T) {
			w := newWalk(t, uint64(i), counts)
			for range steps {
				w.step()
			}
		})
	}
	t.Logf("%d steps: %v", walks*steps, counts)
	least := map[string]int{"record released": 10, "record recorded": 2, "record refused": 50, "SEAT-SHORT": 10}
	if !testing.Short() {
		least = map[string]int{"record released": 30, "record recorded": 10, "record adopted": 4, "record frozen": 4, "record thawed": 2, "record resync": 2, "record restore": 2,
			"record killed": 1, "record vetoed": 5, "record refused": 300, "roll back": 2, "crash": 10, "FRZ-ACTIVE": 5, "SEAT-SHORT": 50, "LIM-UNPROVEN": 20, "CLK-NOTRECORDED": 5, "STATE-VETOED": 5}
	}
	for name, n := range least {
		if counts[name] < n {
			t.Errorf("want %s at least %d times, found %d", name, n, counts[name])
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
