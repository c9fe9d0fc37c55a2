package node

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcjson"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// ErrNoTransaction is wrapped when the node knows no transaction of the id
// asked for. A node without an index of transactions knows those that wait for
// a block only.
var ErrNoTransaction = errors.New("no such transaction")

// Tx returns the transaction with an id and how many blocks have confirmed it:
// 0 while it waits, 1 when it is in the tip. The node needs its index of
// transactions (txindex) for those that are in a block; InBlock does without.
func (c *Client) Tx(ctx context.Context, id chainhash.Hash) (*wire.MsgTx, uint32, error) {
	var answer struct {
		Hex           string `json:"hex"`
		Confirmations int64  `json:"confirmations"`
	}
	// The answer also has the transaction taken apart, in as many words.
	err := c.call(ctx, 4*maxBlockAnswer, &answer, "getrawtransaction", id.String(), 1)
	if e := (*RPCError)(nil); errors.As(err, &e) && e.Code == btcjson.ErrRPCNoTxInfo {
		return nil, 0, fmt.Errorf("%w %s: %w", ErrNoTransaction, id, err)
	}
	if err != nil {
		return nil, 0, err
	}
	tx, err := parseTx(answer.Hex, id)
	if err == nil && (answer.Confirmations < 0 || answer.Confirmations > maxHeight) {
		err = fmt.Errorf("want 0 to %d confirmations, found %d", maxHeight, answer.Confirmations)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: getrawtransaction: %w", c, err)
	}
	return tx, uint32(answer.Confirmations), nil
}

// Confirmations returns how many blocks have confirmed a transaction, as Tx
// does.
func (c *Client) Confirmations(ctx context.Context, id chainhash.Hash) (uint32, error) {
	_, n, err := c.Tx(ctx, id)
	return n, err
}

// InBlock returns the transaction with an id out of the block at a height of the
// best chain. It works with every node that keeps its blocks.
func (c *Client) InBlock(ctx context.Context, id chainhash.Hash, height uint32) (*wire.MsgTx, error) {
	b, err := c.Block(ctx, height)
	if err != nil {
		return nil, err
	}
	for _, tx := range b.Message.Transactions {
		if tx.TxHash() == id {
			return tx, nil
		}
	}
	return nil, fmt.Errorf("%w %s in block %d", ErrNoTransaction, id, height)
}

// NotAcceptedError says, in the node's words, why it would not relay a
// transaction.
type NotAcceptedError struct {
	ID    chainhash.Hash
	Words string
}

// Error returns the id and the node's words.
func (e *NotAcceptedError) Error() string {
	return fmt.Sprintf("transaction %s: the node would not take it: %s", e.ID, e.Words)
}

// TestAccept asks whether the node would relay a transaction, without sending
// it. A *NotAcceptedError says why not. A transaction that is already waiting
// is one that it would not take again.
func (c *Client) TestAccept(ctx context.Context, tx *wire.MsgTx) error {
	raw, id, err := encodeTx(tx)
	if err != nil {
		return err
	}
	var answers []struct {
		TxID    string `json:"txid"`
		Allowed bool   `json:"allowed"`
		Reason  string `json:"reject-reason"`
	}
	if err := c.call(ctx, maxAnswer, &answers, "testmempoolaccept", []string{raw}, maxFeeRate); err != nil {
		return err
	}
	if len(answers) != 1 || answers[0].TxID != id.String() {
		return fmt.Errorf("%s: testmempoolaccept: want an answer about %s, found another", c, id)
	}
	if !answers[0].Allowed {
		return &NotAcceptedError{id, words(answers[0].Reason)}
	}
	return nil
}

// Send gives a transaction to the node, to be relayed, and returns its id. That
// the node has it already, waiting or in a block, is success. What the node
// refuses is a *NotAcceptedError.
func (c *Client) Send(ctx context.Context, tx *wire.MsgTx) (chainhash.Hash, error) {
	raw, id, err := encodeTx(tx)
	if err != nil {
		return id, err
	}
	var answer string
	err = c.call(ctx, maxAnswer, &answer, "sendrawtransaction", raw)
	var refused *RPCError
	switch {
	case errors.As(err, &refused) && refused.Code == btcjson.ErrRPCVerifyAlreadyInChain:
		return id, nil
	case errors.As(err, &refused) && (refused.Code == btcjson.ErrRPCVerify || refused.Code == btcjson.ErrRPCVerifyRejected):
		return id, c.unlessKnown(ctx, id, &NotAcceptedError{id, refused.Words})
	case err != nil:
		return id, err
	case answer != id.String():
		return id, fmt.Errorf("%s: sendrawtransaction: want %s, found %q", c, id, words(answer))
	}
	return id, nil
}

// unlessKnown forgives a refusal of a transaction that the node has: btcd has no
// code of its own for one that waits already, and of one in a block, whose
// outputs are all spent by now, a node sees only that its inputs are gone.
func (c *Client) unlessKnown(ctx context.Context, id chainhash.Hash, refusal error) error {
	if _, _, err := c.Tx(ctx, id); err == nil {
		return nil
	}
	return refusal
}

func encodeTx(tx *wire.MsgTx) (string, chainhash.Hash, error) {
	if tx == nil || len(tx.TxIn) == 0 || len(tx.TxOut) == 0 || tx.SerializeSize() > maxBlock {
		return "", chainhash.Hash{}, errors.New("transaction: want one with inputs and outputs that fits into a block, found none")
	}
	var b bytes.Buffer
	if err := tx.Serialize(&b); err != nil {
		return "", chainhash.Hash{}, fmt.Errorf("transaction: %w", err)
	}
	return hex.EncodeToString(b.Bytes()), tx.TxHash(), nil
}

// parseTx reads a transaction in hex and demands that it has the id.
func parseTx(s string, id chainhash.Hash) (*wire.MsgTx, error) {
	raw, err := hex.DecodeString(s)
	if err != nil || len(raw) == 0 || len(raw) > maxBlock {
		return nil, fmt.Errorf("want a transaction of at most %d bytes in hex, found %d characters", maxBlock, len(s))
	}
	var tx wire.MsgTx
	r := bytes.NewReader(raw)
	if err := tx.Deserialize(r); err != nil {
		return nil, fmt.Errorf("want a transaction, found %w", err)
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("want the transaction to end, found %d more bytes", r.Len())
	}
	if found := tx.TxHash(); found != id {
		return nil, fmt.Errorf("want transaction %s, found %s", id, found)
	}
	return &tx, nil
}
