package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

var stamp = time.Date(2026, 11, 21, 20, 50, 0, 0, time.UTC)

func file(content string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(content), Mode: 0o644, ModTime: stamp.Add(-time.Hour)}
}

// home is a small custody home with awkward names.
func home() fstest.MapFS {
	return fstest.MapFS{
		"policy-1.txt":       file("strongroom/policy@v1\n"),
		"log/entries/000000": file("first"),
		"log/entries/000001": file(""),
		"log-old":            file("sorts between log and log/"),
		"empty":              {Mode: fs.ModeDir | 0o755, ModTime: stamp},
		"names/back\\slash":  file("1"),
		"names/line\nfeed":   file("2"),
		"names/\\n":          file("3"),
		"names/ümlaut":       file("4"),
		"names/-rf":          file("5"),
		"names/a b  c ":      file("6"),
		strings.Repeat("long/", 40) + strings.Repeat("x", 200): file("7"),
	}
}

func TestSnapshotIsTheSameForTheSameFolder(t *testing.T) {
	var first, second bytes.Buffer
	a, err := WriteTar(&first, home(), stamp, nil)
	if err != nil {
		t.Fatal(err)
	}
	touched := home()
	for _, f := range touched {
		f.ModTime, f.Mode = f.ModTime.Add(time.Minute), f.Mode&fs.ModeDir|0o700
	}
	b, err := WriteTar(&second, touched, stamp.Add(999*time.Millisecond), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a != b || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("want the same bytes whatever times and modes the files have, found others")
	}
	if want := (Contents{Files: 11, Bytes: 59, Sums: a.Sums}); a != want {
		t.Errorf("want %v, found %v", want, a)
	}
	touched["log/entries/000001"] = file("x")
	if c, err := WriteTar(io.Discard, touched, stamp, nil); err != nil || c.Sums == a.Sums {
		t.Errorf("want other contents for other bytes, found the same, %v", err)
	}
}

func TestSnapshotMembers(t *testing.T) {
	var b bytes.Buffer
	contents, err := WriteTar(&b, home(), stamp, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(&b)
	var names []string
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, strings.TrimSuffix(h.Name, "/"))
		want := int64(0o600)
		if h.Typeflag == tar.TypeDir {
			want = 0o700
		}
		if h.Mode != want || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || !h.ModTime.Equal(stamp) {
			t.Errorf("%q: want owner 0, mode %o and the stamp, found %v", h.Name, want, h)
		}
		if h.Name == sumsName {
			sums, err := io.ReadAll(r)
			if err != nil || sha256.Sum256(sums) != contents.Sums || uint64(bytes.Count(sums, []byte{'\n'})) != contents.Files {
				t.Errorf("want the sums that were told, found others, %v", err)
			}
		}
	}
	if names[len(names)-1] != sumsName || !slices.IsSorted(names[:len(names)-1]) {
		t.Errorf("want sorted members and %s last, found %q", sumsName, names)
	}
}

func TestSumLinesAreEscapedAsSha256sumDoes(t *testing.T) {
	sum := Sum(sha256.Sum256(nil))
	for name, want := range map[string]string{
		"plain":   sum.String() + "  plain\n",
		"a\\b":    "\\" + sum.String() + "  a\\\\b\n",
		"a\nb":    "\\" + sum.String() + "  a\\nb\n",
		"a\\nb":   "\\" + sum.String() + "  a\\\\nb\n",
		" spaces": sum.String() + "   spaces\n",
	} {
		got := appendSumLine(nil, sum, name)
		if string(got) != want {
			t.Errorf("want %q, found %q", want, got)
		}
		s, n, err := parseSumLine(got[:len(got)-1])
		if err != nil || s != sum || n != name {
			t.Errorf("%q: found %q back, %v", name, n, err)
		}
	}
}

func TestSnapshotRefusesByName(t *testing.T) {
	with := func(name string, f *fstest.MapFile) fstest.MapFS {
		m := home()
		m[name] = f
		return m
	}
	special := func(mode fs.FileMode) *fstest.MapFile { return &fstest.MapFile{Mode: mode | 0o600} }
	cases := []struct {
		name string
		src  fs.FS
		want string
	}{
		{"pipe", with("p", special(fs.ModeNamedPipe)), "snapshot: p: want a regular file, a folder or a link, found a named pipe"},
		{"socket", with("s", special(fs.ModeSocket)), "snapshot: s: want a regular file, a folder or a link, found a socket"},
		{"device", with("d", special(fs.ModeDevice|fs.ModeCharDevice)), "snapshot: d: want a regular file, a folder or a link, found a device"},
		{"odd", with("o", special(fs.ModeIrregular)), "snapshot: o: want a regular file, a folder or a link, found something else"},
		{"packs of its own", with(".packed", file("x")), "snapshot: want no .packed, which the snapshot adds itself, found one"},
		{"sums of its own", with("SHA256SUMS", file("x")), "snapshot: want no SHA256SUMS, which the snapshot adds itself, found one"},
		{"dash", with("-", file("x")), `snapshot: -: want another name than "-", which sha256sum takes to be its input`},
		{"carriage return", with("a\rb", file("x")), "snapshot: a\rb: want a name without CR and NUL, found one"},
		{"long name", with(strings.Repeat("n", 256), file("x")), "snapshot: " + strings.Repeat("n", 40) + "...: want a name of at most 255 bytes, found 256"},
		{"long path", with(strings.Repeat("nnnnnnnnnnnnnnnnnnn/", 51)+strings.Repeat("n", 10), file("x")), "snapshot: " + strings.Repeat("nnnnnnnnnnnnnnnnnnn/", 2) + "...: want a path of at most 1024 bytes, found 1030"},
		{"deep", with(strings.Repeat("n/", 64)+"n", file("x")), "snapshot: " + strings.Repeat("n/", 20) + "...: want at most 64 folders deep, found more"},
		{"empty", fstest.MapFS{}, "snapshot: want a folder with files, found none"},
		{"folders only", fstest.MapFS{"a/b": {Mode: fs.ModeDir | 0o700}}, "snapshot: want a folder with files, found none"},
	}
	for _, c := range cases {
		if _, err := WriteTar(io.Discard, c.src, stamp, nil); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestSnapshotKeepsLinksAndRefusesPipes(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "a"), []byte("a"), 0o600), os.Symlink("../b ä", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	c, err := WriteTar(&b, os.DirFS(dir), stamp, nil)
	if err != nil || c.Links != 1 || c.Files != 1 {
		t.Fatalf("want a file and a link, found %+v, %v", c, err)
	}
	r := tar.NewReader(&b)
	for h, err := r.Next(); ; h, err = r.Next() {
		if err != nil {
			t.Fatalf("want the link in the archive, found %v", err)
		}
		if h.Name == "link" && h.Typeflag == tar.TypeSymlink && h.Linkname == "../b ä" {
			break
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "b"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "snapshot: b: want a regular file, a folder or a link, found a named pipe"
	if _, err := WriteTar(io.Discard, os.DirFS(dir), stamp, nil); err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}

// liveFS changes a file when it is read for the n-th time.
type liveFS struct {
	fs.FS
	dir    string
	change func(path string) error
}

func (l liveFS) Open(name string) (fs.File, error) {
	f, err := l.FS.Open(name)
	if err != nil || name != "log" {
		return f, err
	}
	return &liveFile{File: f, change: func() error { return l.change(filepath.Join(l.dir, name)) }}, nil
}

type liveFile struct {
	fs.File
	reads  int
	change func() error
}

func (f *liveFile) Read(b []byte) (int, error) {
	if f.reads++; f.reads == 1 {
		if err := f.change(); err != nil {
			return 0, err
		}
	}
	return f.File.Read(b)
}

func TestFileThatNeverStandsStillIsNamed(t *testing.T) {
	appendTo := func(p string) error {
		f, err := os.OpenFile(p, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteString("more")
		return errors.Join(err, f.Close())
	}
	times := 0
	for name, c := range map[string]struct {
		change func(string) error
		torn   uint64
	}{
		"grows":           {appendTo, 1},
		"shrinks":         {func(p string) error { times++; return os.Truncate(p, int64(20-times)) }, 1},
		"is written over": {func(p string) error { times++; return os.WriteFile(p, fmt.Appendf(nil, "other%d", times), 0o600) }, 1},
		"grows once": {func(p string) error {
			if info, err := os.Stat(p); err != nil || info.Size() > 30 {
				return err
			}
			return appendTo(p)
		}, 0},
		"is written over and the time set back": {func(p string) error {
			info, err := os.Stat(p)
			if err != nil {
				return err
			}
			times++
			return errors.Join(os.WriteFile(p, fmt.Appendf(nil, "%030d", times), 0o600), os.Chtimes(p, info.ModTime(), info.ModTime()))
		}, 1},
		"is replaced by another of that size and time": {func(p string) error {
			info, err := os.Stat(p)
			if err != nil {
				return err
			}
			times++
			return errors.Join(os.WriteFile(p+".new", fmt.Appendf(nil, "%030d", times), 0o600), os.Chtimes(p+".new", info.ModTime(), info.ModTime()), os.Rename(p+".new", p))
		}, 1},
		"is removed": {os.Remove, 0}, // it was open: all of it came
		"stands":     {func(string) error { return nil }, 0},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "log")
		if err := os.WriteFile(path, bytes.Repeat([]byte("entry"), 6), 0o600); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		a, err := newArchive(liveFS{os.DirFS(dir), dir, c.change}, stamp, nil)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := a.writeAll(&b); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.contents.Torn != c.torn || len(a.torn) != int(c.torn) || c.torn == 1 && a.torn[0] != "log" {
			t.Errorf("%s: want %d torn, found %d, %q", name, c.torn, a.contents.Torn, a.torn)
		}
		// Whatever it was, what comes back is what SHA256SUMS says.
		got, err := CheckSums(restore(t, &b))
		if got.Torn = a.contents.Torn; err != nil || got != a.contents {
			t.Errorf("%s: want %+v, found %+v, %v", name, a.contents, got, err)
		}
	}
}

// restore unpacks an archive into memory.
func restore(t *testing.T, archive io.Reader) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	r := tar.NewReader(archive)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(h.Name, "/")] = &fstest.MapFile{Data: b, Mode: h.FileInfo().Mode(), ModTime: h.ModTime}
	}
}

func TestCheckSumsAgreesWithTheSnapshot(t *testing.T) {
	var b bytes.Buffer
	want, err := WriteTar(&b, home(), stamp, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := CheckSums(restore(t, &b)); err != nil || got != want {
		t.Errorf("want %v, found %v, %v", want, got, err)
	}
}

func TestCheckSumsRefusesARestoreThatIsNotWhole(t *testing.T) {
	small := fstest.MapFS{"a": file("a\n"), "c/d": file("d\n"), "e": file("e\n")}
	sum := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	good := sum("a\n") + "  a\n" + sum("d\n") + "  c/d\n" + sum("e\n") + "  e\n"
	cases := []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"nothing", func(fstest.MapFS) {}, ""},
		{"missing file", func(m fstest.MapFS) { delete(m, "c/d") }, `restored: "c/d": want the file that SHA256SUMS lists, found none`},
		{"missing first", func(m fstest.MapFS) { delete(m, "a") }, `restored: "a": want the file that SHA256SUMS lists, found none`},
		{"missing last", func(m fstest.MapFS) { delete(m, "e") }, `restored: "e": want the file that SHA256SUMS lists, found none`},
		{"one more", func(m fstest.MapFS) { m["b"] = file("b") }, `restored: "b": want a file that SHA256SUMS lists, found one more`},
		{"one more at the end", func(m fstest.MapFS) { m["z"] = file("z") }, `restored: "z": want a file that SHA256SUMS lists, found one more`},
		{"changed", func(m fstest.MapFS) { m["e"] = file("E\n") }, `restored: "e": want SHA-256 ` + sum("e\n") + `, found ` + sum("E\n")},
		{"a link in a file's place", func(m fstest.MapFS) { m["e"] = &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("a")} }, `restored: "e": want the file that SHA256SUMS lists, found none`},
		{"a pipe", func(m fstest.MapFS) { m["e"] = &fstest.MapFile{Mode: fs.ModeNamedPipe} }, "snapshot: e: want a regular file, a folder or a link, found a named pipe"},
		{"what was packed", func(m fstest.MapFS) { m[Packed+"/0/1"] = file("x") }, "restored: want .packed removed once all segments are opened (rm -rf .packed), found it"},
		{"no sums", func(m fstest.MapFS) { delete(m, sumsName) }, "restored: want SHA256SUMS, found none: open SHA256SUMS: file does not exist"},
		{"upper case", func(m fstest.MapFS) { m[sumsName] = file(strings.ToUpper(good[:64]) + good[64:]) }, "restored: SHA256SUMS: line 1: want 64 hex digits, two spaces and a name, found something else"},
		{"binary mode", func(m fstest.MapFS) { m[sumsName] = file(strings.Replace(good, "  e", " *e", 1)) }, "restored: SHA256SUMS: line 3: want 64 hex digits, two spaces and a name, found something else"},
		{"no LF", func(m fstest.MapFS) { m[sumsName] = file(good[:len(good)-1]) }, "restored: SHA256SUMS: line 3: want a line that ends with LF, found none"},
		{"a line twice", func(m fstest.MapFS) { m[sumsName] = file(good + good[len(good)-68:]) }, `restored: "e": want the file that SHA256SUMS lists, found none`},
		{"needless escape", func(m fstest.MapFS) { m[sumsName] = file("\\" + good) }, "restored: SHA256SUMS: line 1: want 64 hex digits, two spaces and a name, found something else"},
	}
	for _, c := range cases {
		m := fstest.MapFS{sumsName: file(good)}
		for name, f := range small {
			m[name] = f
		}
		c.change(m)
		_, err := CheckSums(m)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func FuzzSumLineReencodes(f *testing.F) {
	sum := strings.Repeat("0a", 32)
	f.Add([]byte(sum + "  a"))
	f.Add([]byte("\\" + sum + "  a\\\\b\\nc"))
	f.Add([]byte(sum + " *a"))
	f.Fuzz(func(t *testing.T, line []byte) {
		s, name, err := parseSumLine(line)
		if err != nil {
			return
		}
		if got := appendSumLine(nil, s, name); string(got) != string(line)+"\n" {
			t.Fatalf("want %q, found %q", line, got)
		}
	})
}
