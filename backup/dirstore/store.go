package dirstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"strongroom/backup"
	"strongroom/custody/durable"
)

const sumSuffix = ".sha256"

// Store keeps objects as files of one folder. It may be used by several
// goroutines. The zero value refuses everything.
type Store struct {
	dir *durable.Dir
}

// Open makes a store of an opened folder, which stays the caller's to close.
func Open(dir *durable.Dir) *Store { return &Store{dir: dir} }

// Put implements backup.Store. The content goes to a temporary file and gets
// its name, by link, only when all of it is on disk with the right hash; then
// the object is read back, and the checksum file is written. What was stopped
// in between is made good by the next Put of the same bytes.
func (s *Store) Put(name string, content io.Reader, size int64, sum backup.Sum) error {
	if err := backup.CheckObjectName(name); err != nil {
		return err
	}
	written := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	err := s.dir.WriteStream(name, func(w io.Writer) error {
		return copyExactly(io.MultiWriter(w, written), content, name, size, sum)
	})
	switch {
	case err == nil:
		err = s.readBack(name, size, written.Sum32())
	case errors.Is(err, durable.ErrExists):
		err = s.sameBytes(name, size, sum)
	}
	if err != nil {
		return err
	}
	if err := s.dir.WriteNew(name+sumSuffix, sumLine(name, sum)); err != nil {
		return fmt.Errorf("%s: checksum file: %w", name, err)
	}
	return nil
}

// copyExactly copies size bytes and refuses fewer, more, or another hash.
func copyExactly(w io.Writer, content io.Reader, name string, size int64, sum backup.Sum) error {
	h := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(w, h), io.LimitReader(content, size+1), make([]byte, copyBuffer))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return judge(name, size, sum, n, backup.Sum(h.Sum(nil)), backup.ErrContent)
}

// readBack reads what was just written. Its SHA-256 was checked on the way in,
// so a CRC-32C, five times faster, tells whether the disk gives it back.
func (s *Store) readBack(name string, size int64, written uint32) error {
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := s.hash(name, size, h)
	if err != nil {
		return err
	}
	if n != size || h.Sum32() != written {
		return fmt.Errorf("%s: read back: want the %d bytes just written, found others", name, size)
	}
	return nil
}

// sameBytes hashes the file that a name was given before.
func (s *Store) sameBytes(name string, size int64, sum backup.Sum) error {
	h := sha256.New()
	n, err := s.hash(name, size, h)
	if err != nil {
		return err
	}
	return judge(name, size, sum, n, backup.Sum(h.Sum(nil)), backup.ErrExists)
}

// hash reads an object, at most one byte more than it should have.
func (s *Store) hash(name string, size int64, h hash.Hash) (int64, error) {
	f, err := s.dir.Open(name)
	if err != nil {
		return 0, err
	}
	n, err := io.CopyBuffer(h, io.LimitReader(f, size+1), make([]byte, copyBuffer))
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("%s: read back: %w", name, err)
	}
	return n, nil
}

func judge(name string, size int64, sum backup.Sum, foundSize int64, found backup.Sum, kind error) error {
	if foundSize != size {
		more := ""
		if foundSize > size {
			more = " or more" // reading stopped there
		}
		return fmt.Errorf("%s: %w: want %d bytes, found %d%s", name, kind, size, foundSize, more)
	}
	if found != sum {
		return fmt.Errorf("%s: %w: want SHA-256 %s, found %s", name, kind, sum, found)
	}
	return nil
}

// Get implements backup.Store.
func (s *Store) Get(name string) (io.ReadCloser, int64, error) {
	if err := backup.CheckObjectName(name); err != nil {
		return nil, 0, err
	}
	f, err := s.dir.Open(name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return f, info.Size(), nil
}

// Stat implements backup.Store with the checksum file that was written at Put.
func (s *Store) Stat(name string) (backup.Object, error) {
	f, size, err := s.Get(name)
	if err != nil {
		return backup.Object{}, err
	}
	if err := f.Close(); err != nil {
		return backup.Object{}, fmt.Errorf("%s: %w", name, err)
	}
	line, err := s.dir.ReadFile(name+sumSuffix, maxSumFile)
	if err != nil {
		return backup.Object{}, fmt.Errorf("%s: checksum file: %w", name, err)
	}
	var sum backup.Sum
	if len(line) < 2*len(sum) {
		return backup.Object{}, fmt.Errorf("%s: checksum file: want a line of sha256sum, found something else", name)
	}
	_, err = hex.Decode(sum[:], line[:2*len(sum)])
	if err != nil || !bytes.Equal(line, sumLine(name, sum)) {
		return backup.Object{}, fmt.Errorf("%s: checksum file: want a line of sha256sum, found something else", name)
	}
	return backup.Object{Name: name, Size: size, Sum: sum}, nil
}

// sumLine is the content of a checksum file. Names of objects need no escape.
func sumLine(name string, sum backup.Sum) []byte {
	return []byte(sum.String() + "  " + name + "\n")
}

// List implements backup.Store. Whatever else lies in the folder (the disk's
// own folders, somebody's notes) is no object and is left out.
func (s *Store) List() ([]backup.Object, error) {
	entries, err := s.dir.List(maxFiles)
	if err != nil {
		return nil, err
	}
	var out []backup.Object
	for _, e := range entries {
		if e.Regular && backup.CheckObjectName(e.Name) == nil {
			out = append(out, backup.Object{Name: e.Name, Size: e.Size})
		}
	}
	return out, nil
}
