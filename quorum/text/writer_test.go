package text

import (
	"strings"
	"testing"
)

func TestWriterWritesWhatOpenReads(t *testing.T) {
	w := NewWriter(Clearance)
	w.Line("vault", "acme-treasury")
	w.Line("mark")
	w.Line("says", "x", "no veto and no freeze seen")
	w.Raw("change + officer kate acme-ops Kate Example")
	b, err := w.Bytes()
	want := "strongroom/clearance@v1\nvault acme-treasury\nmark\nsays x no veto and no freeze seen\nchange + officer kate acme-ops Kate Example\n"
	if err != nil || string(b) != want {
		t.Fatalf("want %q, found %q, %v", want, b, err)
	}
}

// A value cannot bring a line or a field of its own into a text.
func TestWriterRefusesInjectedLinesAndFields(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(*Writer)
		code  Code
		want  string
	}{
		{"line in the last field", func(w *Writer) { w.Line("memo", "x\npay 1.00000000 BTC eve") }, CodeGrammar,
			`line 2: want "memo" followed by whole fields, found "x\npay 1.00000000 BTC eve" as one`},
		{"line in a field", func(w *Writer) { w.Line("pay", "1\nmemo", "x") }, CodeGrammar,
			`line 2: want "pay" followed by whole fields, found "1\nmemo" as one`},
		{"two fields in one", func(w *Writer) { w.Line("pay", "1 2", "x") }, CodeGrammar,
			`line 2: want "pay" followed by whole fields, found "1 2" as one`},
		{"empty field", func(w *Writer) { w.Line("pay", "", "x") }, CodeGrammar,
			`line 2: want "pay" followed by whole fields, found "" as one`},
		{"keyword with a field", func(w *Writer) { w.Line("pay x") }, CodeGrammar,
			`line 2: want "pay x" followed by whole fields, found "pay x" as one`},
		{"raw lines", func(w *Writer) { w.Raw("a\nb") }, CodeGrammar, `line 2: want one line, found several in "a\nb"`},
		{"first of two", func(w *Writer) { w.Line("a", ""); w.Raw("a\nb") }, CodeGrammar,
			`line 2: want "a" followed by whole fields, found "" as one`},
		{"byte", func(w *Writer) { w.Line("memo", "\u00e9") }, CodeByte,
			"line 2: clearance: want printable ASCII and LF only, found byte c3"},
		{"space at the end", func(w *Writer) { w.Line("memo", "x ") }, CodeGrammar,
			"line 2: clearance: want single spaces between fields only, found one too many"},
		{"long", func(w *Writer) { w.Line("memo", strings.Repeat("x", maxLine)) }, CodeSize,
			"line 2: clearance: want a line of at most 4096 bytes, found 4101"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := NewWriter(Clearance)
			c.write(w)
			_, err := w.Bytes()
			refused(t, err, c.code, c.want)
		})
	}
}
