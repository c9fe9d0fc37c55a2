package s3store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/servertest"
)

// sleepless counts the pauses between tries.
func sleepless(c *Config) *int {
	n := new(int)
	c.Sleep = func(ctx context.Context, _ time.Duration) error { *n++; return ctx.Err() }
	return n
}

func TestAStrangersCertificateIsRefusedAtOnce(t *testing.T) {
	server, other := servers.S3(t, servertest.VersityGW), servertest.S3(t, servertest.VersityGW)
	c := config(server, server.Endpoint)
	c.CA = other.CAPEM
	pauses := sleepless(&c)
	s := withoutBucket(t, c)
	_, err := put(s, "one", "x", time.Time{})
	if want := "one: " + s.String() + ": tls: failed to verify certificate: x509: certificate signed by unknown authority"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("put: want %s, found %v", want, err)
	}
	if *pauses != 0 {
		t.Errorf("want no second try, found %d", *pauses)
	}
	c.CA = nil // those that the system trusts
	if _, err := put(withoutBucket(t, c), "one", "x", time.Time{}); err == nil || !strings.Contains(err.Error(), "x509: ") {
		t.Errorf("system's authorities: want the certificate refused, found %v", err)
	}
}

func TestWrongCredentialsAreToldWithoutThem(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		c := config(server, server.Endpoint)
		access, secret := server.AccessKey, "wrong"+server.SecretKey[5:]
		c.Credentials = func(context.Context) (string, string, string, error) {
			return access, secret, "token-of-a-session", nil
		}
		pauses := sleepless(&c)
		s := withoutBucket(t, c)
		for _, what := range []string{"another secret", "another key"} {
			if access = server.AccessKey; what == "another key" {
				access = "NOBODYSKEY"
			}
			_, err := put(s, "one", "x", time.Time{})
			if err == nil || !strings.Contains(err.Error(), "want success, the store answered 40") || !strings.HasSuffix(err.Error(), "(the credentials are wrong or no longer good)") {
				t.Errorf("%s: want it told, found %v", what, err)
			}
			for _, hidden := range []string{secret, access, "token-of-a-session"} {
				if err != nil && strings.Contains(err.Error(), hidden) {
					t.Errorf("%s: want it not repeated, found %v", what, err)
				}
			}
		}
		if *pauses != 0 {
			t.Errorf("want no second try, found %d", *pauses)
		}
	})
}

func TestChangedCredentialsAreTakenUp(t *testing.T) {
	server := servers.S3(t, servertest.VersityGW)
	c := config(server, server.Endpoint)
	old := true
	c.Credentials = func(context.Context) (string, string, string, error) {
		if old {
			return server.AccessKey, "an old one", "", nil
		}
		return server.AccessKey, server.SecretKey, "", nil
	}
	s := withoutBucket(t, c)
	if _, err := s.List(t.Context(), ""); err == nil {
		t.Fatal("want the old secret refused")
	}
	old = false
	makeBucket(t, s, true)
	mustPut(t, s, "one", "x", time.Time{})
}

func TestCredentialsThatCannotBeHadAreNotTriedAgain(t *testing.T) {
	server := servers.S3(t, servertest.VersityGW)
	c := config(server, server.Endpoint)
	pauses := sleepless(&c)
	sealed := errors.New("the vault is sealed")
	c.Credentials = func(context.Context) (string, string, string, error) { return "", "", "", sealed }
	s := withoutBucket(t, c)
	_, err := put(s, "one", "x", time.Time{})
	wantError(t, "sealed", err, "one: "+s.String()+": credentials: the vault is sealed")
	c.Credentials = func(context.Context) (string, string, string, error) { return "a", "", "", nil }
	s = withoutBucket(t, c)
	_, err = put(s, "one", "x", time.Time{})
	wantError(t, "empty", err, "one: "+s.String()+": credentials: want an access key and its secret, found one empty")
	if *pauses != 0 {
		t.Errorf("want no second try, found %d", *pauses)
	}
}

func TestAMissingBucketIsTold(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := withoutBucket(t, config(server, server.Endpoint))
		want := "want success, the store answered 404 NoSuchBucket (there is no bucket " + s.config.Bucket + ")"
		_, err := put(s, "one", "x", time.Time{})
		wantError(t, "put", err, "one: "+want)
		_, err = s.List(t.Context(), "")
		wantError(t, "list", err, "list: "+want)
		_, err = Probe(t.Context(), s, true, zeros{})
		wantError(t, "probe", err, "probe: probe-0000000000000000: "+want)
	})
}

func TestABucketWithoutLocksSaysSo(t *testing.T) {
	onGood(t, func(t *testing.T, server *servertest.S3Server) {
		s := withoutBucket(t, config(server, server.Endpoint))
		makeBucket(t, s, false)
		_, err := put(s, "one", "x", time.Now().Add(time.Hour))
		if !errors.Is(err, backup.ErrNoLock) || !strings.HasPrefix(err.Error(), "one: this store cannot lock: bucket "+s.config.Bucket+" has no object lock: want success, the store answered 4") {
			t.Errorf("put: want %v, found %v", backup.ErrNoLock, err)
		}
		_, c := inParts(2)
		if _, err := s.Put(t.Context(), "two", c, backup.Memory{}, time.Now().Add(time.Hour)); !errors.Is(err, backup.ErrNoLock) {
			t.Errorf("parts: want %v, found %v", backup.ErrNoLock, err)
		}
		o := mustPut(t, s, "three", "x", time.Time{})
		if err := s.Extend(t.Context(), o, time.Now().Add(time.Hour)); !errors.Is(err, backup.ErrNoLock) {
			t.Errorf("extend: want %v, found %v", backup.ErrNoLock, err)
		}
	})
}

func TestNobodyListens(t *testing.T) {
	server := servertest.S3(t, servertest.VersityGW)
	c := config(server, server.Endpoint)
	pauses := sleepless(&c)
	s := withoutBucket(t, c)
	server.Kill()
	_, err := put(s, "one", "x", time.Time{})
	if err == nil || !strings.HasPrefix(err.Error(), "one: "+s.String()+": dial tcp ") || *pauses != c.Retries {
		t.Errorf("want it told after %d more tries, found %d and %v", c.Retries, *pauses, err)
	}
	if _, err := Probe(t.Context(), s, true, rand.Reader); err == nil {
		t.Error("probe: want it told")
	}
}

func TestWhatTheCredentialsDoNotPermitIsNoLackOfLocks(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	p.Inject(servertest.Fault{Method: "GET", In: "object-lock", Times: servertest.Always, Do: servertest.Answer(403)})
	f := p.Inject(servertest.Fault{Method: "PUT", Times: 1, Do: servertest.Answer(403)})
	_, err := put(s, "one", "x", time.Now().Add(time.Minute))
	wantError(t, "put", err, "one: want success, the store answered 403 AccessDenied (the credentials do not permit it)")
	wantHarmed(t, f, 1)
	f = p.Inject(servertest.Fault{Method: "GET", In: "uploads=", Times: servertest.Always, Do: servertest.Answer(403)})
	b, c := inParts(2)
	if _, err := s.Put(t.Context(), "two", c, backup.Memory(b), time.Now().Add(time.Minute)); err != nil {
		t.Errorf("without the right to list uploads: %v", err)
	}
	wantHarmed(t, f, 1)
}

func TestAProbeWhoseAnswerIsLostIsNoFinding(t *testing.T) {
	s, p := behind(t, servers.S3(t, servertest.VersityGW))
	f := p.Inject(servertest.Fault{Method: "PUT", In: "/probe-", Times: servertest.Always, Do: loseFirst()})
	r := mustProbe(t, s, true)
	if err := r.Err(); err != nil || f.Harmed() < 5 {
		t.Errorf("want a store that passes, found %v after %d requests", err, f.Harmed())
	}
}

// loseFirst loses the first answer to each request.
func loseFirst() servertest.Harm {
	var mutex sync.Mutex
	seen := map[string]bool{}
	return func(forward http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked := fmt.Sprint(r.URL.RequestURI(), r.Header.Get("X-Amz-Checksum-Sha256"), r.Header.Get("X-Amz-Content-Sha256"))
			mutex.Lock()
			first := !seen[asked]
			seen[asked] = true
			mutex.Unlock()
			if first {
				servertest.LoseAnswer()(forward).ServeHTTP(w, r)
			}
			forward.ServeHTTP(w, r)
		})
	}
}
