package sshsig

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	hiddeco "github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// needStock skips where OpenSSH is not installed.
func needStock(t testing.TB, tools ...string) {
	t.Helper()
	for _, tool := range append(tools, "ssh-keygen") {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("stock tool %s is not installed", tool)
		}
	}
}

func writeFile(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stockAccepts asks ssh-keygen -Y verify. The key is a line of any type, so
// that refused types can be shown to it too.
func stockAccepts(t testing.TB, keyLine, namespace string, sig []byte, message string) bool {
	t.Helper()
	dir := t.TempDir()
	roster, file := filepath.Join(dir, "roster"), filepath.Join(dir, "sig")
	writeFile(t, roster, []byte("bob "+keyLine+"\n"))
	writeFile(t, file, sig)
	cmd := exec.Command("ssh-keygen", "-Y", "verify", "-f", roster, "-I", "bob", "-n", namespace, "-s", file)
	cmd.Stdin = strings.NewReader(message)
	out, err := cmd.CombinedOutput()
	if good := bytes.HasPrefix(out, []byte("Good ")); good != (err == nil) {
		t.Fatalf("ssh-keygen: exit %v, output %q", err, out)
	}
	return err == nil
}

// claimStock compares what ssh-keygen accepted with what this package says of
// it. The claims were tried with OpenSSH 9.2; a later one may have mended
// something, which is no fault of ours and is only logged.
func claimStock(t testing.TB, what string, want, found bool) {
	t.Helper()
	if want == found {
		return
	}
	version, _ := exec.Command("ssh", "-V").CombinedOutput()
	if bytes.HasPrefix(version, []byte("OpenSSH_9.2")) {
		t.Errorf("%s: ssh-keygen accepts: want %t, found %t", what, want, found)
		return
	}
	t.Logf("%s: ssh-keygen of %s accepts: %t", what, bytes.TrimSpace(version), found)
}

// stockKey makes a key pair with ssh-keygen and returns the private file.
func stockKey(t testing.TB, passphrase string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "id")
	args = append([]string{"-q", "-N", passphrase, "-f", file}, args...)
	if out, err := exec.Command("ssh-keygen", args...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen %v: %v: %s", args, err, out)
	}
	return file
}

// stockSign signs message with ssh-keygen -Y sign.
func stockSign(t testing.TB, keyFile, namespace, message string, args ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "text")
	writeFile(t, file, []byte(message))
	args = append([]string{"-q", "-Y", "sign", "-f", keyFile, "-n", namespace}, args...)
	if out, err := exec.Command("ssh-keygen", append(args, file)...).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	return readFile(t, file+".sig")
}

// softwareKeys are the arguments of ssh-keygen for the types that live in
// files.
func softwareKeys() map[string][]string {
	return map[string][]string{
		"ssh-ed25519":         {"-t", "ed25519"},
		"ecdsa-sha2-nistp256": {"-t", "ecdsa", "-b", "256"},
		"ecdsa-sha2-nistp384": {"-t", "ecdsa", "-b", "384"},
	}
}

func TestStockSignaturesVerifyHere(t *testing.T) {
	needStock(t)
	for name, args := range softwareKeys() {
		t.Run(name, func(t *testing.T) {
			file := stockKey(t, "", args...)
			key, err := ParseAuthorizedKey(readFile(t, file+".pub"))
			if err != nil || key.Type().String() != name {
				t.Fatalf("want %s, found %s %v", name, key.Type(), err)
			}
			armored := stockSign(t, file, testNamespace, testMessage)
			v, err := mustParse(t, armored).Verify(key, testNamespace, []byte(testMessage), Factor{})
			if err != nil || !v.OK() {
				t.Fatal(err)
			}
		})
	}
}

func TestOurSignaturesVerifyInStockTools(t *testing.T) {
	needStock(t)
	for _, kind := range testKeyTypes() {
		t.Run(kind.String(), func(t *testing.T) {
			k := newSoftKey(t, kind, "officer bob")
			armored, err := Sign(k, testNamespace, []byte(testMessage))
			if err != nil {
				t.Fatal(err)
			}
			if !stockAccepts(t, k.key.String(), testNamespace, armored, testMessage) {
				t.Error("ssh-keygen refuses our signature")
			}
			if stockAccepts(t, k.key.String(), testNamespace, armored, testMessage+"x") {
				t.Error("ssh-keygen accepts our signature for another text")
			}
			if stockAccepts(t, k.key.String(), "veto.v1@strongroom", armored, testMessage) {
				t.Error("ssh-keygen accepts our signature for another act")
			}
		})
	}
}

func TestSecondGoLibraryAgrees(t *testing.T) {
	for _, kind := range testKeyTypes() {
		k := newSoftKey(t, kind, "officer bob")
		armored, err := Sign(k, testNamespace, []byte(testMessage))
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := hiddeco.Unarmor(armored)
		if err != nil {
			t.Fatal(err)
		}
		public, err := ssh.ParsePublicKey(k.key.Blob())
		if err != nil {
			t.Fatal(err)
		}
		if err := hiddeco.Verify(strings.NewReader(testMessage), theirs, public, hiddeco.HashSHA512, testNamespace); err != nil {
			t.Errorf("%s: the other library refuses our signature: %v", kind, err)
		}
		// That library wraps at 64 columns; the bytes inside are the same.
		again := hiddeco.Armor(theirs)
		if _, err := Parse(again); err == nil {
			t.Errorf("%s: 64 columns are accepted", kind)
		}
		if wrapped := rewrap(string(again), armorColumns); !bytes.Equal(wrapped, armored) {
			t.Errorf("%s: the other library writes other bytes:\nwant\n%s\nfound\n%s", kind, armored, wrapped)
		}
	}
}

func TestStockLaxnessIsRefusedHere(t *testing.T) {
	needStock(t)
	k := newSoftKey(t, Ed25519, "officer bob")
	good := goodLayout(t, k)
	spoil := func(change func(*layout)) []byte {
		l := good
		change(&l)
		return l.armored()
	}
	sha256Content, _ := k.Sign(stockSignedBlob(testNamespace, testMessage, "sha256"))
	file := string(good.armored())
	tests := []struct {
		name  string
		sig   []byte
		stock bool // what ssh-keygen 9.2 says
		code  Code
		text  string
	}{
		{"text after the footer", []byte(file + "approved by all\n"), true, CodeArmor,
			"signature file's end: want the line -----END SSH SIGNATURE----- and nothing after it, found something else"},
		{"second signature after the first", []byte(file + file), true, CodeArmor,
			"signature file's base64 line 4: want 70 columns, found 46"},
		{"base64 wrapped at 64", rewrap(file, 64), true, CodeArmor,
			"signature file's base64 line 1: want 70 columns, found 64"},
		{"base64 in one line", rewrap(file, 10_000), true, CodeArmor,
			"signature file's base64 line 1: want 1 to 70 columns, found 256"},
		{"missing last LF", []byte(strings.TrimSuffix(file, "\n")), true, CodeArmor,
			"signature file's end: want the line -----END SSH SIGNATURE----- and nothing after it, found something else"},
		{"carriage returns", []byte(strings.ReplaceAll(file, "\n", "\r\n")), false, CodeArmor,
			"signature file's lines: want endings of LF alone, found a carriage return"},
		{"byte order mark", []byte("\ufeff" + file), false, CodeArmor,
			"signature file's start: want the line -----BEGIN SSH SIGNATURE----- and nothing before it, found something else"},
		{"reserved field in use", spoil(func(l *layout) { l.reserved = "and pay mallory" }), true, CodeNonCanonical,
			"signature reserved field: want 0 bytes, as no key signs it, found 15 bytes"},
		{"version 0", spoil(func(l *layout) { l.version = 0 }), true, CodeNonCanonical,
			"signature version: want 1, found 0"},
		{"version 2", spoil(func(l *layout) { l.version = 2 }), false, CodeNonCanonical,
			"signature version: want 1, found 2"},
		{"hash sha256", spoil(func(l *layout) { l.hash, l.content = "sha256", string(sha256Content) }), true, CodeHash,
			`signature hash: want sha512, found "sha256"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			claimStock(t, tt.name, tt.stock, stockAccepts(t, k.key.String(), testNamespace, tt.sig, testMessage))
			_, err := Parse(tt.sig)
			wantRefusal(t, err, tt.code, tt.text)
		})
	}
}

// rewrap breaks the base64 of a signature file at another width.
func rewrap(file string, width int) []byte {
	body := strings.TrimSuffix(strings.TrimPrefix(file, armorHeader), armorFooter)
	body = strings.ReplaceAll(body, "\n", "")
	out := armorHeader
	for len(body) > width {
		out += body[:width] + "\n"
		body = body[width:]
	}
	return []byte(out + body + "\n" + armorFooter)
}

func TestStockAcceptsKeyTypesThatAreRefusedHere(t *testing.T) {
	needStock(t)
	const want = "key type: want ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, sk-ssh-ed25519@openssh.com" +
		" or sk-ecdsa-sha2-nistp256@openssh.com, found "
	for _, tt := range []struct {
		args []string
		text string
	}{
		{[]string{"-t", "rsa", "-b", "2048"}, want + "ssh-rsa (RSA is not accepted)"},
		{[]string{"-t", "ecdsa", "-b", "521"}, want + "ecdsa-sha2-nistp521 (P-521 is not accepted)"},
	} {
		file := stockKey(t, "", tt.args...)
		public := readFile(t, file+".pub")
		armored := stockSign(t, file, testNamespace, testMessage)
		if !stockAccepts(t, strings.TrimSpace(string(public)), testNamespace, armored, testMessage) {
			t.Errorf("%v: ssh-keygen refuses its own signature", tt.args)
		}
		_, err := Parse(armored)
		wantRefusal(t, err, CodeKeyType, tt.text)
		_, err = ParseAuthorizedKey(public)
		wantRefusal(t, err, CodeKeyType, tt.text)
		_, err = ParsePrivateKey(readFile(t, file), nil)
		wantRefusal(t, err, CodeKeyType, tt.text)
	}
}

func TestCertificateOfAnotherIsRefused(t *testing.T) {
	needStock(t)
	ca, file := stockKey(t, "", "-t", "ed25519"), stockKey(t, "", "-t", "ed25519")
	if out, err := exec.Command("ssh-keygen", "-q", "-s", ca, "-I", "bob", "-n", "bob", file+".pub").CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, out)
	}
	const text = "key type: want ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, sk-ssh-ed25519@openssh.com" +
		" or sk-ecdsa-sha2-nistp256@openssh.com, found ssh-ed25519-cert-v01@openssh.com (certificates are not accepted)"
	_, err := ParseAuthorizedKey(readFile(t, file+"-cert.pub"))
	wantRefusal(t, err, CodeKeyType, text)

	certificate := strings.Fields(string(readFile(t, file+"-cert.pub")))[1]
	l := goodLayout(t, newSoftKey(t, Ed25519, "officer bob"))
	l.key = string(decodeBase64(t, certificate))
	_, err = Parse(l.armored())
	wantRefusal(t, err, CodeKeyType, text)
}

func TestFingerprintAndLineAreThoseOfStockTools(t *testing.T) {
	needStock(t)
	file := stockKey(t, "", "-t", "ed25519", "-C", "bob's laptop, zürich")
	public := readFile(t, file+".pub")
	key, err := ParseAuthorizedKey(public)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ssh-keygen", "-l", "-f", file+".pub").Output()
	if err != nil || strings.Fields(string(out))[1] != key.Fingerprint() {
		t.Errorf("fingerprint: want %s, found %s %v", out, key.Fingerprint(), err)
	}
	if want := strings.Join(strings.Fields(string(public))[:2], " "); key.String() != want {
		t.Errorf("line: want %s, found %s", want, key)
	}
}
