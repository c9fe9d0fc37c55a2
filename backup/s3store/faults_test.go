package s3store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

// count tells how many requests a proxy saw whose line contains all words.
func count(p *servertest.Proxy, words ...string) int {
	n := 0
	for _, r := range p.Requests() {
		all := true
		for _, w := range words {
			all = all && strings.Contains(r, w)
		}
		if all {
			n++
		}
	}
	return n
}

// wantHarmed fails unless a fault did its work.
func wantHarmed(t *testing.T, f *servertest.Injected, n int) {
	t.Helper()
	if f.Harmed() != n {
		t.Errorf("want %d requests harmed, found %d", n, f.Harmed())
	}
}

func TestAStoreThatIsOverloadedForAWhileIsTriedAgain(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	for _, method := range []string{"GET", "PUT", "HEAD"} {
		for _, harm := range []servertest.Harm{servertest.Answer(503), servertest.Answer(500), servertest.Drop()} {
			f := p.Inject(servertest.Fault{Method: method, Times: s.config.Retries, Do: harm})
			name := fmt.Sprintf("n%d", len(p.Requests()))
			mustPut(t, s, name, "hello", time.Now().Add(time.Minute))
			wantHarmed(t, f, s.config.Retries)
			f.End()
		}
	}
}

func TestAStoreThatStaysOverloadedIsGivenUp(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	f := p.Inject(servertest.Fault{Method: "PUT", Times: servertest.Always, Do: servertest.Answer(503)})
	_, err := put(s, "one", "hello", time.Time{})
	wantError(t, "put", err, "one: want success, the store answered 503 SlowDown")
	wantHarmed(t, f, s.config.Retries+1)
	f.End()
	mustLack(t, s, "one")
	f = p.Inject(servertest.Fault{Method: "PUT", Times: servertest.Always, Do: servertest.Answer(403)})
	_, err = put(s, "one", "hello", time.Time{})
	wantError(t, "denied", err, "one: want success, the store answered 403 AccessDenied (the credentials do not permit it)")
	wantHarmed(t, f, 1)
}

func TestALostAnswerIsNoFailure(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s, p := behind(t, server)
		until := time.Now().Add(time.Minute)
		f := p.Inject(servertest.Fault{Method: "PUT", Times: 1, Do: servertest.LoseAnswer()})
		mustPut(t, s, "one", "hello", until)
		wantHarmed(t, f, 1)
		b, c := inParts(2)
		for _, lost := range []servertest.Fault{
			{Method: "PUT", In: "partNumber=2", Times: 1, Do: servertest.LoseAnswer()},
			{Method: "POST", In: "uploadId=", Times: 1, Do: servertest.LoseAnswer()},
		} {
			f := p.Inject(lost)
			name := "two-" + strings.ToLower(lost.Method)
			if _, err := s.Put(t.Context(), name, c, backup.Memory(b), until); err != nil {
				t.Errorf("%s: %v", lost.Method, err)
			}
			wantHarmed(t, f, 1)
			if o := mustHold(t, s, name, b, c); o.Until.Before(until) {
				t.Errorf("%s: want it locked, found %s", name, o.Until)
			}
			if v, err := s.Versions(t.Context(), name); err != nil || len(v) != 1 {
				t.Errorf("%s: want one version, found %d, %v", name, len(v), err)
			}
		}
	})
}

// strip takes the lock headers from answers.
func strip() servertest.Harm {
	return func(forward http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forward.ServeHTTP(stripped{w}, r) })
	}
}

type stripped struct{ http.ResponseWriter }

func (s stripped) WriteHeader(status int) {
	s.Header().Del("X-Amz-Object-Lock-Mode")
	s.Header().Del("X-Amz-Object-Lock-Retain-Until-Date")
	s.ResponseWriter.WriteHeader(status)
}

func TestALockThatTheUploadDidNotSetIsSetAfterwards(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	until := wholeSeconds(time.Now().Add(time.Minute))
	hidden := p.Inject(servertest.Fault{Method: "HEAD", Times: 2, Do: strip()})
	none := p.Inject(servertest.Fault{Method: "GET", In: "retention", Times: 1, Do: servertest.Answer(403)})
	if o := mustPut(t, s, "one", "hello", until); !o.Until.Equal(until) {
		t.Errorf("want it locked until %s, found %s", until, o.Until)
	}
	wantHarmed(t, hidden, 2)
	wantHarmed(t, none, 1)
	if n := count(p, "PUT ", "retention"); n != 1 {
		t.Errorf("want the lock asked for by itself once, found %d times", n)
	}
}

func TestALockThatIsNeverShownIsAFailure(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	until := wholeSeconds(time.Now().Add(time.Minute))
	p.Inject(servertest.Fault{Method: "HEAD", Times: servertest.Always, Do: strip()})
	p.Inject(servertest.Fault{Method: "GET", In: "retention", Times: servertest.Always, Do: servertest.Answer(403)})
	_, err := put(s, "one", "hello", until)
	wantError(t, "put", err, "one: want it locked until "+utc(until)+", found no lock: this store cannot lock")
	if !errors.Is(err, backup.ErrNoLock) {
		t.Errorf("want %v, found %v", backup.ErrNoLock, err)
	}
}

func TestASourceThatFailsIsToldAndNotTriedAgain(t *testing.T) {
	server := servers.S3(t, servertest.VersityGW)
	c := config(server, server.Endpoint)
	pauses := sleepless(&c)
	s := mustOpen(t, c)
	b, content := inParts(3)
	gone := &os.PathError{Op: "read", Path: "spool", Err: os.ErrClosed}
	_, err := s.Put(t.Context(), "one", content, failing{b, smallestPart, gone}, time.Time{})
	wantError(t, "put", err, "one: part 2: read spool: file already closed")
	if *pauses != 0 {
		t.Errorf("want no second try, found %d", *pauses)
	}
	mustLack(t, s, "one")
}

// failing breaks off in the middle of one part.
type failing struct {
	backup.Memory
	at  int64
	err error
}

func (f failing) Part(ctx context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	r, err := f.Memory.Part(ctx, offset, n)
	if offset == f.at {
		return brokenReader{r, f.err}, err
	}
	return r, err
}

type brokenReader struct {
	io.ReadSeekCloser
	err error
}

func (b brokenReader) Read(p []byte) (int, error) {
	if at, err := b.Seek(0, io.SeekCurrent); err != nil || at > 1<<20 {
		return 0, b.err
	}
	return b.ReadSeekCloser.Read(p)
}

func TestAWrongPartIsNotLeftBehind(t *testing.T) {
	s, _ := behind(t, servers.S3(t, servertest.VersityGW))
	b, c := inParts(3)
	b[smallestPart+5] ^= 1
	_, err := s.Put(t.Context(), "one", c, backup.Memory(b), time.Time{})
	want := fmt.Sprintf("one: part 2: want SHA-256 %s, found %s in the source: other content than announced", c.Sums[1], backup.Whole(b[smallestPart:2*smallestPart]).Sum)
	wantError(t, "put", err, want)
	mustLack(t, s, "one")
	wantUploads(t, s, "one", 0)
}

// pretend tells governance mode as compliance.
func pretend() servertest.Harm {
	return func(forward http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forward.ServeHTTP(pretending{w}, r) })
	}
}

type pretending struct{ http.ResponseWriter }

func (p pretending) WriteHeader(status int) {
	if p.Header().Get("X-Amz-Object-Lock-Mode") != "" {
		p.Header().Set("X-Amz-Object-Lock-Mode", "COMPLIANCE")
	}
	p.ResponseWriter.WriteHeader(status)
}
