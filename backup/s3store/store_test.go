package s3store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"strongroom/backup"
	"strongroom/backup/servertest"
	"strongroom/backup/storetest"
)

var servers servertest.Shared

func TestMain(m *testing.M) { os.Exit(servers.Main(m)) }

var buckets atomic.Int64

// good are the kinds of stores that have all a backup needs.
func good() []servertest.Kind { return []servertest.Kind{servertest.VersityGW, servertest.MinIO} }

// onGood runs a test on each of them.
func onGood(t *testing.T, test func(*testing.T, *servertest.S3Server)) {
	for _, kind := range good() {
		t.Run(kind.String(), func(t *testing.T) { test(t, servers.S3(t, kind)) })
	}
}

// config reaches a server, or a proxy before it, and names a new bucket. Nobody
// waits between tries.
func config(server *servertest.S3Server, endpoint string) Config {
	return Config{
		Endpoint: endpoint, Region: server.Region, Bucket: fmt.Sprintf("bucket-%d", buckets.Add(1)), PathStyle: true, CA: server.CAPEM,
		Credentials: func(context.Context) (string, string, string, error) {
			return server.AccessKey, server.SecretKey, "", nil
		},
		Timeouts: Timeouts{Dial: 5 * time.Second, TLS: 5 * time.Second, Header: 30 * time.Second, Idle: 10 * time.Second},
		Retries:  3,
		Rand:     rand.Reader,
		Sleep:    func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Now:      time.Now,
	}
}

// mustOpen opens a store over a new bucket with object lock.
func mustOpen(t testing.TB, c Config) *Store {
	t.Helper()
	s := withoutBucket(t, c)
	makeBucket(t, s, true)
	return s
}

func makeBucket(t testing.TB, s *Store, locks bool) {
	t.Helper()
	if err := s.core.MakeBucket(raw(), s.config.Bucket, minio.MakeBucketOptions{Region: s.config.Region, ObjectLocking: locks}); err != nil {
		t.Fatal(err)
	}
}

// raw is for calls of the library itself.
func raw() context.Context { return within(context.Background(), false) }

func withoutBucket(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// behind opens the store of a proxy, over a new bucket.
func behind(t testing.TB, server *servertest.S3Server) (*Store, *servertest.Proxy) {
	t.Helper()
	p := server.Proxy(t)
	return mustOpen(t, config(server, p.Endpoint)), p
}

func put(s *Store, name, content string, until time.Time) (backup.Object, error) {
	return s.Put(context.Background(), name, backup.Whole([]byte(content)), backup.Memory(content), until)
}

func mustPut(t testing.TB, s *Store, name, content string, until time.Time) backup.Object {
	t.Helper()
	o, err := put(s, name, content, until)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// wantError compares a whole error text.
func wantError(t testing.TB, what string, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("%s:\nwant  %s\nfound %v", what, want, err)
	}
}

// mustHold fails unless the name holds exactly this content.
func mustHold(t testing.TB, s *Store, name string, b []byte, c backup.Content) backup.Object {
	t.Helper()
	o, err := backup.Find(context.Background(), s, name, c)
	if err != nil {
		t.Fatalf("find %s: %v", name, err)
	}
	r, err := s.Open(context.Background(), o, 0, o.Size)
	if err != nil {
		t.Fatal(err)
	}
	found, err := readAll(r)
	if err != nil || string(found) != string(b) {
		t.Fatalf("%s: want what was put, found %d bytes of %d, %v", name, len(found), len(b), err)
	}
	return o
}

// mustLack fails if a name is there.
func mustLack(t testing.TB, s *Store, name string) {
	t.Helper()
	if v, err := s.Versions(context.Background(), name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s: want it missing, found %v, %v", name, v, err)
	}
}

// inParts makes a content of n parts of the least size, the last one shorter.
func inParts(n int) ([]byte, backup.Content) {
	b := []byte(strings.Repeat(fmt.Sprintf("%d bytes of nothing in particular.\n", n), (n-1)*smallestPart/34+20))
	b = b[:(n-1)*smallestPart+100]
	c := backup.Whole(b)
	c.Part, c.Sums = smallestPart, nil
	for i := range c.Parts() {
		offset, k := c.PartRange(i)
		b[offset] = byte(i) // no two parts are the same
		c.Sums = append(c.Sums, backup.Whole(b[offset:offset+k]).Sum)
	}
	c.Sum, c.Composite = backup.Whole(b).Sum, backup.Whole(c.List()).Sum
	return b, c
}

func TestStorePassesTheSuite(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		storetest.Run(t, storetest.Locking, func(t *testing.T) backup.Store {
			return mustOpen(t, config(server, server.Endpoint))
		})
	})
}

func TestZeroStoreRefuses(t *testing.T) {
	for _, s := range []*Store{nil, {}} {
		const want = "store: want an opened one, found none"
		_, err := put(s, "one", "x", time.Time{})
		wantError(t, "put", err, "one: "+want)
		_, err = s.Versions(t.Context(), "one")
		wantError(t, "versions", err, "one: "+want)
		_, err = s.Open(t.Context(), backup.Object{Name: "one"}, 0, 1)
		wantError(t, "open", err, "one: "+want)
		_, err = s.List(t.Context(), "")
		wantError(t, "list", err, "list: "+want)
		wantError(t, "extend", s.Extend(t.Context(), backup.Object{Name: "one"}, time.Now()), "one: "+want)
		_, err = Probe(t.Context(), s, true, zeros{})
		wantError(t, "probe", err, "probe: probe-0000000000000000: "+want)
	}
}

func readAll(r io.ReadCloser) ([]byte, error) {
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}
