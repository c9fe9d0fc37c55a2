package secrets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"
	"syscall"

	"strongroom/custody/durable"
)

// Open returns the source that a Config names. It reads the authority of a
// server, and asks nobody yet. The caller closes it.
func Open(c Config, d Doors) (Source, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	switch c.kind {
	case fromFile, fromSystemd, fromEnvironment:
		return &local{config: c, doors: d}, nil
	case fromVault:
		return openLent(c, d)
	}
	return nil, errors.New("credentials: want a configuration, found none")
}

// local is a file, a systemd credential or the environment. All are read at
// each call: that takes less time than the answer to whether they changed.
type local struct {
	config Config
	doors  Doors

	mu     sync.Mutex
	last   Credentials
	closed bool
}

// Credentials reads the source again. Issued stays while nothing changed.
func (l *local) Credentials(ctx context.Context) (Credentials, error) {
	if err := ctx.Err(); err != nil {
		return Credentials{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return Credentials{}, errClosed
	}
	c, err := l.read()
	if err != nil {
		return Credentials{}, err
	}
	if c.sameKeys(l.last) {
		c.Erase()
		return l.last.clone(), nil
	}
	l.last.Erase()
	c.Issued, c.Source = l.doors.Now(), l.config.String()
	l.last = c
	return c.clone(), nil
}

// Close erases what was read.
func (l *local) Close(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last.Erase()
	l.closed = true
	return nil
}

var errClosed = errors.New("credentials: want an open source, found a closed one")

func (l *local) read() (Credentials, error) {
	switch l.config.kind {
	case fromFile:
		return readPair(l.config.where, ownFile)
	case fromSystemd:
		folder := l.doors.Env("CREDENTIALS_DIRECTORY")
		if !path.IsAbs(folder) {
			return Credentials{}, &Error{Subject: "credentials systemd " + l.config.where, Want: "a unit with LoadCredential= or LoadCredentialEncrypted=", Found: "no CREDENTIALS_DIRECTORY"}
		}
		return readPair(path.Join(folder, l.config.where), unitFile)
	}
	return readEnvironment(l.doors.Env)
}

func (c Credentials) sameKeys(other Credentials) bool {
	return c.Access.same(other.Access) && c.Secret.same(other.Secret) &&
		(c.Session.same(other.Session) || c.Session.IsZero() && other.Session.IsZero())
}

// readEnvironment takes the three variables by their usual names.
func readEnvironment(env func(string) string) (Credentials, error) {
	var c Credentials
	for _, v := range []struct {
		name string
		to   *Secret
	}{{"AWS_ACCESS_KEY_ID", &c.Access}, {"AWS_SECRET_ACCESS_KEY", &c.Secret}, {"AWS_SESSION_TOKEN", &c.Session}} {
		found := env(v.name)
		if found == "" && v.to == &c.Session {
			continue
		}
		var ok bool
		if *v.to, ok = takeSecret([]byte(found)); !ok {
			c.Erase()
			return Credentials{}, &Error{Subject: "credentials environment", Want: fmt.Sprintf("1 to %d visible characters in %s", maxSecret, v.name), Found: howMuch(found)}
		}
	}
	return c, nil
}

func howMuch(s string) string {
	if s == "" {
		return "none"
	}
	return "something else"
}

// readPair reads a file of keys that satisfies a rule about whose it is.
func readPair(name string, rule func(fs.FileInfo) string) (Credentials, error) {
	b, err := readPrivate(name, maxPair, rule)
	if err != nil {
		return Credentials{}, err
	}
	defer clear(b)
	c, err := parsePair(b)
	if err != nil {
		return Credentials{}, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// readPrivate reads a small file, if it is whose it must be.
func readPrivate(name string, most int64, rule func(fs.FileInfo) string) ([]byte, error) {
	dir, err := durable.Open(path.Dir(name))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	f, err := dir.Open(path.Base(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: look: %w", name, err)
	}
	if why := rule(info); why != "" {
		return nil, &Error{Subject: name, Want: "a file that is ours and that nobody else can read", Found: why, Hint: "ls -l " + name}
	}
	return readAll(f, name, most)
}

// ownFile wants a file of ours that nobody else can touch. root's user id can
// read everything, and its files are its own all the same.
func ownFile(info fs.FileInfo) string {
	if m := info.Mode().Perm(); m&0o077 != 0 {
		return fmt.Sprintf("mode %04o", m)
	}
	return owner(info, false)
}

// unitFile wants what systemd makes: a file of ours, or of root's with an access
// list, which shows as readable by the group.
func unitFile(info fs.FileInfo) string {
	if m := info.Mode().Perm(); m&0o027 != 0 {
		return fmt.Sprintf("mode %04o", m)
	}
	return owner(info, true)
}

func owner(info fs.FileInfo, orRoot bool) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "a file system that knows no owners"
	}
	if int64(stat.Uid) != int64(syscall.Geteuid()) && !(orRoot && stat.Uid == 0) {
		return fmt.Sprintf("one of user %d", stat.Uid)
	}
	return ""
}
