package backup

import "testing"

// A look is good news about what it read. The next sample reads other parts, so it says
// nothing about a bad one, and V4 reads nothing but the ends.
func TestOnlyWhoReadsItAgainMendsWhatWasFoundBad(t *testing.T) {
	for _, c := range []struct {
		found Level
		mends []Level
	}{
		{V0, []Level{V0, V1, V2, V3, V4}},
		{V1, []Level{V1, V2, V3, V4}},
		{V2, []Level{V3}},
		{V3, []Level{V3}},
		{V4, []Level{V4}},
	} {
		mends := map[Level]bool{}
		for _, l := range c.mends {
			mends[l] = true
		}
		for l := Level(0); l <= V4; l++ {
			if l.Mends(c.found) != mends[l] {
				t.Errorf("%s behind a bad %s: want it to mend that %t, found %t", l, c.found, mends[l], l.Mends(c.found))
			}
		}
	}
}

// What was asked the same, by the same maker, takes bad news away only if it is bad news
// too, or mends it: no sample does, and no sample that counts for less.
func TestNoSampleTakesBadNewsAway(t *testing.T) {
	const none = Level(0)
	for _, c := range []struct {
		asked, was, is Level
		want           bool
	}{
		{V2, V2, V2, true},
		{V2, V2, none, true},
		{V2, none, none, true},
		{V2, none, V2, false},
		{V2, none, V1, false},
		{V1, none, V1, true},
		{V3, none, V3, true},
		{V4, none, V4, true},
		{V4, V4, none, true},
	} {
		before, after := Result{Asked: c.asked, Level: c.was}, Result{Asked: c.asked, Level: c.is}
		if got := after.ComesAfter(before); got != c.want {
			t.Errorf("asked %s, %s behind %s: want %t, found %t", c.asked, c.is, c.was, c.want, got)
		}
	}
}
