package secrets

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	vault "github.com/hashicorp/vault/api"

	"strongroom/backup/servertest"
	"strongroom/quorum/sshsig"
)

// real is a real server, and its administrator.
type real struct {
	*servertest.VaultServer
	t      *testing.T
	root   *remote
	token  Secret
	folder string
}

func newReal(t *testing.T) *real {
	t.Helper()
	return asRoot(t, servertest.Vault(t))
}

func asRoot(t *testing.T, v *servertest.VaultServer) *real {
	t.Helper()
	r, err := reach(server{address: v.Addr, authority: v.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	x := &real{VaultServer: v, t: t, root: r, token: NewSecret([]byte(v.RootToken)), folder: t.TempDir()}
	for _, name := range []string{"writer", "keeper", "probe"} {
		rules, err := os.ReadFile("../../docs/vault/" + name + ".hcl")
		if err != nil || bytes.Count(rules, []byte("\n")) > 20 {
			t.Fatalf("%s.hcl: want at most 20 lines, found %d, %v", name, bytes.Count(rules, []byte("\n")), err)
		}
		x.put("sys/policies/acl/backup-"+name, map[string]any{"policy": string(rules)})
	}
	return x
}

// put writes as the administrator.
func (x *real) put(path string, data map[string]any) *vault.Secret {
	x.t.Helper()
	answer, err := x.root.put(x.t.Context(), x.token, path, data)
	if err != nil {
		x.t.Fatal(err)
	}
	return answer
}

func (x *real) get(path string) *vault.Secret {
	x.t.Helper()
	answer, err := x.root.get(x.t.Context(), x.token, path)
	if err != nil {
		x.t.Fatal(err)
	}
	return answer
}

// keep writes a file of ours alone.
func (x *real) keep(name, content string) string {
	x.t.Helper()
	return keep(x.t, filepath.Join(x.folder, name), content, 0o600)
}

// pair writes a pair of keys for a store.
func (x *real) pair(who, access string) {
	x.t.Helper()
	x.put("secret/data/strongroom/"+who+"/frankfurt", map[string]any{"data": map[string]any{"access": access, "secret": hunter}})
}

// tokenFor makes a token with a policy of ours and nothing else.
func (x *real) tokenFor(who, ttl string) string {
	x.t.Helper()
	answer := x.put("auth/token/create", map[string]any{"policies": []string{"backup-" + who}, "no_default_policy": true, "ttl": ttl, "explicit_max_ttl": "1h"})
	return answer.Auth.ClientToken
}

func (x *real) config(login, rest string) string {
	return fmt.Sprintf("credentials vault\naddress %s\nauthority %s\nlogin %s\n%s", x.Addr, x.CAFile, login, rest)
}

// open opens a source with the real clock.
func (x *real) open(login, rest string) Source {
	x.t.Helper()
	return opened(x.t, x.config(login, rest), Doors{time.Now, noEnv})
}

const writersKV = "read kv secret strongroom/writer/frankfurt\nfields access secret none\n"

// Exactly the files that we ship are what the server enforces here.
func TestTheShippedPoliciesAllowWhatTheySayAndNothingElse(t *testing.T) {
	x := newReal(t)
	x.put("sys/mounts/transit", map[string]any{"type": "transit"})
	for _, key := range []string{"backup-manifest", "other"} {
		x.put("transit/keys/"+key, map[string]any{"type": "ed25519"})
	}
	for _, who := range []string{"writer", "keeper", "probe"} {
		x.pair(who, "AK-"+who)
	}
	for _, c := range []struct {
		method, path string
		who          string
	}{
		{"get", "secret/data/strongroom/writer/frankfurt", "writer"},
		{"get", "secret/data/strongroom/keeper/frankfurt", "keeper"},
		{"get", "secret/data/strongroom/probe/frankfurt", "probe"},
		{"get", "secret/metadata/strongroom/writer/frankfurt", ""},
		{"get", "secret/data/strongroom/writer/frankfurt/more", ""},
		{"get", "secret/data/other", ""},
		{"put", "secret/data/strongroom/writer/frankfurt", ""},
		{"put", "secret/delete/strongroom/writer/frankfurt", ""},
		{"put", "transit/sign/backup-manifest", "writer"},
		{"put", "transit/sign/other", ""},
		{"get", "transit/keys/backup-manifest", "writer"},
		{"get", "transit/export/signing-key/backup-manifest", ""},
		{"get", "transit/backup/backup-manifest", ""},
		{"put", "transit/keys/backup-manifest/config", ""},
		{"put", "transit/keys/backup-manifest/rotate", ""},
		{"get", "auth/token/lookup-self", "writer keeper probe"},
		{"put", "auth/token/renew-self", "writer keeper probe"},
		{"put", "auth/token/create", ""},
		{"get", "sys/policies/acl/backup-writer", ""},
		{"put", "sys/policies/acl/backup-writer", ""},
		{"put", "sys/seal", ""},
		{"get", "sys/mounts", ""},
	} {
		for _, who := range []string{"writer", "keeper", "probe"} {
			token := NewSecret([]byte(x.tokenFor(who, "5m")))
			var err error
			if c.method == "get" {
				_, err = x.root.get(t.Context(), token, c.path)
			} else {
				_, err = x.root.put(t.Context(), token, c.path, map[string]any{"input": base64.StdEncoding.EncodeToString([]byte("x"))})
			}
			want := slices.Contains(strings.Fields(c.who), who)
			if want && err != nil || !want && !denied.is(err) {
				t.Errorf("%s %s %s: want %v, found %v", who, c.method, c.path, want, err)
			}
		}
	}
}

// approle sets a role up as the handbook says and returns the login.
func (x *real) approle(kept string) string {
	x.t.Helper()
	x.put("sys/auth/approle", map[string]any{"type": "approle"})
	x.put("auth/approle/role/writer", map[string]any{"token_policies": "backup-writer", "token_no_default_policy": true,
		"token_ttl": "1h", "token_max_ttl": "24h", "secret_id_num_uses": 1, "secret_id_ttl": "10m"})
	id := x.get("auth/approle/role/writer/role-id").Data["role_id"].(string)
	return "approle approle writer " + x.keep("role-id", id+"\n") + " " + filepath.Join(x.folder, "wrapped") + " " + kept
}

// wrap makes a wrapped secret id and leaves the wrapping token where it is
// looked for.
func (x *real) wrap(path string, data map[string]any) string {
	x.t.Helper()
	x.root.api.SetWrappingLookupFunc(func(string, string) string { return "5m" })
	x.root.api.SetToken(x.RootToken)
	answer, err := x.root.api.Logical().WriteWithContext(x.t.Context(), path, data)
	x.root.api.SetWrappingLookupFunc(func(string, string) string { return "" })
	if err != nil {
		x.t.Fatal(err)
	}
	x.keep("wrapped", answer.WrapInfo.Token+"\n")
	return answer.WrapInfo.Token
}

func TestARunWithARealWrappedSecretID(t *testing.T) {
	x := newReal(t)
	x.pair("writer", "AK1")
	login := x.approle(none)
	x.wrap("auth/approle/role/writer/secret-id", nil)
	source := x.open(login, writersKV)
	c, err := source.Credentials(t.Context())
	if err != nil || c.Access.raw() != "AK1" || c.Secret.raw() != hunter || c.Source != "vault "+x.Addr+" kv secret strongroom/writer/frankfurt version 1" {
		t.Fatalf("found %s, %v", c.Source, err)
	}
	if age := time.Since(c.Made); age < 0 || age > 5*time.Minute {
		t.Errorf("want it made just now, as Vault says, found %s ago", age)
	}
	x.pair("writer", "AK2")
	source.(*lent).look = time.Now() // a minute later
	if got := keys(t, source); got != "AK2 "+hunter+" " {
		t.Errorf("new version: found %s", got)
	}
	token := source.(*lent).session.grant.token.clone()
	if err := source.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := lookUp(t.Context(), x.root, token); !denied.is(err) {
		t.Errorf("want the token revoked with the end of the run, found %v", err)
	}
	other := x.open(login, writersKV)
	_, err = other.Credentials(t.Context())
	wantText(t, "the next run", err, "wrapped secret id: want a wrapping token in "+filepath.Join(x.folder, "wrapped")+", found none")
}

// What a real server says to a wrapping token that was opened, and to one that
// a thief wrapped again.
func TestARealWrappingTokenThatWasIntercepted(t *testing.T) {
	x := newReal(t)
	x.pair("writer", "AK1")
	login := x.approle(none)
	at := "wrapping token " + filepath.Join(x.folder, "wrapped") + ": "
	stolen := x.wrap("auth/approle/role/writer/secret-id", nil)
	loot, err := x.root.put(t.Context(), NewSecret([]byte(stolen)), "sys/wrapping/unwrap", nil)
	if err != nil || loot.Data["secret_id"] == nil {
		t.Fatalf("want it to open once, found %v", err)
	}
	source := x.open(login, writersKV)
	_, err = source.Credentials(t.Context())
	wantText(t, "opened", err, at+"want one that nobody has opened, found one that was opened or has expired: unless you know that it is old, somebody else holds the secret id")
	x.wrap("sys/wrapping/wrap", loot.Data)
	_, err = source.Credentials(t.Context())
	wantText(t, "wrapped again", err, at+"want one wrapped by auth/approle/role/writer/secret-id, found one wrapped by something else: it was opened on its way, or is no secret id of this role")
	var e *Error
	if !errors.As(err, &e) || !e.Alarm {
		t.Errorf("want an alarm, found %#v", err)
	}
	x.keep("wrapped", "hvs.never\n")
	if _, err = source.Credentials(t.Context()); !isAlarm(err) {
		t.Errorf("never made: want an alarm, found %v", err)
	}
	x.wrap("auth/approle/role/writer/secret-id", nil)
	if got := keys(t, source); got != "AK1 "+hunter+" " {
		t.Errorf("an honest one afterwards: found %s", got)
	}
}

func TestARealTokenIsKeptRenewedAndReplaced(t *testing.T) {
	x := newReal(t)
	x.pair("writer", "AK1")
	kept := filepath.Join(x.folder, "token")
	login := x.approle(kept)
	x.put("auth/approle/role/writer", map[string]any{"token_ttl": "3s", "token_max_ttl": "1h"})
	x.wrap("auth/approle/role/writer/secret-id", nil)
	source := x.open(login, writersKV)
	keys(t, source)
	for end := time.Now().Add(4500 * time.Millisecond); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		keys(t, source) // longer than the token would live
	}
	if err := source.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := x.open(login, writersKV)
	if got := keys(t, next); got != "AK1 "+hunter+" " {
		t.Errorf("the next run: found %s", got)
	}
	b, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	x.put("auth/token/revoke", map[string]any{"token": strings.TrimSpace(string(b))})
	next.(*lent).look = time.Now()
	_, err = next.Credentials(t.Context())
	wantText(t, "revoked", err, "wrapped secret id: want a wrapping token in "+filepath.Join(x.folder, "wrapped")+", found none")
	x.wrap("auth/approle/role/writer/secret-id", nil)
	if got := keys(t, next); got != "AK1 "+hunter+" " {
		t.Errorf("let in again: found %s", got)
	}
}

func TestWhatARealServerRefuses(t *testing.T) {
	x := newReal(t)
	x.pair("writer", "AK1")
	x.pair("keeper", "AK2")
	x.put("sys/mounts/old", map[string]any{"type": "kv", "options": map[string]any{"version": "1"}})
	x.put("old/data/x", map[string]any{"access": "a", "secret": hunter})
	x.put("sys/policies/acl/wide", map[string]any{"policy": `path "*" { capabilities = ["read", "update"] }`})
	wide := x.put("auth/token/create", map[string]any{"policies": []string{"wide"}, "ttl": "5m"}).Auth.ClientToken
	login := "token " + x.keep("token", x.tokenFor("writer", "5m")+"\n")
	all := "token " + x.keep("wide", wide+"\n")
	at := "vault " + x.Addr + " "
	const nothing = "want something there, found nothing (404): is the mount right, and is it of the kind that the configuration says"
	for _, c := range []struct{ name, login, read, want string }{
		{"the keeper's pair", login, "read kv secret strongroom/keeper/frankfurt\n", "secret/data/strongroom/keeper/frankfurt: want a token that may do this, found one that may not (403): compare its policy with docs/vault"},
		{"another mount", all, "read kv secrets strongroom/writer/frankfurt\n", "secrets/data/strongroom/writer/frankfurt: " + nothing},
		{"another path", all, "read kv secret strongroom/writer/berlin\n", "secret/data/strongroom/writer/berlin: " + nothing},
		{"a store of version 1", all, "read kv old x\n", "old/data/x: want a key-value store of version 2, found something else"},
		{"no lease", all, "read lease secret/data/strongroom/writer/frankfurt\n", `secret/data/strongroom/writer/frankfurt: want a lease, found none: a key-value store is read by "read kv MOUNT PATH"`},
	} {
		_, err := x.open(c.login, c.read+"fields access secret none\n").Credentials(t.Context())
		wantText(t, c.name, err, at+c.want)
	}
	_, err := x.open("token "+x.keep("root", x.RootToken+"\n"), writersKV).Credentials(t.Context())
	wantText(t, "root", err, "vault "+x.Addr+": want a token with a policy of docs/vault, found the root token")
	unknown := x.keep("unknown", "hvs.unknown\n")
	_, err = x.open("token "+unknown, writersKV).Credentials(t.Context())
	wantText(t, "unknown token", err, "vault "+x.Addr+": want a token that works in "+unknown+", found one that has expired or was revoked")
	source := x.open(login, writersKV)
	keys(t, source)
	x.put("secret/delete/strongroom/writer/frankfurt", map[string]any{"versions": []int{1}})
	source.(*lent).look = time.Now()
	_, err = source.Credentials(t.Context())
	wantText(t, "deleted", err, at+"secret/data/strongroom/writer/frankfurt: want a version that is there, found one that was deleted")
	x.pair("writer", "AK3")
	keys(t, source)
	x.put("sys/seal", nil)
	_, err = x.open(login, writersKV).Credentials(t.Context())
	wantText(t, "sealed", err, at+"auth/token/lookup-self: want an unsealed server, found one that is sealed, or out of service (503)")
	source.(*lent).look = time.Now()
	if got := keys(t, source); got != "AK3 "+hunter+" " {
		t.Errorf("sealed after it was read: found %s", got)
	}
	x.Kill()
	source.(*lent).look = time.Now()
	if got := keys(t, source); got != "AK3 "+hunter+" " {
		t.Errorf("gone after it was read: found %s", got)
	}
}

func TestARealLoginByCertificate(t *testing.T) {
	x := newReal(t)
	x.pair("writer", "AK1")
	x.put("sys/auth/cert", map[string]any{"type": "cert"})
	chain, key := pairOf(t, "backup-writer")
	x.put("auth/cert/certs/writer", map[string]any{"certificate": chain, "token_policies": "backup-writer", "token_no_default_policy": true, "token_ttl": "5m", "token_max_ttl": "1h"})
	certificate, private := x.keep("c.pem", chain), x.keep("k.pem", key)
	login := "certificate cert writer " + certificate + " " + private
	source := x.open(login, writersKV)
	if got := keys(t, source); got != "AK1 "+hunter+" " {
		t.Errorf("found %s", got)
	}
	chain, key = pairOf(t, "somebody")
	x.keep("c.pem", chain)
	x.keep("k.pem", key)
	keys(t, source) // its token lives on
	_, err := x.open(login, writersKV).Credentials(t.Context())
	wantText(t, "another", err, "vault "+x.Addr+" auth/cert/login: want a certificate that the role writer accepts, found another")
}

func TestARealKeySignsManifests(t *testing.T) {
	x := newReal(t)
	x.put("sys/mounts/transit", map[string]any{"type": "transit"})
	x.put("transit/keys/backup-manifest", map[string]any{"type": "ed25519"})
	config, err := ParseSignerConfig(fmt.Appendf(nil, "signer vault\naddress %s\nauthority %s\nlogin token %s\nkey transit backup-manifest\n", x.Addr, x.CAFile, x.keep("token", x.tokenFor("writer", "5m"))))
	if err != nil {
		t.Fatal(err)
	}
	doors := Doors{time.Now, noEnv}
	versions, err := publicKeys("", x.get("transit/keys/backup-manifest").Data)
	if err != nil {
		t.Fatal(err)
	}
	first := versions[1].key
	signer, err := OpenTransit(t.Context(), config, doors, first)
	if err != nil {
		t.Fatal(err)
	}
	x.put("transit/keys/backup-manifest/rotate", nil) // the policy still names the first
	again, err := OpenTransit(t.Context(), config, doors, first)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, s := range []*Transit{signer, again, signer, again} {
		all.Go(func() {
			text := []byte("strongroom/manifest@v1\n")
			file, err := sshsig.Sign(s, sshsig.NamespaceFor("manifest"), text)
			if err != nil {
				t.Error(err)
				return
			}
			parsed, err := sshsig.Parse(file)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := parsed.Verify(first, sshsig.NamespaceFor("manifest"), text, sshsig.Factor{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	_, stranger := versionOf(t, 9)
	versions, err = publicKeys("", x.get("transit/keys/backup-manifest").Data)
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenTransit(t.Context(), config, doors, stranger)
	wantText(t, "another key", err, "vault "+x.Addr+" transit/keys/backup-manifest: want the key "+stranger.Fingerprint()+" that the policy names, found "+versions[2].key.Fingerprint()+", version 2")
	x.put("transit/keys/backup-manifest/config", map[string]any{"exportable": true})
	_, err = OpenTransit(t.Context(), config, doors, first)
	wantText(t, "exportable", err, "vault "+x.Addr+" transit/keys/backup-manifest: want a key that is not exportable, found one that is, or may be")
	x.put("sys/seal", nil)
	_, err = signer.Sign([]byte("x"))
	wantText(t, "sealed", err, "vault "+x.Addr+" transit/sign/backup-manifest: want an unsealed server, found one that is sealed, or out of service (503)")
}
