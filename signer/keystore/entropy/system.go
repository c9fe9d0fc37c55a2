package entropy

import (
	"crypto/sha256"
	"fmt"
	"io"
)

// systemHeader stands before the system's entropy in its commitment.
const systemHeader = "strongroom/system-entropy@v1\n"

// System is the machine's own contribution: 32 bytes that it draws, and
// commits to, before anybody enters a roll. It prints as "system(...)" in every
// form. The zero value, and a wiped one, are refused everywhere.
type System struct {
	secret hidden[[SystemSize]byte]
}

// DrawSystem tests the generator (SelfTest), draws 32 bytes in one io.ReadFull
// and refuses those that Judge would refuse as a file.
func DrawSystem(rand io.Reader) (*System, error) {
	if err := SelfTest(rand); err != nil {
		return nil, err
	}
	secret := new([SystemSize]byte)
	if _, err := io.ReadFull(rand, secret[:]); err != nil {
		clear(secret[:])
		return nil, fmt.Errorf("generator: want %d bytes, found %w", SystemSize, err)
	}
	if err := judgeGenerator(secret[:]); err != nil {
		clear(secret[:])
		return nil, err
	}
	return &System{secret: hide(secret)}, nil
}

// Commitment returns the SHA-256 of one line, "strongroom/system-entropy@v1"
// and LF, and the 32 bytes.
func (s *System) Commitment() (Commitment, error) {
	if s == nil || s.secret == nil {
		return Commitment{}, ErrWiped
	}
	return commitSystem(s.secret()), nil
}

func commitSystem(b *[SystemSize]byte) Commitment {
	var text [len(systemHeader) + SystemSize]byte
	defer clear(text[:])
	copy(text[:], systemHeader)
	copy(text[len(systemHeader):], b[:])
	return sha256.Sum256(text[:])
}

// Wipe overwrites the system's entropy. Every later use is refused.
func (s *System) Wipe() {
	if s == nil || s.secret == nil {
		return
	}
	clear(s.secret()[:])
	s.secret = nil
}

// Format writes "system(...)" for every verb and flag of package fmt.
func (s System) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "system(...)") }
