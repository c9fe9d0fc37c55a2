package signer

import (
	"fmt"
	"slices"

	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// Record begins the wait of a permitted proposal: the log gets the proposal's
// id, the tip, and 32 random bytes that nobody could know before, so that a
// checkpoint over the record cannot have been stamped earlier.
func (m *Machine) Record(v *Visit, s Session, item *Item, nonce [32]byte) error {
	if m.broken != nil {
		return m.broken
	}
	if len(v.Reasons) > 0 || !item.Permit.For(quorum.Record) {
		return &RefusedError{slices.Concat(v.Reasons, item.Reasons)}
	}
	if item.after != m.state.Size() {
		if m.again(v, item); !item.Permitted() {
			return &RefusedError{item.Reasons}
		}
	}
	if err := v.inDoubt(item); err != nil {
		item.refuse(err)
		return err
	}
	p := item.Permit.Proposal()
	r := record.Recorded{ID: p.ID(), What: text.ID(p.Kind()), Sitting: item.Permit.Sitting(), Expires: p.Expires, Nonce: nonce}
	for _, vote := range item.Permit.Votes() {
		r.Signatures = append(r.Signatures, vote.File)
	}
	slices.SortFunc(r.Signatures, func(a, b text.Hash) int { return slices.Compare(a[:], b[:]) })
	if err := m.during(v, s, r); err != nil {
		return err
	}
	item.recorded = true
	return nil
}

// Enact carries out a permitted proposal that spends no coins. What it takes
// effect on is judged again afterwards; see Refresh. One that took effect here
// before leaves no record.
func (m *Machine) Enact(v *Visit, s Session, item *Item) error {
	if m.broken != nil {
		return m.broken
	}
	if len(v.Reasons) > 0 || !item.Permit.For(quorum.Release) || item.Kind().Moves() {
		return &RefusedError{slices.Concat(v.Reasons, item.Reasons)}
	}
	if item.after != m.state.Size() {
		if m.again(v, item); !item.Permitted() {
			return &RefusedError{item.Reasons}
		}
	}
	if err := v.inDoubt(item); err != nil {
		item.refuse(err)
		return err
	}
	if err := m.enact(v, s, item); err != nil {
		item.refuse(err)
		return err
	}
	item.recorded, item.restores = true, false
	return nil
}

// stands says whether what a proposal asks for took effect here before.
func (m *Machine) stands(p *quorum.Proposal) bool {
	if p == nil {
		return false
	}
	switch b := p.Body.(type) {
	case quorum.Freeze:
		return m.frozen(p.ID())
	case quorum.Cancel:
		return m.state.Killed(b.Kills)
	case quorum.Thaw:
		return m.state.Lifted(b.Lifts)
	case quorum.Rehearsal:
		return slices.ContainsFunc(m.state.Rehearsals(), func(r record.Rehearsal) bool { return r.ID == p.ID() })
	case quorum.Restore:
		_, done := m.state.Restored(p.ID())
		return done
	case quorum.Amendment:
		return slices.ContainsFunc(m.state.Adoptions(), func(a record.Adoption) bool { return a.ID == p.ID() })
	case quorum.Resync:
		return m.state.ResyncedBy(p.ID())
	}
	return false
}

func (m *Machine) enact(v *Visit, s Session, item *Item) error {
	if item.Stands {
		return nil
	}
	p := item.Permit.Proposal()
	by := item.Permit.Seated()
	switch b := p.Body.(type) {
	case quorum.Freeze:
		return m.during(v, s, record.Frozen{ID: p.ID(), Scope: b.Scope, Officer: p.Maker})
	case quorum.Cancel:
		return m.during(v, s, record.Killed{ID: b.Kills, By: p.ID(), Officer: p.Maker})
	case quorum.Thaw:
		return m.decided(v, s, item, record.Thawed{ID: p.ID(), Lifts: b.Lifts, Signers: by})
	case quorum.Rehearsal:
		return m.decided(v, s, item, record.Rehearsal{ID: p.ID(), Statement: b.Statement, Answered: answered(item.Permit)})
	case quorum.Restore:
		return m.during(v, s, record.Restore{ID: p.ID(), Snapshot: b.Snapshot, Store: b.Store, Place: b.Place, Operator: b.Operator, Recipients: b.Recipients, Signers: by})
	case quorum.Amendment:
		return m.adopt(v, s, item, b)
	case quorum.Resync:
		return m.resync(v, s, item, b)
	}
	return fmt.Errorf("%s: want a kind that takes effect on a signer, found another", p.Kind())
}

// decided writes what watchers cleared and then what was decided.
func (m *Machine) decided(v *Visit, s Session, item *Item, body record.Body) error {
	return m.during(v, s, append(cleared(item.Permit), body)...)
}

// cleared names the clearances that were needed.
func cleared(p *quorum.Permit) []record.Body {
	var out []record.Body
	for _, c := range p.Clearings() {
		out = append(out, record.Cleared{ID: p.Proposal().ID(), Clearance: c.Clearance, Watcher: c.Watcher})
	}
	return out
}

func (m *Machine) frozen(id text.Hash) bool {
	return slices.ContainsFunc(m.state.Freezes(), func(f record.Freeze) bool { return f.ID == id })
}

// answered returns the officers who signed a rehearsal, in whatever act.
func answered(p *quorum.Permit) []text.ID {
	var out []text.ID
	for _, v := range p.Votes() {
		out = append(out, v.Officer)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// adopt makes the next version of the policy this machine's own: its text is on
// disk before the record that names it.
func (m *Machine) adopt(v *Visit, s Session, item *Item, a quorum.Amendment) error {
	next := item.Permit.Next()
	if err := m.dir.WriteFile(quorum.PolicyName(a.Version)+".txt", next.Bytes()); err != nil {
		return err
	}
	if err := m.keepAnnexes(next, v.bundle.Annexes); err != nil {
		return err
	}
	adopted := record.Adopted{ID: item.ID(), Version: a.Version, Policy: a.Policy, Class: text.ID(a.Class.String()), Signers: item.Permit.Seated()}
	if err := m.decided(v, s, item, adopted); err != nil {
		return err
	}
	return m.reload()
}

// reload reads the policy chain and the wallets again, as the next start would.
// The headers stay: they are in memory, and newer than what lies on disk.
func (m *Machine) reload() error {
	raw := m.chain.Bytes()
	if err := m.loadPolicy(); err != nil {
		return &CorruptError{err}
	}
	if _, err := m.chain.Extend(headers.From(raw, headers.Hash(m.head().Origin.Hash))); err != nil {
		return &CorruptError{err}
	}
	if err := m.loadWallets(); err != nil {
		return &CorruptError{err}
	}
	return nil
}
