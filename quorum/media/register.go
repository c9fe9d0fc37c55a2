package media

import (
	"cmp"
	"fmt"
	"slices"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Signed is a statement of the registry and who signed it.
type Signed struct {
	Statement
	Hash text.Hash
	By   []text.ID // whose good signatures there are, sorted
}

// Missing returns who of its two people has not signed.
func (s Signed) Missing() []text.ID {
	return slices.DeleteFunc([]text.ID{s.Statement.By, s.Witness}, func(id text.ID) bool { return slices.Contains(s.By, id) })
}

// Signers returns who signed a text for Act, by the keys that who knows. A
// signature by nobody it knows, or for something else, is none.
func Signers(b []byte, signatures []*sshsig.Signature, who func(sshsig.Key) (text.ID, bool)) []text.ID {
	var out []text.ID
	for _, s := range signatures {
		id, ok := who(s.Key())
		if !ok || s.Namespace() != Namespace() {
			continue
		}
		if _, err := s.Verify(s.Key(), Namespace(), b, sshsig.Factor{}); err == nil {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Medium is what the register knows of one medium.
type Medium struct {
	Now     Signed   // the last statement that counts
	History []Signed // all that count, the oldest first
	Forked  bool     // two statements follow Now: nobody knows which one is meant
}

// Register is every medium, and what does not fit.
type Register struct {
	Media   []Medium // sorted by name
	Waiting []Signed // that somebody still has to sign, sorted by medium and hash
	Faults  []string // what contradicts, sorted
}

// Of returns a medium by its name.
func (r Register) Of(id text.ID) (Medium, bool) {
	i := slices.IndexFunc(r.Media, func(m Medium) bool { return m.Now.Medium == id })
	if i < 0 {
		return Medium{}, false
	}
	return r.Media[i], true
}

// Fold follows each medium's statements from its first. Only what both people
// signed counts. Two statements in one place are named, and neither counts.
func Fold(vault text.ID, all []Signed) (Register, error) {
	if len(all) > maxStatements {
		return Register{}, fmt.Errorf("media: want at most %d statements, found %d", maxStatements, len(all))
	}
	var r Register
	after := map[text.ID]map[text.Hash][]Signed{}
	for _, s := range all {
		switch {
		case s.Vault != vault:
			r.fault("statement %s: want one of vault %s, found one of %s", s.Hash.Short(), vault, s.Vault)
		case len(s.Missing()) > 0:
			r.Waiting = append(r.Waiting, s)
		default:
			if after[s.Medium] == nil {
				after[s.Medium] = map[text.Hash][]Signed{}
			}
			after[s.Medium][s.Previous] = append(after[s.Medium][s.Previous], s)
		}
	}
	for id, statements := range after {
		r.follow(id, statements)
	}
	slices.SortFunc(r.Media, func(a, b Medium) int { return cmp.Compare(a.Now.Medium, b.Now.Medium) })
	slices.SortFunc(r.Waiting, func(a, b Signed) int {
		return cmp.Or(cmp.Compare(a.Medium, b.Medium), slices.Compare(a.Hash[:], b.Hash[:]))
	})
	slices.Sort(r.Faults)
	return r, nil
}

func (r *Register) fault(format string, args ...any) {
	r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
}

// follow walks the statements of one medium as far as there is one way.
func (r *Register) follow(id text.ID, after map[text.Hash][]Signed) {
	var m Medium
	var at text.Hash
	reached := 0
	for {
		next := after[at]
		if len(next) > 1 {
			m.Forked = true
			reached += len(next)
			r.fault("medium %s: want one statement after %s, found %d", id, at.OrNone(), len(next))
		}
		if len(next) != 1 {
			break
		}
		reached++
		if why := follows(m.History, next[0].Statement); why != "" {
			r.fault("medium %s: statement %s: %s", id, next[0].Hash.Short(), why)
			break
		}
		m.Now, at = next[0], next[0].Hash
		m.History = append(m.History, next[0])
	}
	total := 0
	for _, s := range after {
		total += len(s)
	}
	if total > reached && !m.Forked { // behind a fork nothing is expected to be reached
		r.fault("medium %s: want every statement to follow another, found %d that do not", id, total-reached)
	}
	if len(m.History) > 0 {
		r.Media = append(r.Media, m)
	}
}

// follows says why a statement may not come behind those before it; "" when it may.
func follows(before []Signed, s Statement) string {
	if len(before) == 0 {
		return ""
	}
	was := before[len(before)-1].Statement
	return Follows(was, s)
}

// Follows says why a statement may not follow another; "" when it may. What a
// medium is never changes; what it held goes only by sanitizing it; and what was
// destroyed has no later life.
func Follows(was, s Statement) string {
	switch {
	case was.State == Destroyed:
		return "want nothing after it was destroyed, found another statement"
	case s.Kind != was.Kind || s.Serial != was.Serial || s.Description != was.Description:
		return fmt.Sprintf("want the %s %q with serial %q, found the %s %q with serial %q", was.Kind, was.Description, was.Serial, s.Kind, s.Description, s.Serial)
	case s.At < was.At:
		return fmt.Sprintf("want a day not before %s, found %s", was.At, s.At)
	case s.State == Wiped || s.State == Destroyed:
		return ""
	}
	for _, h := range was.Holds {
		if !slices.Contains(s.Holds, h) {
			return fmt.Sprintf("want it to hold %s still, since nobody wiped it, found it gone", h)
		}
	}
	return ""
}
