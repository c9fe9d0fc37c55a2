package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Sum is the SHA-256 of an object or a file.
type Sum [sha256.Size]byte

// String returns 64 lower-case hex digits.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// Store keeps objects under names that are never replaced. It is trusted for
// nothing: what matters is checked against a signed manifest. Every store
// passes the suite in package storetest.
type Store interface {
	// Put reads exactly size bytes, whose SHA-256 must be sum, and keeps them
	// durably under name. On any error no object of that name appears. A name
	// that holds the same bytes is no error (so that an interrupted run can be
	// repeated); one that holds others is ErrExists.
	Put(name string, content io.Reader, size int64, sum Sum) error
	// Get opens an object and tells its size. A missing one satisfies
	// errors.Is(err, fs.ErrNotExist). The caller closes it.
	Get(name string) (io.ReadCloser, int64, error)
	// Stat tells the size of an object and the checksum that the store keeps
	// for it, without reading the object.
	Stat(name string) (Object, error)
	// List returns all objects, sorted by name, with their sizes.
	List() ([]Object, error)
}

// Object is what a store says of one object. List leaves the sum zero.
type Object struct {
	Name string
	Size int64
	Sum  Sum
}

// ErrExists reports a name that holds other bytes.
var ErrExists = errors.New("exists already with other bytes")

// ErrContent reports bytes that are not the announced ones: too few, too many,
// or with another hash.
var ErrContent = errors.New("other content than announced")

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

// Fetch returns a small object, such as a manifest or a signature: at most
// 64 KiB.
func Fetch(s Store, name string) ([]byte, error) {
	if err := CheckObjectName(name); err != nil {
		return nil, err
	}
	r, size, err := s.Get(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if size < 0 || size > maxSmallObject {
		return nil, fmt.Errorf("%s: want at most %d bytes, found %d", name, maxSmallObject, size)
	}
	b, err := io.ReadAll(io.LimitReader(r, size+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(b)) != size {
		return nil, fmt.Errorf("%s: want %d bytes, found others: %w", name, size, ErrContent)
	}
	return b, nil
}

// ManifestNames returns the names of the manifests that a store lists, in the
// order of their numbers.
func ManifestNames(s Store) ([]string, error) {
	objects, err := s.List()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, o := range objects {
		if strings.HasPrefix(o.Name, "manifest-") && strings.HasSuffix(o.Name, ".txt") {
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
