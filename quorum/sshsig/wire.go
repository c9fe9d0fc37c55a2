package sshsig

import (
	"encoding/binary"
	"fmt"
)

// reader takes SSH values (RFC 4251, section 5) from the front of a blob. It
// keeps the first error and returns zeros after it, so a caller reads all the
// fields of a structure and looks once.
type reader struct {
	subject string // what the blob is, for the errors
	rest    []byte
	err     *Error
}

// take returns the next n bytes, which belong to the field what.
func (r *reader) take(what string, n uint32) []byte {
	if r.err != nil {
		return nil
	}
	if uint64(n) > uint64(len(r.rest)) {
		r.refuse(what, count(int64(n)), fmt.Sprint(len(r.rest)))
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint8(what string) byte {
	b := r.take(what, 1)
	if b == nil {
		return 0
	}
	return b[0]
}

func (r *reader) uint32(what string) uint32 {
	b := r.take(what, 4)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// bytes reads a string: a length in 4 bytes, and so many bytes.
func (r *reader) bytes(what string) []byte {
	return r.take(what, r.uint32(what))
}

// integer reads the magnitude of an mpint that must be positive or zero, and
// encoded in the fewest bytes.
func (r *reader) integer(what string) []byte {
	b := r.bytes(what)
	if r.err != nil || len(b) == 0 {
		return nil
	}
	switch {
	case len(b) > maxInteger:
		r.refuse(what, "at most "+count(maxInteger), count(len(b)))
	case b[0]&0x80 != 0:
		r.refuse(what, "a positive integer", "a negative one")
	case b[0] == 0 && (len(b) == 1 || b[1]&0x80 == 0):
		r.refuse(what, "an integer without a leading zero byte", "one with it")
	case b[0] == 0:
		return b[1:]
	}
	return b
}

// end refuses whatever was not read.
func (r *reader) end() {
	if r.err == nil && len(r.rest) != 0 {
		r.refuse("end", "nothing more", count(len(r.rest)))
	}
}

// refuse records that a field is not as it must be.
func (r *reader) refuse(what, want, found string) {
	r.refuseAs(CodeNonCanonical, what, want, found)
}

// refuseAs is refuse under a code of its own.
func (r *reader) refuseAs(code Code, what, want, found string) {
	if r.err == nil {
		r.err = &Error{Code: code, Subject: r.subject + " " + what, Want: want, Found: found}
	}
}

// appendString appends an SSH string.
func appendString[T string | []byte](b []byte, s T) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// appendInteger appends a magnitude without leading zeros as an SSH mpint.
func appendInteger(b, magnitude []byte) []byte {
	if len(magnitude) == 0 || magnitude[0]&0x80 == 0 {
		return appendString(b, magnitude)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(magnitude)+1))
	b = append(b, 0)
	return append(b, magnitude...)
}
