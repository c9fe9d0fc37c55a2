package carrier

import "strings"

// Frames draws each code for a terminal, two modules a character, in bright white
// on black whatever the terminal's own colours are: some cameras read no inverted
// code. Each frame is a number of lines that end with a line feed; none leaves a
// colour behind.
func (s *Series) Frames() ([]string, error) {
	codes, err := s.codes()
	if err != nil {
		return nil, err
	}
	frames := make([]string, 0, len(codes))
	for _, c := range codes {
		frames = append(frames, c.frame())
	}
	return frames, nil
}

func (c code) frame() string {
	const whiteOnBlack, plain = "\x1b[97;40m", "\x1b[0m"
	halves := [...]string{"█", "▄", "▀", " "} // 1 is black above, 2 is black below
	var b strings.Builder
	for y := -quietZone; y < c.side+quietZone; y += 2 {
		b.WriteString(whiteOnBlack)
		for x := -quietZone; x < c.side+quietZone; x++ {
			i := 0
			if c.black(x, y) {
				i |= 1
			}
			// The side is odd: below the last line is the terminal, taken as black.
			if y+1 == c.side+quietZone || c.black(x, y+1) {
				i |= 2
			}
			b.WriteString(halves[i])
		}
		b.WriteString(plain + "\n")
	}
	return b.String()
}
