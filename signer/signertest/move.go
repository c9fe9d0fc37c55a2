package signertest

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// NextID is the wallet of WithNext.
const NextID text.ID = "vault-2"

// WithNext gives the vault a second wallet in state next: 2-of-3 with the keys of
// signer-a and signer-b, and that of a hardware wallet, Spare.
func WithNext() Option { return func(o *options) { o.next = true } }

// addNext makes the second wallet and names it in a policy.
func (v *Vault) addNext(p *policy.Policy) (*policy.Policy, error) {
	v.Spare = NewHardware(v.t, "spare")
	w, cosigners, err := v.WithHardware(v.Spare)
	v.must(err)
	v.Next = w
	return p.SetWallet(policy.Wallet{ID: NextID, State: policy.Next, Descriptor: w.Hash(), M: w.M(), N: w.N()}, cosigners)
}

// WithHardware returns a wallet, 2-of-3, of the keys of signer-a and signer-b and
// that of a hardware wallet, with its cosigners.
func (v *Vault) WithHardware(h *Hardware) (*custody.Descriptor, []policy.Cosigner, error) {
	d, err := custody.NewSortedMulti(v.Network, 2, append(v.Wallet.Keys()[:2], h.Key))
	return d, append(v.cosigners()[:2], policy.Cosigner{Fingerprint: h.Key.Origin().Fingerprint, Name: text.ID(h.Name)}), err
}

// Place is an output that pays the vault itself: where it lies in a wallet.
type Place struct {
	Wallet *custody.Descriptor
	Branch custody.Branch
	Index  uint32
}

// Changes returns the next n places of the change branch of a wallet.
func (v *Vault) Changes(d *custody.Descriptor, n int) []Place {
	var out []Place
	for range n {
		out = append(out, Place{Wallet: d, Branch: custody.Change, Index: v.change})
		v.change++
	}
	return out
}

// Move asks for something that pays the vault itself, approved by the officers
// given, with a packet that spends the coins to the places, each the same.
func (v *Vault) Move(body quorum.Body, coins []custody.Coin, to []Place, approve ...text.ID) *Order {
	v.t.Helper()
	o := v.Decide("alice", body, approve...)
	o.Packet = v.BuildMove(o.Proposal, coins, to)
	return o
}

// BuildMove builds the packet that spends coins to places in equal shares.
func (v *Vault) BuildMove(p *quorum.Proposal, coins []custody.Coin, to []Place) *custody.PSBT {
	v.t.Helper()
	var have custody.Amount
	for _, c := range coins {
		have += c.Value
	}
	var pays []custody.Output
	var scripts [][]byte
	said := map[string]custody.PSBTOutput{}
	for _, place := range to {
		s, err := place.Wallet.Derive(place.Branch, place.Index)
		v.must(err)
		scripts = append(scripts, s.Output)
		said[string(s.Output)] = custody.PSBTOutput{WitnessScript: s.Witness, Derivations: derivations(place, s)}
	}
	fee := feeRate * custody.Amount(custody.WithdrawalVsize(v.spends(p), len(coins), scripts))
	for _, s := range scripts {
		pays = append(pays, custody.Output{Script: s, Value: (have - fee) / custody.Amount(len(to))})
	}
	packet, err := custody.NewPSBT(v.spends(p), coins, pays, nil, p.Block.Height)
	v.must(err)
	for i, out := range packet.Tx.TxOut {
		packet.Outputs[i] = said[string(out.PkScript)]
	}
	return packet
}

func derivations(p Place, s custody.Script) []custody.Derivation {
	var all []custody.Derivation
	for k, key := range p.Wallet.Keys() {
		o := key.Origin()
		all = append(all, custody.Derivation{PublicKey: s.Keys[k], Fingerprint: o.Fingerprint, Path: append(slices.Clone(o.Path), uint32(s.Branch), s.Index)})
	}
	slices.SortFunc(all, func(a, b custody.Derivation) int {
		return cmp.Or(bytes.Compare(a.PublicKey[:], b.PublicKey[:]))
	})
	return all
}

// Arrived returns the coins that a movement into the second wallet made there,
// once it is in a block.
func (v *Vault) Arrived(o *Order) []custody.Coin {
	v.t.Helper()
	var out []custody.Coin
	for i := range o.Packet.Outputs {
		branch, index, err := o.Packet.Outputs[i].Claim(v.Next)
		v.must(err)
		out = append(out, custody.Coin{Outpoint: wire.OutPoint{Hash: o.Packet.TxID(), Index: uint32(i)}, Value: custody.Amount(o.Packet.Tx.TxOut[i].Value),
			Branch: branch, Index: index, Height: v.Chain.Tip().Height, Previous: o.Packet.Tx})
	}
	return out
}

// spends returns the wallet whose coins a movement spends; a sweep always the first.
func (v *Vault) spends(p *quorum.Proposal) *custody.Descriptor {
	if p.Wallet == NextID && p.Kind() == quorum.KindInternal {
		return v.Next
	}
	return v.Wallet
}
