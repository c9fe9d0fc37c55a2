package policy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum/sshsig"
)

// The roster is what a stock ssh-keygen takes: it accepts an officer's
// signature in the project's namespaces, and no other's.
func TestStockToolVerifiesWithTheRoster(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("ssh-keygen is not installed")
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	run := func(stdin []byte, args ...string) (string, error) {
		cmd := exec.Command(keygen, args...)
		cmd.Stdin = bytes.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	p := filled(t, custody.Regtest)
	for _, kind := range []string{"ed25519", "ecdsa"} {
		if out, err := run(nil, "-q", "-t", kind, "-N", "", "-C", "", "-f", path(kind)); err != nil {
			t.Fatal(out, err)
		}
		b, err := os.ReadFile(path(kind) + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		k, err := sshsig.ParseAuthorizedKey(b)
		if err != nil {
			t.Fatal(err)
		}
		p = must(t)(p.AddOfficer(textID("user-"+kind), "acme-ops", "A User", []sshsig.Key{k}, "treasury"))
	}
	checked(t, p, nil)
	if err := os.WriteFile(path("policy.txt"), p.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	roster, err := exec.Command("sed", "-n", "s/^signer //p", path("policy.txt")).Output()
	if err != nil || !bytes.Equal(roster, p.AllowedSigners()) {
		t.Fatalf("want what sed prints, found %q, %v", roster, err)
	}
	if err := os.WriteFile(path("roster"), roster, 0o600); err != nil {
		t.Fatal(err)
	}
	message := []byte("strongroom/proposal@v1\n")
	sign := func(kind, namespace string) {
		t.Helper()
		out, err := exec.Command(keygen, "-Y", "sign", "-q", "-f", path(kind), "-n", namespace, path("text")).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v", out, err)
		}
	}
	verify := func(who, namespace string) (string, error) {
		return run(message, "-Y", "verify", "-f", path("roster"), "-I", who, "-n", namespace, "-s", path("text.sig"))
	}
	if err := os.WriteFile(path("text"), message, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"ed25519", "ecdsa"} {
		for _, c := range []struct {
			who, signed, asked string
			good               bool
		}{
			{"user-" + kind, "approve.v1@strongroom", "approve.v1@strongroom", true},
			{"user-" + kind, "consent.v1@strongroom", "consent.v1@strongroom", true},
			{"user-" + kind, "approve.v1@strongroom", "veto.v1@strongroom", false},
			{"user-" + kind, "file", "file", false},
			{"alice", "approve.v1@strongroom", "approve.v1@strongroom", false},
		} {
			if err := os.RemoveAll(path("text.sig")); err != nil {
				t.Fatal(err)
			}
			sign(kind, c.signed)
			out, err := verify(c.who, c.asked)
			if good := err == nil && strings.HasPrefix(out, "Good "); good != c.good {
				t.Errorf("%+v: found %s", c, out)
			}
		}
	}
}
