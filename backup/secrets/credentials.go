package secrets

import (
	"context"
	"fmt"
	"time"
)

// Credentials are a store's pair of keys. They are the caller's own copy. The
// zero value lets nobody in.
type Credentials struct {
	Access  Secret
	Secret  Secret
	Session Secret    // a session token; zero for keys that need none
	Expires time.Time // when they stop working; zero when nobody said
	Issued  time.Time // when they were read, by our clock
	Made    time.Time // when this version of them was made, by the clock of who keeps it; zero when nobody says
	Source  string    // where they are from, for people
}

// Check says whether the credentials can be used at now.
func (c Credentials) Check(now time.Time) error {
	if c.Access.IsZero() || c.Secret.IsZero() {
		return &Error{Subject: "credentials", Want: "an access key and a secret key", Found: "none"}
	}
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return &Error{Subject: c.Source, Want: "credentials that work at " + stamp(now), Found: "some that ended at " + stamp(c.Expires)}
	}
	return nil
}

// Erase overwrites the secrets.
func (c Credentials) Erase() {
	c.Access.Erase()
	c.Secret.Erase()
	c.Session.Erase()
}

func (c Credentials) clone() Credentials {
	c.Access, c.Secret, c.Session = c.Access.clone(), c.Secret.clone(), c.Session.clone()
	return c
}

// Source hands out credentials. Its methods may be called from several
// goroutines.
type Source interface {
	// Credentials returns credentials that work now. It is called before each
	// use and asks the place they come from only when it is time to: a changed
	// file, a new version or a renewed lease is picked up by itself.
	Credentials(ctx context.Context) (Credentials, error)
	// Close gives back what was lent and erases the rest. Afterwards
	// Credentials refuses.
	Close(ctx context.Context) error
}

// Doors is what of the world comes in through cmd.
type Doors struct {
	// Now reads the clock.
	Now func() time.Time
	// Env reads one environment variable: CREDENTIALS_DIRECTORY, and those of
	// "credentials environment".
	Env func(name string) string
}

func (d Doors) check() error {
	if d.Now == nil || d.Env == nil {
		return fmt.Errorf("credentials: want a clock and an environment, found none")
	}
	return nil
}

// Keep asks for credentials every so often until ctx ends, so that nothing lent
// lapses while nobody asks: no token between two uploads, no lease in a long
// one. Each failure is told to failed; the next round tries again.
func Keep(ctx context.Context, s Source, every time.Duration, failed func(error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c, err := s.Credentials(ctx)
		c.Erase()
		if err != nil && ctx.Err() == nil {
			failed(err)
		}
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
