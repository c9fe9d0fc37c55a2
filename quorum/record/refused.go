package record

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// CodeVetoed is the code of a refusal because of a veto, as quorum gives it. A
// veto is seen once and stands for ever, whether or not it is brought again.
const CodeVetoed = "STATE-VETOED"

// Refused says what was refused and why.
type Refused struct {
	ID    text.Hash // the proposal; zero where none could be read
	Codes []string  // sorted, each once
}

// Kind returns KindRefused.
func (Refused) Kind() Kind { return KindRefused }

func (b Refused) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.OrNone())
	writeCodes(w, b.Codes)
}

func readRefused(r *text.Reader, _ custody.Network) Body {
	return Refused{
		ID:    text.Value(r, "id", r.Field("id"), text.HashOrNone("a hash")),
		Codes: readCodes(r),
	}
}

func writeCodes(w *text.Writer, codes []string) {
	for _, c := range codes {
		w.Line("code", c)
	}
}

func readCodes(r *text.Reader) []string {
	return readSorted(r, "code", maxCodes, parseCode, strings.Compare)
}

// parseCode reads a refusal's code: FAMILY-WORD in capitals.
func parseCode(s string) (string, error) {
	ok := len(s) >= 3 && len(s) <= 40
	for i := 0; ok && i < len(s); i++ {
		ok = s[i] >= 'A' && s[i] <= 'Z' || s[i] == '-' && i > 0
	}
	if !ok {
		return "", fmt.Errorf("want a code in capitals such as TX-FEE, found %q", s)
	}
	return s, nil
}

func (s *State) refuse(b Refused) {
	if !b.ID.IsZero() && slices.Contains(b.Codes, CodeVetoed) {
		s.vetoed[b.ID] = true
	}
}
