package main

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"strongroom/backup"
	"strongroom/custody/durable"
)

// fetchOne writes one file. The last segment has the list of all, and the file
// itself if it is small and new; else it says in which pack it lies, or it is a
// segment alone, whose first bytes tell.
func (r *restoring) fetchOne(ctx context.Context, m backup.Manifest) (backup.Contents, error) {
	if err := r.root.Remove(r.file); err != nil && !missingFile(err) { // what broke off in it is not it
		return backup.Contents{}, err
	}
	u := r.untar(m)
	u.only = r.file
	newest := m.Segments[len(m.Segments)-1]
	if err := r.unpack(ctx, newest, u); err != nil {
		return backup.Contents{}, err
	}
	want, err := r.listed(m)
	if err != nil {
		return backup.Contents{}, err
	}
	if _, err := r.root.Lstat(r.file); u.link != "" || errors.Is(err, fs.ErrNotExist) {
		if err := r.fetchHeld(ctx, m, u.link); err != nil {
			return backup.Contents{}, err
		}
	}
	found, err := r.compareOne(want)
	if err != nil {
		return backup.Contents{}, err
	}
	return found, errors.Join(r.root.Remove(sumsFile), durable.SyncAll(r.path), os.Remove(r.note()), r.part(newest.Name).forget())
}

// fetchHeld writes a file that lies in an earlier segment: member of a pack, or alone.
func (r *restoring) fetchHeld(ctx context.Context, m backup.Manifest, member string) error {
	u := r.untar(m)
	u.only = r.file
	payload, packed := backup.PackOf(member)
	if packed {
		u.only, u.as = member, r.file
	}
	for _, g := range m.Segments[:len(m.Segments)-1] {
		if packed && g.Name != payload {
			continue
		}
		if !packed {
			name, err := r.firstMember(ctx, g)
			if err != nil {
				return err
			}
			if name != r.file {
				continue
			}
		}
		if err := r.unpack(ctx, g, u); err != nil {
			return err
		}
		return r.part(g.Name).forget()
	}
	return fmt.Errorf("%s: want a segment that holds it, found none", r.file)
}

// listed returns what SHA256SUMS says of the file, and wants it to be that of the
// manifest.
func (r *restoring) listed(m backup.Manifest) (backup.Sum, error) {
	sums, err := r.root.Open(sumsFile)
	if err != nil {
		return backup.Sum{}, err
	}
	defer sums.Close()
	_, sum, err := hashFile(sums)
	if err == nil && sum != m.Contents.Sums {
		err = fmt.Errorf("%s: want SHA-256 %s, as the manifest says, found %s", sumsFile, m.Contents.Sums, sum)
	}
	if err == nil {
		_, err = sums.Seek(0, io.SeekStart)
	}
	if err != nil {
		return backup.Sum{}, err
	}
	want, err := backup.SumOf(bufio.NewReader(sums), r.file)
	if err != nil {
		return backup.Sum{}, errors.Join(unlisted{err}, r.root.Remove(sumsFile), os.Remove(r.note()), r.part(m.Segments[len(m.Segments)-1].Name).forget())
	}
	return want, nil
}

// unlisted is an error about a name that SHA256SUMS does not list.
type unlisted struct{ error }

func (u unlisted) Unwrap() error { return u.error }

// compareOne compares the file with its line in SHA256SUMS.
func (r *restoring) compareOne(want backup.Sum) (backup.Contents, error) {
	f, err := r.root.Open(r.file)
	if err != nil {
		return backup.Contents{}, err
	}
	defer f.Close()
	n, sum, err := hashFile(f)
	if err == nil && sum != want {
		err = fmt.Errorf("%s: want SHA-256 %s, found %s", r.file, want, sum)
	}
	return backup.Contents{Files: 1, Bytes: uint64(n), Sums: sum}, err
}

// firstMember reads the name of the file that a segment is about, and no more
// of it than that takes.
func (r *restoring) firstMember(ctx context.Context, g backup.Segment) (string, error) {
	in, err := r.open(ctx, r.store.store, g)
	if err != nil {
		return "", err
	}
	h, err := tar.NewReader(in).Next()
	if errors.Is(err, io.EOF) { // the file had gone when it was to be sealed
		return "", in.Close()
	}
	if err = errors.Join(err, in.Close()); err != nil {
		return "", fmt.Errorf("%s: %w", g.Name, err)
	}
	return h.Name, nil
}
