package quorum

import (
	"fmt"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
)

// Tip is the newest block that one source tells an approver of. Sources are
// told apart by their names. A source of headers brings the chain that ends in
// its tip; one that only names a block brings none.
type Tip struct {
	Source string
	Point  headers.Point
	Chain  *headers.Chain
}

// Fresh judges, before an officer signs, whether the block that a text names
// lies near the tip of the chain: then what the text says of policy and logs
// was so a short while ago. An old text that was kept back, or one about
// another branch of the chain, is refused with CLK-ANCHOR.
//
// One source has to agree on a chain without value, two different ones on
// mainnet. Sources that contradict each other are refused whatever they say.
func Fresh(p *policy.Policy, b Block, tips []Tip) []Reason {
	need := 1
	if p.Network == custody.Mainnet {
		need = 2
	}
	var reasons []Reason
	var agreed, found []string
	for i, t := range tips {
		for _, other := range tips[:i] {
			reasons = append(reasons, contradiction(t, other)...)
		}
		said, near := age(p, b, t)
		found = append(found, t.Source+" says "+said)
		if near && !slices.Contains(agreed, t.Source) {
			agreed = append(agreed, t.Source)
		}
	}
	if len(agreed) < need {
		if len(found) == 0 {
			found = []string{"no source"}
		}
		reasons = append(reasons, Because(ClkAnchor, "block: want %d at most %d blocks below the tip of %s, found: %s",
			b.Height, p.AnchorAgeMax, sources(need), strings.Join(found, "; ")))
	}
	return SortReasons(reasons)
}

func sources(n int) string {
	if n == 1 {
		return "one source"
	}
	return fmt.Sprintf("%d different sources", n)
}

// age says how far below a source's tip a block lies, and whether that is near.
func age(p *policy.Policy, b Block, t Tip) (said string, near bool) {
	if t.Point.Height < b.Height {
		return fmt.Sprintf("the tip is %d, below it", t.Point.Height), false
	}
	below := uint64(t.Point.Height - b.Height)
	if t.Chain != nil {
		var ok bool
		if below, ok = t.Chain.Credits(headers.Point{Height: b.Height, Hash: headers.Hash(b.Hash)}); !ok {
			return "it is not in the chain", false
		}
	} else if below == 0 && t.Point.Hash != headers.Hash(b.Hash) {
		return "another block is at its height", false
	}
	return fmt.Sprintf("%d below the tip", below), below <= uint64(p.AnchorAgeMax)
}

// contradiction finds two sources that name different blocks at one height.
func contradiction(a, b Tip) []Reason {
	for _, pair := range [][2]Tip{{a, b}, {b, a}} {
		known, told := pair[0], pair[1].Point
		at, ok := known.Point, known.Point.Height == told.Height
		if known.Chain != nil {
			at, ok = known.Chain.PointAt(told.Height)
		}
		if ok && at.Hash != told.Hash {
			return []Reason{Because(ClkAnchor, "tip: want sources that agree, found %s at height %d from %s and %s from %s",
				at.Hash, told.Height, known.Source, told.Hash, pair[1].Source)}
		}
	}
	return nil
}
