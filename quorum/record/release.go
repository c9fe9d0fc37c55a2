package record

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// Released says that a withdrawal was judged and is about to be signed. It is
// on disk before the first signature exists, so limits can only ever count too
// much.
//
// A release without a tier pays nobody: all its outputs belong to the vault's
// own wallet To and are listed as change. Where there is a tier, the change
// belongs to Wallet and To is empty; the text says nothing of it then.
type Released struct {
	ID       text.Hash      // the proposal
	Replaces text.Hash      // the proposal it replaces; zero for none
	Wallet   text.ID        // the wallet spent from
	Tier     text.ID        // the tier it was judged in; empty for none
	To       text.ID        // the wallet that the outputs belong to; empty where there is a tier
	Total    custody.Amount // sum of the pays and the fee ceiling
	Pays     []Pay          // in the author's order; none without a tier
	Fee      custody.Amount // the highest rung's fee
	Rungs    []Rung         // one a transaction, differing in fee only
}

// Rung is one transaction of a release: what it spends and what comes back.
type Rung struct {
	TxID   chainhash.Hash
	Inputs []wire.OutPoint // sorted by their text
	Change []Change
}

// Change is an output that returns to a wallet's change branch.
type Change struct {
	Vout   uint32
	Index  uint32
	Amount custody.Amount
}

// Signed says that the released transaction was signed, and what the signed
// PSBT hashes to.
type Signed struct {
	ID   text.Hash
	TxID chainhash.Hash
	PSBT text.Hash
}

// Kind returns KindReleased.
func (Released) Kind() Kind { return KindReleased }

// Kind returns KindSigned.
func (Signed) Kind() Kind { return KindSigned }

func (b Released) write(w *text.Writer, n custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("replaces", b.Replaces.OrNone())
	w.Line("wallet", string(b.Wallet))
	w.Line("tier", cmp.Or(string(b.Tier), "none"))
	if b.Tier == "" || b.To != "" { // with both, a line that no reader takes
		w.Line("to", string(b.To))
	}
	w.Line("total", b.Total.String(), n.Unit())
	for _, p := range b.Pays {
		w.Line("pay", p.Fields(n)...)
	}
	w.Line("fee", b.Fee.String(), n.Unit())
	for _, g := range b.Rungs {
		w.Line("txid", g.TxID.String())
		for _, in := range g.Inputs {
			w.Line("input", in.String())
		}
		for _, c := range g.Change {
			w.Line("change", text.FormatUint(c.Vout), text.FormatUint(c.Index), c.Amount.String(), n.Unit())
		}
	}
}

func readReleased(r *text.Reader, n custody.Network) Body {
	var b Released
	b.ID = readHash(r, "id")
	b.Replaces = text.Value(r, "replaces", r.Field("replaces"), text.HashOrNone("a hash"))
	b.Wallet = readID(r, "wallet")
	pays, change := MaxPays, maxChange
	if t := r.Field("tier"); t != "none" {
		b.Tier = text.Value(r, "tier", t, text.ParseID)
	} else {
		b.To = readID(r, "to")
		pays, change = 0, maxOwnOutputs
	}
	b.Total = ReadCoin(r, "total", n)
	for r.At("pay") && len(b.Pays) < pays {
		b.Pays = append(b.Pays, ReadPay(r, n))
	}
	b.Fee = ReadCoin(r, "fee", n)
	for r.At("txid") && len(b.Rungs) < maxRungs {
		b.Rungs = append(b.Rungs, readRung(r, n, change))
	}
	if len(b.Rungs) == 0 {
		r.Refuse("want at least one txid, found none")
	}
	return b
}

func readRung(r *text.Reader, n custody.Network, change int) Rung {
	g := Rung{TxID: text.Value(r, "txid", r.Field("txid"), ParseTxID)}
	for r.At("input") && len(g.Inputs) < MaxInputs {
		g.Inputs = append(g.Inputs, text.Value(r, "input", r.Field("input"), ParseOutPoint))
	}
	if len(g.Inputs) == 0 || !slices.IsSortedFunc(g.Inputs, CompareOutPoints) {
		r.Refuse("want at least one input, sorted, found %d", len(g.Inputs))
	}
	for r.At("change") && len(g.Change) < change {
		f := r.Line("change", 4)
		g.Change = append(g.Change, Change{
			Vout:   text.Uint[uint32](r, "change", f[0], MaxInputs),
			Index:  text.Uint[uint32](r, "change", f[1], maxIndex),
			Amount: ReadAmount(r, "change", f[2], f[3], n),
		})
	}
	return g
}

func (b Signed) write(w *text.Writer, _ custody.Network) {
	w.Line("id", b.ID.String())
	w.Line("txid", b.TxID.String())
	w.Line("psbt", b.PSBT.String())
}

func readSigned(r *text.Reader, _ custody.Network) Body {
	return Signed{
		ID:   text.Value(r, "id", r.Field("id"), text.ParseHash),
		TxID: text.Value(r, "txid", r.Field("txid"), ParseTxID),
		PSBT: text.Value(r, "psbt", r.Field("psbt"), text.ParseHash),
	}
}

// ParseTxID reads a transaction id: 64 lower-case hex digits in display order.
func ParseTxID(s string) (chainhash.Hash, error) {
	var h chainhash.Hash
	b, err := text.ParseHex(s, len(h))
	if err != nil {
		return h, err
	}
	slices.Reverse(b)
	copy(h[:], b)
	return h, nil
}

// ParseOutPoint reads TXID:VOUT.
func ParseOutPoint(s string) (wire.OutPoint, error) {
	id, vout, ok := strings.Cut(s, ":")
	if !ok {
		return wire.OutPoint{}, fmt.Errorf("want TXID:VOUT, found %q", s)
	}
	h, err := ParseTxID(id)
	if err != nil {
		return wire.OutPoint{}, err
	}
	n, err := text.ParseUint(vout, 1<<32-1)
	if err != nil {
		return wire.OutPoint{}, err
	}
	return wire.OutPoint{Hash: h, Index: uint32(n)}, nil
}

// CompareOutPoints orders outpoints as a record lists them: by transaction id
// in display order, then by output number.
func CompareOutPoints(a, b wire.OutPoint) int {
	return cmp.Or(strings.Compare(hex.EncodeToString(reversed(a.Hash)), hex.EncodeToString(reversed(b.Hash))), cmp.Compare(a.Index, b.Index))
}

func reversed(h chainhash.Hash) []byte {
	b := h[:]
	b = slices.Clone(b)
	slices.Reverse(b)
	return b
}
