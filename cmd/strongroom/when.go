package main

import (
	"fmt"
	"math"
	"time"

	"strongroom/custody"
)

const (
	// blockMean is how long a block takes on average.
	blockMean = 10 * time.Minute
	// paceSlack is how far miners as a whole may be faster or slower than the
	// last retarget reckoned with: 15 percent, which is more than a usual
	// fortnight brings.
	paceSlack = 0.15
	// paceSigmas is how many standard deviations of chance a range covers: of
	// twenty ranges about one is missed.
	paceSigmas = 2
)

// arrival of a block is a matter of chance and of the miners' pace, so a screen
// tells a range. Blocks come as a Poisson process: n of them take n times the
// mean, give or take its root.
func blockRange(now time.Time, n uint32) (from, to time.Time) {
	mean := float64(n) * float64(blockMean)
	chance := paceSigmas * math.Sqrt(float64(n)) * float64(blockMean)
	early := max(0, mean*(1-paceSlack)-chance)
	late := mean*(1+paceSlack) + chance
	return now.Add(time.Duration(early)), now.Add(time.Duration(late))
}

// whenComes says about when n more blocks will have come, in the zone of the
// clock: "about Tue 14:00 to 18:00 CET". Hours and, far ahead, days are as
// exact as it gets. On regtest, where blocks come when somebody makes them, it
// says nothing.
func whenComes(n custody.Network, now time.Time, blocks uint32) string {
	switch {
	case n == custody.Regtest:
		return ""
	case blocks == 0:
		return "now"
	case blocks > manyBlocks:
		return "in more than a year"
	}
	from, to := blockRange(now, blocks)
	if to.Sub(from) > 36*time.Hour {
		return "about " + days(now, from, to)
	}
	// Down and up to whole hours, which Truncate would count from midnight UTC.
	from = from.Add(-time.Duration(from.Minute())*time.Minute - time.Duration(from.Second())*time.Second)
	if rest := time.Duration(to.Minute())*time.Minute + time.Duration(to.Second())*time.Second; rest > 0 {
		to = to.Add(time.Hour - rest)
	}
	begin, end := day(now, from)+" "+from.Format("15:04"), to.Format("15:04 MST")
	if !sameDay(from, to) {
		end = day(now, to) + " " + end
	}
	return fmt.Sprintf("about %s to %s", begin, end)
}

// days writes a range in which hours mean nothing.
func days(now, from, to time.Time) string {
	begin, end := from.Format("Mon 2 Jan"), to.Format("Mon 2 Jan")
	if to.Year() != now.Year() {
		end += to.Format(" 2006")
	}
	return begin + " to " + end
}

// day names a day by its weekday, and with the date where the weekday alone
// could mean two.
func day(now, t time.Time) string {
	if t.Sub(now) < 6*24*time.Hour {
		return t.Format("Mon")
	}
	return t.Format("Mon 2 Jan")
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

// untilBlock says which block is waited for and about when it comes: "block
// 952354, 36 to come, about Tue 14:00 to 18:00 CET".
func (v *view) untilBlock(now time.Time, height uint32) string {
	tip, ok := v.chain.Tip()
	if !ok || height <= tip.Height {
		return fmt.Sprintf("block %d", height)
	}
	left := height - tip.Height
	out := fmt.Sprintf("block %d, %d to come", height, left)
	if when := whenComes(v.policy.Network, now, left); when != "" {
		out += ", " + when
	}
	return out
}

// sinceBlock says since which block something is so, with the time that its
// miner wrote down; on regtest that is nobody's time.
func (v *view) sinceBlock(now time.Time, height uint32) string {
	out := fmt.Sprintf("block %d", height)
	h, ok := v.chain.At(height)
	if !ok || v.policy.Network == custody.Regtest {
		return out
	}
	return out + ", " + time.Unix(int64(h.Time()), 0).In(now.Location()).Format("Mon 2 Jan 15:04 MST")
}
