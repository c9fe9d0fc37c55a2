package host

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// ofNothing is the digest of an empty file.
const ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// installed is what a small workstation boots.
func installed() fstest.MapFS {
	return fstest.MapFS{
		"boot/vmlinuz":          {Data: []byte("abc")},
		"boot/grub/grub.cfg":    {},
		"usr/bin/signer":        {Data: []byte("abc")},
		"usr/bin/signer-helper": {Data: []byte("not ours")},
		"etc/passwd":            {},
	}
}

func take(t *testing.T, root fs.FS, paths ...string) Baseline {
	t.Helper()
	b, err := TakeBaseline(root, paths)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBaselineIsATextForSha256sum(t *testing.T) {
	b := take(t, installed(), "/usr/bin/signer", "/boot/", "/boot/grub")
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	want := "# strongroom/integrity@v1\n# of /boot\n# of /usr/bin/signer\n" +
		ofNothing + "  /boot/grub/grub.cfg\n" + abc + "  /boot/vmlinuz\n" + abc + "  /usr/bin/signer\n"
	if got := string(b.Bytes()); got != want {
		t.Errorf("text\n got %s\nwant %s", got, want)
	}
	if got, want := b.Root(), Digest(sha256.Sum256([]byte(want))); got != want {
		t.Errorf("root: want %s, found %s", want, got)
	}
	again, err := ParseBaseline(b.Bytes())
	if err != nil || !bytes.Equal(again.Bytes(), b.Bytes()) {
		t.Errorf("parse: want the same again, found %v", err)
	}
}

func TestCheckFindsEveryKindOfChange(t *testing.T) {
	b := take(t, installed(), "/boot", "/usr/bin/signer")
	link := func(to string) *fstest.MapFile { return &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte(to)} }
	for _, c := range []struct {
		what   string
		change func(fstest.MapFS)
		want   string
	}{
		{"nothing", func(fstest.MapFS) {}, "changed [] missing [] added []"},
		{"another content", func(m fstest.MapFS) { m["boot/vmlinuz"] = &fstest.MapFile{Data: []byte("abd")} }, "changed [/boot/vmlinuz] missing [] added []"},
		{"no file", func(m fstest.MapFS) { delete(m, "usr/bin/signer") }, "changed [] missing [/usr/bin/signer] added []"},
		{"a new file", func(m fstest.MapFS) { m["boot/grub/x"] = &fstest.MapFile{} }, "changed [] missing [] added [/boot/grub/x]"},
		{"another name", func(m fstest.MapFS) { m["boot/vmlinux"] = m["boot/vmlinuz"]; delete(m, "boot/vmlinuz") }, "changed [] missing [/boot/vmlinuz] added [/boot/vmlinux]"},
		{"a device in its place", func(m fstest.MapFS) { m["boot/vmlinuz"] = &fstest.MapFile{Mode: fs.ModeDevice} }, "changed [/boot/vmlinuz] missing [] added []"},
		{"a pipe", func(m fstest.MapFS) { m["boot/p"] = &fstest.MapFile{Mode: fs.ModeNamedPipe} }, "changed [] missing [] added [/boot/p]"},
		{"a link nowhere", func(m fstest.MapFS) { m["boot/l"] = link("none") }, "changed [] missing [] added [/boot/l]"},
		{"a link to a folder", func(m fstest.MapFS) { m["boot/l"] = link("../etc") }, "changed [] missing [] added [/boot/l]"},
		{"the same by a link", func(m fstest.MapFS) { m["boot/vmlinuz"] = link("../usr/bin/signer") }, "changed [] missing [] added []"},
		{"a folder for a file", func(m fstest.MapFS) { delete(m, "usr/bin/signer"); m["usr/bin/signer/x"] = &fstest.MapFile{} }, "changed [] missing [/usr/bin/signer] added [/usr/bin/signer/x]"},
		{"a name for two lines", func(m fstest.MapFS) { m["boot/a\nb"] = &fstest.MapFile{} }, "changed [] missing [] added [/boot/a\nb]"},
		{"beside the paths", func(m fstest.MapFS) { m["etc/passwd"] = &fstest.MapFile{Data: []byte("eve")} }, "changed [] missing [] added []"},
		{"all gone", func(m fstest.MapFS) { clear(m) }, "changed [] missing [/boot/grub/grub.cfg /boot/vmlinuz /usr/bin/signer] added []"},
	} {
		tree := installed()
		c.change(tree)
		d, err := Check(b, tree)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		got := fmt.Sprintf("changed %v missing %v added %v", d.Changed, d.Missing, d.Added)
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.what, got, c.want)
		}
		if none := c.want == "changed [] missing [] added []"; d.None() != none {
			t.Errorf("%s: want none %v, found %v", c.what, none, d.None())
		}
	}
}

func TestUnreadableIsNotUnchanged(t *testing.T) {
	b := take(t, installed(), "/boot", "/usr/bin/signer")
	for name, want := range map[string]string{
		"boot/vmlinuz":   "changed [/boot/vmlinuz] missing [] added []",
		"boot/grub":      "changed [] missing [/boot/grub/grub.cfg] added [/boot/grub]",
		"boot":           "changed [] missing [/boot/grub/grub.cfg /boot/vmlinuz] added [/boot]",
		"usr/bin/signer": "changed [/usr/bin/signer] missing [] added []",
	} {
		d, err := Check(b, broken{installed(), name})
		got := fmt.Sprintf("changed %v missing %v added %v", d.Changed, d.Missing, d.Added)
		if err != nil || got != want {
			t.Errorf("%s\n got %s, %v\nwant %s", name, got, err, want)
		}
	}
	if _, err := Check(Baseline{}, installed()); err == nil || err.Error() != "integrity: want a baseline, found none" {
		t.Errorf("want the zero baseline refused, found %v", err)
	}
}

func TestBaselineRefuses(t *testing.T) {
	odd := installed()
	odd["boot/pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	odd["opt/a\rb"] = &fstest.MapFile{}
	odd["srv/l"] = &fstest.MapFile{Mode: fs.ModeSymlink, Data: []byte("../boot")}
	deep := fstest.MapFS{"x" + strings.Repeat("/x", maxDepth+1): {}}
	for _, c := range []struct {
		root  fs.FS
		paths []string
		want  string
	}{
		{odd, nil, "baseline: want 1 to 256 paths, found 0"},
		{odd, slices.Repeat([]string{"/boot"}, maxRoots+1), "baseline: want 1 to 256 paths, found 257"},
		{odd, []string{"/"}, `baseline: want an absolute path below /, found "/"`},
		{odd, []string{"boot"}, `baseline: want an absolute path below /, found "boot"`},
		{odd, []string{"/boot/.."}, `baseline: want an absolute path below /, found "/"`},
		{odd, []string{"/gone"}, "/gone: file does not exist"},
		{odd, []string{"/boot"}, "/boot/pipe: want a file or a folder, found a named pipe"},
		{odd, []string{"/srv"}, "/srv/l: want a file or a folder, found a link to a folder"},
		{odd, []string{"/opt"}, `baseline: want a path of at most 4096 bytes without a carriage return, found "/opt/a\rb"`},
		{deep, []string{"/x"}, "/x" + strings.Repeat("/x", maxDepth) + ": want a file or a folder, found a folder too deep in others"},
		{fstest.MapFS{"boot": {Mode: fs.ModeDir}}, []string{"/boot"}, "baseline: want a file, found none"},
		{broken{installed(), "boot/vmlinuz"}, []string{"/boot"}, "/boot/vmlinuz: permission denied"},
		{crowd{}, []string{"/crowd"}, "integrity: want at most 200000 files, found more"},
	} {
		if _, err := TakeBaseline(c.root, c.paths); err == nil || err.Error() != c.want {
			t.Errorf("%v\n got %v\nwant %s", c.paths, err, c.want)
		}
	}
}

// crowd is a folder with one file too many.
type crowd struct{}

func (crowd) Open(name string) (fs.File, error) { return fstest.MapFS{name + "/x": {}}.Open(name) }

func (crowd) ReadDir(string) ([]fs.DirEntry, error) {
	e, err := fs.ReadDir(fstest.MapFS{"x": {}}, ".")
	return slices.Repeat(e, maxFiles+1), err
}

func TestParseBaselineRefuses(t *testing.T) {
	const head = "# strongroom/integrity@v1\n# of /boot\n"
	line := func(name string) string { return ofNothing + "  " + name + "\n" }
	for text, want := range map[string]string{
		"":                            `baseline: want "# strongroom/integrity@v1" first, found another line`,
		"# strongroom/integrity@v2\n": `baseline: want "# strongroom/integrity@v1" first, found another line`,
		head:                          "baseline: want a file, found none",
		head + line("/boot/a")[:20]:   "line 3: want a line feed at the end, found none",
		head + "x\n":                  "line 3: want a digest, two spaces and a path, found another line",
		head + strings.ToUpper(ofNothing) + "  /boot/a\n": "line 3: digest: want 64 lower-case hexadecimal digits, found another text",
		head + line("boot/a"):                             `line 3: baseline: want an absolute path below /, found "boot/a"`,
		head + line("/boot/../etc/a"):                     `line 3: baseline: want an absolute path below /, found "/boot/../etc/a"`,
		head + line("/etc/a"):                             "/etc/a: want a file of the paths above, found another",
		head + line("/bootx"):                             "/bootx: want a file of the paths above, found another",
		head + line("/boot/b") + line("/boot/a"):          "/boot/a: want names sorted and each once, found it after /boot/b",
		head + line("/boot/a") + line("/boot/a"):          "/boot/a: want names sorted and each once, found it after /boot/a",
		head + line("/boot/a") + "# of /etc\n":            "line 4: want a digest, two spaces and a path, found another line",
		head + "# of /boot/grub\n" + line("/boot/a"):      "baseline: want its paths sorted and none within another, found others",
		head + "# of /a\n" + line("/boot/a"):              "baseline: want its paths sorted and none within another, found others",
		"# strongroom/integrity@v1\n" + line("/boot/a"):   "baseline: want 1 to 256 paths, found 0",
		head + `\` + line("/boot/a"):                      "baseline: want the one form of its text, found another",
		head + line(`/boot/a\nb`):                         "baseline: want the one form of its text, found another",
		head + strings.Repeat("# of /boot\n", maxRoots):   "line 258: want at most 256 paths, found more",
		strings.Repeat("x", MaxBaseline+1):                "baseline: want at most 33554432 bytes, found 33554433",
	} {
		if _, err := ParseBaseline([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%.60q\n got %v\nwant %s", text, err, want)
		}
	}
}

// The stock tool is the judge of our text, odd names included.
func TestSha256sumAgrees(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("sha256sum is not installed")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"plain", "with  spaces", "line\nfeed", `back\slash`, `both\n` + "\n", "#comment", " leading", "*star", "ünïcode"}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("plain", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	b := take(t, os.DirFS("/"), dir)
	if len(b.Files()) != len(names)+1 {
		t.Fatalf("want %d files, found %d", len(names)+1, len(b.Files()))
	}
	again, err := ParseBaseline(b.Bytes())
	if err != nil || !slices.Equal(again.Files(), b.Files()) {
		t.Errorf("parse: want the same files, found %v, %v", again.Files(), err)
	}
	run := func() (string, error) {
		cmd := exec.Command(tool, "--check", "--strict", "--quiet", "-")
		cmd.Stdin = bytes.NewReader(b.Bytes())
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run(); err != nil || out != "" {
		t.Errorf("sha256sum: want all files as they were, found %v: %s\n%s", err, out, b.Bytes())
	}
	if err := os.WriteFile(filepath.Join(dir, "line\nfeed"), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(); err == nil || !strings.Contains(out, "FAILED") {
		t.Errorf("sha256sum: want it to see the change, found %v: %s", err, out)
	}
	d, err := Check(b, os.DirFS("/"))
	if want := []string{dir + "/line\nfeed"}; err != nil || !slices.Equal(d.Changed, want) || len(d.Missing)+len(d.Added) > 0 {
		t.Errorf("check: want %q changed, found %+v, %v", want, d, err)
	}
}

func FuzzParseBaseline(f *testing.F) {
	tree := installed()
	tree["boot/line\nfeed"], tree[`boot/back\slash`] = &fstest.MapFile{}, &fstest.MapFile{}
	for _, paths := range [][]string{{"/boot"}, {"/boot", "/etc", "/usr/bin/signer"}} {
		b, err := TakeBaseline(tree, paths)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte("# strongroom/integrity@v1\n# of /a\n\\" + ofNothing + "  /a/\\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := ParseBaseline(text)
		if err != nil {
			return
		}
		if !bytes.Equal(b.Bytes(), text) {
			t.Errorf("want what was parsed again\n%s\nfound\n%s", text, b.Bytes())
		}
	})
}
