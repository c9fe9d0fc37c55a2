package secrets

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const ourToken = "hvs.hunter2hunter2token"

// scripted is a server that says what a test tells it to, in the words of
// Vault's API. What the real one says is seen in vault_test.go.
type scripted struct {
	*httptest.Server
	authority, token string // files

	mu    sync.Mutex
	says  map[string]func(call) (int, any)
	calls []string // method and path of each, in order
}

// call is one request.
type call struct {
	token string
	body  map[string]any
}

// newScripted starts a server that knows our token, for an hour.
func newScripted(t *testing.T) *scripted {
	t.Helper()
	s := &scripted{says: map[string]func(call) (int, any){}}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	folder := t.TempDir()
	s.authority = keep(t, filepath.Join(folder, "ca.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})), 0o644)
	s.token = keep(t, filepath.Join(folder, "token"), ourToken+"\n", 0o600)
	s.say("GET auth/token/lookup-self", lookup(3600, true, "default", "writer"))
	return s
}

// lookup is what a token is told of itself.
func lookup(ttl int, renewable bool, policies ...string) any {
	return map[string]any{"data": map[string]any{"ttl": ttl, "renewable": renewable, "policies": policies, "id": ourToken}}
}

// granted is the answer to a login or a renewal.
func granted(token string, ttl int, renewable bool, policies ...string) any {
	return map[string]any{"auth": map[string]any{"client_token": token, "lease_duration": ttl, "renewable": renewable, "policies": policies}}
}

// borrowed is a pair with a lease.
func borrowed(access string, ttl int, renewable bool) any {
	return map[string]any{"lease_id": "s3/creds/w/" + access, "lease_duration": ttl, "renewable": renewable,
		"data": map[string]any{"access_key": access, "secret_key": hunter}}
}

// version is a version of a key-value store.
func version(n int, access string) any {
	return map[string]any{"data": map[string]any{"data": map[string]any{"access": access, "secret": hunter}, "metadata": map[string]any{"version": n}}}
}

// say answers a request with 200 and a body from now on.
func (s *scripted) say(what string, body any) { s.status(what, http.StatusOK, body) }

func (s *scripted) status(what string, code int, body any) {
	s.do(what, func(call) (int, any) { return code, body })
}

func (s *scripted) do(what string, f func(call) (int, any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.says[what] = f
}

// seen returns the calls since the last time, and forgets them.
func (s *scripted) seen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := strings.Join(s.calls, ", ")
	s.calls = nil
	return calls
}

func (s *scripted) answer(w http.ResponseWriter, r *http.Request) {
	what := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/v1/")
	c := call{token: r.Header.Get("X-Vault-Token")}
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	_ = json.Unmarshal(body, &c.body)
	s.mu.Lock()
	s.calls = append(s.calls, what)
	f := s.says[what]
	s.mu.Unlock()
	if f == nil {
		f = func(call) (int, any) { return http.StatusForbidden, nil }
	}
	code, answer := f(c)
	if code >= 300 && answer == nil { // an answer that repeats what it was sent
		answer = map[string]any{"errors": []string{"no: " + c.token + " " + string(body) + " hunter2hunter2"}}
	}
	if to, ok := answer.(http.Header); ok {
		w.Header().Set("Location", to.Get("Location"))
		answer = nil
	}
	w.WriteHeader(code)
	if raw, ok := answer.(string); ok {
		_, _ = io.WriteString(w, raw)
	} else if answer != nil {
		_ = json.NewEncoder(w).Encode(answer)
	}
}

// config is a text for a token, with what is read and its fields behind.
func (s *scripted) config(rest string) string { return s.login("token "+s.token, rest) }

func (s *scripted) login(login, rest string) string {
	return fmt.Sprintf("credentials vault\naddress %s\nauthority %s\nlogin %s\n%s", s.URL, s.authority, login, rest)
}

const (
	readsKV    = "read kv secret backup/x\nfields access secret none\n"
	readsLease = "read lease s3/creds/w\nfields access_key secret_key none\n"
)

func (s *scripted) open(t *testing.T, text string) (Source, *clock) {
	t.Helper()
	c := &clock{now: start}
	return opened(t, text, Doors{c.Now, noEnv}), c
}

func TestWhatVaultRefusesIsSaidInOurWords(t *testing.T) {
	const path = "GET secret/data/backup/x"
	const at = "vault URL secret/data/backup/x: want "
	none := map[string]any{"errors": []string{}}
	for _, x := range []struct {
		name       string
		code       int
		body       any
		want, hint string
	}{
		{"sealed", 503, nil, at + "an unsealed server, found one that is sealed, or out of service (503)", "vault status -address=URL"},
		{"denied", 403, nil, at + "a token that may do this, found one that may not (403): compare its policy with docs/vault", "vault token capabilities secret/data/backup/x"},
		{"wrong mount", 404, nil, at + "something there, found nothing (404): is the mount right, and is it of the kind that the configuration says", "vault secrets list -address=URL"},
		{"nothing there", 404, none, at + "something there, found nothing (404): is the mount right, and is it of the kind that the configuration says", "vault secrets list -address=URL"},
		{"malformed", 400, nil, at + "a request accepted, found it refused (400); the server's audit log says why", ""},
		{"too many", 429, nil, at + "an answer, found too many requests (429)", ""},
		{"broken", 500, nil, at + "an answer, found status 500", ""},
		{"standby", 307, http.Header{"Location": {"https://active.example:8200/v1/x"}}, at + "the active server's address, found a standby that sends on to https://active.example:8200/v1/x", ""},
		{"no JSON", 200, "hunter2hunter2", at + "an answer in JSON, found something else", ""},
		{"other JSON", 200, `["hunter2hunter2"]`, at + "an answer in JSON, found something else", ""},
		{"endless", 200, `{"data":"` + strings.Repeat("hunter2", 200_000) + `"}`, at + "an answer of at most 1048576 bytes, found more", ""},
		{"another kind of store", 200, map[string]any{"data": map[string]any{"access": "a", "secret": hunter}}, at + "a key-value store of version 2, found something else", ""},
		{"deleted", 404, map[string]any{"data": map[string]any{"data": nil, "metadata": map[string]any{"version": 2}}}, at + "a version that is there, found one that was deleted", ""},
		{"field missing", 200, map[string]any{"data": map[string]any{"data": map[string]any{"access": "a"}, "metadata": map[string]any{"version": 1}}}, at + "1 to 4096 visible characters in the field secret, found none", ""},
		{"field of two lines", 200, map[string]any{"data": map[string]any{"data": map[string]any{"access": "a", "secret": "hunter2\n"}, "metadata": map[string]any{"version": 1}}}, at + "1 to 4096 visible characters in the field secret, found something else", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newScripted(t)
			s.status(path, x.code, x.body)
			source, _ := s.open(t, s.config(readsKV))
			c, err := source.Credentials(t.Context())
			url := func(text string) string { return strings.ReplaceAll(text, "URL", s.URL) }
			wantText(t, x.name, err, url(x.want))
			if e, ok := err.(*Error); !ok || e.Hint != url(x.hint) || e.Alarm || !c.Access.IsZero() {
				t.Errorf("want the hint %s, found %#v", url(x.hint), err)
			}
		})
	}
}

func TestOnlyWhatNobodyObeyedIsRepeated(t *testing.T) {
	s := newScripted(t)
	source, _ := s.open(t, s.config(readsKV))
	n := 0
	s.do("GET secret/data/backup/x", func(call) (int, any) {
		if n++; n < 3 {
			return 502, nil
		}
		return 200, version(1, "AK")
	})
	if got := keys(t, source); got != "AK "+hunter+" " || n != 3 {
		t.Errorf("a read: want the third answer, found %s after %d", got, n)
	}
	r, err := reach(server{address: s.URL, authority: s.authority})
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []int{429, 500, 502, 503, 504} {
		s.seen()
		s.status("PUT auth/x/login", code, nil)
		if _, err := r.put(t.Context(), Secret{}, "auth/x/login", nil); err == nil || s.seen() != "PUT auth/x/login" {
			t.Errorf("a login with %d: want one call and an error, found %v", code, err)
		}
	}
}

func TestConnectionsThatDoNotComeAbout(t *testing.T) {
	s := newScripted(t)
	other := newScripted(t)
	s.say("GET secret/data/backup/x", version(1, "AK"))
	source, _ := s.open(t, strings.Replace(s.config(readsKV), s.authority, "system", 1))
	_, err := source.Credentials(t.Context())
	wantText(t, "the system's authorities", err, "vault "+s.URL+" auth/token/lookup-self: want a certificate by an authority in system, found one by another")
	byName := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	source, _ = s.open(t, strings.Replace(s.config(readsKV), s.URL, byName, 1))
	_, err = source.Credentials(t.Context())
	wantText(t, "another name", err, "vault "+byName+" auth/token/lookup-self: want a certificate for its host, found one for another")
	other.Close()
	source, _ = s.open(t, strings.Replace(s.config(readsKV), s.URL, other.URL, 1))
	_, err = source.Credentials(t.Context())
	wantText(t, "nobody", err, "vault "+other.URL+" auth/token/lookup-self: want an answer, found nobody: connect: connection refused")
	if e, ok := err.(*Error); !ok || !e.Away() {
		t.Errorf("want one that may pass, found %#v", err)
	}
	s.do("GET auth/token/lookup-self", func(call) (int, any) { panic(http.ErrAbortHandler) })
	source, _ = s.open(t, s.config(readsKV))
	_, err = source.Credentials(t.Context())
	wantText(t, "cut", err, "vault "+s.URL+" auth/token/lookup-self: want an answer, found a connection that broke")
}

func TestAServerThatHangsIsLeftInTime(t *testing.T) {
	s := newScripted(t)
	release := make(chan struct{})
	defer close(release)
	s.do("GET auth/token/lookup-self", func(call) (int, any) { <-release; return 200, nil })
	source, _ := s.open(t, s.config(readsKV))
	ctx, cancel := contextFor(t, 100*time.Millisecond)
	defer cancel()
	_, err := source.Credentials(ctx)
	wantText(t, "hangs", err, "vault "+s.URL+" auth/token/lookup-self: want an answer, found none in time")
}

// What the environment says of Vault, for its own program, changes nothing:
// neither where we go, nor whom we trust, nor as whom.
func TestTheEnvironmentChangesNothing(t *testing.T) {
	s := newScripted(t)
	elsewhere := newScripted(t)
	for name, value := range map[string]string{
		"VAULT_ADDR": elsewhere.URL, "VAULT_AGENT_ADDR": elsewhere.URL, "VAULT_TOKEN": "hvs.other", "VAULT_NAMESPACE": "other", "VAULT_SKIP_VERIFY": "1",
		"VAULT_HEADERS": `{"X-Other":"1"}`, "VAULT_PROXY_ADDR": elsewhere.URL, "VAULT_HTTP_PROXY": elsewhere.URL, "HTTPS_PROXY": elsewhere.URL, "VAULT_WRAP_TTL": "60s",
		"VAULT_MAX_RETRIES": "0", "VAULT_CLIENT_TIMEOUT": "1ms", "VAULT_SRV_LOOKUP": "1", "VAULT_TLS_SERVER_NAME": "other.example", "VAULT_DISABLE_REDIRECTS": "0",
	} {
		t.Setenv(name, value)
	}
	var seen http.Header
	handler := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		handler.ServeHTTP(w, r)
	})
	s.say("GET secret/data/backup/x", version(1, "AK"))
	source, _ := s.open(t, s.config(readsKV))
	if got := keys(t, source); got != "AK "+hunter+" " {
		t.Errorf("found %s", got)
	}
	if seen.Get("X-Vault-Token") != ourToken || seen.Get("X-Vault-Namespace") != "" || seen.Get("X-Other") != "" || seen.Get("X-Vault-Wrap-Ttl") != "" || elsewhere.seen() != "" {
		t.Errorf("want nothing of the environment, found %v", seen)
	}
	source, _ = s.open(t, strings.Replace(s.config(readsKV), s.authority, "system", 1))
	_, err := source.Credentials(t.Context())
	wantText(t, "verification", err, "vault "+s.URL+" auth/token/lookup-self: want a certificate by an authority in system, found one by another")
	t.Setenv("VAULT_HEADERS", "hunter2")
	c, err := ParseConfig([]byte(s.config(readsKV)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(c, Doors{(&clock{}).Now, noEnv})
	wantText(t, "unreadable", err, "vault "+s.URL+": want no VAULT_ variable that its library cannot read, found one")
}

func TestTheAuthorityIsReadStrictly(t *testing.T) {
	folder := t.TempDir()
	junk, gone := keep(t, filepath.Join(folder, "junk"), "hunter2", 0o644), filepath.Join(folder, "gone")
	for name, want := range map[string]string{junk: "authority: " + junk + ": want certificates in PEM, found something else", gone: "authority: " + gone + ": open: no such file or directory"} {
		c, err := ParseConfig([]byte(strings.Replace(kvText, "/etc/ca.pem", name, 1)))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(c, Doors{(&clock{}).Now, os.Getenv})
		wantText(t, name, err, want)
	}
}
