package node

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// What a node hands over as a header is hex of exactly that, or refused. Blocks
// and transactions are the ones asked for; their ids don't cover witnesses, and
// the library reads a transaction that is marked as having some and has none.
func FuzzAnswers(f *testing.F) {
	genesis := chaincfg.RegressionNetParams.GenesisBlock
	b := nextBlock(genesis, 3)
	f.Add(encode(genesis))
	f.Add(encode(b))
	f.Add(encode(b) + "00")
	f.Add(encode(&b.Header))
	f.Add(encode(b.Transactions[0]))
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToLower(s)
		raw, err := hex.DecodeString(s)
		if err != nil {
			return
		}
		if head, header, err := parseHeader(s, headHash(raw)); err == nil && (encode(header) != s || !bytes.Equal(head, raw)) {
			t.Errorf("header: want %s again, found %s", s, encode(header))
		}
		if block, err := parseBlock(s, headHash(raw)); err == nil {
			if _, err := parseBlock(encode(block), headHash(raw)); err != nil || len(encode(block)) > len(s) {
				t.Errorf("block: want %s again, found %s: %v", s, encode(block), err)
			}
		}
		var tx wire.MsgTx
		if tx.Deserialize(bytes.NewReader(raw)) != nil {
			return
		}
		if found, err := parseTx(s, tx.TxHash()); err == nil {
			if _, err := parseTx(encode(found), tx.TxHash()); err != nil || len(encode(found)) > len(s) {
				t.Errorf("transaction: want %s again, found %s: %v", s, encode(found), err)
			}
			if _, err := parseTx(s, chainhash.Hash{}); err == nil {
				t.Error("want a transaction of another id refused, found it taken")
			}
		}
	})
}

// headHash is the hash of the first 80 bytes.
func headHash(raw []byte) chainhash.Hash {
	return chainhash.DoubleHashH(raw[:min(len(raw), wire.MaxBlockHeaderPayload)])
}
