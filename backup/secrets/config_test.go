package secrets

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

const (
	reachText = "address https://vault.example:8200\nauthority /etc/ca.pem\nlogin token /run/token\n"
	kvText    = "credentials vault\n" + reachText + "read kv secret backup/frankfurt\nfields access secret none\n"
	leaseText = "credentials vault\naddress https://[::1]:8200\nauthority system\nlogin certificate cert writer /c.pem /k.pem\nread lease s3/creds/writer\nfields access_key secret_key security_token\n"
	roleText  = "credentials vault\naddress https://10.0.0.7:8200\nauthority system\nlogin approle teams/approle writer /r /run/w none\nread kv secret x\nfields a b none\n"
	keepText  = "credentials vault\naddress https://10.0.0.7:8200\nauthority system\nlogin approle approle writer /r /run/w /run/t\nread kv secret x\nfields a b none\n"
	keyText   = "signer vault\n" + reachText + "key transit backup-manifest\n"
)

func TestConfigurationsAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]string{
		"credentials file /etc/strongroom/x.key\n": "file /etc/strongroom/x.key",
		"credentials systemd frankfurt\n":          "systemd frankfurt",
		"credentials environment\n":                "environment",
		kvText:                                     "vault https://vault.example:8200 kv secret backup/frankfurt",
		leaseText:                                  "vault https://[::1]:8200 lease s3/creds/writer",
		roleText:                                   "vault https://10.0.0.7:8200 kv secret x",
		keepText:                                   "vault https://10.0.0.7:8200 kv secret x",
	} {
		c, err := ParseConfig([]byte(text))
		if err != nil || string(c.Bytes()) != text || c.String() != want {
			t.Errorf("%s: found %s, %q, %v", text, c, c.Bytes(), err)
		}
		if warned := len(c.Warnings()) > 0; warned != (want == "environment") {
			t.Errorf("%s: warnings: found %q", text, c.Warnings())
		}
	}
	c, err := ParseSignerConfig([]byte(keyText))
	if err != nil || string(c.Bytes()) != keyText || c.String() != "vault https://vault.example:8200 key transit/backup-manifest" {
		t.Errorf("signer: found %s, %q, %v", c, c.Bytes(), err)
	}
	if (Config{}).Bytes() != nil || (SignerConfig{}).Bytes() != nil || (Config{}).String() != "no credentials" || (SignerConfig{}).String() != "no signer" {
		t.Error("zero: want nothing")
	}
}

// Whoever looks after the machine is told which files let others in.
func TestPrivateFilesAreNamed(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"CREDENTIALS_DIRECTORY": "/run/credentials/x"}[name]
	}
	for text, want := range map[string]string{
		"credentials file /etc/strongroom/x.key\n": "[{/etc/strongroom/x.key false}]",
		"credentials systemd frankfurt\n":          "[{/run/credentials/x/frankfurt true}]",
		"credentials environment\n":                "[]",
		strings.Replace(kvText, strings.Split(kvText, "\n")[3], "login approle approle writer /etc/role-id /run/wrapped none", 1):       "[{/etc/role-id false}]",
		strings.Replace(kvText, strings.Split(kvText, "\n")[3], "login certificate cert writer /etc/writer.pem /etc/writer.key", 1):     "[{/etc/writer.key false}]",
		strings.Replace(kvText, strings.Split(kvText, "\n")[3], "login approle approle writer /etc/role-id /run/wrapped /var/token", 1): "[{/etc/role-id false} {/var/token false}]",
	} {
		c, err := ParseConfig([]byte(text))
		if got := fmt.Sprint(c.PrivateFiles(env)); err != nil || got != want {
			t.Errorf("%s: want %s, found %s, %v", text, want, got, err)
		}
	}
}

func TestConfigurationsAreReadStrictly(t *testing.T) {
	with := func(text, old, new string) string { return strings.Replace(text, old, new, 1) }
	const address = "credentials: line 2: want https://HOST:PORT, found something else"
	const logins = "credentials: line 4: want token FILE, approle MOUNT ROLE ROLE-ID-FILE WRAPPED-FILE TOKEN-FILE, or certificate MOUNT ROLE CERTIFICATE-FILE KEY-FILE, found something else"
	const file = "want a file's path that begins with / and has no detour, found something else"
	const kinds = "credentials: line 1: want file PATH, systemd NAME, environment or vault, found something else"
	const name = "of 1 to 64 letters, digits, dots, hyphens and underscores, found something else"
	const three = "credentials: line 6: want three different names, of which the last may be none, found others"
	const vaultPath = "want a path of names with slashes between, at most 256 bytes, found something else"
	for _, x := range []struct{ name, in, want string }{
		{"empty", "", "credentials: want 1 to 8192 bytes, found 0"},
		{"too long", strings.Repeat("a", 8193), "credentials: want 1 to 8192 bytes, found 8193"},
		{"no LF", "credentials environment", "credentials: want LF as the last byte, found another"},
		{"CRLF", "credentials environment\r\n", "credentials: line 1: want printable ASCII and LF only, found byte 0d"},
		{"keys in it", "access=hunter2hunter2\n", `credentials: line 1: want "credentials" and 1 to 2 words, found something else`},
		{"unknown", "credentials hunter2hunter2\n", kinds},
		{"a key behind", "credentials environment hunter2hunter2\n", `credentials: line 1: want nothing behind "environment", found more`},
		{"file without path", "credentials file\n", "credentials: line 1: " + file},
		{"file from here", "credentials file hunter2hunter2\n", "credentials: line 1: " + file},
		{"file with a detour", "credentials file /etc/../x\n", "credentials: line 1: " + file},
		{"file of the root", "credentials file /\n", "credentials: line 1: " + file},
		{"credential with a path", "credentials systemd ../x\n", "credentials: line 1: want a credential " + name},
		{"hidden credential", "credentials systemd .x\n", "credentials: line 1: want a credential " + name},
		{"two spaces", "credentials  environment\n", "credentials: line 1: want one space between words, found two or one at the end"},
		{"more", "credentials environment\nhunter2hunter2\n", "credentials: line 2: want the end, found more"},
		{"empty line", "credentials environment\n\n", "credentials: line 2: want the end, found more"},
		{"plain HTTP", with(kvText, "https://vault.example:8200", "http://127.0.0.1:8200"), address},
		{"no port", with(kvText, ":8200", ""), address},
		{"port zero", with(kvText, ":8200", ":0"), "credentials: line 2: want a port of 1 to 65535, found something else"},
		{"port of five nines", with(kvText, ":8200", ":99999"), "credentials: line 2: want a port of 1 to 65535, found something else"},
		{"port with a zero before", with(kvText, ":8200", ":08200"), "credentials: line 2: want a port of 1 to 65535, found something else"},
		{"no host", with(kvText, "vault.example", ""), address},
		{"a password in it", with(kvText, "vault.example", "u:hunter2@vault.example"), address},
		{"a path", with(kvText, ":8200", ":8200/v1"), address},
		{"no authority", with(kvText, "authority /etc/ca.pem\n", ""), `credentials: line 3: want "authority" and 1 word, found something else`},
		{"token itself", with(kvText, "login token /run/token", "login token hvs.hunter2"), "credentials: line 4: " + file},
		{"login unknown", with(kvText, "login token /run/token", "login userpass x"), logins},
		{"token and more", with(kvText, "login token /run/token", "login token /a /b"), logins},
		{"approle with too little", with(kvText, "login token /run/token", "login approle approle writer /r /w"), logins},
		{"approle with a wild role", with(kvText, "login token /run/token", "login approle approle wri/ter /r /w none"), "credentials: line 4: want a role " + name},
		{"approle keeps nowhere", with(kvText, "login token /run/token", "login approle approle writer /r /w here"), "credentials: line 4: " + file},
		{"mount with a gap", with(kvText, "kv secret", "kv sec//ret"), "credentials: line 5: " + vaultPath},
		{"path up", with(kvText, "backup/frankfurt", "backup/../frankfurt"), "credentials: line 5: " + vaultPath},
		{"path from the root", with(kvText, "backup/frankfurt", "/backup"), "credentials: line 5: " + vaultPath},
		{"path too long", with(kvText, "backup/frankfurt", strings.Repeat("a/", 128)+"a"), "credentials: line 5: " + vaultPath},
		{"read unknown", with(kvText, "read kv secret", "read it"), "credentials: line 5: want kv MOUNT PATH or lease PATH, found something else"},
		{"lease of a mount", with(kvText, "read kv", "read lease"), "credentials: line 5: want kv MOUNT PATH or lease PATH, found something else"},
		{"two fields", with(kvText, "fields access secret none", "fields access secret"), `credentials: line 6: want "fields" and 3 words, found something else`},
		{"a field twice", with(kvText, "fields access secret none", "fields access access none"), three},
		{"no access key", with(kvText, "fields access secret none", "fields none secret none"), three},
		{"no secret key", with(kvText, "fields access secret none", "fields access none x"), three},
	} {
		c, err := ParseConfig([]byte(x.in))
		wantText(t, x.name, err, x.want)
		if err == nil {
			t.Errorf("%s: found %s", x.name, c)
		}
	}
	for _, x := range []struct{ name, in, want string }{
		{"empty", "", "signer: want 1 to 8192 bytes, found 0"},
		{"a signer of another kind", with(keyText, "signer vault", "signer file"), "signer: line 1: want vault, found something else"},
		{"the other text", kvText, `signer: line 1: want "signer" and 1 word, found something else`},
		{"no key", with(keyText, "key transit backup-manifest\n", ""), `signer: line 5: want "key" and 2 words, found something else`},
		{"more", keyText + "x\n", "signer: line 6: want the end, found more"},
	} {
		_, err := ParseSignerConfig([]byte(x.in))
		wantText(t, x.name, err, x.want)
	}
}

// What is accepted is written again as the same bytes, and no error shows what
// it was given.
func FuzzParseConfig(f *testing.F) {
	for _, s := range []string{"credentials file /x\n", "credentials systemd x\n", "credentials environment\n", kvText, leaseText, roleText, keepText, keyText} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if err == nil && !bytes.Equal(c.Bytes(), b) {
			t.Errorf("want %q again, found %q", b, c.Bytes())
		}
		s, err2 := ParseSignerConfig(b)
		if err2 == nil && !bytes.Equal(s.Bytes(), b) {
			t.Errorf("signer: want %q again, found %q", b, s.Bytes())
		}
		for line := range strings.Lines(string(b)) {
			if len(line) > 200 && strings.Contains(fmt.Sprint(err, err2), line[:len(line)-1]) {
				t.Errorf("want no line in an error, found %v, %v", err, err2)
			}
		}
	})
}

// A file of keys that is accepted holds nothing but what is taken from it.
func FuzzParsePair(f *testing.F) {
	f.Add([]byte("access=a\nsecret=b\n"))
	f.Add([]byte("access=a\nsecret=b\nsession=c\n"))
	f.Add([]byte("[default]\naws_access_key_id = a\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := parsePair(bytes.Clone(b))
		if err != nil {
			return
		}
		again := "access=" + c.Access.raw() + "\nsecret=" + c.Secret.raw() + "\n"
		if !c.Session.IsZero() {
			again += "session=" + c.Session.raw() + "\n"
		}
		if again != string(b) {
			t.Errorf("want %q again, found %q", b, again)
		}
	})
}
