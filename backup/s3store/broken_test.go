package s3store

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

func TestAnInterruptedUploadIsContinued(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s, p := behind(t, server)
		until := time.Now().Add(time.Minute)
		b, c := inParts(5)
		cut := p.Inject(servertest.Fault{Method: "PUT", In: "partNumber=4", Times: servertest.Always, Do: servertest.CutUpload(1 << 20)})
		if _, err := s.Put(t.Context(), "one", c, backup.Memory(b), until); err == nil {
			t.Fatal("want the cut upload to fail")
		}
		wantHarmed(t, cut, s.config.Retries+1)
		cut.End()
		mustLack(t, s, "one")
		before := count(p, "PUT ", "partNumber=")
		o, err := s.Put(t.Context(), "one", c, backup.Memory(b), until)
		if err != nil || o.Until.Before(until) {
			t.Fatalf("again: want it locked until %s, found %s, %v", until, o.Until, err)
		}
		mustHold(t, s, "one", b, c)
		if sent := count(p, "PUT ", "partNumber=") - before; sent < 1 || sent > 2 {
			t.Errorf("again: want only the missing one or two of 5 parts sent, found %d", sent)
		}
		if begun := count(p, "POST ", "uploads="); begun != 1 {
			t.Errorf("want one upload begun, found %d", begun)
		}
		wantUploads(t, s, "one", 0)
	})
}

func wantUploads(t *testing.T, s *Store, name string, n int) {
	t.Helper()
	if ids, err := s.uploads(context.Background(), name); err != nil || len(ids) != n {
		t.Errorf("want %d uploads of %s left, found %d, %v", n, name, len(ids), err)
	}
}

// killing kills a server when part n is read.
type killing struct {
	backup.Memory
	at   int64
	kill func()
}

func (k killing) Part(ctx context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	if offset == k.at {
		k.kill()
	}
	return k.Memory.Part(ctx, offset, n)
}

func TestAnUploadGoesOnAfterTheServerWasKilled(t *testing.T) {
	for _, kind := range good() {
		t.Run(kind.String(), func(t *testing.T) {
			server := servertest.S3(t, kind)
			s := mustOpen(t, config(server, server.Endpoint))
			until := time.Now().Add(time.Minute)
			b, c := inParts(5)
			if _, err := s.Put(t.Context(), "one", c, killing{b, 3 * smallestPart, server.Kill}, until); err == nil {
				t.Fatal("want it to fail")
			}
			server.Restart(t)
			mustLack(t, s, "one")
			p := server.Proxy(t)
			again := s.config
			again.Endpoint = p.Endpoint
			o, err := withoutBucket(t, again).Put(t.Context(), "one", c, backup.Memory(b), until)
			if err != nil || o.Until.Before(until) {
				t.Fatalf("again: found %s, %v", o.Until, err)
			}
			mustHold(t, s, "one", b, c)
			if sent := count(p, "PUT ", "partNumber="); sent > 4 {
				t.Errorf("want the parts that were there kept, found %d sent", sent)
			}
		})
	}
}

func TestAStalledStoreIsGivenUp(t *testing.T) {
	server := servertest.S3(t, servertest.VersityGW)
	c := config(server, server.Endpoint)
	c.Retries = 0
	c.Timeouts = Timeouts{Dial: time.Second, TLS: time.Second, Header: 300 * time.Millisecond, Idle: 300 * time.Millisecond}
	s := mustOpen(t, c)
	b, content := inParts(3)
	o, err := s.Put(t.Context(), "one", content, backup.Memory(b), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), o, 0, o.Size)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	server.Pause(t)
	start := time.Now()
	if _, err := io.Copy(io.Discard, r); !errors.Is(err, errStalled) || !strings.HasSuffix(err.Error(), "nothing moved for too long (300ms)") {
		t.Errorf("download: want %v, found %v", errStalled, err)
	}
	if _, err := put(s, "two", "x", time.Time{}); err == nil {
		t.Error("put: want it to fail")
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("want a stalled store given up soon, found %s", took)
	}
	server.Resume(t)
	mustLack(t, s, "two")
}

func TestAStalledUploadIsGivenUp(t *testing.T) {
	server := servertest.S3(t, servertest.VersityGW)
	c := config(server, server.Endpoint)
	c.Retries = 0
	c.Timeouts.Idle, c.Timeouts.Header = 300*time.Millisecond, 300*time.Millisecond
	s := mustOpen(t, c)
	b, content := inParts(3)
	start := time.Now()
	_, err := s.Put(t.Context(), "one", content, killing{b, 0, func() { server.Pause(t) }}, time.Time{})
	if err == nil || !errors.Is(err, errStalled) && !strings.Contains(err.Error(), "timeout") {
		t.Errorf("want the stall told, found %v", err)
	}
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("want a stalled store given up soon, found %s", took)
	}
	server.Resume(t)
}

func TestABrokenDownloadIsTakenUpWhereItBroke(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	b, c := inParts(2)
	if _, err := s.Put(t.Context(), "one", c, backup.Memory(b), time.Time{}); err != nil {
		t.Fatal(err)
	}
	f := p.Inject(servertest.Fault{Method: "GET", In: "/one?", Times: 4, Do: servertest.CutAnswer(1 << 20)})
	mustHold(t, s, "one", b, c)
	wantHarmed(t, f, 4)
	f.End()
	f = p.Inject(servertest.Fault{Method: "GET", In: "/one?", Times: servertest.Always, Do: servertest.CutAnswer(0)})
	o, err := backup.Find(t.Context(), s, "one", c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), o, 0, o.Size)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, r); err == nil || n != 0 {
		t.Errorf("want it given up, found %d bytes, %v", n, err)
	}
	wantHarmed(t, f, s.config.Retries+1)
}
