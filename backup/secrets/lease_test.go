package secrets

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/backup/servertest"
)

// engine is a server with a secrets engine of our own, which lends pairs and
// tells which are still good.
func engine(t *testing.T, lease, longest string) *real {
	t.Helper()
	program, err := exec.LookPath(os.Getenv("STRONGROOM_VAULT_PLUGIN"))
	if err != nil {
		const sentence = "vault-plugin: want it at $STRONGROOM_VAULT_PLUGIN, found none: run scripts/build-servers.sh vault-plugin, and the tests by scripts/gotest.sh"
		if os.Getenv("STRONGROOM_SERVERS") == "needed" {
			t.Fatal(sentence)
		}
		t.Skip(sentence)
	}
	bytes, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	x := asRoot(t, servertest.VaultWithPlugins(t, filepath.Dir(program)))
	name := filepath.Base(program)
	x.put("sys/plugins/catalog/secret/"+name, map[string]any{"command": name, "sha256": fmt.Sprintf("%x", sha256.Sum256(bytes))})
	x.put("sys/mounts/s3", map[string]any{"type": name, "config": map[string]any{"default_lease_ttl": lease, "max_lease_ttl": longest}})
	x.put("sys/policies/acl/backup-fixed", map[string]any{"policy": strings.Replace(x.writersPolicy(), "s3/creds/writer", "s3/creds/fixed", 1)})
	return x
}

func (x *real) writersPolicy() string {
	rules, err := os.ReadFile("../../docs/vault/writer.hcl")
	if err != nil {
		x.t.Fatal(err)
	}
	return string(rules)
}

// live lists the access keys that the engine still honours.
func (x *real) live() []string {
	x.t.Helper()
	x.root.api.SetToken(x.RootToken)
	answer, err := x.root.api.Logical().ListWithContext(x.t.Context(), "s3/live")
	if err != nil {
		x.t.Fatal(err)
	}
	var names []string
	if answer != nil {
		list, _ := answer.Data["keys"].([]any)
		for _, name := range list {
			names = append(names, name.(string))
		}
	}
	return names
}

// gone waits until the engine has struck off all but the wanted keys: Vault
// ends leases a moment after their time.
func (x *real) gone(want ...string) {
	x.t.Helper()
	var found []string
	for range 100 {
		if found = x.live(); slices.Equal(found, want) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	x.t.Errorf("live: want %q, found %q", want, found)
}

const lendsTo = "fields access_key secret_key none\n"

func access(t *testing.T, s Source) string {
	t.Helper()
	c, err := s.Credentials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Erase()
	if err := c.Check(time.Now()); err != nil {
		t.Error(err)
	}
	return c.Access.raw()
}

func TestARealLeaseIsRenewedAndGivenBack(t *testing.T) {
	x := engine(t, "3s", "1h")
	source := x.open("token "+x.keep("token", x.tokenFor("writer", "10m")), "read lease s3/creds/writer\n"+lendsTo)
	if _, err := x.open("token "+x.keep("keeper", x.tokenFor("keeper", "10m")), "read lease s3/creds/writer\n"+lendsTo).Credentials(t.Context()); !denied.is(err) {
		t.Errorf("the keeper: want it denied, found %v", err)
	}
	first := access(t, source)
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if got := access(t, source); got != first {
			t.Fatalf("want the same pair, renewed, found another")
		}
	}
	x.gone(first)
	if err := source.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.gone()
}

func TestARealLeaseThatCannotBeRenewedIsReadAnew(t *testing.T) {
	for _, c := range []struct{ kind, lease, longest string }{
		{"fixed", "3s", "1h"},  // never
		{"writer", "3s", "4s"}, // not for long
	} {
		x := engine(t, c.lease, c.longest)
		source := x.open("token "+x.keep("token", x.tokenFor(c.kind, "10m")), "read lease s3/creds/"+c.kind+"\n"+lendsTo)
		first := access(t, source)
		got := first
		for end := time.Now().Add(6 * time.Second); got == first && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			got = access(t, source) // and each of them is good when it is given
			if !slices.Contains(x.live(), got) {
				t.Fatalf("%s: want a pair that the engine honours", c.kind)
			}
		}
		if got == first {
			t.Errorf("%s: want another pair before the first one ends", c.kind)
		}
		if err := source.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.gone()
	}
}

// A token that is revoked takes its pairs with it: the next one brings another.
func TestARealLeaseEndsWithItsToken(t *testing.T) {
	x := engine(t, "1h", "2h")
	token := x.tokenFor("writer", "10m")
	source := x.open("token "+x.keep("token", token), "read lease s3/creds/writer\n"+lendsTo)
	first := access(t, source)
	x.put("auth/token/revoke", map[string]any{"token": token})
	x.gone()
	x.keep("token", x.tokenFor("writer", "10m"))
	source.(*lent).look = time.Now()
	second := access(t, source)
	if second == first {
		t.Error("want another pair")
	}
	x.gone(second)
}
