package secrets

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// lent is a pair of keys at Vault, in a key-value store or by a lease.
type lent struct {
	config Config
	doors  Doors

	busy    chan struct{} // held by who asks Vault; guards what follows
	session session
	lease   lease

	mu     sync.Mutex // guards what follows, never while Vault is asked
	last   Credentials
	usable time.Time // how long last is good for
	look   time.Time // when to ask again
	closed bool
}

// lease is what Vault lends the pair for.
type lease struct {
	id        string
	renewable bool
	whole     time.Duration // as it was first
	until     time.Time
}

func openLent(c Config, d Doors) (*lent, error) {
	r, err := reach(c.server)
	if err != nil {
		return nil, err
	}
	return &lent{config: c, doors: d, busy: make(chan struct{}, 1), session: session{remote: r, login: c.server.login}}, nil
}

// Credentials returns the pair, and asks Vault when it is time to.
func (l *lent) Credentials(ctx context.Context) (Credentials, error) {
	if err := ctx.Err(); err != nil {
		return Credentials{}, err
	}
	if c, ok, err := l.current(l.doors.Now()); ok || err != nil {
		return c, err
	}
	if err := l.hold(ctx); err != nil {
		return Credentials{}, err
	}
	defer func() { <-l.busy }()
	now := l.doors.Now()
	if c, ok, err := l.current(now); ok || err != nil { // somebody else asked
		return c, err
	}
	return l.refresh(ctx, now)
}

func (l *lent) hold(ctx context.Context) error {
	select {
	case l.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// current returns what was read before, if it is good and it is not yet time to
// ask.
func (l *lent) current(now time.Time) (Credentials, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return Credentials{}, false, errClosed
	}
	if !now.Before(l.usable) || !now.Before(l.look) {
		return Credentials{}, false, nil
	}
	return l.last.clone(), true, nil
}

// refresh asks Vault. While it is away, what was read before will do.
func (l *lent) refresh(ctx context.Context, now time.Time) (Credentials, error) {
	err := l.ask(ctx, now)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch now = l.doors.Now(); {
	case err == nil:
	case away.is(err) && ctx.Err() == nil && now.Before(l.usable):
		l.look = now.Add(awayPause)
	default:
		if !away.is(err) {
			l.usable = time.Time{}
		}
		return Credentials{}, err
	}
	return l.last.clone(), l.last.Check(now)
}

// ask logs in or renews the token, and then reads or renews the pair. A refusal
// that comes of a token which was revoked meanwhile is tried once more.
func (l *lent) ask(ctx context.Context, now time.Time) error {
	for attempt := 1; ; attempt++ {
		changed, err := l.session.ready(ctx, now)
		if err != nil {
			return err
		}
		if changed {
			l.lease = lease{} // it ends with the token
		}
		if l.config.read.lease {
			err = l.borrow(ctx, now)
		} else {
			err = l.readKV(ctx, now)
		}
		if attempt > 1 || !denied.is(err) || !l.session.lost(ctx) {
			return err
		}
	}
}

// borrow renews the lease, or reads a new pair if it cannot be renewed, or no
// more for half its time.
func (l *lent) borrow(ctx context.Context, now time.Time) error {
	if l.lease.renewable && now.Before(l.lease.until) {
		renewed, err := l.renew(ctx, now)
		if renewed || away.is(err) {
			return err
		}
	}
	path := l.config.read.api()
	answer, err := l.session.remote.get(ctx, l.session.grant.token, path)
	if err != nil {
		return err
	}
	if answer.LeaseID == "" || answer.LeaseDuration <= 0 {
		return l.strange(path, "a lease", "none: a key-value store is read by \"read kv MOUNT PATH\"")
	}
	c, err := l.pair(answer.Data, path)
	if err != nil {
		return err
	}
	whole := lasting(answer.LeaseDuration)
	l.lease = lease{id: answer.LeaseID, renewable: answer.Renewable, whole: whole, until: now.Add(whole)}
	l.take(c, now, now.Add(whole*2/3))
	return nil
}

// renew reports whether the lease lives on for at least half its first time.
func (l *lent) renew(ctx context.Context, now time.Time) (bool, error) {
	answer, err := l.session.remote.put(ctx, l.session.grant.token, "sys/leases/renew",
		map[string]any{"lease_id": l.lease.id, "increment": int(l.lease.whole / time.Second)})
	if err != nil {
		return false, err
	}
	left := lasting(answer.LeaseDuration)
	if left < l.lease.whole/2 {
		return false, nil
	}
	l.lease.until = now.Add(left)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.extend(now.Add(left * 2 / 3))
	return true, nil
}

// readKV reads the newest version of the pair.
func (l *lent) readKV(ctx context.Context, now time.Time) error {
	path := l.config.read.api()
	answer, err := l.session.remote.get(ctx, l.session.grant.token, path)
	if err != nil {
		return err
	}
	about, isKV := answer.Data["metadata"].(map[string]any)
	if !isKV {
		return l.strange(path, "a key-value store of version 2", "something else")
	}
	data, exists := answer.Data["data"].(map[string]any)
	if !exists {
		return l.strange(path, "a version that is there", "one that was deleted")
	}
	c, err := l.pair(data, path)
	if err != nil {
		return err
	}
	c.Source += fmt.Sprintf(" version %v", about["version"])
	if made, isText := about["created_time"].(string); isText {
		c.Made, _ = time.Parse(time.RFC3339Nano, made) // what is no time says nothing
	}
	l.take(c, now, now.Add(freshTime))
	return nil
}

// pair takes the fields that the configuration names.
func (l *lent) pair(data map[string]any, path string) (Credentials, error) {
	c := Credentials{Source: l.config.String()}
	names := l.config.fields
	for _, f := range []struct {
		name string
		to   *Secret
	}{{names.access, &c.Access}, {names.secret, &c.Secret}, {names.session, &c.Session}} {
		if f.name == none {
			continue
		}
		text, ok := data[f.name].(string)
		if ok {
			*f.to, ok = takeSecret([]byte(text))
		}
		if !ok {
			c.Erase()
			return Credentials{}, l.strange(path, fmt.Sprintf("1 to %d visible characters in the field %s", maxSecret, f.name), howMuch(text))
		}
	}
	return c, nil
}

func (l *lent) strange(path, want, found string) error {
	return &Error{Subject: l.session.remote.String() + " " + path, Want: want, Found: found, cause: invalid}
}

// take keeps a pair that was read. The same pair again keeps its time of issue.
func (l *lent) take(c Credentials, now, look time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.Issued = now
	if c.sameKeys(l.last) {
		c.Issued = l.last.Issued
	}
	l.last.Erase()
	l.last = c
	if !l.config.read.lease {
		l.usable = now.Add(staleTime)
	}
	l.extend(look)
}

// extend says when to ask again, and for a lease when the pair ends: with it or
// with the token that it was lent to.
func (l *lent) extend(look time.Time) {
	l.look = earlier(look, l.session.look)
	if l.config.read.lease {
		l.usable = earlier(l.lease.until, l.session.until)
		l.last.Expires = l.usable
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Close gives the lease and the token back.
func (l *lent) Close(ctx context.Context) error {
	if err := l.hold(ctx); err != nil {
		return err
	}
	defer func() { <-l.busy }()
	l.mu.Lock()
	l.last.Erase()
	wasClosed := l.closed
	l.closed, l.usable = true, time.Time{}
	l.mu.Unlock()
	if wasClosed {
		return nil
	}
	return errors.Join(l.giveBack(ctx), l.session.close(ctx))
}

// giveBack ends a lease whose token goes on; a token that ends takes its leases
// with it.
func (l *lent) giveBack(ctx context.Context) error {
	if l.lease.id == "" || !l.session.grant.kept || !l.doors.Now().Before(l.lease.until) {
		return nil
	}
	_, err := l.session.remote.put(ctx, l.session.grant.token, "sys/leases/revoke", map[string]any{"lease_id": l.lease.id})
	return err
}
