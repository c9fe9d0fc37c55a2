package quorum

import (
	"maps"
	"slices"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// LogFile is another signer's log as a bundle carries it. It is proven when it
// is judged, against the key that the policy names.
type LogFile struct {
	Device     text.ID
	Checkpoint []byte
	Entries    []byte
	Upto       int64 // an auditor's replay counts only so many records; 0 for all
}

// History is the union of what all signers have released: a withdrawal counts
// once however many of them signed it. It only ever makes limits tighter.
type History struct {
	states []*record.State // mine first
}

// proveLogs checks the other signers' logs and returns their states. Every
// active signer but mine must be there, at least as long as the approvers saw
// it and with the same root up to there.
func proveLogs(w World, p *Proposal, files []LogFile) (*History, []Reason) {
	h := &History{states: []*record.State{w.State}}
	var reasons []Reason
	for _, d := range w.Policy.Devices {
		if d.ID == w.Device {
			continue
		}
		s, err := proveLog(w, d, seenBy(p, d.ID), files)
		if err != nil {
			reasons = append(reasons, *err)
			continue
		}
		h.states = append(h.states, s)
	}
	return h, reasons
}

func seenBy(p *Proposal, device text.ID) Seen {
	for _, s := range p.Seen {
		if s.Device == device {
			return s
		}
	}
	return Seen{}
}

func proveLog(w World, d policy.Device, seen Seen, files []LogFile) (*record.State, *Reason) {
	refused := func(format string, args ...any) (*record.State, *Reason) {
		r := Because(LimUnproven, "signer %s: "+format, append([]any{d.ID}, args...)...)
		return nil, &r
	}
	i := slices.IndexFunc(files, func(f LogFile) bool { return f.Device == d.ID })
	if i < 0 {
		return refused("want its log in the bundle, found none")
	}
	v, err := auditlog.ParseVerifier(d.Verifier)
	if err != nil {
		return refused("%v", err)
	}
	proven, err := auditlog.Prove(files[i].Checkpoint, files[i].Entries, v)
	if err != nil {
		return refused("want a log that its checkpoint proves: %v", err)
	}
	entries := proven.Entries()
	if upto := files[i].Upto; upto > 0 && upto < int64(len(entries)) {
		entries = entries[:upto]
	}
	if size := int64(len(entries)); size < seen.Size {
		return refused("want at least the %d records that the approvers saw, found %d", seen.Size, size)
	}
	if root, err := proven.Root(seen.Size); err != nil || root != seen.Root {
		return refused("want the records that the approvers saw, found others")
	}
	s, err := record.Fold(entries, w.Policy.Network)
	if err != nil {
		return refused("want a log that can be read: %v", err)
	}
	if g, ok := s.Genesis(); !ok || g.Policy != w.Genesis {
		return refused("want a signer that trusts this vault, found one that does not")
	}
	return s, nil
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
			if within(c, r.Tip, window) {
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
// height now; a height that this chain has not reached counts as inside: doubt
// never frees a limit.
func within(c *headers.Chain, t record.Tip, window uint32) bool {
	if !t.Known {
		return true
	}
	anchor, ok := c.PointAt(t.Height)
	if !ok {
		return true
	}
	credits, ok := c.Credits(anchor)
	return !ok || credits < uint64(window)
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
