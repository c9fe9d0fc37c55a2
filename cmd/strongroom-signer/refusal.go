package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/keystore"
)

// refused is one thing that was refused: a proposal, or with the zero id
// everything that was brought.
type refused struct {
	id      text.Hash
	kind    quorum.Kind // empty when it could not be read
	reasons []quorum.Reason
	also    []string // further codes that its record names
}

// refuse turns what was refused into the error that tells a person: each
// reason in a sentence, what helps against the first, whom to call, and the
// codes. It is nil when nothing was refused.
func refuse(list ...refused) error {
	var all []told
	var also []string
	for _, r := range list {
		for _, reason := range r.reasons {
			all = append(all, told{r.id, r.kind, reason})
		}
		also = append(also, r.also...)
	}
	if len(all) == 0 {
		return nil
	}
	// What means more than a refusal comes first.
	slices.SortStableFunc(all, func(a, b told) int { return rank(a) - rank(b) })
	first := all[0]
	advice := first.reason.Code.Advice()
	out := cli.Refusal{Sentence: sentences(all), Hint: first.named(advice.Do), Call: advice.Call, Alarm: first.reason.Code.Alarm()}
	for _, t := range all {
		out.Codes = append(out.Codes, string(t.reason.Code))
	}
	rest := append(out.Codes[1:], also...)
	slices.Sort(rest)
	rest = slices.DeleteFunc(slices.Compact(rest), func(c string) bool { return c == string(first.reason.Code) })
	out.Codes = append([]string{string(first.reason.Code)}, rest...)
	return out
}

// told is one reason and the proposal it is about.
type told struct {
	id     text.Hash
	kind   quorum.Kind
	reason quorum.Reason
}

func rank(t told) int {
	if t.reason.Code.Alarm() {
		return 0
	}
	return 1
}

func (t told) String() string {
	if t.id.IsZero() {
		return t.reason.Text
	}
	return noun(t.kind) + " " + t.id.Short() + ": " + t.reason.Text
}

// named puts the proposal's id where an advice says ID, unless that is the id of
// what stands in its way.
func (t told) named(advice string) string {
	if c := t.reason.Code; t.id.IsZero() || c == quorum.FrzActive || c == quorum.SeatFrozen {
		return advice
	}
	return strings.ReplaceAll(advice, " ID'", " "+t.id.Short()+"'")
}

// sentences lists the reasons, one a line, up to a screen of them.
func sentences(all []told) string {
	var lines []string
	for _, t := range all[:min(len(all), shownReasons)] {
		lines = append(lines, t.String())
	}
	if more := len(all) - shownReasons; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more reasons", more))
	}
	return strings.Join(lines, "\n")
}

// explain makes a refusal of an error that is one: a home that does not agree
// with its log, a passphrase that is too weak, a release refused at its end.
func explain(err error) error {
	var corrupt *signer.CorruptError
	var late *signer.RefusedError
	var weak *keystore.Error
	switch {
	case errors.As(err, &corrupt):
		return refuse(refused{reasons: []quorum.Reason{{Code: quorum.StateCorrupt, Text: err.Error()}}})
	case errors.As(err, &late) && len(late.Reasons) > 0:
		return refuse(refused{reasons: late.Reasons})
	case errors.As(err, &weak):
		return cli.Refusal{Sentence: err.Error(), Codes: []string{weak.Reason()},
			Hint: "draw seven words or more by dice, and join them with single spaces"}
	}
	return err
}
