package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// order is a withdrawal as the desk has it: its text, what is signed about it,
// what signers did with it, and its transaction as far as that has come.
type order struct {
	id       text.Hash
	proposal *quorum.Proposal
	sub      quorum.Submission
	report   quorum.Report // judged for release, by what the desk knows
	permit   *quorum.Permit
	releases []release
	packets  []*custody.PSBT // every packet stored for it, signed or not
	final    *wire.MsgTx     // nil before it is complete
	mined    string          // "block HEIGHT HASH"; empty before
}

// release is one signer's record that it released the order.
type release struct {
	device text.ID
	record.Release
}

// find returns the one proposal whose id begins with prefix.
func (d *desk) find(prefix string) (text.Hash, error) {
	id, err := d.reg.Find(prefix)
	if errors.Is(err, fs.ErrNotExist) {
		return id, cli.Hint(err, "strongroom queue --all")
	}
	if err != nil {
		return id, err
	}
	b, err := d.reg.Text(id)
	if err != nil {
		return id, err
	}
	if t, ok := text.TypeOf(b); !ok || t != text.Proposal {
		return id, cli.Hint(fmt.Errorf("%s: want a proposal, found a %s", id.Short(), t), "strongroom queue --all")
	}
	return id, nil
}

// order gathers a proposal and everything about it. A proposal that cannot be
// read is told as a refusal.
func (d *desk) order(v *view, id text.Hash) (*order, error) {
	o := &order{id: id}
	var err error
	if o.sub, err = d.submission(v, id); err != nil {
		return nil, err
	}
	if o.proposal, err = quorum.ParseProposal(o.sub.Text); err != nil {
		return nil, refusal([]quorum.Reason{quorum.ReasonOf(err, quorum.TextGrammar)})
	}
	o.permit, o.report = quorum.Judge(v.world(), o.sub, quorum.Release)
	for _, s := range v.signers {
		if r, ok := s.state.Released(id); ok {
			o.releases = append(o.releases, release{s.device, r})
		}
	}
	if err := d.loadPackets(o); err != nil {
		return nil, err
	}
	return o, d.loadFinal(o)
}

func (d *desk) loadPackets(o *order) error {
	stored, err := d.reg.PSBTs(o.id)
	if err != nil {
		return err
	}
	for _, s := range stored {
		p, err := custody.ParsePSBT(s.Bytes)
		if err != nil {
			return fmt.Errorf("psbt %s: %w", s.Hash.Short(), err)
		}
		o.packets = append(o.packets, p)
	}
	return nil
}

// loadFinal looks for the finished transaction among those that the order's
// packets and releases name.
func (d *desk) loadFinal(o *order) error {
	for _, id := range o.txids() {
		tx, err := d.reg.Tx(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		o.final = tx
		o.mined, err = d.minedIn(id)
		return err
	}
	return nil
}

// txids returns the transactions of the order: the released ones, or those that
// were built as long as there is no released one.
func (o *order) txids() []chainhash.Hash {
	var out []chainhash.Hash
	add := func(id chainhash.Hash) {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, r := range o.releases {
		for _, g := range r.Rungs {
			add(g.TxID)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, p := range o.packets {
		add(p.TxID())
	}
	return out
}

// unsigned returns the packet to bring to the signers. Of several that were
// built, one has to be named by the first digits of its transaction's id.
func (o *order) unsigned(txid string) (*custody.PSBT, error) {
	var fit []*custody.PSBT
	for _, p := range o.packets {
		if !signed(p) && slices.Contains(o.txids(), p.TxID()) && hasPrefix(p.TxID(), txid) {
			fit = append(fit, p)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) == 0:
		return nil, cli.Hint(fmt.Errorf("transaction: want one that was built for %s, found none", o.id.Short()), "strongroom build %s", o.id.Short())
	}
	return nil, cli.Hint(fmt.Errorf("transaction: want one for %s, found %d that were built", o.id.Short(), len(fit)),
		"strongroom bundle %s --txid %s -o DIR", o.id.Short(), fit[0].TxID().String()[:16])
}

func hasPrefix(id chainhash.Hash, prefix string) bool {
	s := id.String()
	return len(prefix) <= len(s) && s[:len(prefix)] == prefix
}

// signed says whether a packet carries any signature.
func signed(p *custody.PSBT) bool {
	return slices.ContainsFunc(p.Inputs, func(in custody.PSBTInput) bool {
		return len(in.PartialSigs) > 0 || in.FinalScriptSig != nil || in.FinalScriptWitness != nil
	})
}

// signedPackets returns the packets of one transaction that carry signatures.
func (o *order) signedPackets() []*custody.PSBT {
	var out []*custody.PSBT
	for _, p := range o.packets {
		if signed(p) && slices.Contains(o.txids(), p.TxID()) {
			out = append(out, p)
		}
	}
	return out
}

// signatures returns how many of the wallet's keys have signed every input, by
// the packets in the registry. A packet with a bad signature counts for none.
func (o *order) signatures(w *custody.Descriptor) int {
	keys := map[int]bool{}
	for _, p := range o.signedPackets() {
		by, err := custody.SignedBy(p, w)
		if err != nil {
			continue
		}
		for k := range w.N() {
			if !slices.ContainsFunc(by, func(in []int) bool { return !slices.Contains(in, k) }) {
				keys[k] = true
			}
		}
	}
	return len(keys)
}

// eachProposal calls work with the id of every proposal in the registry, sorted.
func (d *desk) eachProposal(work func(text.Hash) error) error {
	all, err := d.reg.Texts()
	if err != nil {
		return err
	}
	for _, id := range all {
		b, err := d.reg.Text(id)
		if err != nil {
			return err
		}
		if t, ok := text.TypeOf(b); !ok || t != text.Proposal {
			continue
		}
		if err := work(id); err != nil {
			return err
		}
	}
	return nil
}
