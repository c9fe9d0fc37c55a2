package main

import (
	"errors"
	"io"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/quorum/text"
)

// What a look of this home found bad it remembers, whoever signs, until one mends it: of
// a sample that is a whole read, here or signed.
func TestWhatASampleFoundBadIsNotedUntilAllOfItIsRead(t *testing.T) {
	d, s := notingDesk(t, io.Discard), verifierKey(t)
	lost := backup.Verification{Asked: backup.V2, Flaws: []backup.Flawed{{Object: "payload-1", Flaw: backup.Damaged}}}
	at := backup.Block{Height: 9, Hash: text.Hash{9}}
	looks := func(v backup.Verification, err error) []badNote {
		t.Helper()
		if err := d.noteLook(look{store: namedStore{name: "one"}, seed: at, found: v, err: err}); err != nil {
			t.Fatal(err)
		}
		return d.notes("one").Bad
	}
	if n := looks(lost, backup.ErrContent); len(n) != 1 || n[0].Asked != "V2" || n[0].Sentence != "payload-1 damaged" {
		t.Fatalf("want it noted, found %+v", n)
	}
	for _, weaker := range []backup.Level{backup.V1, backup.V2, backup.V4} {
		if n := looks(backup.Verification{Asked: weaker, Level: weaker}, nil); len(n) != 1 {
			t.Errorf("%s: want it noted yet, found %+v", weaker, n)
		}
	}
	note, after := d.notes("one").Bad[0], d.world.Now().Truncate(time.Second).Add(time.Hour)
	reached := func(l backup.Level, x backup.SignedResult) backup.Standing {
		return backup.Standing{Reached: map[backup.Level]backup.SignedResult{l: x}}
	}
	if !note.stands(reached(backup.V2, sampled(t, s, after, backup.V2))) {
		t.Error("a signed sample: want the note told yet, found it silent")
	}
	if note.stands(reached(backup.V3, signedAt(t, s, after))) {
		t.Error("a signed whole read: want the note silent, found it told")
	}
	if n := looks(backup.Verification{Asked: backup.V3, Level: backup.V3}, nil); len(n) != 0 {
		t.Errorf("read whole: want it forgotten, found %+v", n)
	}
}

// What was never brought to a store is missing there, and no bad copy; where nobody knows
// what it lists, such as behind a flood of names, what is bad is told.
func TestACopyIsBadOnlyWhereItMayBe(t *testing.T) {
	c := snapshotCopy{on: []text.ID{"one"}}
	for _, x := range []struct {
		store namedStore
		want  bool
	}{
		{namedStore{name: "one"}, true},
		{namedStore{name: "two"}, false},
		{namedStore{name: "two", unlisted: errors.New("want at most 500 names")}, true},
	} {
		if got := c.mayBeIn(x.store); got != x.want {
			t.Errorf("%s, unlisted %v: want %t, found %t", x.store.name, x.store.unlisted, x.want, got)
		}
	}
}
