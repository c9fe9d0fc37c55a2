package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
	"strongroom/signer"
)

// replayedRelease is one released record and what judging it again found.
type replayedRelease struct {
	Device   text.ID
	Seq      int64
	Tip      record.Tip
	Released record.Released
	Report   quorum.Report
	Reasons  []quorum.Reason // why it should not have been released; none when it was permitted
	Packets  []text.Hash     // signed packets of this signer that the registry holds
	Final    bool            // the finished transaction is in the registry, and good
	Missing  bool            // not refused: something that it was judged by isn't here
}

func (x *replayedRelease) where() string { return fmt.Sprintf("%s record %d", x.Device, x.Seq) }

// ok says whether the release was permitted.
func (x *replayedRelease) ok() bool { return len(x.Reasons) == 0 }

// judgeRelease judges record i of a log again: the log before it, the chain up
// to the tip that it names, and exactly those files that its visit's record of
// inputs names by their hashes.
func (r *replay) judgeRelease(l *replayedLog, i int, before *record.State, x *replayedRelease, workers int) error {
	permit, reasons, err := r.judgeAgain(l, i, before, x)
	if err != nil {
		return err
	}
	if permit.Valid() {
		reasons, err = r.judgeSpend(l, i, before, permit, x, workers)
		if err != nil {
			return err
		}
	}
	x.Reasons = quorum.SortReasons(reasons)
	for _, why := range x.Reasons {
		r.find(x.where(), !x.Missing, why)
	}
	return nil
}

// judgeAgain runs stages B to G in the world as of the record.
func (r *replay) judgeAgain(l *replayedLog, i int, before *record.State, x *replayedRelease) (*quorum.Permit, []quorum.Reason, error) {
	inputs := inputsBefore(l.Records, i)
	chain, reason := r.chainAt(x.Tip)
	if reason != nil {
		x.Missing = true
		return nil, []quorum.Reason{*reason}, nil
	}
	b, err := r.archive.reg.Text(x.Released.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, []quorum.Reason{quorum.Because(quorum.SeatShort, "proposal %s: want its text and its approvals, found no such text", x.Released.ID)}, nil
	}
	if err != nil {
		return nil, tamperedReason(err), untampered(err)
	}
	p, err := quorum.ParseProposal(b)
	if err != nil {
		return nil, []quorum.Reason{quorum.ReasonOf(err, quorum.TextGrammar)}, nil
	}
	sigs, err := r.signaturesOf(x.Released.ID, inputs)
	if err != nil {
		return nil, nil, err
	}
	logs, reason := r.logsAsOf(l.Device, p, inputs)
	if reason != nil {
		x.Missing = true
		return nil, []quorum.Reason{*reason}, nil
	}
	permit, report := quorum.Judge(quorum.World{
		Policies: quorum.NewPolicies(r.policy), Device: l.Device, State: before, Root: l.Proven.Root, Chain: chain,
	}, quorum.Submission{Text: b, Signatures: sigs, Logs: logs, Descriptors: allOf(r.policy, r.descriptors)}, quorum.Release)
	x.Report = report
	return permit, report.Reasons, nil
}

// inputsBefore returns the files that were brought to the visit in which record
// i was written, by name.
func inputsBefore(records []record.Record, i int) map[string]text.Hash {
	out := map[string]text.Hash{}
	for _, rec := range slices.Backward(records[:i]) {
		if rec.Session != records[i].Session {
			continue
		}
		if in, ok := rec.Body.(record.Inputs); ok {
			for _, f := range in.Files {
				out[f.Name] = f.Hash
			}
			break
		}
	}
	return out
}

// chainAt returns the header chain as it was at a record's tip.
func (r *replay) chainAt(t record.Tip) (*headers.Chain, *quorum.Reason) {
	if t.Known && r.chain.Contains(headers.Point{Height: t.Height, Hash: headers.Hash(t.Hash)}) {
		if c, ok := r.chain.Prefix(t.Height); ok {
			return c, nil
		}
	}
	why := quorum.Because(quorum.ClkOffchain, "tip: want a block of the best chain, found %s, which is not", t)
	return nil, &why
}

// signaturesOf returns those signatures on a proposal that lay in the bundle:
// one that came later, such as a veto, was not there to be judged.
func (r *replay) signaturesOf(id text.Hash, inputs map[string]text.Hash) ([]quorum.SignatureFile, error) {
	all, odd, err := r.archive.reg.SignatureFiles(r.policy, id, id.Short())
	if err != nil {
		return nil, err
	}
	for _, s := range odd {
		r.note("proposal %s: %s", id.Short(), s)
	}
	return slices.DeleteFunc(all, func(s quorum.SignatureFile) bool {
		return inputs[s.Name()] != text.Identity(s.Bytes)
	}), nil
}

// logsAsOf returns the other signers' logs, each as long as the one that was
// brought to the visit.
func (r *replay) logsAsOf(device text.ID, p *quorum.Proposal, inputs map[string]text.Hash) ([]*quorum.LogFile, *quorum.Reason) {
	var out []*quorum.LogFile
	for _, d := range r.policy.Devices {
		if d.ID == device {
			continue
		}
		l := r.log(d.ID)
		if l == nil {
			why := quorum.Because(quorum.LimUnproven, "log of %s: want it as it was brought to %s, found none", d.ID, device)
			return nil, &why
		}
		i := slices.IndexFunc(p.Seen, func(s quorum.Seen) bool { return s.Device == d.ID })
		if i < 0 {
			continue // the judgement refuses it by name
		}
		size, ok := sizeWithHash(l.Proven.Entries(), p.Seen[i].Size, inputs[string(d.ID)+".entries"])
		if !ok {
			why := quorum.Because(quorum.LimUnproven, "log of %s: want it as it was brought to %s, found no part of it with that hash", d.ID, device)
			return nil, &why
		}
		out = append(out, &quorum.LogFile{Device: d.ID, Checkpoint: l.Proven.Note(), Entries: l.Entries, Upto: size})
	}
	return out, nil
}

// sizeWithHash finds how many of a log's entries were in a file of entries with
// a hash: the file is a row of lengths and entries, so each prefix of the log
// has a hash of its own.
func sizeWithHash(entries [][]byte, least int64, want text.Hash) (int64, bool) {
	h := sha256.New()
	for n := int64(0); ; n++ {
		if n >= max(least, 1) && text.Hash(h.Sum(nil)) == want {
			return n, true
		}
		if n == int64(len(entries)) {
			return 0, false
		}
		h.Write(auditlog.EncodeEntries(entries[n : n+1]))
	}
}

// judgeSpend runs stage H on the packet that was brought, and compares what the
// record should have said with what it says.
func (r *replay) judgeSpend(l *replayedLog, i int, before *record.State, permit *quorum.Permit, x *replayedRelease, workers int) ([]quorum.Reason, error) {
	id := x.Released.ID
	packets, err := r.archive.reg.PSBTs(id)
	if err != nil {
		return tamperedReason(err), untampered(err)
	}
	brought := inputsBefore(l.Records, i)[id.Short()+".psbt"]
	k := slices.IndexFunc(packets, func(p registry.PSBT) bool { return p.Hash == brought })
	if k < 0 {
		x.Missing = true
		return []quorum.Reason{quorum.Because(quorum.TxForm, "transaction: want the packet %s that was brought to %s, found none", brought.Short(), x.Device)}, nil
	}
	packet, err := custody.DecodePSBT(bytes.Clone(packets[k].Bytes))
	if err != nil {
		return []quorum.Reason{quorum.ReasonOf(err, quorum.TxForm)}, nil
	}
	w, _ := r.policy.Wallet(x.Released.Wallet)
	d := r.descriptors[w.Descriptor]
	if d == nil {
		x.Missing = true
		return []quorum.Reason{quorum.Because(quorum.PolWallet, "wallet %s: want its descriptor, found none", x.Released.Wallet)}, nil
	}
	spend, reasons := signer.JudgeTransaction(permit, d, d, packet, before, workers)
	if len(reasons) > 0 {
		return reasons, nil
	}
	again, err := record.Record{Head: l.Records[i].Head, Body: spend.Released()}.Bytes(r.policy.Network)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, l.Proven.Entries()[i]) {
		return []quorum.Reason{quorum.Because(quorum.TxForm, "record: want what the judgement gives, found a record that says otherwise")}, nil
	}
	return r.judgeAfter(l, x, packet, packets)
}

// judgeAfter looks at what came of a release: the signed packet whose hash the
// log names, and the finished transaction. That they have not come yet is no
// fault; that they are others is.
func (r *replay) judgeAfter(l *replayedLog, x *replayedRelease, packet *custody.PSBT, packets []registry.PSBT) ([]quorum.Reason, error) {
	release, _ := l.State.Released(x.Released.ID)
	for _, s := range release.Signed {
		k := slices.IndexFunc(packets, func(p registry.PSBT) bool { return p.Hash == s.PSBT })
		if k < 0 {
			r.note("%s: the packet that it signed, %s, has not been received", x.where(), s.PSBT.Short())
			continue
		}
		if why := r.judgeSigned(x, packets[k].Bytes); why != nil {
			return []quorum.Reason{*why}, nil
		}
		x.Packets = append(x.Packets, s.PSBT)
	}
	tx, err := r.archive.reg.Tx(packet.TxID())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return tamperedReason(err), untampered(err)
	}
	if err := runFinal(packet, tx); err != nil {
		return []quorum.Reason{quorum.Because(quorum.TxSelfcheck, "transaction %s: %v", tx.TxHash(), err)}, nil
	}
	x.Final = true
	return nil, nil
}

// judgeSigned says whether a packet is the released transaction with this
// signer's signature on every input.
func (r *replay) judgeSigned(x *replayedRelease, b []byte) *quorum.Reason {
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
	w, _ := r.policy.Wallet(x.Released.Wallet)
	d := r.descriptors[w.Descriptor]
	by, err := custody.SignedBy(signed, d)
	if err != nil {
		return refused("%v", err)
	}
	for i, keys := range by {
		if !slices.ContainsFunc(keys, func(k int) bool { return r.deviceOf(x.Released.Wallet, d.Keys()[k]) == x.Device }) {
			return refused("input %d: want a signature by %s, found none", i, x.Device)
		}
	}
	return nil
}

// deviceOf returns the signer that holds a key of a wallet.
func (r *replay) deviceOf(wallet text.ID, k custody.AccountKey) text.ID {
	for _, c := range r.policy.Cosigners {
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

// tamperedReason is the reason that a file which is not what its name says
// gives, and none for another error; untampered is that other error. An auditor
// goes on past the one and stops at the other.
func tamperedReason(err error) []quorum.Reason {
	if !errors.Is(err, registry.ErrTampered) {
		return nil
	}
	return []quorum.Reason{quorum.ReasonOf(err, quorum.StateCorrupt)}
}

func untampered(err error) error {
	if errors.Is(err, registry.ErrTampered) {
		return nil
	}
	return err
}

// approvers lists who was counted in a seat, sorted, each once.
func (x *replayedRelease) approvers() []string {
	var out []string
	for _, s := range x.Report.Seats {
		out = append(out, string(s.Officer))
	}
	slices.SortFunc(out, strings.Compare)
	return slices.Compact(out)
}

// compareReleases orders releases by the height of their tip, then by signer.
func compareReleases(a, b *replayedRelease) int {
	return cmp.Or(cmp.Compare(a.Tip.Height, b.Tip.Height), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Seq, b.Seq))
}
