package ceremony

import (
	"fmt"

	"strongroom/quorum/text"
)

// What is what a ceremony is for. The zero value is nothing.
type What uint8

// What people meet for.
const (
	Make      What = iota + 1 // a new key, from entropy that several people give
	Import                    // a key that was made elsewhere
	Reshare                   // new shares of a key
	Sign                      // opening a key to sign proposals
	MakeWords                 // words for a hardware wallet, of which nothing stays here
)

// ParseWhat reads make, import, reshare, sign or words.
func ParseWhat(s string) (What, error) {
	for w := Make; w <= MakeWords; w++ {
		if w.String() == s {
			return w, nil
		}
	}
	return 0, fmt.Errorf("want make, import, reshare, sign or words, found another")
}

// String returns the name that texts and records have for it.
func (w What) String() string {
	names := [...]string{"nothing", "make", "import", "reshare", "sign", "words"}
	if int(w) < len(names) {
		return names[w]
	}
	return names[0]
}

// ID returns the name as a record of a ceremony holds it.
func (w What) ID() text.ID { return text.ID(w.String()) }

// opens says whether somebody brings the key or opens shares of it.
func (w What) opens() bool { return w == Import || w == Reshare || w == Sign }

// Makes says whether the key is a new one, from entropy that several people give.
func (w What) Makes() bool { return w == Make || w == MakeWords }

// derives says whether it is shown for the first time what the key derives to.
func (w What) derives() bool { return w.Makes() || w == Import || w == Reshare }

// from says whether the key is one that has shares already.
func (w What) from() bool { return w == Reshare || w == Sign }

// shares says whether shares are made.
func (w What) shares() bool { return w == Make || w == Import || w == Reshare }

// title is what a printed page is headed with.
func (w What) title() string {
	switch w {
	case Make:
		return "Making a key"
	case Import:
		return "Importing a key"
	case Reshare:
		return "Sharing a key anew"
	case Sign:
		return "Opening a key to sign"
	case MakeWords:
		return "Making words for a hardware wallet"
	}
	return "No ceremony"
}
