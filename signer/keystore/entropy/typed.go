package entropy

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// newDeck stands between the cards of two decks.
const newDeck = deckSize

// The letters of a value, each where its number is.
const (
	coinLetters = "ht"
	rankLetters = "23456789tjqka"
	suitLetters = "hdcs"
	hexLetters  = "0123456789abcdef"
)

// read turns what a person typed into faces counted from 0. Spaces, tabs and
// line breaks may stand anywhere between rolls, upper case counts as lower, a
// ten of cards is "t" or "10". This is the only place that is lenient; write
// gives the one form that is hashed. Errors give a position and never what
// stands there.
func (s Source) read(typed []byte) ([]byte, error) {
	k := s.kind()
	if k.most == 0 {
		return nil, errors.New("source: want one, found none")
	}
	if len(typed) > maxTyped {
		return nil, fmt.Errorf("%s: want at most %d bytes typed, found %d", s, maxTyped, len(typed))
	}
	lower := lowered(typed)
	defer clear(lower)
	faces := make([]byte, 0, len(lower))
	var err error
	switch {
	case s == Cards:
		faces, err = readCards(lower, faces)
	case s.spaced():
		faces, err = s.readNumbers(lower, faces)
	default:
		faces, err = s.readLetters(lower, faces)
	}
	if err == nil {
		err = s.checkCount(faces)
	}
	if err != nil {
		clear(faces)
		return nil, err
	}
	return faces, nil
}

func (s Source) checkCount(faces []byte) error {
	k := s.kind()
	if len(faces) == 0 || len(faces) > k.most {
		return fmt.Errorf("%s: want 1 to %d %ss, found %d", s, k.most, k.one, len(faces))
	}
	if s == File && len(faces)%2 != 0 {
		return fmt.Errorf("file: want two hex digits a byte, found %d digits", len(faces))
	}
	if s == Cards {
		return checkDecks(faces)
	}
	return nil
}

func (s Source) bad(i int) error {
	k := s.kind()
	return fmt.Errorf("%s: want %s, found something else as %s %d", s, k.want, k.one, i+1)
}

// lowered is a copy with ASCII letters in lower case and every kind of space
// as a space.
func lowered(typed []byte) []byte {
	out := make([]byte, len(typed))
	for i, c := range typed {
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c == '\t' || c == '\n' || c == '\r':
			c = ' '
		}
		out[i] = c
	}
	return out
}

// readLetters reads one letter a roll.
func (s Source) readLetters(lower, faces []byte) ([]byte, error) {
	letters := s.letters()
	for _, c := range lower {
		if c == ' ' {
			continue
		}
		face := bytes.IndexByte([]byte(letters), c)
		if face < 0 {
			return faces, s.bad(len(faces))
		}
		faces = append(faces, byte(face))
	}
	return faces, nil
}

// letters are those of a source with one letter a roll.
func (s Source) letters() string {
	switch s {
	case Coins:
		return coinLetters
	case File:
		return hexLetters
	}
	return "123456789"[:s.kind().faces]
}

// readNumbers reads decimal numbers, up to two digits each.
func (s Source) readNumbers(lower, faces []byte) ([]byte, error) {
	for _, field := range bytes.Split(lower, []byte{' '}) {
		if len(field) == 0 {
			continue
		}
		n := 0
		for _, c := range field {
			if c < '0' || c > '9' || len(field) > 2 {
				return faces, s.bad(len(faces))
			}
			n = 10*n + int(c-'0')
		}
		if s == Dice10 && n == 0 && len(field) == 1 {
			n = 10
		}
		if n < 1 || n > s.kind().faces {
			return faces, s.bad(len(faces))
		}
		faces = append(faces, byte(n-1))
	}
	return faces, nil
}

// write returns the canonical value of faces.
func (s Source) write(faces []byte) []byte {
	out := make([]byte, 0, 3*len(faces)+1)
	for i, f := range faces {
		if i > 0 && (s == Cards || s.spaced()) {
			out = append(out, ' ')
		}
		switch {
		case s == Cards && f == newDeck:
			out = append(out, '/')
		case s == Cards:
			out = append(out, rankLetters[f/4], suitLetters[f%4])
		case s.spaced():
			out = strconv.AppendInt(out, int64(f)+1, 10)
		default:
			out = append(out, s.letters()[f])
		}
	}
	return out
}
