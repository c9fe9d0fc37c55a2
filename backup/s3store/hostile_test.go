package s3store

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
)

// hostile is a store that answers everything as handle says.
func hostile(t *testing.T, handle http.HandlerFunc) *Store {
	t.Helper()
	server := httptest.NewTLSServer(handle)
	t.Cleanup(server.Close)
	c := complete()
	c.Endpoint, c.PathStyle = server.Listener.Addr().String(), true
	c.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	c.Credentials = func(context.Context) (string, string, string, error) {
		return "access-key", "secret-key", "session-token", nil
	}
	c.Timeouts = Timeouts{Dial: time.Second, TLS: time.Second, Header: 5 * time.Second, Idle: 5 * time.Second}
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const page = `<ListVersionsResult><Name>bucket</Name><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>%s</ListVersionsResult>`

func TestAListThatNeverEndsIsGivenUp(t *testing.T) {
	for what, content := range map[string]string{"empty pages": "", "the same again": "<Version><Key>manifest-1</Key><VersionId>1</VersionId><IsLatest>true</IsLatest></Version>"} {
		asked := 0
		s := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
			asked++
			fmt.Fprintf(w, page, content)
		})
		_, err := s.List(t.Context(), "manifest-")
		wantError(t, what, err, fmt.Sprintf("list: %s: want at most %d requests, found no end: more than any honest store sends", s, maxRequests))
		if asked != maxRequests {
			t.Errorf("%s: want %d requests, found %d", what, maxRequests, asked)
		}
	}
	many := strings.Repeat("<Version><Key>manifest-1</Key></Version>", 20_000)
	s := hostile(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, page, many) })
	_, err := s.List(t.Context(), "manifest-")
	wantError(t, "too many", err, `list: want at most 250000 versions below "manifest-", found more`)
}

func TestAnAnswerThatNeverEndsIsGivenUp(t *testing.T) {
	s := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "<ListVersionsResult>")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("<Name>n</Name>", 1000)); err != nil {
				return
			}
		}
	})
	_, err := s.List(t.Context(), "")
	wantError(t, "list", err, fmt.Sprintf("list: %s: want an answer of at most %d bytes, found a longer one: more than any honest store sends", s, maxAnswer))
}

func TestAPartListThatNeverEndsIsGivenUp(t *testing.T) {
	s := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		switch q := r.URL.Query(); {
		case q.Has("versions"):
			_, _ = io.WriteString(w, "<ListVersionsResult></ListVersionsResult>")
		case q.Has("uploads"):
			_, _ = io.WriteString(w, "<ListMultipartUploadsResult><Upload><Key>one</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>")
		default:
			fmt.Fprintf(w, "<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>%s1</NextPartNumberMarker></ListPartsResult>", strings.TrimPrefix(q.Get("part-number-marker"), "0"))
		}
	})
	b, c := inParts(2)
	if _, err := s.Put(t.Context(), "one", c, backup.Memory(b), time.Time{}); err == nil {
		t.Error("want it given up")
	}
}

func TestWhatAStoreWritesIsNotRepeated(t *testing.T) {
	s := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		quoted := html.EscapeString(fmt.Sprint(r.Header, r.URL))
		fmt.Fprintf(w, "<Error><Code>Bad\n %s</Code><Message>%s</Message></Error>", strings.Repeat("x", 100), quoted)
	})
	_, err := put(s, "one", "x", time.Time{})
	if err == nil {
		t.Fatal("want it refused")
	}
	for _, no := range []string{"access-key", "secret-key", "session-token", "Authorization", "Signature", "\n", "/bucket"} {
		if strings.Contains(err.Error(), no) {
			t.Errorf("want no %q, found %v", no, err)
		}
	}
	if len(err.Error()) > 200 || !strings.Contains(err.Error(), "403 Bad xxx") {
		t.Errorf("want a short error, found %v", err)
	}
}

func TestAnotherRangeThanAskedForIsRefused(t *testing.T) {
	answer := ""
	s := hostile(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 08:00:00 GMT")
		if answer != "" {
			w.Header().Set("Content-Range", answer)
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = io.WriteString(w, "hello")
	})
	for _, answer = range []string{"", "bytes 0-4/5", "bytes 10-14/20", "items 1-2/5"} {
		_, err := s.Open(t.Context(), backup.Object{Name: "one", Size: 5}, 1, 2)
		wantError(t, answer, err, "one: want the bytes from 1 on, found another answer")
	}
	answer = "bytes 1-9/10"
	r, err := s.Open(t.Context(), backup.Object{Name: "one", Size: 5}, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := readAll(r); err != nil || string(b) != "he" {
		t.Errorf("want no more than asked for, found %q, %v", b, err)
	}
}

func TestAStoreThatAgreesAndKeepsNothingIsFoundOut(t *testing.T) {
	for what, head := range map[string]map[string]string{
		"no checksum":      {"Content-Length": "5"},
		"another checksum": {"Content-Length": "5", "X-Amz-Checksum-Sha256": formatChecksum(backup.Checksum{Sum: backup.Whole([]byte("hallo")).Sum})},
		"another size":     {"Content-Length": "4", "X-Amz-Checksum-Sha256": formatChecksum(backup.Checksum{Sum: backup.Whole([]byte("hello")).Sum})},
	} {
		s := hostile(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Last-Modified", "Sun, 22 Nov 2026 08:00:00 GMT")
			switch r.Method {
			case http.MethodGet:
				_, _ = io.WriteString(w, "<ListVersionsResult></ListVersionsResult>")
			case http.MethodHead:
				for k, v := range head {
					w.Header().Set(k, v)
				}
			}
		})
		_, err := put(s, "one", "hello", time.Time{})
		if err == nil || !strings.HasPrefix(err.Error(), "one: read back: want 5 bytes with SHA-256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 in 1 parts, found ") {
			t.Errorf("%s: want it found out, found %v", what, err)
		}
	}
}

func TestOnlyTLSIsSpoken(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	c := complete()
	c.Endpoint, c.PathStyle = server.Listener.Addr().String(), true
	s, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		t.Errorf("want a store without TLS refused, found %v", err)
	}
}

func TestAClientCertificateIsShown(t *testing.T) {
	shown := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown = len(r.TLS.PeerCertificates)
		_, _ = io.WriteString(w, "<ListVersionsResult></ListVersionsResult>")
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	c := complete()
	c.Endpoint, c.PathStyle = server.Listener.Addr().String(), true
	c.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	s := withoutBucket(t, c)
	if _, err := s.List(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "tls: certificate required") {
		t.Errorf("without one: want it refused, found %v", err)
	}
	c.Client = &server.TLS.Certificates[0]
	if _, err := withoutBucket(t, c).List(t.Context(), ""); err != nil || shown != 1 {
		t.Errorf("with one: want it shown, found %d, %v", shown, err)
	}
}

func TestAnUploadKeepsToTheLimit(t *testing.T) {
	got := 0
	s := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		got += int(n)
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, "<ListVersionsResult></ListVersionsResult>")
		}
	})
	slept := time.Duration(0)
	now := time.Unix(0, 0)
	s.limiter = &limiter{rate: 1 << 10, now: func() time.Time { return now }, sleep: func(_ context.Context, d time.Duration) error { slept += d; now = now.Add(d); return nil }}
	_, _ = put(s, "one", strings.Repeat("x", 64<<10), time.Time{}) // this store tells no checksum
	if want := 48 * time.Second; got != 64<<10 || slept != want {
		t.Errorf("want 65536 bytes in %s, found %d in %s", want, got, slept)
	}
}
