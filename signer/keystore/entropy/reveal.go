package entropy

import (
	"crypto/subtle"
	"fmt"
	"slices"
)

// Reveals collects the contributions of a closed round. The zero value is
// refused.
type Reveals struct {
	list  Commitments
	given []*Contribution // at its person's place, nil until revealed
}

// Reveal begins to collect what the people of a closed list committed to.
func (l Commitments) Reveal() (*Reveals, error) {
	if l.Text() == nil {
		return nil, errNoRound
	}
	return &Reveals{list: l.clone(), given: make([]*Contribution, len(l.members))}, nil
}

// Add takes a contribution that is exactly the one committed to, is credited
// with enough bits, could have come from chance, and is nobody else's. Whoever
// mistyped may type again until it is the one committed to. If that one has too
// few bits or is not what chance makes, the round can't end: another begins
// with new system entropy and new rolls of everybody. The contribution stays
// its caller's to wipe.
func (r *Reveals) Add(c *Contribution) error {
	if r == nil || len(r.given) == 0 {
		return errNoRound
	}
	commitment, err := c.Commitment()
	if err != nil {
		return err
	}
	i := slices.Index(r.list.People(), c.whose.Person)
	switch {
	case c.whose.Vault != r.list.vault || c.whose.Signer != r.list.signer:
		return fmt.Errorf("contribution of %s: want one for %s of %s, found another's", c.whose.Person, r.list.signer, r.list.vault)
	case i < 0:
		return fmt.Errorf("contribution of %s: want a person who committed, found none of that name", c.whose.Person)
	case r.given[i] != nil:
		return fmt.Errorf("contribution of %s: want it once, found it again", c.whose.Person)
	case commitment != r.list.members[i].commitment:
		return fmt.Errorf("contribution of %s: want the one committed to, found another", c.whose.Person)
	}
	if err := r.checkRolls(c); err != nil {
		return fmt.Errorf("contribution of %s: %w", c.whose.Person, err)
	}
	r.given[i] = c
	return nil
}

func (r *Reveals) checkRolls(c *Contribution) error {
	if bits := c.Bits(); bits < r.list.least {
		return fmt.Errorf("want at least %d bits, found %d", r.list.least, bits)
	}
	if v := c.Judge(); v.Level() != Plain && v.Level() != Suspect {
		return fmt.Errorf("want rolls that chance makes, found that %s", v.Worst())
	}
	for _, other := range r.given {
		if other != nil && other.secret != nil && alike(other, c) {
			return fmt.Errorf("want rolls of their own, found those of %s", other.whose.Person)
		}
	}
	return nil
}

// alike says whether one contribution is the other, or shares with it a stretch
// that chance doesn't make.
func alike(a, b *Contribution) bool {
	x, y := a.secret(), b.secret()
	if subtle.ConstantTimeCompare(x.value, y.value) == 1 {
		return true
	}
	if a.source != b.source {
		return false
	}
	if a.source == Cards {
		return againLevel(append(decks(x.faces), decks(y.faces)...)) == Refused
	}
	places := len(x.faces) * len(y.faces)
	return stretchLevel(places, longestShared(x.faces, y.faces), a.source.kind().faces) == Refused
}

// Missing returns who has not revealed yet, sorted.
func (r *Reveals) Missing() []string {
	var out []string
	if r == nil {
		return nil
	}
	for i, m := range r.list.members {
		if r.given[i] == nil {
			out = append(out, m.name)
		}
	}
	return out
}
