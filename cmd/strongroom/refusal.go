package main

import (
	"errors"
	"fmt"

	"strongroom/cmd/internal/cli"
	"strongroom/quorum"
)

// refusal turns the reasons of a judgement into the error of a rule that says
// no: the sentence, the help and the telephone number are those of the reason
// that comes first, which is what to mend first; the codes are all of them. No
// reasons are no error. An alarm among the reasons goes before all others.
func refusal(reasons []quorum.Reason) error {
	if len(reasons) == 0 {
		return nil
	}
	first := reasons[0]
	for _, r := range reasons {
		if r.Code.Alarm() {
			first = r
			break
		}
	}
	advice := first.Code.Advice()
	codes := []string{string(first.Code)}
	for _, c := range quorum.Codes(reasons) {
		if c != codes[0] {
			codes = append(codes, c)
		}
	}
	return cli.Refusal{
		Sentence: first.Text,
		Codes:    codes,
		Hint:     advice.Do,
		Call:     advice.Call,
		Alarm:    first.Code.Alarm(),
	}
}

// refuse makes the error of a single reason.
func refuse(c quorum.Code, format string, args ...any) error {
	return refusal([]quorum.Reason{quorum.Because(c, format, args...)})
}

// advise gives a refusal a hint of its own, where that of its code does not help.
func advise(err error, hint string, args ...any) error {
	var r cli.Refusal
	if !errors.As(err, &r) {
		return err
	}
	r.Hint = fmt.Sprintf(hint, args...)
	return r
}

// moreReasons writes every reason after the first as a warning, so that a
// refusal is read as one sentence and nothing of it is lost.
func moreReasons(w cli.World, reasons []quorum.Reason) {
	for _, r := range reasons[min(1, len(reasons)):] {
		w.Warnf("%s (%s)", r.Text, r.Code)
	}
}
