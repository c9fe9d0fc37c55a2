package ceremony

import (
	"cmp"
	"slices"

	"strongroom/quorum/text"
)

// clock is the word behind a time that was read from a machine's real-time
// clock, which proves nothing.
const clock = "rtc"

// ParseBuild reads a build. What it accepts, RenderBuild writes in the same
// bytes. Whether it counts is for Review to say. Errors are *text.Error.
func ParseBuild(b []byte) (Build, error) {
	r, err := text.Open(b, text.Build)
	if err != nil {
		return Build{}, err
	}
	var x Build
	x.readPrograms(r)
	x.Reviewers = readPeople(r, "reviewer", maxReviewers)
	x.Checks = list(r, "check", maxChecks, func() Check {
		f := r.Line("check", 2)
		return Check{text.Value(r, "check", f[0], ParseAspect), text.Value(r, "check", f[1], text.ParseID)}
	}, compareChecks)
	if err := r.Close(); err != nil {
		return Build{}, err
	}
	rendered, err := writeBuild(x)
	if err == nil {
		err = text.Canonical(b, rendered)
	}
	if err != nil {
		return Build{}, err
	}
	return x, nil
}

func (b *Build) readPrograms(r *text.Reader) {
	f := r.Line("made", 2)
	b.Made = text.Value(r, "made", f[0], parseTime)
	if r.Err() == nil && f[1] != clock {
		r.Refuse("made: want the word %s behind the time, found %q", clock, clip(f[1]))
	}
	_, source := r.Rest("source", 0)
	b.Source = text.Value(r, "source", source, ParseRevision)
	b.Modules = readHash(r, "modules")
	b.Go = text.Value(r, "go", r.Field("go"), parseGo)
	b.Platform = text.Value(r, "platform", r.Field("platform"), parsePlatform)
	b.Desk, b.Signer = readProgram(r, deskProgram), readProgram(r, signerProgram)
}

// RenderBuild writes a build as its text, with sorted lists. It refuses, as
// ParseBuild would, what does not fit the grammar.
func RenderBuild(b Build) ([]byte, error) {
	out, err := writeBuild(b)
	if err != nil {
		return nil, err
	}
	if _, err := ParseBuild(out); err != nil {
		return nil, err
	}
	return out, nil
}

func writeBuild(b Build) ([]byte, error) {
	w := text.NewWriter(text.Build)
	w.Line("made", b.Made.UTC().Format(timeForm), clock)
	w.Line("source", b.Source.String())
	w.Line("modules", b.Modules.String())
	w.Line("go", b.Go)
	w.Line("platform", b.Platform)
	writeProgram(w, deskProgram, b.Desk)
	writeProgram(w, signerProgram, b.Signer)
	writePeople(w, "reviewer", b.Reviewers)
	for _, c := range slices.SortedFunc(slices.Values(b.Checks), compareChecks) {
		w.Line("check", string(c.Of), string(c.By))
	}
	return w.Bytes()
}

func compareChecks(a, b Check) int { return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.By, b.By)) }
