package backup

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Contents is what a snapshot holds: the number of its files and symbolic
// links, the files' bytes, and the SHA-256 of its SHA256SUMS, which pins every
// file's name and every byte. The same folder gives the same contents.
type Contents struct {
	Files uint64
	Links uint64
	Bytes uint64
	Torn  uint64 // files that changed while they were read, however often
	Sums  Sum
}

// appendSumLine appends the line of one file as sha256sum writes it and as
// "sha256sum -c" reads it: a backslash in front when the name is escaped.
func appendSumLine(b []byte, sum Sum, name string) []byte {
	if strings.ContainsAny(name, "\\\n") {
		b = append(b, '\\')
		name = strings.NewReplacer("\\", "\\\\", "\n", "\\n").Replace(name)
	}
	b = hex.AppendEncode(b, sum[:])
	b = append(b, "  "...)
	b = append(b, name...)
	return append(b, '\n')
}

// parseSumLine reads one line, without its LF, exactly as appendSumLine writes
// it.
func parseSumLine(line []byte) (Sum, string, error) {
	bad := errors.New("want 64 hex digits, two spaces and a name, found something else")
	rest, escaped := bytes.CutPrefix(line, []byte{'\\'})
	if len(rest) < 2*sha256.Size+3 {
		return Sum{}, "", bad
	}
	var sum Sum
	if _, err := hex.Decode(sum[:], rest[:2*sha256.Size]); err != nil {
		return Sum{}, "", bad
	}
	name := string(rest[2*sha256.Size+2:])
	if escaped {
		name = unescape(name)
	}
	if again := appendSumLine(nil, sum, name); !bytes.Equal(again[:len(again)-1], line) {
		return Sum{}, "", bad
	}
	return sum, name, nil
}

// unescape undoes what appendSumLine did to a name. What it leaves alone does
// not encode to the same line again and is refused there.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] == 'n' {
				b.WriteByte('\n')
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// CheckSums reads a restored folder again and compares it with the SHA256SUMS
// in it: every file listed, every listed file there, every hash equal, and
// nothing else (no device, no further file). It returns what it found, to be
// compared with a manifest; that nothing is torn it can't see.
func CheckSums(restored fs.FS) (Contents, error) { return CheckWritten(restored, nil) }

// CheckWritten is CheckSums for who just wrote the folder: a file that is still
// the one that was written counts with the hash of what went in, and is not read
// again unless that is another than the one listed.
func CheckWritten(restored fs.FS, w *Written) (Contents, error) {
	list, err := scan(restored)
	if err != nil {
		return Contents{}, err
	}
	if slices.ContainsFunc(list, func(e entry) bool { return e.path == Packed }) {
		return Contents{}, fmt.Errorf("restored: want %s removed once all segments are opened (rm -rf %s), found it", Packed, Packed)
	}
	f, err := restored.Open(sumsName)
	if err != nil {
		return Contents{}, fmt.Errorf("restored: want %s, found none: %w", sumsName, err)
	}
	defer f.Close()
	whole := sha256.New()
	lines := &sumLines{r: bufio.NewReaderSize(io.TeeReader(f, whole), copyBuffer), written: w}
	var c Contents
	hasher := newFileHasher()
	for _, e := range list {
		if e.link != "" {
			c.Links++
		}
		if !e.isFile() || e.path == sumsName {
			continue
		}
		if err := lines.check(restored, e, hasher); err != nil {
			return Contents{}, fmt.Errorf("restored: %w", err)
		}
		c.Files++
		c.Bytes += uint64(e.size)
	}
	if err := lines.end(); err != nil {
		return Contents{}, fmt.Errorf("restored: %w", err)
	}
	whole.Sum(c.Sums[:0])
	return c, nil
}

// SumOf returns the hash that a SHA256SUMS lists for one file. The list must be
// the one that was authenticated with the snapshot. A file that it does not
// list is fs.ErrNotExist.
func SumOf(list *bufio.Reader, name string) (Sum, error) {
	lines := &sumLines{r: list}
	for {
		sum, found, ok, err := lines.next()
		if err != nil {
			return Sum{}, err
		}
		if !ok {
			return Sum{}, fmt.Errorf("%q: want a file that %s lists: %w", clip(name), sumsName, fs.ErrNotExist)
		}
		if found == name {
			return sum, nil
		}
	}
}

// sumLines walks the lines of SHA256SUMS beside the sorted files.
type sumLines struct {
	r       *bufio.Reader
	n       int
	written *Written
}

// next reads one line. ok is false at the end.
func (l *sumLines) next() (sum Sum, name string, ok bool, err error) {
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, io.EOF) && len(line) == 0 {
		return Sum{}, "", false, nil
	}
	l.n++
	if err != nil {
		return Sum{}, "", false, fmt.Errorf("%s: line %d: want a line that ends with LF, found none", sumsName, l.n)
	}
	sum, name, err = parseSumLine(line[:len(line)-1])
	if err != nil {
		return Sum{}, "", false, fmt.Errorf("%s: line %d: %w", sumsName, l.n, err)
	}
	return sum, name, true, nil
}

// check compares the next line with the next file.
func (l *sumLines) check(restored fs.FS, e entry, h *fileHasher) error {
	want, name, ok, err := l.next()
	if err != nil {
		return err
	}
	if !ok || name > e.path {
		return fmt.Errorf("%q: want a file that %s lists, found one more", clip(e.path), sumsName)
	}
	if name < e.path {
		return fmt.Errorf("%q: want the file that %s lists, found none", clip(name), sumsName)
	}
	if l.written.has(e, want) {
		return nil
	}
	found, err := h.copy(io.Discard, restored, e)
	if err != nil {
		return err
	}
	if found != want {
		return fmt.Errorf("%q: want SHA-256 %s, found %s", clip(e.path), want, found)
	}
	return nil
}

// end refuses lines behind the last file.
func (l *sumLines) end() error {
	_, name, ok, err := l.next()
	if err == nil && ok {
		err = fmt.Errorf("%q: want the file that %s lists, found none", clip(name), sumsName)
	}
	return err
}

// fileHasher reads files and hashes them, one after the other, with one buffer.
type fileHasher struct {
	h      hash.Hash
	buffer []byte
}

func newFileHasher() *fileHasher {
	return &fileHasher{h: sha256.New(), buffer: make([]byte, copyBuffer)}
}

// copy writes a file to w and returns its hash. The file must be, before and
// after reading, what scan saw: a regular file of that size and time.
func (c *fileHasher) copy(w io.Writer, src fs.FS, e entry) (Sum, error) {
	f, err := src.Open(e.path)
	if err != nil {
		return Sum{}, err
	}
	defer f.Close()
	if err := unchanged(f, e); err != nil {
		return Sum{}, err
	}
	n, err := c.copyN(w, f, e.size)
	if err != nil {
		return Sum{}, fmt.Errorf("%q: %w", clip(e.path), err)
	}
	if n != e.size || !c.atEnd(f) {
		return Sum{}, changed(e)
	}
	if err := unchanged(f, e); err != nil {
		return Sum{}, err
	}
	return c.sum(), nil
}

// copyN begins a new hash and copies at most n bytes.
func (c *fileHasher) copyN(w io.Writer, r io.Reader, n int64) (int64, error) {
	c.h.Reset()
	return io.CopyBuffer(io.MultiWriter(w, c.h), io.LimitReader(r, n), c.buffer)
}

// zeros writes and hashes n zeros.
func (c *fileHasher) zeros(w io.Writer, n int64) error {
	clear(c.buffer)
	for n > 0 {
		k := min(n, int64(len(c.buffer)))
		c.h.Write(c.buffer[:k])
		if _, err := w.Write(c.buffer[:k]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}

func (c *fileHasher) sum() Sum { return Sum(c.h.Sum(nil)) }

// atEnd says whether nothing is left to read.
func (c *fileHasher) atEnd(r io.Reader) bool {
	n, err := r.Read(c.buffer[:1])
	return n == 0 && (err == nil || errors.Is(err, io.EOF))
}

func unchanged(f fs.File, e entry) error {
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("%q: %w", clip(e.path), err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %w", changed(e), errKind)
	}
	if info.Size() != e.size || !info.ModTime().Equal(e.mtime) {
		return changed(e)
	}
	if markOf(info) != e.mark { // a time can be set back, this cannot
		return fmt.Errorf("%w: %w", changed(e), errMark)
	}
	return nil
}

// errChanged reports a file that did not stand still.
var errChanged = errors.New("want a file that stands still, found it changed while it was read")

func changed(e entry) error { return fmt.Errorf("%q: %w", clip(e.path), errChanged) }

func isChanged(err error) bool { return errors.Is(err, errChanged) }

// errKind is that of what is no regular file any more.
var errKind = errors.New("it is no regular file any more")

// errMark is that of a file whose size and time are as they were, and whose inode
// or time of change is not: somebody wrote and set the time back, put another file
// in its place, or removed it.
var errMark = errors.New("its size and time are as before")
