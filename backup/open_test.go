package backup_test

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"

	"strongroom/backup"
)

// identity is the private side of recipient.
func identity(t *testing.T, label byte) age.Identity {
	t.Helper()
	id, err := agessh.NewEd25519Identity(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{label}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// nested is a snapshot of bigFolder in two layers, in a store.
func nested(t *testing.T) (backup.Signed, *memory) {
	t.Helper()
	p, store := newPlan(t), newMemory()
	p.Layers = backup.Layers{{recipient(t, "alice", 1)}, {recipient(t, "bob", 2)}}
	taken := mustTake(t, os.DirFS(bigFolder(t)), p)
	mustShip(t, shipment(p, taken.Signed, backup.V1), targets(store))
	return taken.Signed, store
}

// members reads a tar stream to its end.
func members(t *testing.T, r io.ReadCloser) (names []string) {
	t.Helper()
	in := tar.NewReader(r)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, in); err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestTwoLayersOpenWithBothGroupsAndNotWithOne(t *testing.T) {
	signed, store := nested(t)
	alice, bob := identity(t, 1), identity(t, 2)
	var names []string
	for _, g := range signed.Manifest().Segments {
		h, err := backup.FetchHeaders(t.Context(), store, g, alice)
		if err != nil {
			t.Fatal(err)
		}
		r, err := backup.OpenSegment(t.Context(), store, g, h, alice, bob)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, members(t, r)...)
		if err := backup.VerifyEnds(t.Context(), store, g, h, alice, bob); err != nil {
			t.Errorf("ends: %v", err)
		}
		for name, only := range map[string]age.Identity{"outer": alice, "inner": bob} {
			if _, err := backup.OpenSegment(t.Context(), store, g, h, only); err == nil {
				t.Errorf("%s group alone: want it refused, found it opened", name)
			}
			if err := backup.VerifyEnds(t.Context(), store, g, h, only); err == nil {
				t.Errorf("%s group alone: want the ends refused, found them opened", name)
			}
		}
		if _, err := backup.FetchHeaders(t.Context(), store, g, bob); err == nil {
			t.Error("want the inner header closed to the inner group, found it opened")
		}
	}
	if got := strings.Join(names, " "); got != "blocks/blk 0 wallet.dat blocks/ log/ log/small SHA256SUMS" {
		t.Errorf("found %s", got)
	}
}

// Officers wrap the headers for the one-time key of a drill host. It opens this
// segment and no other, by our program and by stock age.
func TestHeadersAreWrappedAnewAndPayloadsStay(t *testing.T) {
	signed, store := nested(t)
	once, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to, err := backup.ParseRecipient("dave", once.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	segments := signed.Manifest().Segments
	wrapped := func(g backup.Segment) backup.Headers {
		h, err := backup.FetchHeaders(t.Context(), store, g, identity(t, 1))
		if err != nil {
			t.Fatal(err)
		}
		for i, label := range []byte{1, 2} {
			key, err := backup.OpenHeader(h[i], identity(t, label))
			if err != nil {
				t.Fatal(err)
			}
			if h[i], err = key.Wrap([]backup.Recipient{to}); err != nil {
				t.Fatal(err)
			}
			key.Erase()
			if _, err := key.Wrap([]backup.Recipient{to}); err == nil {
				t.Error("want an erased key to wrap nothing, found a header")
			}
		}
		return h
	}
	h := wrapped(segments[0])
	r, err := backup.OpenSegment(t.Context(), store, segments[0], h, once)
	if err != nil {
		t.Fatal(err)
	}
	if names := members(t, r); len(names) != 1 || names[0] != "blocks/blk 0" {
		t.Errorf("found %q", names)
	}
	if _, err := backup.OpenSegment(t.Context(), store, segments[1], h, once); err == nil {
		t.Error("want the other segment closed to these headers, found it opened")
	}
	if _, err := exec.LookPath("age"); err != nil {
		t.Skip("age is not installed: a header wrapped anew was not opened with it")
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"key": []byte(once.String() + "\n"), "outer": h[0], "inner": h[1], "payload": store.only(segments[0].Name).b} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "-ec", "{ cat inner; cat outer payload | age -d -i key; } | age -d -i key | zstd -d | tar t")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "blocks/blk 0\n" {
		t.Errorf("stock age: found %v, %s", err, out)
	}
}

func TestOpenHeaderRefuses(t *testing.T) {
	signed, store := nested(t)
	h := store.only(signed.Manifest().Segments[0].Headers[0].Name).b
	flipped := bytes.Clone(h)
	flipped[len(flipped)-10] ^= 1
	for name, c := range map[string]struct {
		header []byte
		by     byte
		want   string
	}{
		"another's": {h, 2, "header: want one that these keys open, found one for others"},
		"flipped":   {flipped, 1, "header: "},
		"none":      {nil, 1, "header: "},
		"a flood":   {make([]byte, 1<<20), 1, "header: want at most 196608 bytes, found 1048576"},
	} {
		if _, err := backup.OpenHeader(c.header, identity(t, c.by)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: want %q, found %v", name, c.want, err)
		}
	}
	key, err := backup.OpenHeader(h, identity(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		if got := fmt.Sprintf(form, key); got != "filekey(...)" {
			t.Errorf("%s: want the key hidden, found %q", form, got)
		}
	}
	if b, err := json.Marshal(key); err == nil {
		t.Errorf("want no JSON of a key, found %s", b)
	}
	if _, err := key.Wrap(nil); err == nil || err.Error() != "recipients: want 1 to 64, found 0" {
		t.Errorf("found %v", err)
	}
}

// A payload that was cut, or a byte of its last piece that changed, is found
// without reading the rest.
func TestEndsTellACutPayload(t *testing.T) {
	signed, store := nested(t)
	alice, bob := identity(t, 1), identity(t, 2)
	g := signed.Manifest().Segments[0]
	h, err := backup.FetchHeaders(t.Context(), store, g, alice)
	if err != nil {
		t.Fatal(err)
	}
	k := store.only(g.Name)
	whole := k.b
	last := bytes.Clone(whole)
	last[len(last)-5] ^= 1
	k.b = last
	if err := backup.VerifyEnds(t.Context(), store, g, h, alice, bob); err == nil {
		t.Error("want a changed last piece refused, found it taken")
	}
	k.b = whole[:len(whole)-1]
	if err := backup.VerifyEnds(t.Context(), store, g, h, alice, bob); !errors.Is(err, backup.ErrContent) {
		t.Errorf("want a cut payload refused, found %v", err)
	}
	k.b = whole
	head := store.only(g.Headers[0].Name)
	head.b = bytes.Replace(head.b, []byte("age-"), []byte("agf-"), 1)
	want := g.Headers[0].Name + ": want SHA-256 "
	if _, err := backup.FetchHeaders(t.Context(), store, g, alice); err == nil || !strings.HasPrefix(err.Error(), want) || !errors.Is(err, backup.ErrContent) {
		t.Errorf("want a planted header refused, found %v", err)
	}
}
