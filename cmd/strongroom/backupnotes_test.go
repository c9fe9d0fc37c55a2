package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"strongroom/backup"
	"strongroom/custody"
	"strongroom/custody/durable"
)

// notingDesk is a desk with a home to keep notes in.
func notingDesk(t *testing.T, warnings io.Writer) *desk {
	t.Helper()
	d := quiet(custody.Regtest, warnings)
	var err error
	if d.dir, err = durable.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.dir.Close() })
	return d
}

// A store because of which pieces were sealed anew, and that is bad again, has the
// others not pay once more; alone it is believed.
func TestADiskThatSpoilsEverythingHasTheOthersPayOnce(t *testing.T) {
	var told strings.Builder
	d := notingDesk(t, &told)
	bad := backup.Outcome{Target: "bad", Err: backup.ErrContent, Verification: backup.Verification{Flaws: []backup.Flawed{{Object: "payload-a", Flaw: backup.Damaged}}}}
	fine := backup.Outcome{Target: "fine", Verification: backup.Verification{Level: backup.V3}}
	m := backup.Manifest{Number: 7, Segments: []backup.Segment{{Name: "payload-a"}}}
	all := []backup.Outcome{bad, fine}
	lost := func(of []backup.Outcome) int { return len(m.LostSegments(d.believed(of))) }
	if lost(all) != 1 || told.Len() > 0 {
		t.Errorf("want it believed once, found %s", told.String())
	}
	if err := d.doubt(m, all); err != nil {
		t.Fatal(err)
	}
	if lost(all) != 0 || !strings.Contains(told.String(), "store bad: pieces were sealed anew because of it in snapshot 7") || strings.Contains(told.String(), "store fine") {
		t.Errorf("want it doubted and told, found %s", told.String())
	}
	if lost(all[:1]) != 1 {
		t.Error("want the only store believed, found it doubted")
	}
	if err := d.noteCopy("bad", 8, backup.Outcome{Verification: backup.Verification{Level: backup.V1}}); err != nil {
		t.Fatal(err)
	}
	if lost(all) != 1 {
		t.Error("want it believed again after a good copy, found it doubted")
	}
}

// What was begun in a store stays noted until that copy is good.
func TestWhatWasBegunInAStoreIsRemembered(t *testing.T) {
	d := notingDesk(t, io.Discard)
	stores := []namedStore{{name: "one"}, {name: "two", err: errors.New("away")}}
	for n := range uint64(maxBegun + 2) {
		if err := errors.Join(d.noteBegun(n+1, stores), d.noteBegun(n+1, stores)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(d.noteEnded("one", 50), d.noteCopy("one", 60, backup.Outcome{Verification: backup.Verification{Level: backup.V3}})); err != nil {
		t.Fatal(err)
	}
	n := d.notes("one")
	if len(n.Begun) != maxBegun-2 || n.Begun[0] != 3 || slices.Contains(n.Begun, 50) || slices.Contains(n.Begun, 60) || n.Read.Snapshot != 60 {
		t.Errorf("found %+v", n)
	}
	if two := d.notes("two"); len(two.Begun) != 0 {
		t.Errorf("want nothing begun in a store that is away, found %v", two.Begun)
	}
}
