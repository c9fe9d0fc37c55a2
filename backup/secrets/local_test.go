package secrets

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)

// clock is a clock that stands until it is set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func noEnv(string) string { return "" }

// keep writes a file with a mode and returns its path.
func keep(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	if !filepath.IsAbs(name) {
		name = filepath.Join(t.TempDir(), name)
	}
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	return name
}

// opened opens a source by its text.
func opened(t *testing.T, text string, d Doors) Source {
	t.Helper()
	c, err := ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(c, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// keys asks a source and shows what it gave: access, secret, session.
func keys(t *testing.T, s Source) string {
	t.Helper()
	c, err := s.Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Erase()
	return c.Access.raw() + " " + c.Secret.raw() + " " + c.Session.raw()
}

func TestAChangedFileIsPickedUp(t *testing.T) {
	c := &clock{now: start}
	name := keep(t, "x.key", "access=AK1\nsecret=hunter2hunter2\n", 0o600)
	s := opened(t, "credentials file "+name+"\n", Doors{c.Now, noEnv})
	if got := keys(t, s); got != "AK1 hunter2hunter2 " {
		t.Errorf("found %s", got)
	}
	c.add(time.Hour)
	same, err := s.Credentials(t.Context())
	if err != nil || same.Issued != start || !same.Expires.IsZero() || same.Source != "file "+name {
		t.Errorf("unchanged: found %s, %s, %v", same.Issued, same.Source, err)
	}
	same.Erase() // the caller's own
	keep(t, name, "access=AK2\nsecret=hunter2hunter2\nsession=S\n", 0o400)
	changed, err := s.Credentials(t.Context())
	if err != nil || changed.Issued != start.Add(time.Hour) || changed.Access.raw() != "AK2" || changed.Session.raw() != "S" {
		t.Errorf("changed: found %s, %v", changed.Issued, err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Credentials(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: want fs.ErrNotExist, found %v", err)
	}
}

func TestFilesOfKeysAreReadStrictly(t *testing.T) {
	const ini = "want access=KEY and secret=KEY, one line each, found an AWS credentials file: copy the two values of one profile"
	const value = "and 1 to 4096 visible characters, found something else"
	for _, x := range []struct{ name, content, want string }{
		{"empty", "", "want access=KEY and secret=KEY, one line each with LF at the end, found something else"},
		{"no LF", "access=a\nsecret=hunter2hunter2", "want access=KEY and secret=KEY, one line each with LF at the end, found something else"},
		{"AWS profile", "[default]\naws_access_key_id = a\naws_secret_access_key = hunter2hunter2\n", ini},
		{"second profile", "\n[x]\n", ini},
		{"AWS names", "aws_access_key_id=a\naws_secret_access_key=hunter2hunter2\n", ini},
		{"one line", "access=a\n", "want 2 or 3 lines, access=, secret= and perhaps session=, found 1"},
		{"four lines", "access=a\nsecret=hunter2hunter2\nsession=c\n\n", "want 2 or 3 lines, access=, secret= and perhaps session=, found 4"},
		{"order", "secret=hunter2hunter2\naccess=a\n", "line 1: want access= " + value},
		{"space", "access=a\nsecret= hunter2hunter2\n", "line 2: want secret= " + value},
		{"CRLF", "access=a\r\nsecret=hunter2hunter2\r\n", "line 1: want access= " + value},
		{"nothing", "access=a\nsecret=\n", "line 2: want secret= " + value},
		{"too long", "access=a\nsecret=" + strings.Repeat("hunter2", 600) + "\n", "line 2: want secret= " + value},
		{"other third", "access=a\nsecret=b\ntoken=hunter2\n", "line 3: want session= " + value},
	} {
		name := keep(t, "x.key", x.content, 0o600)
		_, err := opened(t, "credentials file "+name+"\n", Doors{(&clock{}).Now, noEnv}).Credentials(t.Context())
		wantText(t, x.name, err, name+": "+x.want)
	}
	name := keep(t, "x.key", strings.Repeat("hunter2", 3000), 0o600)
	_, err := opened(t, "credentials file "+name+"\n", Doors{(&clock{}).Now, noEnv}).Credentials(t.Context())
	wantText(t, "too large", err, name+": want at most 16384 bytes, found more")
}

const good = "access=a\nsecret=hunter2hunter2\n"

func TestAFileThatOthersCanTouchIsRefused(t *testing.T) {
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777} {
		name := keep(t, "x.key", good, mode)
		_, err := opened(t, "credentials file "+name+"\n", Doors{(&clock{}).Now, noEnv}).Credentials(t.Context())
		wantText(t, mode.String(), err, name+": want a file that is ours and that nobody else can read, found mode "+octal(mode))
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		name := keep(t, "x.key", good, mode)
		keys(t, opened(t, "credentials file "+name+"\n", Doors{(&clock{}).Now, noEnv}))
	}
	real := keep(t, "x.key", good, 0o600)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	_, err := opened(t, "credentials file "+link+"\n", Doors{(&clock{}).Now, noEnv}).Credentials(t.Context())
	wantText(t, "a link", err, link+": wanted a regular file, found a symbolic link")
	if syscall.Geteuid() != 0 {
		return // only root can give a file away
	}
	if err := os.Chown(real, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	_, err = opened(t, "credentials file "+real+"\n", Doors{(&clock{}).Now, noEnv}).Credentials(t.Context())
	wantText(t, "another's", err, real+": want a file that is ours and that nobody else can read, found one of user 65534")
}

func octal(m os.FileMode) string {
	return string([]byte{'0', '0' + byte(m>>6&7), '0' + byte(m>>3&7), '0' + byte(m&7)})
}

func TestSystemdHandsOverACredential(t *testing.T) {
	folder := t.TempDir()
	env := func(name string) string {
		if name == "CREDENTIALS_DIRECTORY" {
			return folder
		}
		return ""
	}
	keep(t, filepath.Join(folder, "frankfurt"), good, 0o440) // root's, with an access list
	s := opened(t, "credentials systemd frankfurt\n", Doors{(&clock{now: start}).Now, env})
	if c, err := s.Credentials(t.Context()); err != nil || c.Source != "systemd frankfurt" || c.Secret.raw() != hunter {
		t.Errorf("found %s, %v", c.Source, err)
	}
	name := keep(t, filepath.Join(folder, "open"), good, 0o444)
	_, err := opened(t, "credentials systemd open\n", Doors{(&clock{}).Now, env}).Credentials(t.Context())
	wantText(t, "for all", err, name+": want a file that is ours and that nobody else can read, found mode 0444")
	_, err = opened(t, "credentials systemd frankfurt\n", Doors{(&clock{}).Now, noEnv}).Credentials(t.Context())
	wantText(t, "no unit", err, "credentials systemd frankfurt: want a unit with LoadCredential= or LoadCredentialEncrypted=, found no CREDENTIALS_DIRECTORY")
	folder = "here"
	_, err = s.Credentials(t.Context())
	wantText(t, "not from the root", err, "credentials systemd frankfurt: want a unit with LoadCredential= or LoadCredentialEncrypted=, found no CREDENTIALS_DIRECTORY")
}

func TestTheEnvironmentIsTakenByItsUsualNames(t *testing.T) {
	vars := map[string]string{"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": hunter}
	s := opened(t, "credentials environment\n", Doors{(&clock{}).Now, func(name string) string { return vars[name] }})
	if got := keys(t, s); got != "AK "+hunter+" " {
		t.Errorf("found %s", got)
	}
	vars["AWS_SESSION_TOKEN"] = "ST"
	if got := keys(t, s); got != "AK "+hunter+" ST" {
		t.Errorf("found %s", got)
	}
	for _, x := range []struct{ name, value, want string }{
		{"AWS_SESSION_TOKEN", "hunter2 hunter2", "1 to 4096 visible characters in AWS_SESSION_TOKEN, found something else"},
		{"AWS_SECRET_ACCESS_KEY", "hunter2\n", "1 to 4096 visible characters in AWS_SECRET_ACCESS_KEY, found something else"},
		{"AWS_ACCESS_KEY_ID", "", "1 to 4096 visible characters in AWS_ACCESS_KEY_ID, found none"},
	} {
		vars[x.name] = x.value
		_, err := s.Credentials(t.Context())
		wantText(t, x.name, err, "credentials environment: want "+x.want)
	}
}

func TestAClosedSourceRefuses(t *testing.T) {
	name := keep(t, "x.key", good, 0o600)
	s := opened(t, "credentials file "+name+"\n", Doors{(&clock{}).Now, noEnv})
	keys(t, s)
	last := s.(*local).last
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := s.Credentials(t.Context())
	wantText(t, "closed", err, "credentials: want an open source, found a closed one")
	if !last.Secret.IsZero() {
		t.Error("want what was read erased")
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := opened(t, "credentials environment\n", Doors{(&clock{}).Now, noEnv}).Credentials(stopped); !errors.Is(err, context.Canceled) {
		t.Errorf("want context.Canceled, found %v", err)
	}
}

func TestOpenRefusesWhatNobodyConfigured(t *testing.T) {
	_, err := Open(Config{}, Doors{(&clock{}).Now, noEnv})
	wantText(t, "zero", err, "credentials: want a configuration, found none")
	_, err = Open(Config{kind: fromEnvironment}, Doors{})
	wantText(t, "no doors", err, "credentials: want a clock and an environment, found none")
}

func TestManyAskAtOnce(t *testing.T) {
	name := keep(t, "x.key", good, 0o600)
	s := opened(t, "credentials file "+name+"\n", Doors{(&clock{}).Now, noEnv})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				c, err := s.Credentials(t.Context())
				if err != nil || c.Secret.raw() != hunter {
					t.Errorf("found %v", err)
				}
				c.Erase()
			}
		})
	}
	all.Wait()
}

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}
