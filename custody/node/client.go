package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/btcsuite/btcd/btcjson"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
)

// Point is a block of the node's best chain, by height and hash.
type Point struct {
	Height uint32
	Hash   chainhash.Hash
}

// String returns the height and the hash.
func (p Point) String() string { return fmt.Sprintf("block %d %s", p.Height, p.Hash) }

// ErrReorged is wrapped when a block that the caller knows has left the best
// chain; errors.As with *ReorgedError tells where the chains part.
var ErrReorged = errors.New("block has left the best chain")

// ReorgedError says up to which block the caller's chain and the node's are the
// same.
type ReorgedError struct{ Known, Fork Point }

// Error names the block known and the block at the fork.
func (e *ReorgedError) Error() string {
	return fmt.Sprintf("%s has left the best chain, which parts from it at %s", e.Known, e.Fork)
}

// Unwrap returns ErrReorged.
func (e *ReorgedError) Unwrap() error { return ErrReorged }

// Client asks one node. It may be used by several goroutines. The zero Client
// reaches nobody.
type Client struct {
	url      string
	user     string
	password []byte
	http     *http.Client
}

// Dial asks the node for its first block and refuses one of another chain than
// n. The caller closes the Client.
func Dial(ctx context.Context, n custody.Network, cfg Config) (*Client, error) {
	params, ok := n.Params()
	if !ok {
		return nil, errors.New("node: want a network, found none")
	}
	t, err := cfg.check()
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	c := &Client{url: t.url, user: cfg.User, password: bytes.Clone(cfg.Password), http: newHTTP(t)}
	first, err := c.hashAt(ctx, 0)
	if err == nil && first != *params.GenesisHash {
		err = fmt.Errorf("%s: want %s, whose first block is %s, found %s", c, n, params.GenesisHash, first)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// String names the node, without its password.
func (c *Client) String() string {
	if c == nil || c.url == "" {
		return "no node"
	}
	return "node " + c.url
}

// GoString is String.
func (c *Client) GoString() string { return c.String() }

// Close gives the connections back.
func (c *Client) Close() {
	if c != nil && c.http != nil {
		c.http.CloseIdleConnections()
	}
}

// Tip returns the last block of the best chain.
func (c *Client) Tip(ctx context.Context) (Point, error) {
	var height int64
	if err := c.call(ctx, maxAnswer, &height, "getblockcount"); err != nil {
		return Point{}, err
	}
	if height < 0 || height > maxHeight {
		return Point{}, fmt.Errorf("%s: getblockcount: want a height of 0 to %d, found %d", c, maxHeight, height)
	}
	return c.At(ctx, uint32(height))
}

// At returns the block at a height of the best chain.
func (c *Client) At(ctx context.Context, height uint32) (Point, error) {
	h, err := c.hashAt(ctx, height)
	return Point{height, h}, err
}

func (c *Client) hashAt(ctx context.Context, height uint32) (chainhash.Hash, error) {
	var s string
	if err := c.call(ctx, maxAnswer, &s, "getblockhash", height); err != nil {
		return chainhash.Hash{}, err
	}
	h, err := parseHash(s)
	if err != nil {
		return h, fmt.Errorf("%s: getblockhash: %w", c, err)
	}
	return h, nil
}

// Fork returns the last block that the best chain shares with the chain that
// leads to known: known itself, unless it has left the best chain. It walks back
// through the headers that the node still has, at most 2,016.
func (c *Client) Fork(ctx context.Context, known Point) (Point, error) {
	at := known
	for range maxWalk {
		best, err := c.At(ctx, at.Height)
		if outOfRange(err) {
			err = nil // the best chain is shorter now
		}
		if err != nil || best.Hash == at.Hash {
			return at, err
		}
		if at.Height == 0 {
			return Point{}, fmt.Errorf("%s: want %s to lead to the first block, found another", c, known)
		}
		h, err := c.header(ctx, at.Hash)
		if err != nil {
			return Point{}, fmt.Errorf("fork below %s: %w", known, err)
		}
		at = Point{at.Height - 1, h.PrevBlock}
	}
	return Point{}, fmt.Errorf("%s: want a fork at most %d blocks below %s, found none", c, maxWalk, known)
}

// header returns the header with a hash, in the best chain or not.
func (c *Client) header(ctx context.Context, hash chainhash.Hash) (*wire.BlockHeader, error) {
	var s string
	if err := c.call(ctx, maxAnswer, &s, "getblockheader", hash.String(), false); err != nil {
		return nil, err
	}
	_, h, err := parseHeader(s, hash)
	if err != nil {
		return nil, fmt.Errorf("%s: getblockheader: %w", c, err)
	}
	return h, nil
}

// outOfRange says whether the node has no block at the height asked for: code
// -1 of btcd, -8 of Bitcoin Core.
func outOfRange(err error) bool {
	var e *RPCError
	return errors.As(err, &e) && e.Method == "getblockhash" &&
		(e.Code == btcjson.ErrRPCOutOfRange || e.Code == btcjson.ErrRPCInvalidParameter)
}

// parseHash reads a hash as nodes write it: 64 lower-case hex digits, the last
// byte first.
func parseHash(s string) (chainhash.Hash, error) {
	h, err := chainhash.NewHashFromStr(s)
	if err != nil || h.String() != s {
		return chainhash.Hash{}, fmt.Errorf("want a hash of 64 lower-case hex digits, found %q", words(s))
	}
	return *h, nil
}
