package policy

import (
	"cmp"
	"fmt"
	"slices"
)

// Reason is one ground on which Check refuses a policy.
type Reason struct {
	Code string // stable, one of the Code constants
	Text string // wanted and found, lower case
}

// The codes of Check. They never change their meaning.
const (
	// CodeForm means that the fields and the bytes do not say the same.
	CodeForm = "POL-FORM"
	// CodeUnfilled means that a draft still has something to fill in.
	CodeUnfilled = "POL-UNFILLED"
	// CodeTwice means that one thing is defined twice, or two things by one
	// name.
	CodeTwice = "POL-TWICE"
	// CodeRef means that something is named but not defined, or defined but
	// not complete.
	CodeRef = "POL-REF"
	// CodeDupKey means that one signing key stands twice.
	CodeDupKey = "POL-DUPKEY"
	// CodeFactor means that no key of an officer can give the proofs that their
	// factor line asks for.
	CodeFactor = "POL-FACTOR"
	// CodeVersion means that version and previous hash contradict each other.
	CodeVersion = "POL-VERSION"
	// CodeClock means that clock, chain and origin block do not fit together.
	CodeClock = "POL-CLOCK"
	// CodeWallet means a wallet that two disjoint sets, or ungoverned keys
	// alone, could sign for, or whose cosigners are not all listed.
	CodeWallet = "POL-WALLET"
	// CodeDevice means a device whose log key is not named VAULT/DEVICE.
	CodeDevice = "POL-DEVICE"
	// CodeAnnex means an annex of a name that nobody knows.
	CodeAnnex = "POL-ANNEX"
	// CodeFloor means a value beyond a hard floor or ceiling.
	CodeFloor = "POL-FLOOR"
	// CodeSeating means that different people cannot fill all seats of a tier
	// or act, whoever the maker is.
	CodeSeating = "POL-SEATING"
	// CodeWitness means that more witnesses are needed than there are.
	CodeWitness = "POL-WITNESS"
)

// findings collects reasons in the order in which they turn up.
type findings []Reason

func (f *findings) add(code, format string, args ...any) {
	*f = append(*f, Reason{Code: code, Text: fmt.Sprintf(format, args...)})
}

// sorted returns the reasons by code, then text, each once.
func (f findings) sorted() []Reason {
	slices.SortFunc(f, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(f)
}
