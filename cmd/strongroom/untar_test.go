package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"strongroom/backup"
	"strongroom/custody/durable"
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
		u := untar{walk: durable.NewWalk(root), hash: sha256.New(), sums: new(backup.Written), room: 100, buffer: make([]byte, 10), wrote: func(int64) {}}
		err = u.all(archived(t, tar.Header{Name: packedMember, Size: 7, Mode: 0o600}, tar.Header{Typeflag: tar.TypeLink, Name: "new", Linkname: to}))
		info, there := fs.Stat(root.FS(), "new")
		switch {
		case want == "" && (err != nil || there != nil || info.Size() != 7):
			t.Errorf("%s: want the file under its name, found %v, %v", to, err, there)
		case want != "" && (err == nil || err.Error() != want || there == nil):
			t.Errorf("%s: want %q and nothing written, found %v, %v", to, want, err, there)
		}
		if err := errors.Join(u.walk.Close(), root.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever makes an archive cannot have it written anywhere but below the folder.
func TestAMemberStaysBelowTheFolder(t *testing.T) {
	outside := t.TempDir()
	for name, c := range map[string]struct {
		members []tar.Header
		want    string
	}{
		"up":       {[]tar.Header{{Name: "../new", Size: 3}}, `"../new": want a path below the folder, found another`},
		"absolute": {[]tar.Header{{Name: outside + "/new", Size: 3}}, `"` + outside + `/new": want a path below the folder, found another`},
		"in a linked folder": {[]tar.Header{{Typeflag: tar.TypeSymlink, Name: "a", Linkname: outside}, {Name: "a/new", Size: 3}},
			`"a/new": create a/new: a: wanted a folder, found a symbolic link`},
		"in a folder that became a link": {[]tar.Header{{Typeflag: tar.TypeDir, Name: "a/b/"}, {Typeflag: tar.TypeSymlink, Name: "a/b", Linkname: outside}, {Name: "a/b/new", Size: 3}},
			`"a/b/new": create a/b/new: a/b: wanted a folder, found a symbolic link`},
		"over a link": {[]tar.Header{{Typeflag: tar.TypeSymlink, Name: "new", Linkname: outside + "/new"}, {Name: "new", Size: 3}}, ""},
	} {
		dir := t.TempDir()
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		u := untar{walk: durable.NewWalk(root), hash: sha256.New(), sums: new(backup.Written), room: 100, buffer: make([]byte, 10), wrote: func(int64) {}}
		err = u.all(archived(t, c.members...))
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: want %q, found %v", name, c.want, err)
		}
		if list, err := os.ReadDir(outside); err != nil || len(list) > 0 {
			t.Errorf("%s: want nothing outside, found %v, %v", name, list, err)
		}
		if info, err := os.Lstat(dir + "/new"); c.want == "" && (err != nil || !info.Mode().IsRegular() || info.Size() != 3) {
			t.Errorf("%s: want the file in the link's place, found %v", name, err)
		}
		if err := errors.Join(u.walk.Close(), root.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
