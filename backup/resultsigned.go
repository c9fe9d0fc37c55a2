package backup

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

const (
	resultPrefix          = "verification-"
	resultSignatureSuffix = ".verification.sig"

	// actVerification is apart from a manifest's: who may be asked to look at
	// copies never signs one by that.
	actVerification = "verification"
)

// SignedResult is a result with its exact bytes and a signature that was
// verified, or just made. The zero value counts for nothing.
type SignedResult struct {
	signedText
	result Result
}

// SignResult renders and signs a result (SSHSIG, act "verification").
func SignResult(x Result, s sshsig.Signer) (SignedResult, error) {
	t, err := signText(actVerification, x, s)
	if err != nil {
		return SignedResult{}, err
	}
	return SignedResult{t, x}, nil
}

// OpenResult reads a result and verifies its signature by the maker's key, which
// the caller takes from the policy, not from beside the text.
func OpenResult(b, signature []byte, maker text.ID, key sshsig.Key) (SignedResult, error) {
	x, err := ParseResult(b)
	if err != nil {
		return SignedResult{}, err
	}
	t, err := openText(actVerification, b, signature, x.Maker, maker, key)
	if err != nil {
		return SignedResult{}, err
	}
	return SignedResult{t, x}, nil
}

// Result returns the parsed text; its zero value if s is the zero SignedResult.
func (s SignedResult) Result() Result { return s.result }

// Stem returns how the names of text and signature begin that speak of the same
// copy, asked for the same, by the same maker: of those only the newest matters, and
// what it does not come after ([Result.ComesAfter]).
func (x Result) Stem() string {
	asked := x.Asked.String()[1:]
	if x.Probe.Canary != "" {
		asked = "probe"
	}
	return fmt.Sprintf("%s%s.%s.%s.%s-", resultPrefix, x.Store, x.Manifest.Short(), asked, x.Maker)
}

// TextName returns the name of the text's file.
func (s SignedResult) TextName() string {
	return s.result.Stem() + text.Identity(s.text).Short() + manifestSuffix
}

// SignatureName returns the name of the signature's file, which goes with
// TextName.
func (s SignedResult) SignatureName() string { return ResultSignatureName(s.TextName()) }

// ResultSignatureName returns the name of the signature that goes with a text's.
func ResultSignatureName(name string) string {
	return name[:max(len(name)-len(manifestSuffix), 0)] + resultSignatureSuffix
}

// Of wants the result to be about a snapshot that the caller verified: its very
// manifest, and a sample that nobody could choose who made it: by a block after the
// snapshot's of which mined says that it can have been the newest at the time of
// the look, as far as the caller's headers reach. Without mined no sample counts.
func (s SignedResult) Of(m Signed, mined func(Block, time.Time) bool) error {
	x, is := s.result, m.manifest
	switch {
	case s.text == nil || m.text == nil || x.Manifest != text.Identity(m.text):
		return fmt.Errorf("verification: want one of snapshot %d, found one of another", is.Number)
	case x.Place != is.Place:
		return fmt.Errorf("verification: want one of %s on %s, found one of %s on %s", is.Place.Vault, is.Place.Chain, x.Place.Vault, x.Place.Chain)
	case x.Snapshot != is.Number:
		return fmt.Errorf("verification: want number %d, as its manifest has, found %d", is.Number, x.Snapshot)
	case x.Asked == V2 && x.Level == V2 && x.Seed.Height <= is.Block.Height:
		return fmt.Errorf("verification: want a sample chosen by a block after %d, found %d", is.Block.Height, x.Seed.Height)
	case x.Asked == V2 && x.Level == V2 && (mined == nil || !mined(x.Seed, x.Verified)):
		return fmt.Errorf("verification: want a sample chosen by a block of the headers here, found one by %d %s", x.Seed.Height, x.Seed.Hash)
	}
	return nil
}

// Standing is what the results of one copy come to.
type Standing struct {
	Reached map[Level]SignedResult // by level: the newest that reached it and counts
	Shipped SignedResult           // zero, or the highest and newest good look of who is no verifier, where there are verifiers
	Bad     SignedResult           // zero, or the hardest look that found the copy no good and that nothing healed since
}

// Verifiers are who may say that copies are good. The zero value names nobody:
// then everybody speaks for what he looked at himself.
type Verifiers []text.ID

// heals says whether the good word of one lifts the bad word of another: who
// found it bad does, and a verifier. So a writer's key heals nothing that
// somebody else found.
func (v Verifiers) heals(good, bad text.ID) bool { return good == bad || slices.Contains(v, good) }

// counts says whether a good word fills the schedule.
func (v Verifiers) counts(by text.ID) bool { return len(v) == 0 || slices.Contains(v, by) }

// badLook is a look that found a copy no good: what was asked, and by whom.
type badLook struct {
	asked Level
	by    text.ID
}

// Stand holds results about one snapshot in one store against each other, in the
// order of their times. One that found the copy no good, whoever signed it, takes
// away what was reached before, and only a good one whose level [Level.Mends] that, by
// the same maker or by a verifier, gives it back: a text from before, copied over
// again, changes nothing, and a sample mends no sample. What claims to be from after
// now counts for nothing.
func Stand(list []SignedResult, who Verifiers, now time.Time) Standing {
	out, bad := Standing{Reached: map[Level]SignedResult{}}, map[badLook]SignedResult{}
	for _, s := range slices.SortedFunc(slices.Values(list), compareResults) {
		x := s.result
		switch {
		case s.text == nil || x.Verified.After(now.Add(maxAhead)):
			continue
		case x.Level == 0:
			bad[badLook{x.Asked, x.Maker}] = s
			clear(out.Reached)
			out.Shipped = SignedResult{}
			continue
		}
		maps.DeleteFunc(bad, func(l badLook, _ SignedResult) bool { return x.Level.Mends(l.asked) && who.heals(x.Maker, l.by) })
		switch {
		case len(bad) > 0:
		case who.counts(x.Maker):
			out.Reached[x.Level] = s
		case x.Level >= out.Shipped.result.Level:
			out.Shipped = s
		}
	}
	for _, s := range slices.SortedFunc(maps.Values(bad), compareHardness) {
		out.Bad = s
	}
	return out
}

// StandProbes holds the probes of one store against each other: it returns the
// newest that counts, or a bad one that neither who made it nor a verifier found
// mended since. The zero value says that there is none.
func StandProbes(list []SignedResult, who Verifiers, now time.Time) (last SignedResult) {
	bad := map[text.ID]SignedResult{}
	for _, s := range slices.SortedFunc(slices.Values(list), compareResults) {
		x := s.result
		switch {
		case s.text == nil || x.Probe.Canary == "" || x.Verified.After(now.Add(maxAhead)):
			continue
		case !x.Probe.Good() || x.Level == 0:
			bad[x.Maker] = s
			continue
		}
		maps.DeleteFunc(bad, func(by text.ID, _ SignedResult) bool { return who.heals(x.Maker, by) })
		if who.counts(x.Maker) {
			last = s
		}
	}
	for _, s := range slices.SortedFunc(maps.Values(bad), compareResults) {
		last = s
	}
	return last
}

// ComesAfter says whether a look of before, of the same Stem, says nothing more once
// this one is there. Bad news does until there is newer bad news, or a level that
// mends it: a sample, which read other parts, or what counts for less than was asked
// takes none away.
func (x Result) ComesAfter(before Result) bool {
	return before.Level != 0 || x.Level == 0 || x.Level.Mends(before.Asked)
}

// compareHardness orders by what was asked, then by time.
func compareHardness(a, b SignedResult) int {
	return cmp.Or(cmp.Compare(a.result.Asked, b.result.Asked), compareResults(a, b))
}

// compareResults is Result.Compare of what was signed.
func compareResults(a, b SignedResult) int { return a.result.Compare(b.result) }

// Compare orders looks at one copy by time, and of one second the more thorough
// look behind, such as that after a repair; of two alike the worse.
func (x Result) Compare(y Result) int {
	return cmp.Or(x.Verified.Compare(y.Verified), cmp.Compare(x.Asked, y.Asked), cmp.Compare(y.Level, x.Level))
}
