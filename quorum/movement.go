package quorum

import (
	"github.com/btcsuite/btcd/chainhash/v2"

	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Movement is how a proposal spends coins, of whatever kind it is.
type Movement struct {
	Wallet   text.ID      // whose coins are spent
	To       text.ID      // the wallet that every output goes to; empty for a withdrawal
	Tier     text.ID      // the maker's claim; the judge computes it; empty but for a withdrawal
	Pays     []record.Pay // in the author's order; none but for a withdrawal
	FeeMax   custody.Amount
	Total    custody.Amount // withdrawal: pays and fee ceiling; else the ceiling of the inputs' sum
	BindTx   *chainhash.Hash
	Replaces text.Hash // zero for none
}

func movementOf(b Body) Movement {
	switch b := b.(type) {
	case Withdrawal:
		return Movement{Wallet: b.Wallet, Tier: b.Tier, Pays: b.Pays, FeeMax: b.FeeMax, Total: b.Total, BindTx: b.BindTx, Replaces: b.Replaces}
	case Internal:
		return Movement{Wallet: b.Wallet, To: b.Wallet, FeeMax: b.FeeMax, Total: b.Moves, BindTx: b.BindTx, Replaces: b.Replaces}
	case Sweep:
		return Movement{Wallet: b.From, To: b.To, FeeMax: b.FeeMax, Total: b.Moves, BindTx: b.BindTx, Replaces: b.Replaces}
	}
	return Movement{}
}

// Withdrawal pays destinations that the policy lists.
type Withdrawal struct {
	Tier     text.ID // the maker's claim; the judge computes it
	Wallet   text.ID
	Pays     []record.Pay
	FeeMax   custody.Amount
	Total    custody.Amount  // pays and fee ceiling together
	BindTx   *chainhash.Hash // nil binds the outputs only
	Replaces text.Hash       // zero for none
}

// Kind returns KindWithdrawal.
func (Withdrawal) Kind() Kind { return KindWithdrawal }

func (b Withdrawal) write(w *text.Writer, n custody.Network) {
	w.Line("tier", string(b.Tier))
	w.Line("wallet", string(b.Wallet))
	for _, p := range b.Pays {
		w.Line("pay", p.Fields(n)...)
	}
	w.Line("fee-max", b.FeeMax.String(), n.Unit())
	w.Line("total", b.Total.String(), n.Unit())
	writeBind(w, "outputs", b.BindTx)
	w.Line("replaces", b.Replaces.OrNone())
}

func readWithdrawal(r *text.Reader, n custody.Network) Body {
	var b Withdrawal
	b.Tier = text.Value(r, "tier", r.Field("tier"), text.ParseID)
	b.Wallet = text.Value(r, "wallet", r.Field("wallet"), text.ParseID)
	for len(b.Pays) == 0 || r.At("pay") && len(b.Pays) < record.MaxPays {
		b.Pays = append(b.Pays, record.ReadPay(r, n))
	}
	b.FeeMax = record.ReadCoin(r, "fee-max", n)
	b.Total = record.ReadCoin(r, "total", n)
	b.BindTx = readBind(r, "outputs")
	b.Replaces = text.Value(r, "replaces", r.Field("replaces"), text.HashOrNone("an id"))
	return b
}

// Internal pays the wallet whose coins it spends: many coins become few, or a
// stuck withdrawal is replaced by one that leads back.
type Internal struct {
	Wallet   text.ID
	Moves    custody.Amount // the most that its inputs may come to
	FeeMax   custody.Amount
	BindTx   *chainhash.Hash
	Replaces text.Hash
}

// Kind returns KindInternal.
func (Internal) Kind() Kind { return KindInternal }

func (b Internal) write(w *text.Writer, n custody.Network) {
	w.Line("wallet", string(b.Wallet))
	writeMoves(w, n, b.Moves, b.FeeMax, b.BindTx, b.Replaces)
}

func readInternal(r *text.Reader, n custody.Network) Body {
	b := Internal{Wallet: text.Value(r, "wallet", r.Field("wallet"), text.ParseID)}
	b.Moves, b.FeeMax, b.BindTx, b.Replaces = readMoves(r, n)
	return b
}

// Sweep moves one wallet's coins to the wallet in state next, or what a retired
// one was paid late to an active one.
type Sweep struct {
	From, To text.ID
	Moves    custody.Amount // the most that its inputs may come to
	FeeMax   custody.Amount
	BindTx   *chainhash.Hash
	Replaces text.Hash
}

// Kind returns KindSweep.
func (Sweep) Kind() Kind { return KindSweep }

func (b Sweep) write(w *text.Writer, n custody.Network) {
	w.Line("from", string(b.From))
	w.Line("to", string(b.To))
	writeMoves(w, n, b.Moves, b.FeeMax, b.BindTx, b.Replaces)
}

func readSweep(r *text.Reader, n custody.Network) Body {
	b := Sweep{From: text.Value(r, "from", r.Field("from"), text.ParseID), To: text.Value(r, "to", r.Field("to"), text.ParseID)}
	b.Moves, b.FeeMax, b.BindTx, b.Replaces = readMoves(r, n)
	return b
}

func writeMoves(w *text.Writer, n custody.Network, moves, fee custody.Amount, bind *chainhash.Hash, replaces text.Hash) {
	w.Line("moves", moves.String(), n.Unit())
	w.Line("fee-max", fee.String(), n.Unit())
	writeBind(w, "none", bind)
	w.Line("replaces", replaces.OrNone())
}

func readMoves(r *text.Reader, n custody.Network) (moves, fee custody.Amount, bind *chainhash.Hash, replaces text.Hash) {
	moves = record.ReadCoin(r, "moves", n)
	fee = record.ReadCoin(r, "fee-max", n)
	bind = readBind(r, "none")
	return moves, fee, bind, text.Value(r, "replaces", r.Field("replaces"), text.HashOrNone("an id"))
}

// writeBind writes what binds the transaction; loose is the word for nothing
// but what the text says.
func writeBind(w *text.Writer, loose string, tx *chainhash.Hash) {
	if tx == nil {
		w.Line("bind", loose)
		return
	}
	w.Line("bind", "txid", tx.String())
}

func readBind(r *text.Reader, loose string) *chainhash.Hash {
	f := r.Fields("bind")
	if len(f) == 1 && f[0] == loose {
		return nil
	}
	if len(f) == 2 && f[0] == "txid" {
		h := text.Value(r, "bind", f[1], record.ParseTxID)
		return &h
	}
	r.Refuse("want \"bind %s\" or \"bind txid TXID\", found another form", loose)
	return nil
}
