package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"strongroom/quorum/text"
)

// Rewrap says which headers open a snapshot for other people than its manifest
// names: those of a roster that changed. The payloads stay as they are, and so do
// the headers before; whoever could open those still can.
//
//	strongroom/rewrap@v1
//	vault acme-treasury
//	chain mainnet
//	manifest 3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea
//	number 1
//	previous 0000000000000000000000000000000000000000000000000000000000000000
//	policy 5be1a6a0a34c4d1f7a6c0c3f0b9b4a0b7f6c1d2e3f405162738495a6b7c8d9e0
//	approval 4f1c09ab...
//	made 2026-11-21T20:50:00Z rtc
//	recipient 1 alice ssh-ed25519 SHA256:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg
//	recipient 2 kate X25519 age1...
//	segment payload-0123...cdef.age-payload
//	header 1 header-0123...cdef-1-aaaaaaaaaaaaaaaa.age header-0123...cdef-1-cccccccccccccccc.age 219 cccc...
//	header 2 header-0123...cdef-2-bbbbbbbbbbbbbbbb.age header-0123...cdef-2-dddddddddddddddd.age 440 dddd...
//	maker backup-job
//
// number counts the re-wraps of one snapshot from 1, and previous is the one
// before. A header line names the layer, the object that was opened and the one
// that was made of it. policy is the one whose recipients they are, approval the
// restore proposal by whose leave officers opened the layers.
type Rewrap struct {
	Place      Place
	Manifest   text.Hash
	Number     uint64
	Previous   text.Hash // zeros in number 1 only
	Policy     text.Hash
	Approval   text.Hash
	Made       time.Time // whole seconds of UTC, machine's clock
	Recipients []string  // "LAYER OFFICER KIND NAME", sorted
	Segments   []Rewrapped
	Maker      text.ID
}

// Rewrapped is one segment with the headers that open it now.
type Rewrapped struct {
	Payload string
	Old     []string // names of the headers that were opened, by layer
	Headers []Header
}

// ParseRewrap reads a re-wrap: strictly, so that what it accepts renders to the
// same bytes. It checks no signature.
func ParseRewrap(b []byte) (Rewrap, error) {
	r, err := text.Open(b, text.Rewrap)
	if err != nil {
		return Rewrap{}, err
	}
	x := Rewrap{Place: readPlace(r)}
	x.Manifest = text.Value(r, "manifest", r.Field("manifest"), text.ParseHash)
	x.Number = text.Uint[uint64](r, "number", r.Field("number"), maxRewraps)
	x.Previous = text.Value(r, "previous", r.Field("previous"), text.ParseHash)
	x.Policy = text.Value(r, "policy", r.Field("policy"), text.ParseHash)
	x.Approval = text.Value(r, "approval", r.Field("approval"), text.ParseHash)
	x.Made = readTime(r, "made")
	for r.At("recipient") && len(x.Recipients) <= maxLayers*maxRecipients {
		x.Recipients = append(x.Recipients, strings.Join(r.Line("recipient", 4), " "))
	}
	for r.At("segment") && len(x.Segments) <= maxSegments {
		x.Segments = append(x.Segments, readRewrapped(r))
	}
	x.Maker = text.Value(r, "maker", r.Field("maker"), text.ParseID)
	if err := r.Close(); err != nil {
		return Rewrap{}, err
	}
	return canonical(b, x)
}

func readRewrapped(r *text.Reader) Rewrapped {
	g := Rewrapped{Payload: r.Field("segment")}
	for r.At("header") && len(g.Headers) <= maxLayers {
		f := r.Line("header", 5)
		text.Uint[uint64](r, "header", f[0], maxLayers)
		g.Old = append(g.Old, f[1])
		g.Headers = append(g.Headers, Header{Name: f[2], Size: readSize(r, "header", f[3], maxHeader), Sum: text.Value(r, "header", f[4], parseSum)})
	}
	return g
}

// Render returns the text, or refuses values that no re-wrap has.
func (x Rewrap) Render() ([]byte, error) {
	if err := x.check(); err != nil {
		return nil, fmt.Errorf("rewrap: %w", err)
	}
	w := text.NewWriter(text.Rewrap)
	x.Place.write(w)
	w.Line("manifest", x.Manifest.String())
	w.Line("number", text.FormatUint(x.Number))
	w.Line("previous", x.Previous.String())
	w.Line("policy", x.Policy.String())
	w.Line("approval", x.Approval.String())
	writeTime(w, "made", x.Made)
	for _, r := range x.Recipients {
		w.Line("recipient", r)
	}
	for _, g := range x.Segments {
		w.Line("segment", g.Payload)
		for i, h := range g.Headers {
			w.Line("header", text.FormatUint(uint64(i+1)), g.Old[i], h.Name, text.FormatUint(uint64(h.Size)), h.Sum.String())
		}
	}
	w.Line("maker", string(x.Maker))
	return w.Bytes()
}

// check says what every re-wrap must be, whatever snapshot it is of.
func (x Rewrap) check() error {
	if err := x.Place.check(); err != nil {
		return err
	}
	if _, err := text.ParseID(string(x.Maker)); err != nil {
		return fmt.Errorf("maker: %w", err)
	}
	switch {
	case x.Number < 1 || x.Number > maxRewraps:
		return fmt.Errorf("want a number of 1 to %d, found %d", maxRewraps, x.Number)
	case x.Previous.IsZero() != (x.Number == 1):
		return fmt.Errorf("want zeros as previous in number 1 and nowhere else, found %s in number %d", x.Previous, x.Number)
	case x.Manifest.IsZero() || x.Policy.IsZero() || x.Approval.IsZero():
		return errors.New("want a manifest, a policy and an approval, found zeros")
	case !x.Made.Equal(seconds(x.Made)):
		return errors.New("want a time in whole seconds, found parts of one")
	case len(x.Segments) < 1 || len(x.Segments) > maxSegments:
		return fmt.Errorf("want 1 to %d segments, found %d", maxSegments, len(x.Segments))
	}
	layers, err := checkRecipientLines(x.Recipients)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, g := range x.Segments {
		if seen[g.Payload] {
			return fmt.Errorf("segment: want every payload once, found %s twice", clip(g.Payload))
		}
		seen[g.Payload] = true
		if err := g.check(layers); err != nil {
			return fmt.Errorf("segment: %w", err)
		}
	}
	return nil
}

func (g Rewrapped) check(layers int) error {
	if !isRandomName(g.Payload, payloadKind, payloadSuffix) {
		return fmt.Errorf("want a name such as %s%s%s, found %q", payloadKind, strings.Repeat("0", randomDigits), payloadSuffix, clip(g.Payload))
	}
	if len(g.Headers) != layers || len(g.Old) != layers {
		return fmt.Errorf("want a header for each of %d layers, found %d", layers, len(g.Headers))
	}
	for i, h := range g.Headers {
		if err := h.check(g.Payload, i+1); err != nil {
			return err
		}
		if g.Old[i] == h.Name {
			return fmt.Errorf("header: want another one than before, found %s again", clip(h.Name))
		}
	}
	return nil
}

// Over returns a manifest as the re-wrap has it opened: the same segments under
// the new headers, for the new recipients. It refuses what the re-wrap is not of;
// whether m is the manifest that it names the caller knows, who has its bytes.
// The result is nobody's signed text: it is for opening, not for naming.
func (x Rewrap) Over(m Manifest) (Manifest, error) {
	if x.Place != m.Place {
		return Manifest{}, fmt.Errorf("rewrap: want one of %s on %s, found one of %s on %s", m.Place.Vault, m.Place.Chain, x.Place.Vault, x.Place.Chain)
	}
	if len(x.Segments) != len(m.Segments) {
		return Manifest{}, fmt.Errorf("rewrap: want %d segments, as the manifest has, found %d", len(m.Segments), len(x.Segments))
	}
	m.Recipients, m.Segments = slices.Clone(x.Recipients), slices.Clone(m.Segments)
	for i, g := range x.Segments {
		was := m.Segments[i]
		if g.Payload != was.Name || len(g.Headers) != len(was.Headers) {
			return Manifest{}, fmt.Errorf("rewrap: want %s with %d headers, as the manifest has, found %s with %d", was.Name, len(was.Headers), clip(g.Payload), len(g.Headers))
		}
		for k, h := range was.Headers {
			if g.Old[k] != h.Name {
				return Manifest{}, fmt.Errorf("rewrap: want one that replaces %s, found %s replaced", h.Name, clip(g.Old[k]))
			}
		}
		m.Segments[i].Headers = slices.Clone(g.Headers)
	}
	return m, nil
}
