package quorum

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// LogFile is another signer's log as a bundle carries it. It is proven against
// the key that the policy names when it is first judged by, and once only.
type LogFile struct {
	Device     text.ID
	Checkpoint []byte
	Entries    []byte
	Upto       int64 // an auditor's replay counts only so many records; 0 for all

	mu     sync.Mutex
	opened *openedLog
	head   *openedHead
}

// openedHead is a log's checkpoint that was verified, or why it could not be.
type openedHead struct {
	verifier string
	auditlog.Checkpoint
	err error
}

// readHead verifies the checkpoint alone.
func (f *LogFile) readHead(verifier string) *openedHead {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.head == nil || f.head.verifier != verifier {
		f.head = &openedHead{verifier: verifier}
		var v auditlog.Verifier
		if v, f.head.err = auditlog.ParseVerifier(verifier); f.head.err == nil {
			f.head.Checkpoint, f.head.err = auditlog.OpenCheckpoint(f.Checkpoint, v)
		}
	}
	return f.head
}

// openedLog is a log that was proven, or why it could not be.
type openedLog struct {
	verifier string
	proven   *auditlog.Proven
	entries  [][]byte
	state    *record.State
	err      error
}

func (f *LogFile) open(verifier string, n custody.Network) *openedLog {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.opened == nil || f.opened.verifier != verifier {
		f.opened = &openedLog{verifier: verifier}
		f.opened.err = f.opened.read(f, n)
	}
	return f.opened
}

func (o *openedLog) read(f *LogFile, n custody.Network) error {
	v, err := auditlog.ParseVerifier(o.verifier)
	if err != nil {
		return err
	}
	if o.proven, err = auditlog.Prove(f.Checkpoint, f.Entries, v); err != nil {
		return fmt.Errorf("want a log that its checkpoint proves: %w", err)
	}
	o.entries = o.proven.Entries()
	if f.Upto > 0 && f.Upto < int64(len(o.entries)) {
		o.entries = o.entries[:f.Upto]
	}
	if o.state, err = record.Fold(o.entries, n); err != nil {
		return fmt.Errorf("want a log that can be read: %w", err)
	}
	return nil
}

// History is the union of what all signers have released: a withdrawal counts
// once however many of them signed it. It only ever makes limits tighter.
type History struct {
	states  []*record.State // mine first
	devices []text.ID       // whose they are
}

// without returns the history less the logs of signers that a policy drops. My
// own stays.
func (h *History) without(next *policy.Policy) *History {
	out := &History{states: h.states[:1:1], devices: h.devices[:1:1]}
	for i, s := range h.states[1:] {
		if _, stays := next.Device(h.devices[i+1]); stays {
			out.states, out.devices = append(out.states, s), append(out.devices, h.devices[i+1])
		}
	}
	return out
}

// killed says whether any signer holds the cancellation of a proposal.
func (h *History) killed(id text.Hash) bool {
	return slices.ContainsFunc(h.states, func(s *record.State) bool { return s.Killed(id) })
}

// freezes returns the freezes that stand, each once: those in any log whose
// signer did not lift them, unless this one did.
func (h *History) freezes() []record.Freeze {
	var out []record.Freeze
	for _, s := range h.states {
		for _, f := range s.Freezes() {
			known := slices.ContainsFunc(out, func(o record.Freeze) bool { return o.ID == f.ID })
			if !known && !s.Lifted(f.ID) && !h.states[0].Lifted(f.ID) {
				out = append(out, f)
			}
		}
	}
	return out
}

// Freezes returns the freezes that stand in any log.
func (h *History) Freezes() []record.Freeze { return h.freezes() }

// adoptions returns the policies that other signers have adopted.
func (h *History) adoptions() []record.Adoption {
	var out []record.Adoption
	for _, s := range h.states[1:] {
		out = append(out, s.Adoptions()...)
	}
	return out
}

// adoptedBy counts the other signers with a key of a wallet that have adopted a
// version.
func (h *History) adoptedBy(p *policy.Policy, version uint64, hash text.Hash) int {
	n := 0
	for i, s := range h.states[1:] {
		if p.HoldsKey(h.devices[i+1]) && slices.ContainsFunc(s.Adoptions(), func(a record.Adoption) bool { return a.Version == version && a.Policy == hash }) {
			n++
		}
	}
	return n
}

// lastLife returns the newest tip at which any log shows that officers were
// there, other than for the proposal named. Without any, it is when the vault
// was first trusted; known is false when no log tells.
func (h *History) lastLife(but text.Hash) (at record.Tip, known bool) {
	for _, s := range h.states {
		t, ok := s.LastLife(but)
		if !ok {
			return record.Tip{}, false
		}
		if !known || t.Height > at.Height {
			at, known = t, true
		}
	}
	return at, known
}

// proveLogs checks the other signers' logs and returns their states. Every
// active signer but mine must be there, at least as long as the approvers saw
// it and with the same root up to there.
func proveLogs(w World, p *Proposal, files []*LogFile) (*History, []Reason) {
	h := &History{states: []*record.State{w.State}, devices: []text.ID{w.Device}}
	var reasons []Reason
	for _, d := range w.head().Devices {
		if d.ID == w.Device {
			continue
		}
		s, err := proveLog(w, d, seenOf(p, d.ID), files)
		if err != nil {
			reasons = append(reasons, *err)
			continue
		}
		h.states, h.devices = append(h.states, s), append(h.devices, d.ID)
	}
	return h, reasons
}

func seenOf(p *Proposal, device text.ID) Seen {
	s, _ := seenIn(p.Seen, device)
	return s
}

func proveLog(w World, d policy.Device, seen Seen, files []*LogFile) (*record.State, *Reason) {
	refused := func(format string, args ...any) (*record.State, *Reason) {
		r := Because(LimUnproven, "signer %s: "+format, append([]any{d.ID}, args...)...)
		return nil, &r
	}
	i := slices.IndexFunc(files, func(f *LogFile) bool { return f.Device == d.ID })
	if i < 0 {
		return refused("want its log in the bundle, found none")
	}
	l := files[i].open(d.Verifier, w.head().Network)
	if l.err != nil {
		return refused("%v", l.err)
	}
	if size := int64(len(l.entries)); size < seen.Size {
		return refused("want at least the %d records that the approvers saw, found %d", seen.Size, size)
	}
	if root, err := l.proven.Root(seen.Size); err != nil || root != seen.Root {
		return refused("want the records that the approvers saw, found others")
	}
	if g, ok := l.state.Genesis(); !ok || g.Policy != w.Policies.Genesis() {
		return refused("want a signer that trusts this vault, found one that does not")
	}
	return l.state, nil
}

// Vetoed says whether any signer has refused a proposal because of a veto.
func (h *History) Vetoed(id text.Hash) bool {
	return slices.ContainsFunc(h.states, func(s *record.State) bool { return s.Vetoed(id) })
}

// Released returns the first release of a proposal that any log holds.
func (h *History) Released(id text.Hash) (record.Release, bool) {
	return h.find(func(s *record.State) (record.Release, bool) { return s.Released(id) })
}

// ReleasedTx returns the release that a transaction belongs to.
func (h *History) ReleasedTx(id chainhash.Hash) (record.Release, bool) {
	return h.find(func(s *record.State) (record.Release, bool) { return s.ReleasedTx(id) })
}

// Spenders returns every release, in any log, that spends an outpoint.
func (h *History) Spenders(o wire.OutPoint) []record.Release {
	var out []record.Release
	for _, s := range h.states {
		if r, ok := s.Spender(o); ok {
			out = append(out, r)
		}
	}
	return out
}

func (h *History) find(look func(*record.State) (record.Release, bool)) (record.Release, bool) {
	for _, s := range h.states {
		if r, ok := look(s); ok {
			return r, true
		}
	}
	return record.Release{}, false
}

// ReplacedBy returns the id of a released proposal that replaces this one.
func (h *History) ReplacedBy(id text.Hash) (text.Hash, bool) {
	for _, s := range h.states {
		for _, r := range s.Releases() {
			if r.Replaces == id {
				return r.ID, true
			}
		}
	}
	return text.Hash{}, false
}

// Lineage returns the releases that a proposal stands in line with, oldest
// first: what it replaces, what that replaced, and so on. ok is false when a
// member is in no log.
func (h *History) Lineage(replaces text.Hash) (line []record.Release, ok bool) {
	for id := replaces; !id.IsZero(); {
		r, found := h.Released(id)
		if !found || len(line) > maxLineage {
			return nil, false
		}
		line = append(line, r)
		id = r.Replaces
	}
	slices.Reverse(line)
	return line, true
}

// root follows a release back to the first of its lineage.
func (h *History) root(r record.Release) text.Hash {
	for range maxLineage {
		if r.Replaces.IsZero() {
			return r.ID
		}
		prev, ok := h.Released(r.Replaces)
		if !ok {
			return r.Replaces
		}
		r = prev
	}
	return r.ID
}

// sum adds up what was released within a window of credits before the chain's
// tip. of tells how much of a release counts; each lineage counts once, with
// its largest member. The lineage that the proposal itself belongs to is
// returned apart, since the proposal takes its place.
func (h *History) sum(c *headers.Chain, window uint32, own text.Hash, of func(record.Released) custody.Amount) (others, mine custody.Amount, err error) {
	largest := map[text.Hash]custody.Amount{}
	for _, s := range h.states {
		for _, r := range s.Releases() {
			if r.Tier != "" && within(c, r.Tip, window) {
				root := h.root(r)
				largest[root] = max(largest[root], of(r.Released))
			}
		}
	}
	mine = largest[own]
	delete(largest, own)
	for amount := range maps.Values(largest) {
		if others, err = others.Add(amount); err != nil {
			return 0, 0, err
		}
	}
	return others, mine, nil
}

// within says whether a release at tip t lies in the window. A block that a
// reorganisation took off the chain is counted from the one that stands at its
// height now, one below the first block that is known from that; a height that
// this chain has not reached counts as inside: doubt never frees a limit.
func within(c *headers.Chain, t record.Tip, window uint32) bool {
	if !t.Known {
		return true
	}
	return creditsAt(c, t.Height) < uint64(window)
}

// indexPaid says whether any release paid this index of a destination that is
// a descriptor, other than in the lineage named.
func (h *History) indexPaid(label text.ID, index uint32, own text.Hash) bool {
	for _, s := range h.states {
		for _, r := range s.Releases() {
			paid := slices.ContainsFunc(r.Pays, func(p record.Pay) bool { return p.Label == label && p.Indexed && p.Index == index })
			if paid && h.root(r) != own {
				return true
			}
		}
	}
	return false
}

// ReleasesOf returns every release of a proposal, in any log.
func (h *History) ReleasesOf(id text.Hash) []record.Release {
	var out []record.Release
	for _, s := range h.states {
		if r, ok := s.Released(id); ok {
			out = append(out, r)
		}
	}
	return out
}

// Releases returns every release of every log; one that several signers
// released comes several times.
func (h *History) Releases() []record.Release {
	var out []record.Release
	for _, s := range h.states {
		out = append(out, s.Releases()...)
	}
	return out
}
