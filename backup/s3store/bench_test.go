package s3store

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

const (
	benchSize = 256 << 20
	benchPart = 8 << 20
)

// benchContent is measured before the clock runs, as sealing does it.
func benchContent() ([]byte, backup.Content) {
	b := make([]byte, benchSize)
	_, _ = rand.NewChaCha8([32]byte{3}).Read(b) // it never fails
	c := backup.Whole(b)
	c.Part, c.Sums = benchPart, nil
	for i := range c.Parts() {
		offset, n := c.PartRange(i)
		c.Sums = append(c.Sums, backup.Whole(b[offset:offset+n]).Sum)
	}
	c.Composite = sha256.Sum256(c.List())
	return b, c
}

// BenchmarkPut compares an upload with that of the library alone, which has the
// hashes of the parts still to make, and with one without any SHA-256.
func BenchmarkPut(b *testing.B) {
	server := servers.S3(b, servertest.VersityGW)
	content, c := benchContent()
	s := mustOpen(b, config(server, server.Endpoint))
	trailing, err := minio.New(server.Endpoint, &minio.Options{Creds: credentials.New(provider{s.config.Credentials}), Secure: true, Region: server.Region, Transport: s.line, TrailingHeaders: true, BucketLookup: minio.BucketLookupPath})
	if err != nil {
		b.Fatal(err)
	}
	bare := func(name string, o minio.PutObjectOptions) error {
		o.PartSize, o.NumThreads = benchPart, atOnce
		_, err := trailing.PutObject(raw(), s.config.Bucket, name, bytes.NewReader(content), benchSize, o)
		return err
	}
	for _, way := range []struct {
		what string
		put  func(name string) error
	}{
		{"store", func(name string) error {
			_, err := s.Put(b.Context(), name, c, backup.Memory(content), time.Time{})
			return err
		}},
		{"library-SHA256", func(name string) error { return bare(name, minio.PutObjectOptions{Checksum: minio.ChecksumSHA256}) }},
		{"library-CRC32C", func(name string) error { return bare(name, minio.PutObjectOptions{}) }},
	} {
		b.Run(way.what, func(b *testing.B) {
			b.SetBytes(benchSize)
			for b.Loop() {
				if err := way.put(fmt.Sprintf("n-%d", buckets.Add(1))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReadBack reads and hashes all, as V3 does, beside hashing alone.
func BenchmarkReadBack(b *testing.B) {
	server := servers.S3(b, servertest.VersityGW)
	content, c := benchContent()
	s := mustOpen(b, config(server, server.Endpoint))
	o, err := s.Put(b.Context(), "one", c, backup.Memory(content), time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("store", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			r, err := s.Open(b.Context(), o, 0, o.Size)
			if err != nil {
				b.Fatal(err)
			}
			h := sha256.New()
			if _, err := io.CopyBuffer(h, r, make([]byte, 256<<10)); err != nil || backup.Sum(h.Sum(nil)) != c.Sum || r.Close() != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("hash-alone", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			if sha256.Sum256(content) != c.Sum {
				b.Fatal("other bytes")
			}
		}
	})
}
