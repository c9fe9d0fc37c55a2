package custody

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// ErrNotOwn is wrapped by every refusal of an input or output that is not the
// wallet's, or does not say where in the wallet it lies.
var ErrNotOwn = errors.New("not this wallet's")

// Claim returns the branch and index of d at which the input says its coin
// lies. Every derivation must have the origin of another key of d and agree on
// both. It is a claim only: whoever acts on it derives the script there and
// compares. Errors wrap ErrNotOwn.
func (in *PSBTInput) Claim(d *Descriptor) (Branch, uint32, error) { return claim(d, in.Derivations) }

// Claim returns the branch and index of d at which the output says its script
// lies, as PSBTInput.Claim does.
func (out *PSBTOutput) Claim(d *Descriptor) (Branch, uint32, error) {
	return claim(d, out.Derivations)
}

func claim(d *Descriptor, all []Derivation) (Branch, uint32, error) {
	if len(all) == 0 || len(all) > d.N() {
		return 0, 0, fmt.Errorf("want 1 to %d derivations, found %d: %w", d.N(), len(all), ErrNotOwn)
	}
	var seen [MaxCosigners]bool
	var branch, index uint32
	for i, v := range all {
		k, ok := d.originIndex(v)
		if !ok {
			return 0, 0, fmt.Errorf("derivation of %x: want the origin of one of the wallet's keys and two steps, found %s: %w",
				v.PublicKey, KeyOrigin{v.Fingerprint, v.Path}, ErrNotOwn)
		}
		if seen[k] {
			return 0, 0, fmt.Errorf("derivation of %x: want each of the wallet's keys once, found %x twice: %w", v.PublicKey, v.Fingerprint, ErrNotOwn)
		}
		seen[k] = true
		b, x := v.Path[len(v.Path)-2], v.Path[len(v.Path)-1]
		if b > uint32(Change) || x >= Hardened {
			return 0, 0, fmt.Errorf("derivation of %x: want branch 0 or 1 and an index below %d, found %s: %w",
				v.PublicKey, Hardened, KeyOrigin{v.Fingerprint, v.Path}, ErrNotOwn)
		}
		if i > 0 && (b != branch || x != index) {
			return 0, 0, fmt.Errorf("derivation of %x: want %d/%d like the one before, found %d/%d: %w", v.PublicKey, branch, index, b, x, ErrNotOwn)
		}
		branch, index = b, x
	}
	return Branch(branch), index, nil
}

// originIndex returns the key of d whose origin v begins with, two steps above
// its end. NewSortedMulti refuses two keys of one origin, so there is one at
// most.
func (d *Descriptor) originIndex(v Derivation) (int, bool) {
	for k := range d.keys {
		o := &d.keys[k].origin
		if o.Fingerprint == v.Fingerprint && len(v.Path) == len(o.Path)+2 && slices.Equal(o.Path, v.Path[:len(o.Path)]) {
			return k, true
		}
	}
	return 0, false
}

// OwnInput is an input that was found to spend a coin of the wallet: the
// script was derived from the descriptor and is the one that the full previous
// transaction pays.
type OwnInput struct {
	Script Script
	Value  Amount
}

// OwnInputs proves that every input spends a coin of wallet d: it takes each
// output spent from its full previous transaction, derives the script at the
// place that the input claims, and compares. A witness script in the packet
// must be the derived one; a redeem script must not be there. The work is
// spread over at most workers goroutines. Errors wrap ErrNotOwn, except those
// about the previous transaction.
func (p *PSBT) OwnInputs(d *Descriptor, workers int) ([]OwnInput, error) {
	own := make([]OwnInput, len(p.Inputs))
	var places [2][]uint32 // by branch, the indexes claimed
	var inputs [2][]int    // by branch, the inputs that claim them
	for i := range p.Inputs {
		b, index, err := p.Inputs[i].Claim(d)
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		places[b], inputs[b] = append(places[b], index), append(inputs[b], i)
	}
	for b := Receive; b <= Change; b++ {
		scripts, err := d.DeriveParallel(b, places[b], workers)
		if err != nil {
			return nil, err
		}
		for k, i := range inputs[b] {
			own[i].Script = scripts[k]
		}
	}
	err := eachInput(len(own), workers, func(i int) error { return p.ownInput(i, &own[i]) })
	if err != nil {
		return nil, err
	}
	return own, nil
}

// ownInput compares input i with the script derived for it and adds its value.
func (p *PSBT) ownInput(i int, own *OwnInput) error {
	spent, err := p.Spent(i)
	if err != nil {
		return err
	}
	in := &p.Inputs[i]
	if !bytes.Equal(spent.PkScript, own.Script.Output) {
		return fmt.Errorf("input %d: want the output script at %s, %x, found %x: %w", i, own.Script.place(), own.Script.Output, spent.PkScript, ErrNotOwn)
	}
	if in.WitnessScript != nil && !bytes.Equal(in.WitnessScript, own.Script.Witness) {
		return fmt.Errorf("input %d: want the witness script at %s, %x, found %x: %w", i, own.Script.place(), own.Script.Witness, in.WitnessScript, ErrNotOwn)
	}
	if in.RedeemScript != nil {
		return fmt.Errorf("input %d: want no redeem script for P2WSH, found %d bytes: %w", i, len(in.RedeemScript), ErrNotOwn)
	}
	own.Value = Amount(spent.Value)
	return nil
}

// place names where in the wallet the script lies, such as change/17.
func (s *Script) place() string { return fmt.Sprintf("%s/%d", s.Branch, s.Index) }

// SignedBy tells for each input which keys of d, by their place in d.Keys,
// have signed it. Every signature counted is verified; one that does not
// verify, or is by a key outside the script, is an error. A final input, which
// has no signatures to attribute any more, is an error too.
func SignedBy(p *PSBT, d *Descriptor) ([][]int, error) {
	workers := runtime.GOMAXPROCS(0)
	own, err := p.OwnInputs(d, workers)
	if err != nil {
		return nil, fmt.Errorf("signed by: %w", err)
	}
	hasher, signed := NewSighasher(p.Tx), make([][]int, len(own))
	err = eachInput(len(own), workers, func(i int) error {
		in := &p.Inputs[i]
		if in.final() {
			return fmt.Errorf("input %d: want partial signatures, found it final", i)
		}
		digest := hasher.Digest(i, own[i].Script.Witness, own[i].Value)
		for _, s := range in.PartialSigs {
			k := slices.Index(own[i].Script.Keys, s.PublicKey)
			if k < 0 {
				return foreignSignature(i, s)
			}
			if err := VerifyECDSA(s.PublicKey, digest, s.Signature); err != nil {
				return fmt.Errorf("input %d: key %d: %w", i, k+1, err)
			}
			signed[i] = append(signed[i], k)
		}
		slices.Sort(signed[i])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("signed by: %w", err)
	}
	return signed, nil
}

func foreignSignature(i int, s PartialSig) error {
	return fmt.Errorf("input %d: want signatures by the keys of its script, found one by %x: %w", i, s.PublicKey, ErrNotOwn)
}

// final says whether the input has its final scripts.
func (in *PSBTInput) final() bool { return in.FinalScriptWitness != nil || in.FinalScriptSig != nil }

// eachInput calls f for 0 to n-1 on at most workers goroutines. It returns the
// error with the lowest number, so that the answer does not depend on timing.
func eachInput(n, workers int, f func(i int) error) error {
	workers = max(1, min(workers, n, maxDeriveWorkers))
	errs, at := make([]error, workers), make([]int, workers)
	share := func(w int) {
		for i := w; i < n && errs[w] == nil; i += workers {
			errs[w], at[w] = f(i), i
		}
	}
	var wait sync.WaitGroup
	for w := 1; w < workers; w++ {
		wait.Go(func() { share(w) })
	}
	share(0)
	wait.Wait()
	first := -1
	for w, err := range errs {
		if err != nil && (first < 0 || at[w] < at[first]) {
			first = w
		}
	}
	if first < 0 {
		return nil
	}
	return errs[first]
}
