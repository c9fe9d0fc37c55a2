package secrets

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// configReader walks the lines of a text. The first refusal sticks. It never
// repeats a line: somebody may have written a key into it.
type configReader struct {
	what  string
	lines []string
	next  int
	err   error
}

func newConfigReader(what string, b []byte) (*configReader, error) {
	if len(b) == 0 || len(b) > maxConfig {
		return nil, fmt.Errorf("%s: want 1 to %d bytes, found %d", what, maxConfig, len(b))
	}
	for i, c := range b {
		if (c < 0x20 || c > 0x7e) && c != '\n' {
			return nil, fmt.Errorf("%s: line %d: want printable ASCII and LF only, found byte %02x", what, 1+bytes.Count(b[:i], []byte("\n")), c)
		}
	}
	text, ended := strings.CutSuffix(string(b), "\n")
	if !ended {
		return nil, fmt.Errorf("%s: want LF as the last byte, found another", what)
	}
	return &configReader{what: what, lines: strings.Split(text, "\n")}, nil
}

func (r *configReader) refuse(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: line %d: "+format, append([]any{r.what, r.next}, args...)...)
	}
}

// fields returns the words behind a keyword, least to most of them, and always
// most: those that are not there are empty.
func (r *configReader) fields(keyword string, least, most int) []string {
	words := make([]string, most)
	if r.err != nil {
		return words
	}
	var found []string
	if r.next < len(r.lines) {
		if rest, ok := strings.CutPrefix(r.lines[r.next], keyword+" "); ok {
			found = strings.Split(rest, " ")
		}
	}
	r.next++
	if len(found) < least || len(found) > most {
		r.refuse("want %q and %s, found something else", keyword, wordCount(least, most))
		return words
	}
	for _, w := range found {
		if w == "" {
			r.refuse("want one space between words, found two or one at the end")
			return words
		}
	}
	copy(words, found)
	return words
}

func wordCount(least, most int) string {
	if most == 1 {
		return "1 word"
	}
	if least == most {
		return fmt.Sprintf("%d words", most)
	}
	return fmt.Sprintf("%d to %d words", least, most)
}

// end refuses what comes after the last line, and returns the first refusal.
func (r *configReader) end() error {
	if r.err == nil && r.next < len(r.lines) {
		r.next++
		r.refuse("want the end, found more")
	}
	return r.err
}

// server reads the three lines that every server has.
func (r *configReader) server() server {
	return server{address: r.address(r.fields("address", 1, 1)[0]), authority: r.authority(r.fields("authority", 1, 1)[0]), login: r.login()}
}

// address wants TLS, a host and a port, and nothing else.
func (r *configReader) address(s string) string {
	if r.err != nil {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Port() == "" || "https://"+u.Host != s {
		r.refuse("want https://HOST:PORT, found something else")
		return ""
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != u.Port() {
		r.refuse("want a port of 1 to 65535, found something else")
	}
	return s
}

func (r *configReader) authority(s string) string {
	if s == "system" {
		return s
	}
	return r.file(s)
}

// login reads one of the three ways to log in.
func (r *configReader) login() login {
	word := r.fields("login", 2, 6)
	count := 0
	for count < len(word) && word[count] != "" {
		count++
	}
	var l login
	switch {
	case r.err != nil:
	case word[0] == "token" && count == 2:
		l = login{method: byToken, token: r.file(word[1])}
	case word[0] == "approle" && count == 6:
		l = login{method: byAppRole, mount: r.vaultPath(word[1]), role: r.word("role", word[2]), roleID: r.file(word[3]), wrapped: r.file(word[4]), token: word[5]}
		if l.token != none {
			l.token = r.file(word[5])
		}
	case word[0] == "certificate" && count == 5:
		l = login{method: byCertificate, mount: r.vaultPath(word[1]), role: r.word("role", word[2]), certificate: r.file(word[3]), key: r.file(word[4])}
	default:
		r.refuse("want token FILE, approle MOUNT ROLE ROLE-ID-FILE WRAPPED-FILE TOKEN-FILE, or certificate MOUNT ROLE CERTIFICATE-FILE KEY-FILE, found something else")
	}
	return l
}

func (r *configReader) readFrom() readFrom {
	word := r.fields("read", 2, 3)
	switch {
	case r.err != nil:
		return readFrom{}
	case word[0] == "kv" && word[2] != "":
		return readFrom{mount: r.vaultPath(word[1]), path: r.vaultPath(word[2])}
	case word[0] == "lease" && word[2] == "":
		return readFrom{lease: true, path: r.vaultPath(word[1])}
	}
	r.refuse("want kv MOUNT PATH or lease PATH, found something else")
	return readFrom{}
}

func (r *configReader) fieldNames() fields {
	word := r.fields("fields", 3, 3)
	f := fields{r.word("field", word[0]), r.word("field", word[1]), r.word("field", word[2])}
	if r.err == nil && (f.access == f.secret || f.access == f.session || f.secret == f.session || f.access == none || f.secret == none) {
		r.refuse("want three different names, of which the last may be none, found others")
	}
	return f
}

// file wants a clean path from the root.
func (r *configReader) file(s string) string {
	if r.err == nil && (len(s) > maxPath || !strings.HasPrefix(s, "/") || path.Clean(s) != s || s == "/") {
		r.refuse("want a file's path that begins with / and has no detour, found something else")
	}
	return s
}

// vaultPath wants names with slashes between, as Vault has paths.
func (r *configReader) vaultPath(s string) string {
	if r.err != nil {
		return s
	}
	ok := len(s) <= maxVaultPath
	for part := range strings.SplitSeq(s, "/") {
		ok = ok && isName(part)
	}
	if !ok {
		r.refuse("want a path of names with slashes between, at most %d bytes, found something else", maxVaultPath)
	}
	return s
}

// word wants one name.
func (r *configReader) word(what, s string) string {
	if r.err == nil && !isName(s) {
		r.refuse("want a %s of 1 to %d letters, digits, dots, hyphens and underscores, found something else", what, maxWord)
	}
	return s
}

// isName accepts what means the same in a path, a URL and a shell.
func isName(s string) bool {
	if s == "" || len(s) > maxWord || s[0] == '.' || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
