package main

import (
	"slices"
	"testing"
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
