package bucket

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"strongroom/backup/s3store"
	"strongroom/backup/servertest"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
)

var servers servertest.Shared

func TestMain(m *testing.M) {
	if os.Getenv(childEndpoint) != "" {
		os.Exit(child())
	}
	os.Exit(servers.Main(m))
}

var buckets atomic.Int64

// newBucket makes a bucket that keeps versions.
func newBucket(t testing.TB, server *servertest.S3Server) string {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(server.CAPEM)
	c, err := minio.New(server.Endpoint, &minio.Options{Creds: credentials.NewStaticV4(server.AccessKey, server.SecretKey, ""), Secure: true, Region: server.Region,
		BucketLookup: minio.BucketLookupPath, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}})
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("registry-%d", buckets.Add(1))
	if err := c.MakeBucket(t.Context(), name, minio.MakeBucketOptions{Region: server.Region, ObjectLocking: true}); err != nil {
		t.Fatal(err)
	}
	return name
}

// client reaches a bucket as another machine does.
func client(endpoint, region, bucket, access, secret string, authority []byte) (s3store.Keys, error) {
	s, err := s3store.Open(s3store.Config{
		Endpoint: endpoint, Region: region, Bucket: bucket, PathStyle: true, CA: authority,
		Credentials: func(context.Context) (string, string, string, error) { return access, secret, "", nil },
		Timeouts:    s3store.Timeouts{Dial: 5 * time.Second, TLS: 5 * time.Second, Header: 30 * time.Second, Idle: 10 * time.Second},
		Retries:     5,
		Rand:        rand.Reader,
		Sleep:       func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Now:         time.Now,
	})
	return s.Keys(), err
}

// real is a registry on a real server, behind a proxy that breaks things.
func real(t *testing.T, server *servertest.S3Server) (place, *servertest.Proxy, string) {
	proxy, name := server.Proxy(t), newBucket(t, server)
	machines := 0
	return place{
		calm: func() {},
		open: func(t *testing.T) *registry.Registry {
			keys, err := client(proxy.Endpoint, server.Region, name, server.AccessKey, server.SecretKey, server.CAPEM)
			if err != nil {
				t.Fatal(err)
			}
			c := Config{Objects: keys, Name: name, Prefix: "acme/", Warn: func(line string) { t.Errorf("warned: %s", line) }}
			if machines++; machines == 2 {
				c.Copies = openDir(t, t.TempDir())
			}
			return open(t, c)
		},
	}, proxy, name
}

func onReal(t *testing.T, test func(*testing.T, *servertest.S3Server)) {
	for _, kind := range []servertest.Kind{servertest.VersityGW, servertest.MinIO} {
		t.Run(kind.String(), func(t *testing.T) { test(t, servers.S3(t, kind)) })
	}
}

// Connections break before, while and after the server works, and it is
// overloaded, while six machines write.
func TestARegistryOnARealServerLosesNothingWhateverBreaks(t *testing.T) {
	logs := signedLogs(t)
	onReal(t, func(t *testing.T, server *servertest.S3Server) {
		run(t, logs, func(t *testing.T) place {
			p, proxy, _ := real(t, server)
			var faults []*servertest.Injected
			for i := range 8 {
				for _, f := range []servertest.Fault{
					{Method: "PUT", After: 3 + 11*i, Times: 2, Do: servertest.LoseAnswer()},
					{Method: "PUT", After: 5 + 9*i, Times: 1, Do: servertest.Drop()},
					{Method: "PUT", After: 2 + 13*i, Times: 1, Do: servertest.CutUpload(20)},
					{Method: "GET", After: 4 + 17*i, Times: 2, Do: servertest.Answer(503)},
					{Method: "GET", After: 7 + 19*i, Times: 1, Do: servertest.CutAnswer(10)},
				} {
					faults = append(faults, proxy.Inject(f))
				}
			}
			p.calm = func() {
				harmed := 0
				for _, f := range faults {
					harmed += f.Harmed()
					f.End()
				}
				if harmed < 10 {
					t.Errorf("want at least 10 requests harmed, found %d", harmed)
				}
			}
			return p
		})
	})
}

func TestTryTakesRealServersAndRefusesCeph(t *testing.T) {
	for _, kind := range servertest.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			server := servers.S3(t, kind)
			name := newBucket(t, server)
			keys, err := client(server.Endpoint, server.Region, name, server.AccessKey, server.SecretKey, server.CAPEM)
			if err != nil {
				t.Fatal(err)
			}
			err = Try(t.Context(), Config{Objects: keys, Name: name, Prefix: "acme/", Warn: func(line string) { t.Errorf("warned: %s", line) }}, rand.Reader)
			if kind == servertest.RGW {
				wantError(t, "ceph", err, name+" is no place for a registry: want the second of two that create one key refused and the first one kept, found both taken")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// The names of the environment that a child of the next test is told by.
const (
	childEndpoint = "REGISTRY_TEST_ENDPOINT"
	childPlace    = "REGISTRY_TEST_PLACE" // region, bucket, access key, secret key, file of the authority, number
	childTexts    = 25
)

// child puts texts until it has put all or is killed, and tells of each.
func child() int {
	at := strings.Fields(os.Getenv(childPlace))
	authority, err := os.ReadFile(at[4])
	if err == nil {
		var keys s3store.Keys
		if keys, err = client(os.Getenv(childEndpoint), at[0], at[1], at[2], at[3], authority); err == nil {
			err = putTexts(keys, int(at[5][0]-'0'))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func putTexts(keys s3store.Keys, number int) error {
	f, err := Open(context.Background(), Config{Objects: keys, Name: "shared", Warn: func(string) {}})
	if err != nil {
		return err
	}
	r, err := registry.OpenIn(f)
	if err != nil {
		return err
	}
	for n := range childTexts {
		h, err := r.PutText(someText(number, n))
		if err != nil {
			return err
		}
		fmt.Println(h)
	}
	return nil
}

// Three processes write, one of them is killed in the middle: what any of them was
// told is stored can be read.
func TestProcessesThatWriteAtOnceLoseNothingThatTheyWereToldIsStored(t *testing.T) {
	onReal(t, func(t *testing.T, server *servertest.S3Server) {
		name := newBucket(t, server)
		var children []*exec.Cmd
		var told []*strings.Builder
		for i := range 3 {
			c := exec.CommandContext(t.Context(), os.Args[0])
			c.Env = append(os.Environ(), childEndpoint+"="+server.Endpoint,
				childPlace+"="+strings.Join([]string{server.Region, name, server.AccessKey, server.SecretKey, server.CAFile, fmt.Sprint(i)}, " "))
			out := &strings.Builder{}
			c.Stdout, c.Stderr = out, os.Stderr
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			children, told = append(children, c), append(told, out)
		}
		time.Sleep(400 * time.Millisecond)
		if err := children[0].Process.Kill(); err != nil {
			t.Log("it was faster:", err)
		}
		for i, c := range children {
			if err := c.Wait(); err != nil && i > 0 {
				t.Errorf("process %d: %v", i, err)
			}
		}
		keys, err := client(server.Endpoint, server.Region, name, server.AccessKey, server.SecretKey, server.CAPEM)
		if err != nil {
			t.Fatal(err)
		}
		r := open(t, Config{Objects: keys, Name: name, Warn: func(line string) { t.Errorf("warned: %s", line) }})
		for i, out := range told {
			ids := strings.Fields(out.String())
			if i > 0 && len(ids) != childTexts {
				t.Errorf("process %d: want %d texts told, found %d", i, childTexts, len(ids))
			}
			for n, id := range ids {
				h, err := text.ParseHash(id)
				if err == nil {
					_, err = r.Text(h)
				}
				if err != nil || h != text.Identity(someText(i, n)) {
					t.Errorf("process %d, text %d: want it as it was put, found %v", i, n, err)
				}
			}
		}
	})
}
