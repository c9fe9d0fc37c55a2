package posture

import (
	"fmt"
	"slices"
	"strings"
)

// Status is what came of a finding. The zero Status is Unread.
type Status uint8

// What could not be seen may be anything, so it is none of the others.
const (
	Unread Status = iota
	Pass
	Warn
	Fail
)

// String returns "not readable", "pass", "warn" or "fail".
func (s Status) String() string {
	switch s {
	case Pass:
		return "pass"
	case Warn:
		return "warn"
	case Fail:
		return "fail"
	}
	return "not readable"
}

// MarshalText writes what String returns.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Finding is one fact and what it means. Names are stable and never used for
// something else.
type Finding struct {
	Name     string `json:"name"`
	Status   Status `json:"status"`
	Demanded bool   `json:"demanded"` // must be readable, too
	Why      string `json:"why"`      // what goes wrong otherwise
	Found    string `json:"found"`
	Fix      string `json:"fix"`
}

// String returns one line.
func (f Finding) String() string { return f.Name + ": " + f.Found }

// Bad says whether a finding is a reason to refuse: it failed, or it must be
// readable and is not. The zero Finding is not readable, and not demanded.
func (f Finding) Bad() bool { return f.Status == Fail || f.Demanded && f.Status == Unread }

// Bad lists the names of findings that are.
func Bad(findings []Finding) []string {
	bad := []string{}
	for _, f := range findings {
		if f.Bad() {
			bad = append(bad, f.Name)
		}
	}
	return bad
}

// Said is an answer that may be missing. The zero value is one that nobody asked
// for.
type Said[T any] struct {
	value T
	known bool
	why   string
}

// Told is an answer.
func Told[T any](v T) Said[T] { return Said[T]{value: v, known: true} }

// Untold is why there is none.
func Untold[T any](err error) Said[T] { return Said[T]{why: clipLong(err.Error())} }

// Value returns the answer, and whether there is one.
func (s Said[T]) Value() (T, bool) { return s.value, s.known }

// verdict is what a judge says.
type verdict struct {
	status Status
	found  string
}

func pass(format string, args ...any) verdict { return verdict{Pass, fmt.Sprintf(format, args...)} }
func warn(format string, args ...any) verdict { return verdict{Warn, fmt.Sprintf(format, args...)} }
func fail(format string, args ...any) verdict { return verdict{Fail, fmt.Sprintf(format, args...)} }
func unread(format string, args ...any) verdict {
	return verdict{Unread, fmt.Sprintf(format, args...)}
}

// judge passes an answer to its judge; without one there is nothing to judge.
func judge[T any](s Said[T], by func(T) verdict) verdict {
	switch {
	case s.known:
		return by(s.value)
	case s.why == "":
		return unread("nobody asked")
	}
	return unread("%s", s.why)
}

// check is one finding to be made.
type check struct {
	name     string
	demanded bool
	verdict  verdict
	why, fix string
}

// findings renders checks, sorted by name.
func findings(checks []check) []Finding {
	out := []Finding{}
	for _, c := range checks {
		out = append(out, Finding{c.name, c.verdict.status, c.demanded, c.why, c.verdict.found, c.fix})
	}
	slices.SortFunc(out, func(a, b Finding) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// named lists names, and only counts those beyond a handful.
func named(names []string) string {
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}

// days says how many.
func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// clip makes foreign text fit to be shown: one line, and not for ever.
func clip(s string) string { return clipTo(s, maxShown) }

// clipLong is clip for a sentence.
func clipLong(s string) string { return clipTo(s, 4*maxShown) }

func clipTo(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
