package quorum

import (
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/chainhash/v2"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Kind is what a proposal asks for, by its name in the text.
type Kind string

// KindWithdrawal pays listed destinations from one wallet. It is the one kind
// that is judged so far; texts of every other kind are refused by name.
const KindWithdrawal Kind = "withdrawal"

// Block is a block of the chain, by height and by hash in display order.
type Block struct {
	Height uint32
	Hash   text.Hash
}

// Seen says how far a signer's log had grown when the proposal was made.
type Seen struct {
	Device text.ID
	Size   int64
	Root   auditlog.Root
}

// Withdrawal is what a withdrawal's text says. Whoever signs the text signs all
// of it, so approvals also witness the policy, the block and the logs named.
type Withdrawal struct {
	Vault         text.ID
	Network       custody.Network
	Genesis       text.Hash
	PolicyVersion uint64
	PolicyHash    text.Hash
	Block         Block
	Seen          []Seen // sorted by device
	Maker         text.ID
	Salt          [16]byte // random, so that equal orders have different ids
	Tier          text.ID  // the maker's claim; the judge computes it
	Wallet        text.ID
	Pays          []record.Pay
	FeeMax        custody.Amount
	Total         custody.Amount // pays and fee ceiling together
	BindTx        *chainhash.Hash
	Replaces      text.Hash // zero for none
	Expires       uint32    // the last block height at which it may be released
	Memo          string
}

// Proposal is a withdrawal's text that was parsed: what it says, the exact
// bytes, and its identity.
type Proposal struct {
	Withdrawal
	raw []byte
	id  text.Hash
}

// ID returns the proposal's identity, the SHA-256 of its text.
func (p *Proposal) ID() text.Hash { return p.id }

// Bytes returns the exact text that was parsed.
func (p *Proposal) Bytes() []byte { return slices.Clone(p.raw) }

// Bytes renders the withdrawal as its canonical text.
func (w Withdrawal) Bytes() ([]byte, error) {
	t := text.NewWriter(text.Proposal)
	t.Line("kind", string(KindWithdrawal))
	t.Line("vault", string(w.Vault))
	t.Line("chain", w.Network.String())
	t.Line("genesis", w.Genesis.String())
	t.Line("policy", text.FormatUint(w.PolicyVersion), w.PolicyHash.String())
	t.Line("block", text.FormatUint(w.Block.Height), w.Block.Hash.String())
	for _, s := range w.Seen {
		t.Line("seen", string(s.Device), text.FormatUint(uint64(s.Size)), s.Root.String())
	}
	t.Line("maker", string(w.Maker))
	t.Line("salt", hex.EncodeToString(w.Salt[:]))
	t.Line("tier", string(w.Tier))
	t.Line("wallet", string(w.Wallet))
	for _, p := range w.Pays {
		t.Line("pay", p.Fields(w.Network)...)
	}
	t.Line("fee-max", w.FeeMax.String(), w.Network.Unit())
	t.Line("total", w.Total.String(), w.Network.Unit())
	if w.BindTx == nil {
		t.Line("bind", "outputs")
	} else {
		t.Line("bind", "txid", w.BindTx.String())
	}
	t.Line("replaces", w.Replaces.OrNone())
	t.Line("expires", text.FormatUint(w.Expires))
	t.Line("memo", w.Memo)
	return t.Bytes()
}

// ParseProposal reads a withdrawal's text. A proposal of another kind is
// refused by name, wherever it comes from.
func ParseProposal(b []byte) (*Proposal, error) {
	r, err := text.Open(b, text.Proposal)
	if err != nil {
		return nil, err
	}
	if k := Kind(r.Field("kind")); r.Err() == nil && k != KindWithdrawal {
		return nil, &kindError{k}
	}
	if len(b) > maxWithdrawal {
		return nil, &text.Error{Code: text.CodeSize, Text: fmt.Sprintf("withdrawal: want at most %d bytes, found %d", maxWithdrawal, len(b))}
	}
	w := readWithdrawal(r)
	if err := r.Close(); err != nil {
		return nil, err
	}
	again, err := w.Bytes()
	if err != nil {
		return nil, err
	}
	if err := text.Canonical(b, again); err != nil {
		return nil, err
	}
	return &Proposal{Withdrawal: w, raw: slices.Clone(b), id: text.Identity(b)}, nil
}

func readWithdrawal(r *text.Reader) Withdrawal {
	var w Withdrawal
	w.Vault = text.Value(r, "vault", r.Field("vault"), text.ParseID)
	w.Network = text.Value(r, "chain", r.Field("chain"), custody.ParseNetwork)
	w.Genesis = text.Value(r, "genesis", r.Field("genesis"), text.ParseHash)
	f := r.Line("policy", 2)
	w.PolicyVersion = text.Uint[uint64](r, "policy", f[0], 1<<32)
	w.PolicyHash = text.Value(r, "policy", f[1], text.ParseHash)
	w.Block = readBlock(r)
	w.Seen = readSeen(r)
	w.Maker = text.Value(r, "maker", r.Field("maker"), text.ParseID)
	copy(w.Salt[:], text.Value(r, "salt", r.Field("salt"), func(s string) ([]byte, error) { return text.ParseHex(s, len(w.Salt)) }))
	w.Tier = text.Value(r, "tier", r.Field("tier"), text.ParseID)
	w.Wallet = text.Value(r, "wallet", r.Field("wallet"), text.ParseID)
	for len(w.Pays) == 0 || r.At("pay") && len(w.Pays) < record.MaxPays {
		w.Pays = append(w.Pays, record.ReadPay(r, w.Network))
	}
	w.FeeMax = record.ReadCoin(r, "fee-max", w.Network)
	w.Total = record.ReadCoin(r, "total", w.Network)
	w.BindTx = readBind(r)
	w.Replaces = text.Value(r, "replaces", r.Field("replaces"), text.HashOrNone("an id"))
	w.Expires = text.Uint[uint32](r, "expires", r.Field("expires"), record.MaxHeight)
	_, w.Memo = r.Rest("memo", 0)
	return w
}

func readBlock(r *text.Reader) Block {
	f := r.Line("block", 2)
	return Block{Height: text.Uint[uint32](r, "block", f[0], record.MaxHeight), Hash: text.Value(r, "block", f[1], text.ParseHash)}
}

func readSeen(r *text.Reader) []Seen {
	var list []Seen
	for len(list) == 0 || r.At("seen") && len(list) < maxSeen {
		f := r.Line("seen", 3)
		list = append(list, Seen{
			Device: text.Value(r, "seen", f[0], text.ParseID),
			Size:   int64(text.Uint[uint64](r, "seen", f[1], maxSize)),
			Root:   text.Value(r, "seen", f[2], auditlog.ParseRoot),
		})
		if n := len(list); n > 1 && list[n-2].Device >= list[n-1].Device {
			r.Refuse("want seen lines sorted and one a signer, found %s after %s", list[n-1].Device, list[n-2].Device)
		}
	}
	return list
}

func readBind(r *text.Reader) *chainhash.Hash {
	f := r.Fields("bind")
	if len(f) == 1 && f[0] == "outputs" {
		return nil
	}
	if len(f) == 2 && f[0] == "txid" {
		h := text.Value(r, "bind", f[1], record.ParseTxID)
		return &h
	}
	r.Refuse("want \"bind outputs\" or \"bind txid TXID\", found another form")
	return nil
}

// kindError refuses a kind that is not judged.
type kindError struct{ kind Kind }

func (e *kindError) Error() string {
	return fmt.Sprintf("kind: want withdrawal, found %q, which this version of the program does not judge", string(e.kind))
}

func (e *kindError) Reason() string { return string(TextKind) }
