package policy

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Next returns the draft of the next version: the same rules, one version
// further, after this one's hash.
func (p *Policy) Next() (*Policy, error) {
	return p.edit(func(q *Policy) error {
		if len(p.bytes) == 0 {
			return fmt.Errorf("version: want a policy read from its text, found one without")
		}
		q.Version, q.Previous = p.Version+1, p.Hash()
		return nil
	})
}

// RemoveOfficer returns the policy without a person: without their keys, terms,
// conflicts and places in groups.
func (p *Policy) RemoveOfficer(id text.ID) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		if _, there := q.Officer(id); !there {
			return fmt.Errorf("officer: want a defined officer, found %s", id)
		}
		q.Officers = slices.DeleteFunc(q.Officers, func(o Officer) bool { return o.ID == id })
		q.Signers = slices.DeleteFunc(q.Signers, func(s SignerKey) bool { return s.Officer == id })
		q.Factors = slices.DeleteFunc(q.Factors, func(f Factor) bool { return f.Officer == id })
		q.Terms = slices.DeleteFunc(q.Terms, func(t Term) bool { return t.Officer == id })
		q.Conflicts = slices.DeleteFunc(q.Conflicts, func(c Conflict) bool { return c.Officer == id })
		for i := range q.Groups {
			q.Groups[i].Members = slices.DeleteFunc(q.Groups[i].Members, func(m text.ID) bool { return m == id })
		}
		return nil
	})
}

// ReplaceKey returns the policy with another key for an officer: added in place
// of the one that goes, or beside the others when none goes. It refuses a key
// that anyone has and an old one that is not theirs.
func (p *Policy) ReplaceKey(officer text.ID, goes, comes *sshsig.Key) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		if _, there := q.Officer(officer); !there {
			return fmt.Errorf("officer: want a defined officer, found %s", officer)
		}
		if goes != nil {
			i := slices.IndexFunc(q.Signers, func(s SignerKey) bool { return s.Officer == officer && s.Key.Equal(*goes) })
			if i < 0 {
				return fmt.Errorf("officer %s: want one of their keys, found %s", officer, goes.Fingerprint())
			}
			q.Signers = slices.Delete(q.Signers, i, i+1)
		}
		if comes == nil {
			return nil
		}
		if slices.ContainsFunc(q.Signers, func(s SignerKey) bool { return s.Key.Equal(*comes) }) {
			return fmt.Errorf("officer %s: want a new key, found %s in use", officer, comes.Fingerprint())
		}
		q.Signers = append(q.Signers, SignerKey{Officer: officer, Key: *comes})
		return nil
	})
}

// RemoveDestination returns the policy without a destination and the conflicts
// about it.
func (p *Policy) RemoveDestination(label text.ID) (*Policy, error) {
	return p.edit(func(q *Policy) error {
		if _, there := q.Destination(label); !there {
			return fmt.Errorf("destination: want a listed label, found %s", label)
		}
		q.Destinations = slices.DeleteFunc(q.Destinations, func(d Destination) bool { return d.Label == label })
		q.Conflicts = slices.DeleteFunc(q.Conflicts, func(c Conflict) bool { return c.Label == label })
		return nil
	})
}

// Edited returns the policy with one line of its text in the place of another,
// which stands in it once; an empty new line takes the old one out.
func (p *Policy) Edited(from, to string) (*Policy, error) {
	b, err := replaceLine(p.Bytes(), from, to)
	if err != nil {
		return nil, err
	}
	return Parse(b)
}

func replaceLine(b []byte, from, to string) ([]byte, error) {
	lines := slices.Collect(linesOf(b))
	n := 0
	var out []byte
	for _, l := range lines {
		if l == from {
			n++
			l = to
		}
		if l != "" {
			out = append(append(out, l...), '\n')
		}
	}
	if n != 1 {
		return nil, fmt.Errorf("policy: want the line %q once, found it %d times", clip(from), n)
	}
	return out, nil
}

func linesOf(b []byte) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(string(b)) {
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}
