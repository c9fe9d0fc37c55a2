package ceremony

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"

	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore/entropy"
)

// ParseTranscript reads a transcript. What it accepts, RenderTranscript writes
// in the same bytes. Whether it is what the plan laid out is for Against to say.
// Errors are *text.Error.
func ParseTranscript(b []byte) (Transcript, error) {
	r, err := text.Open(b, text.Transcript)
	if err != nil {
		return Transcript{}, err
	}
	var t Transcript
	t.readHead(r)
	t.readEntropy(r)
	t.readKey(r)
	t.Steps = list(r, "step", maxSteps, func() Entry { return readEntry(r, "step") },
		func(a, b Entry) int { return cmp.Compare(a.Step, b.Step) })
	if r.At("exception") {
		t.Exceptions = list(r, "exception", maxExceptions, func() Entry { return readEntry(r, "exception") }, compareEntries)
	}
	t.Present = readNames(r, "present")
	if err := r.Close(); err != nil {
		return Transcript{}, err
	}
	rendered, err := writeTranscript(t)
	if err == nil {
		err = text.Canonical(b, rendered)
	}
	if err != nil {
		return Transcript{}, err
	}
	return t, nil
}

func (t *Transcript) readHead(r *text.Reader) {
	t.Vault = readID(r, "vault")
	t.Signer = readID(r, "signer")
	t.Chain = text.Value(r, "chain", r.Field("chain"), custody.ParseNetwork)
	t.What = text.Value(r, "what", r.Field("what"), ParseWhat)
	t.Plan = readHash(r, "plan")
	t.Program = readHash(r, "program")
	t.readBuild(r)
	t.Session = text.Value(r, "session", r.Field("session"), parseSession)
	if t.What.derives() {
		_, t.Generator = r.Rest("generator", 0)
	}
}

// readBuild reads a build and who signed it, or none.
func (t *Transcript) readBuild(r *text.Reader) {
	var none text.Hash
	f := r.Fields("build")
	if r.Err() != nil || len(f) == 1 && f[0] == none.OrNone() {
		return
	}
	t.Build = text.Value(r, "build", f[0], parseHash)
	if n := len(f) - 1; n < leastReviewers || n > maxReviewers {
		r.Refuse("build: want %d to %d reviewers behind it, found %d", leastReviewers, maxReviewers, n)
		return
	}
	for _, name := range f[1:] {
		id := text.Value(r, "build", name, text.ParseID)
		if n := len(t.Reviewers); n > 0 && id <= t.Reviewers[n-1] {
			r.Refuse("build: want sorted names, each once, found another order")
		}
		t.Reviewers = append(t.Reviewers, id)
	}
}

func (t *Transcript) readEntropy(r *text.Reader) {
	if t.What.Makes() {
		t.System = readHash(r, "system")
		t.Contributions = list(r, "contribution", maxPeople, func() Contribution {
			f := r.Line("contribution", 4)
			return Contribution{
				Person: text.Value(r, "contribution", f[0], text.ParseID), From: text.Value(r, "contribution", f[1], entropy.ParseSource),
				Bits: int(text.Uint[uint32](r, "contribution", f[2], maxBits)), Commitment: text.Value(r, "contribution", f[3], parseHash),
			}
		}, compareContributions)
	}
	if t.What == MakeWords {
		t.Device = readDevice(r)
	}
	if t.What.opens() {
		t.Opened = readNames(r, "opened")
	}
}

func (t *Transcript) readKey(r *text.Reader) {
	t.Key.Fingerprint = text.Value(r, "fingerprint", r.Field("fingerprint"), parseFingerprint)
	if t.What.derives() {
		t.Path = text.Value(r, "path", r.Field("path"), t.parsePath)
		t.Record = readHash(r, "record")
	}
	if t.What == MakeWords {
		return
	}
	t.Key.Generation = text.Value(r, "generation", r.Field("generation"), parseGeneration)
	if t.What == Sign {
		if r.At("signed") {
			t.Signed = list(r, "signed", maxProposals, func() text.Hash { return readHash(r, "signed") }, compareHashes)
		}
		return
	}
	t.Groups = text.Value(r, "groups", r.Field("groups"), parseSmall)
	t.Sites = readSites(r)
	t.Shares = list(r, "share", maxHolders, func() record.Share { return readShare(r) }, compareShares)
	if r.At("clear") {
		t.Clear = readNames(r, "clear")
	}
	if r.At("seal") {
		t.Seals = list(r, "seal", maxSeals, func() Bag {
			f, number := r.Rest("seal", 1)
			return Bag{text.Value(r, "seal", f[0], text.ParseID), number}
		}, compareBags)
	}
}

func readShare(r *text.Reader) record.Share {
	f := r.Line("share", 5)
	return record.Share{
		Group: text.Value(r, "share", f[0], parseSmall), Number: text.Value(r, "share", f[1], parseSmall),
		Holder: text.Value(r, "share", f[2], text.ParseID), Seal: text.Value(r, "share", f[3], record.ParseSeal),
		Commitment: text.Value(r, "share", f[4], parseHash),
	}
}

func readEntry(r *text.Reader, keyword string) Entry {
	f, what := r.Rest(keyword, 3)
	return Entry{text.Value(r, keyword, f[0], parseStep), text.Value(r, keyword, f[1], parseTime), text.Value(r, keyword, f[2], text.ParseID), what}
}

// parsePath reads the path as an origin has it behind the fingerprint.
func (t *Transcript) parsePath(s string) (string, error) {
	if _, err := custody.ParseKeyOrigin(hex.EncodeToString(t.Key.Fingerprint[:]) + "/" + s); err != nil {
		return "", err
	}
	return s, nil
}

func parseSession(s string) (id [16]byte, err error) {
	b, err := text.ParseHex(s, len(id))
	copy(id[:], b)
	if err == nil && id == [16]byte{} {
		return id, fmt.Errorf("want a number drawn at random, found zeros")
	}
	return id, err
}

func compareContributions(a, b Contribution) int { return cmp.Compare(a.Person, b.Person) }

func compareShares(a, b record.Share) int {
	return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.Number, b.Number))
}

func compareBags(a, b Bag) int {
	return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Number, b.Number))
}

func compareEntries(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.Step, b.Step), a.Time.Compare(b.Time), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Text, b.Text))
}

// RenderTranscript writes a transcript as its text, with sorted lists. It
// refuses, as ParseTranscript would, what does not fit the grammar.
func RenderTranscript(t Transcript) ([]byte, error) {
	b, err := writeTranscript(t)
	if err != nil {
		return nil, err
	}
	if _, err := ParseTranscript(b); err != nil {
		return nil, err
	}
	return b, nil
}

func writeTranscript(t Transcript) ([]byte, error) {
	w := text.NewWriter(text.Transcript)
	w.Line("vault", string(t.Vault))
	w.Line("signer", string(t.Signer))
	w.Line("chain", t.Chain.String())
	w.Line("what", t.What.String())
	w.Line("plan", t.Plan.String())
	w.Line("program", t.Program.String())
	w.Line("build", append([]string{t.Build.OrNone()}, names(t.Reviewers)...)...)
	w.Line("session", hex.EncodeToString(t.Session[:]))
	if t.What.derives() {
		w.Line("generator", t.Generator)
	}
	t.writeEntropy(w)
	t.writeKey(w)
	for _, e := range slices.SortedFunc(slices.Values(t.Steps), compareEntries) {
		writeEntry(w, "step", e)
	}
	for _, e := range slices.SortedFunc(slices.Values(t.Exceptions), compareEntries) {
		writeEntry(w, "exception", e)
	}
	writeNames(w, "present", t.Present)
	return w.Bytes()
}

func (t Transcript) writeEntropy(w *text.Writer) {
	if t.What.Makes() {
		w.Line("system", t.System.String())
		for _, c := range slices.SortedFunc(slices.Values(t.Contributions), compareContributions) {
			w.Line("contribution", string(c.Person), c.From.String(), small(c.Bits), c.Commitment.String())
		}
	}
	if t.What == MakeWords {
		t.Device.write(w)
	}
	if t.What.opens() {
		writeNames(w, "opened", t.Opened)
	}
}

func (t Transcript) writeKey(w *text.Writer) {
	w.Line("fingerprint", hex.EncodeToString(t.Key.Fingerprint[:]))
	if t.What.derives() {
		w.Line("path", t.Path)
		w.Line("record", t.Record.String())
	}
	if t.What == MakeWords {
		return
	}
	w.Line("generation", text.FormatUint(t.Key.Generation))
	if t.What == Sign {
		for _, h := range slices.SortedFunc(slices.Values(t.Signed), compareHashes) {
			w.Line("signed", h.String())
		}
		return
	}
	writeSites(w, t.Groups, t.Sites)
	for _, s := range slices.SortedFunc(slices.Values(t.Shares), compareShares) {
		w.Line("share", small(s.Group), small(s.Number), string(s.Holder), string(s.Seal), s.Commitment.String())
	}
	writeNames(w, "clear", t.Clear)
	for _, b := range slices.SortedFunc(slices.Values(t.Seals), compareBags) {
		w.Line("seal", string(b.Person), b.Number)
	}
}

func writeEntry(w *text.Writer, keyword string, e Entry) {
	w.Line(keyword, small(e.Step), e.Time.UTC().Format(timeForm), string(e.Person), e.Text)
}
