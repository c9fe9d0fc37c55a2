package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"

	"strongroom/backup"
	"strongroom/custody/durable"
)

// untar writes the members of a snapshot below a folder, which they cannot leave,
// and hashes them on the way.
type untar struct {
	walk   *durable.Walk
	hash   hash.Hash
	only   string // a single file's path; empty for all
	as     string // under which that is written, where the archive is a pack: then nothing else is
	link   string // where that lies in a pack, as the archive told
	room   uint64 // bytes that may still be written
	buffer []byte
	wrote  func(n int64)
	sums   *backup.Written // of what was written, for the comparison at the end
	found  bool            // what is written under another name
}

// all writes every member and reads the stream to its end, since only there is
// it known to be whole.
func (u *untar) all(r io.Reader) error {
	in := tar.NewReader(r)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, r)
			return err
		}
		if err != nil {
			return err
		}
		if u.as != "" && h.Name != u.only {
			if u.found {
				return nil // its hash is known from the list, and will be compared
			}
			continue
		}
		if err := u.member(in, h); err != nil {
			return fmt.Errorf("%q: %w", h.Name, err)
		}
	}
}

func (u *untar) member(in io.Reader, h *tar.Header) error {
	name := strings.TrimSuffix(h.Name, "/")
	if u.as != "" {
		name, u.found = u.as, true
	}
	if !fs.ValidPath(name) || name == "." {
		return errors.New("want a path below the folder, found another")
	}
	if u.only != "" && u.as == "" && name != sumsFile {
		if name != u.only {
			return nil
		}
		if h.Typeflag == tar.TypeLink {
			u.link = h.Linkname
			return nil
		}
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return u.walk.Make(name)
	case tar.TypeSymlink:
		return u.walk.Symlink(h.Linkname, name)
	case tar.TypeLink:
		return u.packed(h.Linkname, name)
	case tar.TypeReg:
		return u.file(in, h, name)
	}
	return fmt.Errorf("want a file, a folder or a link, found type %q", h.Typeflag)
}

// packed gives a file that came in a pack the name that it has in this snapshot.
func (u *untar) packed(member, name string) error {
	if _, ok := backup.PackOf(member); !ok {
		return fmt.Errorf("want a link into %s, found one to %q", backup.Packed, member)
	}
	return u.walk.Link(member, name)
}

// file writes one file. A later member of the same name takes its place.
func (u *untar) file(in io.Reader, h *tar.Header, name string) error {
	if h.Size < 0 || uint64(h.Size) > u.room {
		return fmt.Errorf("want at most %d bytes more, found %d", u.room, h.Size)
	}
	u.room -= uint64(h.Size)
	f, err := u.walk.Create(name)
	if err != nil {
		return err
	}
	u.hash.Reset()
	n, err := io.CopyBuffer(io.MultiWriter(f, u.hash), in, u.buffer)
	if err == nil {
		err = u.note(f)
	}
	if name != sumsFile {
		u.wrote(n)
	}
	return errors.Join(err, f.Close())
}

// note remembers the hash of a file whose last byte was written.
func (u *untar) note(f *os.File) error {
	info, err := f.Stat()
	if err == nil {
		u.sums.Add(info, backup.Sum(u.hash.Sum(nil)))
	}
	return err
}
