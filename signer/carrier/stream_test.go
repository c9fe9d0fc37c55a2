package carrier_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"strongroom/signer/carrier"
)

// folder is a small one, as it might cross the gap, in no order.
func folder() []carrier.File {
	return []carrier.File{
		{Name: "headers.bin", Bytes: bytes.Repeat([]byte{7, 0, 250}, 80)},
		{Name: "4f1c09ab77aa10fe.txt", Bytes: []byte("strongroom/proposal@v1\n")},
		{Name: "empty_1", Bytes: []byte{}},
		{Name: "4f1c09ab77aa10fe.alice.approve.sig", Bytes: bytes.Repeat([]byte("x"), 512)},
	}
}

func pack(t testing.TB, files []carrier.File) []byte {
	t.Helper()
	b, err := carrier.Pack(files)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The standard library writes the same folder, to the byte.
func TestAStreamIsAnOrdinaryArchive(t *testing.T) {
	files := folder()
	var want bytes.Buffer
	w := tar.NewWriter(&want)
	for _, i := range []int{3, 1, 2, 0} {
		f := files[i]
		h := tar.Header{Typeflag: tar.TypeReg, Name: f.Name, Size: int64(len(f.Bytes)), Mode: 0o600, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.Bytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := pack(t, files)
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("want the archive of the standard library, %d bytes, found another of %d", want.Len(), len(got))
	}
	back, err := carrier.Unpack(got)
	if err != nil {
		t.Fatal(err)
	}
	if sorted := []carrier.File{files[3], files[1], files[2], files[0]}; !reflect.DeepEqual(back, sorted) {
		t.Errorf("want the files again, found %v", back)
	}
}

func TestPackRefuses(t *testing.T) {
	name := "want flat names of at most 100 letters, digits, dots, dashes and underscores, found "
	var many []carrier.File
	for i := range 4097 {
		many = append(many, carrier.File{Name: fmt.Sprint(i)})
	}
	for what, c := range map[string]struct {
		files []carrier.File
		want  string
	}{
		"nothing":         {nil, "stream: want 1 to 4096 files, found 0"},
		"too many":        {many, "stream: want 1 to 4096 files, found 4097"},
		"a path":          {named("../x"), `stream: ` + name + `"../x"`},
		"a folder":        {named("a/b"), `stream: ` + name + `"a/b"`},
		"no name":         {named(""), `stream: ` + name + `""`},
		"a hidden file":   {named(".profile"), `stream: ` + name + `".profile"`},
		"an option":       {named("-rf"), `stream: ` + name + `"-rf"`},
		"a control":       {named("a\x1b[2J"), `stream: ` + name + `"a\x1b[2J"`},
		"a line feed":     {named("a\n"), `stream: ` + name + `"a\n"`},
		"a long name":     {named(strings.Repeat("a", 101)), `stream: ` + name + `"` + strings.Repeat("a", 101) + `"`},
		"one name twice":  {named("b", "a", "b"), `stream: want each name once, found "b" twice`},
		"too many bytes":  {[]carrier.File{{Name: "a", Bytes: make([]byte, carrier.MaxStream)}}, "stream: want at most 8388608 bytes, found more"},
		"a backslash":     {named(`a\b`), `stream: ` + name + `"a\\b"`},
		"another writing": {named("ä"), `stream: ` + name + `"ä"`},
	} {
		if _, err := carrier.Pack(c.files); err == nil || err.Error() != c.want {
			t.Errorf("%s:\nwant %s\nfound %v", what, c.want, err)
		}
	}
	if b := pack(t, named(strings.Repeat("a", 100))); len(b) != 3*512 {
		t.Errorf("a name of 100 letters: want 1536 bytes, found %d", len(b))
	}
}

func named(names ...string) (files []carrier.File) {
	for _, n := range names {
		files = append(files, carrier.File{Name: n})
	}
	return files
}

func TestUnpackTakesOnlyWhatPackWrites(t *testing.T) {
	good := pack(t, named("a", "b"))
	differs := func(at int) string {
		return fmt.Sprintf("stream: want sorted plain files and nothing else, found a difference at byte %d", at)
	}
	other := func(at int, s string) []byte {
		b := bytes.Clone(good)
		copy(b[at:], s)
		return b
	}
	stock := func(h tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		h.Format = tar.FormatUSTAR
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	name := "stream: want flat names of at most 100 letters, digits, dots, dashes and underscores, found "
	for what, c := range map[string]struct {
		b    []byte
		want string
	}{
		"nothing":              {nil, "stream: want 1 to 4096 files, found 0"},
		"an end alone":         {make([]byte, 1024), "stream: want 1 to 4096 files, found 0"},
		"half a block":         {good[:700], "stream: want at most 8388608 bytes in blocks of 512, found 700"},
		"too much":             {make([]byte, 8<<20+512), "stream: want at most 8388608 bytes in blocks of 512, found 8389120"},
		"no end":               {good[:1024], differs(1024)},
		"half an end":          {good[:1536], differs(1536)},
		"something behind":     {append(bytes.Clone(good), make([]byte, 512)...), differs(2048)},
		"a byte in the end":    {other(2000, "x"), differs(2000)},
		"a path":               {other(0, "/"), name + `"/"`},
		"a parent":             {other(0, "../b"), name + `"../b"`},
		"a link":               {stock(tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "b"}), `stream: a: want a plain file, found kind '2'`},
		"a hard link":          {stock(tar.Header{Typeflag: tar.TypeLink, Name: "a", Linkname: "b"}), `stream: a: want a plain file, found kind '1'`},
		"a device":             {stock(tar.Header{Typeflag: tar.TypeChar, Name: "a"}), `stream: a: want a plain file, found kind '3'`},
		"a folder":             {stock(tar.Header{Typeflag: tar.TypeDir, Name: "a/"}), name + `"a/"`},
		"an extended header":   {other(156, "x"), `stream: a: want a plain file, found kind 'x'`},
		"a program":            {stock(tar.Header{Typeflag: tar.TypeReg, Name: "a", Mode: 0o755}), differs(104)},
		"an owner":             {stock(tar.Header{Typeflag: tar.TypeReg, Name: "a", Mode: 0o600, Uname: "root"}), differs(149)},
		"a size beyond":        {other(124, "00000003001"), `stream: a: want a size within the stream, found "00000003001"`},
		"a size of no number":  {other(124, "-0000000001"), `stream: a: want a size within the stream, found "-0000000001"`},
		"a size of another":    {other(124, "\x80"), `stream: a: want a size within the stream, found "\x800000000000"`},
		"a prefix":             {other(345, "etc"), differs(345)},
		"a wrong sum":          {other(148, "7"), differs(148)},
		"an order of its own":  {bytes.Join([][]byte{good[512:1024], good[:512], good[1024:]}, nil), differs(0)},
		"something in padding": {padding(t), differs(512 + 100)},
	} {
		if _, err := carrier.Unpack(c.b); err == nil || err.Error() != c.want {
			t.Errorf("%s:\nwant %s\nfound %v", what, c.want, err)
		}
	}
}

// padding is a good stream but for one byte between the files.
func padding(t *testing.T) []byte {
	b := pack(t, []carrier.File{{Name: "a", Bytes: make([]byte, 100)}})
	b[512+100] = 1
	return b
}

// What unpacks, packs to the same bytes; and an ordinary reader sees the same.
func FuzzUnpack(f *testing.F) {
	f.Add(pack(f, folder()))
	f.Add(pack(f, named("a")))
	f.Add(make([]byte, 1024))
	f.Fuzz(func(t *testing.T, b []byte) {
		files, err := carrier.Unpack(b)
		if err != nil {
			return
		}
		if again := pack(t, files); !bytes.Equal(again, b) {
			t.Fatal("want the same bytes again, found others")
		}
		r := tar.NewReader(bytes.NewReader(b))
		for _, want := range files {
			h, err := r.Next()
			if err != nil || h.Name != want.Name || h.Typeflag != tar.TypeReg || h.Mode != 0o600 {
				t.Fatalf("want %s as a plain file, found %v, %v", want.Name, h, err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want.Bytes) {
				t.Fatalf("%s: want the same content, found another: %v", want.Name, err)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatalf("want the end, found %v", err)
		}
	})
}
