package entropy

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// header is the first line of a contribution.
const header = "strongroom/contribution@v1"

// ErrWiped says that a contribution or a system entropy was wiped or never
// made.
var ErrWiped = errors.New("entropy: want one that is held, found a wiped one")

// Whose says whose contribution it is and what for: ids of the form
// [a-z][a-z0-9-]{0,31} without a double hyphen.
type Whose struct {
	Vault  string
	Signer string
	Person string
}

func (w Whose) check() error {
	if err := checkID("vault", w.Vault); err != nil {
		return err
	}
	if err := checkID("signer", w.Signer); err != nil {
		return err
	}
	return checkID("person", w.Person)
}

func checkID(what, id string) error {
	ok := len(id) > 0 && len(id) <= maxID && id[0] >= 'a' && id[0] <= 'z'
	for i := range len(id) {
		c := id[i]
		hyphen := c == '-' && (i == 0 || id[i-1] != '-')
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || hyphen)
	}
	if !ok {
		return fmt.Errorf("%s: want an id like %q, at most %d letters, digits and single hyphens, found another", what, "signer-a", maxID)
	}
	return nil
}

// Contribution is what one person adds to the entropy of a key. It is secret,
// stays in memory and prints as "contribution(...)" in every form. The zero
// value, and a wiped one, are refused everywhere.
type Contribution struct {
	whose  Whose
	source Source
	secret hidden[contents]
}

type contents struct {
	faces []byte // counted from 0
	value []byte // as it is written
}

// NewContribution reads what a person typed. Spaces, line breaks and upper case
// don't matter. Numbers of dice with ten faces and more stand apart; cards are
// rank and suit ("7h kd 10s" or "7h kd ts") and a slash where the deck was
// shuffled again; a file is hex. No error repeats what was typed.
func NewContribution(whose Whose, source Source, typed []byte) (*Contribution, error) {
	if err := whose.check(); err != nil {
		return nil, err
	}
	faces, err := source.read(typed)
	if err != nil {
		return nil, err
	}
	secret := &contents{faces: faces, value: source.write(faces)}
	return &Contribution{whose: whose, source: source, secret: hide(secret)}, nil
}

// Parse reads a contribution's text in exactly the form that Text writes. No
// error repeats any of the value.
func Parse(text []byte) (*Contribution, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("contribution: want at most %d bytes, found %d", maxText, len(text))
	}
	body, ok := bytes.CutSuffix(text, []byte{'\n'})
	lines := bytes.Split(body, []byte{'\n'})
	if !ok || len(lines) != 6 {
		return nil, errors.New("contribution: want 6 lines that end in LF, found something else")
	}
	if string(lines[0]) != header {
		return nil, fmt.Errorf("contribution: want %q as line 1, found another", header)
	}
	var values [5][]byte
	for i, keyword := range []string{"vault ", "signer ", "person ", "source ", "value "} {
		if values[i], ok = bytes.CutPrefix(lines[i+1], []byte(keyword)); !ok {
			return nil, fmt.Errorf("contribution: want %q as line %d, found another", keyword[:len(keyword)-1], i+2)
		}
	}
	source, err := ParseSource(string(values[3]))
	if err != nil {
		return nil, fmt.Errorf("contribution: %w", err)
	}
	c, err := NewContribution(Whose{string(values[0]), string(values[1]), string(values[2])}, source, values[4])
	if err != nil {
		return nil, fmt.Errorf("contribution: %w", err)
	}
	if !bytes.Equal(c.secret().value, values[4]) {
		c.Wipe()
		return nil, errors.New("contribution: want the value as it is hashed, found another spelling")
	}
	return c, nil
}

// Whose returns whose contribution it is.
func (c *Contribution) Whose() Whose { return c.whose }

// Source returns where it came from.
func (c *Contribution) Source() Source { return c.source }

// Rolls is how many rolls, flips, cards or hex digits it holds.
func (c *Contribution) Rolls() int {
	if c == nil || c.secret == nil {
		return 0
	}
	if c.source == Cards {
		return cardsIn(c.secret().faces)
	}
	return len(c.secret().faces)
}

// Text returns the canonical text, which the caller clears.
func (c *Contribution) Text() ([]byte, error) {
	if c == nil || c.secret == nil {
		return nil, ErrWiped
	}
	out := make([]byte, 0, maxText)
	out = fmt.Appendf(out, "%s\nvault %s\nsigner %s\nperson %s\nsource %s\nvalue ",
		header, c.whose.Vault, c.whose.Signer, c.whose.Person, c.source)
	out = append(out, c.secret().value...)
	return append(out, '\n'), nil
}

// Commitment returns the SHA-256 of the text.
func (c *Contribution) Commitment() (Commitment, error) {
	text, err := c.Text()
	if err != nil {
		return Commitment{}, err
	}
	defer clear(text)
	return sha256.Sum256(text), nil
}

// Wipe overwrites the contribution. Every later use is refused.
func (c *Contribution) Wipe() {
	if c == nil || c.secret == nil {
		return
	}
	clear(c.secret().faces)
	clear(c.secret().value)
	c.secret = nil
}

// Format writes "contribution(...)" for every verb and flag of package fmt.
func (c Contribution) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "contribution(...)") }
