package backup

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"strongroom/quorum/text"
)

// check says what every manifest must be, whoever made it.
func (m Manifest) check() error {
	if err := m.Place.check(); err != nil {
		return err
	}
	if _, err := text.ParseID(string(m.Maker)); err != nil {
		return fmt.Errorf("maker: %w", err)
	}
	switch {
	case m.Number < 1 || m.Number > maxNumber:
		return fmt.Errorf("want a number of 1 to %d, found %d", maxNumber, m.Number)
	case m.Previous.IsZero() != (m.Number == 1):
		return fmt.Errorf("want zeros as previous in number 1 and nowhere else, found %s in number %d", m.Previous, m.Number)
	case !m.Taken.Equal(seconds(m.Taken)):
		return errors.New("want a time in whole seconds, found parts of one")
	}
	layers, err := checkRecipientLines(m.Recipients)
	if err != nil {
		return err
	}
	if err := m.checkSegments(layers); err != nil {
		return err
	}
	if err := m.Canary.check(); err != nil {
		return fmt.Errorf("canary: %w", err)
	}
	return m.Contents.check()
}

func (c Contents) check() error {
	switch {
	case c.Files < 1 || c.Files > maxEntries:
		return fmt.Errorf("want 1 to %d files, found %d", maxEntries, c.Files)
	case c.Links > maxEntries:
		return fmt.Errorf("want at most %d links, found %d", maxEntries, c.Links)
	case c.Bytes > maxBytes:
		return fmt.Errorf("want at most %d bytes, found %d", int64(maxBytes), c.Bytes)
	case c.Torn > c.Files:
		return fmt.Errorf("want at most %d torn files, found %d", c.Files, c.Torn)
	}
	return nil
}

// checkRecipientLines returns how many layers the recipients are of.
func checkRecipientLines(lines []string) (layers int, err error) {
	if len(lines) < 1 || len(lines) > maxLayers*maxRecipients {
		return 0, fmt.Errorf("want 1 to %d recipients, found %d", maxLayers*maxRecipients, len(lines))
	}
	if !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
		return 0, errors.New("want recipients sorted, each once, found another order")
	}
	for _, s := range lines {
		layer, err := checkRecipientLine(s)
		if err == nil && layer > layers+1 {
			err = fmt.Errorf("want one of layer %d, found %d", layers+1, layer)
		}
		if err != nil {
			return 0, fmt.Errorf("recipient: %w", err)
		}
		layers = max(layers, layer)
	}
	return layers, nil
}

func checkRecipientLine(s string) (layer int, err error) {
	f := strings.Split(s, " ")
	if len(f) != 4 {
		return 0, fmt.Errorf("want a layer, an officer, a kind and a key, found %d words", len(f))
	}
	n, err := text.ParseUint(f[0], maxLayers)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("want layer 1 or %d, found %q", maxLayers, clip(f[0]))
	}
	if _, err := text.ParseID(f[1]); err != nil {
		return 0, err
	}
	begin := map[string]string{kindSSH: "SHA256:", kindHybrid: "SHA256:", kindTagHybrid: "SHA256:", kindX25519: "age1", kindPlugin: "age1", kindTag: "age1"}[f[2]]
	if begin == "" || !strings.HasPrefix(f[3], begin) {
		return 0, fmt.Errorf("want %s, %s, %s, %s, %s or %s and a key of it, found %q", kindX25519, kindSSH, kindPlugin, kindHybrid, kindTag, kindTagHybrid, clip(f[2]+" "+f[3]))
	}
	return int(n), nil
}

func (m Manifest) checkSegments(layers int) error {
	if len(m.Segments) < 1 || len(m.Segments) > maxSegments {
		return fmt.Errorf("want 1 to %d segments, found %d", maxSegments, len(m.Segments))
	}
	seen := map[string]bool{}
	for _, g := range m.Segments {
		if seen[g.Name] {
			return fmt.Errorf("segment: want every payload once, found %s twice", g.Name)
		}
		seen[g.Name] = true
		if err := g.check(layers); err != nil {
			return fmt.Errorf("segment: %w", err)
		}
	}
	return nil
}

func (g Segment) check(layers int) error {
	c := g.Content
	switch {
	case !isRandomName(g.Name, payloadKind, payloadSuffix):
		return fmt.Errorf("want a name such as %s%s%s, found %q", payloadKind, strings.Repeat("0", randomDigits), payloadSuffix, clip(g.Name))
	case c.Size < 1 || c.Size > maxPayload:
		return fmt.Errorf("want a payload of 1 to %d bytes, found %d", int64(maxPayload), c.Size)
	case c.Part < smallestPart || c.Part&(c.Part-1) != 0 || c.Parts() > maxParts:
		return fmt.Errorf("want parts of %d bytes, or so often doubled that %d are enough, found %d", smallestPart, maxParts, c.Part)
	case c.Parts() == 1 && c.Composite != compositeOf(c.Sum):
		return errors.New("want the composite of its one part, found another")
	case len(g.Headers) != layers:
		return fmt.Errorf("want a header for each of %d layers, found %d", layers, len(g.Headers))
	}
	for i, h := range g.Headers {
		if err := h.check(g.Name, i+1); err != nil {
			return err
		}
	}
	return nil
}

// check wants the name that a header has under its payload.
func (h Header) check(payload string, layer int) error {
	if want := headerName(payload, layer, h.Sum); h.Size < 1 || h.Size > maxHeader || h.Name != want {
		return fmt.Errorf("header: want %s of at most %d bytes, found %q of %d", want, maxHeader, clip(h.Name), h.Size)
	}
	return nil
}

func (c Canary) check() error {
	if c.Name == "" {
		return nil
	}
	if !isRandomName(c.Name, canaryKind, canarySuffix) {
		return fmt.Errorf("want a name such as %s%s%s, found %q", canaryKind, strings.Repeat("0", randomDigits), canarySuffix, clip(c.Name))
	}
	if c.Content.Size < 1 || c.Contents.Files < 1 {
		return errors.New("want bytes and files, found none")
	}
	return nil
}

// compositeOf is the composite of an object that is one part.
func compositeOf(s Sum) Sum { return sha256.Sum256(s[:]) }

// isRandomName says whether a name is a random one of a kind: nobody can know
// it before, and an interrupted run never meets its own remains under it.
func isRandomName(s, kind, suffix string) bool {
	digits, a := strings.CutPrefix(s, kind)
	digits, b := strings.CutSuffix(digits, suffix)
	return a && b && len(digits) == randomDigits && strings.Trim(digits, "0123456789abcdef") == ""
}
