package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"strongroom/backup"
)

// sparse makes a file of size bytes that is a hole but for its ends.
func sparse(t *testing.T, path string, size int64) (sum backup.Sum) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	_, first := f.WriteAt([]byte("begin"), 0)
	_, last := f.WriteAt([]byte("end"), size-3)
	if err := errors.Join(first, last, f.Close()); err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	h.Write([]byte("begin"))
	if _, err := io.CopyN(h, zeros{}, size-8); err != nil {
		t.Fatal(err)
	}
	h.Write([]byte("end"))
	return backup.Sum(h.Sum(nil))
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// A hole is read as the zeros that it stands for: what comes back is equal byte
// for byte, and what is stored of it is small.
func TestSparseFilesComeBackEqualAndAreStoredSmall(t *testing.T) {
	dir := t.TempDir()
	want := map[string]backup.Sum{
		"disk.img":  sparse(t, filepath.Join(dir, "disk.img"), 40<<20), // a segment of its own
		"small.img": sparse(t, filepath.Join(dir, "small.img"), 3<<20),
	}
	p, store := newPlan(t), newMemory()
	p.Layers = backup.Layers{{recipient(t, "alice", 1)}}
	taken := mustTake(t, os.DirFS(dir), p)
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store))
	var stored int64
	for _, g := range taken.Signed.Manifest().Segments {
		stored += g.Content.Size
		for name, sum := range sumsIn(t, store, g) {
			if name == "SHA256SUMS" {
				continue
			}
			if sum != want[name] {
				t.Errorf("%s: want SHA-256 %s, found %s", name, want[name], sum)
			}
			delete(want, name)
		}
	}
	if len(want) > 0 {
		t.Errorf("want all files back, lacking %v", want)
	}
	if found := taken.Signed.Manifest().Contents; found.Bytes != 43<<20 || found.Torn != 0 {
		t.Errorf("want %d bytes that stood still, found %+v", 43<<20, found)
	}
	if stored > 64<<10 {
		t.Errorf("want holes of 43 MiB stored in less than 64 KiB, found %d bytes", stored)
	}
}

// sumsIn opens a segment and hashes its files.
func sumsIn(t *testing.T, store backup.Store, g backup.Segment) map[string]backup.Sum {
	t.Helper()
	alice := identity(t, 1)
	h, err := backup.FetchHeaders(t.Context(), store, g, alice)
	if err != nil {
		t.Fatal(err)
	}
	r, err := backup.OpenSegment(t.Context(), store, g, h, alice)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	out, in := map[string]backup.Sum{}, tar.NewReader(bytes.NewReader(b))
	for {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, in); err != nil {
			t.Fatal(err)
		}
		out[head.Name] = backup.Sum(sum.Sum(nil))
	}
}
