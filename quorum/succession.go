package quorum

import (
	"fmt"
	"slices"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Version is one policy of the chain: when this machine adopted it, by the
// header chain, and as which class of change. The first has neither.
type Version struct {
	Policy *policy.Policy
	Class  policy.Class
	At     record.Tip
}

// Policies is the policy chain as one machine holds it: version 1, then every
// amendment in turn, none left out. Found and Adopt make it; the zero value holds
// nothing.
type Policies struct{ versions []Version }

// NewPolicies begins a chain with a vault's first policy.
func NewPolicies(first *policy.Policy) *Policies {
	return &Policies{versions: []Version{{Policy: first}}}
}

// Adopt returns the chain with one more version. It refuses one that does not
// follow the head; whether people wanted it is judged elsewhere.
func (c *Policies) Adopt(p *policy.Policy, class policy.Class, at record.Tip) (*Policies, error) {
	head := c.Head()
	if head == nil || p.Version != head.Version+1 || p.Previous != head.Hash() {
		return nil, fmt.Errorf("policy: want one that follows the head of the chain, found version %d after %s", p.Version, p.Previous.Short())
	}
	return &Policies{versions: append(slices.Clone(c.versions), Version{Policy: p, Class: class, At: at})}, nil
}

// Head returns the policy in force; nil for a chain without one.
func (c *Policies) Head() *policy.Policy {
	if c == nil || len(c.versions) == 0 {
		return nil
	}
	return c.versions[len(c.versions)-1].Policy
}

// Genesis returns the hash of version 1; zero for a chain without one.
func (c *Policies) Genesis() text.Hash {
	if c == nil || len(c.versions) == 0 {
		return text.Hash{}
	}
	return c.versions[0].Policy.Hash()
}

// At returns one version of the chain.
func (c *Policies) At(version uint64) (Version, bool) {
	if c == nil || version == 0 || version > uint64(len(c.versions)) {
		return Version{}, false
	}
	return c.versions[version-1], true
}

// Versions returns every version, the first one first.
func (c *Policies) Versions() []Version {
	if c == nil {
		return nil
	}
	return slices.Clone(c.versions)
}

// upto returns the chain as it was when a version was its head.
func (c *Policies) upto(version uint64) *Policies {
	return &Policies{versions: slices.Clone(c.versions[:min(version, uint64(len(c.versions)))])}
}

// since returns the versions above one.
func (c *Policies) since(version uint64) []Version {
	if c == nil || version >= uint64(len(c.versions)) {
		return nil
	}
	return c.versions[version:]
}

// heldSince returns when something became part of the policy without a gap up to
// now: the adoption of the oldest version from which on it holds. first says
// that it was there from the beginning, and then it was never quiet.
func (c *Policies) heldSince(holds func(*policy.Policy) bool) (at record.Tip, first bool) {
	first = true
	for _, v := range slices.Backward(c.versions) {
		if !holds(v.Policy) {
			return at, false
		}
		at = v.At
	}
	return at, first
}
