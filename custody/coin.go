package custody

import (
	"bytes"
	"cmp"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// Coin is an unspent output of a wallet.
type Coin struct {
	Outpoint wire.OutPoint
	Value    Amount
	Branch   Branch
	Index    uint32
	Height   uint32      // the block that holds it; 0 while it is in none
	Previous *wire.MsgTx // the whole transaction that made it, or nil
}

// compareCoins orders coins by value, the largest first, and equal ones by
// their outpoint, so that there is only one order.
func compareCoins(a, b Coin) int {
	return cmp.Or(
		cmp.Compare(b.Value, a.Value),
		bytes.Compare(a.Outpoint.Hash[:], b.Outpoint.Hash[:]),
		cmp.Compare(a.Outpoint.Index, b.Outpoint.Index),
	)
}

// DustLimit returns the smallest amount that an output of this script may carry
// to be relayed (Bitcoin Core's rule at its default of 3 sat/vB): three times
// the bytes of the output and of an input that spends it, 0 if nobody can spend
// it. For example 330 for P2WSH, 294 for P2WPKH, 546 for P2PKH.
func DustLimit(script []byte) Amount {
	const (
		spendPlain   = 32 + 4 + 1 + 107 + 4   // outpoint, length, signature and key, sequence
		spendWitness = 32 + 4 + 1 + 107/4 + 4 // the witness weighs a quarter
	)
	if txscript.IsUnspendable(script) {
		return 0
	}
	size := outputSize(script) + spendPlain
	if txscript.IsWitnessProgram(script) {
		size += spendWitness - spendPlain
	}
	return Amount(dustRelayFee * size)
}

// outputSize returns the bytes of a transaction output with this script.
func outputSize(script []byte) int64 {
	return int64(8 + wire.VarIntSerializeSize(uint64(len(script))) + len(script))
}

// WithdrawalVsize returns the virtual size of a transaction (BIP-141) that
// spends the given number of the wallet's coins into the output scripts, signed
// and complete. It is exact when every signature has the largest length, 72
// bytes with its type; each shorter one makes the transaction a quarter of a
// byte smaller. The numbers of inputs and outputs are not negative.
func WithdrawalVsize(d *Descriptor, inputs int, outputs [][]byte) int64 {
	const (
		fixed   = 4 + 4          // version, lock time
		input   = 32 + 4 + 1 + 4 // outpoint, empty script, sequence
		flags   = 2              // marker and flag of a witness
		scale   = 4              // weight units a plain byte
		dummies = 2              // the count of items, and CHECKMULTISIG's empty item
	)
	plain := int64(fixed + wire.VarIntSerializeSize(uint64(inputs)) + wire.VarIntSerializeSize(uint64(len(outputs))))
	plain += int64(inputs) * input
	for _, script := range outputs {
		plain += outputSize(script)
	}
	script := multisigFixed + d.N()*multisigKey
	witness := dummies + d.M()*(1+lowSSignature) + wire.VarIntSerializeSize(uint64(script)) + script
	weight := plain*scale + flags + int64(inputs)*int64(witness)
	return (weight + scale - 1) / scale
}
