package quorum_test

import (
	"math/rand/v2"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/signer/signertest"
)

// forkedBench is a signer that a fork has stopped, in a vault where heidi both
// watches and recovers, and where recovery waits as long as told.
func forkedBench(t *testing.T, wait int) (*slowBench, *slowPlea) {
	t.Helper()
	r, ring := rand.New(rand.NewPCG(1, 1)), slowRing{}
	w := &slowBench{t: t, r: r, ring: ring, chain: signertest.NewChain(t, slowNow), logs: map[string][]slowEvent{}}
	w.tip = slowNow
	first := drawLaw(r, map[string]string{"signer-a": slowDevice("signer-a", 0), "signer-b": slowDevice("signer-b", 0)}, ring)
	first.factors, first.terms, first.quiet = map[string]int{}, map[string]int{}, map[string]int{}
	first.groups = map[string][]string{"recovery": {"dave", "erin", "heidi"}, "risk": {"erin", "frank"}, "treasury": {"alice", "bob", "carol", "dave", "erin"}, "watch": {"frank", "grace", "heidi"}}
	for _, o := range slowPeople {
		first.keys[o], first.names[o] = []int{0}, o
	}
	first.roles["propose"] = []string{"treasury"}
	for name := range first.acts {
		first.acts[name] = slowAct{needs: []slowNeed{{2, "treasury"}}}
	}
	first.acts["loosen"] = slowAct{needs: []slowNeed{{2, "treasury"}}, clears: []slowNeed{{1, "watch"}}}
	first.acts["recovery"] = slowAct{needs: []slowNeed{{2, "recovery"}}, cool: wait}
	first.numbers["expiry-max"] = 60
	next := first.copy()
	next.numbers["fee-rate-max"], next.at = 299, 10
	w.adopt(first)
	w.adopt(next)
	adopted := slowEvent{what: "adopted", at: 10, version: 2, policy: w.hashes[1], class: "tighten"}
	rival := adopted
	rival.policy = w.hash()
	p := &slowPlea{kind: quorum.KindResync, law: 2, block: 45, expires: 105, calm: true, device: "signer-a", seen: map[string]int{}, logs: map[string][]slowEvent{
		"signer-a": {{what: "genesis"}, adopted, {what: "quarantine", at: 15, codes: []string{"POL-FORK"}}},
		"signer-b": {{what: "genesis"}, rival},
	}}
	for name, log := range p.logs {
		p.seen[name] = len(log)
	}
	p.from, p.end = 3, 3
	p.maker = slowVote{officer: "alice"}
	for _, o := range []string{"bob", "carol", "dave", "erin"} {
		p.approved = append(p.approved, slowVote{officer: o})
	}
	p.cleared = []slowClearance{{slowVote{officer: "heidi"}, 95, false}}
	return w, p
}

// The clearance that ends a fork is that of a loosening: whoever may clear one
// may clear this, also who could have recovered, but fills no seat.
func TestForkIsClearedByWhoeverClearsALoosening(t *testing.T) {
	w, p := forkedBench(t, 0)
	world, in := w.submit(p)
	permit, report := quorum.Judge(world, in, quorum.Release)
	if !permit.Valid() || permit.Sitting() != "fork" {
		t.Errorf("want the fork ended, found %v", report.Reasons)
	}
}

// A fork takes the longer of two waits, and its resync may live that much longer:
// in the presets the wait alone is longer than approvals keep. A resync of
// anything else may not.
func TestForkCanBeWaitedOut(t *testing.T) {
	const late = "expires: want at most height 167 under this policy, found 168 (CLK-EXPIRY-LONG)"
	for _, c := range []struct {
		name    string
		expires int
		codes   []string
		want    string
	}{
		{"the wait and a quarter on top", 167, []string{"POL-FORK"}, ""},
		{"a block more", 168, []string{"POL-FORK"}, late},
		{"no fork", 106, []string{"STATE-FORK"}, "expires: want at most height 105 under this policy, found 106 (CLK-EXPIRY-LONG)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, p := forkedBench(t, 50)
			p.expires, p.logs["signer-a"][2].codes = c.expires, c.codes
			world, in := w.submit(p)
			_, report := quorum.Judge(world, in, quorum.Release)
			if found := first(report.Reasons); found != c.want {
				t.Errorf("want %q, found %q", c.want, found)
			}
		})
	}
	w, p := forkedBench(t, 50)
	p.expires = 167
	world, in := w.submit(p)
	mine, _ := w.entries(p.logs["signer-a"])
	in.Logs = append(in.Logs, w.logFile("signer-a", mine))
	world.Device, world.Root, world.State = "", nil, record.NewState(custody.Regtest)
	if _, report := quorum.Judge(world, in, quorum.Review); len(report.Reasons) > 0 {
		t.Errorf("want an officer, who does not know what stopped the signer, to let it live as long, found %v", report.Reasons)
	}
}

func first(reasons []quorum.Reason) string {
	if len(reasons) == 0 {
		return ""
	}
	return reasons[0].Text + " (" + string(reasons[0].Code) + ")"
}
