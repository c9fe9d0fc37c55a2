package signer

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
)

// account is the BIP-48 account of the one wallet key that a signer holds.
const account = 0

// Account derives the account that this signer's wallet key is for. The caller
// wipes it.
func (m *Machine) Account(seed *keystore.Seed) (*keystore.Account, error) {
	return seed.Account(m.setup.Network, account)
}

// NewKey is a wallet key that people have made and shared among its holders:
// everything about it but the key.
type NewKey struct {
	Record     custody.KeyRecord
	Entropy    string        // where its randomness came from, in a line
	Shares     record.Shares // of a ceremony to make or to import it
	Transcript []byte        // the account that they name
	Sealed     Sealed
}

// Sealed holds the age files of shares by their holders. A share that is sealed
// to hardware has none here: its holder's own program sealed it.
type Sealed map[text.ID][]byte

// TakeKey makes a key this machine's one wallet key. The key is there once the
// log says so; the files of a key that no record names were left by a crash,
// before anybody could learn its public part, and are replaced.
func (m *Machine) TakeKey(s Session, k NewKey) error {
	if len(m.state.Keys()) > 0 {
		return fmt.Errorf("key: want one wallet key a machine, found one already made")
	}
	origin := k.Record.Key.Origin()
	if k.Shares.Fingerprint != origin.Fingerprint || k.Shares.Generation != 1 {
		return fmt.Errorf("key: want the first shares of key %x, found generation %d of %x", origin.Fingerprint, k.Shares.Generation, k.Shares.Fingerprint)
	}
	if err := m.keepShares(k.Transcript, k.Shares, k.Sealed); err != nil {
		return err
	}
	if err := m.dir.WriteFile(keyFile, k.Record.Bytes()); err != nil {
		return err
	}
	key := record.Key{
		Fingerprint: origin.Fingerprint,
		Path:        origin.String()[9:],
		Record:      text.Identity(k.Record.Bytes()),
		Entropy:     k.Entropy,
		Sealed:      "SLIP-39 shares, each an age file of its holder",
	}
	if err := m.write(s, k.Shares, key); err != nil { // a crash between them leaves no key
		return err
	}
	return m.forget(unfinishedFile)
}

// TakeShares records a further generation of shares of the wallet key. It
// revokes nothing: whoever holds enough of an earlier one still has the key.
func (m *Machine) TakeShares(s Session, transcript []byte, shares record.Shares, sealed Sealed) error {
	n, err := m.NewestShares()
	if err != nil {
		return err
	}
	if shares.Fingerprint != n.Fingerprint || shares.Generation != n.Generation+1 {
		return fmt.Errorf("key: want generation %d of the shares of key %x, found generation %d of %x", n.Generation+1, n.Fingerprint, shares.Generation, shares.Fingerprint)
	}
	if err := m.keepShares(transcript, shares, sealed); err != nil {
		return err
	}
	if err := m.write(s, shares); err != nil {
		return err
	}
	return errors.Join(m.forget(unfinishedFile), m.dropNeedless())
}

// keepShares writes what the log is about to name.
func (m *Machine) keepShares(transcript []byte, shares record.Shares, sealed Sealed) error {
	if text.Identity(transcript) != shares.Transcript {
		return fmt.Errorf("ceremony: want the transcript %s, found another", shares.Transcript.Short())
	}
	for _, share := range shares.Shares {
		if _, ok := sealed[share.Holder]; !ok && !share.Seal.Hardware() {
			return fmt.Errorf("share of %s: want it sealed, found no file", share.Holder)
		}
	}
	for _, holder := range sortedHolders(sealed) {
		if _, ok := shares.Of(holder); !ok {
			return fmt.Errorf("share of %s: want a holder of this generation, found another person", holder)
		}
	}
	for holder, file := range sealed {
		if err := m.dir.WriteFile(ShareFile(shares, holder), file); err != nil {
			return err
		}
	}
	return m.dir.WriteFile(transcriptFile(shares.Transcript), transcript)
}

// ShareFile is the name of a sealed share's file, by which it is known on every
// medium.
func ShareFile(s record.Shares, holder text.ID) string {
	return fmt.Sprintf("share-%x-%d-%s.age", s.Fingerprint, s.Generation, holder)
}

func transcriptFile(id text.Hash) string { return "transcript-" + id.Short() + ".txt" }

// KeyRecord returns the public part of the machine's wallet key.
func (m *Machine) KeyRecord() (custody.KeyRecord, error) {
	b, err := m.dir.ReadFile(keyFile, maxKeyRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return custody.KeyRecord{}, fmt.Errorf("key: want a wallet key on this machine, found none")
	}
	if err != nil {
		return custody.KeyRecord{}, err
	}
	kr, err := custody.ParseKeyRecord(m.setup.Network, b)
	if err != nil {
		return custody.KeyRecord{}, &CorruptError{err}
	}
	for _, k := range m.state.Keys() {
		if k.Record == text.Identity(b) {
			return kr, nil
		}
	}
	return custody.KeyRecord{}, &CorruptError{fmt.Errorf("key: want the key record that the log names, found another")}
}

// Shares returns every generation of the wallet key's shares, the oldest first;
// nothing before a key was made.
func (m *Machine) Shares() []record.Shares {
	keys := m.state.Keys()
	if len(keys) == 0 {
		return nil
	}
	return m.state.Shares(keys[len(keys)-1].Fingerprint)
}

// NewestShares returns the newest generation of the wallet key's shares.
func (m *Machine) NewestShares() (record.Shares, error) {
	all := m.Shares()
	if len(all) == 0 {
		return record.Shares{}, errNoShares
	}
	return all[len(all)-1], nil
}

// Transcript returns the account of a ceremony that the log names.
func (m *Machine) Transcript(id text.Hash) ([]byte, error) {
	b, err := m.dir.ReadFile(transcriptFile(id), maxTranscript)
	if err == nil && text.Identity(b) != id {
		return nil, fmt.Errorf("transcript: want %s, found another text", id.Short())
	}
	return b, err
}

// loadShares wants the accounts of every ceremony that the log names.
func (m *Machine) loadShares() error {
	for _, g := range m.Shares() {
		if _, err := m.Transcript(g.Transcript); err != nil {
			return err
		}
	}
	return nil
}

// dropNeedless removes the copies of shares that nobody needs here: those that
// their holders have proven, and those of generations that a newer one follows.
func (m *Machine) dropNeedless() error {
	all := m.Shares()
	for i, g := range all {
		for _, s := range g.Shares {
			newest := i == len(all)-1
			if newest && len(m.state.Proven(g.Fingerprint, g.Generation, s.Holder)) == 0 {
				continue
			}
			if err := m.forget(ShareFile(g, s.Holder)); err != nil {
				return err
			}
		}
	}
	return nil
}

// SealedShares returns the shares of the newest generation that are still kept
// here: those whose holders have not proven their own copy.
func (m *Machine) SealedShares() (Sealed, error) {
	newest, err := m.NewestShares()
	if err != nil {
		return nil, err
	}
	out := Sealed{}
	for _, s := range newest.Shares {
		b, err := m.dir.ReadFile(ShareFile(newest, s.Holder), maxSealed)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[s.Holder] = b
	}
	return out, nil
}

// ProveShare records that a holder's own copy of a share of the newest
// generation is good: words are what was in it. The copy on this machine is not
// needed any longer and is removed. The words stay the caller's to clear.
func (m *Machine) ProveShare(s Session, holder text.ID, words []byte) error {
	newest, err := m.NewestShares()
	if err != nil {
		return err
	}
	write := m.outside(s)
	if err := m.checkShare(write, newest, holder, words); err != nil {
		return err
	}
	if err := write(record.ShareProven{Fingerprint: newest.Fingerprint, Generation: newest.Generation, Holder: holder}); err != nil {
		return err
	}
	return m.forget(ShareFile(newest, holder))
}

// PrintShare is ProveShare for a share whose words are about to be printed for
// anybody to read, which the log says before they are. The vault must allow it:
// without a policy nothing does.
func (m *Machine) PrintShare(s Session, holder text.ID, words []byte) error {
	rules, err := m.Workstation()
	if err != nil {
		return err
	}
	if !rules.Allowed(policy.AllowClearWords) {
		return &RefusedError{[]quorum.Reason{quorum.Because(quorum.KeyFactor, "share of %s: want clear-words allowed by annex workstation, found it not there", holder)}}
	}
	newest, err := m.NewestShares()
	if err != nil {
		return err
	}
	if err := m.checkShare(m.outside(s), newest, holder, words); err != nil {
		return err
	}
	proven := record.ShareProven{Fingerprint: newest.Fingerprint, Generation: newest.Generation, Holder: holder}
	note := fmt.Sprintf("share of %s, generation %d of key %x: printed in clear words", holder, newest.Generation, newest.Fingerprint)
	if err := m.write(s, proven, record.Exception{Note: note}); err != nil {
		return err
	}
	return m.forget(ShareFile(newest, holder))
}

var errNoShares = errors.New("key: want a wallet key with shares on this machine, found none")

// Wiped records that a medium that held something of a key was sanitized.
func (m *Machine) Wiped(s Session, w record.Wiped) error { return m.write(s, w) }

// TakeWords records that this machine held the words of a hardware wallet, and
// holds them no more. Nothing of them stays but the transcript, which is kept.
func (m *Machine) TakeWords(s Session, transcript []byte, w record.Wiped) error {
	if err := m.dir.WriteFile(transcriptFile(text.Identity(transcript)), transcript); err != nil {
		return err
	}
	if err := m.write(s, w); err != nil {
		return err
	}
	return m.forget(unfinishedFile)
}

// KeepUnfinished keeps how far a ceremony is, for the next start.
func (m *Machine) KeepUnfinished(b []byte) error { return m.dir.WriteFile(unfinishedFile, b) }

// Unfinished returns how far a ceremony was when it was stopped; nil for none.
func (m *Machine) Unfinished() ([]byte, error) {
	b, err := m.dir.ReadFile(unfinishedFile, maxTranscript)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// forget removes a file that is not needed any more, if it is there.
func (m *Machine) forget(name string) error {
	err := m.dir.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sortedHolders returns the holders of some shares, sorted.
func sortedHolders[T any](given map[text.ID]T) []text.ID {
	var ids []text.ID
	for id := range given {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
