package signer

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
)

// Unlocking is holders who open the wallet key together, one after the other.
// What they give is in memory only; whoever began it wipes it.
type Unlocking struct {
	m       *Machine
	session Session
	write   scribe
	want    custody.KeyRecord
	shares  record.Shares // the newest generation
	rules   policy.Workstation
	given   map[text.ID]*slip39.Share
	witness text.ID
}

// scribe writes records of one session.
type scribe func(...record.Body) error

// outside writes outside of a visit.
func (m *Machine) outside(s Session) scribe {
	return func(b ...record.Body) error { return m.write(s, b...) }
}

// BeginUnlock begins to gather shares of the newest generation, outside of a
// visit: at a ceremony.
func (m *Machine) BeginUnlock(s Session) (*Unlocking, error) {
	return m.beginUnlock(s, m.outside(s))
}

// BeginUnlockIn does so during a visit: what is recorded of it stands behind the
// visit's opening.
func (m *Machine) BeginUnlockIn(v *Visit, s Session) (*Unlocking, error) {
	return m.beginUnlock(s, func(b ...record.Body) error { return m.during(v, s, b...) })
}

func (m *Machine) beginUnlock(s Session, write scribe) (*Unlocking, error) {
	want, err := m.KeyRecord()
	if err != nil {
		return nil, err
	}
	newest, err := m.NewestShares()
	if err != nil {
		return nil, err
	}
	rules, err := m.Workstation()
	if err != nil {
		return nil, err
	}
	return &Unlocking{m: m, session: s, write: write, want: want, shares: newest, rules: rules, given: map[text.ID]*slip39.Share{}}, nil
}

// Workstation returns what the vault allows on this machine; before a policy is
// trusted, and without its annex, nothing.
func (m *Machine) Workstation() (policy.Workstation, error) {
	head := m.head()
	if head == nil {
		return policy.Workstation{Vault: m.setup.Vault}, nil
	}
	have := policy.Annexes{}
	for _, a := range head.Annexes {
		b, err := m.dir.ReadFile(annexFile(a), maxAnnex)
		if err != nil {
			return policy.Workstation{}, &CorruptError{err}
		}
		have[a.Name] = b
	}
	w, err := head.Workstation(have)
	if err != nil {
		return w, &CorruptError{err}
	}
	return w, nil
}

// Allowed says whether the vault leaves a rule of its workstations out.
func (u *Unlocking) Allowed(a policy.Allowance) bool { return u.rules.Allowed(a) }

// Generation returns the shares that are asked for.
func (u *Unlocking) Generation() record.Shares { return u.shares }

// Given returns who has given a share, sorted.
func (u *Unlocking) Given() []text.ID { return sortedHolders(u.given) }

// Enough says whether those who gave a share rebuild the key together.
func (u *Unlocking) Enough() bool { return u.shares.Rebuilt(u.Given()) }

// Ask says whether a holder may open their share now, and how long this machine
// waits first: longer after each wrong entry since the share was last opened.
// That stops nobody who copied the file.
func (u *Unlocking) Ask(holder text.ID) (record.Share, time.Duration, error) {
	share, reasons := u.m.mayOpen(u.shares, holder)
	if _, twice := u.given[holder]; twice {
		reasons = append(reasons, quorum.Because(quorum.KeyShare, "share: want another holder, found %s again", holder))
	}
	if len(reasons) == 0 && !share.Seal.Hardware() && !u.rules.Allowed(policy.AllowFiles) {
		reasons = append(reasons, quorum.Because(quorum.KeyFactor, "share of %s: want one that is sealed to hardware, found a %s, which annex workstation does not allow", holder, share.Seal))
	}
	if len(reasons) > 0 {
		return record.Share{}, 0, &RefusedError{reasons}
	}
	return share, waitFor(u.m.state.Failed(u.shares.Fingerprint, u.shares.Generation, holder)), nil
}

// AskShare says whether a holder may try to open their share of the newest
// generation, and how long this machine waits first.
func (m *Machine) AskShare(holder text.ID) (record.Share, time.Duration, error) {
	newest, err := m.NewestShares()
	if err != nil {
		return record.Share{}, 0, err
	}
	share, reasons := m.mayOpen(newest, holder)
	if len(reasons) > 0 {
		return record.Share{}, 0, &RefusedError{reasons}
	}
	return share, waitFor(m.state.Failed(newest.Fingerprint, newest.Generation, holder)), nil
}

// mayOpen refuses a stranger, and a share that was entered wrong too often.
func (m *Machine) mayOpen(shares record.Shares, holder text.ID) (record.Share, []quorum.Reason) {
	share, ok := shares.Of(holder)
	if !ok {
		return share, []quorum.Reason{quorum.Because(quorum.KeyShare, "share: want a holder of generation %d of key %x, found %s", shares.Generation, shares.Fingerprint, holder)}
	}
	if n := m.state.Failed(shares.Fingerprint, shares.Generation, holder); n >= maxWrongEntries {
		return share, []quorum.Reason{quorum.Because(quorum.KeyLocked, "share of %s: want less than %d wrong entries in a row, found %d; the other holders share the key anew", holder, maxWrongEntries, n)}
	}
	return share, nil
}

// waitFor doubles with each wrong entry, from a second on.
func waitFor(wrong int) time.Duration {
	if wrong == 0 {
		return 0
	}
	return min(time.Second<<(wrong-1), longestWait)
}

// Give takes the words of a holder's share, which stay the caller's to clear. A
// share of something else is recorded as a wrong entry.
func (u *Unlocking) Give(holder text.ID, words []byte) error {
	if _, _, err := u.Ask(holder); err != nil {
		return err
	}
	if err := u.m.checkShare(u.write, u.shares, holder, words); err != nil {
		return err
	}
	u.witness = "" // who saw the others did not see this one
	share, err := slip39.Parse(words)
	if err != nil {
		return &CorruptError{fmt.Errorf("share of %s: want words that the ceremony could read, found some that it cannot", holder)}
	}
	u.given[holder] = share
	return nil
}

// Fail records that a holder did not open their share.
func (u *Unlocking) Fail(holder text.ID, why string) error {
	return u.m.failShare(u.write, holder, why)
}

// FailShare records that a holder did not open their share of the newest
// generation. why is one line without anything secret.
func (m *Machine) FailShare(s Session, holder text.ID, why string) error {
	return m.failShare(m.outside(s), holder, why)
}

func (m *Machine) failShare(write scribe, holder text.ID, why string) error {
	newest, err := m.NewestShares()
	if err != nil {
		return err
	}
	return write(record.UnlockFailed{Fingerprint: newest.Fingerprint, Generation: newest.Generation, Holder: holder, Why: why})
}

// checkShare holds words against the commitment of a holder's share, and records
// what does not fit it.
func (m *Machine) checkShare(write scribe, shares record.Shares, holder text.ID, words []byte) error {
	share, reasons := m.mayOpen(shares, holder)
	if len(reasons) > 0 {
		return &RefusedError{reasons}
	}
	found := text.Hash(keystore.CommitShare(words))
	if found == share.Commitment {
		return nil
	}
	why := "found something else"
	for _, g := range m.Shares() {
		for _, other := range g.Shares {
			if other.Commitment == found {
				why = fmt.Sprintf("found that of %s in generation %d", other.Holder, g.Generation)
			}
		}
	}
	if err := m.failShare(write, holder, "another share: "+why); err != nil {
		return err
	}
	return &RefusedError{[]quorum.Reason{quorum.Because(quorum.KeyShare, "share of %s: want that of generation %d, %s", holder, shares.Generation, why)}}
}

// Open opens the key for signing: see OpenSeed. The caller wipes the account.
func (u *Unlocking) Open() (*keystore.Account, error) {
	seed, err := u.OpenSeed()
	if err != nil {
		return nil, err
	}
	defer seed.Wipe()
	return u.m.Account(seed)
}

// OpenSeed rebuilds the key from what was given, checks that it is the one that
// the log names, and records who opened it. The shares are wiped in any case;
// the caller wipes the seed.
func (u *Unlocking) OpenSeed() (*keystore.Seed, error) {
	defer u.Wipe()
	if reasons := u.missing(); len(reasons) > 0 {
		return nil, &RefusedError{reasons}
	}
	holders := u.Given()
	seed, err := u.rebuild()
	if err != nil {
		return nil, err
	}
	opened := record.Unlock{Fingerprint: u.shares.Fingerprint, Generation: u.shares.Generation, Holders: holders, Witness: u.witness}
	if err := u.write(opened); err != nil {
		seed.Wipe()
		return nil, err
	}
	return seed, nil
}

// missing is why the key does not open yet.
func (u *Unlocking) missing() []quorum.Reason {
	var reasons []quorum.Reason
	if !u.Enough() {
		reasons = append(reasons, quorum.Because(quorum.KeyShort, "shares: want %s, found those of %s", u.Needs(), orNobody(u.Given())))
	}
	if u.NeedsWitness() {
		reasons = append(reasons, quorum.Because(quorum.KeyWitness, "witness: want the signature of an officer who saw the holders in person, found none"))
	}
	return reasons
}

// Needs says whose shares rebuild the key, such as "2 of alice, bob, kim".
func (u *Unlocking) Needs() string { return Needs(u.shares) }

// Needs says whose shares of a generation rebuild the key.
func Needs(shares record.Shares) string {
	var groups []string
	for i, g := range shares.Sites {
		var who []string
		for _, s := range shares.Shares {
			if s.Group == i+1 {
				who = append(who, string(s.Holder))
			}
		}
		groups = append(groups, fmt.Sprintf("%d of %s", g.Need, strings.Join(who, ", ")))
	}
	if len(groups) == 1 {
		return groups[0]
	}
	return fmt.Sprintf("%d of these: %s", shares.Groups, strings.Join(groups, "; "))
}

func orNobody(ids []text.ID) string {
	var who []string
	for _, id := range ids {
		who = append(who, string(id))
	}
	if len(who) == 0 {
		return "nobody"
	}
	return strings.Join(who, ", ")
}

func (u *Unlocking) rebuild() (*keystore.Seed, error) {
	seed, err := keystore.Rebuild(u.enough())
	if err != nil {
		return nil, &CorruptError{err}
	}
	a, err := u.m.Account(seed)
	if err != nil {
		seed.Wipe()
		return nil, err
	}
	defer a.Wipe()
	if !a.Key().SameMaterial(u.want.Key) {
		seed.Wipe()
		return nil, &CorruptError{errors.New("key: want the key that the log names from its shares, found another")}
	}
	return seed, nil
}

// enough returns exactly as many shares as SLIP-39 combines.
func (u *Unlocking) enough() []*slip39.Share {
	var set []*slip39.Share
	full := 0
	for i, g := range u.shares.Sites {
		var group []*slip39.Share
		for _, s := range u.shares.Shares {
			if given, ok := u.given[s.Holder]; ok && s.Group == i+1 && len(group) < g.Need {
				group = append(group, given)
			}
		}
		if len(group) == g.Need && full < u.shares.Groups {
			set, full = append(set, group...), full+1
		}
	}
	return set
}

// Wipe overwrites every share that was given.
func (u *Unlocking) Wipe() {
	for id, s := range u.given {
		s.Wipe()
		delete(u.given, id)
	}
}
