package registry

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// newRegistry opens a registry in a folder of its own.
func newRegistry(t testing.TB) (*Registry, string) {
	t.Helper()
	folder := t.TempDir()
	return openRegistry(t, folder), folder
}

func openRegistry(t testing.TB, folder string) *Registry {
	t.Helper()
	d, err := durable.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.Close(), d.Close()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// wantError compares the full text of an error, in which DIR stands for folder.
func wantError(t testing.TB, name, folder string, err error, want string) {
	t.Helper()
	found := "no error"
	if err != nil {
		found = strings.ReplaceAll(err.Error(), folder, "DIR")
	}
	if found != want {
		t.Errorf("%s:\nwant  %s\nfound %s", name, want, found)
	}
}

// files lists all files below a folder by name and SHA-256: what is on disk.
func files(t testing.TB, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out = append(out, fmt.Sprintf("%s %x", strings.TrimPrefix(path, folder+"/"), sha256.Sum256(b)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unchanged runs act and fails if it left anything else on disk.
func unchanged(t testing.TB, folder string, act func()) {
	t.Helper()
	before := files(t, folder)
	act()
	if after := files(t, folder); !slices.Equal(before, after) {
		t.Errorf("on disk: want what was there, %q, found %q", before, after)
	}
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func someText(n int) []byte {
	return fmt.Appendf(nil, "strongroom/proposal@v1\nkind test\nmemo %d\n", n)
}

func putText(t testing.TB, r *Registry, b []byte) text.Hash {
	t.Helper()
	h, err := r.PutText(b)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// signer is an Ed25519 key made of a seed.
type signer struct{ private ed25519.PrivateKey }

func newSigner(seed byte) signer {
	return signer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32))}
}

func appendString(b []byte, s []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

func (s signer) Key() sshsig.Key {
	blob := appendString(appendString(nil, []byte("ssh-ed25519")), s.private.Public().(ed25519.PublicKey))
	k, err := sshsig.ParseKey("ssh-ed25519 " + base64.StdEncoding.EncodeToString(blob))
	if err != nil {
		panic(err)
	}
	return k
}

func (s signer) Sign(blob []byte) ([]byte, error) {
	return appendString(appendString(nil, []byte("ssh-ed25519")), ed25519.Sign(s.private, blob)), nil
}

func sign(t testing.TB, s signer, namespace string, message []byte) []byte {
	t.Helper()
	b, err := sshsig.Sign(s, namespace, message)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestATextIsStoredOnceAndReadBack(t *testing.T) {
	r, folder := newRegistry(t)
	b := someText(1)
	h := putText(t, r, b)
	if h != text.Identity(b) {
		t.Errorf("identity: want %s, found %s", text.Identity(b), h)
	}
	unchanged(t, folder, func() { putText(t, r, b) })
	if got, err := r.Text(h); err != nil || !bytes.Equal(got, b) {
		t.Errorf("text: want it back, found %q, %v", got, err)
	}
	write(t, filepath.Join(folder, "texts", "a sync conflict"), []byte("x"))
	if all, err := r.Texts(); err != nil || !slices.Equal(all, []text.Hash{h}) {
		t.Errorf("texts: want %s, found %v, %v", h, all, err)
	}
	if _, err := r.Text(text.Hash{1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing text: want fs.ErrNotExist, found %v", err)
	}
}

func TestWhatIsNoTextIsNotStored(t *testing.T) {
	r, folder := newRegistry(t)
	tests := []struct{ name, in, want string }{
		{"no type", "hello\n", "registry: want a text whose first line names its type, found something else"},
		{"unknown type", "strongroom/poem@v1\nx y\n", "registry: want a text whose first line names its type, found something else"},
		{"no last LF", "strongroom/proposal@v1\nx y", "registry: proposal: want LF as the last byte, found 'y'"},
		{"CRLF", "strongroom/proposal@v1\nx y\r\n", "registry: line 2: proposal: want printable ASCII and LF only, found byte 0d"},
		{"too large", "strongroom/record@v1\n" + strings.Repeat("x", text.Record.MaxSize()), fmt.Sprintf("registry: record: want 1 to %d bytes, found %d", text.Record.MaxSize(), 21+text.Record.MaxSize())},
	}
	for _, x := range tests {
		unchanged(t, folder, func() {
			_, err := r.PutText([]byte(x.in))
			wantError(t, x.name, folder, err, x.want)
		})
	}
}

func TestATamperedTextIsRefusedByNameAndNotReplaced(t *testing.T) {
	r, folder := newRegistry(t)
	b, other := someText(1), someText(2)
	h := putText(t, r, b)
	write(t, filepath.Join(folder, "texts", h.String()), other)
	path := "registry: DIR/texts/" + h.String() + ": not what its name says: want the content that the name stands for, found "
	unchanged(t, folder, func() {
		_, err := r.Text(h)
		wantError(t, "read", folder, err, path+"content with SHA-256 "+text.Identity(other).String())
		if !errors.Is(err, ErrTampered) {
			t.Error("read: want ErrTampered")
		}
		_, err = r.PutText(b)
		wantError(t, "put", folder, err, path+"other content")
	})
	if err := os.Remove(filepath.Join(folder, "texts", h.String())); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(folder, "texts", h.String())); err != nil {
		t.Fatal(err)
	}
	_, err := r.Text(h)
	wantError(t, "link", folder, err, "registry: DIR/texts/"+h.String()+": wanted a regular file, found a symbolic link")
}

func TestFindWantsOneTextAndEightDigits(t *testing.T) {
	r, folder := newRegistry(t)
	h := putText(t, r, someText(1))
	full := h.String()
	for _, prefix := range []string{full[:8], full[:9], full} {
		if got, err := r.Find(prefix); err != nil || got != h {
			t.Errorf("find %s: want %s, found %s, %v", prefix, h, got, err)
		}
	}
	// Two names that begin alike cannot be made of texts, but by hand.
	twin := full[:20] + strings.Repeat("0", 44)
	write(t, filepath.Join(folder, "texts", twin), []byte("x"))
	names := []string{full, twin}
	slices.Sort(names)
	none := "00000000"
	if strings.HasPrefix(full, none) {
		none = "11111111"
	}
	tests := []struct{ prefix, want string }{
		{full[:7], "registry: want 8 to 64 lower-case hex digits of an id, found \"" + full[:7] + "\""},
		{strings.ToUpper("abcdefab"), "registry: want 8 to 64 lower-case hex digits of an id, found \"ABCDEFAB\""},
		{full + "0", "registry: want 8 to 64 lower-case hex digits of an id, found \"" + full + "\""},
		{"../../etc", "registry: want 8 to 64 lower-case hex digits of an id, found \"../../etc\""},
		{none, "registry: want a text whose id begins with " + none + ", found none: file does not exist"},
		{full[:10], "registry: want one text whose id begins with " + full[:10] + ", found more than one text: " + strings.Join(names, ", ")},
	}
	for _, x := range tests {
		_, err := r.Find(x.prefix)
		wantError(t, x.prefix, folder, err, x.want)
	}
	if _, err := r.Find(full[:10]); !errors.Is(err, ErrAmbiguous) {
		t.Errorf("ambiguous: want ErrAmbiguous, found %v", err)
	}
	if _, err := r.Find(none); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: want fs.ErrNotExist, found %v", err)
	}
}

func TestRacingWritersLoseNothing(t *testing.T) {
	folder := t.TempDir()
	registries := []*Registry{openRegistry(t, folder), openRegistry(t, folder)}
	const writers, texts = 8, 20
	on := text.Identity(someText(0))
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			r := registries[w%2]
			for i := range texts {
				if _, err := r.PutText(someText(i)); err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
				if _, err := r.PutSignature(on, sign(t, newSigner(byte(i+1)), quorum.Approve.Namespace(), someText(0))); err != nil {
					t.Errorf("writer %d: %v", w, err)
				}
			}
		})
	}
	wait.Wait()
	all, err := registries[0].Texts()
	if err != nil || len(all) != texts {
		t.Errorf("texts: want %d, found %d, %v", texts, len(all), err)
	}
	for _, h := range all {
		if _, err := registries[1].Text(h); err != nil {
			t.Error(err)
		}
	}
	if s, err := registries[1].Signatures(on); err != nil || len(s) != texts {
		t.Errorf("signatures: want %d, found %d, %v", texts, len(s), err)
	}
	if n := len(files(t, folder)); n != 2*texts {
		t.Errorf("on disk: want %d files and no temporary ones, found %d", 2*texts, n)
	}
}

func TestTheZeroRegistryRefuses(t *testing.T) {
	var r Registry
	if _, err := r.PutText(someText(1)); err == nil {
		t.Error("put: want a refusal")
	}
	if _, err := r.Texts(); err == nil {
		t.Error("list: want a refusal")
	}
	if err := r.Close(); err != nil {
		t.Errorf("close: want no error, found %v", err)
	}
}
