package text

import (
	"bytes"
	"strings"
)

// Reader walks the lines of one text in order. The first refusal sticks: every
// later call returns zero values and Close returns that refusal, so that a
// parser reads as a straight list of the fields it wants.
type Reader struct {
	lines []string
	next  int // index of the line that is read next
	err   *Error
}

// Open checks rules C1 to C3 over the whole text and stands before its second
// line.
func Open(b []byte, t Type) (*Reader, error) {
	if t.String() == "no type" {
		return nil, refuse(CodeType, 0, "text: want a type, found none")
	}
	if len(b) == 0 || len(b) > t.MaxSize() {
		return nil, refuse(CodeSize, 0, "%s: want 1 to %d bytes, found %d", t, t.MaxSize(), len(b))
	}
	if i := badByte(b); i >= 0 {
		line := 1 + bytes.Count(b[:i], []byte{'\n'})
		return nil, refuse(CodeByte, line, "%s: want printable ASCII and LF only, found byte %02x", t, b[i])
	}
	if b[len(b)-1] != '\n' {
		return nil, refuse(CodeGrammar, 0, "%s: want LF as the last byte, found %q", t, b[len(b)-1])
	}
	lines := strings.Split(string(b[:len(b)-1]), "\n")
	for i, l := range lines {
		if err := checkLine(t, i+1, l); err != nil {
			return nil, err
		}
	}
	if lines[0] != t.Header() {
		return nil, refuse(CodeType, 1, "%s: want %q, found %q", t, t.Header(), clip(lines[0]))
	}
	return &Reader{lines: lines, next: 1}, nil
}

func badByte(b []byte) int {
	for i, c := range b {
		if (c < 0x20 || c > 0x7e) && c != '\n' {
			return i
		}
	}
	return -1
}

func checkLine(t Type, n int, l string) error {
	switch {
	case l == "":
		return refuse(CodeGrammar, n, "%s: want a keyword, found an empty line", t)
	case len(l) > t.maxLine():
		return refuse(CodeSize, n, "%s: want a line of at most %d bytes, found %d", t, t.maxLine(), len(l))
	case l[0] == ' ' || l[len(l)-1] == ' ' || strings.Contains(l, "  "):
		return refuse(CodeGrammar, n, "%s: want single spaces between fields only, found one too many", t)
	}
	return nil
}

// At says whether the next line has this keyword.
func (r *Reader) At(keyword string) bool {
	if r.err != nil || r.next >= len(r.lines) {
		return false
	}
	k, _, _ := strings.Cut(r.lines[r.next], " ")
	return k == keyword
}

// Line reads the next line, which must have this keyword and exactly n fields
// behind it, and returns the fields. After a refusal it returns n empty ones.
func (r *Reader) Line(keyword string, n int) []string {
	if rest, ok := r.take(keyword); ok {
		fields := strings.Split(rest, " ")
		if rest == "" {
			fields = nil
		}
		if len(fields) == n {
			return fields
		}
		r.Refuse("want %d fields behind %q, found %d", n, keyword, len(fields))
	}
	return make([]string, n)
}

// Fields reads the next line, which must have this keyword and at least one
// field, and returns the fields. After a refusal it returns none.
func (r *Reader) Fields(keyword string) []string {
	rest, ok := r.take(keyword)
	if !ok {
		return nil
	}
	if rest == "" {
		r.Refuse("want at least 1 field behind %q, found 0", keyword)
		return nil
	}
	return strings.Split(rest, " ")
}

// Rest reads the next line, which must have this keyword, then exactly n
// fields, then a rest-of-line value. It returns the fields and the rest.
func (r *Reader) Rest(keyword string, n int) ([]string, string) {
	if rest, ok := r.take(keyword); ok {
		fields := strings.SplitN(rest, " ", n+1)
		if len(fields) == n+1 && fields[n] != "" {
			return fields[:n], fields[n]
		}
		r.Refuse("want %d fields and a text behind %q, found too little", n, keyword)
	}
	return make([]string, n), ""
}

// Field reads the next line, which must have this keyword and one field.
func (r *Reader) Field(keyword string) string { return r.Line(keyword, 1)[0] }

func (r *Reader) take(keyword string) (string, bool) {
	if r.err != nil {
		return "", false
	}
	if r.next >= len(r.lines) {
		r.err = refuse(CodeGrammar, len(r.lines)+1, "want %q, found the end of the text", keyword)
		return "", false
	}
	k, rest, _ := strings.Cut(r.lines[r.next], " ")
	r.next++
	if k != keyword {
		r.Refuse("want %q, found %q", keyword, clip(k))
		return "", false
	}
	return rest, true
}

// Refuse records a refusal about the line read last, unless one stands
// already.
func (r *Reader) Refuse(format string, args ...any) {
	if r.err == nil {
		r.err = refuse(CodeGrammar, r.next, format, args...)
	}
}

// Err returns the refusal that stands, or nil.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return r.err
}

// Close returns the refusal that stands, or refuses lines that nobody read.
func (r *Reader) Close() error {
	if r.err == nil && r.next < len(r.lines) {
		k, _, _ := strings.Cut(r.lines[r.next], " ")
		r.next++
		r.Refuse("want the end of the text, found %q", clip(k))
	}
	return r.Err()
}

// Value turns a field into a value with one of the package's (or custody's)
// parsers and records a refusal, naming the keyword, when it fails. After a
// refusal it returns the zero value.
func Value[T any](r *Reader, keyword, field string, parse func(string) (T, error)) T {
	var zero T
	if r.err != nil {
		return zero
	}
	v, err := parse(field)
	if err != nil {
		r.Refuse("%s: %v", keyword, err)
		return zero
	}
	return v
}

// Uint is Value for a bounded integer. A bound above what T holds counts as
// T's own greatest value, so that nothing is cut off in silence.
func Uint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](r *Reader, keyword, field string, most uint64) T {
	most = min(most, uint64(^T(0)))
	return T(Value(r, keyword, field, func(s string) (uint64, error) { return ParseUint(s, most) }))
}

// Canonical refuses parsed bytes that differ from what their meaning renders
// to (rule C8).
func Canonical(parsed, rendered []byte) error {
	if bytes.Equal(parsed, rendered) {
		return nil
	}
	line := 1
	for i := 0; i < len(parsed) && i < len(rendered) && parsed[i] == rendered[i]; i++ {
		if parsed[i] == '\n' {
			line++
		}
	}
	return refuse(CodeNoncanon, line, "want the bytes that the same meaning renders to, found others")
}
