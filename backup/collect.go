package backup

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// grace is how long the other copies are waited for once enough are good, which
// took so long.
func grace(took time.Duration) time.Duration { return max(leastGrace, graceTimes*took) }

// collect waits for every outcome, for the end of the context, or for as long as a
// copy may take.
func (s Shipment) collect(ctx context.Context, stop context.CancelCauseFunc, results <-chan shipped, targets []Target) []Outcome {
	out := make([]Outcome, len(targets))
	done := make([]bool, len(targets))
	start := s.Now()
	if s.Most > 0 {
		go s.ring(ctx, stop, s.Most, fmt.Errorf("want it done within %s, found it not", s.Most))
	}
	good := Quorum(0)
	for range targets {
		select {
		case d := <-results:
			out[d.i], done[d.i] = d.Outcome, true
			if d.Err != nil {
				continue
			}
			if good++; good == s.Enough {
				more := grace(s.Now().Sub(start))
				go s.ring(ctx, stop, more, fmt.Errorf("want it done %s after %d good copies, found it not", more, good))
			}
		case <-ctx.Done():
			for range len(results) { // those done in time count
				d := <-results
				out[d.i], done[d.i] = d.Outcome, true
			}
			return givenUp(context.Cause(ctx), out, done, targets)
		}
	}
	return givenUp(context.Cause(ctx), out, done, targets)
}

// errLate is why the others were no longer waited for.
type errLate struct{ error }

// ring ends the wait for the others after some time.
func (s Shipment) ring(ctx context.Context, stop context.CancelCauseFunc, after time.Duration, why error) {
	if s.Sleep(ctx, after) == nil {
		stop(errLate{why})
	}
}

// givenUp marks the copies that were not done, or broke off because nobody waited.
func givenUp(cause error, out []Outcome, done []bool, targets []Target) []Outcome {
	why := ErrStopped
	var late errLate
	if errors.As(cause, &late) {
		why = fmt.Errorf("%w: %w", ErrStopped, late.error)
	}
	for i, t := range targets {
		if !done[i] {
			out[i] = Outcome{Target: t.ID, Err: why}
		} else if late.error != nil && errors.Is(out[i].Err, ErrStopped) {
			out[i].Err = why
		}
	}
	return out
}

// Lost returns the names of the objects that this copy has not got right, or that
// were right nowhere when it was made.
func (o Outcome) Lost() []string {
	var names []string
	for _, f := range o.Verification.Flaws {
		if f.Lost() {
			names = append(names, f.Object)
		}
	}
	var none nowhere
	if errors.As(o.Err, &none) {
		names = append(names, none.name)
	}
	return names
}

// LostSegments returns the payloads of those segments of which some copy tells
// that an object of theirs is lost.
func (m Manifest) LostSegments(outcomes []Outcome) []string {
	lost := map[string]bool{}
	for _, o := range outcomes {
		for _, name := range o.Lost() {
			lost[name] = true
		}
	}
	var payloads []string
	for _, g := range m.Segments {
		gone := lost[g.Name] || lost[g.ListName()]
		for _, h := range g.Headers {
			gone = gone || lost[h.Name]
		}
		if gone {
			payloads = append(payloads, g.Name)
		}
	}
	return payloads
}
