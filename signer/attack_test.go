package signer_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// The courier shows a veto once and leaves it at home the next time.
func TestVetoStandsThoughItIsLeftAtHome(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	a, order := v.Signer("signer-a"), v.Order()
	vetoed := append(v.Bundle(order), signertest.SignatureFile(v.Sign("grace", quorum.Veto, order.Proposal.Bytes())))
	refusedBy(t, v, a, vetoed, "veto: want none, found that of grace (STATE-VETOED)")
	a.Reopen()
	refusedBy(t, v, a, v.Bundle(order), "veto: want none, found that this signer's log holds one, which stands although it was left at home (STATE-VETOED)")
	refusedBy(t, v, v.Signer("signer-b"), v.Bundle(order), "veto: want none, found that another signer's log holds one, which stands although it was left at home (STATE-VETOED)")
	v.Fund(coin)
	a.MustRelease(v.Bundle(v.Order()))
}

// The veto comes on a day on which the signer cannot judge at all.
func TestVetoStandsThoughTheHeadersWereOld(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	vetoed := append(v.Bundle(order), signertest.SignatureFile(v.Sign("grace", quorum.Veto, order.Proposal.Bytes())))
	refusedBy(t, v, s, signertest.Without(vetoed, "headers.bin"),
		fmt.Sprintf("headers: want the header chain up to block %d, found none (CLK-NOHEADERS)", order.Block.Height), "veto: want none, found that of grace (STATE-VETOED)")
	refusedBy(t, v, s, v.Bundle(order), "veto: want none, found that this signer's log holds one, which stands although it was left at home (STATE-VETOED)")
}

// The signer was put back to an old state after officers had looked at its log;
// only its own newest checkpoint, which the desk carries, tells.
func TestRolledBackSignerIsFoundOutByItsOwnCheckpoint(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	s := v.Signer("signer-a")
	first, second := v.Order(signertest.Pay(v.To("payroll", coin/8))), v.Order(signertest.Pay(v.To("payroll", coin/16)))
	s.Close()
	old := filepath.Join(t.TempDir(), "old")
	must(t, os.CopyFS(old, os.DirFS(s.Dir)))
	s.Reopen()
	s.MustRelease(v.Bundle(first))
	files := v.Bundle(second)
	s.Close()
	s.Dir = old
	s.Reopen()
	refusedBy(t, v, s, files, "own checkpoint in the bundle: want at most 4 records, which this signer has, found 10: this signer's state is older than it was (STATE-ROLLBACK)")
}

// A write fails, and the caller just tries again: what the machine remembers of
// its log is then more than the disk holds.
func TestMachineThatFailedToWriteSignsNothing(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	files, home := v.Bundle(v.Order()), s.Dir
	failed := 0
	for n, done := 0, false; !done; n++ {
		if n > 200 {
			t.Fatal("want a release of at most 200 steps, found more")
		}
		s.Close()
		s.Dir = filepath.Join(t.TempDir(), fmt.Sprint(n))
		must(t, os.CopyFS(s.Dir, os.DirFS(home)))
		steps := 0
		err := s.ReopenWith(func(durable.Op) error {
			if steps++; steps > n {
				return errors.New("disk full")
			}
			return nil
		})
		if err != nil {
			continue
		}
		key := s.Unlock()
		visit := s.Machine.Judge(files, quorum.Release, 2)
		_, err = s.Machine.Release(visit, v.Session("frank"), visit.Items[0], key, 2)
		if done = err == nil; done {
			break
		}
		failed++
		if b, err := s.Machine.Release(visit, v.Session("frank"), visit.Items[0], key, 2); b != nil || err == nil {
			t.Errorf("step %d: want no packet from a second try, found %d bytes", n, len(b))
		}
		again := s.Machine.Judge(files, quorum.Release, 2)
		if b, err := s.Machine.Release(again, v.Session("frank"), again.Items[0], key, 2); b != nil || err == nil {
			t.Errorf("step %d: want no packet from a second visit, found %d bytes", n, len(b))
		}
	}
	if failed < 20 {
		t.Errorf("want a release that fails at 20 steps or more, found %d", failed)
	}
}

// A session whose record could not be read back must not close the home for
// ever.
func TestRecordThatCannotBeReadBackIsNotWritten(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	size := len(s.Records())
	err := s.Machine.Finish(s.Machine.Reject(), v.Session("grace", "frank"), "nobody came")
	if want := "line 9: want operator lines sorted and each once, found frank after grace"; err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
	s.Reopen()
	if got := len(s.Records()); got != size {
		t.Errorf("want nothing written, found %d records more", got-size)
	}
}

// The policy counts a key as governed by one signer, and another holds it.
func TestKeyGovernedByAnotherSignerIsNotEnrolled(t *testing.T) {
	v := signertest.Draft(t)
	line := func(id, governor text.ID) string {
		return fmt.Sprintf("cosigner main %x governed %s", v.Signer(id).Record.Key.Origin().Fingerprint, governor)
	}
	v = signertest.Draft(t, signertest.WithLine(line("signer-a", "signer-a"), line("signer-a", "signer-x")),
		signertest.WithLine(line("signer-b", "signer-b"), line("signer-b", "signer-a")), signertest.WithLine("governed signer-x", "governed signer-b"))
	s := v.Signer("signer-a")
	s.Trust()
	before, size := onDisk(t, s.Dir), s.Machine.State().Size()
	reasons, err := s.Machine.Enroll(v.Session(), bundleOf(t, v.Founding()), signertest.WalletID)
	wantRefusalOn(t, s.Machine, s.Dir, before, size, reasons, err, "wallet main: want this machine's key governed by signer-a, found it under signer-b (POL-WALLET)")
}

// Two signers released one proposal by two transactions, each without the
// other's log. What replaces it must collide with both.
func TestReplacementSharesACoinWithEverySignersTransaction(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin, coin, coin)
	first := approved(v, coins[:1])
	stale := v.Bundle(first)
	v.Signer("signer-a").MustRelease(v.Bundle(first))
	other := *first
	other.Packet = v.BuildPSBT(first.Proposal, coins[1])
	name := first.ID().Short() + ".psbt"
	v.Signer("signer-b").MustRelease(append(signertest.Without(stale, name), quorum.File{Name: name, Bytes: other.Packet.Bytes()}))
	replacing := func(w *signertest.Asked) { w.Replaces = first.ID() }
	refusedBy(t, v, v.Signer("signer-c"), v.Bundle(approved(v, []custody.Coin{coins[0], coins[2]}, replacing)),
		fmt.Sprintf("transaction: want a coin in common with %s, which it replaces, found none (TX-LINEAGE)", other.Packet.TxID()))
	v.Signer("signer-c").MustRelease(v.Bundle(approved(v, coins[:2], replacing)))
}

// A carrier can hold thousands of descriptors, and reading one is work: only
// those that the policy pays are read, and once a visit.
func TestOnlyDescriptorsThatThePolicyPaysAreRead(t *testing.T) {
	desk := signertest.Stranger(t, "desk")
	v := signertest.New(t, signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
		return p.AddDestination(policy.Destination{Label: "otc-desk", Descriptor: desk.Hash(), Cap: 5 * coin, Window: 1008})
	}))
	v.Fund(coin)
	files := append(v.Bundle(v.Order()), signertest.DescriptorFile(desk), signertest.DescriptorFile(v.Wallet))
	for i := range 5 {
		files = append(files, signertest.DescriptorFile(signertest.Stranger(t, fmt.Sprint("nobody ", i))))
	}
	if n := v.Signer("signer-a").Machine.Judge(files, quorum.Release, 2).Descriptors(); n != 1 {
		t.Errorf("want 1 descriptor read of 7, found %d", n)
	}
	v.Signer("signer-a").MustRelease(files)
}

// A lock time above the tip is refused; a relative one would hold the signed
// transaction back just as well, for more than a year.
func TestRelativeLockTimeIsRefused(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	order := v.Order()
	order.Packet.Tx.TxIn[0].Sequence = 0xffff
	refusedBy(t, v, v.Signer("signer-a"), v.Bundle(order), "input 0: want no relative lock time (BIP-68), found sequence 0000ffff (TX-FORM)")
	order.Packet.Tx.TxIn[0].Sequence = 1 << 31
	v.Signer("signer-a").MustRelease(v.Bundle(order))
}
