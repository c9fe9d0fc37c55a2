package backup

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"strongroom/quorum/text"
)

// Retention is how many days, weeks, months and years have a snapshot whose
// lock is extended. The zero value keeps every snapshot.
type Retention struct{ Daily, Weekly, Monthly, Yearly int }

// Everything says that every snapshot is kept.
func (r Retention) Everything() bool { return r == Retention{} }

// Keep returns which of some signed manifests are kept: the first one of each
// of the newest days, weeks, months and years (UTC), and always the newest. The
// first of a week is that of its first day too, so what was once chosen stays.
// Beside each of those the last one of its day is kept: the first may have been
// given up, when what it shared had gone bad, and another made in its place, and
// here nobody knows which of them is good. A later one of the day may push out the
// last, never the first.
//
// Whoever has the maker's key can write any time into a manifest, but not push
// out an older snapshot by it. Only what stands in the chain that ends at the
// newest manifest, with block heights and times that do not go back and are not
// in the future, counts as a day's first; for whatever disturbs that order
// nobody knows the day, and it is kept.
func Keep(list []Manifest, r Retention, now time.Time) []int {
	all := make([]int, len(list))
	for i := range all {
		all[i] = i
	}
	if r.Everything() || len(list) == 0 {
		return all
	}
	chain := chainOf(list)
	dated := datedOf(list, chain, now)
	first := firsts(list, dated, r)
	first[chain[len(chain)-1]] = true
	return slices.DeleteFunc(all, func(i int) bool { return slices.Contains(dated, i) && !first[i] })
}

// datedOf returns those of a chain whose times can be believed.
func datedOf(list []Manifest, chain []int, now time.Time) []int {
	dated := slices.DeleteFunc(slices.Clone(chain), func(i int) bool { return list[i].Taken.After(now) })
	dated = steady(dated, func(i int) int64 { return int64(list[i].Block.Height) })
	return steady(dated, func(i int) int64 { return list[i].Taken.Unix() })
}

// chainOf returns the manifests of the chain that ends at the highest number,
// in its order. A list without manifests has none.
func chainOf(list []Manifest) []int {
	byID := make(map[text.Hash]int, len(list))
	newest := 0
	for i, m := range list {
		if id, err := m.ID(); err == nil { // it was parsed: it renders
			byID[id] = i
		}
		if m.Number > list[newest].Number {
			newest = i
		}
	}
	chain := []int{newest}
	for range list {
		m := list[chain[len(chain)-1]]
		before, ok := byID[m.Previous]
		if !ok || m.Follows(list[before]) != nil {
			break
		}
		chain = append(chain, before)
	}
	slices.Reverse(chain)
	return chain
}

// steady returns the longest part of a list in which no value is less than the
// one before.
func steady(list []int, value func(int) int64) []int {
	var ends []int // ends[n]: where the part of n+1 members ends whose last value is least
	before := make([]int, len(list))
	for at, i := range list {
		n := sort.Search(len(ends), func(k int) bool { return value(list[ends[k]]) > value(i) })
		if n > 0 {
			before[at] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, at)
		}
		ends[n] = at
	}
	out := make([]int, len(ends))
	for n, at := len(ends)-1, 0; n >= 0; n-- {
		if n == len(ends)-1 {
			at = ends[n]
		}
		out[n], at = list[at], before[at]
	}
	return out
}

// firsts marks the first manifest of each of the newest periods, and the last one of
// the same day.
func firsts(list []Manifest, dated []int, r Retention) map[int]bool {
	kept, last := map[int]bool{}, map[string]int{}
	day := func(i int) string { return list[i].Taken.UTC().Format(time.DateOnly) }
	for _, i := range dated {
		last[day(i)] = i
	}
	for _, p := range []struct {
		n  int
		of func(time.Time) [2]int
	}{
		{r.Daily, func(t time.Time) [2]int { return [2]int{t.Year(), t.YearDay()} }},
		{r.Weekly, func(t time.Time) [2]int { y, w := t.ISOWeek(); return [2]int{y, w} }},
		{r.Monthly, func(t time.Time) [2]int { return [2]int{t.Year(), int(t.Month())} }},
		{r.Yearly, func(t time.Time) [2]int { return [2]int{t.Year()} }},
	} {
		seen := map[[2]int]bool{}
		var first []int
		for _, i := range dated {
			if at := p.of(list[i].Taken.UTC()); !seen[at] {
				seen[at] = true
				first = append(first, i)
			}
		}
		for _, i := range first[max(0, len(first)-p.n):] {
			kept[i], kept[last[day(i)]] = true, true
		}
	}
	return kept
}

// Disordered returns the numbers of the manifests whose day nobody knows and
// which are therefore kept whatever the rules say, sorted: somebody should ask
// why.
func Disordered(list []Manifest, now time.Time) []uint64 {
	if len(list) == 0 {
		return nil
	}
	dated := datedOf(list, chainOf(list), now)
	var out []uint64
	for i, m := range list {
		if !slices.Contains(dated, i) {
			out = append(out, m.Number)
		}
	}
	slices.SortFunc(out, cmp.Compare[uint64])
	return out
}
