package secrets

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"strongroom/quorum/sshsig"
)

// versionOf is a key of a transit engine, made of a number.
func versionOf(t *testing.T, n byte) (ed25519.PrivateKey, sshsig.Key) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32))
	point := private.Public().(ed25519.PublicKey)
	key, err := sshsig.ParseKey("ssh-ed25519 " + base64.StdEncoding.EncodeToString(sshStrings("ssh-ed25519", string(point))))
	if err != nil {
		t.Fatal(err)
	}
	return private, key
}

// transitKey is what Vault says of a key with these versions.
func transitKey(t *testing.T, numbers ...byte) map[string]any {
	t.Helper()
	versions := map[string]any{}
	for i, n := range numbers {
		private, _ := versionOf(t, n)
		versions[fmt.Sprint(i+1)] = map[string]any{"public_key": base64.StdEncoding.EncodeToString(private.Public().(ed25519.PublicKey)), "name": "ed25519"}
	}
	return map[string]any{"type": "ed25519", "exportable": false, "allow_plaintext_backup": false, "derived": false, "keys": versions}
}

func (s *scripted) signer() string {
	return fmt.Sprintf("signer vault\naddress %s\nauthority %s\nlogin token %s\nkey transit backup-manifest\n", s.URL, s.authority, s.token)
}

func (s *scripted) openTransit(t *testing.T, want sshsig.Key) (*Transit, *clock, error) {
	t.Helper()
	config, err := ParseSignerConfig([]byte(s.signer()))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: start}
	signer, err := OpenTransit(t.Context(), config, Doors{c.Now, noEnv}, want)
	if err == nil {
		t.Cleanup(func() { _ = signer.Close(t.Context()) })
	}
	return signer, c, err
}

// signs answers as a transit engine does, with a key of its own choice.
func (s *scripted) signs(t *testing.T, n byte, change func(string) string) {
	private, _ := versionOf(t, n)
	s.do("PUT transit/sign/backup-manifest", func(c call) (int, any) {
		input, _ := c.body["input"].(string)
		message, err := base64.StdEncoding.DecodeString(input)
		if err != nil {
			return 400, nil
		}
		signature := fmt.Sprintf("vault:v%v:%s", c.body["key_version"], base64.StdEncoding.EncodeToString(ed25519.Sign(private, message)))
		return 200, map[string]any{"data": map[string]any{"signature": change(signature)}}
	})
}

func asItIs(s string) string { return s }

// The newest version need not be the one that the policy names.
func TestAManifestIsSignedByTheVersionThatThePolicyNames(t *testing.T) {
	_, key := versionOf(t, 2)
	s := newScripted(t)
	s.say("GET transit/keys/backup-manifest", map[string]any{"data": transitKey(t, 1, 2, 3)})
	s.signs(t, 2, asItIs)
	signer, c, err := s.openTransit(t, key)
	if err != nil {
		t.Fatal(err)
	}
	file, err := sshsig.Sign(signer, sshsig.NamespaceFor("manifest"), []byte("text\n"))
	if err != nil || !signer.Key().Equal(key) {
		t.Fatal(err)
	}
	parsed, err := sshsig.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parsed.Verify(key, sshsig.NamespaceFor("manifest"), []byte("text\n"), sshsig.Factor{}); err != nil {
		t.Error(err)
	}
	s.seen()
	s.say("PUT auth/token/renew-self", granted(ourToken, 3600, true, "writer"))
	c.add(50 * time.Minute)
	if _, err := signer.Sign([]byte("x")); err != nil || s.seen() != "PUT auth/token/renew-self, PUT transit/sign/backup-manifest" {
		t.Errorf("want the token renewed in time, found %v", err)
	}
	if err := signer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = signer.Sign([]byte("x"))
	wantText(t, "closed", err, "signer: want an open one, found none")
	_, err = new(Transit).Sign([]byte("x"))
	wantText(t, "zero", err, "signer: want an open one, found none")
}

func TestAKeyThatThePolicyDoesNotNameIsRefused(t *testing.T) {
	_, key := versionOf(t, 2)
	_, other := versionOf(t, 4)
	const at = "vault URL transit/keys/backup-manifest: want "
	changed := func(name string, value any) map[string]any {
		k := transitKey(t, 2)
		k[name] = value
		return k
	}
	for _, x := range []struct {
		name string
		key  any
		want string
	}{
		{"another", transitKey(t, 1, 3, 5, 6, 7, 8, 9, 4), at + "the key " + key.Fingerprint() + " that the policy names, found " + other.Fingerprint() + ", version 8"},
		{"none", changed("keys", map[string]any{}), at + "1 to 1000 versions, found 0"},
		{"of another kind", changed("type", "aes256-gcm96"), at + "a key of type ed25519, found another"},
		{"can be exported", changed("exportable", true), at + "a key that is not exportable, found one that is, or may be"},
		{"can be backed up", changed("allow_plaintext_backup", true), at + "a key that is not allow_plaintext_backup, found one that is, or may be"},
		{"derived", changed("derived", true), at + "a key that is not derived, found one that is, or may be"},
		{"does not say", changed("exportable", nil), at + "a key that is not exportable, found one that is, or may be"},
		{"junk", changed("keys", map[string]any{"1": map[string]any{"public_key": "hunter2"}}), at + "an Ed25519 public key in each version, found something else"},
		{"of small order", changed("keys", map[string]any{"1": map[string]any{"public_key": base64.StdEncoding.EncodeToString(make([]byte, 32))}}), at + "an Ed25519 public key in each version, found something else"},
		{"without number", changed("keys", map[string]any{"0": transitKey(t, 2)["keys"].(map[string]any)["1"]}), at + "an Ed25519 public key in each version, found something else"},
	} {
		s := newScripted(t)
		s.say("GET transit/keys/backup-manifest", map[string]any{"data": x.key})
		_, _, err := s.openTransit(t, key)
		wantText(t, x.name, err, strings.ReplaceAll(x.want, "URL", s.URL))
	}
	s := newScripted(t)
	_, _, err := s.openTransit(t, sshsig.Key{})
	wantText(t, "no key named", err, "vault "+s.URL+" key transit/backup-manifest: want an ssh-ed25519 key in the policy, found "+sshsig.KeyType(0).String())
	_, err = OpenTransit(t.Context(), SignerConfig{}, Doors{(&clock{}).Now, noEnv}, key)
	wantText(t, "zero", err, "signer: want a configuration, found none")
	_, err = OpenTransit(t.Context(), SignerConfig{}, Doors{}, key)
	wantText(t, "no doors", err, "credentials: want a clock and an environment, found none")
}

func TestASignatureThatIsNotOursIsNotReturned(t *testing.T) {
	_, key := versionOf(t, 2)
	for name, x := range map[string]struct {
		by     byte
		change func(string) string
	}{
		"by another key":     {3, asItIs},
		"of another version": {2, func(s string) string { return strings.Replace(s, "v1", "v2", 1) }},
		"with a tail":        {2, func(s string) string { return s + "A" }},
		"changed":            {2, func(s string) string { return s[:20] + flip(s[20:]) }},
		"none":               {2, func(string) string { return "" }},
	} {
		s := newScripted(t)
		s.say("GET transit/keys/backup-manifest", map[string]any{"data": transitKey(t, 2)})
		s.signs(t, x.by, x.change)
		signer, _, err := s.openTransit(t, key)
		if err != nil {
			t.Fatal(err)
		}
		_, err = signer.Sign([]byte("blob"))
		wantText(t, name, err, "vault "+s.URL+" transit/sign/backup-manifest: want a signature by "+key.Fingerprint()+" over what was sent, found something else")
	}
}

// flip changes the first letter of base64 to another.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}
