package secrets

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

// Secret is a key or a token. It prints as "secret(...)" in every form: all
// verbs of package fmt, JSON, and whatever else asks for its text. Copies share
// one memory, which Erase clears for all of them. The zero Secret is none.
//
// The value is behind a function so that a struct which hides a Secret in a
// field of its own prints an address: package fmt calls no method there, and
// follows a pointer when the verb is a wrong one.
type Secret struct{ value func() *memory }

// memory is where a value is.
type memory struct{ b []byte }

const hidden = "secret(...)"

// NewSecret keeps a copy of b. Nothing makes no Secret.
func NewSecret(b []byte) Secret {
	if len(b) == 0 {
		return Secret{}
	}
	m := &memory{bytes.Clone(b)}
	return Secret{func() *memory { return m }}
}

// bytes is the value itself, not a copy; nothing for none.
func (s Secret) bytes() []byte {
	if s.value == nil {
		return nil
	}
	return s.value().b
}

// IsZero reports that there is no value, or no more.
func (s Secret) IsZero() bool { return len(s.bytes()) == 0 }

// Reveal returns the value for a library that wants a string. Strings cannot be
// erased: ask late, keep it nowhere.
func (s Secret) Reveal() (string, error) {
	if s.IsZero() {
		return "", errors.New("secret: want a value, found none")
	}
	return string(s.bytes()), nil
}

// Erase overwrites the value in this Secret and its copies.
func (s Secret) Erase() {
	if s.value != nil {
		clear(s.bytes())
		s.value().b = nil
	}
}

// clone is a Secret with memory of its own.
func (s Secret) clone() Secret { return NewSecret(s.bytes()) }

// same compares in constant time. No Secret is the same as another zero one.
func (s Secret) same(other Secret) bool {
	return !s.IsZero() && !other.IsZero() && subtle.ConstantTimeCompare(s.bytes(), other.bytes()) == 1
}

// raw is the value for the calls of this package, empty for none.
func (s Secret) raw() string { return string(s.bytes()) }

// String returns "secret(...)".
func (s Secret) String() string { return hidden }

// GoString returns "secret(...)".
func (s Secret) GoString() string { return hidden }

// Format writes "secret(...)" for every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, hidden) // a voice: nobody could be told
}

// MarshalText returns "secret(...)", so that encoders write it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// takeSecret makes a Secret of a text of visible ASCII and clears the text.
func takeSecret(b []byte) (Secret, bool) {
	defer clear(b)
	if len(b) == 0 || len(b) > maxSecret {
		return Secret{}, false
	}
	for _, c := range b {
		if c <= 0x20 || c > 0x7e {
			return Secret{}, false
		}
	}
	return NewSecret(b), true
}
