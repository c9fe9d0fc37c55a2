package backup

import (
	"math"
	"time"
)

// lightInFibre is two thirds of the speed of light, in kilometres a second:
// nothing that comes by cable is faster, and detours, routers and servers make
// it slower.
const lightInFibre = 299_792.458 * 2 / 3

// RoundTripBound returns how far away, in kilometres, a machine can be at most
// that answered within a round trip, rounded up: 100 km a millisecond. A round
// trip of nothing or less was not measured, and bounds nothing: the result is
// then half the way around the earth.
func RoundTripBound(rtt time.Duration) int {
	const farthest = math.Pi * meanRadius
	if rtt <= 0 {
		return int(math.Ceil(farthest))
	}
	return int(math.Ceil(min(farthest, rtt.Seconds()/2*lightInFibre)))
}

// CheckRoundTrip tells, by ok false, that a store answered too soon to be as far
// from the site as it was said to be. A slow answer proves nothing, nor does a
// quick one that something nearer gave in its stead, such as a cache: measure
// what only the store can answer, the shortest of several.
func CheckRoundTrip(place StorePlace, site Location, rtt time.Duration) (f Finding, ok bool) {
	km, most := place.Location.Kilometres(site), RoundTripBound(rtt)
	if km <= most {
		return Finding{}, true
	}
	var out findings
	out.add("round trip", "store %s: want an answer after %s or later from %s, %d km away, found one after %s, as from at most %d km",
		place.ID, shortest(km), place.Location, km, rtt.Round(time.Microsecond), most)
	return out[0], false
}

// shortest returns the time that light takes there and back in fibre.
func shortest(km int) time.Duration {
	return time.Duration(2 * float64(km) / lightInFibre * float64(time.Second)).Round(time.Microsecond)
}
