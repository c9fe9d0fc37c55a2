package record

import (
	"cmp"
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Assessed says how the workstation was found at the start of a session: all
// findings by their hash, and by name each one that did not pass.
type Assessed struct {
	Findings text.Hash // SHA-256 of a line for each: its name, result and what was found
	Points   int       // how many findings there were
	Lacks    []Lack    // sorted by name; empty when all passed
}

// Lack is a finding that did not pass.
type Lack struct {
	Finding text.ID
	Failed  bool // false: it could not be seen, which is no pass either
}

// Kind returns KindAssessed.
func (Assessed) Kind() Kind { return KindAssessed }

func (b Assessed) write(w *text.Writer, _ custody.Network) {
	w.Line("findings", b.Findings.String())
	w.Line("points", text.FormatUint(uint64(b.Points)))
	if len(b.Lacks) == 0 {
		w.Line("lack", "none")
	}
	for _, l := range b.Lacks {
		w.Line("lack", string(l.Finding), l.result())
	}
}

func (l Lack) result() string {
	if l.Failed {
		return "fail"
	}
	return "unknown"
}

// String names the finding and its result.
func (l Lack) String() string { return fmt.Sprintf("%s (%s)", l.Finding, l.result()) }

func readAssessed(r *text.Reader, _ custody.Network) Body {
	b := Assessed{Findings: readHash(r, "findings"), Points: int(text.Uint[uint32](r, "points", r.Field("points"), maxFindings))}
	for len(b.Lacks) == 0 || r.At("lack") && len(b.Lacks) < maxFindings {
		f := r.Fields("lack")
		if len(f) == 1 && f[0] == "none" && len(b.Lacks) == 0 {
			return b
		}
		b.Lacks = append(b.Lacks, readLack(r, f))
	}
	if !slices.IsSortedFunc(b.Lacks, compareLacks) || len(slices.CompactFunc(slices.Clone(b.Lacks), sameFinding)) < len(b.Lacks) {
		r.Refuse("want lack lines sorted and each finding once, found others")
	}
	if len(b.Lacks) > b.Points {
		r.Refuse("want at most %d lack lines, found %d", b.Points, len(b.Lacks))
	}
	return b
}

func readLack(r *text.Reader, f []string) Lack {
	if len(f) != 2 || f[1] != "fail" && f[1] != "unknown" {
		r.Refuse("want \"lack none\" or \"lack FINDING fail\" or \"lack FINDING unknown\", found another form")
		return Lack{}
	}
	return Lack{text.Value(r, "lack", f[0], text.ParseID), f[1] == "fail"}
}

func compareLacks(a, b Lack) int { return cmp.Compare(a.Finding, b.Finding) }

func sameFinding(a, b Lack) bool { return a.Finding == b.Finding }

// String counts what was found.
func (b Assessed) String() string {
	failed := 0
	for _, l := range b.Lacks {
		if l.Failed {
			failed++
		}
	}
	return fmt.Sprintf("findings: %d pass, %d fail, %d unknown", b.Points-len(b.Lacks), failed, len(b.Lacks)-failed)
}
