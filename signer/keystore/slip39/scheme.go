package slip39

import "fmt"

// Group is how many of a group's members open it, and how many it has.
type Group struct{ Threshold, Count int }

// Scheme is who can open a secret: any GroupThreshold of the groups, each opened
// by its own threshold of members. The zero value is refused.
type Scheme struct {
	// Extendable allows further sets of shares that open to the same secret with
	// the same passphrase.
	Extendable bool
	// Exponent is the cost of a guess of the passphrase, 4 to 15: 10,000 rounds
	// of PBKDF2 times 2 to this power, both to split and to combine.
	Exponent       int
	GroupThreshold int
	Groups         []Group
}

// Check refuses a scheme that shares cannot be written for, one whose exponent is
// under 4, and a group that one of several members opens alone: its shares would
// be copies of each other, which can be made without a scheme.
func (s Scheme) Check() error {
	if s.Exponent < minExponent || s.Exponent > maxExponent {
		return fmt.Errorf("scheme: want an exponent of %d to %d, found %d", minExponent, maxExponent, s.Exponent)
	}
	if len(s.Groups) < 1 || len(s.Groups) > maxCount {
		return fmt.Errorf("scheme: want 1 to %d groups, found %d", maxCount, len(s.Groups))
	}
	if s.GroupThreshold < 1 || s.GroupThreshold > len(s.Groups) {
		return fmt.Errorf("scheme: want a group threshold of 1 to %d, found %d", len(s.Groups), s.GroupThreshold)
	}
	for i, g := range s.Groups {
		if err := g.check(); err != nil {
			return fmt.Errorf("scheme: group %d: %w", i+1, err)
		}
	}
	return nil
}

func (g Group) check() error {
	if g.Count < 1 || g.Count > maxCount {
		return fmt.Errorf("want 1 to %d members, found %d", maxCount, g.Count)
	}
	if g.Threshold < 1 || g.Threshold > g.Count {
		return fmt.Errorf("want a threshold of 1 to %d, found %d", g.Count, g.Threshold)
	}
	if g.Threshold == 1 && g.Count > 1 {
		return fmt.Errorf("want one member for a threshold of 1, found %d", g.Count)
	}
	return nil
}
