package backup_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"github.com/klauspost/compress/zstd"

	"strongroom/backup"
	"strongroom/backup/dirstore"
)

const benchBytes = 128 << 20

// benchFolder makes 128 files of 1 MiB, every second one random, the others a
// log.
func benchFolder(b *testing.B) fs.FS {
	b.Helper()
	dir, random := b.TempDir(), rand.NewChaCha8([32]byte{7})
	pick := rand.New(random)
	for i := range benchBytes >> 20 {
		content := make([]byte, 1<<20)
		_, _ = random.Read(content) // it never fails
		if i%2 == 1 {
			var text bytes.Buffer
			for text.Len() < len(content) {
				fmt.Fprintf(&text, "2026-11-22T10:%02d:%02d.%03dZ signer[%d]: request %08x took %d us\n", pick.IntN(60), pick.IntN(60), pick.IntN(1000), pick.IntN(100), pick.Uint32(), pick.IntN(5000))
			}
			copy(content, text.Bytes())
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file-%03d", i)), content, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return os.DirFS(dir)
}

// countCPU reports the CPU time of all cores: on a machine that others use too,
// the clock on the wall tells little.
func countCPU(b *testing.B) (report func()) {
	b.Helper()
	spent := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := spent()
	return func() { b.ReportMetric(float64((spent()-before).Microseconds())/1000/float64(b.N), "CPU-ms/op") }
}

// BenchmarkTake seals a folder into a spool: every file's hash, the hashes of
// the whole and of its parts, the manifest. Bare is tar, zstd and age by the
// same libraries into a file, and nothing else.
func BenchmarkTake(b *testing.B) {
	src := benchFolder(b)
	b.Run("snapshot", func(b *testing.B) {
		b.SetBytes(benchBytes)
		p := newPlan(b)
		defer countCPU(b)()
		for b.Loop() {
			mustTake(b, src, p)
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.SetBytes(benchBytes)
		defer countCPU(b)()
		for b.Loop() {
			if err := bareSeal(filepath.Join(b.TempDir(), "sealed"), src); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func bareSeal(name string, src fs.FS) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	to, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	sealed, err := age.Encrypt(f, to.Recipient())
	if err != nil {
		return err
	}
	z, err := zstd.NewWriter(sealed, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(8<<20))
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	return errors.Join(t.AddFS(src), t.Close(), z.Close(), sealed.Close(), f.Sync(), f.Close())
}

// BenchmarkShip copies a sealed folder into stores that are folders, without
// reading it again beyond what Put does itself.
func BenchmarkShip(b *testing.B) {
	p := newPlan(b)
	taken := mustTake(b, benchFolder(b), p)
	for _, n := range []int{1, 3} {
		b.Run(fmt.Sprintf("%d-stores", n), func(b *testing.B) {
			b.SetBytes(int64(n) * sealedBytes(taken))
			defer countCPU(b)()
			for b.Loop() {
				b.StopTimer()
				var stores []backup.Store
				for range n {
					stores = append(stores, dirstore.Open(newDir(b)))
				}
				b.StartTimer()
				mustShip(b, shipment(p, taken.Signed, backup.V1), targets(stores...))
			}
		})
	}
}

func sealedBytes(t backup.Taken) (n int64) {
	for _, g := range t.Signed.Manifest().Segments {
		n += g.Content.Size
	}
	return n
}

// BenchmarkVerify reads a copy again and hashes it, without a key. Hash-alone
// is SHA-256 of as many bytes in memory.
func BenchmarkVerify(b *testing.B) {
	p, store := newPlan(b), dirstore.Open(newDir(b))
	taken := mustTake(b, benchFolder(b), p)
	mustShip(b, shipment(p, taken.Signed, backup.V1), targets(store))
	for _, level := range []backup.Level{backup.V2, backup.V3} {
		b.Run(level.String(), func(b *testing.B) {
			if level == backup.V3 {
				b.SetBytes(sealedBytes(taken))
			}
			defer countCPU(b)()
			for b.Loop() {
				if _, err := backup.Verify(b.Context(), store, taken.Signed, backup.Checking{Level: level, Store: "store-a", Now: time.Now}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("hash-alone", func(b *testing.B) {
		b.SetBytes(sealedBytes(taken))
		content := make([]byte, sealedBytes(taken))
		defer countCPU(b)()
		for b.Loop() {
			sha256.Sum256(content)
		}
	})
}

// BenchmarkOpen opens a copy with a key and walks its archive. Bare is age and
// zstd by the same libraries.
func BenchmarkOpen(b *testing.B) {
	p, store := newPlan(b), dirstore.Open(newDir(b))
	taken := mustTake(b, benchFolder(b), p)
	mustShip(b, shipment(p, taken.Signed, backup.V1), targets(store))
	key, err := agessh.NewEd25519Identity(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)))
	if err != nil {
		b.Fatal(err)
	}
	g := taken.Signed.Manifest().Segments[0]
	headers, err := backup.FetchHeaders(b.Context(), store, g, key)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("segment", func(b *testing.B) {
		b.SetBytes(benchBytes)
		defer countCPU(b)()
		for b.Loop() {
			in, err := backup.OpenSegment(b.Context(), store, g, headers, key)
			if err != nil {
				b.Fatal(err)
			}
			if err := errors.Join(walkTar(in), in.Close()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.SetBytes(benchBytes)
		defer countCPU(b)()
		for b.Loop() {
			if err := bareOpen(b.Context(), store, g, headers[0], key); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func walkTar(r io.Reader) error {
	for t := tar.NewReader(r); ; {
		if _, err := t.Next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, t); err != nil {
			return err
		}
	}
}

func bareOpen(ctx context.Context, s backup.Store, g backup.Segment, header []byte, key age.Identity) error {
	payload, err := s.Open(ctx, backup.Object{Name: g.Name}, 0, g.Content.Size)
	if err != nil {
		return err
	}
	plain, err := age.Decrypt(io.MultiReader(bytes.NewReader(header), payload), key)
	if err != nil {
		return err
	}
	z, err := zstd.NewReader(plain, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	_, err = io.Copy(io.Discard, z)
	return errors.Join(err, payload.Close())
}
