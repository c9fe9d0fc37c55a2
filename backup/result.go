package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/text"
)

// Result says what one look at one copy found, so that somebody else than the
// machine that keeps it can believe it: who looked signs.
//
//	strongroom/verification@v1
//	vault acme-treasury
//	chain mainnet
//	manifest 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
//	snapshot 40
//	store frankfurt
//	asked V2
//	level V2
//	seed 930000 00000000000000000001e1b1...
//	sample 1 8388608
//	objects 9
//	bytes 8404992
//	flaws 1
//	object payload-0123...cdef.age-payload covered
//	locked 2027-02-21T03:12:00Z
//	probe opened 24
//	broken lock
//	program strongroom go1.26.2
//	verified 2026-11-22T04:10:00Z rtc
//	maker verifier
//
// level is none when an object is missing or damaged. flaws counts them; objects
// are named up to a bound, the lost ones first. seed and sample are V2's, seed the
// newest block that was known; locked is when the first lock of an object ends.
// probe says whether the canary opened and how many promises of the store were
// tried out, and broken names those that it must keep and did not.
type Result struct {
	Place    Place
	Manifest text.Hash
	Snapshot uint64
	Store    text.ID
	Asked    Level // V0 to V4
	Level    Level // reached; no level when the copy is no good
	Seed     Block // of V2's sample
	Sample   Sample
	Objects  int
	Bytes    int64
	Count    int      // of all flaws
	Flaws    []Flawed // sorted, each once
	Locked   time.Time
	Probe    Probed
	Program  string // one line of printable ASCII
	Verified time.Time
	Maker    text.ID
}

// Probed is what a probe tried beside reading. The zero value is no probe.
type Probed struct {
	Canary CanaryFound
	Tried  int
	Broken []text.ID // names of promises, sorted, each once
}

// CanaryFound is what became of the canary.
type CanaryFound string

// What becomes of a canary. The zero value stands where nobody tried.
const (
	CanaryOpened CanaryFound = "opened"
	CanaryFailed CanaryFound = "failed"
)

// Good says that the canary opened and the store kept what it must keep.
func (p Probed) Good() bool { return p.Canary == CanaryOpened && len(p.Broken) == 0 }

// Take takes over what a verification of a copy found.
func (x Result) Take(v Verification) Result {
	x.Level, x.Sample, x.Objects, x.Bytes, x.Locked = v.Level, v.Sample, v.Objects, v.Bytes, v.Until.UTC().Truncate(time.Second)
	x.Count, x.Flaws = len(v.Flaws), slices.Clone(v.Flaws)
	if x.Count > maxFlaws {
		slices.SortStableFunc(x.Flaws, func(a, b Flawed) int {
			switch {
			case a.Lost() == b.Lost():
				return 0
			case a.Lost():
				return -1
			}
			return 1
		})
		x.Flaws = x.Flaws[:maxFlaws]
		slices.SortFunc(x.Flaws, Flawed.compare)
	}
	if v.Until.IsZero() {
		x.Locked = time.Time{}
	}
	return x
}

// Lost says whether a verification found objects that are missing or damaged, so
// that the copy is no good whatever else happened.
func (v Verification) Lost() bool { return slices.ContainsFunc(v.Flaws, Flawed.Lost) }

// ParseResult reads a result: strictly, so that what it accepts renders to the
// same bytes. It checks no signature.
func ParseResult(b []byte) (Result, error) {
	r, err := text.Open(b, text.Verification)
	if err != nil {
		return Result{}, err
	}
	x := Result{Place: readPlace(r)}
	x.Manifest = text.Value(r, "manifest", r.Field("manifest"), text.ParseHash)
	x.Snapshot = text.Uint[uint64](r, "snapshot", r.Field("snapshot"), maxNumber)
	x.Store = text.Value(r, "store", r.Field("store"), text.ParseID)
	x.Asked = text.Value(r, "asked", r.Field("asked"), ParseLevel)
	x.Level = text.Value(r, "level", r.Field("level"), parseReached)
	x.Seed = readBlock(r, "seed")
	x.Sample = readSample(r)
	x.Objects = int(text.Uint[uint32](r, "objects", r.Field("objects"), maxObjects))
	x.Bytes = readSize(r, "bytes", r.Field("bytes"), maxRead)
	x.Count = int(text.Uint[uint32](r, "flaws", r.Field("flaws"), maxObjects))
	for r.At("object") && len(x.Flaws) <= maxFlaws {
		f := r.Line("object", 2)
		x.Flaws = append(x.Flaws, Flawed{f[0], text.Value(r, "object", f[1], parseFlaw)})
	}
	x.Locked = text.Value(r, "locked", r.Field("locked"), parseLocked)
	x.Probe = readProbed(r)
	_, x.Program = r.Rest("program", 0)
	x.Verified = readTime(r, "verified")
	x.Maker = text.Value(r, "maker", r.Field("maker"), text.ParseID)
	if err := r.Close(); err != nil {
		return Result{}, err
	}
	return canonical(b, x)
}

// Render returns the text, or refuses values that no result has.
func (x Result) Render() ([]byte, error) {
	if err := x.check(); err != nil {
		return nil, fmt.Errorf("verification: %w", err)
	}
	w := text.NewWriter(text.Verification)
	x.Place.write(w)
	w.Line("manifest", x.Manifest.String())
	w.Line("snapshot", text.FormatUint(x.Snapshot))
	w.Line("store", string(x.Store))
	w.Line("asked", x.Asked.String())
	w.Line("level", reachedWord(x.Level))
	x.writeSample(w)
	w.Line("objects", text.FormatUint(uint(x.Objects)))
	w.Line("bytes", text.FormatUint(uint64(x.Bytes)))
	w.Line("flaws", text.FormatUint(uint(x.Count)))
	for _, f := range x.Flaws {
		w.Line("object", f.Object, string(f.Flaw))
	}
	locked := none
	if !x.Locked.IsZero() {
		locked = formatTime(x.Locked)
	}
	w.Line("locked", locked)
	x.Probe.write(w)
	w.Line("program", x.Program)
	writeTime(w, "verified", x.Verified)
	w.Line("maker", string(x.Maker))
	return w.Bytes()
}

// check says what every result must be.
func (x Result) check() error {
	if err := x.Place.check(); err != nil {
		return err
	}
	for _, id := range []struct {
		what string
		id   text.ID
	}{{"store", x.Store}, {"maker", x.Maker}} {
		if _, err := text.ParseID(string(id.id)); err != nil {
			return fmt.Errorf("%s: %w", id.what, err)
		}
	}
	if err := text.CheckRest(x.Program); err != nil {
		return fmt.Errorf("program: %w", err)
	}
	switch {
	case x.Manifest.IsZero():
		return errors.New("want the hash of a manifest, found zeros")
	case x.Snapshot < 1 || x.Snapshot > maxNumber:
		return fmt.Errorf("want a snapshot of 1 to %d, found %d", maxNumber, x.Snapshot)
	case x.Objects < 1 || x.Objects > maxObjects:
		return fmt.Errorf("want 1 to %d objects, found %d", maxObjects, x.Objects)
	case x.Bytes < 0 || x.Bytes > maxRead:
		return fmt.Errorf("want 0 to %d bytes, found %d", int64(maxRead), x.Bytes)
	case !x.Verified.Equal(seconds(x.Verified)) || !x.Locked.Equal(seconds(x.Locked)):
		return errors.New("want times in whole seconds, found parts of one")
	}
	if err := x.checkFlaws(); err != nil {
		return err
	}
	if err := x.checkLevel(); err != nil {
		return err
	}
	return x.Probe.check()
}

func (x Result) checkFlaws() error {
	if len(x.Flaws) > maxFlaws || x.Count < len(x.Flaws) || x.Count > maxObjects || x.Count > len(x.Flaws) && len(x.Flaws) < maxFlaws {
		return fmt.Errorf("flaws: want all named, up to %d, found %d named of %d", maxFlaws, len(x.Flaws), x.Count)
	}
	for i, f := range x.Flaws {
		if err := CheckObjectName(f.Object); err != nil {
			return fmt.Errorf("object: %w", err)
		}
		if _, err := parseFlaw(string(f.Flaw)); err != nil {
			return fmt.Errorf("object: %w", err)
		}
		if i > 0 && x.Flaws[i-1].compare(f) >= 0 {
			return fmt.Errorf("object: want them sorted, each once, found %s behind %s", clip(f.Object), clip(x.Flaws[i-1].Object))
		}
	}
	return nil
}

// checkLevel wants a level that the rest of the text bears out.
func (x Result) checkLevel() error {
	lost := slices.ContainsFunc(x.Flaws, Flawed.Lost)
	switch {
	case x.Asked < V0 || x.Asked > V4:
		return fmt.Errorf("asked: want V0 to V4, found %s", x.Asked)
	case lost != (x.Level == 0):
		return fmt.Errorf("level: want none where an object is missing or damaged and nowhere else, found %s", reachedWord(x.Level))
	case x.Level > x.Asked:
		return fmt.Errorf("level: want at most %s, as was asked, found %s", x.Asked, x.Level)
	case x.Asked != V2 && (x.Seed != Block{} || x.Sample != Sample{}):
		return fmt.Errorf("sample: want one of V2 only, found one of %s", x.Asked)
	case x.Level == V2 && x.Asked == V2 && (x.Seed.Hash.IsZero() || x.Sample.Parts < 1):
		return errors.New("sample: want a seed and a part that was read for V2, found none")
	case x.Seed.Hash.IsZero() && x.Seed.Height != 0:
		return errors.New("seed: want the hash of a block, found zeros")
	case x.Sample.Parts < 0 || x.Sample.Parts > maxSegments*maxParts || x.Sample.Bytes < 0 || x.Sample.Bytes > maxRead || x.Sample.Parts == 0 && x.Sample.Bytes != 0:
		return fmt.Errorf("sample: want at most %d parts, found %d with %d bytes", maxSegments*maxParts, x.Sample.Parts, x.Sample.Bytes)
	}
	return nil
}

func (p Probed) check() error {
	switch {
	case p.Canary != "" && p.Canary != CanaryOpened && p.Canary != CanaryFailed:
		return fmt.Errorf("probe: want %s or %s, found %q", CanaryOpened, CanaryFailed, clip(string(p.Canary)))
	case p.Canary == "" && (p.Tried != 0 || len(p.Broken) != 0):
		return errors.New("probe: want what became of the canary, found nothing")
	case p.Tried < len(p.Broken) || p.Tried > maxTried:
		return fmt.Errorf("probe: want %d to %d promises tried out, found %d", len(p.Broken), maxTried, p.Tried)
	}
	return checkIDs("broken promises", p.Broken, 0, maxTried)
}

func parseReached(s string) (Level, error) {
	if s == none {
		return 0, nil
	}
	return ParseLevel(s)
}

func reachedWord(l Level) string {
	if l == 0 {
		return none
	}
	return l.String()
}

func parseLocked(s string) (time.Time, error) {
	if s == none {
		return time.Time{}, nil
	}
	return parseTime(s)
}

func readSample(r *text.Reader) Sample {
	f := pairOrNone(r, "sample", "a number of parts and of bytes")
	if f == nil {
		return Sample{}
	}
	return Sample{Parts: int(text.Uint[uint32](r, "sample", f[0], maxSegments*maxParts)), Bytes: readSize(r, "sample", f[1], maxRead)}
}

func (x Result) writeSample(w *text.Writer) {
	w.Line("seed", x.Seed.fields()...)
	if x.Sample.Parts == 0 {
		w.Line("sample", none)
	} else {
		w.Line("sample", text.FormatUint(uint(x.Sample.Parts)), text.FormatUint(uint64(x.Sample.Bytes)))
	}
}

func readProbed(r *text.Reader) (p Probed) {
	if f := pairOrNone(r, "probe", "a word and a number"); f != nil {
		p.Canary, p.Tried = CanaryFound(f[0]), int(text.Uint[uint32](r, "probe", f[1], maxTried))
	}
	for r.At("broken") && len(p.Broken) <= maxTried {
		p.Broken = append(p.Broken, text.Value(r, "broken", r.Field("broken"), text.ParseID))
	}
	return p
}

func (p Probed) write(w *text.Writer) {
	if p.Canary == "" {
		w.Line("probe", none)
		return
	}
	w.Line("probe", string(p.Canary), text.FormatUint(uint(p.Tried)))
	for _, b := range p.Broken {
		w.Line("broken", string(b))
	}
}

// String says what was found in a few words, such as "V3" or "none: payload-...
// missing".
func (x Result) String() string {
	if x.Level != 0 {
		return x.Level.String()
	}
	var lost []string
	for _, f := range x.Flaws {
		if f.Lost() && len(lost) < maxTold {
			lost = append(lost, f.Object+" "+string(f.Flaw))
		}
	}
	return none + ": " + strings.Join(lost, ", ")
}
