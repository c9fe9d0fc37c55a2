package entropy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Round collects commitments and nothing else. It begins with the machine's
// own, so that no system entropy can be chosen after a person's commitment.
// The zero value is refused.
type Round struct {
	list   Commitments
	closed bool
}

// member is a person and what they are bound to.
type member struct {
	name       string
	commitment Commitment
}

// errNoRound is the answer of every zero value.
var errNoRound = errors.New("round: want one that was opened, found none")

// NewRound opens a round for one signer's key in which everybody contributes at
// least so many bits, LeastBits or more.
func NewRound(vault, signer string, least int, system Commitment) (*Round, error) {
	if err := checkID("vault", vault); err != nil {
		return nil, err
	}
	if err := checkID("signer", signer); err != nil {
		return nil, err
	}
	if least < LeastBits || least > mostBits {
		return nil, fmt.Errorf("round: want %d to %d bits from everybody, found %d", LeastBits, mostBits, least)
	}
	if system == (Commitment{}) {
		return nil, errors.New("round: want the system's commitment first, found none")
	}
	return &Round{list: Commitments{vault: vault, signer: signer, least: least, system: system}}, nil
}

// Commit binds a person to a contribution that nobody has seen.
func (r *Round) Commit(person string, c Commitment) error {
	if r == nil || r.list.system == (Commitment{}) {
		return errNoRound
	}
	if r.closed {
		return errors.New("round: want commitments before it is closed, found one after")
	}
	return r.list.add(person, c)
}

// Close ends the round. Whoever has not committed by then is not part of it.
func (r *Round) Close() (Commitments, error) {
	if r == nil || r.list.system == (Commitment{}) {
		return Commitments{}, errNoRound
	}
	if len(r.list.members) == 0 {
		return Commitments{}, errors.New("round: want at least one person, found none")
	}
	r.closed = true
	return r.list.clone(), nil
}

// Commitments is the closed list: what goes into the transcript, and reveals
// nothing. The zero value is refused everywhere.
type Commitments struct {
	vault, signer string
	least         int
	system        Commitment
	members       []member // by name
}

func (l *Commitments) add(person string, c Commitment) error {
	if err := checkID("person", person); err != nil {
		return err
	}
	if c == (Commitment{}) {
		return fmt.Errorf("commitment of %s: want one, found none", person)
	}
	if c == l.system {
		return fmt.Errorf("commitment of %s: want their own, found the system's", person)
	}
	for _, m := range l.members {
		if m.name == person {
			return fmt.Errorf("commitment of %s: want it once, found it again", person)
		}
		if m.commitment == c {
			return fmt.Errorf("commitment of %s: want their own, found that of %s", person, m.name)
		}
	}
	if len(l.members) == MaxPeople {
		return fmt.Errorf("round: want at most %d people, found one more", MaxPeople)
	}
	l.members = append(l.members, member{person, c})
	slices.SortFunc(l.members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return nil
}

func (l Commitments) clone() Commitments {
	l.members = slices.Clone(l.members)
	return l
}

// People returns who committed, sorted.
func (l Commitments) People() []string {
	var out []string
	for _, m := range l.members {
		out = append(out, m.name)
	}
	return out
}

// System returns the machine's own commitment.
func (l Commitments) System() Commitment { return l.system }
