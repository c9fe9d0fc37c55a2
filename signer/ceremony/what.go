package ceremony

import (
	"fmt"

	"strongroom/quorum/text"
)

// What is what a ceremony is for. The zero value is nothing.
type What uint8

// What people meet for.
const (
	Make    What = iota + 1 // a new key, from entropy that several people give
	Import                  // a key that was made elsewhere
	Reshare                 // new shares of a key
	Sign                    // opening a key to sign proposals
)

// ParseWhat reads make, import, reshare or sign.
func ParseWhat(s string) (What, error) {
	for w := Make; w <= Sign; w++ {
		if w.String() == s {
			return w, nil
		}
	}
	return 0, fmt.Errorf("want make, import, reshare or sign, found another")
}

// String returns the name that texts and records have for it.
func (w What) String() string {
	names := [...]string{"nothing", "make", "import", "reshare", "sign"}
	if int(w) < len(names) {
		return names[w]
	}
	return names[0]
}

// ID returns the name as a record of a ceremony holds it.
func (w What) ID() text.ID { return text.ID(w.String()) }

// opens says whether somebody brings the key or opens shares of it.
func (w What) opens() bool { return w == Import || w == Reshare || w == Sign }

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
	}
	return "No ceremony"
}
