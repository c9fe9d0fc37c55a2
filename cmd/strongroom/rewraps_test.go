package main

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"strongroom/backup"
	"strongroom/custody/durable"
)

// A flood of others comes behind what this home made, and what it found and kept.
func TestReWrapsThatThisHomeKnowsComeFirst(t *testing.T) {
	other, kept, own := foundRewrap{}, foundRewrap{kept: true}, foundRewrap{own: true, kept: true}
	list := []foundRewrap{other, kept, other, own}
	slices.SortFunc(list, foundRewrap.compare)
	for i, want := range []foundRewrap{own, kept, other, other} {
		if list[i].own != want.own || list[i].kept != want.kept {
			t.Errorf("%d: want own %t, kept %t, found %t, %t", i, want.own, want.kept, list[i].own, list[i].kept)
		}
	}
	found := rewrapsOf{}
	for _, g := range []*gathering{{made: true}, {}, {name: "one"}} {
		found.add(other.SignedRewrap, g)
	}
	if x := found[other.Rewrap().Manifest][other.ID()]; !x.own || !x.kept {
		t.Errorf("want it known whatever a store says, found own %t, kept %t", x.own, x.kept)
	}
}

// Of several rivals each is told from the first time on, and not the next when the one
// before it is old.
func TestEachOfSeveralRivalsIsToldFromTheSameDayOn(t *testing.T) {
	d := notingDesk(t, io.Discard)
	a, b := strings.Repeat("a", 64), strings.Repeat("b", 64)
	if !d.anyRivalNews([]string{a, b}) {
		t.Error("want news, found none")
	}
	if err := d.told(func(matters map[string]string) bool {
		if len(matters) != 2 {
			t.Errorf("want both noted, found %v", matters)
		}
		return false
	}); err != nil {
		t.Fatal(err)
	}
	err := d.inBackup(provenIn, func(dir *durable.Dir) error { return dir.WriteFile(toldFile, []byte("null\n")) })
	if err != nil || !d.anyRivalNews([]string{a, b}) {
		t.Errorf("notes of nothing: want news, found none, %v", err)
	}
}

// A look that found more than it names does not say that what it does not name is right.
func TestALookThatNamesNotAllLiftsNothing(t *testing.T) {
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	flaws := []backup.Flawed{{Object: "header-1", Flaw: backup.Closed}}
	for _, c := range []struct {
		name string
		look backup.Result
		want bool
	}{
		{"all named", backup.Result{Verified: at.Add(time.Hour), Count: 1, Flaws: flaws}, true},
		{"more than named", backup.Result{Verified: at.Add(time.Hour), Count: 2, Flaws: flaws}, false},
		{"from before", backup.Result{Verified: at}, false},
	} {
		if found := liftsClosed(c.look, at); found != c.want {
			t.Errorf("%s: want it lifted %t, found %t", c.name, c.want, found)
		}
	}
}
