package custody

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"
)

// MissingError says that an input has too few good signatures, and whose are
// missing.
type MissingError struct {
	Input   int       // the input, from 0
	Have    int       // good signatures
	Need    int       // good signatures needed, M
	Of      int       // keys in all, N
	Missing []Missing // the keys without a good signature, in the order of Descriptor.Keys
}

// Missing is one key without a good signature.
type Missing struct {
	Key         int     // its place in Descriptor.Keys
	Fingerprint [4]byte // of its origin
	Refused     error   // why its signature does not count; nil when there is none
}

// Error names the input, the numbers and the cosigners by fingerprint.
func (e *MissingError) Error() string {
	names := make([]string, len(e.Missing))
	for i, m := range e.Missing {
		names[i] = hex.EncodeToString(m.Fingerprint[:])
		if m.Refused != nil {
			names[i] += fmt.Sprintf(" (%v)", m.Refused)
		}
	}
	return fmt.Sprintf("input %d: want %d of %d signatures, found %d; missing: %s", e.Input, e.Need, e.Of, e.Have, strings.Join(names, ", "))
}

// Finalize turns the signatures of every input into its final witness (the
// input finalizer of BIP-174). It trusts no script in the packet: each is
// derived from d at the place that the input claims and compared, as OwnInputs
// does. It takes the first M good signatures in the order of the script's
// keys, so the same signatures always make the same transaction. Of a
// finalized input only the UTXO fields, the final witness and unknown entries
// are left. p does not change. An input with too few good signatures is a
// *MissingError.
func Finalize(p *PSBT, d *Descriptor) (*PSBT, error) {
	if len(p.Inputs) == 0 {
		return nil, fmt.Errorf("finalize: want inputs, found none")
	}
	workers := runtime.GOMAXPROCS(0)
	own, err := p.OwnInputs(d, workers)
	if err != nil {
		return nil, fmt.Errorf("finalize: %w", err)
	}
	out := &PSBT{Tx: p.Tx, Inputs: make([]PSBTInput, len(p.Inputs)), Outputs: p.Outputs, XPubs: p.XPubs, Unknown: p.Unknown}
	hasher := NewSighasher(p.Tx)
	err = eachInput(len(own), workers, func(i int) error {
		in := &p.Inputs[i]
		if err := finalizable(i, in, &own[i].Script); err != nil {
			return err
		}
		digest := hasher.Digest(i, own[i].Script.Witness, own[i].Value)
		sigs, err := firstGood(i, in, d, &own[i].Script, digest)
		if err != nil {
			return err
		}
		out.Inputs[i] = PSBTInput{
			Previous: in.Previous, previousRaw: in.previousRaw, WitnessUTXO: in.WitnessUTXO, Unknown: in.Unknown,
			FinalScriptWitness: multisigWitness(sigs, own[i].Script.Witness),
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("finalize: %w", err)
	}
	return out, nil
}

// finalizable refuses what no signature could mend.
func finalizable(i int, in *PSBTInput, s *Script) error {
	if in.final() {
		return fmt.Errorf("input %d: want partial signatures, found it final already", i)
	}
	if in.HasSighash && in.Sighash != SighashAll {
		return fmt.Errorf("input %d: want sighash type %d (ALL), found %d", i, SighashAll, in.Sighash)
	}
	for _, sig := range in.PartialSigs {
		if !slices.Contains(s.Keys, sig.PublicKey) {
			return foreignSignature(i, sig)
		}
	}
	return nil
}

// firstGood returns the first M good signatures in the order of the script's
// keys, which is the order of their bytes (BIP-67).
func firstGood(i int, in *PSBTInput, d *Descriptor, s *Script, digest [32]byte) ([][]byte, error) {
	order := make([]int, len(s.Keys))
	for k := range order {
		order[k] = k
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(s.Keys[a][:], s.Keys[b][:]) })
	var good [][]byte
	var missing []Missing
	for _, k := range order {
		sig, refused := in.signature(s.Keys[k]), error(nil)
		if sig != nil {
			refused = VerifyECDSA(s.Keys[k], digest, sig)
		}
		if sig == nil || refused != nil {
			missing = append(missing, Missing{k, d.keys[k].origin.Fingerprint, refused})
			continue
		}
		if good = append(good, sig); len(good) == d.m {
			return good, nil
		}
	}
	slices.SortFunc(missing, func(a, b Missing) int { return a.Key - b.Key })
	return nil, &MissingError{Input: i, Have: len(good), Need: d.m, Of: len(s.Keys), Missing: missing}
}

// signature returns the partial signature by a key, or nil.
func (in *PSBTInput) signature(key [33]byte) []byte {
	for i := range in.PartialSigs {
		if in.PartialSigs[i].PublicKey == key {
			return in.PartialSigs[i].Signature
		}
	}
	return nil
}

// multisigWitness serializes the witness of a P2WSH multisig input: the empty
// item that OP_CHECKMULTISIG takes too many, the signatures, the script.
func multisigWitness(sigs [][]byte, script []byte) []byte {
	b := appendCompact(nil, uint64(len(sigs)+2))
	b = append(b, 0)
	for _, s := range sigs {
		b = append(appendCompact(b, uint64(len(s))), s...)
	}
	return append(appendCompact(b, uint64(len(script))), script...)
}

// Extract returns the signed transaction of a packet whose inputs are all
// final (the transaction extractor of BIP-174). It runs the script of every
// input under standard rules, with the value from the full previous
// transaction, and demands outputs worth at most the inputs.
func Extract(p *PSBT) (*wire.MsgTx, error) {
	if len(p.Inputs) == 0 {
		return nil, fmt.Errorf("extract: want inputs, found none")
	}
	if _, err := p.Fee(); err != nil {
		return nil, fmt.Errorf("extract: %w", err)
	}
	tx, spent := p.Tx.Copy(), make(map[wire.OutPoint]*wire.TxOut, len(p.Inputs))
	for i := range p.Inputs {
		in := &p.Inputs[i]
		if !in.final() {
			return nil, fmt.Errorf("extract: input %d: want its final witness, found none", i)
		}
		out, err := p.Spent(i)
		if err != nil {
			return nil, fmt.Errorf("extract: %w", err)
		}
		spent[tx.TxIn[i].PreviousOutPoint] = out
		tx.TxIn[i].SignatureScript = bytes.Clone(in.FinalScriptSig)
		if in.FinalScriptWitness == nil {
			continue
		}
		if tx.TxIn[i].Witness, err = readWitness(bytes.Clone(in.FinalScriptWitness)); err != nil {
			return nil, fmt.Errorf("extract: input %d: final witness: %w", i, err)
		}
	}
	if err := runScripts(tx, spent); err != nil {
		return nil, fmt.Errorf("extract: %w", err)
	}
	return tx, nil
}

// runScripts runs the script of every input under standard rules.
func runScripts(tx *wire.MsgTx, spent map[wire.OutPoint]*wire.TxOut) error {
	fetcher := txscript.NewMultiPrevOutFetcher(spent)
	hashes := txscript.NewTxSigHashes(tx, fetcher)
	return eachInput(len(tx.TxIn), runtime.GOMAXPROCS(0), func(i int) error {
		out := spent[tx.TxIn[i].PreviousOutPoint]
		vm, err := txscript.NewEngine(out.PkScript, tx, i, txscript.StandardVerifyFlags, nil, hashes, out.Value, fetcher)
		if err != nil {
			return fmt.Errorf("input %d: want a script that can be run: %w", i, err)
		}
		if err := vm.Execute(); err != nil {
			return fmt.Errorf("input %d: want a script that succeeds: %w", i, err)
		}
		return nil
	})
}
