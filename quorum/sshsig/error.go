package sshsig

import (
	"fmt"
	"strconv"
)

// Code is the stable name of a reason to refuse a signature or a key. Codes
// are never renamed and never reused.
type Code string

// The codes of this package.
const (
	// CodeArmor: the file is not one signature in OpenSSH's own layout.
	CodeArmor Code = "SIG-ARMOR"
	// CodeNonCanonical: the bytes differ from what re-encoding them gives.
	CodeNonCanonical Code = "SIG-NONCANON"
	// CodeNamespace: the signature was made for another act.
	CodeNamespace Code = "SIG-NAMESPACE"
	// CodeHash: the text was hashed with something other than SHA-512.
	CodeHash Code = "SIG-HASH"
	// CodeKeyType: the key, or the form of its signature, is not accepted.
	CodeKeyType Code = "SIG-KEYTYPE"
	// CodeUnknown: the signature names a key other than the expected one.
	CodeUnknown Code = "SIG-UNKNOWN"
	// CodeBad: the key did not sign this text.
	CodeBad Code = "SIG-BAD"
	// CodePresence: nobody touched the hardware key.
	CodePresence Code = "SIG-UP"
	// CodeVerification: the hardware key asked for no PIN or finger.
	CodeVerification Code = "SIG-UV"
	// CodeSynced: the key may leave its device, or says so inconsistently.
	CodeSynced Code = "SIG-SYNCED"
)

// Error says why a signature or a key was refused.
type Error struct {
	Code    Code
	Subject string // what was looked at
	Want    string
	Found   string
}

// Error returns one lower-case sentence: the subject, what was wanted, what
// was found. The code is not part of it.
func (e *Error) Error() string {
	return e.Subject + ": want " + e.Want + ", found " + e.Found
}

// Reason returns the code as text.
func (e *Error) Reason() string { return string(e.Code) }

// quoted shows foreign text in an error: as a Go literal when it is short, by
// its length when it is not.
func quoted[T string | []byte](s T) string {
	if len(s) > maxQuoted {
		return count(len(s))
	}
	return strconv.Quote(string(s))
}

// hexByte shows a byte as two digits.
func hexByte(b byte) string { return fmt.Sprintf("%02x", b) }

// count returns "1 byte", "2 bytes" and so on.
func count[T int | int64](n T) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}
