package backup

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mark is what a file system says of a file beside size and time: the inode
// and when it was last changed, in nanoseconds. The zero mark equals none.
type mark struct {
	Inode   uint64
	Changed int64
}

// settled says whether a file that changes again would change its mark: its last
// change is longer ago than a tick of the file system's clock. A time of whole
// seconds may be all that a file system keeps.
func (m mark) settled(now time.Time) bool {
	tick := settling
	if m.Changed%int64(time.Second) == 0 {
		tick = settlingCoarse
	}
	return m != mark{} && m.Changed < now.Add(-tick).UnixNano()
}

// Index remembers which files lie in which sealed segments of the last snapshot,
// so that they need not be read again while they did not change. It is a help of
// the host that made it: without it everything is sealed anew. The zero value
// knows nothing.
//
// It is a text: a line for each segment, with the weight of what was sealed into
// it, and one for each file, sorted by path. That of a file names its segment,
// its member there (0: it is there alone), size, time, inode and time of change
// in nanoseconds, and is from then on its line in SHA256SUMS:
//
//	segment payload-0123...cdef.age-payload 20971520
//	0 1 1048064 1764000000000000000 4711 1764000000000000000 9f86...0a08  bulk/a
//	sha256 60303ae2...7752
//
// The last line is the SHA-256 of all before it: what an index says goes into a
// signed manifest unread, and a disk that changed a digit of it must not.
type Index struct {
	segments []held
	files    []byte // lines
}

// held is a segment that the index knows.
type held struct {
	name   string
	weight int64 // of all that was sealed into it, see entry.weight
}

// known is one file as it was when it was sealed.
type known struct {
	segment, member int
	size, time      int64
	mark            mark
	sum             Sum
	path            string
}

const (
	indexSegment = "segment "
	indexSum     = "sha256 "
)

// ParseIndex reads an index. What cannot be read is no index: the error says
// why, and the next run reads everything.
func ParseIndex(b []byte) (Index, error) {
	var x Index
	b, err := summed(b)
	if err != nil {
		return Index{}, err
	}
	for bytes.HasPrefix(b, []byte(indexSegment)) {
		line, rest, whole := bytes.Cut(b, []byte{'\n'})
		name, weight, _ := strings.Cut(strings.TrimPrefix(string(line), indexSegment), " ")
		n, err := strconv.ParseInt(weight, 10, 64)
		if err != nil || !whole || n < 0 || strconv.FormatInt(n, 10) != weight || !isRandomName(name, payloadKind, payloadSuffix) || len(x.segments) == maxSegments {
			return Index{}, fmt.Errorf("index: want at most %d payloads with their weight, found %q", maxSegments, clip(string(line)))
		}
		x.segments, b = append(x.segments, held{name, n}), rest
	}
	x.files = b
	if err := x.check(); err != nil {
		return Index{}, err
	}
	return x, nil
}

// summed takes off the last line and wants it to be right.
func summed(b []byte) ([]byte, error) {
	body := b[:max(0, len(b)-indexSumLen)]
	if want := indexSumLine(body); !bytes.Equal(b[len(body):], want) {
		return nil, fmt.Errorf("index: want %q at its end, found %q", want, clip(string(b[len(body):])))
	}
	return body, nil
}

const indexSumLen = len(indexSum) + 2*sha256.Size + len("\n")

func indexSumLine(b []byte) []byte { return fmt.Appendf(nil, "%s%x\n", indexSum, sha256.Sum256(b)) }

// check wants every file's line as it was written, in order, each path once.
func (x Index) check() error {
	n, before := 0, ""
	for k, line := range x.all() {
		if n++; n > maxEntries {
			return fmt.Errorf("index: want at most %d files, found more", maxEntries)
		}
		if k.segment < 0 || k.segment >= len(x.segments) || k.member < 0 || k.member > maxEntries || k.path <= before || !bytes.Equal(k.line(nil), line) {
			return fmt.Errorf("index: want a file's line behind that of %q, found %q", clip(before), clip(string(line)))
		}
		before = k.path
	}
	return nil
}

// all walks the files. A line that is none gives a segment of -1.
func (x Index) all() func(yield func(known, []byte) bool) {
	return func(yield func(known, []byte) bool) {
		for line := range bytes.Lines(x.files) {
			if !yield(parseKnown(line), line) {
				return
			}
		}
	}
}

func parseKnown(line []byte) known {
	bad := known{segment: -1}
	rest, whole := bytes.CutSuffix(line, []byte{'\n'})
	if !whole {
		return bad
	}
	var n [6]int64
	for i := range n {
		word, after, _ := bytes.Cut(rest, []byte{' '})
		v, err := strconv.ParseInt(string(word), 10, 64)
		if err != nil {
			return bad
		}
		n[i], rest = v, after
	}
	sum, path, err := parseSumLine(rest)
	if err != nil {
		return bad
	}
	return known{int(n[0]), int(n[1]), n[2], n[3], mark{uint64(n[4]), n[5]}, sum, path}
}

// line appends the line of a file.
func (k known) line(b []byte) []byte {
	for _, n := range [...]int64{int64(k.segment), int64(k.member), k.size, k.time, int64(k.mark.Inode), k.mark.Changed} {
		b = append(strconv.AppendInt(b, n, 10), ' ')
	}
	return appendSumLine(b, k.sum, k.path)
}

// Render writes the index.
func (x Index) Render() []byte {
	var b []byte
	for _, g := range x.segments {
		b = fmt.Appendf(b, "%s%s %d\n", indexSegment, g.name, g.weight)
	}
	b = append(b, x.files...)
	return append(b, indexSumLine(b)...)
}

// Segments returns the names of the payloads in which it knows files.
func (x Index) Segments() []string {
	var out []string
	for _, g := range x.segments {
		out = append(out, g.name)
	}
	return out
}

// Without returns the index without the files in some payloads: they are sealed
// anew.
func (x Index) Without(payloads ...string) Index {
	var left Index
	at := make([]int, len(x.segments)) // where it is now
	for i, g := range x.segments {
		at[i] = -1
		if !slices.Contains(payloads, g.name) {
			at[i] = len(left.segments)
			left.segments = append(left.segments, g)
		}
	}
	if len(left.segments) == len(x.segments) {
		return x
	}
	for k := range x.all() {
		if k.segment = at[k.segment]; k.segment >= 0 {
			left.files = k.line(left.files)
		}
	}
	return left
}

// isOf says whether a file is still what was sealed, as far as the file system
// tells.
func (k known) isOf(e entry) bool {
	return e.isFile() && k.path == e.path && k.size == e.size && k.time == e.mtime.UnixNano() && k.mark == e.mark && e.mark != mark{}
}

// newIndex remembers the files of a snapshot whose bytes are those that were
// found: not one that was torn, nor one that changed a moment before it was
// read, since it may have changed again within one tick of the file system.
func newIndex(a *archive, weights []held) Index {
	x := Index{segments: weights}
	at := map[string]int{}
	for i, g := range weights {
		at[g.name] = i
	}
	for _, e := range a.list {
		if e.held != "" && !e.torn && e.mark.settled(a.now) {
			x.files = known{at[e.held], e.member, e.size, e.mtime.UnixNano(), e.mark, e.sum, e.path}.line(x.files)
		}
	}
	return x
}
