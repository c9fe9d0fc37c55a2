package custody

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"
)

// sequenceReplaceable lets a transaction be replaced by one with a higher fee
// (BIP-125), and makes its locktime count.
const sequenceReplaceable = 0xfffffffd

// Output is a payment: a script and what it is given.
type Output struct {
	Script []byte
	Value  Amount
}

// ChangeOutput is what goes back to the wallet: Value to the script at Index
// of its change branch.
type ChangeOutput struct {
	Index uint32
	Value Amount
}

// NewPSBT makes the packet of a transaction that spends coins of wallet d to
// pays and, unless it is nil, to change; what is left is the fee (creator and
// updater of BIP-174). Signers find in it all that they must not believe the
// desk: full previous transactions, scripts and derivations.
//
// The result depends on nothing but the arguments, and not on the order of
// coins and pays: version 2, replaceable, inputs and outputs sorted by BIP-69.
// lockTime is a block height or 0. Every coin must be what its previous
// transaction says; no output may be dust.
func NewPSBT(d *Descriptor, coins []Coin, pays []Output, change *ChangeOutput, lockTime uint32) (*PSBT, error) {
	if n := len(pays); n > maxTxOutputs-1 || n == 0 && change == nil {
		return nil, fmt.Errorf("build: want 1 to %d outputs, found %d", maxTxOutputs-1, n)
	}
	var back []ChangeOutput
	if change != nil {
		back = []ChangeOutput{*change}
	}
	return build(d, coins, pays, d, back, lockTime)
}

// NewOwnPSBT is NewPSBT for a transaction that pays nobody: it moves coins of
// wallet from to addresses on the change branch of wallet to, which may be the
// same. Each index is given once.
func NewOwnPSBT(from *Descriptor, coins []Coin, to *Descriptor, outs []ChangeOutput, lockTime uint32) (*PSBT, error) {
	if n := len(outs); n < 1 || n > maxTxOutputs {
		return nil, fmt.Errorf("build: want 1 to %d outputs, found %d", maxTxOutputs, n)
	}
	used := make(map[uint32]bool, len(outs))
	for _, o := range outs {
		if used[o.Index] {
			return nil, fmt.Errorf("build: want each change address once, found index %d twice", o.Index)
		}
		used[o.Index] = true
	}
	return build(from, coins, nil, to, outs, lockTime)
}

// build makes a packet of coins of from, payments, and outputs on the change
// branch of to.
func build(from *Descriptor, coins []Coin, pays []Output, to *Descriptor, back []ChangeOutput, lockTime uint32) (*PSBT, error) {
	if n := len(coins); n < 1 || n > maxTxInputs {
		return nil, fmt.Errorf("build: want 1 to %d coins, found %d", maxTxInputs, n)
	}
	if lockTime > maxLockHeight {
		return nil, fmt.Errorf("build: want a locktime of at most block %d, found %d", maxLockHeight, lockTime)
	}
	p := &PSBT{Tx: wire.NewMsgTx(2)}
	p.Tx.LockTime = lockTime
	if err := p.addCoins(from, coins); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if err := p.addOutputs(pays, to, back); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	if _, err := p.Fee(); err != nil {
		return nil, fmt.Errorf("build: %w", err)
	}
	// Read back what was built: the packet then shares no memory with the
	// coins, and holds everything that the reader asks for.
	return ParsePSBT(p.Bytes())
}

// addCoins adds an input for each coin, sorted by txid as it is displayed,
// then by output (BIP-69).
func (p *PSBT) addCoins(d *Descriptor, coins []Coin) error {
	coins = slices.Clone(coins)
	slices.SortFunc(coins, func(a, b Coin) int { return comparePoints(a.Outpoint, b.Outpoint) })
	var places [2][]uint32
	for _, c := range coins {
		if c.Branch > Change {
			return fmt.Errorf("coin %s: want branch 0 or 1, found %d", c.Outpoint, c.Branch)
		}
		places[c.Branch] = append(places[c.Branch], c.Index)
	}
	var scripts [2][]Script
	for b := range scripts {
		var err error
		if scripts[b], err = d.DeriveMany(Branch(b), places[b]); err != nil {
			return err
		}
	}
	for i, c := range coins {
		if i > 0 && coins[i-1].Outpoint == c.Outpoint {
			return fmt.Errorf("coin %s: want each coin once, found it twice", c.Outpoint)
		}
		script := scripts[c.Branch][0]
		scripts[c.Branch] = scripts[c.Branch][1:]
		if err := checkCoin(c, script); err != nil {
			return fmt.Errorf("coin %s: %w", c.Outpoint, err)
		}
		p.Tx.AddTxIn(&wire.TxIn{PreviousOutPoint: c.Outpoint, Sequence: sequenceReplaceable})
		p.Inputs = append(p.Inputs, PSBTInput{
			Previous:    c.Previous,
			WitnessUTXO: &wire.TxOut{Value: int64(c.Value), PkScript: script.Output},
			Sighash:     SighashAll, HasSighash: true,
			WitnessScript: script.Witness,
			Derivations:   d.derivations(script),
		})
	}
	return nil
}

// comparePoints orders outpoints by BIP-69. A hash is kept in the reverse of
// the order in which it is displayed.
func comparePoints(a, b wire.OutPoint) int {
	for i := len(a.Hash) - 1; i >= 0; i-- {
		if a.Hash[i] != b.Hash[i] {
			return cmp.Compare(a.Hash[i], b.Hash[i])
		}
	}
	return cmp.Compare(a.Index, b.Index)
}

// checkCoin holds a coin against its previous transaction and its script.
func checkCoin(c Coin, s Script) error {
	if c.Previous == nil {
		return fmt.Errorf("want the full previous transaction, found none")
	}
	if id := c.Previous.TxHash(); id != c.Outpoint.Hash {
		return fmt.Errorf("want the previous transaction %s, found %s", c.Outpoint.Hash, id)
	}
	if uint64(c.Outpoint.Index) >= uint64(len(c.Previous.TxOut)) {
		return fmt.Errorf("want output %d, found %d outputs", c.Outpoint.Index, len(c.Previous.TxOut))
	}
	out := c.Previous.TxOut[c.Outpoint.Index]
	if out.Value != int64(c.Value) {
		return fmt.Errorf("want a value of %s, found %s", c.Value, Amount(out.Value))
	}
	if !bytes.Equal(out.PkScript, s.Output) {
		return fmt.Errorf("want the script at %s, %x, found %x", s.place(), s.Output, out.PkScript)
	}
	return nil
}

// derivations says where each key of a script comes from.
func (d *Descriptor) derivations(s Script) []Derivation {
	all := make([]Derivation, len(s.Keys))
	for k := range all {
		o := &d.keys[k].origin
		path := append(slices.Clone(o.Path), uint32(s.Branch), s.Index)
		all[k] = Derivation{PublicKey: s.Keys[k], Fingerprint: o.Fingerprint, Path: path}
	}
	return all
}

// outputLine is an output on its way into a packet, with what is said of it.
type outputLine struct {
	Output
	said PSBTOutput
}

// addOutputs adds the payments and what goes back to the change branch of d,
// sorted by value, then by script (BIP-69).
func (p *PSBT) addOutputs(pays []Output, d *Descriptor, back []ChangeOutput) error {
	var lines []outputLine
	for i, pay := range pays {
		if err := checkOutput(pay); err != nil {
			return fmt.Errorf("payment %d: %w", i+1, err)
		}
		lines = append(lines, outputLine{Output: pay})
	}
	for _, b := range back {
		s, err := d.Derive(Change, b.Index)
		if err != nil {
			return fmt.Errorf("change: %w", err)
		}
		out := Output{s.Output, b.Value}
		if err := checkOutput(out); err != nil {
			return fmt.Errorf("change: %w", err)
		}
		lines = append(lines, outputLine{out, PSBTOutput{WitnessScript: s.Witness, Derivations: d.derivations(s)}})
	}
	slices.SortStableFunc(lines, func(a, b outputLine) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), bytes.Compare(a.Script, b.Script))
	})
	for _, l := range lines {
		p.Tx.AddTxOut(&wire.TxOut{Value: int64(l.Value), PkScript: l.Script})
		p.Outputs = append(p.Outputs, l.said)
	}
	return nil
}

// checkOutput refuses what the network would not relay or count.
func checkOutput(o Output) error {
	if !o.Value.Valid() {
		return fmt.Errorf("want a value of 0 to %s, found %s: %w", MaxAmount, o.Value, ErrAmountRange)
	}
	if least := DustLimit(o.Script); o.Value < least {
		return fmt.Errorf("want at least %s, below which it is dust, found %s", least, o.Value)
	}
	return nil
}
