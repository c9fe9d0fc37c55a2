package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody/node"
	"strongroom/quorum"
)

// broadcastCommand gives a finished transaction to the network.
func broadcastCommand(w cli.World, home *string) *cobra.Command {
	var wait uint32
	cmd := &cobra.Command{
		Use:   "broadcast ID",
		Short: "send the final transaction and watch it to a depth",
		Long: "Asks the node whether it would relay the transaction, sends it, and with --wait watches until so many blocks have confirmed it.\n" +
			"It can be repeated: what is known to the network already is only watched.",
		Example: "strongroom broadcast 4f1c09ab --wait 6",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().Uint32Var(&wait, "wait", 0, "watch until `N` blocks have confirmed it")
	asJSON := cli.JSONFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error { return d.broadcast(cmd.Context(), args[0], wait, *asJSON) })
	}
	return cmd
}

// broadcastReport tells where the transaction is.
type broadcastReport struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	TxID  string `json:"txid"`
	Depth uint32 `json:"depth"`
	Block string `json:"block,omitempty"`
}

func (d *desk) broadcast(ctx context.Context, prefix string, wait uint32, asJSON bool) error {
	x, err := d.open(prefix)
	if err != nil {
		return err
	}
	o, p := x.order, x.order.proposal
	if err := spends(o); err != nil {
		return err
	}
	if o.final == nil {
		return cli.Hint(fmt.Errorf("transaction: want the final one of %s, found none", o.id.Short()), "strongroom combine %s", o.id.Short())
	}
	n, err := d.node(ctx)
	if err != nil {
		return err
	}
	defer n.Close()
	s := &sighting{node: n, txid: o.final.TxHash(), last: node.Point{Height: p.Block.Height, Hash: wireHash(p.Block)}}
	if err := d.send(ctx, s, o.final); err != nil {
		return err
	}
	if err := d.watch(ctx, s, wait); err != nil {
		return err
	}
	r := broadcastReport{ID: o.id.String(), Kind: string(p.Kind()), TxID: s.txid.String(), Depth: s.depth}
	if s.depth > 0 {
		r.Block = s.block.String()
		if err := d.noteMined(s.txid, s.block); err != nil {
			return err
		}
	}
	if asJSON {
		return d.world.JSON(r)
	}
	d.tellSent(r, p)
	return nil
}

// wireHash returns a block's hash as it is on the wire.
func wireHash(b quorum.Block) (h chainhash.Hash) {
	for i, x := range b.Hash {
		h[len(h)-1-i] = x
	}
	return h
}

func (d *desk) tellSent(r broadcastReport, p *quorum.Proposal) {
	banner(d.world, d.network)
	d.world.Field("id", r.ID)
	d.world.Field("transaction", r.TxID)
	if r.Depth == 0 {
		d.world.Field("depth", "0, waiting for a block")
		showCommand(d.world, "next", "strongroom broadcast "+r.ID[:16]+" --wait 1")
		return
	}
	d.world.Field("depth", count(int(r.Depth), "block"))
	d.world.Field("in", r.Block)
	switch p.Kind() {
	case quorum.KindInternal:
		showCommand(d.world, "check", "strongroom wallet coins "+string(p.To))
	case quorum.KindSweep:
		showCommand(d.world, "check", "strongroom wallet balance "+string(p.Wallet)+" && strongroom wallet balance "+string(p.To))
	}
}

// sighting is what the node says of one transaction.
type sighting struct {
	node  *node.Client
	txid  chainhash.Hash
	last  node.Point // the block up to which was looked; the first one cannot hold it
	block node.Point // where it is, once depth is above 0
	depth uint32
}

// send tests and sends the transaction, unless the network has it already.
func (d *desk) send(ctx context.Context, s *sighting, tx *wire.MsgTx) error {
	if _, _, err := s.node.Tx(ctx, s.txid); err == nil {
		return nil
	}
	if err := s.look(ctx); err != nil || s.depth > 0 {
		return err
	}
	if err := s.node.TestAccept(ctx, tx); err != nil {
		return err
	}
	_, err := s.node.Send(ctx, tx)
	return err
}

// look searches the blocks that are new. It works with nodes that keep no index
// of transactions, and the blocks are few: proposals expire.
func (s *sighting) look(ctx context.Context) error {
	for range lookTries {
		err := s.walk(ctx)
		var gone *node.ReorgedError
		if !errors.As(err, &gone) {
			return err
		}
		s.last = gone.Fork // blocks above it are no more
		if s.depth > 0 && s.block.Height > gone.Fork.Height {
			s.depth = 0
		}
	}
	return nil // the chain is moving; the next look will find out
}

func (s *sighting) walk(ctx context.Context) error {
	for b, err := range s.node.Blocks(ctx, s.last, nil) {
		if err != nil {
			return err
		}
		for _, tx := range b.Message.Transactions {
			if tx.TxHash() == s.txid {
				s.block, s.depth = b.Point, 1
			}
		}
		s.last = b.Point
	}
	if s.depth > 0 {
		s.depth = s.last.Height - s.block.Height + 1
	}
	return nil
}

// watch looks until the transaction is deep enough.
func (d *desk) watch(ctx context.Context, s *sighting, wait uint32) error {
	if err := s.look(ctx); err != nil || s.depth >= wait {
		return err
	}
	bar := d.world.Progress("confirmations", int64(wait), "blocks")
	defer bar.Done()
	shown := uint32(0)
	for {
		if s.depth > shown {
			bar.Add(int64(s.depth - shown))
			shown = s.depth
		}
		if s.depth >= wait {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookEvery):
		}
		if err := s.look(ctx); err != nil {
			return err
		}
	}
}
