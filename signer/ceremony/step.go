package ceremony

import "strongroom/quorum/text"

// Role is the part that somebody has in a ceremony.
type Role string

// The roles. Everybody is no part of one person: the administrator sees to it
// that all do it.
const (
	Administrator Role = "administrator"
	Witness       Role = "witness"
	Contributor   Role = "contributor"
	Opener        Role = "opener"
	HolderRole    Role = "holder"
	Everybody     Role = "everybody"
)

// Step is one thing that is done, in its place. The printed script has room
// behind each for the time and the initials of who did it.
type Step struct {
	Number  int // from 1
	Section string
	Role    Role
	Person  text.ID // who does it, and answers for it
	Title   string  // in a few words, as the transcript repeats it
	Text    string  // what to do, in plain sentences
	Expect  []Fact  // what must be found, or typed
	Blanks  []string
	Do      Deed
	// After says that the step follows the transcript, which cannot speak of
	// it. What it makes, such as the signatures, proves it.
	After bool

	opens bool // its person opens the key, or brings it
}

// Fact is a value that people compare, by name.
type Fact struct{ Name, Value string }
