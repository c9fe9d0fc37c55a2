package main

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"strongroom/backup"
)

// archived is a tar archive of members with their bytes, or where they link to.
func archived(t *testing.T, members ...tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range members {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

const packedMember = backup.Packed + "/0123456789abcdef0123456789abcdef/1"

// Whoever makes an archive cannot have it link to anything but what came in a pack.
func TestALinkLeadsIntoAPackOnly(t *testing.T) {
	for to, want := range map[string]string{
		packedMember:                             "",
		"secret":                                 `"new": want a link into .packed, found one to "secret"`,
		"../outside":                             `"new": want a link into .packed, found one to "../outside"`,
		backup.Packed + "/../secret":             `"new": want a link into .packed, found one to ".packed/../secret"`,
		packedMember + "/../../../secret":        `"new": want a link into .packed, found one to "` + packedMember + `/../../../secret"`,
		backup.Packed + "/0123456789abcdef/1":    `"new": want a link into .packed, found one to ".packed/0123456789abcdef/1"`,
		filepath.Dir(packedMember) + "/2/secret": `"new": want a link into .packed, found one to "` + filepath.Dir(packedMember) + `/2/secret"`,
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "secret"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		u := untar{root: root, room: 100, buffer: make([]byte, 10), wrote: func(int64) {}}
		err = u.all(archived(t, tar.Header{Name: packedMember, Size: 7, Mode: 0o600}, tar.Header{Typeflag: tar.TypeLink, Name: "new", Linkname: to}))
		info, there := fs.Stat(root.FS(), "new")
		switch {
		case want == "" && (err != nil || there != nil || info.Size() != 7):
			t.Errorf("%s: want the file under its name, found %v, %v", to, err, there)
		case want != "" && (err == nil || err.Error() != want || there == nil):
			t.Errorf("%s: want %q and nothing written, found %v, %v", to, want, err, there)
		}
		if err := root.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
