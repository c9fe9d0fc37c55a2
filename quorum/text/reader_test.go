package text

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// refused compares the whole error text, the code and the line.
func refused(t *testing.T, err error, code Code, want string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("want a *text.Error %q, found %v", want, err)
	}
	if e.Error() != want || e.Code != code || e.Reason() != string(code) {
		t.Fatalf("want %s %q\nfound %s %q", code, want, e.Code, e.Error())
	}
}

func TestOpenRefusesOtherBytes(t *testing.T) {
	const head = "strongroom/clearance@v1\n"
	long := strings.Repeat("x", maxLine+1)
	for _, c := range []struct {
		name, text string
		code       Code
		want       string
	}{
		{"nothing", "", CodeSize, "clearance: want 1 to 65536 bytes, found 0"},
		{"oversized", head + strings.Repeat("memo x\n", maxText/7), CodeSize, "clearance: want 1 to 65536 bytes, found 65558"},
		{"CRLF", "strongroom/clearance@v1\r\nvault v\r\n", CodeByte, "line 1: clearance: want printable ASCII and LF only, found byte 0d"},
		{"CRLF in one line", head + "vault v\r\n", CodeByte, "line 2: clearance: want printable ASCII and LF only, found byte 0d"},
		{"BOM", "\xef\xbb\xbf" + head, CodeByte, "line 1: clearance: want printable ASCII and LF only, found byte ef"},
		{"UTF-8", head + "memo caf\u00e9\n", CodeByte, "line 2: clearance: want printable ASCII and LF only, found byte c3"},
		{"bidi override", head + "memo a\u202eb\n", CodeByte, "line 2: clearance: want printable ASCII and LF only, found byte e2"},
		{"tab", head + "memo\tx\n", CodeByte, "line 2: clearance: want printable ASCII and LF only, found byte 09"},
		{"NUL", head + "memo x\x00\n", CodeByte, "line 2: clearance: want printable ASCII and LF only, found byte 00"},
		{"DEL", head + "vault v\nmemo \x7f\n", CodeByte, "line 3: clearance: want printable ASCII and LF only, found byte 7f"},
		{"escape", head + "memo \x1b[2J\n", CodeByte, "line 2: clearance: want printable ASCII and LF only, found byte 1b"},
		{"missing last LF", head + "memo x", CodeGrammar, "clearance: want LF as the last byte, found 'x'"},
		{"truncated", head[:10], CodeGrammar, "clearance: want LF as the last byte, found 'm'"},
		{"only LF", "\n", CodeGrammar, "line 1: clearance: want a keyword, found an empty line"},
		{"empty line", head + "\nmemo x\n", CodeGrammar, "line 2: clearance: want a keyword, found an empty line"},
		{"empty last line", head + "memo x\n\n", CodeGrammar, "line 3: clearance: want a keyword, found an empty line"},
		{"long line", head + long + "\n", CodeSize, "line 2: clearance: want a line of at most 4096 bytes, found 4097"},
		{"leading space", head + " memo x\n", CodeGrammar, "line 2: clearance: want single spaces between fields only, found one too many"},
		{"trailing space", head + "memo x \n", CodeGrammar, "line 2: clearance: want single spaces between fields only, found one too many"},
		{"double space", head + "memo x  y\n", CodeGrammar, "line 2: clearance: want single spaces between fields only, found one too many"},
		{"lone space", head + " \n", CodeGrammar, "line 2: clearance: want single spaces between fields only, found one too many"},
		{"other type", "strongroom/policy@v1\n", CodeType, `line 1: clearance: want "strongroom/clearance@v1", found "strongroom/policy@v1"`},
		{"other version", "strongroom/clearance@v2\n", CodeType, `line 1: clearance: want "strongroom/clearance@v1", found "strongroom/clearance@v2"`},
		{"version and more", "strongroom/clearance@v10\n", CodeType, `line 1: clearance: want "strongroom/clearance@v1", found "strongroom/clearance@v10"`},
		{"other case", "Strongroom/clearance@v1\n", CodeType, `line 1: clearance: want "strongroom/clearance@v1", found "Strongroom/clearance@v1"`},
		{"long first line", strings.Repeat("y", 60) + "\n", CodeType, `line 1: clearance: want "strongroom/clearance@v1", found "` + strings.Repeat("y", 40) + `..."`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open([]byte(c.text), Clearance)
			refused(t, err, c.code, c.want)
		})
	}
}

func TestZeroTypeOpensNothing(t *testing.T) {
	_, err := Open([]byte("strongroom/no type@v1\n"), 0)
	refused(t, err, CodeType, "text: want a type, found none")
	_, err = Open([]byte("strongroom/no type@v1\n"), 255)
	refused(t, err, CodeType, "text: want a type, found none")
}

func TestSizeLimitsByType(t *testing.T) {
	for _, c := range []struct {
		of         Type
		size, line int
	}{
		{Policy, 256 << 10, 4000}, {Annex, 256 << 10, 4000}, {Proposal, 512 << 10, 4096}, {Clearance, 64 << 10, 4096},
		{Record, 1 << 20, 4096}, {Manifest, 64 << 10, 4096}, {Certificate, 64 << 10, 4096},
	} {
		body := c.of.Header() + "\n"
		for len(body) < c.size {
			n := min(c.line, c.size-len(body)-1)
			if rest := c.size - len(body) - n - 1; rest == 1 {
				n--
			}
			body += strings.Repeat("x", n) + "\n"
		}
		if _, err := Open([]byte(body), c.of); err != nil || len(body) != c.size {
			t.Errorf("%s: want %d bytes in lines of %d accepted, found %v of %d", c.of, c.size, c.line, err, len(body))
		}
		_, err := Open([]byte(body+"y\n"), c.of)
		refused(t, err, CodeSize, fmt.Sprintf("%s: want 1 to %d bytes, found %d", c.of, c.size, c.size+2))
		_, err = Open([]byte(c.of.Header()+"\n"+strings.Repeat("x", c.line+1)+"\n"), c.of)
		refused(t, err, CodeSize, fmt.Sprintf("line 2: %s: want a line of at most %d bytes, found %d", c.of, c.line, c.line+1))
	}
}

// readClearance is a parser as other packages write it.
func readClearance(r *Reader) error {
	Value(r, "vault", r.Field("vault"), ParseID)
	f := r.Line("block", 2)
	Uint[uint32](r, "block", f[0], 100)
	Value(r, "block", f[1], ParseHash)
	for r.At("seen") {
		for _, f := range r.Fields("seen") {
			Value(r, "seen", f, ParseID)
		}
	}
	_, says := r.Rest("says", 1)
	if says == "no" {
		r.Refuse("says: want yes, found %q", says)
	}
	return r.Close()
}

func TestReaderRefusesWhatItDoesNotWant(t *testing.T) {
	hash := strings.Repeat("ab", 32)
	for _, c := range []struct{ name, body, want string }{
		{"truncated", "vault v\n", `line 3: want "block", found the end of the text`},
		{"nothing behind the head", "", `line 2: want "vault", found the end of the text`},
		{"unknown keyword", "vault v\nblok 7 " + hash + "\n", `line 3: want "block", found "blok"`},
		{"reordered", "block 7 " + hash + "\nvault v\n", `line 2: want "vault", found "block"`},
		{"duplicated", "vault v\nvault v\n", `line 3: want "block", found "vault"`},
		{"keyword in other case", "Vault v\n", `line 2: want "vault", found "Vault"`},
		{"field too many", "vault v w\n", `line 2: want 1 fields behind "vault", found 2`},
		{"field too few", "vault\n", `line 2: want 1 fields behind "vault", found 0`},
		{"two wanted, one found", "vault v\nblock 7\n", `line 3: want 2 fields behind "block", found 1`},
		{"no field", "vault v\nblock 7 " + hash + "\nseen\n", `line 4: want at least 1 field behind "seen", found 0`},
		{"no rest", "vault v\nblock 7 " + hash + "\nsays x\n", `line 4: want 1 fields and a text behind "says", found too little`},
		{"no rest at all", "vault v\nblock 7 " + hash + "\nsays\n", `line 4: want 1 fields and a text behind "says", found too little`},
		{"line left over", "vault v\nblock 7 " + hash + "\nsays x yes and so\nmemo x\n", `line 5: want the end of the text, found "memo"`},
		{"leading zero", "vault v\nblock 07 " + hash + "\n", `line 3: block: want a decimal integer without leading zero, found "07"`},
		{"upper-case hex", "vault v\nblock 7 " + strings.ToUpper(hash) + "\n", `line 3: block: want 64 lower-case hex digits, found "` + strings.ToUpper(hash[:40]) + `..."`},
		{"above the bound", "vault v\nblock 101 " + hash + "\n", `line 3: block: want at most 100, found 101`},
		{"own refusal", "vault v\nblock 7 " + hash + "\nsays x no\n", `line 4: says: want yes, found "no"`},
		{"long keyword", strings.Repeat("k", 50) + " v\n", `line 2: want "vault", found "` + strings.Repeat("k", 40) + `..."`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Open([]byte(Clearance.Header()+"\n"+c.body), Clearance)
			if err != nil {
				t.Fatal(err)
			}
			refused(t, readClearance(r), CodeGrammar, c.want)
		})
	}
}

func TestReaderReadsFieldsAndRest(t *testing.T) {
	r, err := Open([]byte("strongroom/clearance@v1\nvault v\nblock 7 "+strings.Repeat("ab", 32)+"\nseen a\nseen b c\nsays x yes and so\n"), Clearance)
	if err != nil {
		t.Fatal(err)
	}
	if err := readClearance(r); err != nil || r.Err() != nil {
		t.Fatalf("want no refusal, found %v", err)
	}
	r, err = Open([]byte("strongroom/clearance@v1\nofficer a acme Alice B. Example\nalone\n"), Clearance)
	if err != nil {
		t.Fatal(err)
	}
	f, rest := r.Rest("officer", 2)
	if fmt.Sprint(f) != "[a acme]" || rest != "Alice B. Example" {
		t.Errorf("want two fields and a name, found %q %q", f, rest)
	}
	if f := r.Line("alone", 0); len(f) != 0 {
		t.Errorf("want no field, found %q", f)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// The end of a text has no keyword, a tilde is the last printable letter, and a
// value that takes the whole line is not empty.
func TestReaderAtItsBounds(t *testing.T) {
	r, err := Open([]byte("strongroom/clearance@v1\nmemo ~ !\n"), Clearance)
	if err != nil {
		t.Fatal(err)
	}
	if _, rest := r.Rest("memo", 0); rest != "~ !" {
		t.Errorf("want the rest as it was, found %q", rest)
	}
	if r.At("memo") || r.At("") {
		t.Error("want no keyword at the end, found one")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if r, err = Open([]byte("strongroom/clearance@v1\nmemo\n"), Clearance); err != nil {
		t.Fatal(err)
	}
	if _, rest := r.Rest("memo", 0); rest != "" {
		t.Errorf("want nothing, found %q", rest)
	}
	refused(t, r.Close(), CodeGrammar, `line 2: want 0 fields and a text behind "memo", found too little`)
}

// After a refusal nothing is read any more, and the first refusal stands.
func TestFirstRefusalSticks(t *testing.T) {
	r, err := Open([]byte("strongroom/clearance@v1\nvault V\nmemo x\n"), Clearance)
	if err != nil {
		t.Fatal(err)
	}
	const want = `line 2: vault: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "V"`
	if id := Value(r, "vault", r.Field("vault"), ParseID); id != "" {
		t.Errorf("want the zero id, found %q", id)
	}
	f, rest := r.Rest("memo", 1)
	if r.At("memo") || r.Field("memo") != "" || len(f) != 1 || f[0] != "" || rest != "" || r.Fields("memo") != nil {
		t.Error("want nothing read after a refusal")
	}
	if n := Uint[uint32](r, "memo", "5", 9); n != 0 {
		t.Errorf("want 0 after a refusal, found %d", n)
	}
	r.Refuse("another")
	refused(t, r.Err(), CodeGrammar, want)
	refused(t, r.Close(), CodeGrammar, want)
}

// A bound above what the type holds must not cut a number off.
func TestUintNeverTruncates(t *testing.T) {
	r, err := Open([]byte("strongroom/clearance@v1\nn 300\n"), Clearance)
	if err != nil {
		t.Fatal(err)
	}
	if n := Uint[uint8](r, "n", r.Field("n"), 1000); n != 0 {
		t.Errorf("want 0, found %d", n)
	}
	refused(t, r.Close(), CodeGrammar, "line 2: n: want at most 255, found 300")
}

func TestCanonicalNamesTheLine(t *testing.T) {
	if err := Canonical([]byte("a\nb\n"), []byte("a\nb\n")); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		a, b string
		line int
	}{{"a\nb\nc\n", "a\nB\nc\n", 2}, {"a\n", "b\n", 1}, {"a\nb\n", "a\n", 2}, {"", "a\n", 1}} {
		refused(t, Canonical([]byte(c.a), []byte(c.b)), CodeNoncanon,
			fmt.Sprintf("line %d: want the bytes that the same meaning renders to, found others", c.line))
	}
}

func TestTypeOfTrustsNothingButTheFirstLine(t *testing.T) {
	for typ := Policy; typ.String() != "no type"; typ++ {
		if got, ok := TypeOf([]byte(typ.Header() + "\nrest")); !ok || got != typ {
			t.Errorf("want %s, found %s", typ, got)
		}
		if _, ok := TypeOf([]byte(typ.Header())); ok {
			t.Errorf("want no type without LF, found one for %s", typ)
		}
	}
	for _, s := range []string{"", "\n", "strongroom/policy@v2\n", "strongroom/no type@v1\n", " strongroom/policy@v1\n"} {
		if got, ok := TypeOf([]byte(s)); ok {
			t.Errorf("%q: want no type, found %s", s, got)
		}
	}
}

// What opens is lines that join to the same bytes, and a Writer that is given
// those lines writes them again.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("strongroom/policy@v1\nvault acme\nofficer alice acme Alice Example\n"))
	f.Add([]byte("strongroom/proposal@v1\nmemo pay 1.00000000 BTC x\n"))
	f.Add([]byte("strongroom/record@v1\nseq 0\n"))
	f.Add([]byte("strongroom/clearance@v1\nsays no\r\n"))
	f.Add([]byte("strongroom/certificate@v1\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		typ, _ := TypeOf(b)
		r, err := Open(b, typ)
		if err != nil {
			return
		}
		w := NewWriter(typ)
		for _, l := range r.lines[1:] {
			keyword, _, _ := strings.Cut(l, " ")
			if !r.At(keyword) {
				t.Fatalf("want to stand at %q", keyword)
			}
			if l == keyword {
				r.Line(keyword, 0)
				w.Line(keyword)
				continue
			}
			w.Line(keyword, r.Fields(keyword)...)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		again, err := w.Bytes()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("want %q, found %q, %v", b, again, err)
		}
	})
}
