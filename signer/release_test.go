package signer_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/keystore"
	"strongroom/signer/signertest"
)

// approved is an order for these payments from these coins.
func approved(v *signertest.Vault, coins []custody.Coin, edits ...signertest.Edit) *signertest.Order {
	p := v.Propose(edits...)
	return &signertest.Order{Proposal: p, Signatures: v.Approve(p, "bob", "carol"), Packet: v.BuildPSBT(p, coins...)}
}

func kinds(records []record.Record) string {
	var s []string
	for _, r := range records {
		s = append(s, string(r.Body.Kind()))
	}
	return strings.Join(s, " ")
}

func TestTwoSignersMakeATransactionThatTheNetworkTakes(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin/4, coin/4, coin/4)
	order := v.Order()
	a, b := v.Signer("signer-a").MustRelease(v.Bundle(order)), v.Signer("signer-c").MustRelease(v.Bundle(order))
	tx := v.Complete(a, b)
	if tx.TxHash() != order.Packet.TxID() || len(tx.TxIn) != 3 {
		t.Errorf("want the transaction of the packet with three inputs, found %s", tx.TxHash())
	}
	if _, err := custody.Finalize(order.Packet, v.Wallet); err == nil {
		t.Error("want the packet as it came unsigned, found it signed")
	}
	records := v.Signer("signer-a").Records()
	if got, want := kinds(records), "shares key genesis enrolled session-open inputs headers released signed session-close"; got != want {
		t.Errorf("want the log\n%s\nfound\n%s", want, got)
	}
	released, signed := records[7].Body.(record.Released), records[8].Body.(record.Signed)
	fee, _ := order.Packet.Fee()
	if released.ID != order.ID() || released.Fee != fee || released.Total != order.Total || released.Rungs[0].TxID != tx.TxHash() ||
		len(released.Rungs[0].Inputs) != 3 || len(released.Rungs[0].Change) != 1 || signed.PSBT != text.Identity(a) {
		t.Errorf("want the release as it was, found %+v %+v", released, signed)
	}
}

func TestChangeIsSpentOnlyWithTheLogsThatProveIt(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	first := v.Order(signertest.Pay(v.To("payroll", coin/4)))
	v.Complete(v.Signer("signer-b").MustRelease(v.Bundle(first)), v.Signer("signer-c").MustRelease(v.Bundle(first)))
	second := v.Order(signertest.Pay(v.To("payroll", coin/8)))
	if branch := second.Packet.Inputs[0].Derivations[0].Path[4]; branch != uint32(custody.Change) {
		t.Fatalf("want the change spent, found branch %d", branch)
	}
	v.Complete(v.Signer("signer-a").MustRelease(v.Bundle(second)), v.Signer("signer-b").MustRelease(v.Bundle(second)))
}

// Somebody made a transaction of the vault that no signer's log holds: with a
// copy of two keys, or with a signer whose state is hidden.
func TestChangeOfAnUnknownReleaseIsACustodyGap(t *testing.T) {
	v := signertest.New(t)
	hidden := v.Fund(coin)
	p := v.Propose()
	packet := v.BuildPSBT(p, hidden...)
	v.Complete(signWith(t, v, packet, "signer-a"), signWith(t, v, packet, "signer-b"))
	change := v.Coins[1:]
	refusedBy(t, v, v.Signer("signer-a"), v.Bundle(approved(v, change, signertest.Pay(v.To("payroll", coin/8)))),
		"coin {coin}: want the log record of the withdrawal it is change of, found none in any signer's log (STATE-CUSTODY-GAP)")
}

// signWith signs a packet with a signer's key and past its judgement, as a thief
// of two keys would.
func signWith(t *testing.T, v *signertest.Vault, p *custody.PSBT, id text.ID) []byte {
	t.Helper()
	return signAs(t, v, p, v.Signer(id).Unlock())
}

// signAs signs all of a packet with a key that no signer guards.
func signAs(t *testing.T, v *signertest.Vault, p *custody.PSBT, key *keystore.Account) []byte {
	t.Helper()
	own, err := p.OwnInputs(v.Wallet, 1)
	if err != nil {
		t.Fatal(err)
	}
	index, _ := v.Wallet.KeyIndex(key.Key())
	var keys [][33]byte
	var jobs []keystore.Job
	for i, in := range own {
		keys = append(keys, in.Script.Keys[index])
		jobs = append(jobs, keystore.Job{Branch: in.Script.Branch, Index: in.Script.Index, Digest: custody.NewSighasher(p.Tx).Digest(i, in.Script.Witness, in.Value)})
	}
	sigs, err := key.SignMany(jobs, 1)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := p.WithSignatures(keys, sigs)
	if err != nil {
		t.Fatal(err)
	}
	return signed.Bytes()
}

func TestSecondTransactionForOneProposal(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin, coin)
	order := approved(v, coins[:1])
	v.Signer("signer-a").MustRelease(v.Bundle(order))
	other := *order
	other.Packet = v.BuildPSBT(order.Proposal, coins[1])
	want := fmt.Sprintf("transaction: want %s, which was released for this proposal, found {txid} (TX-SECOND)", order.Packet.TxID())
	for _, id := range []text.ID{"signer-a", "signer-b"} {
		refusedBy(t, v, v.Signer(id), v.Bundle(&other), want)
	}
}

func TestSamePacketAgainGivesTheSameBytesAndNoRecord(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	s, order := v.Signer("signer-a"), v.Order()
	first := s.MustRelease(v.Bundle(order))
	before, log := onDisk(t, s.Dir), len(s.Records())
	again := s.MustRelease(v.Bundle(order))
	v.Chain.Mine(3)
	s.Reopen()
	later := s.MustRelease(v.Bundle(order))
	if !bytes.Equal(first, again) || !bytes.Equal(first, later) {
		t.Error("want the same bytes each time, found others")
	}
	if len(s.Records()) != log {
		t.Errorf("want no new record, found %s", kinds(s.Records()[log:]))
	}
	if after := onDisk(t, s.Dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("want nothing changed on disk, found changes")
	}
}

// The same transaction in another wrapping: the released bytes are the only
// ones that ever leave.
func TestSameTransactionInAnotherPacketIsSecond(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	first := s.MustRelease(v.Bundle(order))
	with, err := custody.ParsePSBT(v.Signer("signer-b").MustRelease(v.Bundle(order)))
	if err != nil {
		t.Fatal(err)
	}
	order.Packet = with
	a := s.Release(v.Bundle(order))
	want := fmt.Sprintf("transaction: want the packet that was signed before, %s, found another with the same transaction (TX-SECOND)", text.Identity(first).Short())
	var refused *signer.RefusedError
	if !errors.As(a.Err, &refused) || a.Err.Error() != want || a.Signed != nil {
		t.Errorf("want %s, found %v", want, a.Err)
	}
}

func TestCoinThatIsPromisedToAnotherWithdrawal(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin)
	first := approved(v, coins, signertest.Pay(v.To("payroll", coin/4)))
	v.Signer("signer-a").MustRelease(v.Bundle(first))
	second := approved(v, coins, signertest.Pay(v.To("payroll", coin/8)))
	want := "coin {coin}: want one that no other withdrawal spends, found it released for " + first.ID().Short() + " (TX-INPUTUSED)"
	for _, id := range []text.ID{"signer-a", "signer-b"} {
		refusedBy(t, v, v.Signer(id), v.Bundle(second), want)
	}
}

func TestProposalBoundToOneTransaction(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin, coin)
	draft := v.Propose()
	packet := v.BuildPSBT(draft, coins[0])
	id := packet.TxID()
	order := approved(v, coins[1:], func(w *signertest.Asked) { w.BindTx = &id })
	refusedBy(t, v, v.Signer("signer-a"), v.Bundle(order), fmt.Sprintf("transaction: want %s, which the proposal is bound to, found {txid} (TX-BIND)", id))
	order.Packet = packet
	v.Signer("signer-a").MustRelease(v.Bundle(order))
}

func TestReplacementSharesACoinWithEveryPredecessor(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin, coin, coin)
	replacing := func(o *signertest.Order) signertest.Edit {
		return func(w *signertest.Asked) { w.Replaces = o.ID() }
	}
	first := approved(v, coins[:1])
	v.Signer("signer-a").MustRelease(v.Bundle(first))
	apart := approved(v, coins[1:2], replacing(first))
	refusedBy(t, v, v.Signer("signer-a"), v.Bundle(apart), fmt.Sprintf("transaction: want a coin in common with %s, which it replaces, found none (TX-LINEAGE)", first.Packet.TxID()))
	second := approved(v, coins[:2], replacing(first))
	v.Signer("signer-a").MustRelease(v.Bundle(second))
	// the third shares a coin with the second, and none with the first
	third := approved(v, coins[1:], replacing(second))
	refusedBy(t, v, v.Signer("signer-a"), v.Bundle(third), fmt.Sprintf("transaction: want a coin in common with %s, which it replaces, found none (TX-LINEAGE)", first.Packet.TxID()))
	v.Signer("signer-b").MustRelease(v.Bundle(approved(v, coins, replacing(second))))
}

// What one bundle brings is judged one after the other: together, two small
// withdrawals are a large one.
func TestOneBundleCannotSplitALargeWithdrawal(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	s := v.Signer("signer-a")
	orders := []*signertest.Order{v.Order(signertest.Pay(v.To("payroll", coin/10*6))), v.Order(signertest.Pay(v.To("exchange-hot", coin/10*6)))}
	visit := s.Machine.Judge(distinctCounters(t, v, orders), quorum.Release, 2)
	if len(visit.Reasons) > 0 || len(visit.Items) != 2 || visit.Items[0].Spend == nil || visit.Items[1].Spend == nil {
		t.Fatalf("want each permitted by itself, found %v", visit.Reasons)
	}
	key, session := s.Unlock(), v.Session("frank")
	if _, err := s.Machine.Release(visit, session, visit.Items[0], key, 2); err != nil {
		t.Fatal(err)
	}
	_, err := s.Machine.Release(visit, session, visit.Items[1], key, 2)
	want := "tier: want large, which the amount and the releases of the window come to, found small (LIM-TIER-UNDERSTATED)"
	if err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
	if err := s.Machine.Finish(visit, session, ""); err != nil {
		t.Fatal(err)
	}
	s.Reopen()
	if got := kinds(s.Records()[4:]); got != "session-open inputs headers released signed refused session-close" {
		t.Errorf("want one release and one refusal in the log, found %s", got)
	}
}

// distinctCounters has dave approve in carol's place, whose hardware key would
// show one counter twice.
func distinctCounters(t *testing.T, v *signertest.Vault, orders []*signertest.Order) []quorum.File {
	t.Helper()
	for _, o := range orders {
		o.Signatures = v.Approve(o.Proposal, "bob", "dave")
	}
	return v.Bundle(orders...)
}

func TestOneBundleCannotSpendACoinTwice(t *testing.T) {
	v := signertest.New(t)
	coins := v.Fund(coin)
	s := v.Signer("signer-a")
	orders := []*signertest.Order{approved(v, coins, signertest.Pay(v.To("payroll", coin/8))), approved(v, coins, signertest.Pay(v.To("payroll", coin/16)))}
	visit := s.Machine.Judge(distinctCounters(t, v, orders), quorum.Release, 2)
	key, session := s.Unlock(), v.Session("frank")
	if _, err := s.Machine.Release(visit, session, visit.Items[0], key, 2); err != nil {
		t.Fatal(err)
	}
	first := visit.Items[0].ID().Short()
	_, err := s.Machine.Release(visit, session, visit.Items[1], key, 2)
	if want := fmt.Sprintf("coin %s: want one that no other withdrawal spends, found it released for %s (TX-INPUTUSED)", coins[0].Outpoint, first); err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
	again, err := s.Machine.Release(visit, session, visit.Items[0], key, 2)
	if err != nil || len(again) == 0 {
		t.Errorf("want the first once more, found %v", err)
	}
	if err := s.Machine.Finish(visit, session, ""); err != nil {
		t.Fatal(err)
	}
	s.Reopen()
	if got := kinds(s.Records()[4:]); got != "session-open inputs headers released signed refused session-close" {
		t.Errorf("want one release and one refusal in the log, found %s", got)
	}
}

// What is brought is refused as a whole, and recorded.
func TestBundlesThatAreRefusedAsAWhole(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	order := v.Order()
	s := v.Signer("signer-a")
	good := v.Bundle(order)
	for _, c := range []struct {
		attack string
		files  []quorum.File
		want   string
	}{
		{"file that nobody knows", append(slices.Clone(good), quorum.File{Name: "autorun.inf"}), `bundle: want only files of a bundle, found "autorun.inf" (BUN-NAME)`},
		{"no proposal", signertest.Without(good, order.ID().Short()+".txt"), "bundle: want at least one proposal, found none (BUN-NAME)"},
		{"second policy", append(slices.Clone(good), quorum.File{Name: "policy-2.txt", Bytes: []byte("x")}),
			"policy: want a version 2 that an amendment of the bundle asks for, found one that nobody asks for (POL-STALE)"},
		{"another first policy", append(slices.Clone(good), quorum.File{Name: "policy-1.txt", Bytes: []byte("x")}),
			"policy: want version 1 " + v.Genesis.Short() + " in the bundle, found another, " + text.Identity([]byte("x")).Short() + " (POL-STALE)"},
	} {
		t.Run(c.attack, func(t *testing.T) {
			refusedBy(t, v.In(t), s, c.files, c.want)
		})
	}
	v.Signer("signer-a").MustRelease(v.Bundle(order))
}

func TestOrdersThatLackSomething(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	order := v.Order()
	s, id := v.Signer("signer-a"), order.ID().Short()
	good := v.Bundle(order)
	with := func(b string) []quorum.File {
		return append(signertest.Without(good, id+".psbt"), quorum.File{Name: id + ".psbt", Bytes: []byte(b)})
	}
	for _, c := range []struct {
		attack string
		files  []quorum.File
		want   []string
	}{
		{"transaction", signertest.Without(good, id+".psbt"), []string{"transaction: want " + id + ".psbt in the bundle, found none (TX-FORM)"}},
		{"transaction that can be read", with("x"), []string{`psbt: want the first bytes 70736274ff or the first letters cHNidP, found "x" (TX-FORM)`}},
		{"one approval", signertest.Without(good, id+".bob.approve.sig"), []string{"approvals: want 2 of group treasury for tier small, found 1 (SEAT-SHORT)"}},
		{"the maker's signature", signertest.Without(good, id+".alice.propose.sig"), []string{"maker: want a valid signature to propose by alice, found none (SEAT-NOMAKER)"}},
		{"another signer's log", signertest.Without(good, "signer-b.checkpoint"), []string{"signer signer-b: want its log in the bundle, found none (LIM-UNPROVEN)"}},
		{"another signer's entries", signertest.Without(good, "signer-b.entries"), []string{"signer signer-b: want a log that its checkpoint proves: entries: wanted 4 as the checkpoint of acme-treasury/signer-b says, found 0 (LIM-UNPROVEN)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			refusedBy(t, v.In(t), s, c.files, c.want...)
		})
	}
	s.MustRelease(v.Bundle(order))
}

func TestClonedKeyStopsTheWholeVisit(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	s := v.Signer("signer-a")
	pay := signertest.Pay(v.To("payroll", coin/8))
	files := v.Bundle(v.Order(pay), v.Order(pay))
	visit := s.Machine.Judge(files, quorum.Release, 2)
	want := "carol: want a key whose counter grows, found 7 on two texts, so the key exists twice (SIG-CLONE)"
	if len(visit.Reasons) != 1 || visit.Reasons[0].String() != want || !visit.Reasons[0].Code.Alarm() {
		t.Fatalf("want %s, found %v", want, visit.Reasons)
	}
	for _, item := range visit.Items {
		if b, err := s.Machine.Release(visit, v.Session(), item, s.Unlock(), 2); b != nil || err == nil || err.Error() != want {
			t.Errorf("want %s, found %v", want, err)
		}
	}
	if err := s.Machine.Finish(visit, v.Session(), ""); err != nil {
		t.Fatal(err)
	}
	s.Reopen()
	if got := kinds(s.Records()[4:]); got != "session-open inputs headers refused quarantine session-close" {
		t.Errorf("want a refusal in the log, found %s", got)
	}
}

func TestDeclinedVisitIsAnException(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	visit := s.Machine.Judge(v.Bundle(order), quorum.Release, 2)
	if err := s.Machine.Finish(visit, v.Session("frank", "grace"), "operator declined: confirmation did not match"); err != nil {
		t.Fatal(err)
	}
	s.Reopen()
	records := s.Records()
	if got := kinds(records[4:]); got != "session-open inputs headers exception session-close" {
		t.Errorf("want an exception in the log, found %s", got)
	}
	if open := records[4].Body.(record.SessionOpen); !slices.Equal(open.Operators, []text.ID{"frank", "grace"}) {
		t.Errorf("want both operators, found %v", open.Operators)
	}
	s.MustRelease(v.Bundle(order))
}

// Two machines with one key sign alike, to the byte: what one lets out can be
// compared with the other.
func TestTwoMachinesWithOneKeySignTheSameBytes(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin/3, coin/3, coin/3)
	order := v.Order()
	s := v.Signer("signer-a")
	s.Close()
	twin := filepath.Join(t.TempDir(), "twin")
	if err := os.CopyFS(twin, os.DirFS(s.Dir)); err != nil {
		t.Fatal(err)
	}
	s.Reopen()
	files := v.Bundle(order)
	first := s.MustRelease(files)
	s.Close()
	s.Dir = twin
	s.Reopen()
	if second := s.MustRelease(files); !bytes.Equal(first, second) {
		t.Errorf("want the same bytes, found\n%x\n%x", first, second)
	}
}

// The twin that did not sign is found out by what officers have seen.
func TestTwinIsFoundOutByTheNextProposal(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	s := v.Signer("signer-a")
	s.Close()
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(s.Dir)); err != nil {
		t.Fatal(err)
	}
	s.Reopen()
	s.MustRelease(v.Bundle(v.Order(signertest.Pay(v.To("payroll", coin/8)))))
	next := v.Order(signertest.Pay(v.To("payroll", coin/16)))
	files := v.Bundle(next)
	s.Close()
	s.Dir = old
	s.Reopen()
	refusedBy(t, v, s, files, "seen: want at most 4 records, which this signer has, found that officers saw 10: this signer's state is older than it was (STATE-ROLLBACK)")
	// it writes on, on another day's bundle, and then has as many records, but others
	for range 2 {
		s.Release([]quorum.File{{Name: "autorun.inf"}})
	}
	a := s.Release(files)
	if got := a.Codes(); !slices.Equal(got, []string{"STATE-FORK"}) {
		t.Errorf("want STATE-FORK, found %v", got)
	}
}
