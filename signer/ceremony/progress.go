package ceremony

import (
	"cmp"
	"slices"

	"strongroom/quorum/text"
)

// Progress is how far a ceremony is, as the workstation keeps it while people
// rest. It holds nothing secret.
//
//	strongroom/progress@v1
//	plan 2c26b46b68ffc68ff99b453c1d304134...
//	step 1 2026-11-21T09:30:00Z frank everybody present and known
//
// Lines are those of a transcript.
type Progress struct {
	Plan              text.Hash
	Steps, Exceptions []Entry
}

// ParseProgress reads what RenderProgress writes. Errors are *text.Error.
func ParseProgress(b []byte) (Progress, error) {
	r, err := text.Open(b, text.Progress)
	if err != nil {
		return Progress{}, err
	}
	p := Progress{Plan: text.Value(r, "plan", r.Field("plan"), text.ParseHash)}
	if r.At("step") {
		p.Steps = list(r, "step", maxSteps, func() Entry { return readEntry(r, "step") },
			func(a, b Entry) int { return cmp.Compare(a.Step, b.Step) })
	}
	if r.At("exception") {
		p.Exceptions = list(r, "exception", maxExceptions, func() Entry { return readEntry(r, "exception") }, compareEntries)
	}
	if err := r.Close(); err != nil {
		return Progress{}, err
	}
	again, err := RenderProgress(p)
	if err != nil {
		return Progress{}, err
	}
	return p, text.Canonical(b, again)
}

// RenderProgress writes progress as its text.
func RenderProgress(p Progress) ([]byte, error) {
	w := text.NewWriter(text.Progress)
	w.Line("plan", p.Plan.String())
	for _, e := range slices.SortedFunc(slices.Values(p.Steps), compareEntries) {
		writeEntry(w, "step", e)
	}
	for _, e := range slices.SortedFunc(slices.Values(p.Exceptions), compareEntries) {
		writeEntry(w, "exception", e)
	}
	return w.Bytes()
}
