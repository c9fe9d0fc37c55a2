package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/headers"
	"strongroom/custody/node"
	"strongroom/quorum"
	"strongroom/quorum/policy"
)

// node reaches the node that node.txt describes.
func (d *desk) node(ctx context.Context) (*node.Client, error) {
	b, err := d.dir.ReadFile(nodeFile, maxNodeFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cli.Hint(fmt.Errorf("node: want %s in %s, found none", nodeFile, d.dir.Path()), "strongroom node set FILE")
	}
	if err != nil {
		return nil, err
	}
	c, err := readNode(d.world, b)
	if err != nil {
		return nil, err
	}
	n, err := node.Dial(ctx, d.network, c)
	return n, cli.Hint(err, "strongroom node set FILE   # or start the node, and try again")
}

// readNode reads a node's description and the files it names. They are read
// again at each start, from wherever the program is then run, so their names
// have to be whole.
func readNode(w cli.World, b []byte) (node.Config, error) {
	return node.ReadConfig(b, func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			return nil, fmt.Errorf("want a path that begins with /, found %q", path)
		}
		return w.ReadFile(path, maxNodeFile)
	})
}

// sync brings the node's newest headers into the registry and returns the
// chain.
func (d *desk) sync(ctx context.Context, p *policy.Policy) (*headers.Chain, error) {
	n, err := d.node(ctx)
	if err != nil {
		return nil, err
	}
	defer n.Close()
	return d.syncFrom(ctx, n, p)
}

// syncFrom is sync with a node that is reached already.
func (d *desk) syncFrom(ctx context.Context, n *node.Client, p *policy.Policy) (*headers.Chain, error) {
	c, err := d.chain(p)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		err = d.extend(ctx, n, c, p.ReorgMax)
		if !errors.Is(err, node.ErrReorged) || try == syncTries {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return c, d.reg.PutHeaders(c)
}

// extend asks for headers from as far below the known tip as a reorganised
// chain may reach, and goes on to the node's tip.
func (d *desk) extend(ctx context.Context, n *node.Client, c *headers.Chain, reorgMax uint32) error {
	from := c.Origin().Height
	tip, known := c.Tip()
	if known && tip.Height > from+reorgMax {
		from = tip.Height - reorgMax
	}
	var bar *cli.Progress // only for work that takes long
	for {
		raw, err := n.Headers(ctx, from, headersAtOnce, nil)
		if err != nil || len(raw) == 0 {
			return err
		}
		if _, err := c.Extend(raw); err != nil {
			return d.odd(n, c, err)
		}
		count := len(raw) / headers.HeaderSize
		if count < headersAtOnce {
			return nil
		}
		if bar == nil {
			bar = d.world.Progress("headers", 0, "headers")
			defer bar.Done()
		}
		bar.Add(int64(count))
		from += uint32(count)
	}
}

// odd judges why a node's headers don't fit. A fork that is not heavier is kept
// out and no failure. One that parts from the known chain deeper than the policy
// follows is an alarm: this desk, or its node, lives on another chain.
func (d *desk) odd(n *node.Client, c *headers.Chain, err error) error {
	var e *headers.Error
	tip, known := c.Tip()
	switch {
	case !errors.As(err, &e):
		return err
	case e.Code == headers.CodeLessWork:
		d.world.Warnf("%s has a chain with no more work than block %d, which this desk knows; that one is kept", n, tip.Height)
		return nil
	case e.Code == headers.CodeLink && known:
		return refuse(quorum.ClkReorg, "%s: want a chain that parts from the known one at most reorg-max below block %d, found one that parts deeper", n, tip.Height)
	}
	return refusal([]quorum.Reason{quorum.ReasonOf(err, quorum.ClkForm)})
}
