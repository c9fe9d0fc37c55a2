package record

import (
	"strongroom/custody"
	"strongroom/quorum/text"
)

// Ceremony says that people did together what a plan lays out, and names the
// account of it that they sign.
type Ceremony struct {
	What       text.ID   // make, import, reshare or wipe
	Plan       text.Hash // SHA-256 of the plan
	Transcript text.Hash // SHA-256 of the transcript
}

// Kind returns KindCeremony.
func (Ceremony) Kind() Kind { return KindCeremony }

func (b Ceremony) write(w *text.Writer, _ custody.Network) {
	w.Line("what", string(b.What))
	w.Line("plan", b.Plan.String())
	w.Line("transcript", b.Transcript.String())
}

func readCeremony(r *text.Reader, _ custody.Network) Body {
	return Ceremony{What: readID(r, "what"), Plan: readHash(r, "plan"), Transcript: readHash(r, "transcript")}
}
