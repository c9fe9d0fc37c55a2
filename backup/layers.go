package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"

	"strongroom/quorum/text"
)

// Layers are the groups of people to whom a snapshot is sealed, the outer one
// first: one, or two with nobody in both, so that no single person can open
// it. Any member of a group opens its layer.
type Layers [][]Recipient

// check returns the layers with their recipients in the order of a manifest.
func (l Layers) check() (Layers, error) {
	if len(l) < 1 || len(l) > maxLayers {
		return nil, fmt.Errorf("layers: want 1 or %d, found %d", maxLayers, len(l))
	}
	out := make(Layers, len(l))
	owners := map[text.ID]int{}
	keys := map[string]text.ID{}
	for i, group := range l {
		if len(group) < 1 || len(group) > maxRecipients {
			return nil, fmt.Errorf("recipients: want 1 to %d, found %d", maxRecipients, len(group))
		}
		out[i] = slices.SortedFunc(slices.Values(group), func(a, b Recipient) int { return strings.Compare(a.String(), b.String()) })
		for _, r := range out[i] {
			if r.key == nil {
				return nil, errors.New("recipients: want keys, found an empty one")
			}
			if r.hybrid() != out[i][0].hybrid() {
				return nil, fmt.Errorf("recipients: want hybrid keys alone or none in layer %d, found both", i+1)
			}
			if other, twice := keys[r.name]; twice {
				return nil, fmt.Errorf("recipients: want every key once, found one of %s again for %s", other, r.officer)
			}
			keys[r.name] = r.officer
			if layer, ok := owners[r.officer]; ok && layer != i {
				return nil, fmt.Errorf("layers: want nobody in both, found %s", r.officer)
			}
			owners[r.officer] = i
		}
	}
	return out, nil
}

// lines returns the recipients as a manifest lists them.
func (l Layers) lines() []string {
	var out []string
	for i, group := range l {
		for _, r := range group {
			out = append(out, fmt.Sprintf("%d %s", i+1, r))
		}
	}
	return out
}

func keysOf(group []Recipient) []age.Recipient {
	keys := make([]age.Recipient, len(group))
	for i, r := range group {
		keys[i] = r.key
	}
	return keys
}

// sealApart seals what fill writes: the payload goes to w without its header.
// It returns, for one layer, its header; for two, the header of the outer one
// and, as an age file of its own for the outer group, the header of the inner:
//
//	{ age -d -i outer.key inner; cat outer payload | age -d -i outer.key; } | age -d -i inner.key
//
// So a header is wrapped anew for other people without touching the payload.
func sealApart(w io.Writer, layers Layers, fill func(io.Writer) error) ([][]byte, error) {
	outer, header, err := encryptApart(w, layers[0])
	if err != nil {
		return nil, err
	}
	headers := [][]byte{header}
	if len(layers) == 1 {
		return headers, errors.Join(fill(outer), outer.Close())
	}
	inner, header, err := encryptApart(outer, layers[1])
	if err != nil {
		return nil, err
	}
	apart, err := sealHeader(header, layers[0])
	if err != nil {
		return nil, err
	}
	return append(headers, apart), errors.Join(fill(inner), inner.Close(), outer.Close())
}

// sealHeader seals the header of an inner layer to the outer group.
func sealHeader(header []byte, outer []Recipient) ([]byte, error) {
	var b bytes.Buffer
	w, err := encrypt(&b, outer)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(header); err != nil {
		return nil, fmt.Errorf("inner header: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("inner header: %w", err)
	}
	return b.Bytes(), nil
}

// encrypt begins a whole age file.
func encrypt(w io.Writer, group []Recipient) (io.WriteCloser, error) {
	sealed, err := age.Encrypt(w, keysOf(group)...)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// encryptApart begins an age file whose header is returned and whose other
// bytes go to w.
func encryptApart(w io.Writer, group []Recipient) (io.WriteCloser, []byte, error) {
	d := &diverted{w: w, taking: true}
	sealer, err := age.Encrypt(d, keysOf(group)...)
	if err != nil {
		return nil, nil, fmt.Errorf("seal: %w", err)
	}
	d.taking = false
	header, err := age.ExtractHeader(bytes.NewReader(d.head.Bytes()))
	if err != nil {
		return nil, nil, fmt.Errorf("seal: %w", err)
	}
	if len(header) > maxHeader {
		return nil, nil, fmt.Errorf("seal: want a header of at most %d bytes, found %d", maxHeader, len(header))
	}
	if _, err := w.Write(d.head.Bytes()[len(header):]); err != nil {
		return nil, nil, fmt.Errorf("seal: %w", err)
	}
	return sealer, header, nil
}

// diverted keeps what is written at first and passes on what comes later.
type diverted struct {
	w      io.Writer
	head   bytes.Buffer
	taking bool
}

func (d *diverted) Write(b []byte) (int, error) {
	if d.taking {
		return d.head.Write(b)
	}
	return d.w.Write(b)
}
