package media

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Act is what both people sign a statement for.
const Act = "media"

// Namespace is the SSHSIG namespace of Act.
func Namespace() string { return sshsig.NamespaceFor(Act) }

// Statement says what a medium is, and where, at one moment:
//
//	strongroom/media@v1
//	vault acme-treasury
//	medium stick-77
//	kind stick
//	description Acme Z1, 8 GB
//	serial AB12345
//	holds share 1e1f6e20 1 alice
//	seal 0412
//	place geneva
//	state sealed
//	previous none
//	method none
//	tool none
//	verified none
//	by alice
//	witness grace
//	at 2026-11-22
//	memo from the ceremony
//
// A later one repeats kind, description and serial, and names the one before.
type Statement struct {
	Vault, Medium text.ID
	Kind          Kind
	Description   string
	Serial        string
	Holds         []Held // sorted; none when it holds nothing
	Seal          string // the bag's number; empty for none
	Place         text.ID
	State         State
	Previous      text.Hash // zero for the first
	Method        Method    // of a medium that was wiped or destroyed
	Tool          string    // with its version and settings
	Verified      string    // how it was seen that nothing is left
	By, Witness   text.ID
	At            string // the day, as 2026-11-22
	Memo          string
}

// Kind is what sort of thing a medium is.
type Kind string

// Kinds returns the sorts of media.
func Kinds() []Kind { return []Kind{"card", "disk", "hardware-key", "other", "paper", "stick"} }

// State is what became of a medium.
type State string

// The states of a medium.
const (
	InUse     State = "in-use"
	Sealed    State = "sealed"
	Lost      State = "lost"
	Wiped     State = "wiped"     // and may be used again
	Destroyed State = "destroyed" // and is never used again
)

// Method is how thoroughly a medium was sanitized, in the words of NIST SP
// 800-88; empty for not at all.
type Method string

// The methods, the weakest first.
const (
	Clear   Method = "clear"
	Purge   Method = "purge"
	Destroy Method = "destroy"
)

// Parse reads a statement. What it accepts, Bytes writes in the same bytes.
// Errors are *text.Error.
func Parse(b []byte) (Statement, error) {
	r, err := text.Open(b, text.Media)
	if err != nil {
		return Statement{}, err
	}
	s := Statement{
		Vault: readID(r, "vault"), Medium: readID(r, "medium"), Kind: text.Value(r, "kind", r.Field("kind"), oneOf(Kinds())),
		Description: rest(r, "description"), Serial: rest(r, "serial"), Holds: readHolds(r), Seal: notNone(rest(r, "seal")),
		Place: readID(r, "place"), State: text.Value(r, "state", r.Field("state"), oneOf([]State{InUse, Sealed, Lost, Wiped, Destroyed})),
		Previous: text.Value(r, "previous", r.Field("previous"), text.HashOrNone("a statement")),
		Method:   readMethod(r), Tool: notNone(rest(r, "tool")), Verified: notNone(rest(r, "verified")),
		By: readID(r, "by"), Witness: readID(r, "witness"), At: text.Value(r, "at", r.Field("at"), parseDay), Memo: rest(r, "memo"),
	}
	if err := r.Err(); err == nil {
		for _, why := range s.Check() {
			r.Refuse("%s", why)
		}
	}
	if err := r.Close(); err != nil {
		return Statement{}, err
	}
	again, err := s.Bytes()
	if err != nil {
		return Statement{}, err
	}
	return s, text.Canonical(b, again)
}

// Bytes renders the statement.
func (s Statement) Bytes() ([]byte, error) {
	w := text.NewWriter(text.Media)
	w.Line("vault", string(s.Vault))
	w.Line("medium", string(s.Medium))
	w.Line("kind", string(s.Kind))
	w.Line("description", s.Description)
	w.Line("serial", s.Serial)
	if len(s.Holds) == 0 {
		w.Line("holds", "none")
	}
	for _, h := range s.Holds {
		w.Line("holds", strings.Fields(h.String())...)
	}
	w.Line("seal", orNone(s.Seal))
	w.Line("place", string(s.Place))
	w.Line("state", string(s.State))
	w.Line("previous", s.Previous.OrNone())
	w.Line("method", orNone(string(s.Method)))
	w.Line("tool", orNone(s.Tool))
	w.Line("verified", orNone(s.Verified))
	w.Line("by", string(s.By))
	w.Line("witness", string(s.Witness))
	w.Line("at", s.At)
	w.Line("memo", s.Memo)
	return w.Bytes()
}

// Check returns every ground on which a statement contradicts itself.
func (s Statement) Check() []string {
	var why []string
	refuse := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	gone := s.State == Wiped || s.State == Destroyed
	switch {
	case gone && (s.Method == "" || s.Tool == "" || s.Verified == ""):
		refuse("want method, tool and verified of a medium that is %s, found one missing", s.State)
	case !gone && (s.Method != "" || s.Tool != "" || s.Verified != ""):
		refuse("want no method, tool and verified of a medium that is %s, found one", s.State)
	case (s.State == Destroyed) != (s.Method == Destroy):
		refuse("want method destroy of a medium that is destroyed and of no other, found %s and %s", orNone(string(s.Method)), s.State)
	}
	if gone && len(s.Holds) > 0 {
		refuse("want a medium that is %s to hold nothing, found %s", s.State, s.Holds[0])
	}
	if (s.State == Sealed) != (s.Seal != "") {
		refuse("want a seal's number of a medium that is sealed and of no other, found %s and %s", orNone(s.Seal), s.State)
	}
	if s.By == s.Witness {
		refuse("want a witness besides %s, found the same person", s.By)
	}
	if s.By == none || s.Witness == none {
		refuse("want people, found none")
	}
	return why
}

const none = "none"

func readID(r *text.Reader, keyword string) text.ID {
	return text.Value(r, keyword, r.Field(keyword), text.ParseID)
}

func rest(r *text.Reader, keyword string) string {
	_, s := r.Rest(keyword, 0)
	return s
}

func readMethod(r *text.Reader) Method {
	m := text.Value(r, "method", r.Field("method"), oneOf([]Method{none, Clear, Purge, Destroy}))
	if m == none {
		return ""
	}
	return m
}

// oneOf reads one of a few words.
func oneOf[T ~string](words []T) func(string) (T, error) {
	return func(s string) (T, error) {
		if slices.Contains(words, T(s)) {
			return T(s), nil
		}
		return "", fmt.Errorf("want one of %s, found %q", listed(words), s)
	}
}

func listed[T ~string](words []T) string {
	var out []string
	for _, w := range words {
		out = append(out, string(w))
	}
	return strings.Join(out, ", ")
}

func parseDay(s string) (string, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("want a day as 2026-11-22, found %q", s)
	}
	return s, nil
}

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

func notNone(s string) string {
	if s == none {
		return ""
	}
	return s
}
