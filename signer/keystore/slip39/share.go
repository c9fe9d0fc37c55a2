package slip39

import (
	"errors"
	"fmt"
	"io"
)

// ErrWiped says that a share was wiped, or never made.
var ErrWiped = errors.New("share: want one that holds a value, found a wiped one")

// Share is one share of a secret. It prints as "share(...)" in every form, and
// its value as an address from inside another one, so that no log line shows it
// by accident. The zero value, and a wiped share, are refused everywhere.
type Share struct {
	header header
	// value hides behind a function because package fmt, asked for a form that
	// does not fit, follows a pointer in an unexported field.
	value func() *value
}

// value is what is secret of a share. A wiped one has no size; copies of a
// share have one value and are wiped together.
type value struct {
	size int
	b    [maxSecret]byte
}

func newShare(h header, secret []byte) *Share {
	v := &value{size: len(secret)}
	copy(v.b[:], secret)
	return &Share{header: h, value: func() *value { return v }}
}

// bytes returns the share's own value, nil if it is wiped.
func (s *Share) bytes() []byte {
	if s == nil || s.value == nil || s.value().size == 0 {
		return nil
	}
	return s.value().b[:s.value().size]
}

// Wipe overwrites the value. Every later use of it returns ErrWiped.
func (s *Share) Wipe() {
	clear(s.bytes())
	if s != nil && s.value != nil {
		s.value().size = 0
	}
}

// Format writes "share(...)" for every verb and flag of package fmt.
func (s Share) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "share(...)") }

// Identifier is the number, below 2^15, that all shares of one set have.
func (s *Share) Identifier() int { return int(s.header.identifier) }

// Extendable tells whether sets made later, with other identifiers, can open to
// the same secret with the same passphrase.
func (s *Share) Extendable() bool { return s.header.extendable }

// Exponent is the cost of a guess of the passphrase, 0 to 15: 10,000 rounds of
// PBKDF2 times 2 to this power.
func (s *Share) Exponent() int { return int(s.header.exponent) }

// Group is the group that the share belongs to, from 0.
func (s *Share) Group() int { return int(s.header.group) }

// GroupThreshold is how many groups open the secret, 1 to GroupCount.
func (s *Share) GroupThreshold() int { return int(s.header.groupThreshold) }

// GroupCount is how many groups there are, 1 to 16.
func (s *Share) GroupCount() int { return int(s.header.groupCount) }

// Member is the place of the share in its group, from 0.
func (s *Share) Member() int { return int(s.header.member) }

// Threshold is how many shares open the group, 1 to 16.
func (s *Share) Threshold() int { return int(s.header.threshold) }

// Len is the size of the secret in bytes, 16 to 64 and even; 0 for a wiped share.
func (s *Share) Len() int { return len(s.bytes()) }

// Words returns the mnemonic: lower-case words with single spaces between them
// and no newline. The caller clears it. A wiped share gives ErrWiped.
func (s *Share) Words() ([]byte, error) {
	secret := s.bytes()
	if secret == nil {
		return nil, ErrWiped
	}
	var numbers [maxWords]uint16
	defer clear(numbers[:])
	n := wordCount(len(secret))
	s.header.put(numbers[:headerWords])
	putValue(numbers[headerWords:n-checksumWords], secret)
	sum := newChecksum(s.header.extendable).addAll(numbers[:n-checksumWords]).words()
	copy(numbers[n-checksumWords:], sum[:])
	return newList().write(numbers[:n]), nil
}

// Parse reads a mnemonic in exactly the form that Words writes: lower-case words
// with single spaces between them and no newline. It says which check failed
// (length, an unknown word and its place from 1, checksum, groups, padding) and
// never repeats a word. The caller still clears the mnemonic.
func Parse(mnemonic []byte) (*Share, error) {
	var numbers [maxWords]uint16
	defer clear(numbers[:])
	n, err := read(numbers[:], mnemonic)
	if err != nil {
		return nil, err
	}
	h := takeHeader(numbers[:headerWords])
	if !newChecksum(h.extendable).addAll(numbers[:n]).right() {
		return nil, errors.New("share: want words that fit their checksum, found at least one wrong word")
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	var secret [maxSecret]byte
	defer clear(secret[:])
	size := valueSize(n)
	if !takeValue(secret[:size], numbers[headerWords:n-checksumWords]) {
		return nil, errors.New("share: want zeros as padding, found another bit")
	}
	return newShare(h, secret[:size]), nil
}

// read looks up the words of a mnemonic and returns how many there are.
func read(numbers []uint16, mnemonic []byte) (int, error) {
	n, err := countWords(mnemonic)
	if err != nil {
		return 0, err
	}
	if unknown := lookUp(numbers[:n], mnemonic); len(unknown) > 0 {
		return 0, fmt.Errorf("share: want words of the SLIP-39 list, found something else as word %d", unknown[0])
	}
	return n, nil
}
