package posture

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// policy is a bucket's policy, as far as it is judged.
type policy struct {
	Statement statements
}

type statement struct {
	Effect       string
	Principal    principal
	NotPrincipal principal
	Action       texts
	NotAction    texts
	Resource     texts
	NotResource  texts
	Condition    json.RawMessage
}

// parsePolicy reads the JSON of a bucket's policy. What it does not understand
// is an error: a policy is judged whole or not at all.
func parsePolicy(b []byte) (policy, error) {
	var p policy
	if len(b) > maxPolicy {
		return p, fmt.Errorf("want at most %d bytes, found %d", maxPolicy, len(b))
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, errors.New("want JSON of a policy, found something else")
	}
	if n := len(p.Statement); n < 1 || n > maxStatements {
		return p, fmt.Errorf("want 1 to %d statements, found %d", maxStatements, n)
	}
	for i, s := range p.Statement {
		if err := s.check(); err != nil {
			return p, fmt.Errorf("statement %d: %w", i+1, err)
		}
	}
	return p, nil
}

func (s statement) check() error {
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return fmt.Errorf("want Allow or Deny, found %q", clip(s.Effect))
	case len(s.Action)+len(s.NotAction) == 0:
		return errors.New("want an action, found none")
	case len(s.Principal)+len(s.NotPrincipal) == 0:
		return errors.New("want a principal, found none")
	case len(s.Resource)+len(s.NotResource) == 0:
		return errors.New("want a resource, found none")
	}
	return nil
}

// statements is one or several.
type statements []statement

// UnmarshalJSON implements json.Unmarshaler.
func (s *statements) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '[' {
		var many []statement
		err := json.Unmarshal(b, &many)
		*s = many
		return err
	}
	var one statement
	err := json.Unmarshal(b, &one)
	*s = statements{one}
	return err
}

// texts is one text or several.
type texts []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *texts) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '[' {
		var many []string
		err := json.Unmarshal(b, &many)
		if *t = many; len(many) > maxNames {
			err = errors.New("too many names")
		}
		return err
	}
	var one string
	err := json.Unmarshal(b, &one)
	*t = texts{one}
	return err
}

// principal is who a statement is about: "*", or names by kind.
type principal []string

// UnmarshalJSON implements json.Unmarshaler.
func (p *principal) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) == 0 || b[0] != '{' {
		return (*texts)(p).UnmarshalJSON(b)
	}
	var kinds map[string]texts
	if err := json.Unmarshal(b, &kinds); err != nil {
		return err
	}
	for _, names := range kinds {
		*p = append(*p, names...)
	}
	if len(*p) > maxNames {
		return errors.New("too many names")
	}
	slices.Sort(*p)
	return nil
}

// everybody says whether a statement is about everybody: a star, or all but some.
func (s statement) everybody() bool {
	return len(s.NotPrincipal) > 0 || slices.Contains(s.Principal, "*")
}

// about says whether a statement is about an action.
func (s statement) about(action string) bool {
	if len(s.NotAction) > 0 {
		return !anyMatches(s.NotAction, action)
	}
	return anyMatches(s.Action, action)
}

// whole says whether a statement is about all of a bucket, or all objects in it.
func (s statement) whole(bucket string, objects bool) bool {
	want := ":::" + bucket
	if objects {
		want += "/*"
	}
	return slices.ContainsFunc(s.Resource, func(r string) bool { return r == "*" || strings.HasSuffix(r, ":::*") || strings.HasSuffix(r, want) })
}

func (s statement) conditional() bool {
	c := bytes.TrimSpace(s.Condition)
	return len(c) > 0 && string(c) != "null" && string(c) != "{}"
}

func anyMatches(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, action) })
}

// matches compares a name with a pattern in which a star stands for anything and
// a question mark for one letter, whatever the case.
func matches(pattern, name string) bool {
	if len(pattern) > maxPattern {
		return true // nobody writes such a name: take it for the worst
	}
	pattern, name = strings.ToLower(pattern), strings.ToLower(name)
	at, star, mark := 0, -1, 0
	for i := 0; i < len(name); {
		switch {
		case at < len(pattern) && pattern[at] == '*':
			star, mark = at, i
			at++
		case at < len(pattern) && (pattern[at] == '?' || pattern[at] == name[i]):
			at++
			i++
		case star >= 0:
			at = star + 1
			mark++
			i = mark
		default:
			return false
		}
	}
	for at < len(pattern) && pattern[at] == '*' {
		at++
	}
	return at == len(pattern)
}

// publicPolicy judges who is let in that nobody named.
func publicPolicy(b []byte) verdict {
	if len(b) == 0 {
		return pass("none")
	}
	p, err := parsePolicy(b)
	if err != nil {
		return unread("%v", err)
	}
	var open, ifs []string
	for _, s := range p.Statement {
		if s.Effect != "Allow" || !s.everybody() {
			continue
		}
		what := clip(named(inOrder(s.Action)))
		if len(s.NotAction) > 0 {
			what = "all but " + clip(named(inOrder(s.NotAction)))
		}
		if s.conditional() {
			ifs = append(ifs, what)
		} else {
			open = append(open, what)
		}
	}
	switch {
	case len(open) > 0:
		return fail("everybody may %s", named(open))
	case len(ifs) > 0:
		return warn("everybody may %s on some condition", named(ifs))
	}
	return pass("names whom it lets in")
}

// inOrder sorts actions, which a service may list differently each time.
func inOrder(actions []string) []string { return slices.Sorted(slices.Values(actions)) }

// dangerous are the actions that lift what protects copies, and whether they are
// about objects.
func dangerous() []struct {
	action  string
	objects bool
} {
	return []struct {
		action  string
		objects bool
	}{
		{"s3:DeleteObjectVersion", true}, {"s3:DeleteObject", true}, {"s3:BypassGovernanceRetention", true},
		{"s3:PutLifecycleConfiguration", false}, {"s3:PutBucketPolicy", false}, {"s3:DeleteBucketPolicy", false},
		{"s3:PutBucketVersioning", false}, {"s3:PutBucketObjectLockConfiguration", false}, {"s3:DeleteBucket", false},
	}
}

// policyPowers judges who may do what is dangerous. A deny counts when it is for
// everybody, everything and always.
func policyPowers(b []byte, bucket string) verdict {
	if len(b) == 0 {
		return pass("no policy: only what the account's own policies say, which no bucket tells")
	}
	p, err := parsePolicy(b)
	if err != nil {
		return unread("%v", err)
	}
	var bad, who []string
	for _, d := range dangerous() {
		denied := slices.ContainsFunc(p.Statement, func(s statement) bool {
			return s.Effect == "Deny" && slices.Contains(s.Principal, "*") && !s.conditional() && s.about(d.action) && s.whole(bucket, d.objects)
		})
		if denied {
			continue
		}
		for _, s := range p.Statement {
			if s.Effect != "Allow" || !s.about(d.action) || len(who)+len(bad) > maxGrants {
				continue
			}
			if s.everybody() && !s.conditional() {
				bad = append(bad, "everybody "+d.action)
				continue
			}
			who = append(who, clip(named(append(slices.Clone(s.Principal), s.NotPrincipal...)))+" "+d.action)
		}
	}
	switch {
	case len(bad) > 0:
		return fail("%s", named(append(bad, who...)))
	case len(who) > 0:
		return warn("%s", named(who))
	}
	return pass("gives nobody what would lift a lock or delete")
}
