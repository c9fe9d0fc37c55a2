package node

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// Headers returns the headers of the best chain from a height on, at most most
// of them, as one run of raw 80-byte headers; none if the chain ends before.
// Each hashes to the hash that the node gave for its height and names the one
// before; work is for package headers to judge. progress, which may be nil, is
// told how many have come and how many there will be.
//
// A run that does not link comes from a node that lies or whose chain is just
// being reorganised: the error is ErrReorged, and it is worth a second try.
func (c *Client) Headers(ctx context.Context, from uint32, most int, progress func(done, total uint32)) ([]byte, error) {
	if most < 1 || most > maxHeaders {
		return nil, fmt.Errorf("headers: want to be asked for 1 to %d, found %d", maxHeaders, most)
	}
	tip, err := c.Tip(ctx)
	if err != nil || from > tip.Height {
		return nil, err
	}
	total := min(uint32(most), tip.Height-from+1)
	run := make([]byte, 0, int(total)*wire.MaxBlockHeaderPayload)
	var before *chainhash.Hash
	for done := uint32(0); done < total; {
		n := min(batch, total-done)
		if before, err = c.headerBatch(ctx, from+done, n, before, &run); err != nil {
			return nil, err
		}
		if done += n; progress != nil {
			progress(done, total)
		}
	}
	return run, nil
}

// headerBatch adds n headers to a run and returns the hash of the last.
func (c *Client) headerBatch(ctx context.Context, from, n uint32, before *chainhash.Hash, run *[]byte) (*chainhash.Hash, error) {
	hashes, err := c.hashes(ctx, from, n)
	if err != nil {
		return nil, err
	}
	params := make([][]any, n)
	for i, h := range hashes {
		params[i] = []any{h.String(), false}
	}
	answers, err := c.callAll(ctx, "getblockheader", params)
	if err != nil {
		return nil, err
	}
	for i := range answers {
		height := from + uint32(i)
		raw, h, err := parseHeader(answers[i], hashes[i])
		if err != nil {
			return nil, fmt.Errorf("%s: header %d: %w", c, height, err)
		}
		if before != nil && h.PrevBlock != *before {
			return nil, fmt.Errorf("%s: header %d: want one that follows %s, found one that follows %s: %w", c, height, before, h.PrevBlock, ErrReorged)
		}
		*run, before = append(*run, raw...), &hashes[i]
	}
	return before, nil
}

// hashes returns the hashes of n blocks of the best chain from a height on.
func (c *Client) hashes(ctx context.Context, from, n uint32) ([]chainhash.Hash, error) {
	heights := make([][]any, n)
	for i := range heights {
		heights[i] = []any{from + uint32(i)}
	}
	answers, err := c.callAll(ctx, "getblockhash", heights)
	if err != nil {
		return nil, err
	}
	hashes := make([]chainhash.Hash, n)
	for i, s := range answers {
		if hashes[i], err = parseHash(s); err != nil {
			return nil, fmt.Errorf("%s: getblockhash: %w", c, err)
		}
	}
	return hashes, nil
}

// parseHeader reads a header in hex and demands that it has the hash.
func parseHeader(s string, hash chainhash.Hash) ([]byte, *wire.BlockHeader, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) != wire.MaxBlockHeaderPayload {
		return nil, nil, fmt.Errorf("want a header of %d bytes in hex, found %d characters", wire.MaxBlockHeaderPayload, len(s))
	}
	if found := chainhash.DoubleHashH(raw); found != hash {
		return nil, nil, fmt.Errorf("want the header with hash %s, found the one with %s", hash, found)
	}
	var h wire.BlockHeader
	if err := h.Deserialize(bytes.NewReader(raw)); err != nil {
		return nil, nil, fmt.Errorf("want a header, found %w", err)
	}
	return raw, &h, nil
}
