package keystore

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"
)

// What recipients look like, made once and never used.
const (
	ageRecipient    = "age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq"
	sshRecipient    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4BkPvcmgw7VtjIpF8Zu7Hc3O4CSMAxiunOJT0lWTKL"
	pluginRecipient = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"
)

func hybridRecipient(t testing.TB) string {
	t.Helper()
	pq, err := age.GenerateHybridIdentity()
	must(t, err)
	return pq.Recipient().String()
}

func TestRecipientsAndTheirSeals(t *testing.T) {
	for _, c := range []struct{ text, seal string }{
		{"passphrase", SealPassphrase},
		{ageRecipient, SealKey},
		{sshRecipient, SealKey},
		{sshRecipient + " anna@north, her second", SealKey},
		{hybridRecipient(t), SealHybrid},
		{pluginRecipient, SealHardware},
		{"age1tag1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", SealHardware},
		{"age1fido2-hmac1qqpqhy6xj0zqqpqhy6xj0z", SealHardware},
	} {
		r, err := ParseRecipient(c.text)
		if err != nil || r.Seal() != c.seal || r.String() != c.text {
			t.Errorf("%s: want a %s, found %s, %v", c.text, c.seal, r.Seal(), err)
		}
	}
	if (Recipient{}).Seal() != "" || (Recipient{}).String() != "" {
		t.Error("want nothing of the zero recipient, found something")
	}
}

// rsaKey returns the second word of a public key line, of a key that age would
// seal to.
func rsaKey(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	public, err := ssh.NewPublicKey(&key.PublicKey)
	must(t, err)
	return base64.StdEncoding.EncodeToString(public.Marshal())
}

// Nobody is to find out later that a share was sealed to something that they
// have not seen, or cannot open.
func TestRecipientsThatSealToSomethingElse(t *testing.T) {
	const form = "recipient: want passphrase, an age1 recipient or an ssh-ed25519 key: "
	other := rsaKey(t)
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", form + "found another form"},
		{"capitals", "Passphrase", form + "found another form"},
		{"secret key in the place of the public one", "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ", form + "found another form"},
		{"ssh-rsa", "ssh-rsa " + other, form + "found another form"},
		{"a key of ECDSA", "ecdsa-sha2-nistp256 AAAA", form + "found another form"},
		{"plugin without data", "age1yubikey1", form + "found a plugin's recipient without its name or data"},
		{"plugin with little data", "age1yubikey1qwt50d05nh5vutp"[:28-1], form + "found a plugin's recipient without its name or data"},
		{"plugin with a path as its name", "age1../../x1" + strings.Repeat("q", 40), form + "found another character than a to z, 0 to 9 and -"},
		{"two lines", sshRecipient + "\n" + sshRecipient, "recipient: want one line of printable ASCII, found another byte at 81"},
		{"escape in a comment", sshRecipient + " \x1b[2K", "recipient: want one line of printable ASCII, found another byte at 82"},
		{"tab", strings.Replace(sshRecipient, " ", "\t", 1), "recipient: want one line of printable ASCII, found another byte at 12"},
		{"flood", "age1" + strings.Repeat("q", maxRecipient), "recipient: want at most 4096 bytes, found 4100"},
	} {
		_, err := ParseRecipient(c.text)
		refused(t, c.name, err, c.want)
	}
	for _, c := range []struct{ name, text string }{
		{"another letter", strings.Replace(ageRecipient, "3290gq", "3290gp", 1)},
		{"space behind", ageRecipient + " "},
		{"hybrid cut", hybridRecipient(t)[:200]},
		{"hybrid of X25519's data", "age1pq1" + ageRecipient[4:]},
		{"ssh cut", sshRecipient[:60]},
		{"RSA under another name", "ssh-ed25519 " + other},
		{"RSA behind an option", "ssh-ed25519 ssh-rsa " + other},
		{"a key behind an option", "ssh-ed25519 " + sshRecipient},
		{"two spaces", strings.Replace(sshRecipient, " ", "  ", 1)},
	} {
		r, err := ParseRecipient(c.text)
		if err == nil || !strings.HasPrefix(err.Error(), form) || r != (Recipient{}) {
			t.Errorf("%s: want it refused, found %v", c.name, err)
		}
	}
}

func TestOnlyAPluginsProgramSealsToIt(t *testing.T) {
	to, err := ParseRecipient(pluginRecipient)
	must(t, err)
	file, err := SealShare([]byte(testWords), to, nil, 0)
	if refused(t, "plugin", err, "seal: want a recipient that this program can seal to, found a plugin's, which its own program has to"); file != nil {
		t.Error("want no file, found one")
	}
}

func FuzzRecipient(f *testing.F) {
	for _, s := range []string{"passphrase", ageRecipient, sshRecipient, sshRecipient + " anna", pluginRecipient, hybridRecipient(f), "ssh-ed25519 " + sshRecipient} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRecipient(s)
		if err != nil {
			return
		}
		if r.String() != s || r.Seal() == "" {
			t.Fatalf("want %q of seal, found %q of %q", s, r, r.Seal())
		}
		again, err := ParseRecipient(r.String())
		if err != nil || again.Seal() != r.Seal() {
			t.Fatalf("want it read again, found %v", err)
		}
		if strings.ContainsAny(s, "\n\r\t\x00") {
			t.Fatalf("want one line, found %q", s)
		}
	})
}
