package carrier

import (
	"bytes"
	"fmt"
	"strings"
)

// Message is what a series carried.
type Message struct {
	Type  Type
	Bytes []byte
}

// MissingError says which parts of a series have not been seen.
type MissingError struct {
	Total  int
	Places []int // from 1, ascending
}

// Error lists them.
func (e *MissingError) Error() string {
	return fmt.Sprintf("codes: want all %d, missing %s", e.Total, ranges(e.Places))
}

// ranges writes 3, 5-9, 11.
func ranges(places []int) string {
	var out []string
	for i := 0; i < len(places); {
		j := i
		for j+1 < len(places) && places[j+1] == places[j]+1 {
			j++
		}
		s := fmt.Sprint(places[i])
		if j > i {
			s += fmt.Sprintf("-%d", places[j])
		}
		out, i = append(out, s), j+1
	}
	return strings.Join(out, ", ")
}

// Join puts a series together again. Its texts may come in any order and more than
// once. Texts of two series are refused, a text that is no part of any, parts of
// unequal length, and what expands beyond [MaxStream] or a hundredfold. What is
// missing is a *MissingError.
func Join(texts []string) (*Message, error) {
	if n := len(texts); n == 0 || n > maxJoined {
		return nil, fmt.Errorf("codes: want 1 to %d, found %d", maxJoined, n)
	}
	first, err := parsePart(texts[0])
	if err != nil {
		return nil, err
	}
	parts := make([][]byte, first.total)
	for _, s := range texts {
		p, err := parsePart(s)
		if err != nil {
			return nil, err
		}
		if p.series() != first.series() {
			return nil, fmt.Errorf("codes: want one series, found two: %s and %s", first.series(), p.series())
		}
		if have := parts[p.place]; have != nil && !bytes.Equal(have, p.bytes) {
			return nil, fmt.Errorf("codes: want one series, found two: code %d of %d differs between them", p.place+1, p.total)
		}
		parts[p.place] = p.bytes
	}
	data, err := whole(parts)
	if err != nil {
		return nil, err
	}
	if first.encoding == Deflated {
		data, err = inflate(data)
	}
	if err != nil {
		return nil, err
	}
	if n := len(data); n == 0 || n > MaxStream {
		return nil, fmt.Errorf("codes: want 1 to %d bytes, found %d", MaxStream, n)
	}
	return &Message{Type: first.kind, Bytes: data}, nil
}

// whole appends the parts, of which there is at least one. None is missing, all but
// the last are of one length and the last is no longer.
func whole(parts [][]byte) ([]byte, error) {
	missing := &MissingError{Total: len(parts)}
	for i, b := range parts {
		if b == nil {
			missing.Places = append(missing.Places, i+1)
		}
	}
	if len(missing.Places) > 0 {
		return nil, missing
	}
	for i, b := range parts {
		if want, n := len(parts[0]), len(b); n > want || n < want && i < len(parts)-1 {
			return nil, fmt.Errorf("codes: want one length, with only the last shorter: code 1 has %d bytes, found %d in code %d", want, n, i+1)
		}
	}
	return bytes.Join(parts, nil), nil
}
