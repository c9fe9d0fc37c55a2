package servertest

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shared is for tests that leave their servers alone.
var shared Shared

func TestMain(m *testing.M) { os.Exit(shared.Main(m)) }

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// allAlive complains unless all processes run, or none.
func allAlive(t testing.TB, pids []int, want bool) {
	t.Helper()
	if len(pids) == 0 {
		t.Error("processes: want at least one, found none")
	}
	for _, pid := range pids {
		if alive(pid) != want {
			t.Errorf("process %d: want it alive %t, found %t", pid, want, !want)
		}
	}
}

func TestStoresKeepWhatTheyWereGivenThroughWhatHappensToThem(t *testing.T) {
	for _, kind := range Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			s := S3(t, kind)
			c := dial(t, s.Endpoint, s.CAPEM)
			makeLocked(t, c, s)
			c.signed(s, "PUT", "/vault/one", "first").want(t, "put", 200, "")
			answersOnlyTheTrusted(t, s)

			t.Log("killed and started again: the same port, the same data")
			before := s.PIDs()
			s.Kill()
			s.Kill()
			allAlive(t, before[:1], false)
			c.signed(s, "GET", "/vault/one", "").wantBroken(t, "get from a dead store")
			s.Restart(t)
			if s.PIDs()[0] == before[0] || !slices.Equal(s.PIDs()[1:], before[1:]) {
				t.Errorf("processes: want only the first to be another than in %v, found %v", before, s.PIDs())
			}
			c.signed(s, "GET", "/vault/one", "").want(t, "get after a restart", 200, "first")

			t.Log("paused: no answer; resumed: it comes")
			s.Pause(t)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if got := c.do(c.sign(s, c.request(ctx, "GET", "/vault/one", nil), "")); !errors.Is(got.err, context.DeadlineExceeded) {
				t.Errorf("paused: want no answer, found %d %q, %v", got.status, got.body, got.err)
			}
			s.Resume(t)
			c.signed(s, "GET", "/vault/one", "").want(t, "get after the pause", 200, "first")

			t.Log("a restart without a kill")
			before = s.PIDs()
			s.Restart(t)
			allAlive(t, before[:1], false)
			c.signed(s, "GET", "/vault/one", "").want(t, "get after a second restart", 200, "first")

			t.Log("killed while paused")
			s.Pause(t)
			last := s.PIDs()
			s.Stop()
			s.Stop()
			allAlive(t, last, false)
		})
	}
}

// makeLocked makes a bucket with object lock in the store's region, and checks
// that it keeps versions.
func makeLocked(t *testing.T, c *client, s *S3Server) {
	t.Helper()
	body := `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>` + s.Region + `</LocationConstraint></CreateBucketConfiguration>`
	r := c.request(t.Context(), "PUT", "/vault", []byte(body))
	r.Header.Set("X-Amz-Bucket-Object-Lock-Enabled", "true")
	c.do(c.sign(s, r, body)).want(t, "bucket", 200, "")
	got := c.signed(s, "GET", "/vault?versioning=", "")
	got.want(t, "versioning", 200, "")
	if !strings.Contains(got.body, "<Status>Enabled</Status>") {
		t.Errorf("versioning: want it on in a bucket with object lock, found %s", got.body)
	}
}

// answersOnlyTheTrusted checks that a store speaks TLS under its own authority
// alone, and knows who has its secret.
func answersOnlyTheTrusted(t *testing.T, s *S3Server) {
	t.Helper()
	file, err := os.ReadFile(s.CAFile)
	if err != nil || string(file) != string(s.CAPEM) {
		t.Errorf("authority: want in the file what is in memory, found %q, %v", file, err)
	}
	c := dial(t, s.Endpoint, file)
	c.signed(s, "GET", "/vault", "").want(t, "list", 200, "")
	c.plain("GET", "/vault", "").want(t, "list without credentials", 403, "")
	wrong := &S3Server{Region: s.Region, AccessKey: s.AccessKey, SecretKey: "x" + s.SecretKey[1:]}
	got := c.signed(wrong, "GET", "/vault", "")
	got.want(t, "list with a wrong secret", 403, "")
	if !strings.Contains(got.body, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("wrong secret: want SignatureDoesNotMatch, found %s", got.body)
	}
	wantStranger(t, s.Endpoint, "/vault")
	if got, err := http.Get("http://" + s.Endpoint + "/vault"); err == nil {
		got.Body.Close()
		if got.StatusCode < 400 {
			t.Errorf("without TLS: want no answer, found %s", got.Status)
		}
	}
}

// wantStranger complains unless who trusts another authority is not connected.
func wantStranger(t *testing.T, endpoint, path string) {
	t.Helper()
	other, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	got := dial(t, endpoint, other.pem).plain("GET", path, "")
	if unknown := (x509.UnknownAuthorityError{}); !errors.As(got.err, &unknown) {
		t.Errorf("another authority: want it refused, found %d, %v", got.status, got.err)
	}
}

func TestStoresOfTwoRegionsAreTwo(t *testing.T) {
	one, two := shared.S3In(t, VersityGW, "region-one"), shared.S3In(t, VersityGW, "region-two")
	if one.Endpoint == two.Endpoint || one.AccessKey == two.AccessKey || one.SecretKey == two.SecretKey || string(one.CAPEM) == string(two.CAPEM) {
		t.Errorf("regions: want nothing in common, found %+v and %+v", one, two)
	}
	if again := shared.S3In(t, VersityGW, "region-one"); again != one {
		t.Error("shared: want the same store for the same region")
	}
	c := dial(t, one.Endpoint, one.CAPEM)
	c.signed(one, "PUT", "/here", "").want(t, "bucket", 200, "")
	there := &S3Server{Region: "region-two", AccessKey: one.AccessKey, SecretKey: one.SecretKey}
	if got := c.signed(there, "GET", "/here", ""); got.status < 400 {
		t.Errorf("signed for another region: want it refused, found %d", got.status)
	}
}

func TestCephHasOneRegion(t *testing.T) {
	_, err := startS3(RGW, "region-one", t.TempDir(), nil)
	if want := "rgw: want the region default, found region-one"; err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}

func TestNoKindIsNoStore(t *testing.T) {
	_, err := Kind(0).find()
	if want := "store: want versitygw, minio or rgw, found kind 0"; err == nil || err.Error() != want {
		t.Errorf("want %q, found %v", want, err)
	}
}

func TestSharedServersEndWithTheirPackage(t *testing.T) {
	var own Shared
	s := own.S3(t, VersityGW)
	if own.S3(t, VersityGW) != s {
		t.Error("shared: want one store, found another the second time")
	}
	pids, folder := s.PIDs(), s.folder
	allAlive(t, pids, true)
	for range 2 {
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	}
	allAlive(t, pids, false)
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("folder: want it gone, found %v", err)
	}
}
