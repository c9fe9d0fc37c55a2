package main

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// replayedRelease is one released record and what judging it again found.
type replayedRelease struct {
	*decision
	Released record.Released
	Packets  []text.Hash // signed packets of this signer that the registry holds
	Final    bool        // the finished transaction is in the registry, and good
}

// judgeSpend runs stage H on the packet that was brought, and compares what the
// record should have said with what it says.
func (w *replayWalk) judgeSpend(i int, v *visit, x *replayedRelease) error {
	if !x.Permit.Valid() || !x.ok() {
		return nil
	}
	id := x.ID
	packets, err := w.archive.reg.PSBTs(id)
	if err != nil {
		x.Reasons = append(x.Reasons, tamperedReason(err)...)
		return untampered(err)
	}
	brought := v.inputs[id.Short()+".psbt"]
	k := slices.IndexFunc(packets, func(p registry.PSBT) bool { return p.Hash == brought })
	if k < 0 {
		x.lack(quorum.Because(quorum.TxForm, "transaction: want the packet %s that was brought to %s, found none", brought.Short(), x.Device))
		return nil
	}
	packet, err := custody.DecodePSBT(bytes.Clone(packets[k].Bytes))
	if err != nil {
		x.Reasons = append(x.Reasons, quorum.ReasonOf(err, quorum.TxForm))
		return nil
	}
	if !w.judgePacket(i, x, packet) {
		return nil
	}
	w.checkCleared(i, x.decision)
	return w.judgeAfter(x, packet, packets)
}

// judgePacket says whether the transaction does what was permitted, and the record
// tells what it does.
func (w *replayWalk) judgePacket(i int, x *replayedRelease, packet *custody.PSBT) bool {
	p := x.Permit.Proposal()
	from := w.enrolled(x.decision, p.Wallet)
	to := from
	if p.To != "" {
		to = w.enrolled(x.decision, p.To)
	}
	if !x.ok() {
		return false
	}
	spend, reasons := signer.JudgeTransaction(x.Permit, from, to, packet, w.state, w.workers)
	if x.Reasons = reasons; len(reasons) > 0 {
		return false
	}
	if err := w.same(i, spend.Released(), x.decision, quorum.TxForm); err != nil {
		x.Reasons = append(x.Reasons, quorum.ReasonOf(err, quorum.TxForm))
	}
	return x.ok()
}

// enrolled returns the descriptor of a wallet of the policy in force.
func (w *replayWalk) enrolled(x *decision, wallet text.ID) *custody.Descriptor {
	listed, _ := x.Head.Wallet(wallet)
	d, err := w.descriptor(listed.Descriptor)
	if err != nil {
		x.lack(quorum.Because(quorum.PolWallet, "wallet %s: want its descriptor, found none", wallet))
	}
	return d
}

// judgeAfter looks at what came of a release: the signed packet whose hash the
// log names, and the finished transaction. That they have not come yet is no
// fault; that they are others is.
func (w *replayWalk) judgeAfter(x *replayedRelease, packet *custody.PSBT, packets []registry.PSBT) error {
	release, _ := w.mine.State.Released(x.ID)
	for _, s := range release.Signed {
		k := slices.IndexFunc(packets, func(p registry.PSBT) bool { return p.Hash == s.PSBT })
		if k < 0 {
			w.note("%s: the packet that it signed, %s, has not been received", x.where(), s.PSBT.Short())
			continue
		}
		if why := w.judgeSigned(x, packets[k].Bytes); why != nil {
			x.Reasons = append(x.Reasons, *why)
			return nil
		}
		x.Packets = append(x.Packets, s.PSBT)
	}
	tx, err := w.archive.reg.Tx(packet.TxID())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		x.Reasons = append(x.Reasons, tamperedReason(err)...)
		return untampered(err)
	}
	if err := runFinal(packet, tx); err != nil {
		x.refuse(quorum.TxSelfcheck, "transaction %s: %v", tx.TxHash(), err)
		return nil
	}
	x.Final = true
	return nil
}

// judgeSigned says whether a packet is the released transaction with this
// signer's signature on every input.
func (w *replayWalk) judgeSigned(x *replayedRelease, b []byte) *quorum.Reason {
	refused := func(format string, args ...any) *quorum.Reason {
		why := quorum.Because(quorum.TxSelfcheck, "signed packet: "+format, args...)
		return &why
	}
	signed, err := custody.DecodePSBT(bytes.Clone(b))
	if err != nil {
		return refused("%v", err)
	}
	if !slices.ContainsFunc(x.Released.Rungs, func(g record.Rung) bool { return g.TxID == signed.TxID() }) {
		return refused("want transaction %s, found %s", x.Released.Rungs[0].TxID, signed.TxID())
	}
	listed, _ := x.Head.Wallet(x.Released.Wallet)
	d, err := w.descriptor(listed.Descriptor)
	if err != nil {
		return refused("%v", err)
	}
	by, err := custody.SignedBy(signed, d)
	if err != nil {
		return refused("%v", err)
	}
	for i, keys := range by {
		if !slices.ContainsFunc(keys, func(k int) bool { return deviceOf(x.Head, x.Released.Wallet, d.Keys()[k]) == x.Device }) {
			return refused("input %d: want a signature by %s, found none", i, x.Device)
		}
	}
	return nil
}

// deviceOf returns the signer that holds a key of a wallet.
func deviceOf(p *policy.Policy, wallet text.ID, k custody.AccountKey) text.ID {
	for _, c := range p.Cosigners {
		if c.Wallet == wallet && c.Governed && c.Fingerprint == k.Origin().Fingerprint {
			return c.Name
		}
	}
	return ""
}

// runFinal runs the scripts of a finished transaction against the previous
// transactions that the packet proves.
func runFinal(packet *custody.PSBT, tx *wire.MsgTx) error {
	final := *packet
	final.Inputs = slices.Clone(packet.Inputs)
	for i := range final.Inputs {
		w, err := witnessBytes(tx.TxIn[i].Witness)
		if err != nil {
			return err
		}
		final.Inputs[i].FinalScriptWitness = w
	}
	_, err := custody.Extract(&final)
	return err
}

// witnessBytes writes a witness as a transaction carries it: a count, then the
// items.
func witnessBytes(items wire.TxWitness) ([]byte, error) {
	var b bytes.Buffer
	if err := wire.WriteVarInt(&b, 0, uint64(len(items))); err != nil {
		return nil, err
	}
	for _, item := range items {
		if err := wire.WriteVarBytes(&b, 0, item); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// untampered is an error that is none of a file which is not what its name says.
func untampered(err error) error {
	if errors.Is(err, registry.ErrTampered) {
		return nil
	}
	return err
}
