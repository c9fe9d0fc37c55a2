package node

import (
	"context"
	"errors"
	"fmt"

	"strongroom/custody"
)

// Scanned tells what a scan did to a coin set.
type Scanned struct {
	Blocks uint32 // blocks read
	Tip    Point  // of the set now
	Fork   *Point // the block up to which the set was rewound; nil if it was not
}

// Scan brings a coin set up to the tip of the best chain: it rewinds the set
// where the chain was reorganised and applies every block from there on, or
// from the wallet's first block. It takes the blocks as the node has them: what
// the set then holds is for building transactions, not for trusting them.
//
// After an error the set stands at the last block that was applied, and a later
// scan goes on there, unless the error is custody.ErrRescan. progress may be nil.
func (c *Client) Scan(ctx context.Context, set *custody.CoinSet, progress func(done, total uint32)) (Scanned, error) {
	var s Scanned
	var err error
	for range scanTries {
		if err = c.scan(ctx, set, progress, &s); !errors.Is(err, ErrReorged) {
			break // a chain that was reorganised meanwhile wants another try
		}
	}
	return s, err
}

func (c *Client) scan(ctx context.Context, set *custody.CoinSet, progress func(done, total uint32), s *Scanned) error {
	after, ok, err := c.standing(ctx, set, s)
	if err != nil || !ok {
		return err
	}
	for b, err := range c.Blocks(ctx, after, progress) {
		if err != nil {
			return err
		}
		if err := apply(set, b); err != nil {
			return err
		}
		s.Blocks++
		s.Tip = b.Point
	}
	return nil
}

// standing returns the block that the set stands at, once it is one of the best
// chain; ok is false if there is nothing to read yet.
func (c *Client) standing(ctx context.Context, set *custody.CoinSet, s *Scanned) (after Point, ok bool, err error) {
	height, hash, begun := set.Tip()
	if !begun {
		return c.begin(ctx, set, s)
	}
	known := Point{height, hash}
	fork, err := c.Fork(ctx, known)
	if err != nil {
		return Point{}, false, fmt.Errorf("scan: %w", err)
	}
	if fork != known {
		if err := set.Rewind(fork.Height, fork.Hash); err != nil {
			return Point{}, false, fmt.Errorf("scan: %w", err)
		}
		s.Fork = &fork
	}
	s.Tip = fork
	return fork, true, nil
}

// begin applies the wallet's first block.
func (c *Client) begin(ctx context.Context, set *custody.CoinSet, s *Scanned) (Point, bool, error) {
	b, err := c.Block(ctx, set.Wanted())
	if outOfRange(err) {
		return Point{}, false, nil // the chain has not come so far
	}
	if err == nil {
		err = apply(set, b)
	}
	if err != nil {
		return Point{}, false, err
	}
	s.Blocks, s.Tip = 1, b.Point
	return b.Point, true, nil
}

func apply(set *custody.CoinSet, b Block) error {
	m, err := set.Movements(b.Height, b.Message)
	if err == nil && m.Hash != b.Hash {
		err = errors.New("want the block that was checked, found another")
	}
	if err == nil {
		err = set.Apply(m)
	}
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return nil
}
