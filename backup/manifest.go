package backup

import (
	"fmt"
	"strings"
	"time"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// Manifest says what one snapshot is: the text is shown at the head of the
// package. Its identity is the SHA-256 of its bytes, which the next manifest
// and every certificate name.
type Manifest struct {
	Place      Place
	Number     uint64    // from 1, one more than the one before
	Previous   text.Hash // zeros in number 1 only
	Block      Block     // the tip that the host knew: it was not taken before that
	Taken      time.Time // whole seconds of UTC, by the machine's clock: untrusted
	Recipients []string  // "LAYER OFFICER KIND NAME", sorted
	Segments   []Segment // in the order in which they are restored
	Canary     Canary    // zero for none
	Contents   Contents
	Maker      text.ID // whose key signs
}

// Block is a block of the vault's chain. The zero value is none: the host knew
// no header.
type Block struct {
	Height uint32
	Hash   text.Hash
}

// Segment is one sealed stream (tar, zstd, age without its header), with the
// headers that open it.
type Segment struct {
	Name    string
	Content Content // its Sums lie in an object of their own, see ListName
	Root    Sum     // of the RFC 6962 tree over the parts' SHA-256s
	Headers []Header
}

// ListName returns the name of the object that holds the SHA-256s of the parts.
// A payload of one part has none.
func (g Segment) ListName() string { return strings.Replace(g.Name, payloadKind, listKind, 1) }

// Header is the age header of one layer. That of the inner layer is an age file
// for the outer group.
type Header struct {
	Name string
	Size int64
	Sum  Sum
}

// headerOf names a header by the payload, the layer and its own hash: one that
// is wrapped anew gets another name beside the old one.
func headerOf(payload string, layer int, b []byte) Header {
	sum := text.Identity(b)
	return Header{Name: headerName(payload, layer, Sum(sum)), Size: int64(len(b)), Sum: Sum(sum)}
}

func headerName(payload string, layer int, sum Sum) string {
	return fmt.Sprintf("%s-%d-%s.age", strings.Replace(strings.TrimSuffix(payload, payloadSuffix), payloadKind, headerKind, 1), layer, text.Hash(sum).Short())
}

func (h Header) content() Content {
	return Content{Size: h.Size, Sum: h.Sum, Part: max(h.Size, 1)}
}

// Canary is a small tree that only the probe's key opens: what a probe really
// decrypts, day by day, without an officer.
type Canary struct {
	Name     string
	Content  Content
	Contents Contents
}

// Kinds of objects, as their names begin and end.
const (
	payloadKind    = "payload-"
	payloadSuffix  = ".age-payload"
	listKind       = "parts-"
	headerKind     = "header-"
	canaryKind     = "canary-"
	canarySuffix   = ".tar.zst.age"
	manifestPrefix = "manifest-"
	manifestSuffix = ".txt"

	actManifest     = "manifest"
	signatureSuffix = ".manifest.sig"
	randomDigits    = 32 // of a random name
)

// ParseManifest reads a manifest: strictly, so that what it accepts renders to
// the same bytes. It checks no signature.
func ParseManifest(b []byte) (Manifest, error) {
	r, err := text.Open(b, text.Manifest)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{Place: readPlace(r)}
	m.Number = text.Uint[uint64](r, "number", r.Field("number"), maxNumber)
	m.Previous = text.Value(r, "previous", r.Field("previous"), text.ParseHash)
	m.Block = readBlock(r, "block")
	m.Taken = readTime(r, "taken")
	for r.At("recipient") && len(m.Recipients) <= maxLayers*maxRecipients {
		m.Recipients = append(m.Recipients, strings.Join(r.Line("recipient", 4), " "))
	}
	for r.At("segment") && len(m.Segments) <= maxSegments {
		m.Segments = append(m.Segments, readSegment(r))
	}
	m.Canary = readCanary(r)
	m.Contents = readContents(r)
	m.Maker = text.Value(r, "maker", r.Field("maker"), text.ParseID)
	if err := r.Close(); err != nil {
		return Manifest{}, err
	}
	return canonical(b, m)
}

const none = "none"

// fields are a line's, without the keyword.
func (b Block) fields() []string {
	if b == (Block{}) {
		return []string{none}
	}
	return []string{text.FormatUint(b.Height), b.Hash.String()}
}

func readSize(r *text.Reader, keyword, s string, most uint64) int64 {
	return int64(text.Uint[uint64](r, keyword, s, most))
}

func readSegment(r *text.Reader) Segment {
	f := r.Line("segment", 6)
	g := Segment{Name: f[0], Content: Content{Size: readSize(r, "segment", f[1], maxPayload), Sum: text.Value(r, "segment", f[2], parseSum),
		Part: readSize(r, "segment", f[3], maxPayload), Composite: text.Value(r, "segment", f[4], parseSum)},
		Root: text.Value(r, "segment", f[5], parseSum)}
	for r.At("header") && len(g.Headers) <= maxLayers {
		f := r.Line("header", 4)
		text.Uint[uint64](r, "header", f[0], maxLayers)
		g.Headers = append(g.Headers, Header{Name: f[1], Size: readSize(r, "header", f[2], maxHeader), Sum: text.Value(r, "header", f[3], parseSum)})
	}
	return g
}

func readCanary(r *text.Reader) Canary {
	f := r.Fields("canary")
	if len(f) == 1 && f[0] == none {
		return Canary{}
	}
	if len(f) != 6 {
		r.Refuse("canary: want 6 fields, or none, found %d", len(f))
		return Canary{}
	}
	c := Canary{Name: f[0], Content: Content{Size: readSize(r, "canary", f[1], maxSmallObject), Sum: text.Value(r, "canary", f[2], parseSum)}}
	c.Content.Part = smallestPart
	c.Content.Composite = compositeOf(c.Content.Sum)
	c.Contents = Contents{Sums: text.Value(r, "canary", f[3], parseSum), Files: text.Uint[uint64](r, "canary", f[4], maxEntries), Bytes: text.Uint[uint64](r, "canary", f[5], maxBytes)}
	return c
}

func readContents(r *text.Reader) (c Contents) {
	f := r.Line("sums", 2)
	c.Sums = text.Value(r, "sums", f[0], parseSum)
	c.Files = text.Uint[uint64](r, "sums", f[1], maxEntries)
	c.Links = text.Uint[uint64](r, "links", r.Field("links"), maxEntries)
	c.Bytes = text.Uint[uint64](r, "bytes", r.Field("bytes"), maxBytes)
	c.Torn = text.Uint[uint64](r, "torn", r.Field("torn"), maxEntries)
	return c
}

// Render returns the manifest's text, or refuses values that no manifest has.
func (m Manifest) Render() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	w := text.NewWriter(text.Manifest)
	m.Place.write(w)
	w.Line("number", text.FormatUint(m.Number))
	w.Line("previous", m.Previous.String())
	w.Line("block", m.Block.fields()...)
	writeTime(w, "taken", m.Taken)
	for _, r := range m.Recipients {
		w.Line("recipient", r)
	}
	for _, g := range m.Segments {
		g.write(w)
	}
	m.Canary.write(w)
	w.Line("sums", m.Contents.Sums.String(), text.FormatUint(m.Contents.Files))
	w.Line("links", text.FormatUint(m.Contents.Links))
	w.Line("bytes", text.FormatUint(m.Contents.Bytes))
	w.Line("torn", text.FormatUint(m.Contents.Torn))
	w.Line("maker", string(m.Maker))
	return w.Bytes()
}

func (g Segment) write(w *text.Writer) {
	c := g.Content
	w.Line("segment", g.Name, text.FormatUint(uint64(c.Size)), c.Sum.String(), text.FormatUint(uint64(c.Part)), c.Composite.String(), g.Root.String())
	for i, h := range g.Headers {
		w.Line("header", text.FormatUint(uint64(i+1)), h.Name, text.FormatUint(uint64(h.Size)), h.Sum.String())
	}
}

func (c Canary) write(w *text.Writer) {
	if c.Name == "" {
		w.Line("canary", none)
		return
	}
	w.Line("canary", c.Name, text.FormatUint(uint64(c.Content.Size)), c.Content.Sum.String(),
		c.Contents.Sums.String(), text.FormatUint(c.Contents.Files), text.FormatUint(c.Contents.Bytes))
}

// ID returns the identity of the manifest: the SHA-256 of its text.
func (m Manifest) ID() (text.Hash, error) {
	b, err := m.Render()
	if err != nil {
		return text.Hash{}, err
	}
	return text.Identity(b), nil
}

// Follows says whether m may stand behind previous in the chain: the same
// vault and chain, the next number, and its identity as previous. Times prove
// nothing and are not compared.
func (m Manifest) Follows(previous Manifest) error {
	id, err := previous.ID()
	switch {
	case err != nil:
		return err
	case m.Place != previous.Place:
		return fmt.Errorf("manifest: want one of %s on %s, found one of %s on %s", previous.Place.Vault, previous.Place.Chain, m.Place.Vault, m.Place.Chain)
	case m.Number != previous.Number+1:
		return fmt.Errorf("manifest: want number %d, found %d", previous.Number+1, m.Number)
	case m.Previous != id:
		return fmt.Errorf("manifest: want previous %s, found %s", id, m.Previous)
	}
	return nil
}

// Signed is a manifest with its exact bytes and a signature that was verified,
// or just made. The zero value ships nothing.
type Signed struct {
	signedText
	manifest Manifest
	added    []wrapped   // what With found to belong to it, by number and hash
	follows  text.Hash   // of those: the newest that this snapshot is opened by; zero for its own headers
	rivals   []text.Hash // the ends, that one first, where nothing decides between them
}

// SignManifest renders and signs a manifest (SSHSIG, act "manifest").
func SignManifest(m Manifest, s sshsig.Signer) (Signed, error) {
	t, err := signText(actManifest, m, s)
	if err != nil {
		return Signed{}, err
	}
	return Signed{signedText: t, manifest: m}, nil
}

// OpenManifest reads a manifest and verifies its signature by the maker's key,
// which the caller takes from the policy, not from the store.
func OpenManifest(b, signature []byte, maker text.ID, key sshsig.Key) (Signed, error) {
	m, err := ParseManifest(b)
	if err != nil {
		return Signed{}, err
	}
	t, err := openText(actManifest, b, signature, m.Maker, maker, key)
	if err != nil {
		return Signed{}, err
	}
	return Signed{signedText: t, manifest: m}, nil
}

// Manifest returns the parsed manifest; its zero value if s is the zero Signed.
func (s Signed) Manifest() Manifest { return s.manifest }

// TextName returns the name of the manifest in a store.
func (s Signed) TextName() string {
	return manifestName(s.manifest.Number, text.Identity(s.text)) + manifestSuffix
}

// SignatureName returns the name of the signature in a store.
func (s Signed) SignatureName() string {
	return fmt.Sprintf("%s.%s%s", manifestName(s.manifest.Number, text.Identity(s.text)), s.manifest.Maker, signatureSuffix)
}

func manifestName(number uint64, id text.Hash) string {
	return fmt.Sprintf("%s%06d-%s", manifestPrefix, number, id.Short())
}
