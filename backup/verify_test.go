package backup_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"strongroom/backup"
)

func TestDamagedCopiesAreFound(t *testing.T) {
	store := newMemory()
	p := newPlan(t, store)
	report, err := backup.Run(source, p)
	if err != nil {
		t.Fatal(err)
	}
	m := report.Signed.Manifest()
	whole := store.objects[m.Payload.Name]
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	cases := []struct {
		name   string
		b      []byte
		v1, v3 bool
	}{
		{"whole", whole, true, true},
		{"a flipped bit", flipped, true, false}, // V1 trusts the checksum that the store keeps
		{"cut", whole[:len(whole)-1], false, false},
		{"longer", append(bytes.Clone(whole), 0), false, false},
	}
	for _, c := range cases {
		store.objects[m.Payload.Name] = c.b
		for _, l := range []struct {
			level backup.Level
			good  bool
		}{{backup.V1, c.v1}, {backup.V3, c.v3}} {
			v, err := backup.Verify(store, m, l.level, p.Now)
			if (err == nil) != l.good || (v.Level == l.level) != l.good || err != nil && !errors.Is(err, backup.ErrContent) {
				t.Errorf("%s at %s: found %v, %v", c.name, l.level, v, err)
			}
		}
	}
	store.objects[m.Payload.Name], store.sums[m.Payload.Name] = whole, backup.Sum{}
	want := "verify: " + m.Payload.Name + ": want SHA-256 " + m.Payload.Sum.String() + ", found " + strings.Repeat("0", 64) + " stored: other content than announced"
	if _, err := backup.VerifyV1(store, m, p.Now); err == nil || err.Error() != want {
		t.Errorf("other checksum stored: want %q, found %v", want, err)
	}
	delete(store.objects, m.Payload.Name)
	if _, err := backup.VerifyV1(store, m, p.Now); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: found %v", err)
	}
	if _, err := backup.Verify(store, m, backup.V2, p.Now); err == nil || err.Error() != "verify: want level V1 or V3, found V2" {
		t.Errorf("V2: found %v", err)
	}
}

// shapelessStore tells sizes that nothing has.
type shapelessStore struct {
	backup.Store
	size int64
}

func (s shapelessStore) Get(string) (io.ReadCloser, int64, error) {
	return io.NopCloser(strings.NewReader("hello")), s.size, nil
}

func TestFetchTakesOnlyWhatIsSmallAndWhole(t *testing.T) {
	for size, want := range map[int64]string{
		4:       "a.txt: want 4 bytes, found others: other content than announced",
		6:       "a.txt: want 6 bytes, found others: other content than announced",
		65537:   "a.txt: want at most 65536 bytes, found 65537",
		-1:      "a.txt: want at most 65536 bytes, found -1",
		1 << 62: "a.txt: want at most 65536 bytes, found 4611686018427387904",
	} {
		if _, err := backup.Fetch(shapelessStore{size: size}, "a.txt"); err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
	if b, err := backup.Fetch(shapelessStore{size: 5}, "a.txt"); err != nil || string(b) != "hello" {
		t.Errorf("found %q, %v", b, err)
	}
	if _, err := backup.Fetch(shapelessStore{}, "../a"); err == nil {
		t.Error("want a name that climbs refused, found it taken")
	}
}
