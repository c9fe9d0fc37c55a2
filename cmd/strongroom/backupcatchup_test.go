package main

import (
	"errors"
	"io"
	"slices"
	"testing"

	"strongroom/backup"
	"strongroom/quorum/text"
)

func TestWhatWasGivenUpIsBroughtLast(t *testing.T) {
	given := func(id byte, up bool) snapshotCopy { return snapshotCopy{id: text.Hash{id}, givenUp: up} }
	var found []byte
	for _, c := range catchUpOrder([]snapshotCopy{given(1, false), given(2, true), given(3, false), given(4, true), given(5, false)}) {
		found = append(found, c.id[0])
	}
	if want := []byte{5, 3, 1, 4, 2}; !slices.Equal(found, want) {
		t.Errorf("want %v, found %v", want, found)
	}
}

// A copy that was begun before is read whole; the script of flawed copies has the one
// that was found no good.
func TestWhatWasBegunBeforeIsBroughtAndReadWhole(t *testing.T) {
	d := notingDesk(t, io.Discard)
	stores := []namedStore{{name: "one"}, {name: "two"}, {name: "three"}, {name: "four", err: errors.New("away")}, {name: "five"}}
	r := &backupRun{stores: stores, late: []text.ID{"five"}}
	c := snapshotCopy{on: []text.ID{"one"}}
	names := func() (out []text.ID) {
		for _, s := range r.lacking(c, d.notesOf(stores)) {
			out = append(out, s.name)
		}
		return out
	}
	if want := []text.ID{"two", "three"}; !slices.Equal(names(), want) {
		t.Errorf("want %v, found %v", want, names())
	}
	if err := d.noteBegun(0, stores[1:2]); err != nil {
		t.Fatal(err)
	}
	if err := d.noteBegun(0, stores[:1]); err != nil {
		t.Fatal(err)
	}
	if want := []text.ID{"one", "two", "three"}; !slices.Equal(names(), want) {
		t.Errorf("one lists it and was not read back: want %v, found %v", want, names())
	}
	bad := look{copy: c, store: stores[0], found: backup.Verification{Asked: backup.V3, Flaws: []backup.Flawed{{Object: "payload-1", Flaw: backup.Damaged}}}}
	if err := d.noteLook(bad); err != nil {
		t.Fatal(err)
	}
	if want := []text.ID{"two", "three"}; !slices.Equal(names(), want) {
		t.Errorf("one was found bad and is left to repair: want %v, found %v", want, names())
	}
	level := r.catchUpLevel(c, stores, d.notesOf(stores))
	for store, want := range map[text.ID]backup.Level{"one": backup.V3, "two": backup.V3, "three": backup.V1} {
		if found := level(store); found != want {
			t.Errorf("%s: want %s, found %s", store, want, found)
		}
	}
}
