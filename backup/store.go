package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// Sum is the SHA-256 of an object or a file.
type Sum [sha256.Size]byte

// String returns 64 lower-case hex digits.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Store keeps objects under names that are never given other bytes. It is
// trusted for nothing: what matters is checked against a signed manifest. Every
// store passes the suite in package storetest. Methods may be called from
// several goroutines; each ends soon after its context does.
type Store interface {
	// Put keeps what content describes, durably and under name, locked until the
	// given time where the store can lock; the zero time asks for no lock. It
	// may read a part more than once. On any error no object of that name
	// appears as whole. A name that holds the same bytes is no error, so that an
	// interrupted run can be repeated; one that holds others is ErrExists.
	Put(ctx context.Context, name string, content Content, from Bytes, until time.Time) (Object, error)
	// Versions tells all that is kept under a name, newest first, with checksum
	// and lock, without reading it. None satisfies errors.Is(err, fs.ErrNotExist).
	Versions(ctx context.Context, name string) ([]Object, error)
	// Open reads n bytes of an object from an offset on. The caller closes it.
	Open(ctx context.Context, o Object, offset, n int64) (io.ReadCloser, error)
	// List returns all objects whose names begin with prefix, sorted by name,
	// those of one name newest first. Checksums and locks are left zero.
	List(ctx context.Context, prefix string) ([]Object, error)
	// Extend makes the lock of an object longer. It never shortens one. A store
	// that cannot lock answers ErrNoLock.
	Extend(ctx context.Context, o Object, until time.Time) error
}

// Object is what a store says of one object.
type Object struct {
	Name     string
	Version  string // the store's own name of these bytes; empty where it has none
	Size     int64
	Checksum Checksum
	Until    time.Time // locked against everybody until then; zero for no lock
	Covered  bool      // a later version or a delete marker hides it
	ReadBack bool      // Put or Repair, which alone say so, read all bytes again from where they are kept
}

// Checksum is the checksum that a store keeps for an object. The zero value equals
// no content.
type Checksum struct {
	Sum   Sum
	Parts int // 0: of all bytes; else of the SHA-256s of that many parts
}

// Is says whether size and stored checksum are those of a content.
func (o Object) Is(c Content) bool {
	if o.Size != c.Size || o.Checksum.Sum == (Sum{}) {
		return false
	}
	if o.Checksum.Parts == 0 {
		return o.Checksum.Sum == c.Sum
	}
	return o.Checksum.Parts == c.Parts() && o.Checksum.Sum == c.Composite
}

// ErrExists reports a name that holds other bytes.
var ErrExists = errors.New("exists already with other bytes")

// ErrContent reports bytes that are not the announced ones: too few, too many,
// or with another hash.
var ErrContent = errors.New("other content than announced")

// ErrNoLock reports a store that cannot lock an object.
var ErrNoLock = errors.New("this store cannot lock")

// Find returns the version of an object that is what content describes. It
// tells fs.ErrNotExist when the store has no such name, and ErrContent when the
// name holds only other bytes. A version that something covers is found too:
// nobody may hide a locked object by writing over it.
func Find(ctx context.Context, s Store, name string, content Content) (Object, error) {
	if err := CheckObjectName(name); err != nil {
		return Object{}, err
	}
	versions, err := s.Versions(ctx, name)
	if err != nil {
		return Object{}, err
	}
	for _, o := range versions {
		if o.Is(content) {
			return o, nil
		}
	}
	if len(versions) == 0 {
		return Object{}, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	o := versions[0]
	if o.Size != content.Size {
		return Object{}, fmt.Errorf("%s: want %d bytes, found %d: %w", name, content.Size, o.Size, ErrContent)
	}
	return Object{}, fmt.Errorf("%s: want SHA-256 %s, found %s stored: %w", name, content.Sum, o.Checksum.Sum, ErrContent)
}

// sumSuffix ends the files in which a folder keeps checksums.
const sumSuffix = ".sha256"

// CheckObjectName says whether name can be an object's: lower-case letters,
// digits, dots and hyphens, beginning with a letter or digit, no double dot, at
// most 128 bytes, and not ending like a checksum file. Such a name means the
// same in a folder, a URL and a shell.
func CheckObjectName(name string) error {
	ok := name != "" && len(name) <= maxObjectName && name[0] != '.' && name[0] != '-' &&
		!strings.Contains(name, "..") && !strings.HasSuffix(name, sumSuffix)
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-'
	}
	if !ok {
		return fmt.Errorf("object name: want 1 to %d lower-case letters, digits, dots and hyphens, no %q at the end, found %q", maxObjectName, sumSuffix, clip(name))
	}
	return nil
}

// Read returns the bytes of a small object: at most 64 KiB.
func Read(ctx context.Context, s Store, o Object) ([]byte, error) {
	return readUpTo(ctx, s, o, maxSmallObject)
}

func readUpTo(ctx context.Context, s Store, o Object, most int64) ([]byte, error) {
	if o.Size < 0 || o.Size > most {
		return nil, tooBig{o.Name, most, o.Size}
	}
	return readObject(ctx, s, o)
}

// tooBig reports an object that is longer than what it is taken for.
type tooBig struct {
	name        string
	most, found int64
}

func (e tooBig) Error() string {
	return fmt.Sprintf("%s: want at most %d bytes, found %d", e.name, e.most, e.found)
}

// readObject reads a whole object into memory; the caller bounds its size.
func readObject(ctx context.Context, s Store, o Object) ([]byte, error) {
	r, err := s.Open(ctx, o, 0, o.Size)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, o.Size+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, err)
	}
	if int64(len(b)) != o.Size {
		return nil, fmt.Errorf("%s: want %d bytes, found others: %w", o.Name, o.Size, ErrContent)
	}
	return b, nil
}

// Fetch returns the newest version of a small object that accept takes: the
// store is trusted for nothing, and somebody may have put other bytes over the
// right ones. The error is that of the newest.
func Fetch(ctx context.Context, s Store, name string, accept func([]byte) error) ([]byte, error) {
	return fetchUpTo(ctx, s, name, maxSmallObject, accept)
}

func fetchUpTo(ctx context.Context, s Store, name string, most int64, accept func([]byte) error) ([]byte, error) {
	return fetchOf(ctx, s, name, most, func(Object) bool { return true }, accept)
}

// fetchOf is Fetch for some of the versions; that there are only others is
// ErrContent.
func fetchOf(ctx context.Context, s Store, name string, most int64, some func(Object) bool, accept func([]byte) error) ([]byte, error) {
	if err := CheckObjectName(name); err != nil {
		return nil, err
	}
	versions, err := s.Versions(ctx, name)
	if err != nil {
		return nil, err
	}
	var first error
	for _, o := range versions {
		b, err := []byte(nil), fmt.Errorf("want other bytes, found %s stored: %w", o.Checksum.Sum, ErrContent)
		if some(o) {
			b, err = readUpTo(ctx, s, o, most)
		}
		if err == nil {
			err = accept(b)
		}
		if err == nil {
			return b, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = fs.ErrNotExist
	}
	return nil, fmt.Errorf("%s: %w", name, first)
}

// ManifestNames returns the names of the manifests that a store lists, in the
// order of their numbers, also of those that somebody tried to delete.
func ManifestNames(ctx context.Context, s Store) ([]string, error) {
	return textNames(ctx, s, manifestPrefix)
}

// textNames returns the names of the texts that a store lists under a prefix, each
// once.
func textNames(ctx context.Context, s Store, prefix string) ([]string, error) {
	objects, err := s.List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, o := range objects {
		if strings.HasSuffix(o.Name, manifestSuffix) && (len(names) == 0 || names[len(names)-1] != o.Name) {
			names = append(names, o.Name)
		}
	}
	return names, nil
}

// missing says whether err means that there is no such object.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

const clipLength = 40 // of a foreign name in an error

func clip(s string) string {
	if len(s) > clipLength {
		return s[:clipLength] + "..."
	}
	return s
}
