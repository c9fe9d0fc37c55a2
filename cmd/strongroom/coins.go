package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// coins returns a wallet's coins as the node has them now: the cache, brought up
// to the node's tip. rescan builds the cache again from the blocks. The cache is
// believed for nothing but saving time: signers look at previous transactions.
func (d *desk) coins(ctx context.Context, p *policy.Policy, id text.ID, desc *custody.Descriptor, rescan bool) (*custody.CoinSet, error) {
	set, err := d.cachedCoins(p, id, desc, rescan)
	if err != nil {
		return nil, err
	}
	n, err := d.node(ctx)
	if err != nil {
		return nil, err
	}
	defer n.Close()
	scan := func() error {
		progress, done := d.blocksBar()
		_, err := n.Scan(ctx, set, progress)
		done()
		return err
	}
	if err = scan(); errors.Is(err, custody.ErrRescan) {
		d.world.Warnf("wallet %s: %v; its coins are read again from the first block on", id, err)
		if set, err = d.noCoins(p, desc); err == nil {
			err = scan()
		}
	}
	// What was read before an error is kept: the next scan goes on there.
	return set, errors.Join(err, d.keepCoins(id, set))
}

func (d *desk) cachedCoins(p *policy.Policy, id text.ID, desc *custody.Descriptor, rescan bool) (*custody.CoinSet, error) {
	if !rescan {
		b, err := d.readCache(string(id) + ".json")
		if err != nil {
			return nil, err
		}
		if b != nil {
			set, err := custody.ParseCoinSet(desc, b)
			if err == nil {
				return set, nil
			}
			d.world.Warnf("wallet %s: coin cache: %v; it is built again", id, err)
		}
	}
	return d.noCoins(p, desc)
}

// noCoins is what is known of a wallet's coins before any block was read.
func (d *desk) noCoins(p *policy.Policy, desc *custody.Descriptor) (*custody.CoinSet, error) {
	o, err := d.origin(p)
	if err != nil {
		return nil, err
	}
	return custody.NewCoinSet(desc, o.Height)
}

func (d *desk) keepCoins(id text.ID, set *custody.CoinSet) error {
	if set == nil {
		return nil
	}
	b, err := set.Bytes()
	if err != nil {
		return err
	}
	return d.writeCache(string(id)+".json", b)
}

// readCache reads a file of the cache; none is no error.
func (d *desk) readCache(name string) (b []byte, err error) {
	dir, err := d.dir.OpenSub(coinsIn)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	if b, err = dir.ReadFile(name, maxCoinFile); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

func (d *desk) writeCache(name string, b []byte) (err error) {
	dir, err := d.dir.Sub(coinsIn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	return dir.WriteFile(name, b)
}

// blocksBar shows how far a scan is when it is a long one.
func (d *desk) blocksBar() (progress func(done, total uint32), end func()) {
	var bar *cli.Progress
	var shown uint32
	progress = func(done, total uint32) {
		if total < headersAtOnce {
			return
		}
		if bar == nil {
			bar = d.world.Progress("blocks", int64(total), "blocks")
		}
		bar.Add(int64(done - shown))
		shown = done
	}
	return progress, func() {
		if bar != nil {
			bar.Done()
		}
	}
}

// nextAddress returns the lowest receive index that was neither paid to nor
// handed out, and notes it as handed out. Too many unpaid ones in a row would be
// overlooked by a scan, so the first of them comes again.
func (d *desk) nextAddress(ctx context.Context, p *policy.Policy, id text.ID, desc *custody.Descriptor) (uint32, error) {
	set, err := d.coins(ctx, p, id, desc, false)
	if err != nil {
		return 0, err
	}
	i, err := d.readIssued(id)
	if err != nil {
		return 0, err
	}
	unused := set.Next(custody.Receive)
	at := max(unused, i.Next)
	if at >= unused+receiveAhead {
		d.world.Warnf("wallet %s: %d addresses were handed out and never paid to; they are handed out again from index %d on", id, receiveAhead, unused)
		at = unused
	}
	b, err := json.Marshal(issued{Next: at + 1})
	if err != nil {
		return 0, err
	}
	return at, d.writeCache(string(id)+".issued.json", append(b, '\n'))
}

// balanceJSON is what a wallet holds, in machine form. Amounts are texts with
// eight decimals.
type balanceJSON struct {
	Wallet  text.ID `json:"wallet"`
	Chain   string  `json:"chain"`
	Test    bool    `json:"test"`
	Unit    string  `json:"unit"`
	Height  uint32  `json:"height"`
	Hash    string  `json:"hash"`
	Balance string  `json:"balance"`
	Count   int     `json:"count"`
}

// coinsJSON is the same with every coin.
type coinsJSON struct {
	balanceJSON
	Coins []coinJSON `json:"coins"`
}

type coinJSON struct {
	Outpoint      string `json:"outpoint"`
	Amount        string `json:"amount"`
	Branch        string `json:"branch"`
	Index         uint32 `json:"index"`
	Height        uint32 `json:"height"`
	Confirmations uint32 `json:"confirmations"`
}

func walletCoins(w cli.World, home *string) *cobra.Command {
	return coinsCommand(w, home, &cobra.Command{
		Use:     "coins [ID]",
		Short:   "the wallet's unspent coins, as the node has them",
		Example: "strongroom wallet coins main",
	}, func(r coinsJSON) any { return r }, func(r coinsJSON) {
		for _, c := range r.Coins {
			w.Text("%s %s at %s address %d, %s deep", c.Amount, r.Unit, c.Branch, c.Index, count(int(c.Confirmations), "block"))
			w.Text("  %s", c.Outpoint)
		}
	})
}

func walletBalance(w cli.World, home *string) *cobra.Command {
	return coinsCommand(w, home, &cobra.Command{
		Use:     "balance [ID]",
		Short:   "what the wallet holds, as the node has it",
		Example: "strongroom wallet balance main",
	}, func(r coinsJSON) any { return r.balanceJSON }, func(coinsJSON) {})
}

// coinsCommand asks the node about a wallet's coins. machine picks what is told
// in machine form, and more tells people what comes after the balance.
func coinsCommand(w cli.World, home *string, cmd *cobra.Command, machine func(coinsJSON) any, more func(coinsJSON)) *cobra.Command {
	cmd.Args = cobra.MaximumNArgs(1)
	asJSON := cli.JSONFlag(cmd)
	rescan := cmd.Flags().Bool("rescan", false, "read all blocks again, from the first policy's origin block on")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return inDesk(w, *home, func(d *desk) error {
			r, n, err := d.coinsReport(cmd.Context(), args, *rescan)
			if err != nil {
				return err
			}
			if *asJSON {
				return w.JSON(machine(r))
			}
			showBalance(w, r.balanceJSON, n)
			more(r)
			return nil
		})
	}
	return cmd
}

func showBalance(w cli.World, r balanceJSON, n custody.Network) {
	banner(w, n)
	w.Field("wallet", string(r.Wallet))
	w.Field("balance", fmt.Sprintf("%s %s in %s", r.Balance, r.Unit, count(r.Count, "coin")))
	w.Field("as of", fmt.Sprintf("block %d %s", r.Height, r.Hash))
}

func (d *desk) coinsReport(ctx context.Context, args []string, rescan bool) (coinsJSON, custody.Network, error) {
	x, p, err := d.pickWallet(args)
	if err != nil {
		return coinsJSON{}, 0, err
	}
	desc, err := d.wallet(p, x.ID)
	if err != nil {
		return coinsJSON{}, 0, err
	}
	set, err := d.coins(ctx, p, x.ID, desc, rescan)
	if err != nil {
		return coinsJSON{}, 0, err
	}
	balance, err := set.Balance()
	if err != nil {
		return coinsJSON{}, 0, err
	}
	height, hash, _ := set.Tip()
	coins := set.Coins()
	r := coinsJSON{Coins: []coinJSON{}, balanceJSON: balanceJSON{
		Wallet: x.ID, Chain: p.Network.String(), Test: p.Network.Test(), Unit: p.Network.Unit(),
		Height: height, Hash: hash.String(), Balance: balance.String(), Count: len(coins),
	}}
	for _, c := range coins {
		r.Coins = append(r.Coins, coinJSON{c.Outpoint.String(), c.Value.String(), c.Branch.String(), c.Index, c.Height, height - c.Height + 1})
	}
	return r, p.Network, nil
}
