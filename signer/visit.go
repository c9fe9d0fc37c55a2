package signer

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Visit is one bundle brought to the machine and judged. Judging changes
// nothing but what the machine knows of the header chain.
type Visit struct {
	Files   []record.File   // everything that was brought in, sorted by name
	Reasons []quorum.Reason // why the bundle as a whole is refused
	Items   []*Item         // its proposals, sorted by id

	before      record.Tip // the chain's tip when the visit began
	bundle      *quorum.Bundle
	descriptors []*custody.Descriptor // those of the bundle that the policy names
	workers     int
	opened      bool // its opening records are in the log
}

// Item is one proposal of a visit and what became of it.
type Item struct {
	Report  quorum.Report
	Reasons []quorum.Reason // of the judgement or of the transaction
	Spend   *Spend          // nil when refused
	Packet  *custody.PSBT   // nil when absent or unreadable
	Twin    []byte          // the packet as a machine with the same key signed it; nil asks for none

	recorded bool // its outcome is in the log
	after    int  // how many releases the log held when it was judged
}

// ID returns the proposal's id.
func (i *Item) ID() text.Hash { return i.Report.ID }

// Judge takes in a bundle's headers and judges each of its proposals with its
// transaction (stages A to H). workers bounds the goroutines of the transaction
// checks. The caller ends the visit with Finish, whatever came out.
func (m *Machine) Judge(files []quorum.File, workers int) *Visit {
	v := &Visit{before: m.tip(), workers: workers}
	for _, f := range files {
		v.Files = append(v.Files, record.File{Name: f.Name, Size: int64(len(f.Bytes)), Hash: text.Identity(f.Bytes)})
	}
	slices.SortFunc(v.Files, func(a, b record.File) int { return strings.Compare(a.Name, b.Name) })
	if m.policy == nil {
		v.Reasons = []quorum.Reason{quorum.Because(quorum.PolNoWallet, "release: want a trusted policy first, found none")}
		return v
	}
	if v.bundle, v.Reasons = quorum.ReadBundle(files); len(v.Reasons) > 0 {
		return v
	}
	if v.Reasons = m.takeHeaders(v.bundle.Headers); len(v.Reasons) > 0 {
		return v
	}
	if v.Reasons = m.checkPolicies(v.bundle); len(v.Reasons) > 0 {
		return v
	}
	v.descriptors = m.descriptorsOf(v.bundle)
	m.judgeItems(v)
	return v
}

// Reject begins a visit that is refused before its files can be judged, because
// of what the carrier holds or because a person declines. The caller ends it
// with Finish.
func (m *Machine) Reject(reasons ...quorum.Reason) *Visit {
	return &Visit{before: m.tip(), Reasons: quorum.SortReasons(reasons)}
}

// takeHeaders extends the header chain in memory; Finish or Release makes it
// durable.
func (m *Machine) takeHeaders(raw []byte) []quorum.Reason {
	if len(raw) == 0 {
		return nil
	}
	if _, err := m.chain.Extend(raw); err != nil {
		return []quorum.Reason{quorum.ReasonOf(err, quorum.ClkLink)}
	}
	return nil
}

// checkPolicies refuses a bundle that brings another policy than the trusted
// one: amendments are not judged yet, and a second first policy is never right.
func (m *Machine) checkPolicies(b *quorum.Bundle) []quorum.Reason {
	var reasons []quorum.Reason
	for version, p := range b.Policies {
		if version != m.policy.Version || text.Identity(p) != m.policy.Hash() {
			reasons = append(reasons, quorum.Because(quorum.PolStale, "policy: want only version %d %s in the bundle, found another version %d", m.policy.Version, m.policy.Hash().Short(), version))
		}
	}
	return quorum.SortReasons(reasons)
}

func (m *Machine) judgeItems(v *Visit) {
	var reports []quorum.Report
	for _, id := range slices.Sorted(maps.Keys(v.bundle.Texts)) {
		item := m.judgeItem(v, id)
		v.Items = append(v.Items, item)
		reports = append(reports, item.Report)
	}
	if len(v.Items) == 0 {
		v.Reasons = []quorum.Reason{quorum.Because(quorum.BunName, "bundle: want at least one proposal, found none")}
	}
	if clones := quorum.Clones(reports); len(clones) > 0 {
		v.Reasons = clones
	}
}

func (m *Machine) judgeItem(v *Visit, id string) *Item {
	b := v.bundle
	permit, report := quorum.Judge(m.World(), quorum.Submission{
		Text: b.Texts[id], Signatures: b.SignaturesOn(id), Logs: logsOf(b), Descriptors: v.descriptors,
	}, quorum.Release)
	item := &Item{Report: report, Reasons: report.Reasons, after: m.state.Count()}
	if !permit.Valid() {
		return item
	}
	d, ok := m.wallets[permit.Proposal().Wallet]
	if !ok {
		item.Reasons = []quorum.Reason{quorum.Because(quorum.PolNoWallet, "wallet: want %s enrolled on this machine, found it missing", permit.Proposal().Wallet)}
		return item
	}
	raw, ok := b.PSBTs[id]
	if !ok {
		item.Reasons = []quorum.Reason{quorum.Because(quorum.TxForm, "transaction: want %s.psbt in the bundle, found none", id)}
		return item
	}
	packet, err := custody.DecodePSBT(raw)
	if err != nil {
		item.Reasons = []quorum.Reason{quorum.ReasonOf(err, quorum.TxForm)}
		return item
	}
	item.Packet = packet
	item.Spend, item.Reasons = JudgeTransaction(permit, d, packet, m.state, v.workers)
	return item
}

// World returns what the machine knows by itself.
func (m *Machine) World() quorum.World {
	g, _ := m.state.Genesis()
	return quorum.World{Policy: m.policy, Genesis: g.Policy, Device: m.setup.Device, State: m.state, Root: m.log.Root, Chain: m.chain}
}

func logsOf(b *quorum.Bundle) []quorum.LogFile {
	var logs []quorum.LogFile
	for _, d := range slices.Sorted(maps.Keys(b.Checkpoints)) {
		logs = append(logs, quorum.LogFile{Device: d, Checkpoint: b.Checkpoints[d], Entries: b.Entries[d]})
	}
	return logs
}

// descriptorsOf reads the bundle's descriptors that are destinations of the
// policy; reading one is work, and a carrier can hold thousands. One that cannot
// be read is as good as absent.
func (m *Machine) descriptorsOf(b *quorum.Bundle) []*custody.Descriptor {
	var out []*custody.Descriptor
	for _, f := range b.Descriptors {
		if !m.pays(text.Identity(f)) {
			continue
		}
		if d, err := custody.ParseDescriptorFile(m.setup.Network, f); err == nil {
			out = append(out, d)
		}
	}
	return out
}

// pays says whether the policy lists a descriptor among its destinations.
func (m *Machine) pays(descriptor text.Hash) bool {
	return slices.ContainsFunc(m.policy.Destinations, func(d policy.Destination) bool { return d.Descriptor == descriptor })
}

// Finish records what was refused and ends the visit. With a note, such as an
// operator's decline, an exception is recorded too. A visit that only repeated
// an earlier release leaves no record at all.
func (m *Machine) Finish(v *Visit, s Session, note string) error {
	var bodies []record.Body
	if len(v.Reasons) > 0 {
		bodies = append(bodies, record.Refused{Codes: quorum.Codes(v.Reasons)})
	}
	for _, i := range v.Items {
		if i.Spend == nil && !i.recorded {
			bodies = append(bodies, record.Refused{ID: i.ID(), Codes: i.codes()})
		}
	}
	if note != "" {
		bodies = append(bodies, record.Exception{Note: note})
	}
	if len(bodies) == 0 && !v.opened {
		return nil
	}
	return m.during(v, s, append(bodies, record.SessionClose{Operators: s.Operators})...)
}

func (i *Item) codes() []string {
	if len(i.Report.Reasons) > 0 {
		return i.Report.Codes()
	}
	return quorum.Codes(i.Reasons)
}

// during writes records of a visit, behind its opening ones when it is the
// first time. The header chain is on disk before any record names its tip.
func (m *Machine) during(v *Visit, s Session, bodies ...record.Body) error {
	if v.opened {
		return m.write(s, bodies...)
	}
	if err := m.keepHeaders(); err != nil {
		return err
	}
	opening := []record.Body{record.SessionOpen{Operators: s.Operators}}
	if len(v.Files) > 0 {
		opening = append(opening, record.Inputs{Files: v.Files})
	}
	if now := m.tip(); now.Known && now != v.before {
		opening = append(opening, record.Headers{From: m.originOr(v.before), To: now, Work: m.work()})
	}
	if err := m.write(s, append(opening, bodies...)...); err != nil {
		return err
	}
	v.opened = true
	return nil
}

// originOr names the origin block where no tip was known before.
func (m *Machine) originOr(t record.Tip) record.Tip {
	if t.Known {
		return t
	}
	return record.Tip{Known: true, Height: m.policy.Origin.Height, Hash: m.policy.Origin.Hash}
}

func (m *Machine) work() *big.Int { return m.chain.Work() }

// keepHeaders writes the whole chain, which is megabytes, unless the file holds
// it already: a tip's hash stands for everything below it.
func (m *Machine) keepHeaders() error {
	now := m.tip()
	if now == m.kept {
		return nil
	}
	if err := m.dir.WriteFile(headersFile, m.chain.Bytes()); err != nil {
		return err
	}
	m.kept = now
	return nil
}
