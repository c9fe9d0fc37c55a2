package signertest

import (
	"path/filepath"

	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/keystore"
)

// Signer is one signer's home and the machine that has it open.
type Signer struct {
	ID      text.ID
	Dir     string
	Machine *signer.Machine
	Record  custody.KeyRecord  // its wallet key's public part
	Raw     [32]byte           // what its wallet key's seed is made of
	Words   map[text.ID][]byte // of its shares by holder, in a vault with shares

	v    *Vault
	seed *keystore.Seed // of its key
}

func (v *Vault) newSigner(id text.ID) *Signer {
	v.t.Helper()
	s := &Signer{ID: id, Dir: filepath.Join(v.t.TempDir(), string(id)), v: v}
	d, err := durable.Create(s.Dir)
	v.must(err)
	s.Machine, err = signer.Init(d, signer.Setup{Vault: VaultID, Device: id, Network: v.Network}, v.rand)
	v.must(err)
	key := MakeWalletKey(v.t, s.Machine, v.rand, v.opts.shares)
	if v.opts.imported && id == "signer-a" {
		key.Shares.Ceremony = record.CeremonyImport
	}
	v.must(s.Machine.TakeKey(v.Session(), key.NewKey))
	s.Record, s.Raw, s.Words, s.seed = key.Record, key.Raw, key.Words, key.Seed
	v.t.Cleanup(s.Close)
	return s
}

func (s *Signer) bundle(files []quorum.File) *quorum.Bundle {
	s.v.t.Helper()
	b, reasons := quorum.ReadBundle(files)
	if len(reasons) > 0 {
		s.v.t.Fatalf("signertest: want a bundle without fault, found %v", reasons)
	}
	return b
}

// Trust makes the vault's policy the signer's own. New does that.
func (s *Signer) Trust() {
	s.v.t.Helper()
	reasons, err := s.Machine.Trust(s.v.Session(), s.bundle(s.v.Founding()), s.v.Genesis.String())
	s.v.must(err)
	if len(reasons) > 0 {
		s.v.t.Fatalf("signertest: want %s to trust the policy, found %v", s.ID, reasons)
	}
}

// Enroll takes the vault's wallets. New does that.
func (s *Signer) Enroll() {
	s.v.t.Helper()
	wallets := []text.ID{WalletID}
	if s.v.Next != nil {
		wallets = append(wallets, NextID)
	}
	for _, w := range wallets {
		// Who has no key of a wallet takes it only to sweep to it.
		if x, _ := s.v.Policy.Wallet(w); x.State != policy.Next && !s.v.Policy.Cosigns(w, s.ID) {
			continue
		}
		reasons, err := s.Machine.Enroll(s.v.Session(), s.bundle(s.v.Founding()), w)
		s.v.must(err)
		if len(reasons) > 0 {
			s.v.t.Fatalf("signertest: want %s to enroll the wallet %s, found %v", s.ID, w, reasons)
		}
	}
}

// Unlock returns the signer's wallet key as holders open it, without their
// record. It is wiped when the test ends.
func (s *Signer) Unlock() *keystore.Account {
	s.v.t.Helper()
	key, err := s.seed.Account(s.v.Network, 0)
	s.v.must(err)
	s.v.t.Cleanup(key.Wipe)
	return key
}

// Close gives the home back, as a machine does that is switched off.
func (s *Signer) Close() {
	if s.Machine != nil {
		s.v.must(s.Machine.Close())
		s.Machine = nil
	}
}

// Reopen switches the machine off and on again.
func (s *Signer) Reopen() {
	s.v.t.Helper()
	s.v.must(s.ReopenWith(nil))
}

// ReopenWith switches the machine off and on again, with a hook that is asked
// before each step that changes the disk. After an error the home is closed.
func (s *Signer) ReopenWith(f durable.Fault) error {
	s.v.t.Helper()
	s.Close()
	d, err := durable.Open(s.Dir)
	s.v.must(err)
	if f != nil {
		d = d.WithFault(f)
	}
	m, err := signer.Open(d)
	if err != nil {
		s.v.must(d.Close())
		return err
	}
	s.Machine = m
	return nil
}

// Answer is what a visit to a signer ended in.
type Answer struct {
	Visit  *signer.Visit
	Signed [][]byte // one packet an item, nil where it was refused
	Err    error
}

// Codes returns the codes of every refusal, of the bundle and of its items.
func (a Answer) Codes() []string {
	all := append([]quorum.Reason(nil), a.Visit.Reasons...)
	for _, i := range a.Visit.Items {
		all = append(all, i.Reasons...)
	}
	return quorum.Codes(all)
}

// Release brings a bundle to the signer, releases all that is permitted and
// ends the visit, as the program does when the operator confirms everything.
func (s *Signer) Release(files []quorum.File) Answer {
	s.v.t.Helper()
	const workers = 2
	a, session := Answer{Visit: s.Machine.Judge(files, quorum.Release, workers)}, s.v.Session("frank")
	key := s.Unlock()
	if len(a.Visit.Reasons) == 0 {
		for _, item := range a.Visit.Items {
			s.Machine.Refresh(a.Visit)
			var packet []byte
			if item.Permitted() && item.Spend == nil {
				if a.Err = s.Machine.Enact(a.Visit, session, item); a.Err != nil {
					return a
				}
			}
			if item.Spend != nil {
				packet, a.Err = s.Machine.Release(a.Visit, session, item, key, workers)
			}
			if a.Err != nil && packet == nil {
				return a
			}
			if a.Signed = append(a.Signed, packet); a.Err != nil {
				return a // signed in spite of an error, which tests look for
			}
		}
	}
	a.Err = s.Machine.Finish(a.Visit, session, "")
	return a
}

// Begin brings a bundle to the signer, begins the wait of all that may, and
// ends the visit.
func (s *Signer) Begin(files []quorum.File) Answer {
	s.v.t.Helper()
	const workers = 2
	a, session := Answer{Visit: s.Machine.Judge(files, quorum.Record, workers)}, s.v.Session("frank")
	for _, item := range a.Visit.Items {
		var nonce [32]byte
		s.v.read(nonce[:])
		if item.Permitted() && len(a.Visit.Reasons) == 0 {
			if a.Err = s.Machine.Record(a.Visit, session, item, nonce); a.Err != nil {
				return a
			}
		}
	}
	a.Err = s.Machine.Finish(a.Visit, session, "")
	return a
}

// MustRelease is Release of one order that must succeed. It returns the signed
// packet.
func (s *Signer) MustRelease(files []quorum.File) []byte {
	s.v.t.Helper()
	a := s.Release(files)
	s.v.must(a.Err)
	if len(a.Signed) != 1 || a.Signed[0] == nil {
		s.v.t.Fatalf("signertest: want %s to release it, found %v", s.ID, a.reasons())
	}
	return a.Signed[0]
}

func (a Answer) reasons() []quorum.Reason {
	all := append([]quorum.Reason(nil), a.Visit.Reasons...)
	for _, i := range a.Visit.Items {
		all = append(append(all, i.Reasons...), i.Report.Notes...)
	}
	return all
}

// Records returns the signer's log, read from its export.
func (s *Signer) Records() []record.Record {
	s.v.t.Helper()
	var list []record.Record
	for _, e := range s.entries() {
		r, err := record.Parse(e, s.v.Network)
		s.v.must(err)
		list = append(list, r)
	}
	return list
}

// Kinds returns the kind of every record of the signer's log, in order.
func (s *Signer) Kinds() []record.Kind {
	s.v.t.Helper()
	var kinds []record.Kind
	for _, r := range s.Records() {
		kinds = append(kinds, r.Body.Kind())
	}
	return kinds
}
