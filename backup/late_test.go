package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"strongroom/backup"
)

// drippingStore sends bytes without end and never enough of them; hungStore is a
// mount whose server has gone: its calls do not even end with their context.
type drippingStore struct{ *memory }

func (s drippingStore) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	return s.memory.Put(ctx, name, c, dripping{from}, until)
}

type dripping struct{ backup.Bytes }

func (d dripping) Part(ctx context.Context, offset, n int64) (io.ReadSeekCloser, error) {
	r, err := d.Bytes.Part(ctx, offset, n)
	return drop{r, ctx}, err
}

type drop struct {
	io.ReadSeekCloser
	ctx context.Context
}

func (d drop) Read(b []byte) (int, error) {
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(50 * time.Millisecond):
		return d.ReadSeekCloser.Read(b[:1])
	}
}

type hungStore struct {
	*memory
	mounted chan struct{}
}

func (s hungStore) Put(context.Context, string, backup.Content, backup.Bytes, time.Time) (backup.Object, error) {
	<-s.mounted
	return backup.Object{}, errDead
}

// hung is a store that hangs until the test ends.
func hung(t *testing.T) hungStore {
	s := hungStore{newMemory(), make(chan struct{})}
	t.Cleanup(func() { close(s.mounted) })
	return s
}

// bounded is a shipment that waits for nobody: what it would have waited for is
// sent to asked.
func bounded(s backup.Shipment, enough backup.Quorum, most time.Duration, asked chan<- time.Duration) backup.Shipment {
	s.Enough, s.Most = enough, most
	s.Sleep = func(ctx context.Context, d time.Duration) error {
		asked <- d
		if d == most && enough > 0 {
			<-ctx.Done() // the other bound is tried
		}
		return ctx.Err()
	}
	return s
}

func TestAStoreThatDripsIsLeftBehindOnceEnoughCopiesAreGood(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	slow := drippingStore{newMemory()}
	to := targets(newMemory(), slow, newMemory(), hung(t))
	asked := make(chan time.Duration, 4)
	outcomes, err := backup.Ship(t.Context(), bounded(shipment(p, taken.Signed, backup.V3), 2, 9*time.Hour, asked), to)
	if err != nil {
		t.Fatal(err)
	}
	want := "given up before it was done: want it done 15m0s after 2 good copies, found it not"
	for i, o := range outcomes {
		late := i == 1 || i == 3
		if late != (o.Err != nil) || late && (!errors.Is(o.Err, backup.ErrStopped) || o.Err.Error() != want) {
			t.Errorf("%s: want late %t, found %v", o.Target, late, o.Err)
		}
	}
	waits := []time.Duration{<-asked, <-asked}
	if slices.Sort(waits); !slices.Equal(waits, []time.Duration{15 * time.Minute, 9 * time.Hour}) {
		t.Errorf("want it asked for the grace and the longest time, found %v", waits)
	}
	if err := backup.Quorum(2).Check(outcomes, backup.V3); err != nil {
		t.Error(err)
	}
	// The next one finds it no longer slow, and brings it everything.
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(to[0].Store, slow.memory))
}

func TestNoCopyTakesLongerThanTheMost(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	asked := make(chan time.Duration, 4)
	outcomes, err := backup.Ship(t.Context(), bounded(shipment(p, taken.Signed, backup.V1), 0, time.Hour, asked), targets(hung(t), drippingStore{newMemory()}))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if want := "given up before it was done: want it done within 1h0m0s, found it not"; o.Err == nil || o.Err.Error() != want {
			t.Errorf("%s: want %q, found %v", o.Target, want, o.Err)
		}
	}
	s := shipment(p, taken.Signed, backup.V1)
	s.Most = time.Hour
	if _, err := backup.Ship(t.Context(), s, targets(newMemory())); err == nil || err.Error() != "ship: want a way to wait for those who are late, found none" {
		t.Errorf("want a bound without a clock refused, found %v", err)
	}
}

// A store may have the right checksum beside rotten bytes. Then the next one is
// asked, for the list of the parts too, and the target is made whole.
func TestARottenSourceDoesNotStopCatchingUpFromAnother(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, os.DirFS(bigFolder(t)), p)
	first, second := newMemory(), newMemory()
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(first, second))
	if err := backup.Shipped(p.Spool); err != nil {
		t.Fatal(err)
	}
	segments := taken.Signed.Manifest().Segments
	for _, g := range segments {
		rot(first, g.Name)
	}
	rot(first, segments[0].ListName())
	s := shipment(p, taken.Signed, backup.V3)
	s.From = []backup.Source{backup.FromStore(first), backup.FromStore(unreadStore{newMemory(), first}), backup.FromStore(second)}
	late := newMemory()
	mustShip(t, s, targets(late))

	for _, g := range segments {
		rot(second, g.Name)
	}
	s.From = slices.Delete(s.From, 1, 2) // who cannot be read may have it
	o, err := backup.Ship(t.Context(), s, targets(newMemory()))
	if want := segments[0].Name + ": want it right in the spool or another store, found it nowhere: "; err != nil || o[0].Err == nil || !strings.HasPrefix(o[0].Err.Error(), want) {
		t.Fatalf("want %q, found %v, %v", want, o, err)
	}
	if lost := taken.Signed.Manifest().LostSegments(o); !slices.Equal(lost, []string{segments[0].Name}) {
		t.Errorf("want %s told as lost, found %v", segments[0].Name, lost)
	}
}

// unreadStore says that it has everything, and cannot be read.
type unreadStore struct {
	*memory
	like *memory
}

func (s unreadStore) Versions(ctx context.Context, name string) ([]backup.Object, error) {
	return s.like.Versions(ctx, name)
}

func (unreadStore) Open(context.Context, backup.Object, int64, int64) (io.ReadCloser, error) {
	return nil, fmt.Errorf("disk: %w", errDead)
}

// A segment that is bad wherever somebody looked is named, and the index forgets
// what is in it.
func TestSegmentsThatAreBadInEveryStoreAreToldAndSealedAnew(t *testing.T) {
	p := newPlan(t)
	p.Now = later
	src := os.DirFS(bigFolder(t))
	taken := mustTake(t, src, p)
	only := newMemory()
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(only))
	bad := taken.Signed.Manifest().Segments[0].Name
	rot(only, bad)
	p.Last, p.Index = taken.Signed.Manifest(), taken.Index
	again := mustTake(t, src, p)
	if again.Reused == 0 {
		t.Fatal("want segments used again, found none")
	}
	outcomes, err := backup.Ship(t.Context(), shipment(p, again.Signed, backup.V3), targets(only))
	if err != nil {
		t.Fatal(err)
	}
	lost := again.Signed.Manifest().LostSegments(outcomes)
	if !slices.Equal(lost, []string{bad}) {
		t.Fatalf("want %s lost, found %v", bad, lost)
	}
	p.Last = again.Signed.Manifest()
	if p.Index, err = backup.ParseIndex(again.Index.Without(lost...).Render()); err != nil {
		t.Fatal(err)
	}
	anew := mustTake(t, src, p)
	if anew.Reused != again.Reused-1 {
		t.Errorf("want all but one used again, found %d of %d", anew.Reused, again.Reused)
	}
	mustShip(t, shipment(p, anew.Signed, backup.V3), targets(only))
}

func TestListedTellsManifestsWithoutReadingThem(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	store := newMemory()
	mustShip(t, shipment(p, taken.Signed, backup.V1), targets(store))
	for _, name := range []string{"manifest-000002-junk.txt", "manifest-000003-signed.txt", "manifest-000003-signed.bob.manifest.sig", "manifest-x.txt", "manifest-99999999999-a.txt"} {
		if _, err := store.Put(t.Context(), name, backup.Whole([]byte("junk")), backup.Memory("junk"), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	l, err := backup.ListManifests(t.Context(), unreadStore{store, store})
	if err != nil || len(l.Names()) != 5 {
		t.Fatalf("want five names, found %v, %v", l.Names(), err)
	}
	if !l.Has(taken.Signed) || !l.Signed(taken.Signed.TextName()) || l.Signed("manifest-000002-junk.txt") || !l.Signed("manifest-000003-signed.txt") {
		t.Errorf("found %+v", l)
	}
	other := newPlan(t)
	if l.Has(mustTake(t, fstest.MapFS{"a": {Data: []byte("other")}}, other).Signed) {
		t.Error("want a snapshot that is not there missed, found it listed")
	}
	for name, b := range map[string][]byte{taken.Signed.TextName(): taken.Signed.Bytes(), taken.Signed.SignatureName(): taken.Signed.Signature()} {
		whole := store.only(name)
		store.objects[name] = []*kept{{b: b[1:]}}
		if l, err := backup.ListManifests(t.Context(), store); err != nil || l.Has(taken.Signed) {
			t.Errorf("%s: want one of another size missed, found it taken, %v", name, err)
		}
		store.objects[name] = []*kept{whole}
	}
	for name, want := range map[string]uint64{taken.Signed.TextName(): 1, "manifest-000003-signed.txt": 3, "manifest-x.txt": 0, "manifest-99999999999-a.txt": 0, "manifest-000000-a.txt": 0} {
		if n, ok := backup.NumberOf(name); n != want && ok || ok != (want > 0) {
			t.Errorf("%s: want %d, found %d, %t", name, want, n, ok)
		}
	}
	p.Last = taken.Signed.Manifest()
	if next := mustTake(t, source, p).Signed.Manifest(); next.Before() != taken.Signed.TextName() || p.Last.Before() != "" {
		t.Errorf("want %s before it, found %q and %q", taken.Signed.TextName(), next.Before(), p.Last.Before())
	}
}
