package entropy

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// listHeader is the first line of a list of commitments.
const listHeader = "strongroom/commitments@v1"

// Text returns the list as it stands in the transcript, the system first and
// then the people, sorted. The zero list has none.
func (l Commitments) Text() []byte {
	if l.system == (Commitment{}) || len(l.members) == 0 {
		return nil
	}
	out := fmt.Appendf(nil, "%s\nvault %s\nsigner %s\nleast %d\nsystem %s\n", listHeader, l.vault, l.signer, l.least, l.system)
	for _, m := range l.members {
		out = fmt.Appendf(out, "person %s %s\n", m.name, m.commitment)
	}
	return out
}

// sum is the SHA-256 of the text, which salts the mixing.
func (l Commitments) sum() Commitment { return sha256.Sum256(l.Text()) }

// ParseCommitments reads a list in exactly the form that Text writes.
func ParseCommitments(text []byte) (Commitments, error) {
	if len(text) > maxList {
		return Commitments{}, fmt.Errorf("commitments: want at most %d bytes, found %d", maxList, len(text))
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 7 || lines[0] != listHeader {
		return Commitments{}, fmt.Errorf("commitments: want %q and at least 5 lines more, found something else", listHeader)
	}
	values := [4]string{}
	for i, keyword := range []string{"vault ", "signer ", "least ", "system "} {
		v, ok := strings.CutPrefix(lines[i+1], keyword)
		if !ok {
			return Commitments{}, fmt.Errorf("commitments: want %q as line %d, found another", keyword[:len(keyword)-1], i+2)
		}
		values[i] = v
	}
	l, err := parseMembers(values, lines[5:len(lines)-1])
	if err != nil {
		return Commitments{}, fmt.Errorf("commitments: %w", err)
	}
	if !bytes.Equal(l.Text(), text) {
		return Commitments{}, errors.New("commitments: want sorted people and nothing more than is hashed, found another spelling")
	}
	return l, nil
}

func parseMembers(head [4]string, people []string) (Commitments, error) {
	least, err := strconv.Atoi(head[2])
	if err != nil {
		return Commitments{}, errors.New("round: want a number of bits, found something else")
	}
	system, err := ParseCommitment(head[3])
	if err != nil {
		return Commitments{}, err
	}
	r, err := NewRound(head[0], head[1], least, system)
	if err != nil {
		return Commitments{}, err
	}
	for i, line := range people {
		rest, ok := strings.CutPrefix(line, "person ")
		name, digits, found := strings.Cut(rest, " ")
		if !ok || !found {
			return Commitments{}, fmt.Errorf("want a person and a commitment as line %d, found something else", i+6)
		}
		c, err := ParseCommitment(digits)
		if err != nil {
			return Commitments{}, err
		}
		if err := r.Commit(name, c); err != nil {
			return Commitments{}, err
		}
	}
	return r.Close()
}
