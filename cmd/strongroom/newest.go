package main

import (
	"context"
	"errors"
	"io/fs"

	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
)

// newestView is view with the node's newest headers, where there is a node.
func (d *desk) newestView(ctx context.Context) (*view, error) {
	v, err := d.view()
	if err != nil {
		return nil, err
	}
	v.chain, err = d.newest(ctx, v.policy)
	return v, err
}

// unforkedView is newestView where no signer's log has two histories: nothing that
// leads to a signature is done on top of one.
func (d *desk) unforkedView(ctx context.Context) (*view, error) {
	v, err := d.newestView(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.noForks(v); err != nil {
		return nil, err
	}
	return v, nil
}

// newest returns the header chain, brought up to date when the desk has a node.
// Without one, as on an officer's laptop, it is as new as the registry.
func (d *desk) newest(ctx context.Context, p *policy.Policy) (*headers.Chain, error) {
	_, err := d.dir.ReadFile(nodeFile, maxNodeFile)
	if !errors.Is(err, fs.ErrNotExist) {
		return d.sync(ctx, p)
	}
	c, err := d.chain(p)
	if err != nil {
		return nil, err
	}
	tip, _ := c.Tip()
	d.world.Warnf("no node: headers are those of the registry, up to block %d", tip.Height)
	return c, nil
}

// walletOf returns an order's wallet, or nil when this desk does not know it.
func (d *desk) walletOf(v *view, o *order) (*custody.Descriptor, error) {
	if _, ok := v.policy.Wallet(o.proposal.Wallet); !ok {
		return nil, nil
	}
	w, err := d.wallet(v.policy, o.proposal.Wallet)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return w, err
}
