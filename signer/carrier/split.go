package carrier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Series is one stream as the texts of its codes. Only Split makes one that shows
// anything.
type Series struct {
	Type     Type
	Encoding Encoding
	Version  Version  // of every code, so that the picture does not jump
	Parts    []string // letters of the alphanumeric mode, in order
	Sum      string   // 64 hex digits: SHA-256 of the stream, for people to compare
}

// Split cuts a stream of 1 to [MaxStream] bytes into a series of codes of equal
// size, none larger than the given version. Shortest chooses between Base32 and
// Deflated. It refuses what would be more than [MaxParts] codes, and what Join
// would refuse: compressed to less than a hundredth.
func Split(stream []byte, t Type, e Encoding, most Version) (*Series, error) {
	switch {
	case len(stream) == 0 || len(stream) > MaxStream:
		return nil, fmt.Errorf("codes: want 1 to %d bytes, found %d", MaxStream, len(stream))
	case !t.known():
		return nil, fmt.Errorf("codes: want a type among P T J C U B X, found %q", byte(t))
	case !e.known() && e != Shortest:
		return nil, fmt.Errorf("codes: want an encoding of BBQr, found %q", byte(e))
	case most < minVersion || most > maxVersion:
		return nil, fmt.Errorf("codes: want QR version %d to %d, found %d", minVersion, maxVersion, most)
	}
	e, data, err := encoded(stream, e)
	if err != nil {
		return nil, err
	}
	chunk, err := e.chunk(len(data), most)
	if err != nil {
		return nil, err
	}
	s := &Series{Type: t, Encoding: e, Sum: sumOf(stream)}
	total := count(len(data), chunk)
	for i := range total {
		p := part{encoding: e, kind: t, total: total, place: i, bytes: data[i*chunk : min((i+1)*chunk, len(data))]}
		s.Parts = append(s.Parts, p.String())
	}
	s.Version = versionFor(len(s.Parts[0]))
	return s, nil
}

// encoded is what of a stream goes into the parts, and under which letter.
func encoded(stream []byte, e Encoding) (Encoding, []byte, error) {
	if e != Deflated && e != Shortest {
		return e, stream, nil
	}
	small, err := deflate(stream)
	if err != nil {
		return 0, nil, err
	}
	bomb := len(stream) > len(small)*maxRatio
	switch {
	case e == Deflated && bomb:
		return 0, nil, fmt.Errorf("codes: want no more than a hundredfold compression, found %d bytes in %d: Base32 carries them", len(stream), len(small))
	case e == Shortest && (bomb || len(small) >= len(stream)):
		return Base32, stream, nil
	}
	return Deflated, small, nil
}

// chunk is how many bytes each part but the last carries, so that all are about as
// large and none exceeds the version.
func (e Encoding) chunk(size int, most Version) (int, error) {
	unit := 5 // whole bytes in whole letters of base32
	if e == Hex {
		unit = 1
	}
	room := unit
	for e.letters(room+unit)+headerSize <= most.letters() {
		room += unit
	}
	n := count(size, room)
	if n > MaxParts {
		return 0, fmt.Errorf("codes: want at most %d codes of version %d, found data for %d: carry it as a file", MaxParts, most, n)
	}
	return count(count(size, n), unit) * unit, nil
}

// count is how many pieces of at most that size there are.
func count(n, size int) int { return (n + size - 1) / size }

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
