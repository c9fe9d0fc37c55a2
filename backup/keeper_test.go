package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"filippo.io/age"

	"strongroom/backup"
)

// shelf is a locking store with several snapshots of bigFolder, which share
// segments.
func shelf(t *testing.T, n int) ([]backup.Signed, *memory) {
	t.Helper()
	dir, p, store := bigFolder(t), newPlan(t).WithBounds(16<<20, 100, 4), newMemory() // two files alone, a pack, the rest
	store.locks, p.Now = true, later
	var out []backup.Signed
	for range n {
		taken := mustTake(t, os.DirFS(dir), p)
		mustShip(t, shipment(p, taken.Signed, backup.V1), targets(store))
		p.Last, p.Index = taken.Signed.Manifest(), taken.Index
		out = append(out, taken.Signed)
	}
	return out, store
}

func untilOf(m *memory, name string) time.Time { return m.only(name).until }

func TestTheKeeperExtendsWhatIsKeptAndLetsTheRestLapse(t *testing.T) {
	all, store := shelf(t, 3)
	first, kept := all[0].Manifest(), all[1:]
	short, long := start.AddDate(0, 0, 35), start.AddDate(0, 0, 135)
	x, err := backup.ExtendLocks(t.Context(), store, kept, all, long)
	if err != nil || x.Objects != x.Extended || x.Extended == 0 {
		t.Fatalf("found %+v, %v", x, err)
	}
	shared, pack, own := first.Segments[0].Name, first.Segments[2].Name, first.Segments[3].Name
	for _, name := range []string{shared, pack} {
		if untilOf(store, name) != long {
			t.Errorf("want a shared segment locked as long as the newest that names it, found %v", untilOf(store, name))
		}
	}
	if untilOf(store, own) != short {
		t.Errorf("want what is not kept left alone, found %v", untilOf(store, own))
	}
	for _, name := range []string{all[0].TextName(), all[0].SignatureName()} {
		if untilOf(store, name) != long {
			t.Errorf("want every manifest kept for the chain, found %s until %v", name, untilOf(store, name))
		}
	}
	// Never shorter, and nothing twice.
	if x, err = backup.ExtendLocks(t.Context(), store, kept, all, short); err != nil || x.Extended != 0 || untilOf(store, shared) != long {
		t.Errorf("want nothing changed, found %+v, %v", x, err)
	}
	if o, err := backup.Lapsed(t.Context(), store, kept, all, start); err != nil || len(o) != 0 {
		t.Errorf("want nothing told while it is locked, found %v, %v", o, err)
	}
	o, err := backup.Lapsed(t.Context(), store, kept, all, short.Add(time.Second))
	if err != nil || !slices.ContainsFunc(o, func(o backup.Object) bool { return o.Name == own }) || slices.ContainsFunc(o, func(o backup.Object) bool {
		return o.Name == shared || o.Name == pack || strings.HasPrefix(o.Name, "manifest-")
	}) {
		t.Errorf("want what only the first one needs, found %v, %v", o, err)
	}
	if len(store.objects[own]) != 1 {
		t.Error("want nothing deleted, found something gone")
	}
}

func TestTheKeeperGoesOnBehindAMissingObject(t *testing.T) {
	all, store := shelf(t, 1)
	m, long := all[0].Manifest(), start.AddDate(0, 0, 135)
	gone := m.Segments[0].Headers[0].Name
	delete(store.objects, gone)
	if _, err := backup.ExtendLocks(t.Context(), store, all, all, long); err == nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), gone) {
		t.Errorf("want the missing one named, found %v", err)
	}
	if got := untilOf(store, m.Segments[1].Name); got != long {
		t.Errorf("want the others locked, found %v", got)
	}
	if _, err := backup.ExtendLocks(t.Context(), forgetfulStore{store}, all, all, long.AddDate(1, 0, 0)); !errors.Is(err, backup.ErrNoLock) {
		t.Errorf("want a lock that was not made longer seen, found %v", err)
	}
	plain := newMemory()
	plain.objects = store.objects
	if _, err := backup.ExtendLocks(t.Context(), plain, all, all, long.AddDate(1, 0, 0)); !errors.Is(err, backup.ErrNoLock) {
		t.Errorf("want %v, found %v", backup.ErrNoLock, err)
	}
}

func TestTheCanaryOpensForTheProbeAndNobodyElse(t *testing.T) {
	probe, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	p, store := newPlan(t), newMemory()
	p.Canary = fstest.MapFS{"one.bin": {Data: bytes.Repeat([]byte{7}, 5000)}, "folder/two.txt": {Data: []byte("two\n")}}
	if p.Probe, err = backup.ParseRecipient("probe", probe.Recipient().String()); err != nil {
		t.Fatal(err)
	}
	taken := mustTake(t, source, p)
	mustShip(t, shipment(p, taken.Signed, backup.V1), targets(store))
	c := taken.Signed.Manifest().Canary
	if err := backup.OpenCanary(t.Context(), store, c, probe); err != nil {
		t.Error(err)
	}
	open := func(c backup.Canary, id age.Identity) string {
		t.Helper()
		err := backup.OpenCanary(context.Background(), store, c, id)
		if err == nil {
			return "opened"
		}
		return err.Error()
	}
	if got := open(c, identity(t, 1)); !strings.HasPrefix(got, "canary: identity did not match any of the recipients") {
		t.Errorf("an officer's key: found %s", got)
	}
	if got := open(backup.Canary{}, probe); got != "canary: want a snapshot with one, found one without" {
		t.Errorf("found %s", got)
	}
	lies := c
	lies.Contents.Files++
	if got := open(lies, probe); !strings.HasPrefix(got, "canary: want 3 files, 5004 bytes and SHA256SUMS") {
		t.Errorf("other contents: found %s", got)
	}
	kept := store.only(c.Name)
	kept.b = slices.Clone(kept.b)
	kept.b[len(kept.b)-1] ^= 1
	if got := open(c, probe); !strings.Contains(got, "other content than announced") {
		t.Errorf("rotten: found %s", got)
	}
	delete(store.objects, c.Name)
	if err := backup.OpenCanary(t.Context(), store, c, probe); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: found %v", err)
	}
}

// mendable is a store that can replace bad bytes: the new ones cover the old.
type mendable struct{ *memory }

func (m mendable) Repair(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	b, err := take(ctx, c, from)
	if err != nil {
		return backup.Object{}, err
	}
	m.objects[name] = append(m.objects[name], &kept{b, c, until})
	return m.tell(name)[0], nil
}

// away is one that does not answer just now.
type away struct{ mendable }

func (away) Versions(context.Context, string) ([]backup.Object, error) { return nil, errDead }

func rot(m *memory, name string) {
	k := m.only(name)
	k.b = slices.Clone(k.b)
	k.b[len(k.b)/2] ^= 1
}

// Repair makes good what is missing and what is rotten, from whichever store has
// it right.
func TestRepairTakesFromWhoeverHasItRight(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, os.DirFS(bigFolder(t)), p)
	sick, rotten, good := newMemory(), newMemory(), newMemory()
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(sick, rotten, good))
	m := taken.Signed.Manifest()
	big, list, header := m.Segments[0].Name, m.Segments[1].ListName(), m.Segments[2].Headers[0].Name
	rot(sick, big)
	rot(rotten, big)
	rot(rotten, list)
	delete(sick.objects, list)
	delete(sick.objects, header)
	rot(sick, taken.Signed.TextName())
	from := []backup.Source{backup.FromStore(rotten), backup.FromStore(good)}

	// A store that cannot replace gets what is missing.
	made, err := backup.Repair(t.Context(), sick, taken.Signed, from, time.Time{})
	slices.Sort(made)
	if want := []string{header, list}; err == nil || !errors.Is(err, backup.ErrContent) || !slices.Equal(made, want) {
		t.Errorf("want %v made good and the rest told, found %v, %v", want, made, err)
	}
	made, err = backup.Repair(t.Context(), mendable{sick}, taken.Signed, from, time.Time{})
	slices.Sort(made)
	if want := []string{taken.Signed.TextName(), big}; err != nil || !slices.Equal(made, want) {
		t.Errorf("want %v made good, found %v, %v", want, made, err)
	}
	if len(sick.objects[big]) != 2 {
		t.Error("want the bad bytes still there")
	}
	if made, err := backup.Repair(t.Context(), mendable{good}, taken.Signed, nil, time.Time{}); err != nil || len(made) != 0 {
		t.Errorf("want nothing to do, found %v, %v", made, err)
	}
	rot(good, big)
	made, err = backup.Repair(t.Context(), mendable{good}, taken.Signed, from[:1], time.Time{})
	if err == nil || len(made) != 0 || !strings.Contains(err.Error(), big+": want it right in another store, found it nowhere") {
		t.Errorf("want it told that nobody has it, found %v, %v", made, err)
	}
	before := len(good.objects[m.Segments[1].Name])
	if made, err := backup.Repair(t.Context(), away{mendable{good}}, taken.Signed, from, time.Time{}); !errors.Is(err, errDead) || len(made) != 0 || len(good.objects[m.Segments[1].Name]) != before {
		t.Errorf("want a store that is away left alone, found %v, %v", made, err)
	}
	if _, err := backup.Repair(t.Context(), good, backup.Signed{}, from, time.Time{}); err == nil || err.Error() != "repair: want a signed manifest, found none" {
		t.Errorf("found %v", err)
	}
}

// The mark of a store is locked by itself: no snapshot names it.
func TestOneObjectIsKeptLocked(t *testing.T) {
	store, long := newMemory(), start.AddDate(0, 0, 135)
	store.locks = true
	mark := backup.Whole([]byte("whose it is\n"))
	store.objects["store.txt"] = []*kept{{b: []byte("whose it is\n"), c: mark}}
	for _, until := range []time.Time{long, long.AddDate(0, 0, -30)} {
		if err := backup.KeepLocked(t.Context(), store, "store.txt", mark, until); err != nil || untilOf(store, "store.txt") != long {
			t.Errorf("want it locked until %v, found %v, %v", long, untilOf(store, "store.txt"), err)
		}
	}
	if err := backup.KeepLocked(t.Context(), store, "store.txt", backup.Whole([]byte("another's\n")), long); !errors.Is(err, backup.ErrContent) {
		t.Errorf("want other bytes refused, found %v", err)
	}
	if err := backup.KeepLocked(t.Context(), forgetfulStore{store}, "store.txt", mark, long.AddDate(1, 0, 0)); !errors.Is(err, backup.ErrNoLock) {
		t.Errorf("want a lock that was not made longer seen, found %v", err)
	}
}
