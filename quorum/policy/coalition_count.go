package policy

import "math/big"

// ways counts the coalitions of the smallest size, as sets of people: who of
// them sits where, and who of them is the maker, makes no difference. It
// returns nil when counting takes too long.
func (s seatPlan) ways() *big.Int {
	total := big.NewInt(1)
	if s.undecided {
		return total.SetInt64(0)
	}
	c := wayCounter{steps: maxSteps}
	for _, benches := range s.components() {
		n := c.component(benches)
		if n == nil {
			return nil
		}
		total.Mul(total, n)
	}
	return total
}

// wayCounter counts the sets of people that fill every seat of some benches. People
// who may sit on the same benches are interchangeable, so it only decides how many
// of each class sit. Such numbers fit if and only if no set of benches has fewer
// seats than there are people who can sit nowhere else (Hall's theorem).
type wayCounter struct {
	steps   int
	classes []alike
	room    []int // of each set of benches: seats that people confined to it may yet take
}

// alike is people who may sit on exactly the same benches, which are the bits of
// mask.
type alike struct{ mask, people int }

func (c *wayCounter) component(benches []bench) *big.Int {
	if len(benches) > maxBenches {
		return nil
	}
	c.classes = groupAlike(benches)
	c.room = make([]int, 1<<len(benches))
	for mask := range c.room {
		for i, b := range benches {
			if mask&(1<<i) != 0 {
				c.room[mask] += b.seats
			}
		}
	}
	n := c.choose(0, c.room[len(c.room)-1])
	if c.steps < 0 {
		return nil
	}
	return n
}

func groupAlike(benches []bench) []alike {
	masks := make([]int, maxOfficers)
	people := make([]int, 1<<len(benches))
	for i, b := range benches {
		for _, person := range b.who.numbers() {
			masks[person] |= 1 << i
		}
	}
	for _, mask := range masks {
		people[mask]++
	}
	var out []alike
	for mask, n := range people {
		if mask != 0 && n > 0 {
			out = append(out, alike{mask, n})
		}
	}
	return out
}

// choose counts the ways to take the people who fill the seats left from
// class i on.
func (c *wayCounter) choose(i, left int) *big.Int {
	total := new(big.Int)
	if i == len(c.classes) {
		if left == 0 {
			total.SetInt64(1)
		}
		return total
	}
	taken, most := 0, min(c.classes[i].people, left)
	for {
		rest := c.choose(i+1, left-taken)
		total.Add(total, rest.Mul(rest, new(big.Int).Binomial(int64(c.classes[i].people), int64(taken))))
		if taken == most || c.steps < 0 || !c.take(c.classes[i].mask, 1) {
			break
		}
		taken++
	}
	c.take(c.classes[i].mask, -taken)
	return total
}

// take seats n more people of a class, if there is room.
func (c *wayCounter) take(mask, n int) bool {
	c.steps -= len(c.room)
	for set, room := range c.room {
		if set&mask == mask && room < n {
			return false
		}
	}
	for set := range c.room {
		if set&mask == mask {
			c.room[set] -= n
		}
	}
	return true
}
