package secrets

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestANewVersionIsPickedUpWithinAMinute(t *testing.T) {
	s := newScripted(t)
	s.say("GET secret/data/backup/x", version(1, "AK1"))
	source, c := s.open(t, s.config(readsKV))
	first, err := source.Credentials(t.Context())
	if err != nil || first.Issued != start || !first.Expires.IsZero() || first.Source != "vault "+s.URL+" kv secret backup/x version 1" {
		t.Fatalf("found %s, %v", first.Source, err)
	}
	c.add(time.Minute)
	same, err := source.Credentials(t.Context())
	if err != nil || same.Issued != start {
		t.Errorf("the same version again: want its first time, found %s, %v", same.Issued, err)
	}
	s.say("GET secret/data/backup/x", version(2, "AK2"))
	s.seen()
	c.add(59 * time.Second)
	if got := keys(t, source); got != "AK1 "+hunter+" " || s.seen() != "" {
		t.Errorf("within the minute: want the first without a call, found %s", got)
	}
	c.add(time.Second)
	if got := keys(t, source); got != "AK2 "+hunter+" " || s.seen() != "GET secret/data/backup/x" {
		t.Errorf("after it: found %s", got)
	}
}

func TestWhileVaultIsAwayWhatItLentIsUsedUntilItEnds(t *testing.T) {
	s := newScripted(t)
	s.say("GET auth/token/lookup-self", lookup(86400, true, "writer"))
	s.say("GET secret/data/backup/x", version(1, "AK1"))
	source, c := s.open(t, s.config(readsKV))
	keys(t, source)
	s.status("GET secret/data/backup/x", 503, nil)
	c.add(10 * time.Minute)
	keys(t, source)
	s.seen()
	c.add(awayPause - time.Second)
	if keys(t, source); s.seen() != "" {
		t.Error("want it left in peace for some seconds")
	}
	c.add(5*time.Minute - awayPause + time.Second) // 15 minutes after it was read
	_, err := source.Credentials(t.Context())
	wantText(t, "after a quarter of an hour", err, "vault "+s.URL+" secret/data/backup/x: want an unsealed server, found one that is sealed, or out of service (503)")
	s.say("GET secret/data/backup/x", version(1, "AK1"))
	keys(t, source)
	s.status("GET secret/data/backup/x", 403, nil) // an answer, and it is no
	c.add(time.Minute)
	if _, err := source.Credentials(t.Context()); !denied.is(err) {
		t.Errorf("want a denial at once, found %v", err)
	}
	s.status("GET secret/data/backup/x", 503, nil)
	if _, err := source.Credentials(t.Context()); !away.is(err) {
		t.Errorf("want nothing left after a denial, found %v", err)
	}
}

func TestALeaseIsRenewedWhenTwoThirdsAreOver(t *testing.T) {
	s := newScripted(t)
	s.say("GET auth/token/lookup-self", lookup(86400, true, "writer"))
	s.say("GET s3/creds/w", borrowed("AK1", 300, true))
	var body map[string]any
	s.do("PUT sys/leases/renew", func(c call) (int, any) {
		body = c.body
		return 200, map[string]any{"lease_id": "s3/creds/w/AK1", "lease_duration": 300, "renewable": true}
	})
	source, c := s.open(t, s.config(readsLease))
	first, err := source.Credentials(t.Context())
	if err != nil || first.Expires != start.Add(300*time.Second) || first.Source != "vault "+s.URL+" lease s3/creds/w" {
		t.Fatalf("found %s until %s, %v", first.Source, first.Expires, err)
	}
	s.seen()
	c.add(199 * time.Second)
	if keys(t, source); s.seen() != "" {
		t.Error("want no call before two thirds")
	}
	c.add(time.Second)
	second, err := source.Credentials(t.Context())
	if err != nil || second.Expires != start.Add(500*time.Second) || second.Issued != start || s.seen() != "PUT sys/leases/renew" {
		t.Errorf("want the lease renewed, found until %s, %v", second.Expires, err)
	}
	if body["lease_id"] != "s3/creds/w/AK1" || body["increment"] != float64(300) {
		t.Errorf("renewal: found %v", body)
	}
}

func TestALeaseThatCannotBeRenewedIsReadAnew(t *testing.T) {
	for _, x := range []struct {
		name      string
		renewable bool
		renewed   int // status
		left      int // seconds
		want      string
	}{
		{"not renewable", false, 200, 300, "GET s3/creds/w"},
		{"renewal refused", true, 400, 0, "PUT sys/leases/renew, GET s3/creds/w"},
		{"renewal denied", true, 403, 0, "PUT sys/leases/renew, GET s3/creds/w"},
		{"renewed for too short a time", true, 200, 149, "PUT sys/leases/renew, GET s3/creds/w"},
		{"renewed for half", true, 200, 150, "PUT sys/leases/renew"},
	} {
		s := newScripted(t)
		s.say("GET auth/token/lookup-self", lookup(86400, true, "writer"))
		s.say("GET s3/creds/w", borrowed("AK1", 300, x.renewable))
		s.status("PUT sys/leases/renew", x.renewed, map[string]any{"lease_id": "l", "lease_duration": x.left, "renewable": true})
		source, c := s.open(t, s.config(readsLease))
		keys(t, source)
		s.say("GET s3/creds/w", borrowed("AK2", 300, x.renewable))
		s.seen()
		c.add(200 * time.Second)
		got := keys(t, source)
		if calls := s.seen(); calls != x.want || strings.HasPrefix(got, "AK2") != strings.Contains(x.want, "GET") {
			t.Errorf("%s: want %s, found %s and %s", x.name, x.want, calls, got)
		}
	}
}

func TestALeaseIsUsedToItsEndWhileVaultIsAway(t *testing.T) {
	s := newScripted(t)
	s.say("GET auth/token/lookup-self", lookup(86400, true, "writer"))
	s.say("GET s3/creds/w", borrowed("AK1", 300, true))
	source, c := s.open(t, s.config(readsLease))
	keys(t, source)
	s.status("PUT sys/leases/renew", 503, nil)
	s.status("GET s3/creds/w", 503, nil)
	s.seen()
	c.add(299 * time.Second)
	if got := keys(t, source); got != "AK1 "+hunter+" " || s.seen() != "PUT sys/leases/renew" {
		t.Errorf("want the pair and no other one asked for, found %s", got)
	}
	c.add(time.Second)
	_, err := source.Credentials(t.Context())
	wantText(t, "ended", err, "vault "+s.URL+" s3/creds/w: want an unsealed server, found one that is sealed, or out of service (503)")
}

// Vault ends what it lent to a token together with the token.
func TestALeaseEndsWithItsToken(t *testing.T) {
	s := newScripted(t)
	s.say("GET auth/token/lookup-self", lookup(120, false, "writer"))
	s.say("GET s3/creds/w", borrowed("AK1", 300, true))
	source, c := s.open(t, s.config(readsLease))
	first, err := source.Credentials(t.Context())
	if err != nil || first.Expires != start.Add(120*time.Second) {
		t.Fatalf("want the end of the token, found %s, %v", first.Expires, err)
	}
	keep(t, s.token, "hvs.other\n", 0o600) // somebody replaced it in time
	s.say("GET s3/creds/w", borrowed("AK2", 300, true))
	s.seen()
	c.add(80 * time.Second)
	if got := keys(t, source); got != "AK2 "+hunter+" " || s.seen() != "GET auth/token/lookup-self, GET s3/creds/w" {
		t.Errorf("want a pair of the new token, found %s", got)
	}
}

func TestAnAnswerWithoutLeaseIsRefused(t *testing.T) {
	s := newScripted(t)
	s.say("GET s3/creds/w", map[string]any{"data": map[string]any{"access_key": "a", "secret_key": hunter}})
	source, _ := s.open(t, s.config(readsLease))
	_, err := source.Credentials(t.Context())
	wantText(t, "no lease", err, "vault "+s.URL+` s3/creds/w: want a lease, found none: a key-value store is read by "read kv MOUNT PATH"`)
}

func TestATokenIsRenewedAndReplaced(t *testing.T) {
	s := newScripted(t)
	s.say("GET secret/data/backup/x", version(1, "AK"))
	s.say("PUT auth/token/renew-self", granted(ourToken, 3600, true, "writer"))
	source, c := s.open(t, s.config(readsKV))
	keys(t, source)
	s.seen()
	c.add(40 * time.Minute)
	if keys(t, source); s.seen() != "PUT auth/token/renew-self, GET secret/data/backup/x" {
		t.Error("want the token renewed after two thirds")
	}
	s.say("PUT auth/token/renew-self", granted(ourToken, 1700, true, "writer")) // its longest life is near
	c.add(40 * time.Minute)
	if keys(t, source); s.seen() != "PUT auth/token/renew-self, GET auth/token/lookup-self, GET secret/data/backup/x" {
		t.Error("want another token looked for when the first is renewed for less than half")
	}
	c.add(2 * time.Hour)
	s.say("GET auth/token/lookup-self", nil)
	s.status("GET auth/token/lookup-self", 403, nil)
	_, err := source.Credentials(t.Context())
	wantText(t, "expired", err, "vault "+s.URL+": want a token that works in "+s.token+", found one that has expired or was revoked")
}

func TestATokenThatWasRevokedIsReplacedOnce(t *testing.T) {
	s := newScripted(t)
	s.do("GET secret/data/backup/x", func(c call) (int, any) {
		if c.token == ourToken {
			return 403, nil
		}
		return 200, version(1, "AK")
	})
	s.do("GET auth/token/lookup-self", func(c call) (int, any) {
		if c.token == ourToken {
			return 403, nil
		}
		return 200, lookup(3600, true, "writer")
	})
	source, _ := s.open(t, s.config(readsKV))
	l := source.(*lent)
	l.session.grant = grant{token: NewSecret([]byte(ourToken)), lasts: time.Hour}
	l.session.until, l.session.look = start.Add(time.Hour), start.Add(time.Hour)
	keep(t, s.token, "hvs.other\n", 0o600)
	if got := keys(t, source); got != "AK "+hunter+" " {
		t.Errorf("found %s", got)
	}
	if got := s.seen(); got != "GET secret/data/backup/x, GET auth/token/lookup-self, GET auth/token/lookup-self, GET secret/data/backup/x" {
		t.Errorf("found %s", got)
	}
}

func TestClosingGivesBackWhatWasLent(t *testing.T) {
	s := newScripted(t)
	s.say("GET s3/creds/w", borrowed("AK1", 300, true))
	var revoked map[string]any
	s.do("PUT sys/leases/revoke", func(c call) (int, any) { revoked = c.body; return 204, nil })
	source, _ := s.open(t, s.config(readsLease))
	keys(t, source)
	s.seen()
	for range 2 {
		if err := source.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s.seen() != "PUT sys/leases/revoke" || revoked["lease_id"] != "s3/creds/w/AK1" {
		t.Errorf("want the lease given back once and the token kept, found %v", revoked)
	}
	_, err := source.Credentials(t.Context())
	wantText(t, "closed", err, "credentials: want an open source, found a closed one")
	if !source.(*lent).last.Secret.IsZero() || !source.(*lent).session.grant.token.IsZero() {
		t.Error("want nothing left in memory")
	}
}

func TestManyAskAndVaultIsAskedOnce(t *testing.T) {
	s := newScripted(t)
	s.say("GET secret/data/backup/x", version(1, "AK"))
	source, c := s.open(t, s.config(readsKV))
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 20 {
				got, err := source.Credentials(t.Context())
				if err != nil || got.Secret.raw() != hunter {
					t.Errorf("found %v", err)
				}
				got.Erase()
			}
		})
	}
	all.Wait()
	if got := s.seen(); got != "GET auth/token/lookup-self, GET secret/data/backup/x" {
		t.Errorf("want one call of each, found %s", got)
	}
	c.add(time.Minute)
	for range 16 {
		all.Go(func() { _, _ = source.Credentials(t.Context()); _ = source.Close(t.Context()) })
	}
	all.Wait()
}

// Who waits for somebody else's call can be told to stop.
func TestAWaitEndsWithItsContext(t *testing.T) {
	s := newScripted(t)
	source, _ := s.open(t, s.config(readsKV))
	source.(*lent).busy <- struct{}{}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := source.Credentials(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want the context's error, found %v", err)
	}
	<-source.(*lent).busy
}

func TestKeepAsksUntilItIsToldToStop(t *testing.T) {
	s := newScripted(t)
	s.say("GET secret/data/backup/x", version(1, "AK"))
	source, c := s.open(t, s.config(readsKV))
	ctx, cancel := context.WithCancel(t.Context())
	var failures []error
	keys(t, source)
	s.do("GET secret/data/backup/x", func(call) (int, any) { cancel(); return 403, nil })
	c.add(time.Hour - time.Minute)
	s.say("PUT auth/token/renew-self", granted(ourToken, 3600, true, "writer"))
	Keep(ctx, source, time.Millisecond, func(err error) { failures = append(failures, err) })
	if len(failures) != 0 || !strings.HasPrefix(s.seen(), "GET auth/token/lookup-self, GET secret/data/backup/x, PUT auth/token/renew-self") {
		t.Errorf("want a renewal, and no failure told after the end, found %v", failures)
	}
	ctx, cancel = context.WithCancel(t.Context())
	s.status("GET secret/data/backup/x", 403, nil)
	Keep(ctx, source, time.Millisecond, func(err error) { failures = append(failures, err); cancel() })
	if len(failures) != 1 || !denied.is(failures[0]) {
		t.Errorf("want the failure told, found %v", failures)
	}
}
