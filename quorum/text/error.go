package text

import "fmt"

// Code is the stable name of a refusal.
type Code string

// The refusals of this package.
const (
	CodeByte     Code = "TEXT-BYTE"     // a byte outside 20 to 7E and LF
	CodeSize     Code = "TEXT-SIZE"     // too long, or empty
	CodeGrammar  Code = "TEXT-GRAMMAR"  // not the keyword, field or form wanted here
	CodeNoncanon Code = "TEXT-NONCANON" // the right meaning in other bytes
	CodeType     Code = "TEXT-TYPE"     // the first line is not the one wanted
)

// Error is a refusal to read a text. Line counts from 1; 0 means the text as a
// whole.
type Error struct {
	Code Code
	Line int
	Text string
}

// Error returns the refusal as one sentence, with the line it is about.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// Reason returns the stable code.
func (e *Error) Reason() string { return string(e.Code) }

func refuse(code Code, line int, format string, args ...any) *Error {
	return &Error{Code: code, Line: line, Text: fmt.Sprintf(format, args...)}
}

func clip(s string) string {
	if len(s) > clipLength {
		return s[:clipLength] + "..."
	}
	return s
}
