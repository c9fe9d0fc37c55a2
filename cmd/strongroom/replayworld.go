package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// replayWalk goes through one signer's log and has, before each record, what the
// signer had: its own state, its policy chain, the other logs as they were
// brought, and the files of the visit.
type replayWalk struct {
	*replay
	mine     *replayedLog
	state    *record.State    // of the records before the present one
	chained  *quorum.Policies // the policy chain, as far as it was judged good
	others   map[text.ID]*foldedLog
	brought  *visit
	cleared  []*decision // clearances that wait for what they allowed
	workers  int
	finished func() // called after each decision
}

// foldedLog is another signer's log, folded as far as it was brought. It grows
// from visit to visit.
type foldedLog struct {
	state *record.State
	size  int64
}

// visit is what was brought to the signer when it wrote a record: the files that
// its record of inputs names by their hashes, as far as they are here.
type visit struct {
	seq    int64                // of the record of inputs
	inputs map[string]text.Hash // by name
	bundle *quorum.Bundle
}

func (r *replay) walk(l *replayedLog, workers int, finished func()) *replayWalk {
	first := quorum.NewPolicies(r.archive.charter.Policy())
	return &replayWalk{replay: r, mine: l, state: record.NewState(r.policy.Network), chained: first,
		others: map[text.ID]*foldedLog{}, workers: workers, finished: finished}
}

// head returns the policy in force.
func (w *replayWalk) head() *policy.Policy { return w.chained.Head() }

// world is what the signer knew by itself before record i, which is about a
// proposal. Only the resync of a signer that had lost records was judged by
// less: by the log without what it then took back. Its policies came with the
// resync.
func (w *replayWalk) world(i int, p *quorum.Proposal) (quorum.World, *quorum.Reason, error) {
	state := w.state
	if size, lost := w.lostAt(i, p); lost {
		var err error
		if state, err = record.Fold(w.mine.entries[:size], w.archive.charter.Policy().Network); err != nil {
			return quorum.World{}, nil, err
		}
	}
	chain, why, err := w.chainAt(w.mine.Records[i].Tip, w.head())
	return quorum.World{Policies: w.chained, Device: w.mine.Device, State: state, Root: w.mine.Proven.Root, Chain: chain}, why, err
}

// lostAt returns how long the log was when a signer asked for records that it had
// lost.
func (w *replayWalk) lostAt(i int, p *quorum.Proposal) (int64, bool) {
	asked, ok := p.Body.(quorum.Resync)
	if !ok {
		return 0, false
	}
	for _, rec := range w.mine.Records[i:] {
		b, ok := rec.Body.(record.Resync)
		if ok && b.ID == p.ID() {
			return b.From.Size, b.From.Size < asked.To.Size && b.From.Size <= int64(i)
		}
	}
	return 0, false
}

// chainAt returns the header chain as the signer had it: from the origin of its
// policy up to a record's tip.
func (r *replay) chainAt(t record.Tip, p *policy.Policy) (*headers.Chain, *quorum.Reason, error) {
	c, err := r.chainFrom(p)
	if err != nil {
		return nil, nil, err
	}
	if !t.Known {
		c, err := headers.New(p.Network, c.Origin(), p.ReorgMax)
		return c, nil, err
	}
	if c.Contains(headers.Point{Height: t.Height, Hash: headers.Hash(t.Hash)}) {
		if c, ok := c.Prefix(t.Height); ok {
			return c, nil, nil
		}
	}
	why := quorum.Because(quorum.ClkOffchain, "tip: want a block of the best chain, found %s, which is not", t)
	return nil, &why, nil
}

// chainFrom returns the header chain from the origin block that a policy names,
// made once for each.
func (r *replay) chainFrom(p *policy.Policy) (*headers.Chain, error) {
	o := headers.Origin{Height: p.Origin.Height, Hash: headers.Hash(p.Origin.Hash), Bits: p.Origin.Bits}
	if c, ok := r.chains[o]; ok {
		return c, nil
	}
	c, err := headers.New(p.Network, o, p.ReorgMax)
	if err != nil {
		return nil, err
	}
	if raw := r.chain.Bytes(); len(raw) > 0 && r.chain.Contains(headers.Point{Height: o.Height, Hash: o.Hash}) {
		if _, err := c.Extend(headers.From(raw, o.Hash)); err != nil {
			return nil, err
		}
	}
	r.chains[o] = c
	return c, nil
}

// visitAt returns what was brought to the visit in which record i was written. A
// visit writes several records, so the last one is kept.
func (w *replayWalk) visitAt(i int) (*visit, error) {
	for _, rec := range slices.Backward(w.mine.Records[:i]) {
		if rec.Session != w.mine.Records[i].Session {
			break
		}
		in, ok := rec.Body.(record.Inputs)
		if !ok {
			continue
		}
		if w.brought == nil || w.brought.seq != rec.Seq {
			v, err := w.readVisit(rec.Seq, in)
			if err != nil {
				return nil, err
			}
			w.brought = v
		}
		return w.brought, nil
	}
	return w.readVisit(-1, record.Inputs{})
}

// readVisit gathers a visit's papers from the registry: texts and signatures.
// Transactions, logs, headers and descriptors come another way.
func (w *replayWalk) readVisit(seq int64, in record.Inputs) (*visit, error) {
	v := &visit{seq: seq, inputs: map[string]text.Hash{}}
	for _, f := range in.Files {
		v.inputs[f.Name] = f.Hash
	}
	var files []quorum.File
	for _, f := range in.Files {
		if !isPaper(f.Name) {
			continue
		}
		b, err := w.paper(v.inputs, f)
		if err != nil {
			return nil, err
		}
		if b != nil {
			files = append(files, quorum.File{Name: f.Name, Bytes: b})
		}
	}
	var why []quorum.Reason
	if v.bundle, why = quorum.ReadBundle(files); len(why) > 0 {
		w.find(w.mine.where(int(seq)), true, why[0])
		v.bundle, _ = quorum.ReadBundle(nil)
	}
	return v, nil
}

// isPaper tells what officers write from what machines make.
func isPaper(name string) bool {
	machine := strings.HasPrefix(name, "descriptor-") || strings.HasPrefix(name, "keyrecord-")
	return strings.HasSuffix(name, ".sig") || strings.HasSuffix(name, ".txt") && !machine
}

// paper returns the bytes of a text or of a signature on one; nil when they are
// not here as they were.
func (w *replayWalk) paper(inputs map[string]text.Hash, f record.File) ([]byte, error) {
	if !strings.HasSuffix(f.Name, ".sig") {
		b, err := w.archive.reg.Text(f.Hash)
		if errors.Is(err, fs.ErrNotExist) || untampered(err) == nil && err != nil {
			return nil, nil
		}
		return b, err
	}
	on, _, _ := strings.Cut(f.Name, ".")
	signed, ok := inputs[on+".txt"]
	if !ok {
		return nil, nil
	}
	sigs, err := w.signaturesOn(signed)
	if err != nil {
		return nil, err
	}
	return sigs[f.Hash], nil
}

// signaturesOn returns the signatures on a text by their hashes: those by keys of
// the policy in force, of the one that the text names, and of the text itself
// where it is a policy. Others count for nothing in any judgement. They are kept:
// several signers judge the same ones.
func (w *replayWalk) signaturesOn(id text.Hash) (map[text.Hash][]byte, error) {
	rosters := w.rostersOf(id)
	key := signaturesKey{id, rosters[0].Hash()}
	if out, ok := w.signatures[key]; ok {
		return out, nil
	}
	out := map[text.Hash][]byte{}
	for _, p := range rosters {
		files, odd, err := w.archive.reg.SignatureFiles(p, id, id.Short())
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			out[text.Identity(f.Bytes)] = f.Bytes
		}
		for _, s := range odd {
			if len(rosters) == 1 {
				w.note("text %s: %s", id.Short(), s)
			}
		}
	}
	w.signatures[key] = out
	return out, nil
}

// signaturesKey names the signatures on a text, read under a policy in force.
type signaturesKey struct{ on, head text.Hash }

// rostersOf returns the policies by which the signatures on a text may be read,
// the one in force first.
func (w *replayWalk) rostersOf(id text.Hash) []*policy.Policy {
	out := []*policy.Policy{w.head()}
	b, err := w.archive.reg.Text(id)
	if err != nil {
		return out
	}
	var other *policy.Policy
	if p, err := quorum.ParseProposal(b); err == nil {
		v, _ := w.chained.At(p.PolicyVersion)
		other = v.Policy
	} else if p, err := policy.Parse(b); err == nil {
		other = p
	}
	if other != nil && other.Hash() != out[0].Hash() {
		out = append(out, other)
	}
	return out
}

// submission is a proposal as it was brought to a visit.
func (w *replayWalk) submission(v *visit, b []byte) (quorum.Submission, *quorum.Reason) {
	s := v.bundle.Submission(text.Identity(b).Short())
	s.Text = b
	s.Descriptors = w.destinations(v)
	logs, why := w.logsOf(v)
	s.Logs = logs
	return s, why
}

// destinations returns the descriptors that were brought.
func (w *replayWalk) destinations(v *visit) []*custody.Descriptor {
	var out []*custody.Descriptor
	for name, h := range v.inputs {
		if !strings.HasPrefix(name, "descriptor-") {
			continue
		}
		if d, err := w.descriptor(h); err == nil {
			out = append(out, d)
		}
	}
	return out
}

// logsOf returns the other signers' logs, each as long as the one that was brought
// to the visit; and this signer's own while the policy does not list it, since
// the version that does is adopted with it in sight.
func (w *replayWalk) logsOf(v *visit) ([]*quorum.LogFile, *quorum.Reason) {
	var out []*quorum.LogFile
	for _, name := range slices.Sorted(maps.Keys(v.inputs)) {
		device, ok := strings.CutSuffix(name, ".entries")
		if _, listed := w.head().Device(text.ID(device)); !ok || text.ID(device) == w.mine.Device && listed || !listed && w.log(text.ID(device)) == nil {
			continue
		}
		l := w.log(text.ID(device))
		if l == nil {
			why := quorum.Because(quorum.LimUnproven, "log of %s: want it as it was brought to %s, found none", device, w.mine.Device)
			return nil, &why
		}
		size, ok := l.sizes[v.inputs[name]]
		if !ok {
			why := quorum.Because(quorum.LimUnproven, "log of %s: want it as it was brought to %s, found no part of it with that hash", device, w.mine.Device)
			return nil, &why
		}
		out = append(out, w.folded(l, size))
	}
	return out, nil
}

// folded returns a log with its first records counted. From one visit to the next
// a log only grows, so its state is carried on; a signer that was brought an older
// one than before costs a fold from the beginning.
func (w *replayWalk) folded(l *replayedLog, size int64) *quorum.LogFile {
	f := w.others[l.Device]
	if f == nil || f.size > size {
		f = &foldedLog{state: record.NewState(w.policy.Network)}
		w.others[l.Device] = f
	}
	for ; f.size < size; f.size++ {
		if int(f.size) >= len(l.Records) || f.state.Apply(l.Records[f.size]) != nil {
			return &quorum.LogFile{Device: l.Device, Checkpoint: l.Proven.Note(), Entries: auditlog.EncodeEntries(l.entries), Upto: size}
		}
	}
	return quorum.AuditedLog(l.Device, l.Verifier.String(), l.Proven, l.entries[:size], f.state)
}

// descriptor returns a descriptor by its hash, read once.
func (r *replay) descriptor(h text.Hash) (*custody.Descriptor, error) {
	if d, ok := r.descriptors[h]; ok {
		return d, nil
	}
	b, err := r.archive.reg.Descriptor(h)
	if err != nil {
		return nil, fmt.Errorf("descriptor %s: %w", h.Short(), err)
	}
	d, err := custody.ParseDescriptorFile(r.policy.Network, b)
	if err != nil {
		return nil, fmt.Errorf("descriptor %s: %w", h.Short(), err)
	}
	r.descriptors[h] = d
	return d, nil
}
