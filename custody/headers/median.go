package headers

import "slices"

// recent holds the times of up to eleven headers in a row.
type recent struct {
	times [medianSpan]uint32
	count int // how many were pushed in all; the next one goes to count%11
}

func (r *recent) push(time uint32) {
	r.times[r.count%medianSpan] = time
	r.count++
}

// median returns the middle of the times, the later one of two; false if there
// are none.
func (r *recent) median() (uint32, bool) {
	sorted := r.times
	n := min(r.count, medianSpan)
	if n == 0 {
		return 0, false
	}
	slices.Sort(sorted[:n])
	return sorted[n/2], true
}
