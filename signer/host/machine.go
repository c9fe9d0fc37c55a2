package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// machine is what judges look at: a file tree rooted at /, what no file tells,
// and the clock.
type machine struct {
	root  fs.FS
	facts Facts
	now   time.Time
}

// bytes returns a file's content. Names have no slash in front. What is longer
// than maxText is an error.
func (m machine) bytes(name string) ([]byte, error) {
	f, err := m.root.Open(name)
	if err != nil {
		return nil, spoken(name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxText+1))
	if err != nil {
		return nil, spoken(name, err)
	}
	if len(b) > maxText {
		return nil, fmt.Errorf("/%s: want at most %d bytes, found more", name, maxText)
	}
	return b, nil
}

// read returns a file's text without the space around it.
func (m machine) read(name string) (string, error) {
	b, err := m.bytes(name)
	return strings.TrimSpace(string(b)), err
}

// number returns a file's one decimal number.
func (m machine) number(name string) (uint64, error) {
	text, err := m.read(name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/%s: want a decimal number, found another text", name)
	}
	return n, nil
}

// lines returns a file's lines, of which an empty file has none.
func (m machine) lines(name string) ([]string, error) {
	text, err := m.read(name)
	if err != nil || text == "" {
		return nil, err
	}
	return strings.Split(text, "\n"), nil
}

// list returns the names in a folder, sorted; a folder that is not there has
// none. A folder with more than maxListed is an error.
func (m machine) list(name string) ([]string, error) {
	f, err := m.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, spoken(name, err)
	}
	defer f.Close()
	folder, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, fmt.Errorf("/%s: want a folder, found a file", name)
	}
	entries, err := folder.ReadDir(maxListed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, spoken(name, err)
	}
	if len(entries) == maxListed {
		return nil, fmt.Errorf("/%s: want fewer than %d names, found more", name, maxListed)
	}
	return sortedNames(entries), nil
}

// has tells whether there is something of that name, also when it may not be
// looked at: only what is known to be absent is.
func (m machine) has(name string) bool {
	_, err := fs.Stat(m.root, name)
	return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR)
}

// is tells whether a file holds exactly this.
func (m machine) is(name, text string) bool {
	got, err := m.read(name)
	return err == nil && got == text
}

// spoken names a file as people do, with the slash in front.
func spoken(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("/%s: %w", name, err)
}
