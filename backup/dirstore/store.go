package dirstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"time"

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

// Put implements backup.Store; a folder locks nothing, so until is refused
// unless it is the zero time. The content goes to a temporary file and gets its
// name, by link, only when all of it is on disk with the right hash; then the
// object is read back, and the checksum file is written. What was stopped in
// between is made good by the next Put of the same bytes.
func (s *Store) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	if err := backup.CheckObjectName(name); err != nil {
		return backup.Object{}, err
	}
	if !until.IsZero() {
		return backup.Object{}, fmt.Errorf("%s: %w", name, backup.ErrNoLock)
	}
	written := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	err := s.dir.WriteStream(name, func(w io.Writer) error {
		return copyParts(ctx, io.MultiWriter(w, written), name, c, from)
	})
	switch {
	case err == nil:
		err = s.readBack(name, c.Size, written.Sum32())
	case errors.Is(err, durable.ErrExists):
		err = s.sameBytes(name, c.Size, c.Sum)
	}
	if err != nil {
		return backup.Object{}, err
	}
	if err := s.dir.WriteNew(name+sumSuffix, sumLine(name, c.Sum)); err != nil {
		return backup.Object{}, fmt.Errorf("%s: checksum file: %w", name, err)
	}
	return object(name, c.Size, c.Sum), nil
}

func object(name string, size int64, sum backup.Sum) backup.Object {
	return backup.Object{Name: name, Size: size, Checksum: backup.Checksum{Sum: sum}}
}

// copyParts copies all parts and refuses other bytes than announced.
func copyParts(ctx context.Context, w io.Writer, name string, c backup.Content, from backup.Bytes) error {
	if len(c.Sums) != c.Parts() {
		return fmt.Errorf("%s: want the SHA-256 of %d parts, found %d", name, c.Parts(), len(c.Sums))
	}
	h := sha256.New()
	out, buffer := io.MultiWriter(w, h), make([]byte, copyBuffer)
	var n int64
	for i := range c.Parts() {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		k, err := copyPart(ctx, out, c, i, from, buffer)
		if n += k; err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return judge(name, c.Size, c.Sum, n, backup.Sum(h.Sum(nil)), backup.ErrContent)
}

func copyPart(ctx context.Context, w io.Writer, c backup.Content, i int, from backup.Bytes, buffer []byte) (int64, error) {
	offset, n := c.PartRange(i)
	r, err := from.Part(ctx, offset, n)
	if err != nil {
		return 0, err
	}
	k, err := io.CopyBuffer(w, r, buffer)
	return k, errors.Join(err, r.Close())
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

// Open implements backup.Store.
func (s *Store) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	if err := errors.Join(backup.CheckObjectName(o.Name), ctx.Err()); err != nil {
		return nil, err
	}
	f, err := s.dir.Open(o.Name)
	if err != nil {
		return nil, err
	}
	return &ranged{io.NewSectionReader(f, offset, n), f}, nil
}

// ranged reads a part of a file.
type ranged struct {
	io.Reader
	io.Closer
}

// Versions implements backup.Store with the checksum file that was written at
// Put. A folder has one version of everything.
func (s *Store) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	if err := errors.Join(backup.CheckObjectName(name), ctx.Err()); err != nil {
		return nil, err
	}
	f, err := s.dir.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	sum, err := s.storedSum(name)
	if err != nil {
		return nil, err
	}
	return []backup.Object{object(name, info.Size(), sum)}, nil
}

// storedSum reads a checksum file. One that is not there, such as after a Put
// that was stopped, is no error: the object has no checksum.
func (s *Store) storedSum(name string) (sum backup.Sum, err error) {
	line, err := s.dir.ReadFile(name+sumSuffix, maxSumFile)
	if errors.Is(err, fs.ErrNotExist) {
		return backup.Sum{}, nil
	}
	if err != nil {
		return backup.Sum{}, fmt.Errorf("%s: checksum file: %w", name, err)
	}
	other := fmt.Errorf("%s: checksum file: want a line of sha256sum, found something else: %w", name, backup.ErrContent)
	if len(line) < 2*len(sum) {
		return backup.Sum{}, other
	}
	if _, err := hex.Decode(sum[:], line[:2*len(sum)]); err != nil || !bytes.Equal(line, sumLine(name, sum)) {
		return backup.Sum{}, other
	}
	return sum, nil
}

// Extend implements backup.Store: a folder locks nothing.
func (s *Store) Extend(_ context.Context, o backup.Object, _ time.Time) error {
	return fmt.Errorf("%s: %w", o.Name, backup.ErrNoLock)
}

// sumLine is the content of a checksum file. Names of objects need no escape.
func sumLine(name string, sum backup.Sum) []byte {
	return []byte(sum.String() + "  " + name + "\n")
}

// List implements backup.Store. Whatever else lies in the folder (the disk's
// own folders, somebody's notes) is no object and is left out.
func (s *Store) List(ctx context.Context, prefix string) ([]backup.Object, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := s.dir.List(maxFiles)
	if err != nil {
		return nil, err
	}
	var out []backup.Object
	for _, e := range entries {
		if e.Regular && strings.HasPrefix(e.Name, prefix) && backup.CheckObjectName(e.Name) == nil {
			out = append(out, backup.Object{Name: e.Name, Size: e.Size})
		}
	}
	return out, nil
}
