package carrier_test

import (
	"bytes"
	"compress/flate"
	"encoding/base32"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"strongroom/signer/carrier"
)

// noise is the same bytes every time, and no compression helps with them.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func split(t testing.TB, b []byte, typ carrier.Type, e carrier.Encoding, v carrier.Version) *carrier.Series {
	t.Helper()
	s, err := carrier.Split(b, typ, e, v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAMebibyteOfNoiseCrossesInAnyOrder(t *testing.T) {
	want := noise(1 << 20)
	for _, e := range []carrier.Encoding{carrier.Hex, carrier.Base32, carrier.Deflated, carrier.Shortest} {
		s := split(t, want, carrier.Binary, e, 40)
		parts := append(slices.Clone(s.Parts), s.Parts[:50]...)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		m, err := carrier.Join(parts)
		if err != nil {
			t.Fatal(err)
		}
		if m.Type != carrier.Binary || !bytes.Equal(m.Bytes, want) {
			t.Errorf("%c: want the same mebibyte, found another", e)
		}
		t.Logf("%c: %d codes of version %d, asked for %c", s.Encoding, len(s.Parts), s.Version, e)
		if e == carrier.Shortest && s.Encoding != carrier.Base32 {
			t.Errorf("noise: want Base32, found %c", s.Encoding)
		}
	}
}

// What another implementation of BBQr wrote of this text, in each encoding.
func TestAStrangersSeriesIsJoined(t *testing.T) {
	text := strings.Repeat("strongroom carries this across the gap, ", 12) + "and nothing else\n"
	short := "abandon ability able about"
	for what, c := range map[string]struct {
		text  string
		parts []string
	}{
		"deflated": {text, []string{"B$ZU0100FMXCTSWPJMX4VT6PKVEE4LBKZJGC2VRIZHECYVSIJQXMULYGWFJRLUQTBN2BJCSH2UGUS5MJPEUQU6PZICU3Y5EF2SOOEVBOAA"}},
		"hex":      {short, []string{"B$HU04006162616E646F6E20", "B$HU04016162696C69747920", "B$HU040261626C652061626F", "B$HU04037574"}},
		"base32":   {short, []string{"B$2U0300MFRGC3TEN5XCAYLC", "B$2U0301NFWGS5DZEBQWE3DF", "B$2U0302EBQWE33VOQ"}},
	} {
		m, err := carrier.Join(c.parts)
		if err != nil || m.Type != carrier.Unicode || string(m.Bytes) != c.text {
			t.Errorf("%s: want the text, found %+v, %v", what, m, err)
		}
	}
}

// Ours for the same text: balanced, where the other leaves a runt.
func TestASeriesAsItIsWritten(t *testing.T) {
	short := []byte("abandon ability able about")
	for e, want := range map[carrier.Encoding][]string{
		carrier.Hex:    {"B$HU04006162616E646F6E", "B$HU0401206162696C6974", "B$HU0402792061626C6520", "B$HU040361626F7574"},
		carrier.Base32: {"B$2U0300MFRGC3TEN5XCAYLC", "B$2U0301NFWGS5DZEBQWE3DF", "B$2U0302EBQWE33VOQ"},
	} {
		if got := split(t, short, carrier.Unicode, e, 1).Parts; !slices.Equal(got, want) {
			t.Errorf("%c: want %q, found %q", e, want, got)
		}
	}
	if got := split(t, short, carrier.Unicode, carrier.Hex, 1).Sum; got != "2364a17ff3507501df1e6385392fce14825bc0cf6e096543633d9df08c13bf8c" {
		t.Errorf("sum: found %s", got)
	}
}

// How many bytes of hex a version carries in how many codes, by the table of the
// standard.
func TestVersionsHoldWhatTheStandardSays(t *testing.T) {
	table := map[carrier.Version]int{1: 8, 11: 230, 23: 790, 24: 848, 25: 922, 26: 991, 27: 1062, 28: 1107, 29: 1180, 30: 1256, 31: 1334,
		32: 1416, 33: 1500, 34: 1587, 35: 1671, 36: 1764, 37: 1860, 38: 1959, 39: 2039, 40: 2144}
	for v, bytes := range table {
		full, more := split(t, noise(10*bytes), carrier.PSBT, carrier.Hex, v), split(t, noise(10*bytes+1), carrier.PSBT, carrier.Hex, v)
		if len(full.Parts) != 10 || len(more.Parts) != 11 || full.Version != v {
			t.Errorf("version %d: want 10 and 11 codes of %d bytes, found %d and %d, of version %d", v, bytes, len(full.Parts), len(more.Parts), full.Version)
		}
	}
}

// Parts are as equal as whole letters allow, and the last is no runt.
func TestPartsAreEqual(t *testing.T) {
	for _, n := range []int{1, 4, 5, 89, 90, 91, 900, 1234, 9_001, 116_550} {
		s := split(t, noise(n), carrier.Binary, carrier.Base32, carrier.Narrow)
		first, last := len(s.Parts[0]), len(s.Parts[len(s.Parts)-1])
		for i, p := range s.Parts[:len(s.Parts)-1] {
			if len(p) != first {
				t.Errorf("%d bytes: want %d letters, found %d in part %d", n, first, len(p), i+1)
			}
		}
		if last > first || first > 154 || s.Version > carrier.Narrow {
			t.Errorf("%d bytes: version %d, first %d letters, last %d", n, s.Version, first, last)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for what, c := range map[string]struct {
		b    []byte
		t    carrier.Type
		e    carrier.Encoding
		v    carrier.Version
		want string
	}{
		"nothing":            {nil, 'B', '2', 40, "codes: want 1 to 8388608 bytes, found 0"},
		"too much":           {make([]byte, 8<<20+1), 'B', 'Z', 40, "codes: want 1 to 8388608 bytes, found 8388609"},
		"no type":            {zeros, 0, '2', 40, `codes: want a type among P T J C U B X, found '\x00'`},
		"another type":       {zeros, 'Q', '2', 40, `codes: want a type among P T J C U B X, found 'Q'`},
		"no encoding":        {zeros, 'B', 0, 40, `codes: want an encoding of BBQr, found '\x00'`},
		"no version":         {zeros, 'B', '2', 0, "codes: want QR version 1 to 40, found 0"},
		"a larger version":   {zeros, 'B', '2', 41, "codes: want QR version 1 to 40, found 41"},
		"more than 1,295":    {noise(1295*90 + 1), 'B', '2', 5, "codes: want at most 1295 codes of version 5, found data for 1296: carry it as a file"},
		"more than fit":      {noise(3_470_600 + 1), 'B', '2', 40, "codes: want at most 1295 codes of version 40, found data for 1296: carry it as a file"},
		"what looks a bomb":  {zeros, 'B', 'Z', 40, "codes: want no more than a hundredfold compression, found 1048576 bytes in 1089: Base32 carries them"},
		"hex more than fits": {noise(1295*72 + 1), 'B', 'H', 5, ""},
	} {
		_, err := carrier.Split(c.b, c.t, c.e, c.v)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\nwant %s\nfound %v", what, c.want, err)
		}
	}
	if s := split(t, zeros, carrier.Binary, carrier.Shortest, 40); s.Encoding != carrier.Base32 {
		t.Errorf("zeros: want Base32, which may expand, found %c", s.Encoding)
	}
	if s := split(t, noise(1295*90), carrier.Binary, carrier.Base32, 5); len(s.Parts) != carrier.MaxParts || s.Parts[1294][:8] != "B$2BZZZY" {
		t.Errorf("want 1295 parts, the last B$2BZZZY, found %d, %s", len(s.Parts), s.Parts[len(s.Parts)-1][:8])
	}
}

func TestJoinRefuses(t *testing.T) {
	data := "want whole bytes as its encoding writes them, found something else"
	for what, c := range map[string]struct {
		texts []string
		want  string
	}{
		"nothing":                    {nil, "codes: want 1 to 15540, found 0"},
		"another code":               {[]string{"HTTPS://EXAMPLE.ORG"}, `code: want B$, six letters of a header and data, found "HTTPS://"`},
		"no text":                    {[]string{""}, `code: want B$, six letters of a header and data, found ""`},
		"a header alone":             {[]string{"B$HU0100"}, `code: want B$, six letters of a header and data, found "B$HU0100"`},
		"an encoding unknown":        {[]string{"B$3U010000"}, `code B$3U0100: want encoding H, 2 or Z, found '3'`},
		"a choice as encoding":       {[]string{"B$*U010000"}, `code B$*U0100: want encoding H, 2 or Z, found '*'`},
		"a type unknown":             {[]string{"B$HK010000"}, `code B$HK0100: want a type among P T J C U B X, found 'K'`},
		"a place at the total":       {[]string{"B$HU010100"}, `code B$HU0101: want a place below the total, both in base 36, found "01" of "01"`},
		"a total of zero":            {[]string{"B$HU000000"}, `code B$HU0000: want a place below the total, both in base 36, found "00" of "00"`},
		"a number of no kind":        {[]string{"B$HU+1-000"}, `code B$HU+1-0: want a place below the total, both in base 36, found "-0" of "+1"`},
		"lower case numbers":         {[]string{"B$HU0b0000"}, `code B$HU0b00: ` + data},
		"lower case hex":             {[]string{"B$HU0100aB"}, "code B$HU0100: " + data},
		"half a byte":                {[]string{"B$HU0100ABC"}, "code B$HU0100: " + data},
		"lower case base32":          {[]string{"B$2U0100aa"}, "code B$2U0100: " + data},
		"padding":                    {[]string{"B$2U0100AA======"}, "code B$2U0100: " + data},
		"bits that nobody reads":     {[]string{"B$2U0100AB"}, "code B$2U0100: " + data},
		"a line feed within":         {[]string{"B$2U0100AAAA\nAAAA"}, "code B$2U0100: " + data},
		"half a letter group":        {[]string{"B$2U0100A"}, "code B$2U0100: " + data},
		"more than a code holds":     {[]string{"B$HU0100" + strings.Repeat("A", 4289)}, "code: want at most 4296 letters, found 4297"},
		"two of one series, another": {[]string{"B$HU030000", "B$HU0400AA"}, "codes: want one series, found two: B$HU03 and B$HU04"},
		"another type among them":    {[]string{"B$HU020000", "B$HB0201AA"}, "codes: want one series, found two: B$HU02 and B$HB02"},
		"another encoding":           {[]string{"B$HU020000", "B$2U0201AA"}, "codes: want one series, found two: B$HU02 and B$2U02"},
		"one place, two contents":    {[]string{"B$HU020000", "B$HU0201AA", "B$HU0201AB"}, "codes: want one series, found two: code 2 of 2 differs between them"},
		"one is missing":             {[]string{"B$HU020100"}, "codes: want all 2, missing 1"},
		"several are missing":        {[]string{"B$HU0B0300", "B$HU0B0900"}, "codes: want all 11, missing 1-3, 5-9, 11"},
		"a short one amidst":         {[]string{"B$HU03000000", "B$HU030100", "B$HU03020000"}, "codes: want one length, with only the last shorter: code 1 has 2 bytes, found 1 in code 2"},
		"a longer last":              {[]string{"B$HU020000", "B$HU02010000"}, "codes: want one length, with only the last shorter: code 1 has 1 bytes, found 2 in code 2"},
		"no deflate":                 {[]string{"B$ZU0100" + b32([]byte{0xff, 0xff})}, "codes: want data compressed by deflate: flate: corrupt input before offset 1"},
		"deflate cut short":          {[]string{"B$ZU0100" + b32(deflated("some text that was whole")[:9])}, "codes: want data compressed by deflate: unexpected EOF"},
		"something behind deflate":   {[]string{"B$ZU0100" + b32(append(deflated("text"), 1, 2, 3))}, "codes: want nothing behind the compressed data, found 3 bytes"},
		"deflated nothing":           {[]string{"B$ZU0100" + b32(deflated(""))}, "codes: want 1 to 8388608 bytes, found 0"},
	} {
		if _, err := carrier.Join(c.texts); err == nil || err.Error() != c.want {
			t.Errorf("%s:\nwant %s\nfound %v", what, c.want, err)
		}
	}
	var missing *carrier.MissingError
	if _, err := carrier.Join([]string{"B$HU020100"}); !errors.As(err, &missing) || missing.Total != 2 || !slices.Equal(missing.Places, []int{1}) {
		t.Errorf("want a MissingError of 1 of 2, found %+v", missing)
	}
}

// A bomb is a small series that expands without end. Both limits stop it.
func TestABombIsNotExpanded(t *testing.T) {
	ratio := deflated(string(make([]byte, 500_000)))
	size := deflated(strings.Repeat(string(noise(400)), 50_000))
	for what, c := range map[string]struct {
		b    []byte
		want string
	}{
		"by its ratio": {ratio, "codes: want at most 50400 bytes from 504 compressed ones, found more"},
		"by its size":  {size, "codes: want at most 8388608 bytes from 87785 compressed ones, found more"},
	} {
		s := split(t, c.b, carrier.Binary, carrier.Base32, 40)
		for i := range s.Parts {
			s.Parts[i] = "B$Z" + s.Parts[i][3:]
		}
		if _, err := carrier.Join(s.Parts); err == nil || err.Error() != c.want {
			t.Errorf("%s:\nwant %s\nfound %v", what, c.want, err)
		}
	}
}

// A small device keeps one kibibyte of what it has expanded, and no more.
func TestNothingRefersBeyondTheWindow(t *testing.T) {
	for _, c := range []struct {
		apart int
		finds bool
	}{{800, true}, {1000, true}, {1030, false}, {1500, false}, {30_000, false}} {
		b := noise(c.apart)
		twice := append(bytes.Clone(b), b...)
		s := split(t, twice, carrier.Binary, carrier.Deflated, 40)
		letters := len(strings.Join(s.Parts, "")) - 8*len(s.Parts)
		if found := letters*5/8 < len(twice)*3/4; found != c.finds {
			t.Errorf("%d bytes apart: want a repetition found: %v; found %d letters for %d bytes", c.apart, c.finds, letters, len(twice))
		}
	}
}

func b32(b []byte) string { return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b) }

func deflated(s string) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.Bytes()
}

// What joins, splits into a series that joins to the same.
func FuzzJoin(f *testing.F) {
	f.Add("B$HU03006162616E646F6E206162\nB$HU0301696C6974792061626C65\nB$HU03022061626F7574")
	f.Add("B$2U0300MFRGC3TEN5XCAYLC\nB$2U0301NFWGS5DZEBQWE3DF\nB$2U0302EBQWE33VOQ")
	f.Add("B$ZU0100FMXCTSWPJMX4VT6PKVEE4LBKZJGC2VRIZHECYVSIJQXMULYGWFJRLUQTBN2BJCSH2UGUS5MJPEUQU6PZICU3Y5EF2SOOEVBOAA")
	f.Add("B$HU0B0300\nB$HU0B0900")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := carrier.Join(strings.Split(s, "\n"))
		if err != nil {
			return
		}
		again, err := carrier.Split(m.Bytes, m.Type, carrier.Shortest, 40)
		if err != nil && len(m.Bytes) > 3_470_600 {
			return // a series carries no more, and another compresses better
		}
		if err != nil {
			t.Fatal(err)
		}
		back, err := carrier.Join(again.Parts)
		if err != nil || back.Type != m.Type || !bytes.Equal(back.Bytes, m.Bytes) {
			t.Fatalf("want the same message again, found another: %v", err)
		}
	})
}
