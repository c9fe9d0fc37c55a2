package backup_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/quorum/text"
)

// shipped returns a snapshot of several parts that lies in a locking store.
func shipped(t *testing.T) (backup.Plan, backup.Signed, *memory) {
	t.Helper()
	p, store := newPlan(t), newMemory()
	store.locks = true
	p.Canary, p.Probe = source, recipient(t, "probe", 7)
	taken := mustTake(t, os.DirFS(bigFolder(t)), p)
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store))
	return p, taken.Signed, store
}

func TestDamageIsFoundAtItsLevel(t *testing.T) {
	p, signed, store := shipped(t)
	m := signed.Manifest()
	payload, header, canary := m.Segments[0].Name, m.Segments[0].Headers[0].Name, m.Canary.Name
	flip := func(k *kept) { k.b = bytes.Clone(k.b); k.b[len(k.b)/2] ^= 1 }
	cases := []struct {
		name  string
		of    string
		harm  func(*kept)
		first backup.Level // at which it is found
	}{
		{"nothing", payload, func(*kept) {}, backup.V5},
		{"a flipped bit", payload, flip, backup.V3}, // V1 trusts the checksum that the store keeps
		{"a flipped bit in a header", header, flip, backup.V3},
		{"a flipped bit in the canary", canary, flip, backup.V3},
		{"a flipped bit in the list of parts", m.Segments[1].ListName(), flip, backup.V2},
		{"a flipped bit in the manifest", signed.TextName(), flip, backup.V0},
		{"a flipped bit in the signature", signed.SignatureName(), flip, backup.V0},
		{"cut", payload, func(k *kept) { k.b = k.b[:len(k.b)-1] }, backup.V0},
		{"longer", header, func(k *kept) { k.b = append(bytes.Clone(k.b), 0) }, backup.V0},
		{"another checksum", payload, func(k *kept) { k.c.Composite[0] ^= 1 }, backup.V1},
		{"a lock that ends too soon", payload, func(k *kept) { k.until = start }, backup.V0},
		{"no lock", canary, func(k *kept) { k.until = time.Time{} }, backup.V0},
	}
	for _, c := range cases {
		was := *store.only(c.of)
		c.harm(store.only(c.of))
		for _, l := range []backup.Level{backup.V0, backup.V1, backup.V2, backup.V3} {
			v, err := backup.Verify(t.Context(), store, signed, backup.Checking{Level: l, Locked: start.AddDate(0, 0, 30), Samples: 99, Now: p.Now})
			if good := l < c.first; (err == nil) != good || (v.Level == l) != good {
				// V2 that reads all parts finds a flipped bit, too
				if c.name != "a flipped bit" || l != backup.V2 || err == nil {
					t.Errorf("%s at %s: found %+v, %v", c.name, l, v, err)
				}
			}
		}
		*store.only(c.of) = was
	}
	delete(store.objects, header)
	if _, err := backup.Verify(t.Context(), store, signed, backup.Checking{Level: backup.V0, Now: p.Now}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: found %v", err)
	}
	for want, c := range map[string]backup.Checking{
		"verify: want level V0 to V3, found V4":       {Level: backup.V4, Now: p.Now},
		"verify: want level V0 to V3, found no level": {Now: p.Now},
	} {
		if _, err := backup.Verify(t.Context(), store, signed, c); err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
	if _, err := backup.Verify(t.Context(), store, backup.Signed{}, backup.Checking{Level: backup.V0, Now: p.Now}); err == nil || err.Error() != "verify: want a signed manifest, found none" {
		t.Errorf("unsigned: found %v", err)
	}
}

// One bad object does not hide the next: a look names all of them, and goes on.
func TestEveryFlawIsNamed(t *testing.T) {
	p, signed, store := shipped(t)
	m := signed.Manifest()
	header, payload, canary := m.Segments[0].Headers[0].Name, m.Segments[0].Name, m.Canary.Name
	delete(store.objects, header)
	store.only(canary).b = bytes.Repeat([]byte{1}, len(store.only(canary).b))
	store.only(payload).until = time.Time{}
	store.only(signed.TextName()).until = start.AddDate(0, 0, 10)
	store.objects[payload] = append(store.objects[payload], &kept{[]byte("x"), backup.Whole([]byte("x")), time.Time{}})
	want := []backup.Flawed{{canary, backup.Damaged}, {header, backup.Missing}, {payload, backup.Covered}, {payload, backup.Unlocked}, {signed.TextName(), backup.Short}}
	slices.SortFunc(want, func(a, b backup.Flawed) int {
		return strings.Compare(a.Object+" "+string(a.Flaw), b.Object+" "+string(b.Flaw))
	})
	v, err := backup.Verify(t.Context(), store, signed, backup.Checking{Level: backup.V3, Tell: start.AddDate(0, 0, 30), Now: p.Now})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), header) {
		t.Errorf("want the first one as error, found %v", err)
	}
	if !slices.Equal(v.Flaws, want) || v.Level != 0 || !v.Lost() || v.Bytes < m.Segments[0].Content.Size {
		t.Errorf("want %v\nfound %v at %s", want, v.Flaws, v.Level)
	}
	delete(store.objects, canary)
	store.only(signed.TextName()).until = start.AddDate(1, 0, 0)
	v, err = backup.Verify(t.Context(), store, signed, backup.Checking{Level: backup.V2, Samples: 99, Now: p.Now})
	if err == nil || len(v.Flaws) != 3 || v.Sample.Parts == 0 {
		t.Errorf("want what is lost and what is covered, found %v, %+v, %v", v.Flaws, v.Sample, err)
	}
}

// Somebody with the right to write puts other bytes over every object. The
// locked ones below are found, and it is told.
func TestWhatWasWrittenOverIsFoundBelow(t *testing.T) {
	p, signed, store := shipped(t)
	for name, v := range store.objects {
		bad := []byte("planted")
		store.objects[name] = append(v, &kept{bad, backup.Whole(bad), time.Time{}})
	}
	v, err := backup.Verify(t.Context(), store, signed, backup.Checking{Level: backup.V3, Locked: start, Now: p.Now})
	if err != nil || len(v.Covered) != len(store.objects) || !slices.IsSorted(v.Covered) {
		t.Errorf("want all objects found below others, found %+v, %v", v, err)
	}
	names, err := backup.ManifestNames(t.Context(), store)
	if err != nil || len(names) != 1 {
		t.Fatalf("want one manifest, found %v, %v", names, err)
	}
	b, err := backup.Fetch(t.Context(), store, names[0], func(b []byte) error {
		_, err := backup.ParseManifest(b)
		return err
	})
	if err != nil || !bytes.Equal(b, signed.Bytes()) {
		t.Errorf("want the manifest below, found %q, %v", b, err)
	}
}

func TestSamplesAreFewAndChosenByTheSeed(t *testing.T) {
	p, signed, store := shipped(t)
	total := 0
	for _, g := range signed.Manifest().Segments {
		total += g.Content.Parts()
	}
	seen := map[int]bool{}
	for seed := range byte(60) {
		c := backup.Checking{Level: backup.V2, Store: "one", Seed: backup.Sum{seed}, Samples: 1, Now: p.Now}
		v, err := backup.Verify(t.Context(), store, signed, c)
		if err != nil || v.Level != backup.V2 || v.Bytes == 0 || v.Bytes > 8<<20 {
			t.Fatalf("want one part read, found %+v, %v", v, err)
		}
		chosen := backup.Choose(c.Seed, text.Identity(signed.Bytes()), c.Store, total, 1)
		if again := backup.Choose(c.Seed, text.Identity(signed.Bytes()), c.Store, total, 1); len(chosen) != 1 || again[0] != chosen[0] {
			t.Fatalf("want the same choice of the same seed, found %v and %v", chosen, again)
		}
		seen[chosen[0]] = true
	}
	if len(seen) != total {
		t.Errorf("want all %d parts chosen in time, found %d", total, len(seen))
	}
	if all := backup.Choose(backup.Sum{}, text.Hash{}, "one", 3, 10); !slices.Equal(all, []int{0, 1, 2}) {
		t.Errorf("want every part once, found %v", all)
	}
}

// As many parts are read as the square root of all of them, unless it is said how
// many.
func TestTheSampleGrowsWithTheCopy(t *testing.T) {
	for total, want := range map[int]int{0: 1, 1: 1, 2: 2, 4: 2, 5: 3, 256: 16, 10_000: 100, 10_001: 101} {
		if found := backup.SamplesOf(total); found != want {
			t.Errorf("of %d parts: want %d read, found %d", total, want, found)
		}
	}
	p, signed, store := shipped(t)
	total := 0
	for _, g := range signed.Manifest().Segments {
		total += g.Content.Parts()
	}
	if total < 2 {
		t.Fatalf("want a copy of several parts, found %d", total)
	}
	for samples, want := range map[int]int{0: backup.SamplesOf(total), 1: 1, total: total, total + 7: total} {
		v, err := backup.Verify(t.Context(), store, signed, backup.Checking{Level: backup.V2, Store: "one", Samples: samples, Now: p.Now})
		if err != nil || v.Sample.Parts != want {
			t.Errorf("%d asked: want %d parts read, found %d, %v", samples, want, v.Sample.Parts, err)
		}
	}
}

// With the SHA-256s of the parts anybody can prove one part to be in the tree.
func TestContentListIsPinnedByTheManifest(t *testing.T) {
	_, signed, store := shipped(t)
	m, err := backup.ParseManifest(signed.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	g := m.Segments[1]
	list := store.only(g.ListName()).b
	c, err := g.Content.WithList(list)
	if err != nil {
		t.Fatal(err)
	}
	if root, err := c.Root(); err != nil || root != g.Root || len(c.Sums) != 3 {
		t.Errorf("want the root of the manifest, found %s, %v", root, err)
	}
	for name, bad := range map[string][]byte{"cut": list[:64], "longer": append(bytes.Clone(list), 0), "other": bytes.Repeat([]byte{1}, 96), "none": nil} {
		if _, err := g.Content.WithList(bad); !errors.Is(err, backup.ErrContent) {
			t.Errorf("%s: found %v", name, err)
		}
	}
	if _, err := g.Content.Root(); err == nil || err.Error() != "tree: want the SHA-256 of 3 parts, found 0" {
		t.Errorf("found %v", err)
	}
}

func TestReadTakesOnlyWhatIsSmallAndWhole(t *testing.T) {
	store := newMemory()
	store.objects["a.txt"] = []*kept{{b: []byte("hello")}}
	for size, want := range map[int64]string{
		6:       "a.txt: want 6 bytes, found others: other content than announced",
		65537:   "a.txt: want at most 65536 bytes, found 65537",
		-1:      "a.txt: want at most 65536 bytes, found -1",
		1 << 62: "a.txt: want at most 65536 bytes, found 4611686018427387904",
	} {
		if _, err := backup.Read(t.Context(), store, backup.Object{Name: "a.txt", Version: "0", Size: size}); err == nil || err.Error() != want {
			t.Errorf("want %q, found %v", want, err)
		}
	}
	refuse := errors.New("not this one")
	if _, err := backup.Fetch(t.Context(), store, "a.txt", func([]byte) error { return refuse }); !errors.Is(err, refuse) {
		t.Errorf("want %v, found %v", refuse, err)
	}
	if _, err := backup.Fetch(t.Context(), store, "../a", func([]byte) error { return nil }); err == nil || !strings.Contains(err.Error(), "object name") {
		t.Errorf("want a name that climbs refused, found %v", err)
	}
}
