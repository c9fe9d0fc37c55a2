package quorum_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/signer/signertest"
)

// slowCount is how often each sort of case was permitted and refused.
type slowCount map[string]map[bool]int

func (c slowCount) add(sort string, verdict bool) {
	if c[sort] == nil {
		c[sort] = map[bool]int{}
	}
	c[sort][verdict]++
}

// sorts names what a case is a case of.
func (w *slowBench) sorts(p *slowPlea, verb quorum.Verb) []string {
	act := map[quorum.Verb]string{quorum.Record: "record ", quorum.Release: "release "}[verb]
	out := []string{act + string(p.kind)}
	if p.kind == quorum.KindAmendment {
		out[0] += " " + p.class.String()
	}
	if verb == quorum.Record {
		return out
	}
	others, _ := w.slowCourt.others(p)
	tags := map[string]bool{
		"in force elsewhere":   w.settled(p, others),
		"a fork":               p.kind == quorum.KindResync && w.forkResync(p, others),
		"records lost":         p.kind == quorum.KindResync && p.end > len(p.logs["signer-a"]),
		"under two versions":   p.law < len(w.laws) && (p.kind == quorum.KindInternal || p.kind == quorum.KindSweep),
		"changes who decides":  touches(p.changes) && p.class != policy.ClassRekey,
		"tightens seats":       touches(p.changes) && p.class == policy.ClassTighten,
		"claims more than is":  p.kind == quorum.KindAmendment && p.class == policy.ClassLoosen && slowClass(w.head(), p.next, p.changes) != policy.ClassLoosen,
		"adds or drops signer": p.kind == quorum.KindAmendment && !maps.Equal(p.next.devices, w.head().devices),
		"spurns another's log": p.kind == quorum.KindAmendment && w.spurns(p),
		"a signer in doubt":    p.kind == quorum.KindAmendment && len(doubts(p.logs["signer-a"])) > 0,
	}
	for tag, yes := range tags {
		if yes {
			out = append(out, tag)
		}
	}
	return out
}

// spurns says whether a fork is there, and the amendment takes out who has it.
func (w *slowBench) spurns(p *slowPlea) bool {
	all, others := map[string][]slowEvent{}, map[string][]slowEvent{}
	for d := range w.head().devices {
		if d != "signer-a" {
			all[d] = p.logs[d]
		}
		if _, stays := p.next.devices[d]; stays && d != "signer-a" {
			others[d] = p.logs[d]
		}
	}
	return w.forked(p.logs["signer-a"], all) && !w.forked(p.logs["signer-a"], others)
}

// Two judges, written apart from each other, agree about every amendment, with
// all classes, claims, consents, waits, rivals and followers, and about every
// other decision but payments. STRONGROOM_LONG multiplies the number of worlds.
func TestJudgeAgreesWithTheSlowJudgeOnAllElse(t *testing.T) {
	worlds := 290
	if testing.Short() {
		worlds = 25
	}
	worlds *= longer(t)
	chain, ring := signertest.NewChain(t, slowNow), slowRing{}
	kinds := slices.Concat(slices.Repeat([]quorum.Kind{quorum.KindAmendment}, 11), slices.DeleteFunc(quorum.Kinds(), func(k quorum.Kind) bool {
		return k == quorum.KindWithdrawal || k == quorum.KindAmendment
	}))
	codes, sorts := map[quorum.Code]int{}, slowCount{}
	for i := range worlds {
		w := newSlowBench(t, rand.New(rand.NewPCG(17, uint64(i))), chain, ring)
		for _, kind := range kinds {
			p := w.plead(kind)
			world, in := w.submit(p)
			for _, verb := range []quorum.Verb{quorum.Record, quorum.Release} {
				permit, report := quorum.Judge(world, in, verb)
				want := w.permits(p, verb == quorum.Record)
				if permit.For(verb) != want {
					t.Fatalf("world %d, %s, verb %d: want %v, found stage %c %v\nnotes %v\n%v\n%v", i, kind, verb, want, report.Stage, report.Reasons, report.Notes, p, p.changes)
				}
				for _, sort := range w.sorts(p, verb) {
					sorts.add(sort, want)
				}
				for _, r := range slices.Concat(report.Reasons, report.Notes) {
					codes[r.Code]++
				}
			}
		}
	}
	t.Logf("%d worlds, %d amendments, %d others", worlds, 11*worlds, (len(kinds)-11)*worlds)
	if !testing.Short() {
		checkSorts(t, sorts, 2*worlds/290)
		checkCodes(t, codes)
	}
}

// checkSorts wants both verdicts of every sort of case, but where one cannot be:
// the chain is too short for a later origin, and what does not wait is not recorded.
func checkSorts(t *testing.T, sorts slowCount, least int) {
	t.Helper()
	never := []string{"record cancel", "record freeze", "record rehearsal", "record amendment reanchor", "release amendment reanchor"}
	for _, sort := range slices.Sorted(maps.Keys(sorts)) {
		yes, no := sorts[sort][true], sorts[sort][false]
		t.Logf("%s: %d permitted, %d refused", sort, yes, no)
		if no < least || yes < least && !slices.Contains(never, sort) {
			t.Errorf("%s: want both verdicts at least %d times, found %d permitted and %d refused", sort, least, yes, no)
		}
	}
	if want := 38; len(sorts) != want {
		t.Errorf("want %d sorts of cases, found %d", want, len(sorts))
	}
}

// checkCodes wants every reason that these kinds can meet.
func checkCodes(t *testing.T, codes map[quorum.Code]int) {
	t.Helper()
	for _, c := range []quorum.Code{
		quorum.ClkAhead, quorum.ClkCooling, quorum.ClkExpired, quorum.ClkExpiryLong, quorum.ClkNoCool, quorum.ClkNotRecorded, quorum.ClkOffchain, quorum.ClkRecorded,
		quorum.ClrMissing, quorum.ClrOld, quorum.ClrWorld, quorum.FrzActive, quorum.FrzUnknown, quorum.LimUnproven,
		quorum.PolBehind, quorum.PolBusy, quorum.PolChanges, quorum.PolClass, quorum.PolConsent, quorum.PolDevice, quorum.PolFork, quorum.PolLockout, quorum.PolMissing, quorum.PolRekey, quorum.PolSeats,
		quorum.PolStale, quorum.PolVersion, quorum.PolWallet, quorum.QuietPolicy, quorum.QuietSigner, quorum.RecNotDormant, quorum.SeatFrozen, quorum.SeatMaker, quorum.SeatNoMaker, quorum.SeatRole,
		quorum.SeatShort, quorum.SeatTerm, quorum.SigUnknown, quorum.StateKilled, quorum.StateQuarantine, quorum.StateResync, quorum.StateRollback, quorum.StateVetoed, quorum.TextOperator, quorum.TextSeen,
		quorum.TextTotal, quorum.TextWallet, quorum.TxLineage, "POL-FACTOR", "POL-FLOOR", "POL-REF", "POL-SEATING", "POL-TWICE"} {
		if codes[c] == 0 {
			t.Errorf("want %s among the verdicts, found it never", c)
		}
	}
	t.Log(codes)
}
