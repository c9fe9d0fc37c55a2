package record

import (
	"fmt"

	"github.com/btcsuite/btcd/chainhash/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/custody"
	"strongroom/quorum/text"
)

// State is everything that a log says, added up. It is made by NewState and
// Fold and grows by Apply only; the zero State has released and trusts nothing
// and takes no record. What each kind of record does to it, and what it answers
// about that kind, stands with the kind's type.
type State struct {
	network custody.Network
	size    int64
	genesis *Genesis
	keys    []Key
	shares  map[[4]byte][]Shares // by the key's fingerprint, the oldest generation first
	failed  map[shareOf]int      // since the share was last opened
	proven  map[shareOf][]Tip
	wallets map[text.ID]Enrolled

	adoptions  []Adoption  // in log order, as all lists here
	recordings []Recording // dead ones too
	recorded   map[text.Hash]int
	cleared    map[text.Hash][]Cleared
	vetoed     map[text.Hash]bool
	killed     map[text.Hash]bool
	freezes    []Freeze // Lifted is not kept here
	lifted     map[text.Hash]bool

	quarantined bool
	doubts      []string
	doubtedAt   int64 // seq of the last quarantine
	resynced    bool
	lastResync  int64
	settled     uint64 // version up to which forks of the policy are settled
	resyncs     map[text.Hash]bool

	lives   []life // in log order
	founded Tip    // the first tip that any record names

	rehearsals []Rehearsal
	restores   map[text.Hash]Restore

	releases []Release
	byID     map[text.Hash]int
	byTx     map[chainhash.Hash]int
	byInput  map[wire.OutPoint]int // the last release that spends it
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
	return &State{
		network: n, wallets: map[text.ID]Enrolled{},
		shares: map[[4]byte][]Shares{}, failed: map[shareOf]int{}, proven: map[shareOf][]Tip{},
		recorded: map[text.Hash]int{}, cleared: map[text.Hash][]Cleared{}, vetoed: map[text.Hash]bool{}, killed: map[text.Hash]bool{},
		lifted: map[text.Hash]bool{}, resyncs: map[text.Hash]bool{}, restores: map[text.Hash]Restore{},
		byID: map[text.Hash]int{}, byTx: map[chainhash.Hash]int{}, byInput: map[wire.OutPoint]int{},
	}
}

// Apply adds the next record. After an error the state is unchanged.
func (s *State) Apply(r Record) error {
	if s.byID == nil {
		return fmt.Errorf("want a state made by NewState, found the zero one")
	}
	if r.Seq != s.size {
		return fmt.Errorf("want seq %d, found %d", s.size, r.Seq)
	}
	if r.Body == nil {
		return fmt.Errorf("want a kind that this program knows, found none")
	}
	if err := s.checkQuarantine(r.Body); err != nil {
		return err
	}
	if err := s.apply(r); err != nil {
		return err
	}
	s.live(r)
	s.size++
	return nil
}

// apply takes what the vault is made of, what leaves it, and evidence.
func (s *State) apply(r Record) error {
	switch b := r.Body.(type) {
	case Key:
		s.keys = append(s.keys, b)
	case Genesis:
		return s.trust(b)
	case Enrolled:
		return s.enroll(b)
	case Released:
		return s.release(r, b)
	case Signed:
		return s.sign(b)
	case Restore:
		return s.restore(b)
	case Refused:
		s.refuse(b)
	case Rehearsal:
		s.rehearsals = append(s.rehearsals, b)
	case SessionOpen, SessionClose, Inputs, Headers, Exception, Integrity, Assessed, Wiped:
		// These are evidence; nothing is derived from them.
	default:
		return s.applyOrder(r)
	}
	return nil
}

// applyOrder takes what officers order besides payments, and doubt.
func (s *State) applyOrder(r Record) error {
	switch b := r.Body.(type) {
	case Adopted:
		return s.adopt(r, b)
	case Recorded:
		return s.record(r, b)
	case Cleared:
		s.cleared[b.ID] = append(s.cleared[b.ID], b)
	case Vetoed:
		s.vetoed[b.ID] = true
	case Killed:
		s.killed[b.ID] = true
	case Frozen:
		return s.freeze(r, b)
	case Thawed:
		s.lifted[b.Lifts] = true
	case Quarantine:
		s.isolate(r, b)
	case Resync:
		return s.resync(r, b)
	default:
		return s.applyKey(r)
	}
	return nil
}

// applyKey takes what becomes of the wallet key.
func (s *State) applyKey(r Record) error {
	switch b := r.Body.(type) {
	case Shares:
		return s.share(b)
	case ShareProven:
		return s.proveShare(r, b)
	case Unlock:
		return s.unlock(b)
	case UnlockFailed:
		return s.unlockFailed(b)
	}
	return fmt.Errorf("want a kind that this program knows, found another form of %s", r.Body.Kind())
}

// checkFrozen refuses what a freeze of everything stops.
func (s *State) checkFrozen(b Body) error {
	if f, ok := s.frozen(); ok {
		return fmt.Errorf("want every freeze of everything lifted before the next record of kind %s, found %s standing", b.Kind(), f.ID.Short())
	}
	return nil
}

// checkAlive refuses a proposal that was vetoed or cancelled before.
func (s *State) checkAlive(id text.Hash) error {
	if s.vetoed[id] {
		return fmt.Errorf("want a proposal that nobody vetoed, found %s, which was", id.Short())
	}
	if s.killed[id] {
		return fmt.Errorf("want a proposal that was not cancelled, found %s, which was", id.Short())
	}
	return nil
}

// Size returns the number of records folded.
func (s *State) Size() int64 { return s.size }

// Network returns the network that amounts are read in.
func (s *State) Network() custody.Network { return s.network }
