package policy

import (
	"cmp"
	"math/bits"
	"slices"

	"strongroom/quorum/text"
)

// Block is who can stop an act by refusing, or stops it by being gone: any
// Any people Of these, who are sorted.
type Block struct {
	Any int
	Of  []text.ID
}

// block is a Block by numbers.
type block struct {
	any int
	of  crowd
}

// covers says whether everyone who stops an act as b does includes people who
// stop it as a does.
func (a block) covers(b block) bool { return b.any-b.of.without(a.of).size() >= a.any }

// blocks returns the sets of people without whom there is no coalition: every
// such set includes one that is listed, and every listed one is such a set. By
// Hall's theorem, seats can be filled unless some benches together have
// too few people; so one person more than those benches can spare stops the act.
// The second result is false when there are too many benches to look at all
// their sets; then only people who alone stop the act are listed.
func (s seatPlan) blocks() ([]block, bool) {
	var out []block
	exact := true
	for _, benches := range s.components() {
		if len(benches) > maxBenches {
			exact = false
			continue
		}
		out = append(out, blocksOf(benches)...)
	}
	if !exact {
		out = nil
		alone, _ := s.indispensable()
		for _, i := range alone.numbers() {
			var one crowd
			one.add(i)
			out = append(out, block{1, one})
		}
	}
	return out, exact
}

// blocksOf looks at every set of benches that compete for the same people, and
// leaves out what other blocks cover. Benches with too few people give none:
// there is no coalition to stop.
func blocksOf(benches []bench) []block {
	least := map[crowd]int{}
	who := make([]crowd, 1<<len(benches))
	seats := make([]int, 1<<len(benches))
	for set := 1; set < len(who); set++ {
		last, rest := benches[bits.TrailingZeros(uint(set))], set&(set-1)
		who[set], seats[set] = who[rest].or(last.who), seats[rest]+last.seats
		n := who[set].size() - seats[set] + 1
		if n <= 0 {
			return nil
		}
		if old, ok := least[who[set]]; !ok || n < old {
			least[who[set]] = n
		}
	}
	var all, out []block
	for of, n := range least {
		all = append(all, block{n, of})
	}
	for _, b := range all {
		if !slices.ContainsFunc(all, func(a block) bool { return a != b && a.covers(b) }) {
			out = append(out, b)
		}
	}
	return out
}

// listed names the people of blocks, the fewest first.
func (r *roster) listed(blocks []block) []Block {
	out := make([]Block, 0, len(blocks))
	for _, b := range blocks {
		out = append(out, Block{b.any, r.names(b.of)})
	}
	slices.SortFunc(out, compareBlocks)
	return out
}

// Kill is whose loss leaves no way to change the policy: people who make up All
// the blocks, which stop every loosening and every recovery. Somebody who is in
// two blocks counts for both.
type Kill struct {
	People int // the fewest it takes
	All    []Block
}

// kill is a Kill by numbers.
type kill struct {
	people int
	all    []block
}

// covers says whether everyone who kills as b does includes people who kill as
// a does.
func (a kill) covers(b kill) bool {
	for _, x := range a.all {
		if !slices.ContainsFunc(b.all, x.covers) {
			return false
		}
	}
	return true
}

// bothBlocks returns who makes up two blocks.
func bothBlocks(a, b block) kill {
	switch {
	case a.covers(b):
		return kill{b.any, []block{b}}
	case b.covers(a):
		return kill{a.any, []block{a}}
	}
	shared := min(a.any, b.any, a.of.and(b.of).size())
	return kill{a.any + b.any - shared, []block{a, b}}
}

// kills returns who stops both, the fewest people first, and leaves out what
// others cover.
func (r *roster) kills(loosen, recovery []block) []Kill {
	var all []kill
	for _, a := range loosen {
		for _, b := range recovery {
			all = append(all, bothBlocks(a, b))
		}
	}
	var out []Kill
	for i, k := range all {
		covered := func(j int, o kill) bool { return o.covers(k) && (j < i || !k.covers(o)) }
		if !anyOther(all, i, covered) {
			out = append(out, Kill{k.people, r.listed(k.all)})
		}
	}
	slices.SortFunc(out, func(a, b Kill) int {
		return cmp.Or(cmp.Compare(a.People, b.People), slices.CompareFunc(a.All, b.All, compareBlocks))
	})
	return out
}

// anyOther says whether something is true of an element other than number i.
func anyOther[T any](list []T, i int, is func(int, T) bool) bool {
	for j, x := range list {
		if j != i && is(j, x) {
			return true
		}
	}
	return false
}

func compareBlocks(a, b Block) int {
	return cmp.Or(cmp.Compare(a.Any, b.Any), slices.Compare(a.Of, b.Of))
}
