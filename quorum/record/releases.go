package record

import (
	"fmt"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/quorum/text"
)

// Release is a released withdrawal as the log holds it: what was released, when
// by the header chain, and what its signing left behind.
type Release struct {
	Released
	Seq    int64
	Tip    Tip
	Signed []Signed // one for each transaction signed so far
}

func (s *State) release(r Record, b Released) error {
	if _, ok := s.wallets[b.Wallet]; !ok {
		return fmt.Errorf("want a release from an enrolled wallet, found %q", string(b.Wallet))
	}
	if _, ok := s.byID[b.ID]; ok {
		return fmt.Errorf("want one release of proposal %s, found a second", b.ID.Short())
	}
	for _, g := range b.Rungs {
		if _, ok := s.byTx[g.TxID]; ok {
			return fmt.Errorf("want transaction %s released once, found it twice", g.TxID)
		}
	}
	if err := s.checkFrozen(b); err != nil {
		return err
	}
	if err := s.checkAlive(b.ID); err != nil {
		return err
	}
	i := len(s.releases)
	s.releases = append(s.releases, Release{Released: b, Seq: r.Seq, Tip: r.Tip})
	s.byID[b.ID] = i
	for _, g := range b.Rungs {
		s.byTx[g.TxID] = i
		for _, in := range g.Inputs {
			s.byInput[in] = i
		}
	}
	return nil
}

func (s *State) sign(b Signed) error {
	i, ok := s.byTx[b.TxID]
	if !ok || s.releases[i].ID != b.ID {
		return fmt.Errorf("want a release of %s before its signature, found none", b.TxID)
	}
	for _, old := range s.releases[i].Signed {
		if old.TxID == b.TxID {
			return fmt.Errorf("want transaction %s signed once, found it twice", b.TxID)
		}
	}
	s.releases[i].Signed = append(s.releases[i].Signed, b)
	return nil
}

// Releases returns every release in log order.
func (s *State) Releases() []Release { return append([]Release(nil), s.releases...) }

// Count returns the number of releases.
func (s *State) Count() int { return len(s.releases) }

// Released returns the release of a proposal.
func (s *State) Released(id text.Hash) (Release, bool) { return at(s, s.byID, id) }

// ReleasedTx returns the release that a transaction belongs to.
func (s *State) ReleasedTx(id chainhash.Hash) (Release, bool) { return at(s, s.byTx, id) }

// Spender returns the last release that spends an outpoint.
func (s *State) Spender(o wire.OutPoint) (Release, bool) { return at(s, s.byInput, o) }

func at[K comparable](s *State, m map[K]int, k K) (Release, bool) {
	i, ok := m[k]
	if !ok {
		return Release{}, false
	}
	return s.releases[i], true
}

// SignedTx returns what was recorded when a transaction was signed.
func (r Release) SignedTx(id chainhash.Hash) (Signed, bool) {
	for _, s := range r.Signed {
		if s.TxID == id {
			return s, true
		}
	}
	return Signed{}, false
}
