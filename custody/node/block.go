package node

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"iter"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// Block is a block of the best chain, whole and checked against its hash. Its
// witnesses are not: no transaction's id depends on them.
type Block struct {
	Point
	Message *wire.MsgBlock
}

// Block returns the block at a height of the best chain.
func (c *Client) Block(ctx context.Context, height uint32) (Block, error) {
	p, err := c.At(ctx, height)
	if err != nil {
		return Block{}, err
	}
	return c.blockAt(ctx, p)
}

// blockAt fetches the block with a hash: what comes has exactly that hash, and
// the transactions that the header commits to.
func (c *Client) blockAt(ctx context.Context, p Point) (Block, error) {
	var s string
	if err := c.call(ctx, maxBlockAnswer, &s, "getblock", p.Hash.String(), 0); err != nil {
		return Block{}, err
	}
	b, err := parseBlock(s, p.Hash)
	if err != nil {
		return Block{}, fmt.Errorf("%s: block %d: %w", c, p.Height, err)
	}
	return Block{p, b}, nil
}

func parseBlock(s string, hash chainhash.Hash) (*wire.MsgBlock, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) < wire.MaxBlockHeaderPayload || len(raw) > maxBlock {
		return nil, fmt.Errorf("want a block of %d to %d bytes in hex, found %d characters", wire.MaxBlockHeaderPayload, maxBlock, len(s))
	}
	if found := chainhash.DoubleHashH(raw[:wire.MaxBlockHeaderPayload]); found != hash {
		return nil, fmt.Errorf("want the block with hash %s, found the one with %s", hash, found)
	}
	var b wire.MsgBlock
	r := bytes.NewReader(raw)
	if err := b.Deserialize(r); err != nil {
		return nil, fmt.Errorf("want a block, found %w", err)
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("want the block to end, found %d more bytes", r.Len())
	}
	root, err := merkleRoot(b.Transactions)
	if err != nil {
		return nil, err
	}
	if root != b.Header.MerkleRoot {
		return nil, fmt.Errorf("want transactions with Merkle root %s, found those with %s", b.Header.MerkleRoot, root)
	}
	return &b, nil
}

// merkleRoot hashes the transactions' ids pairwise up to one, an odd one with
// itself. Two equal neighbours are refused: with them a list and a longer one
// would have the same root (CVE-2012-2459).
func merkleRoot(txs []*wire.MsgTx) (chainhash.Hash, error) {
	if len(txs) == 0 {
		return chainhash.Hash{}, fmt.Errorf("want a block with transactions, found none")
	}
	row := make([]chainhash.Hash, len(txs))
	for i, tx := range txs {
		row[i] = tx.TxHash()
	}
	for len(row) > 1 {
		next := row[:0]
		for i := 0; i < len(row); i += 2 {
			j := min(i+1, len(row)-1)
			if i != j && row[i] == row[j] {
				return chainhash.Hash{}, fmt.Errorf("want every transaction once, found a part of the block twice")
			}
			next = append(next, chainhash.DoubleHashH(append(row[i][:], row[j][:]...)))
		}
		row = next
	}
	return row[0], nil
}

// Blocks walks over the blocks of the best chain above after, in order, up to
// the tip as it is at the start. Each names the one before. If after has left
// the best chain, or blocks leave it on the way, it ends with a ReorgedError:
// the caller goes back to the fork, forgets the blocks above it and starts again
// from there. progress, which
// may be nil, is told after each block how many are done and how many there are.
func (c *Client) Blocks(ctx context.Context, after Point, progress func(done, total uint32)) iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		tip, err := c.Tip(ctx)
		if err == nil {
			err = c.holds(ctx, after)
		}
		if err != nil {
			yield(Block{}, err)
			return
		}
		last, ahead := after, []chainhash.Hash(nil)
		for last.Height < tip.Height {
			b, err := c.following(ctx, last, tip, &ahead)
			if err != nil {
				yield(Block{}, err)
				return
			}
			if !yield(b, nil) {
				return
			}
			if last = b.Point; progress != nil {
				progress(last.Height-after.Height, tip.Height-after.Height)
			}
		}
		// Hashes were asked for ahead, so a whole chain may have gone meanwhile.
		if err := c.holds(ctx, last); err != nil {
			yield(Block{}, err)
		}
	}
}

// holds refuses a block that has left the best chain.
func (c *Client) holds(ctx context.Context, known Point) error {
	fork, err := c.Fork(ctx, known)
	if err == nil && fork != known {
		err = &ReorgedError{known, fork}
	}
	return err
}

// following returns the block after last, or finds out that last is no more in
// the best chain. ahead holds the hashes of the blocks to come, asked for many
// at once: a block that leaves the chain meanwhile does not link with a later one.
func (c *Client) following(ctx context.Context, last, tip Point, ahead *[]chainhash.Hash) (b Block, err error) {
	if len(*ahead) == 0 {
		*ahead, err = c.hashes(ctx, last.Height+1, min(batch, tip.Height-last.Height))
	}
	if err == nil {
		b, err = c.blockAt(ctx, Point{last.Height + 1, (*ahead)[0]})
	}
	if err != nil && !outOfRange(err) {
		return Block{}, err
	}
	if err == nil && b.Message.Header.PrevBlock == last.Hash {
		*ahead = (*ahead)[1:]
		return b, nil
	}
	if gone := c.holds(ctx, last); gone != nil {
		return Block{}, gone
	}
	if err != nil {
		return Block{}, err
	}
	return Block{}, fmt.Errorf("%s: block %d: want one that follows %s, found one that follows %s", c, last.Height+1, last.Hash, b.Message.Header.PrevBlock)
}
