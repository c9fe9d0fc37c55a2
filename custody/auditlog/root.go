package auditlog

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Size counts the entries of a log. An index is less than the size.
type Size = int64

// Root is the RFC 6962 hash of a whole tree: it pins every entry and their
// order. The zero Root is the root of no tree.
type Root [tlog.HashSize]byte

// rootText is the length of a root in base64.
const rootText = 44

// String returns the root in standard base64, 44 characters, as checkpoints
// show it.
func (r Root) String() string { return base64.StdEncoding.EncodeToString(r[:]) }

// ParseRoot reads what String wrote, and nothing else: the length leaves no room
// for the line breaks that base64 decoders skip.
func ParseRoot(s string) (Root, error) {
	if len(s) != rootText {
		return Root{}, fmt.Errorf("root: wanted %d characters of base64, found %d", rootText, len(s))
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != tlog.HashSize {
		return Root{}, fmt.Errorf("root: wanted %d bytes in base64, found %q", tlog.HashSize, s)
	}
	return Root(b), nil
}
