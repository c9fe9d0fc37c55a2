package sshsig

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// startStockAgent runs ssh-agent with the given key files and returns a
// connection to it.
func startStockAgent(t *testing.T, keyFiles ...string) net.Conn {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	cmd := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var conn net.Conn
	var err error
	for range 100 {
		if conn, err = net.Dial("unix", socket); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for _, file := range keyFiles {
		add := exec.Command("ssh-add", "-q", file)
		add.Env = []string{"SSH_AUTH_SOCK=" + socket}
		if out, err := add.CombinedOutput(); err != nil {
			t.Fatalf("ssh-add: %v: %s", err, out)
		}
	}
	return conn
}

func TestStockAgentSignsForUs(t *testing.T) {
	needStock(t, "ssh-agent", "ssh-add")
	var files []string
	for _, args := range softwareKeys() {
		files = append(files, stockKey(t, "", args...))
	}
	files = append(files, stockKey(t, "", "-t", "rsa", "-b", "2048"), stockKey(t, "", "-t", "ecdsa", "-b", "521"))
	a := NewAgent(startStockAgent(t, files...))
	keys, err := a.Keys()
	if err != nil || len(keys) != len(softwareKeys()) {
		t.Fatalf("want %d keys of accepted types, found %d %v", len(softwareKeys()), len(keys), err)
	}
	for i, key := range keys {
		public, err := ParseAuthorizedKey(readFile(t, files[i]+".pub"))
		if err != nil || !public.Equal(key) {
			t.Fatalf("key %d: want %s, found %s %v", i, public, key, err)
		}
		armored, err := Sign(a.Signer(key), testNamespace, []byte(testMessage))
		if err != nil {
			t.Fatal(err)
		}
		if !stockAccepts(t, key.String(), testNamespace, armored, testMessage) {
			t.Errorf("%s: ssh-keygen refuses the agent's signature", key.Type())
		}
	}
	stranger := newSoftKey(t, Ed25519, "officer bob").key
	_, err = Sign(a.Signer(stranger), testNamespace, []byte(testMessage))
	if want := "signer " + stranger.Fingerprint() + ": ssh agent: agent: failed to sign challenge"; err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
}

// hardwareAgent is an agent with one hardware key in it. All but List and
// Sign are an empty keyring's.
type hardwareAgent struct {
	agent.Agent
	listed []*agent.Key
	key    *softKey
	spoil  func(*ssh.Signature)
}

func (h hardwareAgent) List() ([]*agent.Key, error) { return h.listed, nil }

func (h hardwareAgent) Sign(_ ssh.PublicKey, data []byte) (*ssh.Signature, error) {
	var sig ssh.Signature
	content, err := h.key.Sign(data)
	if err != nil {
		return nil, err
	}
	if err := ssh.Unmarshal(content, &sig); err != nil {
		return nil, err
	}
	if h.spoil != nil {
		h.spoil(&sig)
	}
	return &sig, nil
}

// serve answers on one end of a pipe and returns an Agent at the other.
func serve(t *testing.T, keyring agent.Agent) *Agent {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	go func() { _ = agent.ServeAgent(keyring, far) }()
	return NewAgent(near)
}

func listedKey(k Key) *agent.Key { return &agent.Key{Format: k.Type().String(), Blob: k.Blob()} }

func TestHardwareKeySignsThroughAnAgent(t *testing.T) {
	for _, kind := range []KeyType{SKEd25519, SKECDSAP256} {
		k := newSoftKey(t, kind, "officer bob")
		a := serve(t, hardwareAgent{Agent: agent.NewKeyring(), key: k, listed: []*agent.Key{listedKey(k.key)}})
		keys, err := a.Keys()
		if err != nil || len(keys) != 1 || keys[0] != k.key {
			t.Fatalf("%s: found %v %v", kind, keys, err)
		}
		file, err := Sign(a.Signer(k.key), testNamespace, []byte(testMessage))
		if err != nil {
			t.Fatal(err)
		}
		v, err := verifyBob(t, k, file, Factor{true, true, true})
		if err != nil || v.Flags() != 0x05 || v.Counter() != 7 {
			t.Errorf("%s: found %+v %v", kind, v, err)
		}
	}
}

func TestLyingAgentIsFoundOut(t *testing.T) {
	k := newSoftKey(t, SKEd25519, "officer bob")
	name := "signer " + k.key.Fingerprint() + ": "
	bad := name + "signature: want one by " + k.key.Fingerprint() + " over this text, found one that does not verify"
	format := name + "signature format: want sk-ssh-ed25519@openssh.com, the type of its key, found "
	for _, tt := range []struct {
		name  string
		spoil func(*ssh.Signature)
		code  Code
		text  string
	}{
		{"changed value", func(s *ssh.Signature) { s.Blob[0] ^= 1 }, CodeBad, bad},
		{"raised counter", func(s *ssh.Signature) { s.Rest[4]++ }, CodeBad, bad},
		{"claimed verification", func(s *ssh.Signature) { s.Rest[0] = 0x01 }, CodeBad, bad},
		{"no touch", func(s *ssh.Signature) {
			k := *k
			k.flags = 0
			content, _ := k.Sign(stockSignedBlob(testNamespace, testMessage, "sha512"))
			_ = ssh.Unmarshal(content, s)
		}, CodePresence, name + "signature flags: want 01, a touched key, found 00"},
		{"plain format", func(s *ssh.Signature) { s.Format = "ssh-ed25519" }, CodeKeyType, format + `"ssh-ed25519"`},
		{"RSA over SHA-256", func(s *ssh.Signature) { s.Format = "rsa-sha2-256" }, CodeKeyType, format + "rsa-sha2-256 (RSA is not accepted)"},
		{"passkey form", func(s *ssh.Signature) { s.Format = webauthnFormat }, CodeKeyType,
			format + "webauthn-sk-ecdsa-sha2-nistp256@openssh.com (the browser's form of a signature is not accepted)"},
		{"no counter", func(s *ssh.Signature) { s.Rest = s.Rest[:1] }, CodeNonCanonical, name + "signature counter: want 4 bytes, found 0"},
		{"bytes at the end", func(s *ssh.Signature) { s.Rest = append(s.Rest, 0) }, CodeNonCanonical, name + "signature end: want nothing more, found 1 byte"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := serve(t, hardwareAgent{Agent: agent.NewKeyring(), key: k, spoil: tt.spoil})
			file, err := Sign(a.Signer(k.key), testNamespace, []byte(testMessage))
			refused, ok := errors.AsType[*Error](err)
			if file != nil || !ok || refused.Code != tt.code || err.Error() != tt.text {
				t.Errorf("want %s %s\nfound %v", tt.code, tt.text, err)
			}
		})
	}
}

func TestAgentsListIsJudgedKeyByKey(t *testing.T) {
	k := newSoftKey(t, Ed25519, "officer bob").key
	other := &agent.Key{Format: "ssh-rsa", Blob: appendString(nil, "ssh-rsa")}
	list := func(listed ...*agent.Key) ([]Key, error) {
		return serve(t, hardwareAgent{Agent: agent.NewKeyring(), listed: listed}).Keys()
	}
	keys, err := list(other, listedKey(k), other)
	if err != nil || len(keys) != 1 || keys[0] != k {
		t.Errorf("want one key, found %v %v", keys, err)
	}
	damaged := &agent.Key{Format: "ssh-ed25519", Blob: append(k.Blob(), 0)}
	const text = "ssh agent: key end: want nothing more, found 1 byte"
	if _, err := list(damaged); err == nil || err.Error() != text {
		t.Errorf("want %s, found %v", text, err)
	}
	many := make([]*agent.Key, MaxAgentKeys+1)
	for i := range many {
		many[i] = other
	}
	const limit = "ssh agent: want at most 2048 keys, found 2049"
	if _, err := list(many...); err == nil || err.Error() != limit {
		t.Errorf("want %s, found %v", limit, err)
	}
}

// recorded is a connection whose other end says what was prepared.
type recorded struct {
	io.Reader
	io.Writer
	closed *bool
}

func (r recorded) Close() error { *r.closed = true; return nil }

func TestConnectionStaysTheCallers(t *testing.T) {
	closed := false
	a := NewAgent(recorded{bytes.NewReader(nil), io.Discard, &closed})
	if _, err := a.Keys(); err == nil || err.Error() != "ssh agent: agent: client error: EOF" {
		t.Errorf("found %v", err)
	}
	if closed {
		t.Error("the connection was closed")
	}
}

func FuzzAgentAnswer(f *testing.F) {
	k := newSoftKey(f, Ed25519, "officer bob")
	content, _ := k.Sign(stockSignedBlob(testNamespace, testMessage, "sha512"))
	f.Add(append([]byte{14}, appendString(nil, content)...))
	f.Add([]byte{5})
	f.Add([]byte{14, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, answer []byte) {
		stream := binary.BigEndian.AppendUint32(nil, uint32(len(answer)))
		a := NewAgent(struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(append(stream, answer...)), io.Discard})
		file, err := Sign(a.Signer(k.key), testNamespace, []byte(testMessage))
		if err != nil {
			return
		}
		if v, err := verifyBob(t, k, file, Factor{}); err != nil || !v.OK() {
			t.Fatalf("a signature that does not verify left: %v", err)
		}
	})
}
