package record

import (
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// State is everything that a log says, added up. It is made by NewState and
// Fold and grows by Apply only; the zero State has released and trusts nothing
// and takes no record.
type State struct {
	network  custody.Network
	size     int64
	genesis  *Genesis
	keys     []Key
	wallets  map[text.ID]Enrolled
	vetoed   map[text.Hash]bool
	releases []Release // in log order
	byID     map[text.Hash]int
	byTx     map[chainhash.Hash]int
	byInput  map[wire.OutPoint]int // the last release that spends it
}

// Release is a released withdrawal as the log holds it: what was released, when
// by the header chain, and what its signing left behind.
type Release struct {
	Released
	Seq    int64
	Tip    Tip
	Signed []Signed // one for each transaction signed so far
}

// Fold reads a log's entries from the first on. An entry that does not parse,
// that is out of sequence or that contradicts an earlier one is an error that
// names it, and there is no State.
func Fold(entries [][]byte, n custody.Network) (*State, error) {
	s := NewState(n)
	for i, e := range entries {
		r, err := Parse(e, n)
		if err != nil {
			return nil, fmt.Errorf("log entry %d: %w", i, err)
		}
		if err := s.Apply(r); err != nil {
			return nil, fmt.Errorf("log entry %d: %w", i, err)
		}
	}
	return s, nil
}

// NewState returns the state of an empty log of a vault on network n.
func NewState(n custody.Network) *State {
	return &State{network: n, wallets: map[text.ID]Enrolled{}, vetoed: map[text.Hash]bool{}, byID: map[text.Hash]int{},
		byTx: map[chainhash.Hash]int{}, byInput: map[wire.OutPoint]int{}}
}

// Apply adds the next record. After an error the state is unchanged.
func (s *State) Apply(r Record) error {
	if s.byID == nil {
		return fmt.Errorf("want a state made by NewState, found the zero one")
	}
	if r.Seq != s.size {
		return fmt.Errorf("want seq %d, found %d", s.size, r.Seq)
	}
	if err := s.apply(r); err != nil {
		return err
	}
	s.size++
	return nil
}

func (s *State) apply(r Record) error {
	switch b := r.Body.(type) {
	case Key:
		s.keys = append(s.keys, b)
	case Genesis:
		if s.genesis != nil {
			return fmt.Errorf("want one genesis, found a second")
		}
		s.genesis = &b
	case Enrolled:
		return s.enroll(b)
	case Released:
		return s.release(r, b)
	case Signed:
		return s.sign(b)
	case Refused:
		if !b.ID.IsZero() && slices.Contains(b.Codes, CodeVetoed) {
			s.vetoed[b.ID] = true
		}
	case SessionOpen, SessionClose, Inputs, Headers, Exception:
		// These are evidence; nothing is derived from them.
	default:
		return fmt.Errorf("want a kind that this program knows, found none")
	}
	return nil
}

func (s *State) enroll(b Enrolled) error {
	if s.genesis == nil {
		return fmt.Errorf("want a genesis before a wallet is enrolled, found none")
	}
	if _, ok := s.wallets[b.Wallet]; ok {
		return fmt.Errorf("want wallet %s enrolled once, found it twice", b.Wallet)
	}
	s.wallets[b.Wallet] = b
	return nil
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

// Size returns the number of records folded.
func (s *State) Size() int64 { return s.size }

// Network returns the network that amounts are read in.
func (s *State) Network() custody.Network { return s.network }

// Genesis returns the trusted first policy, and false before there is one.
func (s *State) Genesis() (Genesis, bool) {
	if s.genesis == nil {
		return Genesis{}, false
	}
	return *s.genesis, true
}

// Keys returns the keys that were made here, oldest first.
func (s *State) Keys() []Key { return append([]Key(nil), s.keys...) }

// Wallet returns an enrolled wallet.
func (s *State) Wallet(id text.ID) (Enrolled, bool) {
	w, ok := s.wallets[id]
	return w, ok
}

// Releases returns every release in log order.
func (s *State) Releases() []Release { return append([]Release(nil), s.releases...) }

// Count returns the number of releases.
func (s *State) Count() int { return len(s.releases) }

// Vetoed says whether a proposal was refused here because of a veto.
func (s *State) Vetoed(id text.Hash) bool { return s.vetoed[id] }

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
