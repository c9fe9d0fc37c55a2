package main

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

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

// A status that comes while a run changes the notes waits, and neither loses what the
// other noted.
func TestTwoAtOnceLoseNoNote(t *testing.T) {
	d := notingDesk(t, io.Discard)
	other := *d
	done := make(chan error, 1)
	err := d.changeNotes("one", func(n *storeNotes) {
		go func() { done <- other.changeNotes("one", func(n *storeNotes) { n.Anew = 7 }) }()
		select {
		case err := <-done:
			t.Errorf("want the other to wait, found it done, %v", err)
			done <- err
		case <-time.After(200 * time.Millisecond):
		}
		n.Begun = append(n.Begun, 5)
	})
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	if n := d.notes("one"); n.Anew != 7 || !slices.Equal(n.Begun, []uint64{5}) {
		t.Errorf("want both, found %+v", n)
	}
}

// Who was stopped in the middle, or whose lock file cannot be opened, costs a moment and
// ends nothing.
func TestALockOfNotesThatCannotBeHadEndsNoRun(t *testing.T) {
	var told strings.Builder
	d := notingDesk(t, &told)
	d.world.Patience = func(time.Duration) time.Duration { return 2 * notesTick }
	want := func(number uint64, words string) {
		t.Helper()
		if err := d.noteBegun(number, []namedStore{{name: "one"}}); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(d.notes("one").Begun, number) || !strings.Contains(told.String(), words) {
			t.Errorf("want %d noted and %q told, found %v, %s", number, words, d.notes("one").Begun, told.String())
		}
	}
	err := d.inBackup(provenIn, func(dir *durable.Dir) error {
		lock, err := dir.Lock()
		if err != nil {
			return err
		}
		want(1, "store one: its notes are changed without a lock: ")
		want(2, "locked by process ")
		if err := lock.Close(); err != nil {
			return err
		}
		path := dir.Path() + "/lock"
		return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
	})
	if err != nil {
		t.Fatal(err)
	}
	want(3, "found a folder")
}
