package dirstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"strongroom/backup"
	"strongroom/custody/durable"
)

const sumSuffix = ".sha256"

// Store keeps objects as files of one folder. It may be used by several
// goroutines. The zero value refuses everything.
type Store struct {
	dir     *durable.Dir
	further func() error // may be nil
}

// Open makes a store of an opened folder, which stays the caller's to close.
func Open(dir *durable.Dir) *Store { return &Store{dir: dir} }

// Watched returns the same store for somebody who wants to know whether it hangs:
// while it reads back what it wrote, it calls further after every piece. An error of
// that ends the reading, so that nothing gets a name any more, nor loses it.
func (s *Store) Watched(further func() error) *Store { return &Store{dir: s.dir, further: further} }

// Put implements backup.Store; a folder locks nothing, so until is refused
// unless it is the zero time. The content goes to a temporary file and gets its
// name, by link, only when all of it was read back from the disk, around the page
// cache where that can be done, and had the right hash; then the checksum file is
// written. What was stopped in between is made good by the next Put of the same
// bytes.
func (s *Store) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	if err := backup.CheckObjectName(name); err != nil {
		return backup.Object{}, err
	}
	if !until.IsZero() {
		return backup.Object{}, fmt.Errorf("%s: %w", name, backup.ErrNoLock)
	}
	err := s.dir.WriteChecked(name, func(w io.Writer) error {
		return copyParts(ctx, w, name, c, from)
	}, func(written io.Reader) error {
		return check(s.watched(written), name, c.Size, c.Sum, backup.ErrContent)
	})
	if errors.Is(err, durable.ErrExists) {
		err = s.sameBytes(name, c.Size, c.Sum)
	}
	if err != nil {
		return backup.Object{}, err
	}
	err = s.dir.WriteNew(name+sumSuffix, sumLine(name, c.Sum))
	if errors.Is(err, durable.ErrExists) {
		err = fmt.Errorf("%w: want SHA-256 %s in it, found something else", backup.ErrExists, c.Sum)
	}
	if err != nil {
		return backup.Object{}, fmt.Errorf("%s: checksum file: %w", name, err)
	}
	o := object(name, c.Size, c.Sum)
	o.ReadBack = true
	return o, nil
}

func object(name string, size int64, sum backup.Sum) backup.Object {
	return backup.Object{Name: name, Size: size, Checksum: backup.Checksum{Sum: sum}}
}

// copyParts copies all parts.
func copyParts(ctx context.Context, w io.Writer, name string, c backup.Content, from backup.Bytes) error {
	if len(c.Sums) != c.Parts() {
		return fmt.Errorf("%s: want the SHA-256 of %d parts, found %d", name, c.Parts(), len(c.Sums))
	}
	for i := range c.Parts() {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := copyPart(ctx, w, c, i, from); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func copyPart(ctx context.Context, w io.Writer, c backup.Content, i int, from backup.Bytes) error {
	offset, n := c.PartRange(i)
	r, err := from.Part(ctx, offset, n)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, io.LimitReader(r, n+1)) // check tells if that was one too many
	return errors.Join(err, r.Close())
}

// sameBytes hashes the file that a name was given before.
func (s *Store) sameBytes(name string, size int64, sum backup.Sum) error {
	f, err := s.dir.OpenRange(name, 0, size+1)
	if err != nil {
		return err
	}
	err = errors.Join(check(s.watched(f), name, size, sum, backup.ErrExists), f.Close())
	if errors.Is(s.spoilt(name, err), backup.ErrContent) {
		return fmt.Errorf("%w: %w", backup.ErrExists, err)
	}
	return err
}

// watched is what is read back, for whoever wants to know.
func (s *Store) watched(r io.Reader) io.Reader {
	if s.further == nil {
		return r
	}
	return piecewise{r, s.further}
}

// wanted is an error when who watches no longer waits.
func (s *Store) wanted() error {
	if s.further == nil {
		return nil
	}
	return s.further()
}

// piecewise says after each piece that it was read.
type piecewise struct {
	io.Reader
	further func() error
}

func (p piecewise) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if err == nil {
		err = p.further()
	}
	return n, err
}

// check hashes what was read back.
func check(r io.Reader, name string, size int64, sum backup.Sum, kind error) error {
	h := sha256.New()
	n, err := io.CopyBuffer(h, io.LimitReader(r, size+1), make([]byte, copyBuffer))
	if err != nil {
		return fmt.Errorf("%s: read back: %w", name, err)
	}
	return judge(name, size, sum, n, backup.Sum(h.Sum(nil)), kind)
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
	f, err := s.dir.OpenRange(o.Name, offset, n)
	if err != nil {
		return nil, err
	}
	r := sectors{f, s, o.Name}
	if l, ok := f.(lender); ok {
		return lentSectors{r, l}, nil
	}
	return r, nil
}

// lender is a file that lends what it read from the disk.
type lender interface{ Next() ([]byte, error) }

// lentSectors lends on.
type lentSectors struct {
	sectors
	from lender
}

func (f lentSectors) Next() ([]byte, error) {
	b, err := f.from.Next()
	return b, f.store.spoilt(f.name, err)
}

// sectors is a file that tells bytes which its disk has lost.
type sectors struct {
	io.ReadCloser
	store *Store
	name  string
}

func (f sectors) Read(b []byte) (int, error) {
	n, err := f.ReadCloser.Read(b)
	return n, f.store.spoilt(f.name, err)
}

// spoilt tells a disk that lost a file's bytes from one that is away: what lies
// beside the file can still be read.
func (s *Store) spoilt(name string, err error) error {
	if !errors.Is(err, syscall.EIO) {
		return err
	}
	if _, beside := s.storedSum(name); beside != nil && !errors.Is(beside, backup.ErrContent) {
		return err
	}
	return fmt.Errorf("%w: the disk cannot read it: %w", backup.ErrContent, err)
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
