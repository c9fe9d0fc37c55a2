package backup

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"
)

const (
	tarFileMode = 0o600
	tarDirMode  = 0o700
)

// Progress is told, while a folder is read, how many of its bytes were.
type Progress func(done, total uint64)

// WriteTar reads a folder once and writes it as a tar archive that depends on
// nothing but names, bytes and stamp: members sorted by path, owner 0, files
// 0600, folders 0700, pax records only where ustar has no room, and stamp in
// whole seconds as every time. The last member is SHA256SUMS, which
// "sha256sum -c" reads. progress may be nil.
//
// A folder without a file is refused: it is a disk that was not mounted. A file
// that changes while it is read is an error that names it.
func WriteTar(w io.Writer, src fs.FS, stamp time.Time, progress Progress) (Contents, error) {
	list, err := scan(src)
	if err != nil {
		return Contents{}, err
	}
	total, err := tally(list)
	if err != nil {
		return Contents{}, err
	}
	t := &tarWriter{tar: tar.NewWriter(w), stamp: stamp.Truncate(time.Second).UTC(), hasher: newFileHasher()}
	var done uint64
	for i := range list {
		if err := t.add(src, &list[i]); err != nil {
			return Contents{}, fmt.Errorf("snapshot: %w", err)
		}
		done += uint64(list[i].size)
		if progress != nil {
			progress(done, total.Bytes)
		}
	}
	if total.Sums, err = t.addSums(list); err != nil {
		return Contents{}, fmt.Errorf("snapshot: %w", err)
	}
	if err := t.tar.Close(); err != nil {
		return Contents{}, fmt.Errorf("snapshot: %w", err)
	}
	return total, nil
}

// tally counts files and bytes and refuses what cannot be a snapshot.
func tally(list []entry) (Contents, error) {
	var c Contents
	for _, e := range list {
		if e.path == sumsName {
			return Contents{}, fmt.Errorf("snapshot: want no file %s, which the snapshot adds itself, found one", sumsName)
		}
		if !e.dir {
			c.Files++
			c.Bytes += uint64(e.size)
		}
	}
	if c.Files == 0 {
		return Contents{}, errors.New("snapshot: want a folder with files, found none")
	}
	return c, nil
}

// tarWriter writes the members of one archive.
type tarWriter struct {
	tar    *tar.Writer
	stamp  time.Time
	hasher *fileHasher
}

func (t *tarWriter) header(kind byte, name string, size, mode int64) error {
	return t.tar.WriteHeader(&tar.Header{
		Typeflag: kind, Name: name, Size: size, Mode: mode, ModTime: t.stamp, Format: tar.FormatPAX,
	})
}

// add writes one entry and notes its hash.
func (t *tarWriter) add(src fs.FS, e *entry) error {
	if e.dir {
		return t.header(tar.TypeDir, e.path+"/", 0, tarDirMode)
	}
	if err := t.header(tar.TypeReg, e.path, e.size, tarFileMode); err != nil {
		return fmt.Errorf("%q: %w", clip(e.path), err)
	}
	var err error
	e.sum, err = t.hasher.copy(t.tar, src, *e)
	return err
}

// addSums writes SHA256SUMS and returns its hash.
func (t *tarWriter) addSums(list []entry) (Sum, error) {
	var line []byte
	size := int64(0)
	for _, e := range list {
		if !e.dir {
			line = appendSumLine(line[:0], e.sum, e.path)
			size += int64(len(line))
		}
	}
	if err := t.header(tar.TypeReg, sumsName, size, tarFileMode); err != nil {
		return Sum{}, err
	}
	h := sha256.New()
	out := io.MultiWriter(t.tar, h)
	for _, e := range list {
		if e.dir {
			continue
		}
		line = appendSumLine(line[:0], e.sum, e.path)
		if _, err := out.Write(line); err != nil {
			return Sum{}, err
		}
	}
	return Sum(h.Sum(nil)), nil
}
