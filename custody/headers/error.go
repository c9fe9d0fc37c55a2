package headers

import "fmt"

// Code is the stable name of a reason to refuse headers.
type Code string

// The codes of this package.
const (
	CodeForm     Code = "CLK-FORM"     // not a row of 80-byte headers, or too many
	CodeLink     Code = "CLK-LINK"     // the header before it is not known
	CodePow      Code = "CLK-POW"      // the hash is above the target
	CodeBits     Code = "CLK-BITS"     // not the difficulty that consensus demands
	CodeMTP      Code = "CLK-MTP"      // not later than the median of the eleven before
	CodeFloor    Code = "CLK-FLOOR"    // work below a sixteenth of the origin's
	CodeReorg    Code = "CLK-REORG"    // more work, but it forks too deep: an alarm
	CodeLessWork Code = "CLK-LESSWORK" // a fork with no more work than the chain
)

// Error says why headers were refused. The chain is then as it was.
type Error struct {
	Code   Code
	Height uint32 // of the header it is about; 0 if it is about all of them
	Want   string
	Found  string
}

// Error returns one lower-case sentence: the header's height, what was wanted,
// what was found. The code is not part of it.
func (e *Error) Error() string {
	if e.Height == 0 {
		return fmt.Sprintf("headers: want %s, found %s", e.Want, e.Found)
	}
	return fmt.Sprintf("header %d: want %s, found %s", e.Height, e.Want, e.Found)
}

// Reason returns the code as text.
func (e *Error) Reason() string { return string(e.Code) }
