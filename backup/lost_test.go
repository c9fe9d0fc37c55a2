package backup_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"strongroom/backup"
)

// A file that lost its end is a flaw, like a flipped bit: each one is told, what
// is in it can be sealed anew, and no manifest says that the copy is whole.
func TestObjectsThatLostTheirEndAreAllTold(t *testing.T) {
	dir, p, cut := packedPlan(t)
	good := newMemory()
	first := p.Last.Segments
	p.Index = backup.Index{}
	again := mustTake(t, os.DirFS(dir), p)
	mustShip(t, shipment(p, again.Signed, backup.V3), targets(cut, good))
	segments := again.Signed.Manifest().Segments
	if len(segments) != len(first) {
		t.Fatalf("want %d segments, found %d", len(first), len(segments))
	}
	p.Last, p.Index = again.Signed.Manifest(), again.Index
	pack := cut.only(segments[0].Name)
	pack.b = pack.b[:len(pack.b)/2]
	next := mustTake(t, os.DirFS(dir), p)
	header := cut.only(segments[0].Headers[0].Name)
	header.b = nil
	out, err := backup.Ship(t.Context(), shipment(p, next.Signed, backup.V1), targets(cut, good))
	if err != nil || out[1].Err != nil {
		t.Fatalf("want the other copy good, found %v, %v", out, err)
	}
	if o := out[0]; !errors.Is(o.Err, backup.ErrContent) || o.Verification.Level != 0 {
		t.Errorf("want %v and no level, found %v, %s", backup.ErrContent, o.Err, o.Verification.Level)
	}
	for _, f := range []backup.Flawed{{Object: segments[0].Name, Flaw: backup.Damaged}, {Object: segments[0].Headers[0].Name, Flaw: backup.Damaged}, {Object: next.Signed.TextName(), Flaw: backup.Missing}} {
		if !slices.Contains(out[0].Verification.Flaws, f) {
			t.Errorf("want %v, found %v", f, out[0].Verification.Flaws)
		}
	}
	if lost := next.Signed.Manifest().LostSegments(out); !slices.Equal(lost, []string{segments[0].Name}) {
		t.Errorf("want the pack lost, found %v", lost)
	}
	if len(cut.objects[next.Signed.TextName()]) != 0 {
		t.Error("want no manifest beside an object with other bytes, found one")
	}
}

// Each target may have a level of its own.
func TestATargetHasItsOwnLevel(t *testing.T) {
	_, p, _ := packedPlan(t)
	p.Index = backup.Index{}
	taken := mustTake(t, source, p)
	to := targets(newMemory(), newMemory())
	to[1].Level = backup.V3
	out, err := backup.Ship(t.Context(), shipment(p, taken.Signed, backup.V1), to)
	if err != nil || out[0].Verification.Level != backup.V1 || out[1].Verification.Level != backup.V3 {
		t.Errorf("want V1 and V3, found %+v, %v", out, err)
	}
	to[1].Level = backup.V4
	if _, err := backup.Ship(t.Context(), shipment(p, taken.Signed, backup.V1), to); err == nil || err.Error() != "targets: store-b: want level V1, V2 or V3, found V4" {
		t.Errorf("want V4 refused, found %v", err)
	}
}
