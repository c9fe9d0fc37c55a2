package text

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Hash is a SHA-256, written as 64 lower-case hex digits. It is the identity
// of a text. The zero value is written where a first policy names no previous
// one, and is the identity of nothing.
type Hash [sha256.Size]byte

// Identity returns the SHA-256 of a text's bytes.
func Identity(b []byte) Hash { return sha256.Sum256(b) }

// ParseHash reads exactly 64 lower-case hex digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	b, err := ParseHex(s, len(h))
	if err != nil {
		return Hash{}, err
	}
	copy(h[:], b)
	return h, nil
}

// String returns the 64 lower-case hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short returns the first 16 hex digits, which name files.
func (h Hash) Short() string { return hex.EncodeToString(h[:8]) }

// IsZero says whether the hash is all zeros, which no text has.
func (h Hash) IsZero() bool { return h == Hash{} }

// OrNone returns the digits, or "none" for the zero hash.
func (h Hash) OrNone() string {
	if h.IsZero() {
		return "none"
	}
	return h.String()
}

// HashOrNone returns a parser that reads "none" as the zero hash and 64 hex
// digits otherwise; what names the value in a refusal, such as "an id".
func HashOrNone(what string) func(string) (Hash, error) {
	return func(s string) (Hash, error) {
		if s == "none" {
			return Hash{}, nil
		}
		h, err := ParseHash(s)
		if err == nil && h.IsZero() {
			return h, fmt.Errorf("want none or %s, found zeros", what)
		}
		return h, err
	}
}

// ParseHex reads exactly n bytes in lower-case hex.
func ParseHex(s string, n int) ([]byte, error) {
	if len(s) != 2*n {
		return nil, fmt.Errorf("want %d lower-case hex digits, found %d characters", 2*n, len(s))
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return nil, fmt.Errorf("want %d lower-case hex digits, found %q", 2*n, clip(s))
		}
	}
	return hex.DecodeString(s)
}

// ParseBase64 reads exactly n bytes in strict standard base64 with padding.
func ParseBase64(s string, n int) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != n || base64.StdEncoding.EncodeToString(b) != s {
		return nil, fmt.Errorf("want %d bytes in base64, found %q", n, clip(s))
	}
	return b, nil
}

// ParseUint reads a decimal integer from 0 to most, without sign or leading
// zero (rule C5).
func ParseUint(s string, most uint64) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, fmt.Errorf("want a decimal integer without leading zero, found %q", clip(s))
	}
	if n > most {
		return 0, fmt.Errorf("want at most %d, found %d", most, n)
	}
	return n, nil
}

// FormatUint writes an integer as ParseUint reads it.
func FormatUint[T ~uint | ~uint16 | ~uint32 | ~uint64](n T) string {
	return strconv.FormatUint(uint64(n), 10)
}

// ID is the name of a vault, officer, group, device, wallet or destination:
// [a-z][a-z0-9-]{0,31} without a double hyphen (rule C7). The zero value names
// nothing.
type ID string

// ParseID reads an ID.
func ParseID(s string) (ID, error) {
	ok := len(s) >= 1 && len(s) <= maxIDLength && s[0] >= 'a' && s[0] <= 'z'
	for i := 0; ok && i < len(s); i++ {
		c := s[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' && (i == 0 || s[i-1] != '-')
	}
	if !ok {
		return "", fmt.Errorf("want an id: a lower-case letter, then up to %d letters, digits and single hyphens, found %q", maxIDLength-1, clip(s))
	}
	return ID(s), nil
}

// CheckRest says whether s can stand as a rest-of-line value: printable ASCII,
// not empty, no space at either end and none doubled (rules C1 and C2).
func CheckRest(s string) error {
	if s == "" {
		return fmt.Errorf("want some text, found none")
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c < 0x20 || c > 0x7e:
			return fmt.Errorf("want printable ASCII, found byte %02x at %d", c, i+1)
		case c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' '):
			return fmt.Errorf("want single spaces between words only, found one too many at %d", i+1)
		}
	}
	return nil
}
