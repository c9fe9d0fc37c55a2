package headers

import (
	"bytes"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sync/atomic"

	"strongroom/custody"
)

// Origin is the block that a chain begins with. Whoever adopts a policy vouches
// for it; nothing before it is looked at. A policy writes it
//
//	origin-block 951552 00000000000000000001c3f4... 17020f5e
type Origin struct {
	Height uint32 // a multiple of 2016
	Hash   Hash
	Bits   uint32 // compact target
}

// Point names a block by height and hash.
type Point struct {
	Height uint32
	Hash   Hash
}

// rules are what differs between the chains.
type rules struct {
	limit    *big.Int // the easiest target
	retarget bool     // whether the difficulty ever changes
}

// span is one difficulty period of a chain. Its fields are never changed.
type span struct {
	bits   uint32
	target Hash     // the highest hash that is allowed
	work   *big.Int // of each header
	before *big.Int // of all headers from the origin up to this period
}

// Chain is the best header chain from its origin on. Only Extend changes it.
// Several goroutines may read a Chain while none extends it.
type Chain struct {
	rules    rules
	origin   Origin
	reorgMax uint32

	// The header at place i, counted from the origin, is raw[80*i:], its hash
	// hashes[i], its period spans[i/2016].
	raw    []byte
	hashes []Hash
	spans  []span

	// places finds a hash's place. It may hold hashes of forks and of blocks
	// after a prefix, so that an answer counts only if hashes agrees. A place
	// follows from the hash alone, so that chains can share the map until one
	// of them grows.
	places map[Hash]uint32
	shared atomic.Bool
}

// New returns a chain on network n without any header; Extend adds the first
// one, the origin itself. A fork that goes deeper than reorgMax below the tip
// (at most MaxReorg) is never switched to. Only the rules of mainnet and
// regtest are built in: any other network is an error, as is an origin that no
// valid chain can have.
func New(n custody.Network, o Origin, reorgMax uint32) (*Chain, error) {
	if n != custody.Mainnet && n != custody.Regtest {
		return nil, fmt.Errorf("headers: want mainnet or regtest, whose rules are built in, found %s", n)
	}
	params, ok := n.Params()
	if !ok {
		return nil, fmt.Errorf("headers: want a network, found none")
	}
	if genesis := HashFromWire(*params.GenesisHash); o.Height == 0 && o.Hash != genesis {
		return nil, fmt.Errorf("headers: want the genesis block %s at origin height 0, found %s", genesis, o.Hash)
	}
	return newChain(rules{limit: params.PowLimit, retarget: !params.PoWNoRetargeting}, o, reorgMax)
}

func newChain(r rules, o Origin, reorgMax uint32) (*Chain, error) {
	if o.Height%period != 0 {
		return nil, fmt.Errorf("headers: want an origin height that 2016 divides, found %d", o.Height)
	}
	if target, ok := targetOf(o.Bits); !ok || target.Cmp(r.limit) > 0 {
		return nil, fmt.Errorf("headers: want origin bits up to %08x, found %08x", compact(r.limit), o.Bits)
	}
	if reorgMax > MaxReorg {
		return nil, fmt.Errorf("headers: want a reorganisation limit of at most %d, found %d", MaxReorg, reorgMax)
	}
	return &Chain{rules: r, origin: o, reorgMax: reorgMax, places: map[Hash]uint32{}}, nil
}

// Origin returns the block that the chain begins with.
func (c *Chain) Origin() Origin { return c.origin }

// Len returns how many headers the chain holds, the origin's included.
func (c *Chain) Len() int { return len(c.hashes) }

// Tip returns the last block, and false while there is no header.
func (c *Chain) Tip() (Point, bool) {
	if len(c.hashes) == 0 {
		return Point{}, false
	}
	return c.point(len(c.hashes) - 1), true
}

func (c *Chain) point(place int) Point {
	return Point{Height: c.origin.Height + uint32(place), Hash: c.hashes[place]}
}

// place returns where the header of a height stands.
func (c *Chain) place(height uint32) (int, bool) {
	if height < c.origin.Height {
		return 0, false
	}
	i := uint64(height - c.origin.Height)
	return int(i), i < uint64(len(c.hashes))
}

// known returns the place of a block of the chain.
func (c *Chain) known(h Hash) (int, bool) {
	i, ok := c.places[h]
	return int(i), ok && int(i) < len(c.hashes) && c.hashes[i] == h
}

// At returns the header at a height, and false outside the chain.
func (c *Chain) At(height uint32) (Header, bool) {
	i, ok := c.place(height)
	if !ok {
		return Header{}, false
	}
	return Header(c.raw[i*HeaderSize:]), true
}

// PointAt returns the block at a height, and false outside the chain.
func (c *Chain) PointAt(height uint32) (Point, bool) {
	i, ok := c.place(height)
	if !ok {
		return Point{}, false
	}
	return c.point(i), true
}

// HeightOf returns the height of a block, and false if it is not in the chain.
func (c *Chain) HeightOf(h Hash) (uint32, bool) {
	i, ok := c.known(h)
	if !ok {
		return 0, false
	}
	return c.origin.Height + uint32(i), true
}

// Contains says whether the block is in the chain, at that height.
func (c *Chain) Contains(p Point) bool {
	i, ok := c.place(p.Height)
	return ok && c.hashes[i] == p.Hash
}

// Bytes returns all headers from the origin on, 80 bytes each: Extend of a new
// chain with the same origin takes them and gives the same chain.
func (c *Chain) Bytes() []byte { return bytes.Clone(c.raw) }

// Work returns the work of all headers together, the origin's included; 0 while
// there is none.
func (c *Chain) Work() *big.Int { return workUpTo(c.spans, len(c.hashes)) }

// workUpTo returns the work of the first n headers.
func workUpTo(spans []span, n int) *big.Int {
	if n == 0 {
		return new(big.Int)
	}
	s := spans[(n-1)/period]
	sum := big.NewInt(int64((n-1)%period + 1))
	return sum.Mul(sum, s.work).Add(sum, s.before)
}

// Prefix returns the chain as it was with its tip at that height, and false
// outside the chain. Both chains can be extended from there on, each for
// itself.
func (c *Chain) Prefix(height uint32) (*Chain, bool) {
	last, ok := c.place(height)
	if !ok {
		return nil, false
	}
	n := last + 1
	p := &Chain{rules: c.rules, origin: c.origin, reorgMax: c.reorgMax, places: c.places}
	p.raw = slices.Clip(c.raw[:n*HeaderSize])
	p.hashes = slices.Clip(c.hashes[:n])
	p.spans = slices.Clip(c.spans[:spansFor(n)])
	c.shared.Store(true)
	p.shared.Store(true)
	return p, true
}

// spansFor returns how many periods n headers touch.
func spansFor(n int) int { return (n + period - 1) / period }

// MedianTime returns the median time past of a block: of the times of the up to
// eleven headers that end with it, as far as the chain has them.
func (c *Chain) MedianTime(height uint32) (uint32, bool) {
	i, ok := c.place(height)
	if !ok {
		return 0, false
	}
	var times recent
	for j := max(0, i-medianSpan+1); j <= i; j++ {
		times.push(timeOf(c.raw[j*HeaderSize:]))
	}
	return times.median()
}

// own makes the map of places this chain's alone before it is written.
func (c *Chain) own() {
	if c.shared.Load() {
		c.places = maps.Clone(c.places)
		c.shared.Store(false)
	}
}
