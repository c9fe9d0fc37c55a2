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
	j := &judgement{world: w, in: s, verb: Record, timeless: true, settled: true, parsed: parsed, report: Report{ID: text.Identity(s.Text)}}
	if !j.run() {
		return nil, 0, j.report
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
	read := make([]reading, len(steps))
	share(len(steps), workers, func(i int) { read[i] = readStep(steps[i]) })
	laid := []*Policies{w.Policies}
	for i, s := range steps {
		if read[i].policy == nil {
			break
		}
		next, err := laid[i].Adopt(read[i].policy, read[i].class, s.At)
		if err != nil {
			break
		}
		laid = append(laid, next)
	}
	n := min(len(laid), len(steps)) // the first that cannot be laid is judged too
	reports := make([]Report, n)
	share(n, workers, func(i int) {
		under := w
		under.Policies = laid[i]
		_, _, reports[i] = adoptable(under, steps[i].Submission, read[i].policy)
	})
	for i, r := range reports {
		if len(r.Reasons) > 0 {
			return laid[i], r
		}
	}
	return laid[len(laid)-1], Report{}
}

// reading is what a step's texts say; the policy is nil when they cannot be read.
type reading struct {
	policy *policy.Policy
	class  policy.Class
}

func readStep(s Step) reading {
	p, err := ParseProposal(s.Text)
	if err != nil {
		return reading{}
	}
	a, ok := p.Body.(Amendment)
	if !ok || text.Identity(s.Next.Policy) != a.Policy {
		return reading{}
	}
	next, err := policy.Parse(s.Next.Policy)
	if err != nil {
		return reading{}
	}
	return reading{next, a.Class}
}

// share calls work for every number below n, on as many goroutines as there are
// workers, at least one.
func share(n, workers int, work func(i int)) {
	workers = max(workers, 1)
	var wg sync.WaitGroup
	for first := range workers {
		wg.Go(func() {
			for i := first; i < n; i += workers {
				work(i)
			}
		})
	}
	wg.Wait()
}
