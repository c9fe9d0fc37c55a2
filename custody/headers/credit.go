package headers

import "math/big"

// Credits returns how many whole credits of work lie on top of an anchor: the
// sum over all later headers of min(the header's work, the anchor's work),
// divided by the anchor's work and rounded down. ok is false if the anchor is
// not in the chain.
func (c *Chain) Credits(anchor Point) (credits uint64, ok bool) {
	if !c.Contains(anchor) {
		return 0, false
	}
	place, _ := c.place(anchor.Height)
	own := c.spans[place/period].work
	sum := new(big.Int)
	for first := place + 1; first < len(c.hashes); {
		// All headers up to the end of a period have the same work.
		next := min((first/period+1)*period, len(c.hashes))
		work := c.spans[first/period].work
		if work.Cmp(own) > 0 {
			work = own
		}
		part := big.NewInt(int64(next - first))
		sum.Add(sum, part.Mul(part, work))
		first = next
	}
	return sum.Div(sum, own).Uint64(), true
}
