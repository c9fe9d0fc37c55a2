package record

import (
	"fmt"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Integrity says whether the workstation's files were, at the start of a session,
// those of its baseline.
type Integrity struct {
	Root    text.Hash // SHA-256 of the baseline
	Changed int       // files that changed, went or came; 0 for none
}

// Kind returns KindIntegrity.
func (Integrity) Kind() Kind { return KindIntegrity }

func (b Integrity) write(w *text.Writer, _ custody.Network) {
	w.Line("root", b.Root.String())
	w.Line("changed", text.FormatUint(uint64(b.Changed)))
}

func readIntegrity(r *text.Reader, _ custody.Network) Body {
	return Integrity{readHash(r, "root"), int(text.Uint[uint32](r, "changed", r.Field("changed"), maxChangedFiles))}
}

// String says it in a few words.
func (b Integrity) String() string {
	if b.Changed == 0 {
		return "as the baseline " + b.Root.Short()
	}
	return fmt.Sprintf("%d files differ from the baseline %s", b.Changed, b.Root.Short())
}
