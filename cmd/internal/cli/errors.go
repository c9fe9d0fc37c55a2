package cli

import (
	"errors"
	"fmt"
)

// Exit statuses of both programs, kept for ever.
const (
	Done    = 0 // what was asked is done
	Failed  = 1 // something did not work: a file, a disk, a node
	Usage   = 2 // the command line was not understood; nothing was tried
	Refused = 3 // a rule says no; the codes name it
	Alarm   = 4 // a rule says no and people must be called now
)

// Refusal is the error of a rule that says no. Main ends with Refused, or with
// Alarm when that is set.
type Refusal struct {
	Sentence string   // what is refused, what was wanted, what was found
	Codes    []string // the rules' stable names, first the one that decided
	Hint     string   // a command that can be pasted, if one helps
	Call     string   // whom to call and by what means, if a person must act
	Alarm    bool
}

// Error returns the sentence.
func (r Refusal) Error() string { return r.Sentence }

// exit tells the status that the refusal ends with.
func (r Refusal) exit() int {
	if r.Alarm {
		return Alarm
	}
	return Refused
}

// usageError marks a command line that was not understood.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// Usagef makes an error that ends with Usage. Without a hint of its own Main
// hints at the command's help.
func Usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// hinted carries the next command beside an error.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint attaches a command that the person can paste. A nil error stays nil; of
// several hints the outermost is shown.
func Hint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return hinted{err, fmt.Sprintf(format, args...)}
}

// reported marks an error that the JSON report on Out already tells.
type reported struct{ error }

func (r reported) Unwrap() error { return r.error }

// Reported marks an error whose machine form the command has already written
// with JSON, so that Out holds one document. The voices and the exit status
// stay the same. A nil error stays nil.
func Reported(err error) error {
	if err == nil {
		return nil
	}
	return reported{err}
}

// verdict is an error sorted into what Main has to say.
type verdict struct {
	Error string   `json:"error"`
	Codes []string `json:"codes"`
	Exit  int      `json:"exit"`
	Hint  string   `json:"hint,omitempty"`
	Call  string   `json:"call,omitempty"`
}

func judge(err error) verdict {
	v := verdict{Error: err.Error(), Codes: []string{}, Exit: Failed}
	var refusal Refusal
	var usage usageError
	switch {
	case errors.As(err, &refusal):
		v.Exit, v.Hint, v.Call = refusal.exit(), refusal.Hint, refusal.Call
		v.Codes = append(v.Codes, refusal.Codes...)
	case errors.As(err, &usage):
		v.Exit = Usage
	}
	var h hinted
	if errors.As(err, &h) {
		v.Hint = h.hint
	}
	return v
}

// voice is the word that opens the error's line.
func (v verdict) voice() string {
	switch v.Exit {
	case Refused:
		return "refused"
	case Alarm:
		return "ALARM"
	}
	return "error"
}
