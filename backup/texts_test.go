package backup

import (
	"bytes"
	"strings"
	"testing"

	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
)

// reader is the function that reads one kind of text.
type reader[T any] func([]byte) (T, error)

func mustRead[T any](t testing.TB, read reader[T], s string) T {
	t.Helper()
	x, err := read([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// spoiled is one thing changed in a good text, and the whole error that must come
// of it.
type spoiled struct{ name, old, new, want string }

// refuses wants a good text refused with any of the changes.
func refuses[T any](t *testing.T, read reader[T], good string, all []spoiled) {
	t.Helper()
	for _, c := range all {
		changed := strings.Replace(good, c.old, c.new, 1)
		if changed == good {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		if _, err := read([]byte(changed)); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %q, found %v", c.name, c.want, err)
		}
	}
}

// rereads fuzzes a reader: whatever it accepts renders to the same bytes.
func rereads[T interface{ Render() ([]byte, error) }](f *testing.F, read reader[T]) {
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := read(b)
		if err != nil {
			return
		}
		again, err := x.Render()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("want the same bytes, found %q, %v", again, err)
		}
	})
}

// goldenSigned is goldenManifest with a signature by a key.
func goldenSigned(t *testing.T, key sshKey) Signed {
	t.Helper()
	s, err := SignManifest(mustRead(t, ParseManifest, goldenManifest), key.signer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// opensForItsMaker wants a signed text opened for its maker and by the key that
// signed it for that act, and refused for anybody and anything else. What is how
// its errors begin.
func opensForItsMaker[S any](t *testing.T, what string, maker text.ID, key sshKey, signed signedText, open func(b, signature []byte, maker text.ID, key sshsig.Key) (S, error)) {
	t.Helper()
	b, sig, public := signed.Bytes(), signed.Signature(), key.signer.Key()
	if _, err := open(b, sig, maker, public); err != nil {
		t.Errorf("want it opened, found %v", err)
	}
	if _, err := open(b, sig, "alice", public); err == nil || err.Error() != what+": want one made by alice, found "+string(maker) {
		t.Errorf("another maker: found %v", err)
	}
	manifest, err := sshsig.Sign(key.signer, sshsig.NamespaceFor("manifest"), b)
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string][]byte{"a signature as of a manifest": manifest, "another manifest's": goldenSigned(t, key).Signature(), "none": nil} {
		if _, err := open(b, other, maker, public); err == nil {
			t.Errorf("%s: want it refused, found it opened", name)
		}
	}
	if _, err := open(b, sig, maker, newSSHKey(t, 4).signer.Key()); err == nil {
		t.Error("another key: want it refused, found it opened")
	}
}
