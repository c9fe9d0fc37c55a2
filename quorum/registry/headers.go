package registry

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/chainhash/v2"

	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum/text"
)

// run is a file of headers.
type run struct {
	name   string
	height uint32
	raw    []byte
}

// runName names a run by the height of its first header and the first 16 hex
// digits of its SHA-256.
func runName(height uint32, raw []byte) string {
	return fmt.Sprintf("%d-%s", height, text.Identity(raw).Short())
}

// runHeight is the height that a run's name begins with.
func runHeight(name string) (uint32, bool) {
	digits, _, _ := strings.Cut(name, "-")
	height, err := text.ParseUint(digits, 1<<32-1)
	return uint32(height), err == nil
}

// runs reads all runs, sorted by height and name. What is not as its name says is
// left out and told in notes.
func (r *Registry) runs() (out []run, notes []string, err error) {
	files, err := r.part(headersIn).List(maxNames)
	if err != nil {
		return nil, nil, fmt.Errorf("registry: %w", err)
	}
	total := 0
	for _, f := range files {
		height, ok := runHeight(f.Name)
		if !ok || !f.Regular {
			continue
		}
		raw, err := r.part(headersIn).ReadFile(f.Name, runHeaders*headers.HeaderSize, func(b []byte) bool { return runName(height, b) == f.Name })
		if errors.Is(err, ErrAway) {
			return nil, nil, fmt.Errorf("registry: %w", err)
		}
		if err != nil {
			notes = append(notes, fmt.Sprintf("left out headers/%s: %v", f.Name, err))
			continue
		}
		if f.Name != runName(height, raw) || len(raw) == 0 || len(raw)%headers.HeaderSize != 0 {
			notes = append(notes, fmt.Sprintf("left out headers/%s: not what its name says", f.Name))
			continue
		}
		if total += len(raw) / headers.HeaderSize; total > maxHeaders {
			return nil, nil, fmt.Errorf("registry: want at most %d headers in all runs, found more", maxHeaders)
		}
		out = append(out, run{f.Name, height, raw})
	}
	slices.SortFunc(out, func(a, b run) int { return cmp.Or(cmp.Compare(a.height, b.height), cmp.Compare(a.name, b.name)) })
	return out, notes, nil
}

// PutHeaders stores the headers of a chain that no run holds yet.
func (r *Registry) PutHeaders(c *headers.Chain) error {
	tip, ok := c.Tip()
	if !ok {
		return nil
	}
	runs, _, err := r.runs()
	if err != nil {
		return err
	}
	raw, origin := c.Bytes(), c.Origin().Height
	at := func(b []byte, from, height uint32) []byte {
		return b[int(height-from)*headers.HeaderSize:][:headers.HeaderSize]
	}
	// A header pins all before it, so runs that agree with the chain cover it from
	// the origin on as far as they follow each other without a gap.
	next := origin
	for _, x := range runs {
		end := x.height + uint32(len(x.raw)/headers.HeaderSize)
		for next >= x.height && next < end && next <= tip.Height && bytes.Equal(at(x.raw, x.height, next), at(raw, origin, next)) {
			next++
		}
	}
	for next <= tip.Height {
		end := min(next+runHeaders, tip.Height+1)
		part := raw[int(next-origin)*headers.HeaderSize : int(end-origin)*headers.HeaderSize]
		if err := r.part(headersIn).WriteNew(runName(next, part), part); err != nil {
			return fmt.Errorf("registry: %w", err)
		}
		next = end
	}
	return nil
}

// Chain builds the header chain from all runs, whatever their order and overlap:
// it tries the longest row of headers first and then every other end, so that the
// one with the most work wins. What cannot be part of a chain is left out and told
// in notes, a sentence each; forks with less work are no news.
func (r *Registry) Chain(n custody.Network, o headers.Origin, reorgMax uint32) (*headers.Chain, []string, error) {
	c, err := headers.New(n, o, reorgMax)
	if err != nil {
		return nil, nil, fmt.Errorf("registry: %w", err)
	}
	runs, notes, err := r.runs()
	if err != nil {
		return nil, nil, err
	}
	f := newForest(runs)
	for i, tip := range f.tips() {
		if i == maxTips {
			notes = append(notes, fmt.Sprintf("left out all but the %d longest rows of headers", maxTips))
			break
		}
		if err := extend(c, f.rowTo(tip, c)); err != nil {
			notes = append(notes, fmt.Sprintf("left out headers/%s: %v", f.nodes[tip].run, err))
		}
	}
	return c, notes, nil
}

// extend adds a row of headers to a chain, or as much of it as is good: a bad
// header that anybody can put on top must not take down those below it. It returns
// why something was left out, unless that is a fork with less work.
func extend(c *headers.Chain, row []byte) error {
	_, err := c.Extend(row)
	var why *headers.Error
	if !errors.As(err, &why) {
		return err
	}
	if why.Code == headers.CodeLessWork {
		return nil
	}
	first := c.Origin().Height
	if below, ok := c.HeightOf(headers.HashFromWire([32]byte(row[4:36]))); ok {
		first = below + 1
	}
	if good := int(why.Height) - int(first); good > 0 && good < len(row)/headers.HeaderSize {
		return errors.Join(extend(c, row[:good*headers.HeaderSize]), why)
	}
	return why
}

// forest is all headers of all runs, each below the one it names.
type forest struct {
	nodes map[headers.Hash]treeNode
}

type treeNode struct {
	raw    []byte
	before headers.Hash
	run    string
}

func newForest(runs []run) forest {
	f := forest{map[headers.Hash]treeNode{}}
	for _, x := range runs {
		for raw := range slices.Chunk(x.raw, headers.HeaderSize) {
			h := headers.HashFromWire(chainhash.DoubleHashH(raw))
			if _, there := f.nodes[h]; !there {
				f.nodes[h] = treeNode{raw, headers.HashFromWire([32]byte(raw[4:36])), x.name}
			}
		}
	}
	return f
}

// tips returns the headers that no other names, those of the longest rows first.
func (f forest) tips() []headers.Hash {
	inner := make(map[headers.Hash]bool, len(f.nodes))
	for _, x := range f.nodes {
		inner[x.before] = true
	}
	depths := make(map[headers.Hash]int, len(f.nodes))
	var tips []headers.Hash
	for h := range f.nodes {
		if !inner[h] {
			f.measure(h, depths)
			tips = append(tips, h)
		}
	}
	slices.SortFunc(tips, func(a, b headers.Hash) int {
		return cmp.Or(cmp.Compare(depths[b], depths[a]), bytes.Compare(a[:], b[:]))
	})
	return tips
}

// measure finds how many headers are in the row that ends with h, and in those
// that end with each before it. Hashes make no circles.
func (f forest) measure(h headers.Hash, depths map[headers.Hash]int) {
	var row []headers.Hash
	depth := 0
	for {
		x, there := f.nodes[h]
		if known, ok := depths[h]; ok {
			depth = known
			break
		}
		if !there {
			break
		}
		row = append(row, h)
		h = x.before
	}
	for _, h := range slices.Backward(row) {
		depth++
		depths[h] = depth
	}
}

// rowTo returns the headers that lead to a tip, from the first one that the chain
// does not have, and from its origin on at most.
func (f forest) rowTo(tip headers.Hash, c *headers.Chain) []byte {
	var row [][]byte
	for h := tip; ; {
		x, there := f.nodes[h]
		if _, known := c.HeightOf(h); known || !there {
			break
		}
		row = append(row, x.raw)
		if h == c.Origin().Hash {
			break
		}
		h = x.before
	}
	slices.Reverse(row)
	return bytes.Join(row, nil)
}
