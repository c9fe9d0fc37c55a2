package backup

import (
	"slices"
	"testing"
	"time"

	"strongroom/quorum/text"
)

// day is noon of a day from the first of January 2026 on, a Thursday.
func day(n int) time.Time { return time.Date(2026, 1, 1+n, 12, 0, 0, 0, time.UTC) }

// chained makes manifests in a chain, one for each time, a block every ten
// minutes.
func chained(t *testing.T, times ...time.Time) []Manifest {
	t.Helper()
	m := mustRead(t, ParseManifest, goldenManifest)
	var out []Manifest
	for i, at := range times {
		m.Number, m.Taken, m.Previous = uint64(i+1), at, text.Hash{}
		m.Block.Height = 900_000 + uint32(at.Sub(day(-400)).Minutes()/10)
		out = append(out, m)
	}
	return linked(t, out)
}

// linked makes each manifest name the one before it.
func linked(t *testing.T, list []Manifest) []Manifest {
	t.Helper()
	for i := 1; i < len(list); i++ {
		id, err := list[i-1].ID()
		if err != nil {
			t.Fatal(err)
		}
		list[i].Previous = id
	}
	return list
}

func days(from, to int) []time.Time {
	var out []time.Time
	for n := from; n < to; n++ {
		out = append(out, day(n))
	}
	return out
}

func numbers(kept []int) []int {
	for i := range kept {
		kept[i]++
	}
	return kept
}

func TestKeepTakesTheFirstOfEachPeriod(t *testing.T) {
	list := chained(t, days(0, 100)...) // until the 10th of April
	got := numbers(Keep(list, Retention{Daily: 3, Weekly: 2, Monthly: 4, Yearly: 5}, day(100)))
	// days: 98 to 100; weeks begin on Mondays: the 30th of March and the 6th of April; months: all four.
	if want := []int{1, 32, 60, 89, 91, 96, 98, 99, 100}; !slices.Equal(got, want) {
		t.Errorf("want %v, found %v", want, got)
	}
	if got := Keep(list, Retention{}, day(100)); len(got) != 100 {
		t.Errorf("want all kept by no rule, found %d", len(got))
	}
	if got := Keep(nil, Retention{Daily: 1}, day(0)); len(got) != 0 {
		t.Errorf("found %v", got)
	}
	twice := chained(t, day(0), day(0).Add(time.Hour), day(1), day(1).Add(time.Hour))
	if got := numbers(Keep(twice, Retention{Daily: 2}, day(2))); !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Errorf("want the first and the last of each day, found %v", got)
	}
}

// A snapshot whose shared pieces had gone bad is given up, and another made in its
// place. Whatever has that day as its first keeps both.
func TestKeepTakesWhatCameInPlaceOfASnapshotThatWasGivenUp(t *testing.T) {
	times := days(0, 40)
	at := slices.Index(times, day(4)) // a Monday
	times = slices.Insert(times, at+1, day(4).Add(time.Minute), day(4).Add(2*time.Minute))
	list := chained(t, times...)
	got := numbers(Keep(list, Retention{Weekly: 6}, day(40)))
	if want := []int{5, 7, 14, 21, 28, 35, 42}; !slices.Equal(got, want) {
		t.Errorf("want %v, found %v", want, got)
	}
}

// What was once chosen for a week, a month or a year stays chosen while time
// goes on, until its period is too old: no lock lapses in between.
func TestKeepNeverChangesItsMind(t *testing.T) {
	r := Retention{Daily: 3, Weekly: 4, Monthly: 3}
	neverChanges(t, r, days(0, 200), r.Daily+r.Weekly+r.Monthly+1)
	var often []time.Time
	for _, at := range days(0, 70) {
		often = append(often, at, at.Add(time.Hour), at.Add(2*time.Hour))
	}
	neverChanges(t, r, often, 2*(r.Daily+r.Weekly+r.Monthly)+1)
}

func neverChanges(t *testing.T, r Retention, times []time.Time, most int) {
	t.Helper()
	list := chained(t, times...)
	gone := map[int]bool{}
	for n := 1; n <= len(list); n++ {
		kept := Keep(list[:n], r, times[n-1])
		for i := range n {
			if in := slices.Contains(kept, i); in && gone[i] {
				t.Fatalf("after %d: snapshot %d was let go before", n, i+1)
			} else if !in {
				gone[i] = true
			}
		}
		if len(kept) > most {
			t.Fatalf("after %d: want at most %d kept, found %d", n, most, len(kept))
		}
	}
}

// Whoever has the maker's key adds manifests, with whatever times: what the rules
// kept before stays kept.
func TestForgedTimesPushNothingOut(t *testing.T) {
	r := Retention{Daily: 3, Weekly: 2, Monthly: 2}
	honest := days(0, 60)
	before := Keep(chained(t, honest...), r, day(60))
	flood := func(at func(i int) time.Time) []time.Time {
		var out []time.Time
		for i := range 120 {
			out = append(out, at(i))
		}
		return out
	}
	for name, forged := range map[string][]time.Time{
		"the past":             flood(func(i int) time.Time { return day(-300 + i) }),
		"the future":           flood(func(i int) time.Time { return day(61 + i) }),
		"far apart":            flood(func(i int) time.Time { return day(-300 + i*7) }),
		"today, over and over": flood(func(i int) time.Time { return day(59).Add(time.Duration(i) * time.Minute) }),
		"backwards":            flood(func(i int) time.Time { return day(58 - i) }),
		"one of long ago":      {time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)},
		"one of far ahead":     {time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		list := chained(t, slices.Concat(honest, forged)...)
		for i := len(honest); i < len(list); i++ { // a block of today, which anybody can name
			list[i].Block.Height = list[len(honest)-1].Block.Height
		}
		kept := Keep(linked(t, list), r, day(60))
		for _, i := range before {
			if !slices.Contains(kept, i) {
				t.Errorf("%s: want snapshot %d kept, found it let go", name, i+1)
			}
		}
		later := chained(t, slices.Concat(honest, forged, days(60, 63))...)
		kept = Keep(later, r, day(63))
		for n := len(later) - 3; n < len(later); n++ {
			if !slices.Contains(kept, n) {
				t.Errorf("%s: want the honest snapshot %d behind it kept, found it let go", name, n+1)
			}
		}
	}
}

// Blocks that go back say that a snapshot is older than its number.
func TestForgedBlocksPushNothingOut(t *testing.T) {
	list := chained(t, days(0, 10)...)
	list[4].Block.Height = 1
	list[7].Block.Height = 1 << 31
	kept := numbers(Keep(linked(t, list), Retention{Daily: 1}, day(10)))
	if want := []int{5, 8, 10}; !slices.Equal(kept, want) {
		t.Errorf("want %v, found %v", want, kept)
	}
	if got, want := Disordered(list, day(10)), []uint64{5, 8}; !slices.Equal(got, want) {
		t.Errorf("want %v, found %v", want, got)
	}
}

// What does not hang together with the newest one displaces nothing.
func TestSnapshotsBesideTheChainAreKeptAndCountForNothing(t *testing.T) {
	list := chained(t, days(0, 6)...)
	fork := list[3]
	fork.Taken = day(3).Add(time.Hour)
	gap := slices.Delete(append(slices.Clone(list), fork), 2, 3) // number 3 is lost
	if got, want := Disordered(gap, day(6)), []uint64{1, 2, 4}; !slices.Equal(got, want) {
		t.Errorf("want %v, found %v", want, got)
	}
	kept := Keep(gap, Retention{Daily: 1}, day(6))
	if want := []int{0, 1, 4, 5}; !slices.Equal(kept, want) { // 1 and 2 before the gap, 6, and the fork
		t.Errorf("want %v, found %v", want, kept)
	}
	if got := Disordered(nil, day(6)); got != nil {
		t.Errorf("found %v", got)
	}
}

func BenchmarkKeep(b *testing.B) {
	m := mustRead(b, ParseManifest, goldenManifest)
	var list []Manifest
	for n := range 3650 {
		m.Number, m.Previous, m.Taken = uint64(n+1), text.Hash{}, day(n)
		if n > 0 {
			m.Previous, _ = list[n-1].ID()
		}
		list = append(list, m)
	}
	b.ResetTimer()
	for b.Loop() {
		if len(Keep(list, Retention{Daily: 14, Weekly: 8, Monthly: 24, Yearly: 10}, day(3650))) < 40 {
			b.Fatal("want ten years kept")
		}
	}
}
