package signer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/keystore"
)

// account is the BIP-48 account of the one wallet key that a signer holds.
const account = 0

// MakeKey draws the machine's one wallet key from rand, seals its seed with the
// passphrase and records its public part. workFactor is age's scrypt cost,
// keystore.DefaultWorkFactor outside tests. The seed never leaves memory in the
// clear. Files of a key that no record names were left by a crash, before
// anybody could learn its public part; they are replaced.
func (m *Machine) MakeKey(s Session, rand io.Reader, passphrase []byte, workFactor int) (custody.KeyRecord, error) {
	if len(m.state.Keys()) > 0 {
		return custody.KeyRecord{}, fmt.Errorf("key: want one wallet key a machine, found one already made")
	}
	if err := keystore.CheckPassphrase(passphrase); err != nil {
		return custody.KeyRecord{}, err
	}
	seed, err := keystore.NewSeed(rand)
	if err != nil {
		return custody.KeyRecord{}, err
	}
	defer seed.Wipe()
	sealed, err := keystore.Seal(seed, passphrase, workFactor)
	if err != nil {
		return custody.KeyRecord{}, err
	}
	kr, err := m.publicPart(seed)
	if err != nil {
		return custody.KeyRecord{}, err
	}
	if err := m.dir.WriteFile(sealedFile, sealed); err != nil {
		return custody.KeyRecord{}, err
	}
	if err := m.dir.WriteFile(keyFile, kr.Bytes()); err != nil {
		return custody.KeyRecord{}, err
	}
	origin := kr.Key.Origin()
	return kr, m.write(s, record.Key{
		Fingerprint: origin.Fingerprint,
		Path:        origin.String()[9:],
		Record:      text.Identity(kr.Bytes()),
		Entropy:     "operating system generator, 256 bits",
		Sealed:      "age scrypt passphrase",
	})
}

func (m *Machine) publicPart(seed *keystore.Seed) (custody.KeyRecord, error) {
	a, err := seed.Account(m.setup.Network, account)
	if err != nil {
		return custody.KeyRecord{}, err
	}
	defer a.Wipe()
	return a.KeyRecord(m.setup.Origin())
}

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

// Unlock opens the sealed key with its passphrase and checks that it is the one
// the log names. The caller wipes the account.
func (m *Machine) Unlock(passphrase []byte) (*keystore.Account, error) {
	want, err := m.KeyRecord()
	if err != nil {
		return nil, err
	}
	b, err := m.dir.ReadFile(sealedFile, maxSealed)
	if err != nil {
		return nil, err
	}
	seed, err := keystore.Unseal(b, passphrase)
	if err != nil {
		return nil, err
	}
	defer seed.Wipe()
	a, err := seed.Account(m.setup.Network, account)
	if err != nil {
		return nil, err
	}
	if !a.Key().SameMaterial(want.Key) {
		a.Wipe()
		return nil, &CorruptError{fmt.Errorf("key: want the sealed key that the log names, found another")}
	}
	return a, nil
}
