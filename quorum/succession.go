package quorum

import (
	"fmt"
	"slices"

	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
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
// amendment in turn, none left out. NewPolicies and Adopt make it; the zero value
// holds nothing.
type Policies struct {
	versions []Version
	keys     map[string]since // of "OFFICER KEY"
	payees   map[string]since // of "LABEL ADDRESS-OR-DESCRIPTOR"
}

// since says when something became part of the policy, without a gap up to now.
// What was there from the beginning has no tip, and is not new.
type since struct {
	first bool
	at    record.Tip
}

// NewPolicies begins a chain with a vault's first policy.
func NewPolicies(first *policy.Policy) *Policies {
	c := &Policies{versions: []Version{{Policy: first}}}
	c.keys, c.payees = listed(nil, first, keysOf, since{first: true}), listed(nil, first, payeesOf, since{first: true})
	return c
}

// Adopt returns the chain with one more version. It refuses one that does not
// follow the head; whether people wanted it is judged elsewhere.
func (c *Policies) Adopt(p *policy.Policy, class policy.Class, at record.Tip) (*Policies, error) {
	head := c.Head()
	if head == nil || p.Version != head.Version+1 || p.Previous != head.Hash() {
		return nil, fmt.Errorf("policy: want one that follows the head of the chain, found version %d after %s", p.Version, p.Previous.Short())
	}
	return &Policies{
		versions: append(slices.Clip(c.versions), Version{Policy: p, Class: class, At: at}),
		keys:     listed(c.keys, p, keysOf, since{at: at}),
		payees:   listed(c.payees, p, payeesOf, since{at: at}),
	}, nil
}

// listed carries over since when each thing of a policy has been there; what the
// version before did not have is new.
func listed(before map[string]since, p *policy.Policy, things func(*policy.Policy) []string, now since) map[string]since {
	out := map[string]since{}
	for _, x := range things(p) {
		out[x] = now
		if old, ok := before[x]; ok {
			out[x] = old
		}
	}
	return out
}

func keysOf(p *policy.Policy) []string {
	var out []string
	for _, s := range p.Signers {
		out = append(out, keyName(s.Officer, s.Key))
	}
	return out
}

func keyName(officer text.ID, k sshsig.Key) string { return string(officer) + " " + k.String() }

func payeesOf(p *policy.Policy) []string {
	var out []string
	for _, d := range p.Destinations {
		out = append(out, payeeName(d))
	}
	return out
}

func payeeName(d policy.Destination) string { return string(d.Label) + " " + payeeAt(d) }

// payeeAt is where a destination's money goes, whatever it is called.
func payeeAt(d policy.Destination) string {
	if d.ByDescriptor() {
		return d.Descriptor.String()
	}
	return d.Address.String()
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

// since returns the versions above one.
func (c *Policies) since(version uint64) []Version {
	if c == nil || version >= uint64(len(c.versions)) {
		return nil
	}
	return c.versions[version:]
}
