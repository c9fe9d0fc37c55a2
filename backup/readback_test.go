package backup_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/backup/dirstore"
)

// reading counts the bytes that are asked of a store.
type reading struct {
	backup.Store
	asked map[string]int64
}

func (r *reading) Open(ctx context.Context, o backup.Object, offset, n int64) (io.ReadCloser, error) {
	r.asked[o.Name] += n
	return r.Store.Open(ctx, o, offset, n)
}

// What Put read back from the disk a moment ago is not read once more at V3;
// what was there before is.
func TestV3ReadsEveryByteOnce(t *testing.T) {
	p := newPlan(t)
	store := &reading{dirstore.Open(newDir(t)), map[string]int64{}}
	taken := mustTake(t, source, p)
	items := taken.Signed.Manifest().Items()
	if len(items) < 2 {
		t.Fatalf("want a payload and its header, found %d objects", len(items))
	}
	var all int64
	for run, times := range []int64{0, 1, 2} {
		for _, o := range mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store)) {
			if run == 0 {
				all = o.Verification.Bytes
			}
			if o.Verification.Bytes != all || all == 0 {
				t.Errorf("run %d: want %d bytes verified, found %d", run, all, o.Verification.Bytes)
			}
		}
		for _, i := range items {
			if found := store.asked[i.Name]; found != times*i.Content.Size {
				t.Errorf("run %d: %s: want it read %d times, found %d of %d bytes", run, i.Name, times, found, i.Content.Size)
			}
		}
	}
}

// A store that does not say that it read back is read, whatever Put says else.
func TestV3ReadsWhatPutDidNot(t *testing.T) {
	p := newPlan(t)
	store := &reading{newMemory(), map[string]int64{}}
	taken := mustTake(t, source, p)
	mustShip(t, shipment(p, taken.Signed, backup.V3), targets(store))
	for _, i := range taken.Signed.Manifest().Items() {
		if store.asked[i.Name] != i.Content.Size {
			t.Errorf("%s: want all %d bytes read, found %d", i.Name, i.Content.Size, store.asked[i.Name])
		}
	}
}

// At any level what a shipment sent is read back once; what was there is not.
func TestWhatIsSentIsReadBackAtEveryLevel(t *testing.T) {
	for _, level := range []backup.Level{backup.V1, backup.V2} {
		p := newPlan(t)
		store := &reading{newMemory(), map[string]int64{}}
		taken := mustTake(t, source, p)
		for range 2 {
			mustShip(t, shipment(p, taken.Signed, level), targets(store))
		}
		for _, i := range taken.Signed.Manifest().Items() {
			if found := store.asked[i.Name]; found < i.Content.Size || level == backup.V1 && found > i.Content.Size {
				t.Errorf("%s: %s: want its %d bytes read once, found %d", level, i.Name, i.Content.Size, found)
			}
		}
	}
}

// flipping is a store that keeps other bytes than it was given, and the checksum
// of those that it was given.
type flipping struct{ *memory }

func (s flipping) Put(ctx context.Context, name string, c backup.Content, from backup.Bytes, until time.Time) (backup.Object, error) {
	o, err := s.memory.Put(ctx, name, c, from, until)
	if err == nil && strings.HasSuffix(name, ".age-payload") {
		rot(s.memory, name)
	}
	return o, err
}

func TestAStoreThatKeepsOtherBytesIsFoundOutAtV1(t *testing.T) {
	p := newPlan(t)
	taken := mustTake(t, source, p)
	for _, level := range []backup.Level{backup.V1, backup.V2} {
		outcomes, err := backup.Ship(t.Context(), shipment(p, taken.Signed, level), targets(flipping{newMemory()}))
		if err != nil || !errors.Is(outcomes[0].Err, backup.ErrContent) || outcomes[0].Verification.Asked != backup.V3 {
			t.Errorf("want the flipped bit found as V3 finds it, found %v, %v", outcomes, err)
		}
		if s := outcomes[0].Verification.Sample; s != (backup.Sample{}) {
			t.Errorf("want no sample, which a result of V3 cannot have, found %v", s)
		}
	}
}

// What snapshots share is read once by looks in a row, unless it is bad.
func TestLooksInARowReadOnceWhatSnapshotsShare(t *testing.T) {
	dir, p, _ := packedPlan(t)
	p.Index = backup.Index{}
	store := &reading{newMemory(), map[string]int64{}}
	first := mustTake(t, os.DirFS(dir), p)
	mustShip(t, shipment(p, first.Signed, backup.V3), targets(store))
	p.Last, p.Index = first.Signed.Manifest(), first.Index
	second := mustTake(t, os.DirFS(dir), p)
	mustShip(t, shipment(p, second.Signed, backup.V3), targets(store))
	shared := first.Signed.Manifest().Segments[0]
	if second.Signed.Manifest().Segments[0].Name != shared.Name {
		t.Fatal("want a shared segment, found none")
	}
	look := func(whole backup.WholeObjects) (times int64, errs []error) {
		clear(store.asked)
		for _, s := range []backup.Signed{second.Signed, first.Signed} {
			v, err := backup.Verify(t.Context(), store, s, backup.Checking{Level: backup.V3, Whole: whole, Now: p.Now})
			if err == nil && v.Level != backup.V3 {
				t.Errorf("want V3, found %s", v.Level)
			}
			errs = append(errs, err)
		}
		return store.asked[shared.Name] / shared.Content.Size, errs
	}
	if n, errs := look(nil); n != 2 || errors.Join(errs...) != nil {
		t.Errorf("apart: want it read twice, found %d, %v", n, errs)
	}
	if n, errs := look(backup.WholeObjects{}); n != 1 || errors.Join(errs...) != nil {
		t.Errorf("in a row: want it read once, found %d, %v", n, errs)
	}
	rot(store.Store.(*memory), shared.Name)
	if n, errs := look(backup.WholeObjects{}); n != 2 || !errors.Is(errs[0], backup.ErrContent) || !errors.Is(errs[1], backup.ErrContent) {
		t.Errorf("rotten: want it found both times, found %d, %v", n, errs)
	}
}
