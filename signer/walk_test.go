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
	list    []*asked                    // in the order in which they were made
	logs    map[text.ID][]record.Record // as they were after the last step
	exports map[text.ID][]export
	freezes []text.Hash
	pending []*asked // the amendments of this version; two only near the end
	adopted []*asked // the amendments that somebody adopted, one a version
	stop    *asked   // what cancels one that waits for too long
	since   int      // the step at which the first of them was asked
	steps   int      // taken so far
	length  int      // of the whole walk
	payees  int      // added so far
}

// export is a log as it left a signer at some time.
type export struct {
	checkpoint, entries []byte
	records             int
}

// newWalk sets the vault up. In each second walk there is a wallet to sweep to,
// and a new key is quiet also in the mildest tier.
func newWalk(t *testing.T, seed uint64, length int, counts map[string]int) *walk {
	quiet, next := line("quiet signer 0 mildest", "quiet signer 8 mildest"), line("anchor-age-max 12", "anchor-age-max 13")
	if seed%2 == 1 {
		quiet, next = line("quiet signer 0 mildest", "quiet signer 6 every"), signertest.WithNext()
	}
	v := signertest.New(t, line("144 cool 0 named\nneed small", "20 cool 0 named\nneed small"), quiet, next,
		line("tier large below 50.00000000 rBTC window 1008 cool 0 named\nneed large 3 treasury\n", "tier large below 4.00000000 rBTC window 20 cool 3 named\nneed large 3 treasury\nclear large 1 watch\n"),
		line("velocity 50.00000000 rBTC window 1008", "velocity 2.50000000 rBTC window 20"), line("act loosen cool 0", "act loosen cool 3"),
		line("cap 20.00000000 rBTC window 1008", "cap 2.00000000 rBTC window 30"), line("quiet destination 0", "quiet destination 6"))
	w := &walk{model: &model{t: t, orders: map[text.Hash]*asked{}, policies: map[text.Hash]*policy.Policy{v.Genesis: v.Policy}, genesis: v.Genesis, counts: counts},
		v: v, r: rand.New(rand.NewPCG(seed, 1)), length: length, logs: map[text.ID][]record.Record{}, exports: map[text.ID][]export{}}
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
	if len(w.pending) > 0 && w.r.IntN(5) == 0 {
		a = w.pending[w.r.IntN(len(w.pending))]
	}
	if w.r.IntN(8) > 0 {
		w.approve(a, w.officer())
		return
	}
	if officer := w.officer(); !a.vetoed {
		a.vetoed = true
		w.counts["veto"]++
		w.v.Officers["carol"].Keys[0].Counter++
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
	for _, a := range w.carried() {
		if !took[a.ID()] && !leaves(2) {
			files = append(files, w.papers(a, leaves)...)
		}
	}
	w.r.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	return files, shown
}

// carried is what a courier always has with them: one amendment that is under
// way, and what cancels one.
func (w *walk) carried() (out []*asked) {
	if len(w.pending) > 0 {
		out = append(out, w.pending[w.r.IntN(len(w.pending))])
	}
	if w.stop != nil {
		out = append(out, w.stop)
	}
	return out
}

func (w *walk) papers(a *asked, leaves func(int) bool) []quorum.File {
	files := a.Files()
	if leaves(2) {
		files = slices.DeleteFunc(files, func(quorum.File) bool { return w.r.IntN(6) == 0 })
	}
	if w.r.IntN(2) == 0 && !a.Kind().Brake() {
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
	w.bring(s, files, shown, w.r.IntN(3) == 0, crash)
}

// errand is a visit of somebody who cares: all there is, as it is now, and the
// change of the rules that this signer lacks or all wait for.
func (w *walk) errand() {
	s := w.signer()
	version, _, _ := s.Machine.State().Head()
	i := slices.IndexFunc(w.adopted, func(a *asked) bool { return a.PolicyVersion == version })
	a := slices.Concat(w.adopted, w.pending)
	if i < 0 {
		i = len(w.adopted)
	}
	if i == len(a) {
		return
	}
	files, shown := w.v.Bundle(a[i].Order), [][]record.Record{}
	for _, other := range w.v.Signers {
		if other != s {
			shown = append(shown, w.logs[other.ID])
		}
	}
	a[i].cleared["grace"] = true
	w.counts["errand"]++
	w.bring(s, append(files, w.v.Clear("grace", a[i].Proposal)...), shown, w.r.IntN(2) == 0, false)
}

func (w *walk) bring(s *signertest.Signer, files []quorum.File, shown [][]record.Record, records, crash bool) {
	if hasTwice(files) {
		return
	}
	if w.r.IntN(2) == 0 {
		w.sameInAnyOrder(s, files)
	}
	var a signertest.Answer
	if crash {
		steps := 0
		if err := s.ReopenWith(stopBefore(w.r.IntN(60), &steps, errPower)); err != nil {
			s.Reopen()
			return
		}
	}
	verb := "release"
	if records {
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
		for _, r := range slices.Concat(i.Reasons, i.Report.Notes) {
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
			w.takeOver(w.orders[b.ID])
		}
	}
	w.logs[s.ID] = now
	w.keep(s)
	w.checkTogether(w.logs, w.v.Chain.Tip().Height)
}

// stopped says whether an officer is frozen in any log, or a signer in doubt:
// then those who put a signer back to work may not be able to.
func (w *walk) stopped() (yes bool) {
	for _, log := range w.logs {
		v := view{own: log}
		yes = yes || w.quarantined(v) || slices.ContainsFunc(w.freezesIn(v), func(f record.Frozen) bool { return f.Scope.What == record.ScopeOfficer })
	}
	return yes
}

// step takes one action.
func (w *walk) step() {
	w.steps++
	switch n := w.r.IntN(100); {
	case n < 17:
		w.askWithdrawal()
	case n < 20:
		w.askInternal()
	case n < 23:
		w.askSweep()
	case n < 25:
		w.askBrake()
	case n < 29:
		w.askThaw()
	case n < 34:
		w.askAmendment()
	case n < 36:
		w.askOther()
	case n < 45:
		w.signMore()
	case n < 55:
		w.counts["mine"]++
		w.v.Chain.Mine(1 + w.r.IntN(4))
	case n < 62:
		w.errand()
	case n < 63:
		w.signer().Reopen()
		w.counts["reopen"]++
	case n < 64:
		w.rollBack()
	default:
		w.visit(n >= 96)
	}
}

// A long random walk. What the signers' logs say is held after each step against
// what people signed. STRONGROOM_LONG multiplies its length.
func TestWalkThroughTheLifeOfAVault(t *testing.T) {
	walks, steps := 5, 330
	if testing.Short() {
		walks, steps = 2, 150
	}
	walks *= longer(t)
	counts := map[string]int{}
	for i := range walks {
		t.Run(fmt.Sprint("seed ", i), func(t *testing.T) {
			w := newWalk(t, uint64(i), steps, counts)
			for range steps {
				w.step()
			}
			w.part()
		})
	}
	t.Logf("%d steps: %v", walks*steps, counts)
	least := map[string]int{"record released": 5, "record recorded": 1, "record refused": 50, "SEAT-SHORT": 10}
	if !testing.Short() {
		least = map[string]int{"record released": 20, "record recorded": 10, "record frozen": 4, "record thawed": 2, "record resync": 2, "record restore": 2,
			"record killed": 1, "record vetoed": 5, "record refused": 300, "roll back": 2, "crash": 10, "FRZ-ACTIVE": 5, "SEAT-SHORT": 50, "LIM-UNPROVEN": 20, "CLK-NOTRECORDED": 5, "STATE-VETOED": 5,
			"adopted destination": 4, "adopted loosen": 3, "adopted a rekey": 1, "adopted a hire": 1, "adopted a remove": 1, "seat hired": 1, "seat rekeyed": 1, "released sweep": 1, "released internal": 2,
			"frozen destination": 1, "frozen officer": 1, "frozen signer": 1, "frozen all": 1, "ask rival": 1, "POL-BUSY": 2, "QUIET-DEST": 1}
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
