package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// Content says what the bytes of an object are. It is measured once, when they
// are made; every store is compared with it.
type Content struct {
	Size      int64
	Sum       Sum   // SHA-256 of all bytes
	Part      int64 // bytes of a part; only the last is smaller
	Composite Sum   // SHA-256 of the parts' SHA-256s in a row, as S3 makes it
	Sums      []Sum // of each part; nil where only the composite is known
}

// Whole measures bytes that are one part.
func Whole(b []byte) Content {
	sum := Sum(sha256.Sum256(b))
	return Content{Size: int64(len(b)), Sum: sum, Part: max(int64(len(b)), 1), Composite: compositeOf(sum), Sums: []Sum{sum}}
}

// Parts is how many parts there are. An empty object has one.
func (c Content) Parts() int {
	if c.Part < 1 {
		return 0
	}
	return max(1, int((c.Size+c.Part-1)/c.Part))
}

// PartRange returns where part i begins and how many bytes it has.
func (c Content) PartRange(i int) (offset, n int64) {
	offset = int64(i) * c.Part
	return offset, min(c.Part, c.Size-offset)
}

// Root is the root of the RFC 6962 tree whose records are the parts' SHA-256s:
// with it one part can be proved without all the others.
func (c Content) Root() (Sum, error) {
	if len(c.Sums) != c.Parts() {
		return Sum{}, fmt.Errorf("tree: want the SHA-256 of %d parts, found %d", c.Parts(), len(c.Sums))
	}
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, x := range at {
			out[i] = stored[x]
		}
		return out, nil
	})
	for i, s := range c.Sums {
		more, err := tlog.StoredHashes(int64(i), s[:], read)
		if err != nil {
			return Sum{}, err
		}
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(int64(len(c.Sums)), read)
	return Sum(root), err
}

// List returns the parts' SHA-256s in a row: what lies beside a payload of
// several parts, so that whoever has a manifest can check a single part.
func (c Content) List() []byte {
	out := make([]byte, 0, len(c.Sums)*sha256.Size)
	for _, s := range c.Sums {
		out = append(out, s[:]...)
	}
	return out
}

// WithList returns the content with the parts' SHA-256s that a list holds. The
// list is refused unless the composite is its hash.
func (c Content) WithList(list []byte) (Content, error) {
	if len(list) != c.Parts()*sha256.Size || Sum(sha256.Sum256(list)) != c.Composite {
		return Content{}, fmt.Errorf("parts: want the list of %d parts with SHA-256 %s, found other bytes: %w", c.Parts(), c.Composite, ErrContent)
	}
	c.Sums = make([]Sum, c.Parts())
	for i := range c.Sums {
		copy(c.Sums[i][:], list[i*sha256.Size:])
	}
	return c, nil
}

// Bytes gives the bytes of one object, a part at a time, as often as asked.
type Bytes interface {
	Part(ctx context.Context, offset, n int64) (io.ReadSeekCloser, error)
}

// Memory is an object in memory.
type Memory []byte

// Part implements Bytes.
func (m Memory) Part(_ context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	if offset < 0 || n < 0 || offset+n > int64(len(m)) {
		return nil, fmt.Errorf("want bytes %d to %d, found %d in all", offset, offset+n, len(m))
	}
	return unclosed{bytes.NewReader(m[offset : offset+n])}, nil
}

type unclosed struct{ io.ReadSeeker }

func (unclosed) Close() error { return nil }

// measure counts and hashes what it passes on.
type measure struct {
	w           io.Writer
	whole, part hash.Hash // part is nil in the first one, which whole tells as well
	partSize    int64
	n, inPart   int64
	sums        []Sum
	max         int64
}

func newMeasure(w io.Writer, partSize, max int64) *measure {
	return &measure{w: w, whole: sha256.New(), partSize: partSize, max: max}
}

func (m *measure) Write(b []byte) (int, error) {
	n, err := m.w.Write(b)
	m.add(b[:n])
	if err == nil && m.n > m.max {
		err = fmt.Errorf("seal: want at most %d bytes, found more", m.max)
	}
	return n, err
}

func (m *measure) add(b []byte) {
	m.n += int64(len(b))
	for len(b) > 0 {
		if m.inPart == m.partSize {
			m.endPart()
		}
		k := min(int64(len(b)), m.partSize-m.inPart)
		m.whole.Write(b[:k])
		if m.part != nil {
			m.part.Write(b[:k])
		}
		m.inPart += k
		b = b[k:]
	}
}

func (m *measure) endPart() {
	m.inPart = 0
	if m.part == nil {
		m.sums, m.part = append(m.sums, Sum(m.whole.Sum(nil))), sha256.New()
		return
	}
	m.sums = append(m.sums, Sum(m.part.Sum(nil)))
	m.part.Reset()
}

// content returns what was measured. The measure is spent.
func (m *measure) content() Content {
	m.endPart()
	c := Content{Size: m.n, Sum: Sum(m.whole.Sum(nil)), Part: m.partSize, Sums: m.sums}
	c.Composite = sha256.Sum256(c.List())
	return c
}

// partFor returns the size of a part for a payload that will not be larger than
// size: as small as a sample should be, and not more parts than S3 takes.
func partFor(size int64) int64 {
	part := int64(smallestPart)
	for part*maxParts < size {
		part *= 2
	}
	return part
}
