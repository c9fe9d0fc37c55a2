package main

import (
	"errors"
	"testing"
	"time"

	"strongroom/quorum/text"
)

// What is bad everywhere ends to be told; what another store has good, or what may be
// good in one that is away, does not.
func TestWhatNothingMendsIsLateForAMonth(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	c := snapshotCopy{id: text.Hash{1}, on: []text.ID{"one", "two"}}
	at := func(days int) map[string]string {
		return map[string]string{c.id.Short(): now.AddDate(0, 0, -days).Format(time.RFC3339)}
	}
	both, gone := []namedStore{{name: "one"}, {name: "two"}}, errors.New("away")
	for _, x := range []struct {
		name   string
		copy   snapshotCopy
		stores []namedStore
		since  map[text.ID]map[string]string
		want   bool
	}{
		{"bad everywhere for long", c, both, map[text.ID]map[string]string{"one": at(31), "two": at(40)}, true},
		{"bad in one for long, in the other lately", c, both, map[text.ID]map[string]string{"one": at(40), "two": at(30)}, false},
		{"good in one", c, both, map[text.ID]map[string]string{"one": at(40)}, false},
		{"good everywhere", c, both, nil, false},
		{"in no store", snapshotCopy{id: c.id}, both, map[text.ID]map[string]string{"one": at(40), "two": at(40)}, false},
		{"a store is away", snapshotCopy{id: c.id, on: c.on[:1]}, []namedStore{{name: "one"}, {name: "two", err: gone}}, map[text.ID]map[string]string{"one": at(40)}, false},
		{"a store cannot be listed", snapshotCopy{id: c.id, on: c.on[:1]}, []namedStore{{name: "one"}, {name: "two", unlisted: gone}}, map[text.ID]map[string]string{"one": at(40)}, false},
		{"a time that is none", c, both, map[text.ID]map[string]string{"one": at(40), "two": {c.id.Short(): "never"}}, false},
	} {
		if got := lostForGood([]snapshotCopy{x.copy}, x.stores, x.since, now)[c.id]; got != x.want {
			t.Errorf("%s: want it lost %t, found %t", x.name, x.want, got)
		}
	}
}
