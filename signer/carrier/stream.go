package carrier

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// File is one file of a folder: its name, without any path, and its bytes.
type File struct {
	Name  string
	Bytes []byte
}

// block is the unit of a tar archive.
const block = 512

// flatName is what a file may be called: no path, nothing hidden, nothing that a
// shell or a terminal takes for something else.
var flatName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Pack puts files into one stream, a ustar archive with sorted names, mode 0600
// and neither times nor owners: the same files give the same bytes, in whatever
// order they come. It refuses names that are not flat ([A-Za-z0-9._-], a letter or
// digit first, at most 100), a name that comes twice, no files at all, and what is
// too much: 4,096 files, [MaxStream] bytes.
func Pack(files []File) ([]byte, error) {
	if n := len(files); n == 0 || n > maxFiles {
		return nil, fmt.Errorf("stream: want 1 to %d files, found %d", maxFiles, n)
	}
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	size := 2 * block // the end
	for i, f := range files {
		if err := checkName(f.Name); err != nil {
			return nil, err
		}
		if i > 0 && files[i-1].Name == f.Name {
			return nil, fmt.Errorf("stream: want each name once, found %q twice", f.Name)
		}
		if size += block + padded(len(f.Bytes)); size > MaxStream {
			return nil, fmt.Errorf("stream: want at most %d bytes, found more", MaxStream)
		}
	}
	b := make([]byte, 0, size)
	for _, f := range files {
		h := header(f.Name, len(f.Bytes))
		b = append(append(b, h[:]...), f.Bytes...)
		b = append(b, make([]byte, padded(len(f.Bytes))-len(f.Bytes))...)
	}
	return append(b, make([]byte, 2*block)...), nil
}

// Unpack returns the files of a stream, sorted by name. It takes only what Pack
// would write, to the byte: a path, a link, a folder, another mode, a time or an
// owner, an order of its own, anything behind the end is refused.
func Unpack(stream []byte) ([]File, error) {
	if n := len(stream); n > MaxStream || n%block != 0 {
		return nil, fmt.Errorf("stream: want at most %d bytes in blocks of %d, found %d", MaxStream, block, n)
	}
	var files []File
	rest := stream
	for len(rest) >= block && rest[0] != 0 {
		f, n, err := member(rest)
		if err != nil {
			return nil, err
		}
		if len(files) == maxFiles {
			return nil, fmt.Errorf("stream: want at most %d files, found more", maxFiles)
		}
		files, rest = append(files, f), rest[n:]
	}
	same, err := Pack(files)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(same, stream) {
		return nil, fmt.Errorf("stream: want sorted plain files and nothing else, found a difference at byte %d", differAt(same, stream))
	}
	return files, nil
}

// member reads one file at the beginning of b, of at least one block, and how many
// bytes it takes there. What it does not look at is compared by Unpack.
func member(b []byte) (File, int, error) {
	name, _, _ := bytes.Cut(b[:maxName], []byte{0})
	if err := checkName(string(name)); err != nil {
		return File{}, 0, err
	}
	if kind := b[kindAt]; kind != plainFile {
		return File{}, 0, fmt.Errorf("stream: %s: want a plain file, found kind %q", name, kind)
	}
	size, err := strconv.ParseUint(string(b[sizeAt:sizeAt+11]), 8, 32)
	if err != nil || padded(int(size)) > len(b)-block {
		return File{}, 0, fmt.Errorf("stream: %s: want a size within the stream, found %q", name, b[sizeAt:sizeAt+11])
	}
	return File{Name: string(name), Bytes: slices.Clone(b[block : block+size])}, block + padded(int(size)), nil
}

// Where a header keeps what is read or summed.
const (
	modeAt, ownerAt, groupAt, sizeAt, timeAt, sumAt, kindAt, magicAt, devicesAt = 100, 108, 116, 124, 136, 148, 156, 257, 329

	plainFile = '0'
)

// header is that of a plain file of mode 0600. The name fits and the size is under
// eight gibibytes.
func header(name string, size int) (h [block]byte) {
	copy(h[:], name)
	copy(h[modeAt:], "0000600\x00")
	copy(h[ownerAt:], "0000000\x00")
	copy(h[groupAt:], "0000000\x00")
	copy(h[sizeAt:], fmt.Sprintf("%011o\x00", size))
	copy(h[timeAt:], "00000000000\x00")
	copy(h[sumAt:], "        ") // as the sum is taken
	h[kindAt] = plainFile
	copy(h[magicAt:], "ustar\x0000")
	copy(h[devicesAt:], "0000000\x000000000\x00")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[sumAt:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

func checkName(name string) error {
	if len(name) > maxName || !flatName.MatchString(name) {
		return fmt.Errorf("stream: want flat names of at most %d letters, digits, dots, dashes and underscores, found %q", maxName, name)
	}
	return nil
}

// padded is a size in whole blocks.
func padded(n int) int { return (n + block - 1) / block * block }

// differAt is the first place where two different streams differ.
func differAt(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
