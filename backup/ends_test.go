package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"strongroom/backup"
)

// lying tells of every object what it was when it was put.
type lying struct{ *memory }

func (l lying) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	versions, err := l.memory.Versions(ctx, name)
	for i := range versions {
		c := l.memory.only(name).c
		versions[i].Size, versions[i].Checksum = c.Size, backup.Checksum{Sum: c.Sum}
	}
	return versions, err
}

// stockSealed is 200 KiB, four pieces, sealed by stock age, in a store that lies:
// the segment, its header, the key and the payload's place.
func stockSealed(t *testing.T) (backup.Segment, backup.Headers, age.Identity, lying) {
	t.Helper()
	if _, err := exec.LookPath("age"); err != nil {
		t.Skip("age is not installed: no file of stock age was opened at its ends")
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, bytes.Repeat([]byte("plain"), 40<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := exec.Command("age", "-r", id.Recipient().String(), plain).Output()
	if err != nil {
		t.Fatal(err)
	}
	header, err := age.ExtractHeader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	payload := b[len(header):]
	g := backup.Segment{Name: "payload-1.age-payload", Content: backup.Whole(payload), Headers: []backup.Header{{Name: "header-1.age", Size: int64(len(header)), Sum: backup.Whole(header).Sum}}}
	store := lying{newMemory()}
	store.objects[g.Name] = []*kept{{b: payload, c: g.Content}}
	return g, backup.Headers{header}, id, store
}

// What stock age sealed is known by its ends, also at a store that tells a
// checksum and a size that were right once.
func TestEndsOfWhatStockAgeSealed(t *testing.T) {
	g, h, id, store := stockSealed(t)
	k := store.only(g.Name)
	whole := k.b
	if err := backup.VerifyEnds(t.Context(), store, g, h, id); err != nil {
		t.Fatal(err)
	}
	flipped := func(at int) []byte {
		b := bytes.Clone(whole)
		b[at] ^= 1
		return b
	}
	for name, b := range map[string][]byte{
		"a byte of the last piece": flipped(len(whole) - 100),
		"its last byte":            flipped(len(whole) - 1),
		"the nonce":                flipped(3),
		"a cut of one byte":        whole[:len(whole)-1],
		"a cut of a whole piece":   whole[:16+3*(64<<10+16)],
		"a cut to nothing":         nil,
	} {
		k.b = b
		if err := backup.VerifyEnds(t.Context(), store, g, h, id); err == nil || !strings.HasPrefix(err.Error(), g.Name+": ") {
			t.Errorf("%s: want it refused by name, found %v", name, err)
		}
	}
	k.b = flipped(len(whole) / 2) // what lies between is V3's
	if err := backup.VerifyEnds(t.Context(), store, g, h, id); err != nil {
		t.Errorf("the middle: %v", err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var none *age.NoIdentityMatchError
	if err := backup.VerifyEnds(t.Context(), store, g, h, other); !errors.As(err, &none) {
		t.Errorf("want another's key told as such, found %v", err)
	}
}

// silent lists its payloads and does not give them.
type silent struct{ *memory }

func (a silent) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	if strings.HasPrefix(o.Name, "payload-") {
		return nil, errors.New("away")
	}
	return a.memory.Open(ctx, o, offset, n)
}

// Others' keys, and a store that does not answer, say nothing against a copy.
func TestWhatKeepsEndsFromOpeningIsNotAlwaysAFlaw(t *testing.T) {
	signed, store := nested(t)
	alice, bob := identity(t, 1), identity(t, 2)
	check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
	for name, c := range map[string]struct {
		store backup.Store
		keys  []age.Identity
	}{
		"others' keys":         {store, []age.Identity{identity(t, 9)}},
		"one layer's key":      {store, []age.Identity{alice}},
		"a store that is away": {silent{store}, []age.Identity{alice, bob}},
	} {
		v, err := backup.VerifyOpened(t.Context(), c.store, signed, check, nil, c.keys...)
		if err == nil || errors.Is(err, backup.ErrContent) || v.Level != 0 || v.Lost() {
			t.Errorf("%s: want an error that says nothing of an object, found %s, %v, %v", name, v.Level, v.Flaws, err)
		}
	}
}

// V4 of a copy is V1, and every segment's ends; it reads no more than those.
func TestOpenedCopyReadsTheEndsOnly(t *testing.T) {
	signed, store := nested(t)
	alice, bob := identity(t, 1), identity(t, 2)
	check := backup.Checking{Level: backup.V4, Store: "one", Now: time.Now}
	v, err := backup.VerifyOpened(t.Context(), store, signed, check, nil, alice, bob)
	if err != nil || v.Level != backup.V4 {
		t.Fatalf("want V4, found %s, %v", v.Level, err)
	}
	var all int64
	segments := signed.Manifest().Segments
	for _, g := range segments {
		all += g.Content.Size
	}
	if most := int64(len(segments)) * 6 * (64<<10 + 16); v.Bytes == 0 || v.Bytes > most || v.Bytes > all/10 {
		t.Errorf("want a few pieces of %d segments read, found %d of %d bytes", len(segments), v.Bytes, all)
	}
	for _, g := range segments {
		k := store.only(g.Name)
		whole := k.b
		k.b = bytes.Clone(whole)
		k.b[len(whole)-5] ^= 1
		v, err := backup.VerifyOpened(t.Context(), lying{store}, signed, check, nil, alice, bob)
		if err == nil || v.Asked != backup.V4 || v.Level != 0 || !strings.HasPrefix(err.Error(), "verify: "+g.Name+": ") {
			t.Errorf("%s: want no level for a changed last piece, found %s, %v", g.Name, v.Level, err)
		}
		if want := []backup.Flawed{{Object: g.Name, Flaw: backup.Damaged}}; !slices.Equal(v.Flaws, want) {
			t.Errorf("%s: want it named, found %v", g.Name, v.Flaws)
		}
		k.b = whole
	}
	if _, err := backup.VerifyOpened(t.Context(), store, signed, check, nil); err == nil || err.Error() != "verify: want a key that opens the header, found none" {
		t.Errorf("found %v", err)
	}
	check.Level = backup.V3
	if _, err := backup.VerifyOpened(t.Context(), store, signed, check, nil, alice, bob); err == nil || err.Error() != "verify: want level V4, found V3" {
		t.Errorf("found %v", err)
	}
	header := store.only(segments[0].Headers[0].Name)
	header.b = append(header.b, '\n')
	check.Level = backup.V4
	if v, err := backup.VerifyOpened(t.Context(), store, signed, check, nil, alice, bob); !errors.Is(err, backup.ErrContent) || v.Asked != backup.V1 || !v.Lost() {
		t.Errorf("want V1 within V4, found %v, %v", v, err)
	}
}
