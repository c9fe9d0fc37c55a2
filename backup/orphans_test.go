package backup_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"strongroom/backup"
)

// What no snapshot names and nothing locks is told, and what one names, a lock
// keeps or the caller knows is not.
func TestOrphansAreToldAndNothingElse(t *testing.T) {
	_, signed, kit, store := withKit(t)
	plant := func(name string, until time.Time) {
		store.objects[name] = []*kept{{b: []byte("x"), c: backup.Whole([]byte("x")), until: until}}
	}
	now := start.AddDate(1, 0, 0)
	plant("segment-of-nobody", time.Time{})
	plant("segment-that-lapsed", now.Add(-time.Second))
	plant("segment-locked", now.AddDate(0, 0, 1))
	plant("probe-1", time.Time{})
	plant("store.txt", time.Time{})
	list, known, kinds := []backup.Signed{signed}, []string{"store.txt", kit.Name()}, []string{"probe-"}
	got, more, err := backup.Orphans(t.Context(), store, list, now, known, kinds)
	var names []string
	for _, o := range got {
		names = append(names, o.Name)
	}
	if want := []string{"segment-of-nobody", "segment-that-lapsed"}; err != nil || more != 0 || !slices.Equal(names, want) {
		t.Errorf("want %v, found %v and %d more, %v", want, names, more, err)
	}
	if got, _, err = backup.Orphans(t.Context(), store, nil, now, known, kinds); err != nil || len(got) <= 2 {
		t.Errorf("without a snapshot: want all of its objects, found %v, %v", got, err)
	}
	for i := range 1100 {
		plant(fmt.Sprintf("a-%04d", i), time.Time{})
	}
	if got, more, err = backup.Orphans(t.Context(), store, list, now, known, kinds); err != nil || len(got) != 1000 || more != 103 {
		t.Errorf("want 1000 of them and 103 not looked at, found %d and %d, %v", len(got), more, err)
	}
}
