package carrier

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Type says what a series carries, by the letters of BBQr. The zero value is none.
type Type byte

// The types of BBQr. Folders travel as Binary. Nothing executes an Executable.
const (
	PSBT        Type = 'P'
	Transaction Type = 'T'
	JSON        Type = 'J'
	CBOR        Type = 'C'
	Unicode     Type = 'U'
	Binary      Type = 'B'
	Executable  Type = 'X'
)

func (t Type) known() bool { return t != 0 && strings.IndexByte("PTJCUBX", byte(t)) >= 0 }

// Encoding says how bytes become the letters of a part, by the letters of BBQr. The
// zero value is none.
type Encoding byte

// The encodings of BBQr, and Shortest, which lets Split choose between Base32 and
// Deflated.
const (
	Hex      Encoding = 'H' // upper case
	Base32   Encoding = '2' // RFC 4648, without padding
	Deflated Encoding = 'Z' // raw deflate with a window of 1 KiB, then Base32
	Shortest Encoding = '*' // never on the wire
)

func (e Encoding) known() bool { return e == Hex || e == Base32 || e == Deflated }

// base36 writes a number below 36*36 in the two digits that BBQr takes.
func base36(n int) string {
	s := strings.ToUpper(strconv.FormatInt(int64(n), 36))
	return strings.Repeat("0", 2-len(s)) + s
}

// headerSize is the length of a part's header: B$, encoding, type, two digits of the
// total, two of the place.
const headerSize = 8

// opening is what every part of BBQr begins with.
const opening = "B$"

// part is one text of a series, read and not yet trusted to fit the others.
type part struct {
	encoding Encoding
	kind     Type
	total    int // 1 to MaxParts
	place    int // from 0
	bytes    []byte
}

// series is what all parts of one series have in common: the header's first letters.
func (p part) series() string {
	return opening + string(rune(p.encoding)) + string(rune(p.kind)) + base36(p.total)
}

func (p part) String() string { return p.series() + base36(p.place) + p.encoding.encode(p.bytes) }

// parsePart reads one text. It takes only what String would write.
func parsePart(s string) (part, error) {
	if len(s) > maxPart {
		return part{}, fmt.Errorf("code: want at most %d letters, found %d", maxPart, len(s))
	}
	if len(s) <= headerSize || s[:2] != opening {
		return part{}, fmt.Errorf("code: want %s, six letters of a header and data, found %q", opening, s[:min(len(s), headerSize)])
	}
	p := part{encoding: Encoding(s[2]), kind: Type(s[3])}
	if !p.encoding.known() {
		return part{}, fmt.Errorf("code %s: want encoding H, 2 or Z, found %q", s[:headerSize], s[2])
	}
	if !p.kind.known() {
		return part{}, fmt.Errorf("code %s: want a type among P T J C U B X, found %q", s[:headerSize], s[3])
	}
	total, err := strconv.ParseUint(s[4:6], 36, 16)
	place, err2 := strconv.ParseUint(s[6:8], 36, 16)
	if err != nil || err2 != nil || place >= total {
		return part{}, fmt.Errorf("code %s: want a place below the total, both in base 36, found %q of %q", s[:headerSize], s[6:8], s[4:6])
	}
	p.total, p.place = int(total), int(place)
	p.bytes, err = p.encoding.decode(s[headerSize:])
	if err != nil || p.String() != s {
		return part{}, fmt.Errorf("code %s: want whole bytes as its encoding writes them, found something else", s[:headerSize])
	}
	return p, nil
}

// letters is how many letters of a part so many bytes become.
func (e Encoding) letters(n int) int {
	if e == Hex {
		return hex.EncodedLen(n)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodedLen(n)
}

func (e Encoding) encode(b []byte) string {
	if e == Hex {
		return strings.ToUpper(hex.EncodeToString(b))
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

func (e Encoding) decode(s string) ([]byte, error) {
	if e == Hex {
		return hex.DecodeString(s)
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
}
