package node

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Config says where a node is and how it lets us in. It holds a password, which
// String and GoString don't show. The zero Config reaches nobody.
type Config struct {
	URL         string // https://HOST:PORT, or http://HOST:PORT on this machine
	User        string
	Password    []byte
	Certificate []byte // PEM: the only certificates accepted; nil: the system's roots
}

// String names the node without its password.
func (c Config) String() string {
	if c.URL == "" {
		return "no node"
	}
	return "node " + c.URL
}

// GoString is String.
func (c Config) GoString() string { return c.String() }

// ReadConfig reads node.txt as the package comment shows it: url, then user and
// password-file or cookie-file alone, then certificate, one line each, and
// nothing else. It reads the files named through open; a password file holds
// one line, a cookie file USER:PASSWORD as Bitcoin Core writes it at each start.
func ReadConfig(b []byte, open func(path string) ([]byte, error)) (Config, error) {
	r, err := newConfigReader(b)
	if err != nil {
		return Config{}, err
	}
	c := Config{URL: r.line("url")}
	if r.at("cookie-file") {
		path := r.line("cookie-file")
		user, password, ok := bytes.Cut(r.secret(path, open), []byte(":"))
		if r.err == nil && (!ok || len(user) == 0 || len(password) == 0) {
			r.refuse("cookie-file: want USER:PASSWORD in %s, found something else", path)
		}
		c.User, c.Password = string(user), password
	} else {
		c.User = r.line("user")
		c.Password = r.secret(r.line("password-file"), open)
	}
	if path := r.line("certificate"); path != "none" && r.err == nil {
		if c.Certificate, err = open(path); err != nil {
			r.refuse("certificate: %w", err)
		} else if len(c.Certificate) == 0 {
			r.refuse("certificate: want a certificate in %s, found an empty file", path)
		}
	}
	if r.err == nil && r.next < len(r.lines) {
		r.next++
		r.refuse("want the end of the file, found more")
	}
	if r.err != nil {
		return Config{}, r.err
	}
	if _, err := c.check(); err != nil {
		return Config{}, fmt.Errorf("node.txt: %w", err)
	}
	return c, nil
}

// configReader walks the lines of node.txt. The first refusal sticks.
type configReader struct {
	lines []string
	next  int
	err   error
}

func newConfigReader(b []byte) (*configReader, error) {
	if len(b) == 0 || len(b) > maxConfig {
		return nil, fmt.Errorf("node.txt: want 1 to %d bytes, found %d", maxConfig, len(b))
	}
	for i, c := range b {
		if (c < 0x20 || c > 0x7e) && c != '\n' {
			return nil, fmt.Errorf("node.txt: line %d: want printable ASCII and LF only, found byte %02x", 1+bytes.Count(b[:i], []byte("\n")), c)
		}
	}
	text, ended := strings.CutSuffix(string(b), "\n")
	if !ended {
		return nil, fmt.Errorf("node.txt: want LF as the last byte, found %q", b[len(b)-1])
	}
	return &configReader{lines: strings.Split(text, "\n")}, nil
}

func (r *configReader) refuse(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("node.txt: line %d: "+format, append([]any{r.next}, args...)...)
	}
}

func (r *configReader) at(keyword string) bool {
	return r.err == nil && r.next < len(r.lines) && strings.HasPrefix(r.lines[r.next], keyword+" ")
}

// line returns the value behind a keyword. The line itself is never repeated:
// somebody may have written the password into it.
func (r *configReader) line(keyword string) string {
	if r.err != nil {
		return ""
	}
	value, ok := "", false
	if r.next < len(r.lines) {
		value, ok = strings.CutPrefix(r.lines[r.next], keyword+" ")
	}
	r.next++
	if !ok || value == "" || value != strings.TrimSpace(value) {
		r.refuse("want %q and its value, found something else", keyword)
		return ""
	}
	return value
}

// secret reads the one line of a password or cookie file.
func (r *configReader) secret(path string, open func(path string) ([]byte, error)) []byte {
	if r.err != nil {
		return nil
	}
	b, err := open(path)
	if err != nil {
		r.refuse("password: %w", err)
		return nil
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	if len(b) == 0 || len(b) > maxSecret || bytes.ContainsFunc(b, func(c rune) bool { return c < 0x20 || c == 0x7f }) {
		r.refuse("password: want one line of 1 to %d bytes in %s, found something else", maxSecret, path)
		return nil
	}
	return b
}

// target is a checked address of a node.
type target struct {
	url   string
	plain bool // without TLS: this machine only
	roots *x509.CertPool
}

func (c Config) check() (target, error) {
	u, err := url.Parse(c.URL)
	if err != nil || c.URL == "" {
		return target{}, fmt.Errorf("url: want https://HOST:PORT, found something else")
	}
	if u.User != nil {
		return target{}, fmt.Errorf("url: want no user and no password in it, found some")
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Port() == "" || u.Scheme+"://"+u.Host != c.URL {
		return target{}, fmt.Errorf("url: want https://HOST:PORT, found %q", short(c.URL))
	}
	t := target{url: c.URL, plain: u.Scheme == "http"}
	if t.plain && !thisMachine(u.Hostname()) {
		return target{}, fmt.Errorf("url: want https for every machine but this one, found %q", short(c.URL))
	}
	if c.User == "" || strings.Contains(c.User, ":") || len(c.Password) == 0 {
		return target{}, fmt.Errorf("user: want a name without colon, and a password, found none")
	}
	if c.Certificate == nil {
		return t, nil
	}
	if t.plain {
		return target{}, fmt.Errorf("certificate: want none for http, found one")
	}
	t.roots = x509.NewCertPool()
	if !t.roots.AppendCertsFromPEM(c.Certificate) {
		return target{}, fmt.Errorf("certificate: want a certificate in PEM, found something else")
	}
	return t, nil
}

// thisMachine accepts the names of the loopback. What localhost really is, is
// looked at once more when the connection is made.
func thisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
