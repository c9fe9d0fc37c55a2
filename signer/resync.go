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
	m.state = state
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

// restoreFiles writes the policies and wallets that recovered records name and
// this home lacks.
func (m *Machine) restoreFiles(b *quorum.Bundle, state *record.State) error {
	for _, a := range state.Adoptions() {
		if err := m.restoreFile(quorum.PolicyName(a.Version)+".txt", a.Policy, int64(text.Policy.MaxSize()), [][]byte{b.Policies[a.Version]}); err != nil {
			return err
		}
		p, err := policy.Parse(b.Policies[a.Version])
		if err == nil && p.Hash() == a.Policy {
			if err := m.keepAnnexes(p, b.Annexes); err != nil {
				return err
			}
		}
	}
	for _, w := range m.head().Wallets {
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
