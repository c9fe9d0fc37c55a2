package quorum

import (
	"sync"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Adoptable judges whether an amendment has everything that it takes but time:
// its text, the difference, the signatures, seats and consents. A desk, which
// does not decide when, follows the signers with it.
func Adoptable(w World, s Submission) (*policy.Policy, policy.Class, Report) {
	return adoptable(w, s, nil)
}

// adoptable is Adoptable for a policy that was parsed already, if it is the one.
func adoptable(w World, s Submission, parsed *policy.Policy) (*policy.Policy, policy.Class, Report) {
	j := &judgement{world: w, in: s, verb: Record, timeless: true, parsed: parsed, report: Report{ID: text.Identity(s.Text)}}
	for _, st := range []struct {
		stage Stage
		run   func() []Reason
	}{{StageText, j.judgeText}, {StageWorld, j.judgeWorld}, {StageSignatures, j.judgeSignatures}, {StageLimits, j.judgeAsk}, {StageSeats, j.judgeSeats}} {
		if reasons := st.run(); len(reasons) > 0 {
			j.report.Stage, j.report.Reasons = st.stage, SortReasons(reasons)
			return nil, 0, j.report
		}
	}
	a, ok := j.p.Body.(Amendment)
	if !ok {
		j.report.Reasons = []Reason{Because(TextKind, "kind: want an amendment, found %s", j.p.Kind())}
		return nil, 0, j.report
	}
	return j.next, a.Class, j.report
}

// Step is one amendment that a signer's log says was adopted, and when.
type Step struct {
	Submission
	At record.Tip
}

// Follow judges amendments, the oldest first, as Adoptable does, and returns the
// chain with all of them that hold. Where one does not, the chain ends before it
// and the report says why.
//
// That a version follows another is in the texts, so the chain is laid out first
// and every step is judged by itself, on as many goroutines as there are workers;
// then the steps up to the first bad one count.
func Follow(w World, steps []Step, workers int) (*Policies, Report) {
	laid := []*Policies{w.Policies}
	for _, s := range steps {
		next, ok := lay(laid[len(laid)-1], s)
		if !ok {
			break
		}
		laid = append(laid, next)
	}
	n := min(len(laid), len(steps)) // the first that cannot be laid is judged too
	reports := make([]Report, n)
	judge := func(i int) {
		under := w
		under.Policies = laid[i]
		var parsed *policy.Policy
		if i+1 < len(laid) {
			parsed = laid[i+1].Head()
		}
		_, _, reports[i] = adoptable(under, steps[i].Submission, parsed)
	}
	var wg sync.WaitGroup
	for first := range max(workers, 1) {
		wg.Go(func() {
			for i := first; i < n; i += max(workers, 1) {
				judge(i)
			}
		})
	}
	wg.Wait()
	for i, r := range reports {
		if len(r.Reasons) > 0 {
			return laid[i], r
		}
	}
	return laid[len(laid)-1], Report{}
}

// lay adds a step to the chain without judging it; ok is false when its texts
// cannot be read or do not follow.
func lay(c *Policies, s Step) (*Policies, bool) {
	p, err := ParseProposal(s.Text)
	if err != nil {
		return nil, false
	}
	a, ok := p.Body.(Amendment)
	if !ok || text.Identity(s.Next.Policy) != a.Policy {
		return nil, false
	}
	next, err := policy.Parse(s.Next.Policy)
	if err != nil {
		return nil, false
	}
	laid, err := c.Adopt(next, a.Class, s.At)
	return laid, err == nil
}
