package sshsig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOpenSSHVectors reads the sshsig regression files of OpenSSH from the
// folder sshsig of STRONGROOM_VECTORS.
func TestOpenSSHVectors(t *testing.T) {
	root := os.Getenv("STRONGROOM_VECTORS")
	if root == "" {
		t.Skip("STRONGROOM_VECTORS is not set")
	}
	dir := filepath.Join(root, "sshsig")
	files, err := filepath.Glob(filepath.Join(dir, "*.sig"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s: %v", dir, err)
	}
	const types = "key type: want ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, sk-ssh-ed25519@openssh.com" +
		" or sk-ecdsa-sha2-nistp256@openssh.com, found "
	refused := map[string]string{
		"rsa":             types + "ssh-rsa (RSA is not accepted)",
		"dsa":             types + "ssh-dss (DSA is not accepted)",
		"mldsa44-ed25519": types + "ssh-mldsa44-ed25519@openssh.com (ML-DSA is not accepted)",
		"ecdsa_sk_webauthn": "signature format: want sk-ecdsa-sha2-nistp256@openssh.com, the type of its key, found " +
			"webauthn-sk-ecdsa-sha2-nistp256@openssh.com (the browser's form of a signature is not accepted)",
	}
	message := readFile(t, filepath.Join(dir, "signed-data"))
	namespace := strings.TrimSpace(string(readFile(t, filepath.Join(dir, "namespace"))))
	good, bad := 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sig")
		sig, err := Parse(readFile(t, file))
		if text, ok := refused[name]; ok {
			wantRefusal(t, err, CodeKeyType, text)
			bad++
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		key, err := ParseAuthorizedKey(readFile(t, strings.TrimSuffix(file, ".sig")+".pub"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		v, err := sig.Verify(key, namespace, message, Factor{})
		if err != nil || !v.OK() {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := sig.Verify(key, namespace, append(message, '\n'), Factor{}); err == nil {
			t.Errorf("%s: another text verifies", name)
		}
		good++
	}
	if good < 4 || bad < 3 {
		t.Errorf("want at least 4 accepted and 3 refused vectors, found %d and %d", good, bad)
	}
	t.Logf("%d vectors: %d accepted, %d refused by type", good+bad, good, bad)
}
