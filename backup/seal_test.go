package backup

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"
)

// discard seals a folder as one segment and keeps nothing.
func discard(src fs.FS, layers Layers) error {
	a, err := newArchive(src, stamp, nil)
	if err != nil {
		return err
	}
	s := &sealer{layers: layers, archive: a, part: smallestPart,
		put: func(_ string, fill func(io.Writer) error) error { return fill(io.Discard) },
		name: func(kind string) (string, error) {
			return kind + strings.Repeat("0", randomDigits) + payloadSuffix, nil
		}}
	_, err = s.seal(func(w io.Writer, _ string) error { return a.writeAll(w) })
	return err
}

// largeFS is a folder with one file that was never in memory.
type largeFS struct{ size int64 }

func (l largeFS) Open(name string) (fs.File, error) {
	if name == "large" {
		return &largeFile{left: l.size, size: l.size}, nil
	}
	return fstest.MapFS{"large": {Mode: 0o600}}.Open(name)
}

func (l largeFS) ReadDir(string) ([]fs.DirEntry, error) {
	return []fs.DirEntry{fs.FileInfoToDirEntry(largeInfo(l))}, nil
}

type largeInfo struct{ size int64 }

func (largeInfo) Name() string       { return "large" }
func (i largeInfo) Size() int64      { return i.size }
func (largeInfo) Mode() fs.FileMode  { return 0o600 }
func (largeInfo) ModTime() time.Time { return stamp }
func (largeInfo) IsDir() bool        { return false }
func (largeInfo) Sys() any           { return nil }

type largeFile struct{ left, size int64 }

func (f *largeFile) Stat() (fs.FileInfo, error) { return largeInfo{f.size}, nil }
func (f *largeFile) Close() error               { return nil }
func (f *largeFile) Read(b []byte) (int, error) {
	if f.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), f.left)
	for i := range b[:n] {
		at := f.left - int64(i)
		b[i] = byte(at >> 8)
	}
	f.left -= n
	return int(n), nil
}

func TestSealingTakesNoMoreMemoryForALargeFile(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	layers := Layers{{mustRecipient(t, "bob", x.Recipient().String())}}
	allocated := func(size int64) uint64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if err := discard(largeFS{size}, layers); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := allocated(16<<20), allocated(96<<20)
	t.Logf("%d and %d bytes in all", small, large)
	if large > 40<<20 || large > small+4<<20 {
		t.Errorf("want at most 40 MiB and no growth with the size, found %d, then %d bytes", small, large)
	}
}

func BenchmarkSeal(b *testing.B) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	layers := Layers{{mustRecipient(b, "bob", x.Recipient().String())}}
	random := make([]byte, 8<<20)
	if _, err := rand.Read(random); err != nil {
		b.Fatal(err)
	}
	var lines bytes.Buffer
	for i := 0; lines.Len() < 8<<20; i++ {
		fmt.Fprintf(&lines, "2026-11-21T%02d:%02d:%02dZ signer-a released %08x height %d\n", i/3600%24, i/60%60, i%60, i*2654435761, 900000+i/600)
	}
	src := fstest.MapFS{"random": {Data: random}, "text": {Data: lines.Bytes()}}
	b.SetBytes(int64(len(random) + lines.Len()))
	for b.Loop() {
		if err := discard(src, layers); err != nil {
			b.Fatal(err)
		}
	}
}
