package backup

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// sshKey is an officer's ssh key: the private file, the public line, a signer.
type sshKey struct {
	private []byte
	public  string
	signer  sshsig.Signer
}

func newSSHKey(t testing.TB, label byte) sshKey {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{label}, ed25519.SeedSize))
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	file := pem.EncodeToMemory(block)
	s, err := sshsig.ParsePrivateKey(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sshKey{private: file, public: s.Key().String(), signer: s}
}

func mustRecipient(t testing.TB, officer text.ID, s string) Recipient {
	t.Helper()
	r, err := ParseRecipient(officer, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRecipientsAreReadStrictly(t *testing.T) {
	key := newSSHKey(t, 1)
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, want string }{
		{key.public + " alice@desk\n", "alice ssh-ed25519 " + key.signer.Key().Fingerprint()},
		{x.Recipient().String(), "alice X25519 " + x.Recipient().String()},
		{pq.Recipient().String(), "alice mlkem768x25519 " + fingerprint(pq.Recipient().String())},
	} {
		if got := mustRecipient(t, "alice", c.key).String(); got != c.want {
			t.Errorf("want %s, found %s", c.want, got)
		}
	}
	cases := []struct {
		name    string
		officer text.ID
		key     string
		want    string
	}{
		{"private age key", "alice", x.String(), "recipient of alice: want a public key, found a private one: take care where it has been"},
		{"private ssh key", "alice", "-----BEGIN OPENSSH", "recipient of alice: want a public key, found a private one: take care where it has been"},
		{"broken hybrid", "alice", "age1pq1xyz", "recipient of alice: want age1pq1..., found something like it that is no hybrid key"},
		{"typo", "alice", strings.Replace(x.Recipient().String(), "age1", "age1q", 1), "recipient of alice: want age1... or ssh-ed25519, found something like age1 that is no X25519 key"},
		{"plugin", "alice", "age1yubikey1qwerty", "recipient of alice: want age1... or ssh-ed25519, found something like age1 that is no X25519 key"},
		{"RSA", "alice", "ssh-rsa AAAA", `recipient of alice: want age1... or ssh-ed25519, found "ssh-rsa"`},
		{"nothing", "alice", "", `recipient of alice: want age1... or ssh-ed25519, found ""`},
		{"nobody", "", key.public, `recipient: officer: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found ""`},
		{"flood", "alice", strings.Repeat("a", maxRecipientText+1), "recipient of alice: want at most 4096 bytes, found 4097"},
	}
	for _, c := range cases {
		if _, err := ParseRecipient(c.officer, c.key); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

func TestPluginRecipientsAreNamedByThemselves(t *testing.T) {
	const yubikey = "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if r, err := PluginRecipient("alice", yubikey, x.Recipient()); err != nil || r.String() != "alice plugin "+yubikey {
		t.Errorf("found %s, %v", r, err)
	}
	for name, s := range map[string]string{"no plugin": "age1", "no name": "age11abc", "a space": "age1yubikey1 abc", "a line": "age1yubikey1\nabc", "ssh": "ssh-ed25519"} {
		want := "recipient of alice: want a plugin's age1NAME1..., found something else"
		if _, err := PluginRecipient("alice", s, x.Recipient()); err == nil || err.Error() != want {
			t.Errorf("%s: want %q, found %v", name, want, err)
		}
	}
	if _, err := PluginRecipient("alice", yubikey, nil); err == nil {
		t.Error("want a plugin that nothing speaks to refused, found it taken")
	}
}

func TestLayersRefuse(t *testing.T) {
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	alice, bob := mustRecipient(t, "alice", newSSHKey(t, 1).public), mustRecipient(t, "bob", newSSHKey(t, 2).public)
	again := mustRecipient(t, "carol", newSSHKey(t, 1).public)
	second := mustRecipient(t, "alice", newSSHKey(t, 3).public)
	future := mustRecipient(t, "dave", pq.Recipient().String())
	for _, c := range []struct {
		name   string
		layers Layers
		want   string
	}{
		{"none", nil, "layers: want 1 or 2, found 0"},
		{"three", Layers{{alice}, {bob}, {future}}, "layers: want 1 or 2, found 3"},
		{"an empty one", Layers{{alice}, {}}, "recipients: want 1 to 64, found 0"},
		{"too many", Layers{make([]Recipient, 65)}, "recipients: want 1 to 64, found 65"},
		{"no key", Layers{{{}}}, "recipients: want keys, found an empty one"},
		{"a key twice", Layers{{alice, again}}, "recipients: want every key once, found one of alice again for carol"},
		{"a key in both", Layers{{alice}, {again}}, "recipients: want every key once, found one of alice again for carol"},
		{"one person opens both", Layers{{alice}, {bob, second}}, "layers: want nobody in both, found alice"},
		{"hybrid beside others", Layers{{alice, future}}, "recipients: want hybrid keys alone or none in layer 1, found both"},
	} {
		if _, err := c.layers.check(); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	if l, err := (Layers{{bob, alice}, {future}}).check(); err != nil || l.lines()[0] != "1 "+alice.String() || l.lines()[2] != "2 "+future.String() {
		t.Errorf("want sorted layers, found %v, %v", l.lines(), err)
	}
}
