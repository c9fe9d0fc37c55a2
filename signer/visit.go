package signer

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strings"

	"strongroom/custody"
	"strongroom/custody/headers"
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
	Items   []*Item         // its proposals, in the order in which they take effect

	verb        quorum.Verb
	before      record.Tip // the chain's tip when the visit began
	bundle      *quorum.Bundle
	descriptors []*custody.Descriptor // those of the bundle that the policy names
	workers     int
	opened      bool // its opening records are in the log
	behind      bool // it brought a checkpoint of this machine's own that is ahead of its log
}

// Item is one proposal of a visit and what became of it.
type Item struct {
	Report  quorum.Report
	Reasons []quorum.Reason // of the judgement or of the transaction
	Permit  *quorum.Permit  // to record or to carry it out; nil when refused
	Spend   *Spend          // of a permit to spend coins; nil when refused
	Packet  *custody.PSBT   // nil when absent or unreadable
	Twin    []byte          // the packet as a machine with the same key signed it; nil asks for none

	// Stands says that what it asks for took effect here before: the same paper
	// may be carried to a machine twice.
	Stands bool

	recorded bool  // its outcome is in the log
	restores bool  // it gives this machine records back that it lacks
	after    int64 // how long the log was when it was judged
}

// ID returns the proposal's id.
func (i *Item) ID() text.Hash { return i.Report.ID }

// Kind returns what the proposal asks for; empty when it could not be read.
func (i *Item) Kind() quorum.Kind {
	if i.Report.Proposal == nil {
		return ""
	}
	return i.Report.Proposal.Kind()
}

// Permitted says whether it may be recorded or carried out.
func (i *Item) Permitted() bool { return i.Permit != nil }

// Judge takes in a bundle's headers and judges each of its proposals, with its
// transaction where it spends coins (stages A to H), for one of the verbs Record
// and Release. workers bounds the goroutines of the transaction checks. The
// caller ends the visit with Finish, whatever came out.
func (m *Machine) Judge(files []quorum.File, verb quorum.Verb, workers int) *Visit {
	v := &Visit{verb: verb, before: m.tip(), workers: workers}
	for _, f := range files {
		v.Files = append(v.Files, record.File{Name: f.Name, Size: int64(len(f.Bytes)), Hash: text.Identity(f.Bytes)})
	}
	slices.SortFunc(v.Files, func(a, b record.File) int { return strings.Compare(a.Name, b.Name) })
	if m.head() == nil {
		v.Reasons = []quorum.Reason{quorum.Because(quorum.PolNoWallet, "release: want a trusted policy first, found none")}
		return v
	}
	if v.bundle, v.Reasons = quorum.ReadBundle(files); len(v.Reasons) > 0 {
		return v
	}
	v.behind = m.outrun(v.bundle)
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
// durable. A desk brings all headers that signers may lack, so that those below
// this machine's origin are passed over.
func (m *Machine) takeHeaders(raw []byte) []quorum.Reason {
	if len(raw) == 0 {
		return nil
	}
	if _, err := m.chain.Extend(headers.From(raw, m.chain.Origin().Hash)); err != nil {
		return []quorum.Reason{quorum.ReasonOf(err, quorum.ClkLink)}
	}
	return nil
}

// checkPolicies refuses a bundle that brings another version of the chain's past
// than this machine's, unless it is one that an amendment of the bundle asks to
// adopt: that is judged, and may be a fork.
func (m *Machine) checkPolicies(b *quorum.Bundle) []quorum.Reason {
	asked := m.adoptedIn(b)
	var reasons []quorum.Reason
	for version, p := range b.Policies {
		mine, held := m.chained.At(version)
		id := text.Identity(p)
		switch {
		case asked[id] || held && id == mine.Policy.Hash():
		case !held:
			reasons = append(reasons, quorum.Because(quorum.PolStale, "policy: want a version %d that an amendment of the bundle asks for, found one that nobody asks for", version))
		default:
			reasons = append(reasons, quorum.Because(quorum.PolStale, "policy: want version %d %s in the bundle, found another, %s", version, mine.Policy.Hash().Short(), id.Short()))
		}
	}
	return quorum.SortReasons(reasons)
}

// adoptedIn returns the policies that amendments of a bundle ask to adopt, and
// those that this machine adopted in records that a resync gives back.
func (m *Machine) adoptedIn(b *quorum.Bundle) map[text.Hash]bool {
	out := map[text.Hash]bool{}
	for _, t := range b.Texts {
		p, err := quorum.ParseProposal(t)
		if err != nil {
			continue
		}
		if a, ok := p.Body.(quorum.Amendment); ok {
			out[a.Policy] = true
		}
		for _, a := range m.forgotten(b, t) {
			out[a.Policy] = true
		}
	}
	return out
}

func (m *Machine) judgeItems(v *Visit) {
	var reports []quorum.Report
	for _, id := range slices.Sorted(maps.Keys(v.bundle.Texts)) {
		item := m.judgeItem(v, id)
		v.Items = append(v.Items, item)
		reports = append(reports, item.Report)
	}
	slices.SortStableFunc(v.Items, inTurn)
	if len(v.Items) == 0 {
		v.Reasons = []quorum.Reason{quorum.Because(quorum.BunName, "bundle: want at least one proposal, found none")}
	}
	if clones := quorum.Clones(reports); len(clones) > 0 {
		v.Reasons = clones
	}
}

// inTurn orders proposals as they take effect: what gives a signer its log back,
// what stops things, what lifts a stop, the versions of the policy, and then what
// is asked under the last of them.
func inTurn(a, b *Item) int {
	if c := cmp.Compare(turn(a), turn(b)); c != 0 {
		return c
	}
	return cmp.Compare(adopts(a), adopts(b))
}

func turn(i *Item) int {
	order := []quorum.Kind{quorum.KindResync, quorum.KindFreeze, quorum.KindCancel, quorum.KindThaw, quorum.KindAmendment}
	if n := slices.Index(order, i.Kind()); n >= 0 {
		return n
	}
	return len(order)
}

func adopts(i *Item) uint64 {
	if i.Report.Proposal != nil {
		if a, ok := i.Report.Proposal.Body.(quorum.Amendment); ok {
			return a.Version
		}
	}
	return 0
}

// Refresh judges again what has no outcome yet, after something took effect: the
// next version of the policy, a freeze, a release. The order of items stays.
func (m *Machine) Refresh(v *Visit) {
	for _, i := range v.Items {
		if !i.recorded && i.after != m.state.Size() {
			m.again(v, i)
		}
	}
}

func (m *Machine) again(v *Visit, i *Item) {
	twin := i.Twin
	*i = *m.judgeItem(v, i.ID().Short())
	i.Twin = twin
}

func (m *Machine) judgeItem(v *Visit, id string) *Item {
	in := v.bundle.Submission(id)
	in.Descriptors = v.descriptors
	verb := v.verb
	if isBrake(in.Text) {
		verb = quorum.Release // what stops something takes effect in any visit
	}
	world := m.World()
	world.Policies = m.remembered(v.bundle, m.forgotten(v.bundle, in.Text))
	permit, report := quorum.Judge(world, in, verb)
	item := &Item{Report: report, Reasons: report.Reasons, after: m.state.Size(), Stands: m.stands(report.Proposal), restores: m.restores(report)}
	if !permit.For(verb) {
		return item
	}
	if item.Reasons = m.checkDevice(permit); len(item.Reasons) > 0 {
		return item
	}
	if v.verb == quorum.Release && item.Kind().Moves() {
		m.judgeSpend(v, item, permit)
		return item
	}
	item.Permit = permit
	return item
}

func isBrake(b []byte) bool {
	p, err := quorum.ParseProposal(b)
	return err == nil && p.Kind().Brake()
}

// checkDevice refuses to move coins when the policy in force has another key for
// this machine's log: nobody could count what it does.
func (m *Machine) checkDevice(permit *quorum.Permit) []quorum.Reason {
	d, ok := m.head().Device(m.setup.Device)
	if !permit.Proposal().Kind().Moves() || ok && d.Verifier == m.Verifier().String() {
		return nil
	}
	return []quorum.Reason{quorum.Because(quorum.PolDevice, "device: want the line of %s with this machine's log key in policy %d, found none", m.setup.Device, m.head().Version)}
}

// judgeSpend is stage H for one item.
func (m *Machine) judgeSpend(v *Visit, item *Item, permit *quorum.Permit) {
	p := permit.Proposal()
	from, reasons := m.enrolled(p.Wallet)
	to := from
	if p.To != "" && len(reasons) == 0 {
		to, reasons = m.enrolled(p.To)
	}
	if item.Reasons = reasons; len(reasons) > 0 {
		return
	}
	raw, ok := v.bundle.PSBTs[p.ID().Short()]
	if !ok {
		item.Reasons = []quorum.Reason{quorum.Because(quorum.TxForm, "transaction: want %s.psbt in the bundle, found none", p.ID().Short())}
		return
	}
	packet, err := custody.DecodePSBT(raw)
	if err != nil {
		item.Reasons = []quorum.Reason{quorum.ReasonOf(err, quorum.TxForm)}
		return
	}
	item.Packet = packet
	if item.Spend, item.Reasons = JudgeTransaction(permit, from, to, packet, m.state, v.workers); item.Spend != nil {
		item.Permit = permit
	}
}

func (m *Machine) enrolled(id text.ID) (*custody.Descriptor, []quorum.Reason) {
	if d, ok := m.wallets[id]; ok {
		return d, nil
	}
	return nil, []quorum.Reason{quorum.Because(quorum.PolNoWallet, "wallet: want %s enrolled on this machine, found it missing", id)}
}

// World returns what the machine knows by itself.
func (m *Machine) World() quorum.World {
	return quorum.World{Policies: m.chained, Device: m.setup.Device, State: m.state, Root: m.log.Root, Chain: m.chain}
}

// descriptorsOf reads the bundle's descriptors that are destinations of the
// policy, in force or about to be; reading one is work, and a carrier can hold
// thousands. One that cannot be read is as good as absent.
func (m *Machine) descriptorsOf(b *quorum.Bundle) []*custody.Descriptor {
	policies := []*policy.Policy{m.head()}
	for _, raw := range b.Policies {
		if p, err := policy.Parse(raw); err == nil {
			policies = append(policies, p)
		}
	}
	var out []*custody.Descriptor
	for _, f := range b.Descriptors {
		if !slices.ContainsFunc(policies, func(p *policy.Policy) bool { return pays(p, text.Identity(f)) }) {
			continue
		}
		if d, err := custody.ParseDescriptorFile(m.setup.Network, f); err == nil {
			out = append(out, d)
		}
	}
	return out
}

// pays says whether a policy lists a descriptor among its destinations.
func pays(p *policy.Policy, descriptor text.Hash) bool {
	return slices.ContainsFunc(p.Destinations, func(d policy.Destination) bool { return d.Descriptor == descriptor })
}

// Finish records what was refused and ends the visit. With a note, such as an
// operator's decline, an exception is recorded too. A visit that only repeated
// an earlier release leaves no record at all, and neither does one that shows
// that this machine's log is older than it was, or not the only one: each record
// would make the fork longer.
func (m *Machine) Finish(v *Visit, s Session, note string) error {
	if v.Doubted() && !v.opened {
		return nil
	}
	var bodies []record.Body
	if len(v.Reasons) > 0 {
		bodies = append(bodies, record.Refused{Codes: quorum.Codes(v.Reasons)})
	}
	for _, i := range v.Items {
		if !i.Permitted() && !i.recorded && !i.Idle() {
			bodies = append(bodies, m.refusedBodies(i)...)
		}
	}
	if codes := v.alarms(); len(codes) > 0 {
		bodies = append(bodies, record.Quarantine{ID: v.alarmed(), Codes: codes}) // also a second time: a resync lifts only what its officers saw
	}
	if note != "" {
		bodies = append(bodies, record.Exception{Note: note})
	}
	if len(bodies) == 0 && !v.opened {
		return nil
	}
	return m.during(v, s, append(bodies, record.SessionClose{Operators: s.Operators})...)
}

// refusedBodies is what the log says of a refused item: who vetoed it, if
// somebody did, and every code.
func (m *Machine) refusedBodies(i *Item) []record.Body {
	var bodies []record.Body
	if by := i.Report.Vetoers(m.head()); len(by) > 0 && !m.state.Vetoed(i.ID()) {
		bodies = append(bodies, record.Vetoed{ID: i.ID(), Officers: by})
	}
	return append(bodies, record.Refused{ID: i.ID(), Codes: i.codes()})
}

// Idle says that an item was refused only because there is nothing to do: it took
// effect here before, it waits already, or it need not wait.
func (i *Item) Idle() bool {
	return len(i.Reasons) > 0 && !slices.ContainsFunc(i.Reasons, func(r quorum.Reason) bool {
		return r.Code.Alarm() || !i.Stands && r.Code != quorum.ClkRecorded && r.Code != quorum.ClkNoCool
	})
}

func (i *Item) codes() []string {
	if len(i.Report.Reasons) > 0 {
		return i.Report.Codes()
	}
	return quorum.Codes(i.Reasons)
}

// Begin records that people work on a visit, before the key is opened for it or
// anything else is done; Finish ends that.
func (m *Machine) Begin(v *Visit, s Session) error {
	if v.opened {
		return nil
	}
	return m.during(v, s)
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
	opening := s.opening()
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
	o := m.chain.Origin()
	return record.Tip{Known: true, Height: o.Height, Hash: o.Hash}
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
