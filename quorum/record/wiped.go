package record

import (
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Wiped says that a medium that held something of a key was sanitized, in the
// fields of NIST SP 800-88's certificate.
type Wiped struct {
	Medium      string // what it is, by whom made, serial number
	Held        string // what was on it
	Method      Sanitization
	Tool        string // with its version and settings
	Verified    string // how it was seen that nothing is left
	Destination string // where it went
	By          []text.ID
}

// Sanitization is how thoroughly a medium was sanitized, in the words of NIST SP
// 800-88.
type Sanitization string

// The methods, the weakest first.
const (
	Clear   Sanitization = "clear"
	Purge   Sanitization = "purge"
	Destroy Sanitization = "destroy"
)

// ParseSanitization reads the name of a method.
func ParseSanitization(s string) (Sanitization, error) {
	if m := Sanitization(s); slices.Contains([]Sanitization{Clear, Purge, Destroy}, m) {
		return m, nil
	}
	return "", fmt.Errorf("want clear, purge or destroy, found %q", s)
}

// Kind returns KindWiped.
func (Wiped) Kind() Kind { return KindWiped }

func (b Wiped) write(w *text.Writer, _ custody.Network) {
	w.Line("medium", b.Medium)
	w.Line("held", b.Held)
	w.Line("method", string(b.Method))
	w.Line("tool", b.Tool)
	w.Line("verified", b.Verified)
	w.Line("destination", b.Destination)
	writeNames(w, "by", b.By)
}

func readWiped(r *text.Reader, _ custody.Network) Body {
	rest := func(keyword string) string {
		_, s := r.Rest(keyword, 0)
		return s
	}
	return Wiped{Medium: rest("medium"), Held: rest("held"), Method: text.Value(r, "method", r.Field("method"), ParseSanitization),
		Tool: rest("tool"), Verified: rest("verified"), Destination: rest("destination"), By: readNames(r, "by")}
}
