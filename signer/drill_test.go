package signer_test

import (
	"os"
	"path/filepath"
	"testing"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/keystore"
	"strongroom/signer/keystore/slip39"
	"strongroom/signer/signertest"
)

// A signer burns down. What is left is what it exported, and the holders' own
// files of two shares: the key comes back from these alone, and signs what the
// vault's wallet pays.
func TestKeyOfABurntSignerComesBackFromItsHolders(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	files := v.Bundle(order)
	safes := t.TempDir()
	sealed, err := s.Machine.SealedShares()
	must(t, err)
	for _, holder := range signertest.Holders(s.ID) {
		must(t, os.WriteFile(filepath.Join(safes, string(holder)+".age"), sealed[holder], 0o600))
		must(t, s.Machine.ProveShare(v.Session(), holder, s.Words[holder]))
	}
	_, raw := s.Machine.Export()
	want := s.Record.Key
	s.Close()
	must(t, os.RemoveAll(s.Dir))

	key := fromSafes(t, safes, raw, "cleo", "anna")
	if !key.Key().SameMaterial(want) || key.Key().Origin().String() != want.Origin().String() {
		t.Fatalf("want the key %s, found %s", want.Origin(), key.Key().Origin())
	}
	second := signAs(t, v, order.Packet, key)
	first := v.Signer("signer-b").MustRelease(files)
	v.Complete(first, second)
}

// fromSafes rebuilds an account from the files of some holders, by what an
// exported log says and with nothing of a machine.
func fromSafes(t *testing.T, safes string, raw []byte, holders ...text.ID) *keystore.Account {
	t.Helper()
	entries, err := auditlog.DecodeEntries(raw)
	must(t, err)
	state, err := record.Fold(entries, custody.Regtest)
	must(t, err)
	made := state.Keys()[0]
	generations := state.Shares(made.Fingerprint)
	newest := generations[len(generations)-1]
	if !newest.Rebuilt(holders) {
		t.Fatalf("want holders who are enough, found %v", holders)
	}
	with, err := keystore.WithPassphrase([]byte(signertest.Passphrase))
	must(t, err)
	var set []*slip39.Share
	for _, holder := range holders {
		file, err := os.ReadFile(filepath.Join(safes, string(holder)+".age"))
		must(t, err)
		words, err := keystore.OpenShare(file, with)
		must(t, err)
		if share, ok := newest.Of(holder); !ok || text.Hash(keystore.CommitShare(words)) != share.Commitment {
			t.Errorf("%s: want the share that the log names, found another", holder)
		}
		share, err := slip39.Parse(words)
		must(t, err)
		set = append(set, share)
	}
	seed, err := keystore.Rebuild(set)
	must(t, err)
	keystore.WipeShares(set)
	a, err := seed.Account(custody.Regtest, 0)
	must(t, err)
	seed.Wipe()
	t.Cleanup(a.Wipe)
	if got := a.Key().Origin().Fingerprint; got != made.Fingerprint {
		t.Errorf("want key %x, found %x", made.Fingerprint, got)
	}
	setup := signer.Setup{Vault: signertest.VaultID, Device: "signer-a", Network: custody.Regtest}
	if r, err := a.KeyRecord(setup.Origin()); err != nil || text.Identity(r.Bytes()) != made.Record {
		t.Errorf("want the key record that the log names, to the byte, found another, %v", err)
	}
	return a
}
