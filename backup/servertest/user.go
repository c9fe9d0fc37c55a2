package servertest

import (
	"os/exec"
	"strings"
	"testing"
)

// User makes a user of VersityGW who may do nothing until a bucket's policy names
// them, and returns their secret key. Somebody who is there already stays.
func (s *S3Server) User(t testing.TB, name string) (secret string) {
	t.Helper()
	if s.Kind != VersityGW {
		t.Fatalf("users: want %s, found %s", VersityGW, s.Kind)
	}
	secret = name + "-" + s.SecretKey
	cmd := exec.CommandContext(t.Context(), s.program.path, "admin", "--endpoint-url", "https://"+s.Endpoint, "--region", s.Region, "--allow-insecure",
		"create-user", "--access", name, "--secret", secret, "--role", "user")
	cmd.Env = []string{"ADMIN_ACCESS_KEY_ID=" + s.AccessKey, "ADMIN_SECRET_ACCESS_KEY=" + s.SecretKey}
	if out, err := cmd.CombinedOutput(); err != nil && !strings.Contains(string(out), "exists") {
		t.Fatalf("%s: want the user %s, found %v: %s", s.Kind, name, err, out)
	}
	return secret
}
