package carrier

import (
	"fmt"

	"rsc.io/qr/coding"
)

// Version is the size of a QR code: 1 (21 modules a side) to 40 (177). The zero
// value is none.
type Version int

const (
	// Usual is what cameras read easily from a screen, by the advice of BBQr: 125
	// modules a side, 2,132 letters.
	Usual Version = 27
	// Narrow fits a terminal of 80 by 24, quiet zone and one line of text included:
	// 37 modules a side, 154 letters.
	Narrow Version = 5
)

// Side is how many modules a code has a side, without its quiet zone.
func (v Version) Side() int { return 17 + 4*int(v) }

// letters is how many a code of this version and level L holds, in the
// alphanumeric mode: two in eleven bits.
func (v Version) letters() int {
	length := 9 // bits of the count
	switch {
	case v > 26:
		length = 13
	case v > 9:
		length = 11
	}
	bits := coding.Version(v).DataBytes(coding.L)*8 - 4 - length
	n := bits / 11 * 2
	if bits%11 >= 6 {
		n++
	}
	return n
}

// versionFor is the smallest version that holds so many letters.
func versionFor(letters int) Version {
	v := Version(minVersion)
	for v < maxVersion && v.letters() < letters {
		v++
	}
	return v
}

// Fitting is the largest version, up to Usual, whose code fits a terminal of so many
// columns and rows with its quiet zone and a line below. What is smaller than 80 by
// 24 gets Narrow and has to scroll.
func Fitting(columns, rows int) Version {
	side := min(columns, 2*(rows-1)) - 2*quietZone
	return max(Narrow, min(Usual, Version((side-17)/4)))
}

// code is one QR code; black tells its modules from the upper left, and white is
// all around it.
type code struct {
	side  int
	black func(x, y int) bool
}

// codes draws the parts.
func (s *Series) codes() ([]code, error) {
	// The mask stays the same: what the parts hold is as irregular as noise.
	plan, err := coding.NewPlan(coding.Version(s.Version), coding.L, 0)
	if err != nil {
		return nil, fmt.Errorf("codes: version %d: %w", s.Version, err)
	}
	var out []code
	for i, text := range s.Parts {
		c, err := plan.Encode(coding.Alpha(text))
		if err != nil {
			return nil, fmt.Errorf("code %d: %w", i+1, err)
		}
		out = append(out, code{s.Version.Side(), c.Black})
	}
	return out, nil
}
