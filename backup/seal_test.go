package backup

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
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
	if got, want := mustRecipient(t, "alice", key.public+" alice@desk\n").String(), "alice ssh-ed25519 "+key.signer.Key().Fingerprint(); got != want {
		t.Errorf("want %s, found %s", want, got)
	}
	if got, want := mustRecipient(t, "bob", x.Recipient().String()).String(), "bob X25519 "+x.Recipient().String(); got != want {
		t.Errorf("want %s, found %s", want, got)
	}
	cases := []struct {
		name    string
		officer text.ID
		key     string
		want    string
	}{
		{"private age key", "alice", x.String(), "recipient of alice: want a public key, found a private one: take care where it has been"},
		{"private ssh key", "alice", "-----BEGIN OPENSSH", "recipient of alice: want a public key, found a private one: take care where it has been"},
		{"hybrid", "alice", "age1pq1xyz", "recipient of alice: want age1... or ssh-ed25519, found a hybrid key, which age before 1.3 cannot open"},
		{"typo", "alice", strings.Replace(x.Recipient().String(), "age1", "age1q", 1), "recipient of alice: want age1... or ssh-ed25519, found something like age1 that is no X25519 key"},
		{"plugin", "alice", "age1yubikey1qwerty", "recipient of alice: want age1... or ssh-ed25519, found something like age1 that is no X25519 key"},
		{"RSA", "alice", "ssh-rsa AAAA", `recipient of alice: want age1... or ssh-ed25519, found "ssh-rsa"`},
		{"nothing", "alice", "", `recipient of alice: want age1... or ssh-ed25519, found ""`},
		{"nobody", "", key.public, `recipient: officer: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found ""`},
		{"flood", "alice", strings.Repeat("a", 1025), "recipient of alice: want at most 1024 bytes, found 1025"},
	}
	for _, c := range cases {
		if _, err := ParseRecipient(c.officer, c.key); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
	one := mustRecipient(t, "alice", key.public)
	same := mustRecipient(t, "bob", key.public)
	many := make([]Recipient, maxRecipients+1)
	for _, c := range []struct {
		rs   []Recipient
		want string
	}{
		{nil, "recipients: want 1 to 64, found 0"},
		{many, "recipients: want 1 to 64, found 65"},
		{[]Recipient{{}}, "recipients: want keys, found an empty one"},
		{[]Recipient{same, one}, "recipients: want every key once, found one of alice again for bob"},
	} {
		var out bytes.Buffer
		if _, err := Seal(&out, home(), c.rs, stamp, nil); err == nil || err.Error() != c.want || out.Len() != 0 {
			t.Errorf("want %q and nothing written, found %v", c.want, err)
		}
	}
}

func TestSealTellsWhatItWrote(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var told []uint64
	sealed, err := Seal(&out, home(), []Recipient{mustRecipient(t, "bob", x.Recipient().String())}, stamp,
		func(done, total uint64) { told = append(told, done, total) })
	if err != nil {
		t.Fatal(err)
	}
	if sealed.Size != int64(out.Len()) || sealed.Sum != sha256.Sum256(out.Bytes()) {
		t.Error("want size and hash of the ciphertext, found others")
	}
	if n := len(told); n < 2 || told[n-2] != sealed.Contents.Bytes || told[n-1] != sealed.Contents.Bytes {
		t.Errorf("want the progress to end at %d, found %v", sealed.Contents.Bytes, told)
	}
	plain, err := age.Decrypt(&out, x)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(plain)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if got, err := CheckSums(restore(t, z)); err != nil || got != sealed.Contents {
		t.Errorf("want %v back, found %v, %v", sealed.Contents, got, err)
	}
}

// The claim of the package's first page, with the distribution's own tools and
// an empty folder.
func TestStockToolsRestore(t *testing.T) {
	for _, tool := range []string{"sh", "age", "zstd", "tar", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed: a snapshot was not restored with stock tools", tool)
		}
	}
	alice, bob := newSSHKey(t, 1), newSSHKey(t, 2)
	src := t.TempDir()
	for name, f := range home() {
		path := filepath.Join(src, name)
		err := os.MkdirAll(path, 0o700)
		if !f.Mode.IsDir() {
			err = errors.Join(os.Remove(path), os.WriteFile(path, f.Data, 0o640))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	recipients := []Recipient{mustRecipient(t, "alice", alice.public), mustRecipient(t, "bob", bob.public)}
	var out bytes.Buffer
	sealed, err := Seal(&out, os.DirFS(src), recipients, stamp, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []sshKey{alice, bob} {
		dir, empty := t.TempDir(), t.TempDir()
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "payload.age"), out.Bytes(), 0o600),
			os.WriteFile(filepath.Join(dir, "id_ed25519"), key.private, 0o600)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-ec", `age -d -i "$1/id_ed25519" "$1/payload.age" | zstd -d | tar x && sha256sum --quiet --strict -c SHA256SUMS`, "sh", dir)
		cmd.Dir = empty
		if b, err := cmd.CombinedOutput(); err != nil || len(b) != 0 {
			t.Fatalf("want a silent restore, found %v\n%s", err, b)
		}
		if got, err := CheckSums(os.DirFS(empty)); err != nil || got != sealed.Contents {
			t.Errorf("want %v, found %v, %v", sealed.Contents, got, err)
		}
		if info, err := os.Stat(filepath.Join(empty, "empty")); err != nil || !info.IsDir() {
			t.Errorf("want the empty folder back, found %v", err)
		}
	}
}

// largeFS is a folder with one file that was never in memory.
type largeFS struct{ size int64 }

func (l largeFS) Open(name string) (fs.File, error) {
	if name == "large" {
		return &largeFile{left: l.size, size: l.size}, nil
	}
	return fstest.MapFS{"large": {Mode: 0o600}}.Open(name)
}

func (l largeFS) ReadDir(string) ([]fs.DirEntry, error) {
	return []fs.DirEntry{fs.FileInfoToDirEntry(largeInfo(l))}, nil
}

type largeInfo struct{ size int64 }

func (largeInfo) Name() string       { return "large" }
func (i largeInfo) Size() int64      { return i.size }
func (largeInfo) Mode() fs.FileMode  { return 0o600 }
func (largeInfo) ModTime() time.Time { return stamp }
func (largeInfo) IsDir() bool        { return false }
func (largeInfo) Sys() any           { return nil }

type largeFile struct{ left, size int64 }

func (f *largeFile) Stat() (fs.FileInfo, error) { return largeInfo{f.size}, nil }
func (f *largeFile) Close() error               { return nil }
func (f *largeFile) Read(b []byte) (int, error) {
	if f.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), f.left)
	for i := range b[:n] {
		at := f.left - int64(i)
		b[i] = byte(at >> 8)
	}
	f.left -= n
	return int(n), nil
}

func TestSealingTakesNoMoreMemoryForALargeFile(t *testing.T) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipients := []Recipient{mustRecipient(t, "bob", x.Recipient().String())}
	allocated := func(size int64) uint64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		if _, err := Seal(io.Discard, largeFS{size}, recipients, stamp, nil); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := allocated(16<<20), allocated(96<<20)
	t.Logf("%d and %d bytes in all", small, large)
	if large > 40<<20 || large > small+4<<20 {
		t.Errorf("want at most 40 MiB and no growth with the size, found %d, then %d bytes", small, large)
	}
}

func BenchmarkSeal(b *testing.B) {
	x, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	recipients := []Recipient{mustRecipient(b, "bob", x.Recipient().String())}
	random := make([]byte, 8<<20)
	if _, err := rand.Read(random); err != nil {
		b.Fatal(err)
	}
	var lines bytes.Buffer
	for i := 0; lines.Len() < 8<<20; i++ {
		fmt.Fprintf(&lines, "2026-11-21T%02d:%02d:%02dZ signer-a released %08x height %d\n", i/3600%24, i/60%60, i%60, i*2654435761, 900000+i/600)
	}
	src := fstest.MapFS{"random": {Data: random}, "text": {Data: lines.Bytes()}}
	b.SetBytes(int64(len(random) + lines.Len()))
	for b.Loop() {
		if _, err := Seal(io.Discard, src, recipients, stamp, nil); err != nil {
			b.Fatal(err)
		}
	}
}
