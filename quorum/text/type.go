package text

// Type is what a text is, as its first line says. The zero value is no type
// and opens nothing.
type Type uint8

// The types of text. The numbers are never written; the names are, for ever.
const (
	Policy Type = iota + 1
	Proposal
	Clearance
	Record
	Annex
	Manifest
	Certificate
	Machine
	Desk
	Ceremony
	Transcript
	Presence
	Progress
	Media
	Build
	Rewrap
	Verification
)

// String returns the type's name as it stands in the first line.
func (t Type) String() string {
	switch t {
	case Policy:
		return "policy"
	case Proposal:
		return "proposal"
	case Clearance:
		return "clearance"
	case Record:
		return "record"
	case Annex:
		return "annex"
	case Manifest:
		return "manifest"
	case Certificate:
		return "certificate"
	case Machine:
		return "machine"
	case Desk:
		return "desk"
	case Ceremony:
		return "ceremony"
	case Transcript:
		return "transcript"
	case Presence:
		return "presence"
	case Progress:
		return "progress"
	case Media:
		return "media"
	case Build:
		return "build"
	case Rewrap:
		return "rewrap"
	case Verification:
		return "verification"
	}
	return "no type"
}

// Header returns the first line of a text of this type, without its LF.
func (t Type) Header() string { return "strongroom/" + t.String() + "@v1" }

// MaxSize returns the most bytes that a text of this type may have.
func (t Type) MaxSize() int {
	switch t {
	case Policy, Annex:
		return maxPolicy
	case Proposal:
		return maxProposal
	case Record:
		return maxRecord
	}
	return maxText
}

func (t Type) maxLine() int {
	if t == Policy || t == Annex {
		return maxPolicyLine
	}
	return maxLine
}

// TypeOf tells which type a text's first line claims. It checks nothing else.
func TypeOf(b []byte) (Type, bool) {
	for t := Policy; t <= Verification; t++ {
		h := t.Header()
		if len(b) > len(h) && string(b[:len(h)]) == h && b[len(h)] == '\n' {
			return t, true
		}
	}
	return 0, false
}
