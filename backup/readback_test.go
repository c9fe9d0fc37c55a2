package backup_test

import (
	"context"
	"io"
	"testing"

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
