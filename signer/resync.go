package signer

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// resync puts this machine back to work:
//
//  1. the records that it lost are taken from the copy that officers have, if its
//     own key signed them and everything it still has stands in them
//  2. the policies, annexes and wallets that they name are brought along
//  3. files first, then the records, then the resync itself
//
// Afterwards the log is the one that everybody knows, and every proposal that
// waited is dead.
func (m *Machine) resync(v *Visit, s Session, item *Item, r quorum.Resync) error {
	before, err := m.log.Root(m.log.Size())
	if err != nil {
		return err
	}
	from := record.LogHead{Size: m.log.Size(), Root: before}
	if r.To.Size > from.Size {
		if err := m.catchUp(v, r); err != nil {
			return err
		}
	}
	to, err := m.log.Root(m.log.Size())
	if err != nil {
		return err
	}
	return m.decided(v, s, item, record.Resync{ID: item.ID(), Device: r.Device, From: from,
		To: record.LogHead{Size: m.log.Size(), Root: to}, Signers: item.Permit.Seated()})
}

// catchUp appends the records that this machine lost.
func (m *Machine) catchUp(v *Visit, r quorum.Resync) error {
	if v.opened {
		return fmt.Errorf("resync: want it before anything else of the visit, found that something was recorded")
	}
	lost, state, err := m.lost(v.bundle, r)
	if err != nil {
		return &RefusedError{[]quorum.Reason{quorum.Because(quorum.StateResync, "%v", err)}}
	}
	if err := m.restoreFiles(v.bundle, state); err != nil {
		return err
	}
	if err := m.keepHeaders(); err != nil {
		return err
	}
	if err := m.log.Append(lost...); err != nil {
		m.broken = fmt.Errorf("signer home: want it opened again after a failed write: %w", err)
		return m.broken
	}
	m.state, v.behind = state, false
	return m.reload()
}

// lost returns the records that are missing here, and the state with them.
func (m *Machine) lost(b *quorum.Bundle, r quorum.Resync) ([][]byte, *record.State, error) {
	proven, err := auditlog.Prove(b.Checkpoints[m.setup.Device], b.Entries[m.setup.Device], m.Verifier())
	if err != nil {
		return nil, nil, fmt.Errorf("resync: want this signer's own log in the bundle, signed by its key: %w", err)
	}
	all := proven.Entries()
	if root, err := proven.Root(r.To.Size); err != nil || root != r.To.Root {
		return nil, nil, fmt.Errorf("resync: want the %d records that officers know in the bundle, found %d or other ones", r.To.Size, len(all))
	}
	mine, err := m.log.Root(m.log.Size())
	if err != nil {
		return nil, nil, err
	}
	if root, err := proven.Root(m.log.Size()); err != nil || root != mine {
		return nil, nil, fmt.Errorf("resync: want every record of this signer among those that officers know, found that it wrote others; replace the signer instead")
	}
	state, err := record.Fold(all, m.setup.Network)
	return all[m.log.Size():], state, err
}

// forgotten returns the adoptions in the records that this machine lost, when a
// text is the resync that gives them back.
func (m *Machine) forgotten(b *quorum.Bundle, t []byte) []record.Adoption {
	p, err := quorum.ParseProposal(t)
	if err != nil {
		return nil
	}
	r, ok := p.Body.(quorum.Resync)
	if !ok || r.Device != m.setup.Device || r.To.Size <= m.log.Size() {
		return nil
	}
	_, state, err := m.lost(b, r)
	if err != nil {
		return nil
	}
	return state.Adoptions()[len(m.state.Adoptions()):]
}

// remembered returns the policy chain with the versions that this machine
// adopted in records that it lost, as far as the bundle holds them: its own key
// has signed for them, and the resync was decided under the last of them.
func (m *Machine) remembered(b *quorum.Bundle, adoptions []record.Adoption) *quorum.Policies {
	chained := m.chained
	for _, a := range adoptions {
		next, err := policy.Parse(b.Policies[a.Version])
		if err != nil || next.Hash() != a.Policy {
			return chained
		}
		class, err := policy.ParseClass(string(a.Class))
		if err != nil {
			return chained
		}
		longer, err := chained.Adopt(next, class, a.Tip)
		if err != nil {
			return chained
		}
		chained = longer
	}
	return chained
}

// restoreFiles writes the policies and wallets that recovered records name and
// this home lacks.
func (m *Machine) restoreFiles(b *quorum.Bundle, state *record.State) error {
	adoptions := state.Adoptions()[len(m.state.Adoptions()):]
	for _, a := range adoptions {
		if err := m.restoreFile(quorum.PolicyName(a.Version)+".txt", a.Policy, int64(text.Policy.MaxSize()), [][]byte{b.Policies[a.Version]}); err != nil {
			return err
		}
	}
	chained := m.remembered(b, adoptions)
	for _, v := range chained.Versions() {
		if err := m.keepAnnexes(v.Policy, b.Annexes); err != nil {
			return err
		}
	}
	if version, want, _ := state.Head(); chained.Head().Hash() != want {
		return &RefusedError{[]quorum.Reason{quorum.Because(quorum.StateResync, "resync: want every policy up to version %d in the bundle, found them up to %d", version, chained.Head().Version)}}
	}
	for _, w := range chained.Head().Wallets {
		e, ok := state.Wallet(w.ID)
		if !ok {
			continue
		}
		if err := m.restoreFile(walletFile(w.ID), e.Descriptor, maxDescriptor, b.Descriptors); err != nil {
			return err
		}
	}
	return nil
}

func (m *Machine) restoreFile(name string, want text.Hash, most int64, from [][]byte) error {
	have, err := m.dir.ReadFile(name, most)
	if err == nil && text.Identity(have) == want {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	i := slices.IndexFunc(from, func(b []byte) bool { return text.Identity(b) == want })
	if i < 0 {
		return &RefusedError{[]quorum.Reason{quorum.Because(quorum.StateResync, "resync: want %s with the hash %s in the bundle, found none", name, want.Short())}}
	}
	return m.dir.WriteFile(name, from[i])
}
