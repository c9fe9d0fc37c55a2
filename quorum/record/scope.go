package record

import (
	"fmt"

	"strongroom/quorum/text"
)

// ScopeKind is what a freeze stops. The zero value is nothing and cannot be
// written.
type ScopeKind uint8

// The scopes of a freeze.
const (
	ScopeAll         ScopeKind = iota + 1 // every release, adoption and restore
	ScopeDestination                      // payments to one destination
	ScopeOfficer                          // whatever one officer signed
	ScopeSigner                           // one signer machine
)

// ParseScopeKind reads a scope's keyword: all, destination, officer or signer.
func ParseScopeKind(s string) (ScopeKind, error) {
	for k := ScopeAll; k <= ScopeSigner; k++ {
		if k.String() == s {
			return k, nil
		}
	}
	return 0, fmt.Errorf("want all, destination, officer or signer, found %q", s)
}

// String returns the scope's keyword.
func (k ScopeKind) String() string {
	names := [...]string{"no scope", "all", "destination", "officer", "signer"}
	if int(k) < len(names) {
		return names[k]
	}
	return names[0]
}

// Scope is what a freeze stops: everything, or the one destination, officer or
// signer that it names.
type Scope struct {
	What ScopeKind
	Name text.ID // empty for ScopeAll
}

// Fields writes the scope as a scope line carries it: all, or destination
// LABEL, officer ID or signer ID. A scope that is none of these gives fields
// that no writer takes.
func (s Scope) Fields() []string {
	if s == (Scope{What: ScopeAll}) {
		return []string{s.What.String()}
	}
	return []string{s.What.String(), string(s.Name)}
}

// String writes the scope as its line does, such as "officer bob".
func (s Scope) String() string {
	if s.Name == "" {
		return s.What.String()
	}
	return s.What.String() + " " + string(s.Name)
}

// ReadScope reads the scope line of a freeze.
func ReadScope(r *text.Reader) Scope {
	f := r.Fields("scope")
	if r.Err() != nil {
		return Scope{}
	}
	s := Scope{What: text.Value(r, "scope", f[0], ParseScopeKind)}
	switch {
	case s.What == ScopeAll && len(f) != 1:
		r.Refuse("want no name behind \"scope all\", found %d fields", len(f)-1)
	case s.What != ScopeAll && len(f) != 2:
		r.Refuse("want one name behind \"scope %s\", found %d", s.What, len(f)-1)
	case s.What != ScopeAll:
		s.Name = text.Value(r, "scope", f[1], text.ParseID)
	}
	return s
}
