package text

import (
	"bytes"
	"strings"
)

// Writer builds one text line by line. The first field that would not read
// back as the field it was written as sticks, and Bytes returns that refusal:
// no value can smuggle in a further field or line.
type Writer struct {
	t    Type
	b    bytes.Buffer
	line int
	err  *Error
}

// NewWriter begins a text of type t with its first line.
func NewWriter(t Type) *Writer {
	w := &Writer{t: t}
	w.Raw(t.Header())
	return w
}

// Line adds a line: the keyword and its fields, the last of which may be a
// rest-of-line value.
func (w *Writer) Line(keyword string, fields ...string) {
	w.word(keyword, keyword, false)
	for i, f := range fields {
		w.b.WriteByte(' ')
		w.word(keyword, f, i == len(fields)-1)
	}
	w.end()
}

// word writes one field; only a rest-of-line value may hold spaces.
func (w *Writer) word(keyword, s string, rest bool) {
	if s == "" || strings.IndexByte(s, '\n') >= 0 || !rest && strings.IndexByte(s, ' ') >= 0 {
		w.refuse("want %q followed by whole fields, found %q as one", clip(keyword), clip(s))
	}
	w.b.WriteString(s)
}

// Raw adds a whole line as it stands.
func (w *Writer) Raw(line string) {
	if strings.Contains(line, "\n") {
		w.refuse("want one line, found several in %q", clip(line))
	}
	w.b.WriteString(line)
	w.end()
}

func (w *Writer) end() {
	w.line++
	w.b.WriteByte('\n')
}

func (w *Writer) refuse(format string, args ...any) {
	if w.err == nil {
		w.err = refuse(CodeGrammar, w.line+1, format, args...)
	}
}

// Bytes returns the text, or the refusal that Open would give it: a writer's
// values are checked as strictly as foreign ones.
func (w *Writer) Bytes() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	b := bytes.Clone(w.b.Bytes())
	if _, err := Open(b, w.t); err != nil {
		return nil, err
	}
	return b, nil
}
