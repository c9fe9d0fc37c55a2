package secrets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// role is a server that lets a role in by a wrapped secret id, once.
type role struct {
	*scripted
	id, wrapped, kept string // files
	unwrapped         int
}

func newRole(t *testing.T) *role {
	t.Helper()
	r := &role{scripted: newScripted(t)}
	folder := t.TempDir()
	r.id = keep(t, filepath.Join(folder, "role-id"), "hunter2-role-id\n", 0o600)
	r.wrapped = keep(t, filepath.Join(folder, "wrapped"), "hvs.hunter2-wrapping\n", 0o600)
	r.kept = filepath.Join(folder, "token")
	r.status("GET auth/token/lookup-self", 403, nil)
	r.say("PUT sys/wrapping/lookup", map[string]any{"data": map[string]any{"creation_path": "auth/approle/role/writer/secret-id", "creation_ttl": 300}})
	r.do("PUT sys/wrapping/unwrap", func(c call) (int, any) {
		if r.unwrapped++; r.unwrapped > 1 || c.token != "hvs.hunter2-wrapping" {
			return 400, nil
		}
		return 200, map[string]any{"data": map[string]any{"secret_id": "hunter2-secret-id"}}
	})
	r.do("PUT auth/approle/login", func(c call) (int, any) {
		if c.token != "" || c.body["role_id"] != "hunter2-role-id" || c.body["secret_id"] != "hunter2-secret-id" {
			return 400, nil
		}
		return 200, granted(ourToken, 3600, true, "default", "writer")
	})
	r.say("GET secret/data/backup/x", version(1, "AK"))
	r.status("PUT auth/token/revoke-self", 204, nil)
	return r
}

func (r *role) config(kept string) string {
	return r.login("approle approle writer "+r.id+" "+r.wrapped+" "+kept, readsKV)
}

func TestAWrappedSecretIDOpensOnceAndItsFileGoes(t *testing.T) {
	r := newRole(t)
	source, _ := r.open(t, r.config(none))
	if got := keys(t, source); got != "AK "+hunter+" " {
		t.Errorf("found %s", got)
	}
	if got := r.seen(); got != "PUT sys/wrapping/lookup, PUT sys/wrapping/unwrap, PUT auth/approle/login, GET secret/data/backup/x" {
		t.Errorf("found %s", got)
	}
	if _, err := os.Stat(r.wrapped); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want the wrapping token's file gone, found %v", err)
	}
	if err := source.Close(t.Context()); err != nil || r.seen() != "PUT auth/token/revoke-self" {
		t.Errorf("want the token given back, found %v", err)
	}
	source, _ = r.open(t, r.config(none))
	_, err := source.Credentials(t.Context())
	wantText(t, "the next run", err, "wrapped secret id: want a wrapping token in "+r.wrapped+", found none")
	var e *Error
	if !errors.As(err, &e) || e.Alarm || e.Hint != "vault write -address="+r.URL+" -wrap-ttl=5m -field=wrapping_token -f auth/approle/role/writer/secret-id" {
		t.Errorf("want the command that makes one, and no alarm, found %#v", err)
	}
}

// Vault opens a wrapping token once. When it is not us, that is how it shows.
func TestAWrappingTokenThatSomebodyElseOpenedIsAnAlarm(t *testing.T) {
	const spent = "want one that nobody has opened, found one that was opened or has expired: unless you know that it is old, somebody else holds the secret id"
	const other = "want one wrapped by auth/approle/role/writer/secret-id, found one wrapped by something else: it was opened on its way, or is no secret id of this role"
	for _, x := range []struct {
		name  string
		harm  func(*role)
		want  string
		calls string
	}{
		{"opened before", func(r *role) { r.status("PUT sys/wrapping/lookup", 400, nil) }, spent, "PUT sys/wrapping/lookup"},
		{"opened in between", func(r *role) { r.unwrapped = 1 }, spent, "PUT sys/wrapping/lookup, PUT sys/wrapping/unwrap"},
		{"wrapped again", func(r *role) {
			r.say("PUT sys/wrapping/lookup", map[string]any{"data": map[string]any{"creation_path": "sys/wrapping/wrap"}})
		}, other, "PUT sys/wrapping/lookup"},
		{"of another role", func(r *role) {
			r.say("PUT sys/wrapping/lookup", map[string]any{"data": map[string]any{"creation_path": "auth/approle/role/keeper/secret-id"}})
		}, other, "PUT sys/wrapping/lookup"},
		{"of nothing", func(r *role) { r.status("PUT sys/wrapping/lookup", 204, nil) }, other, "PUT sys/wrapping/lookup"},
	} {
		r := newRole(t)
		x.harm(r)
		source, _ := r.open(t, r.config(none))
		_, err := source.Credentials(t.Context())
		wantText(t, x.name, err, "wrapping token "+r.wrapped+": "+x.want)
		var e *Error
		if !errors.As(err, &e) || !e.Alarm || e.Hint != "vault list auth/approle/role/writer/secret-id" || r.seen() != x.calls {
			t.Errorf("%s: want an alarm and nothing after it, found %#v", x.name, err)
		}
		if _, err := os.Stat(r.wrapped); err != nil {
			t.Errorf("%s: want the file left as evidence, found %v", x.name, err)
		}
	}
	r := newRole(t)
	r.status("PUT sys/wrapping/lookup", 503, nil)
	source, _ := r.open(t, r.config(none))
	_, err := source.Credentials(t.Context())
	wantText(t, "sealed", err, "vault "+r.URL+" sys/wrapping/lookup: want an unsealed server, found one that is sealed, or out of service (503)")
}

// A token that ends soon is replaced while it still works; an alarm then is not
// for later.
func TestAnAlarmIsToldWhileTheOldTokenWorks(t *testing.T) {
	r := newRole(t)
	source, c := r.open(t, r.config(none))
	keys(t, source)
	r.status("PUT auth/token/renew-self", 403, nil)
	c.add(45 * time.Minute)
	if got := keys(t, source); got != "AK "+hunter+" " {
		t.Errorf("nothing to open: want the old token used, found %s", got)
	}
	keep(t, r.wrapped, "hvs.hunter2-wrapping\n", 0o600) // which was opened
	c.add(time.Minute)
	if _, err := source.Credentials(t.Context()); !isAlarm(err) {
		t.Errorf("want an alarm, found %v", err)
	}
}

func TestATokenIsKeptForTheNextRun(t *testing.T) {
	r := newRole(t)
	source, _ := r.open(t, r.config(r.kept))
	keys(t, source)
	info, err := os.Stat(r.kept)
	b, _ := os.ReadFile(r.kept)
	if err != nil || info.Mode().Perm() != 0o600 || string(b) != ourToken+"\n" {
		t.Fatalf("want the token in a file of ours alone, found %v", err)
	}
	r.seen()
	if err := source.Close(t.Context()); err != nil || r.seen() != "" {
		t.Errorf("want the token to live on, found %v", err)
	}
	r.say("GET auth/token/lookup-self", lookup(3000, true, "writer"))
	source, _ = r.open(t, r.config(r.kept))
	if keys(t, source); r.seen() != "GET auth/token/lookup-self, GET secret/data/backup/x" {
		t.Error("want the kept token used")
	}
	r.status("GET auth/token/lookup-self", 403, nil)
	keep(t, r.wrapped, "hvs.hunter2-wrapping", 0o600)
	r.unwrapped = 0
	source, _ = r.open(t, r.config(r.kept))
	if keys(t, source); r.seen() != "GET auth/token/lookup-self, PUT sys/wrapping/lookup, PUT sys/wrapping/unwrap, PUT auth/approle/login, GET secret/data/backup/x" {
		t.Error("want a kept token that ended replaced")
	}
}

func TestLoginsThatAreRefused(t *testing.T) {
	for _, x := range []struct {
		name string
		harm func(*testing.T, *role)
		want string
	}{
		{"role id for all to read", func(t *testing.T, r *role) { keep(t, r.id, "x\n", 0o644) }, "role id: ID: want a file that is ours and that nobody else can read, found mode 0644"},
		{"role id of two lines", func(t *testing.T, r *role) { keep(t, r.id, "hunter2\nhunter2\n", 0o600) }, "role id: ID: want one line of 1 to 4096 visible characters, found something else"},
		{"wrapping token for all to read", func(t *testing.T, r *role) { keep(t, r.wrapped, "hunter2\n", 0o640) }, "wrapped secret id: WRAPPED: want a file that is ours and that nobody else can read, found mode 0640"},
		{"wrapping token empty", func(t *testing.T, r *role) { keep(t, r.wrapped, "\n", 0o600) }, "wrapped secret id: WRAPPED: want one line of 1 to 4096 visible characters, found something else"},
		{"no secret id inside", func(_ *testing.T, r *role) {
			r.say("PUT sys/wrapping/unwrap", map[string]any{"data": map[string]any{"other": "hunter2"}})
		}, "wrapped secret id WRAPPED: want a secret id inside, found something else"},
		{"used up", func(_ *testing.T, r *role) { r.status("PUT auth/approle/login", 400, nil) }, "vault URL auth/approle/login: want a role id and a secret id of the role writer, found others, or a secret id that is used up or bound to another address"},
		{"no token", func(_ *testing.T, r *role) { r.status("PUT auth/approle/login", 204, nil) }, "vault URL auth/approle/login: want a token, found none"},
		{"a strange token", func(_ *testing.T, r *role) {
			r.say("PUT auth/approle/login", granted("hunter2\n", 60, true, "writer"))
		}, "vault URL auth/approle/login: want a token, found something else"},
		{"root", func(_ *testing.T, r *role) {
			r.say("PUT auth/approle/login", granted(ourToken, 60, true, "root"))
		}, "vault URL: want a token with a policy of docs/vault, found the root token"},
		{"for ever", func(_ *testing.T, r *role) {
			r.say("PUT auth/approle/login", granted(ourToken, 0, true, "writer"))
		}, "vault URL: want a token that ends, found one that never does"},
	} {
		r := newRole(t)
		x.harm(t, r)
		source, _ := r.open(t, r.config(none))
		_, err := source.Credentials(t.Context())
		wantText(t, x.name, err, strings.NewReplacer("URL", r.URL, "ID", r.id, "WRAPPED", r.wrapped).Replace(x.want))
	}
}

func TestATokenOfAFileIsJudged(t *testing.T) {
	for _, x := range []struct {
		name   string
		answer any
		want   string
	}{
		{"root", lookup(0, false, "root"), "vault URL: want a token with a policy of docs/vault, found the root token"},
		{"for ever", lookup(0, false, "writer"), "vault URL: want a token that ends, found one that never does"},
		{"nothing said", map[string]any{"data": map[string]any{"ttl": "x", "renewable": 7, "policies": 3}}, "vault URL auth/token/lookup-self: want a token's life and policies, found something else"},
	} {
		s := newScripted(t)
		s.say("GET auth/token/lookup-self", x.answer)
		source, _ := s.open(t, s.config(readsKV))
		_, err := source.Credentials(t.Context())
		wantText(t, x.name, err, strings.ReplaceAll(x.want, "URL", s.URL))
	}
	s := newScripted(t)
	keep(t, s.token, ourToken, 0o644)
	source, _ := s.open(t, s.config(readsKV))
	_, err := source.Credentials(t.Context())
	wantText(t, "for all to read", err, s.token+": want a file that is ours and that nobody else can read, found mode 0644")
}

// pairOf makes a certificate that signs itself, and its key, in PEM.
func pairOf(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

func TestACertificateThatIsNotAccepted(t *testing.T) {
	s := newScripted(t)
	s.status("PUT auth/cert/login", 400, nil)
	folder := t.TempDir()
	chain, key := pairOf(t, "writer")
	certificate, private := keep(t, filepath.Join(folder, "c.pem"), chain, 0o644), keep(t, filepath.Join(folder, "k.pem"), key, 0o600)
	text := s.login("certificate cert writer "+certificate+" "+private, readsKV)
	source, _ := s.open(t, text)
	_, err := source.Credentials(t.Context())
	wantText(t, "refused", err, "vault "+s.URL+" auth/cert/login: want a certificate that the role writer accepts, found another")
	keep(t, private, key, 0o640)
	_, err = source.Credentials(t.Context())
	wantText(t, "key for the group", err, "certificate: "+private+": want a file that is ours and that nobody else can read, found mode 0640")
	keep(t, private, "hunter2hunter2", 0o600)
	_, err = source.Credentials(t.Context())
	wantText(t, "no key", err, "certificate: want a certificate in "+certificate+" and its key in "+private+", in PEM, found something else")
}
