package regtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/rpcclient"
	"github.com/btcsuite/btcd/txscript/v2"

	"strongroom/custody/node"
)

// Options say which btcd runs and where.
type Options struct {
	Binary string    // path of btcd, see Find
	Folder string    // exists, and is empty
	Rand   io.Reader // for the password and the miner's key
}

// Node is a running btcd with a miner's purse. Its methods may be called from
// several goroutines.
type Node struct {
	process *process
	config  node.Config
	client  *node.Client
	rpc     *rpcclient.Client
	key     *btcec.PrivateKey
	script  []byte // pays the miner

	mu    sync.Mutex
	purse []uint32 // heights of blocks whose rewards are not spent yet, the oldest first
}

// Start runs a btcd on a new chain and waits until it answers. It ends with
// Stop or with ctx.
func Start(ctx context.Context, o Options) (*Node, error) {
	folder, err := filepath.Abs(o.Folder)
	if err != nil {
		return nil, fmt.Errorf("regtest: %w", err)
	}
	n := &Node{}
	miner, err := n.makeMiner(o.Rand)
	if err != nil {
		return nil, err
	}
	for range startTries {
		if err = n.run(ctx, o.Binary, folder, miner, o.Rand); !errors.Is(err, errEnded) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("regtest: %w", err)
	}
	return n, nil
}

// run starts the process once and connects to it.
func (n *Node) run(ctx context.Context, binary, folder, miner string, rand io.Reader) (err error) {
	if n.config, err = configure(folder, miner, rand); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(folder, "output.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own
	if n.process, err = launch(ctx, binary, filepath.Join(folder, "btcd.conf"), log); err != nil {
		return err
	}
	if n.client, err = n.process.await(ctx, folder, &n.config); err == nil {
		n.rpc, err = rpcclient.New(&rpcclient.ConnConfig{Host: n.config.URL[len("https://"):], User: n.config.User,
			Pass: string(n.config.Password), Certificates: n.config.Certificate, HTTPPostMode: true, Params: "regtest"}, nil)
	}
	if err != nil {
		n.process.stop()
	}
	return err
}

// makeMiner makes the key that the rewards belong to, and returns its address.
func (n *Node) makeMiner(rand io.Reader) (string, error) {
	var secret [32]byte
	if _, err := io.ReadFull(rand, secret[:]); err != nil {
		return "", fmt.Errorf("regtest: random bytes: %w", err)
	}
	var public *btcec.PublicKey
	n.key, public = btcec.PrivKeyFromBytes(secret[:])
	a, err := address.NewAddressWitnessPubKeyHash(address.Hash160(public.SerializeCompressed()), &chaincfg.RegressionNetParams)
	if err != nil {
		return "", fmt.Errorf("regtest: %w", err)
	}
	if n.script, err = txscript.PayToAddrScript(a); err != nil {
		return "", fmt.Errorf("regtest: %w", err)
	}
	return a.EncodeAddress(), nil
}

// Stop ends the process and waits until it is gone. It may be called again.
func (n *Node) Stop() {
	n.rpc.Shutdown()
	n.client.Close()
	n.process.stop()
}

// PID returns the process number.
func (n *Node) PID() int { return n.process.pid }

// Config returns how the node is reached, password and certificate included.
func (n *Node) Config() node.Config {
	c := n.config
	c.Password, c.Certificate = bytes.Clone(c.Password), bytes.Clone(c.Certificate)
	return c
}

// Client returns the connection that the node was started with. It lasts until
// Stop.
func (n *Node) Client() *node.Client { return n.client }

// Mine adds blocks to the chain and returns their hashes. The rewards go to the
// miner, for Fund.
func (n *Node) Mine(ctx context.Context, blocks int) ([]chainhash.Hash, error) {
	if blocks < 1 || blocks > maxMine {
		return nil, fmt.Errorf("regtest: want 1 to %d blocks to mine, found %d", maxMine, blocks)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.mine(ctx, blocks)
}

func (n *Node) mine(ctx context.Context, blocks int) ([]chainhash.Hash, error) {
	mined, err := n.rpc.Generate(uint32(blocks))
	if err != nil {
		return nil, fmt.Errorf("regtest: mine: %w", err)
	}
	hashes := make([]chainhash.Hash, 0, len(mined))
	tip, err := n.client.Tip(ctx)
	if err != nil {
		return nil, fmt.Errorf("regtest: mine: %w", err)
	}
	for i, h := range mined {
		hashes = append(hashes, *h)
		n.purse = append(n.purse, tip.Height-uint32(len(mined)-1-i))
	}
	return hashes, nil
}

// Reorg replaces the last blocks of the chain by one more than they were, so
// that the new ones win.
func (n *Node) Reorg(ctx context.Context, blocks int) ([]chainhash.Hash, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	tip, err := n.client.Tip(ctx)
	if err != nil {
		return nil, fmt.Errorf("regtest: reorg: %w", err)
	}
	if blocks < 1 || int64(blocks) > int64(tip.Height) {
		return nil, fmt.Errorf("regtest: want 1 to %d blocks to replace, found %d", tip.Height, blocks)
	}
	first, err := n.client.At(ctx, tip.Height-uint32(blocks)+1)
	if err != nil {
		return nil, fmt.Errorf("regtest: reorg: %w", err)
	}
	if err := n.rpc.InvalidateBlock(&first.Hash); err != nil {
		return nil, fmt.Errorf("regtest: reorg: %w", err)
	}
	n.purse = slices.DeleteFunc(n.purse, func(height uint32) bool { return height >= first.Height })
	return n.mine(ctx, blocks+1)
}
