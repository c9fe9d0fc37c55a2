package signer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// copied keeps a signer's home as it is now.
func copied(t *testing.T, s *signertest.Signer) string {
	t.Helper()
	s.Close()
	old := filepath.Join(t.TempDir(), "old")
	must(t, os.CopyFS(old, os.DirFS(s.Dir)))
	s.Reopen()
	return old
}

// restored puts a signer back to a copy. The folder it had stays as it is.
func restored(s *signertest.Signer, old string) {
	s.Close()
	s.Dir = old
	s.Reopen()
}

func headOf(s *signertest.Signer, v *signertest.Vault) record.LogHead {
	for _, seen := range v.Seen() {
		if seen.Device == s.ID {
			return record.LogHead{Size: seen.Size, Root: seen.Root}
		}
	}
	return record.LogHead{}
}

// lostSome is a signer that was restored from a copy taken before a release,
// and the resync that gives it back what it lost.
func lostSome(t *testing.T, v *signertest.Vault, between func(s *signertest.Signer)) (s *signertest.Signer, o *signertest.Order, bundle []quorum.File) {
	t.Helper()
	s = v.Signer("signer-a")
	old := copied(t, s)
	from := headOf(s, v)
	between(s)
	o = v.Decide("alice", quorum.Resync{Device: s.ID, From: from, To: headOf(s, v)}, "bob", "dave", "erin")
	bundle = v.Bundle(o)
	restored(s, old)
	return s, o, bundle
}

func TestRestoredSignerGetsBackWhatItLost(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	order := v.Order(signertest.Pay(v.To("payroll", coin/8)))
	s, _, bundle := lostSome(t, v, func(s *signertest.Signer) { s.MustRelease(v.Bundle(order)) })
	codes(t, s.Release(bundle))
	s.Reopen()
	if !slices.Contains(s.Kinds(), record.KindResync) || count(s, record.KindReleased) != 1 {
		t.Errorf("want the release and the resync in the log, found %v", s.Kinds())
	}
	told(t, s, s.Release(v.Bundle(order)), fmt.Sprintf("seen: want a proposal made after this signer's resync, record %d, found one made before; propose again (STATE-RESYNC)", slices.Index(s.Kinds(), record.KindResync)))
	s.MustRelease(v.Bundle(v.Order(signertest.Pay(v.To("payroll", coin/8)))))
}

// What it lost includes a version of the policy and a wallet of that version.
func TestRestoredSignerGetsBackAPolicyThatItLost(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	var o *signertest.Order
	s, _, bundle := lostSome(t, v, func(s *signertest.Signer) {
		o = v.Amend(loosened(), nil, "bob", "carol", "dave")
		codes(t, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)))
		v.Adopted(o)
	})
	told(t, s, s.Release(bundle), "policy: want version 1, which this machine holds, found 2; carry the newer policy first (POL-BEHIND)")
	codes(t, s.Release(append(bundle, o.Beside...)))
	s.Reopen()
	if version, _, _ := s.Machine.State().Head(); version != 2 {
		t.Errorf("want version 2 in force, found %d", version)
	}
	s.MustRelease(v.Bundle(v.Order()))
}

func TestAttacksOnTheResyncOfARestoredSigner(t *testing.T) {
	for _, c := range []struct {
		attack string
		spoil  func(v *signertest.Vault, s *signertest.Signer, files []quorum.File) []quorum.File
		want   string
	}{
		{"own log left at home", func(_ *signertest.Vault, s *signertest.Signer, files []quorum.File) []quorum.File {
			return signertest.Without(files, "signer-a.checkpoint", "signer-a.entries")
		}, "resync: want this signer's own log in the bundle, signed by its key: checkpoint: wanted a text, an empty line and signatures, found no empty line (STATE-RESYNC)"},
		{"own log cut short", func(v *signertest.Vault, s *signertest.Signer, files []quorum.File) []quorum.File {
			checkpoint, entries := s.Machine.Export()
			return append(signertest.Without(files, "signer-a.checkpoint", "signer-a.entries"),
				quorum.File{Name: "signer-a.checkpoint", Bytes: checkpoint}, quorum.File{Name: "signer-a.entries", Bytes: entries})
		}, "resync: want the 10 records that officers know in the bundle, found 4 or other ones (STATE-RESYNC)"},
	} {
		t.Run(c.attack, func(t *testing.T) {
			v := signertest.New(t)
			v.Fund(coin)
			s, _, bundle := lostSome(t, v, func(s *signertest.Signer) { s.MustRelease(v.Bundle(v.Order())) })
			a := s.Release(c.spoil(v, s, bundle))
			if a.Err == nil || a.Err.Error() != c.want {
				t.Errorf("want %s, found %v", c.want, a.Err)
			}
			s.Reopen()
			if n := len(s.Records()); n != 4 {
				t.Errorf("want the log as it was, found %d records", n)
			}
		})
	}
}

// The restored signer has written something of its own since: its log is a
// fork of the one that everybody knows, and no resync mends that.
func TestRestoredSignerThatWroteIsReplaced(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, _, bundle := lostSome(t, v, func(s *signertest.Signer) { s.MustRelease(v.Bundle(v.Order())) })
	must(t, s.Machine.Finish(s.Machine.Reject(quorum.Because(quorum.BunName, "nothing")), v.Session("frank"), ""))
	want := "resync: want every record of this signer among those that officers know, found that it wrote others; replace the signer instead (STATE-RESYNC)"
	if a := s.Release(bundle); a.Err == nil || a.Err.Error() != want {
		t.Errorf("want %s, found %v", want, a.Err)
	}
}

// A resync that was carried out is worth nothing the next time.
func TestResyncIsGoodForOneDoubt(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	s := v.Signer("signer-a")
	first := v.Amend(loosened(), nil, "bob", "carol", "dave")
	head := headOf(s, v)
	o := v.Decide("alice", quorum.Resync{Device: s.ID, From: head, To: head}, "bob", "dave", "erin")
	codes(t, s.Release(v.Bundle(o)))
	at := slices.Index(s.Kinds(), record.KindResync)
	told(t, s, s.Release(v.Bundle(o)), fmt.Sprintf("to: want a log that holds this signer's last resync, record %d, found one of %d records; propose again (STATE-RESYNC)", at, head.Size))
	told(t, s, s.Release(append(v.Bundle(first), v.Clear("frank", first.Proposal)...)),
		fmt.Sprintf("seen: want a proposal made after this signer's resync, record %d, found one made before; propose again (STATE-RESYNC)", at))
}

// Officers are told that nothing was lost, and the signer's own checkpoint in
// the bundle says otherwise.
// Officers lift the alarm that they saw. One that came after they signed is
// another, and takes another resync.
func TestResyncLiftsOnlyTheAlarmThatOfficersSaw(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	v.Chain.Mine(120)
	s := v.Signer("signer-a")
	alarm := func() {
		t.Helper()
		files := append(signertest.Without(v.Bundle(v.Order()), "headers.bin"), quorum.File{Name: "headers.bin", Bytes: v.Chain.Fork(20, 130)})
		if got := s.Release(files).Codes(); !slices.Contains(got, "CLK-REORG") {
			t.Fatalf("want CLK-REORG, found %v", got)
		}
		v.Fund(coin)
	}
	s.MustRelease(v.Bundle(v.Order()))
	v.Fund(coin)
	alarm()
	o := v.Decide("alice", quorum.Resync{Device: s.ID, From: headOf(s, v), To: headOf(s, v)}, "bob", "dave", "erin")
	alarm()
	codes(t, s.Release(v.Bundle(o)), "STATE-RESYNC")
	o = v.Decide("alice", quorum.Resync{Device: s.ID, From: headOf(s, v), To: headOf(s, v)}, "bob", "dave", "erin")
	codes(t, s.Release(v.Bundle(o)))
	if codes, yes := s.Machine.State().Quarantined(); yes {
		t.Errorf("want the signer back at work, found it stopped by %v", codes)
	}
}

func TestResyncThatForgetsRecordsIsFoundOut(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	old, from := copied(t, s), headOf(s, v)
	forgets := v.Decide("alice", quorum.Resync{Device: s.ID, From: from, To: from}, "bob", "dave", "erin")
	s.MustRelease(v.Bundle(v.Order()))
	bundle := v.Bundle(forgets)
	restored(s, old)
	told(t, s, s.Release(bundle), "own checkpoint in the bundle: want at most 4 records, which this signer has, found 10: this signer's state is older than it was (STATE-ROLLBACK)")
	if n := len(s.Records()); n != 4 {
		t.Errorf("want a log in doubt left as it is, found %d records", n)
	}
}

func TestResyncsThatFitNothing(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	for _, c := range []struct {
		attack string
		spoil  func(r *quorum.Resync)
		want   string
	}{
		{"another signer's", func(r *quorum.Resync) { r.Device = "signer-b" }, "signer: want a resync of signer-a, which this is, found one of signer-b (STATE-RESYNC)"},
		{"from a log that it has not", func(r *quorum.Resync) { r.From.Size++; r.To.Size++ }, "from: want this signer's log, {n} records, found {more} or other ones (STATE-RESYNC)"},
		{"from other records", func(r *quorum.Resync) { r.From.Root[0] ^= 1 }, "from: want this signer's log, {n} records, found {n} or other ones (STATE-RESYNC)"},
		{"to other records", func(r *quorum.Resync) { r.To.Root[0] ^= 1 },
			"to: want the log as officers know it, at least the {n} records that this signer has, found {n} or other ones (STATE-RESYNC)"},
	} {
		head := headOf(s, v)
		body := quorum.Resync{Device: s.ID, From: head, To: head}
		c.spoil(&body)
		told(t, s, s.Release(v.Bundle(v.Decide("alice", body, "bob", "dave", "erin"))), filled(c.want, "{n}", fmt.Sprint(head.Size), "{more}", fmt.Sprint(head.Size+1)))
	}
	head := headOf(s, v)
	told(t, s, s.Release(v.Bundle(v.Decide("alice", quorum.Resync{Device: "signer-a", From: head, To: head}, "bob", "dave"))), "approvals: want 3 of group treasury for resync, found 2 (SEAT-SHORT)")
}

// rekeyed replaces one of dave's two keys by a third, asked for with either.
func rekeyed(v *signertest.Vault, t *testing.T, goes, asks int) (*signertest.Order, *signertest.Key) {
	fresh := signertest.NewKey(t, sshsig.Ed25519, "dave's third")
	old, key := keyOf(v, "dave", goes), fresh.Key()
	o := v.AmendAs(0, "dave", func(p *policy.Policy) (*policy.Policy, error) { return p.ReplaceKey("dave", &old, &key) }, nil, "bob", "erin")
	o.Signatures[0] = v.SignWith(v.Officers["dave"].Keys[asks], "dave", quorum.Propose, o.Proposal.Bytes())
	o.Beside = append(o.Beside, signertest.SignatureFile(v.SignWith(fresh, "dave", quorum.Consent, o.Beside[0].Bytes)))
	return o, fresh
}

func TestThiefOfOneKeyCannotReplaceTheOther(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	o, _ := rekeyed(v, t, 0, 0)
	told(t, s, s.Release(v.Bundle(o)), "maker: want it signed with a key of dave that stays, found the one that goes (POL-REKEY)")
	o, _ = rekeyed(v, t, 0, 1)
	o.Beside = o.Beside[:1]
	told(t, s, s.Release(v.Bundle(o)), "consent: want one of dave with the new key, found none (POL-CONSENT)")
	o, _ = rekeyed(v, t, 0, 1)
	vetoed := append(v.Bundle(o), signertest.SignatureFile(v.Sign("carol", quorum.Veto, o.Proposal.Bytes())))
	told(t, s, s.Release(vetoed), "veto: want none, found that of carol (STATE-VETOED)")
	o, _ = rekeyed(v, t, 1, 0)
	codes(t, s.Release(v.Bundle(o)))
}

func TestKeysOfSomebodyElseAreNotReplaced(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	fresh, second := signertest.NewKey(t, sshsig.Ed25519, "mallory's"), signertest.NewKey(t, sshsig.Ed25519, "mallory's second")
	key, other, old := fresh.Key(), second.Key(), keyOf(v, "dave", 0)
	o := v.AmendAs(0, "erin", func(p *policy.Policy) (*policy.Policy, error) { return p.ReplaceKey("dave", &old, &key) }, nil, "bob", "carol")
	o.Beside = append(o.Beside, signertest.SignatureFile(v.SignWith(fresh, "dave", quorum.Consent, o.Beside[0].Bytes)))
	told(t, s, s.Release(v.Bundle(o)), "maker: want dave, whose keys change, found erin (SEAT-ROLE)")
	o = v.AmendAs(0, "dave", func(p *policy.Policy) (*policy.Policy, error) {
		p, err := p.ReplaceKey("dave", &old, &key)
		if err != nil {
			return nil, err
		}
		return p.ReplaceKey("dave", nil, &other)
	}, nil, "bob", "carol")
	o.Signatures[0] = v.SignWith(v.Officers["dave"].Keys[1], "dave", quorum.Propose, o.Proposal.Bytes())
	for _, k := range []*signertest.Key{fresh, second} {
		o.Beside = append(o.Beside, signertest.SignatureFile(v.SignWith(k, "dave", quorum.Consent, o.Beside[0].Bytes)))
	}
	told(t, s, s.Release(v.Bundle(oneConsent(o))), "signer: want at most one new key of dave at a time, found 2 (POL-REKEY)")
}

// oneConsent keeps one consent: a bundle holds each name once.
func oneConsent(o *signertest.Order) *signertest.Order {
	o.Beside = o.Beside[:2]
	return o
}

// silent is a vault that recovery may change after fifty silent blocks, which
// have passed.
func silent(t *testing.T, opts ...signertest.Option) *signertest.Vault {
	v := signertest.New(t, append(opts, line("recovery after 26208 cool 0 named", "recovery after 50 cool 3 named"))...)
	for _, s := range v.Signers {
		codes(t, s.Release(v.Bundle(v.Decide("alice", quorum.Rehearsal{Statement: "here we are"}))))
	}
	v.Chain.Mine(50)
	return v
}

const lockedOut = "approvals: want people who could also change version %d, 3 of group treasury among those who approve and consent, found %d (POL-LOCKOUT)"

func recovery(t *testing.T, v *signertest.Vault, maker text.ID, approve ...text.ID) *signertest.Order {
	return v.AmendAs(policy.ClassRecovery, maker, kateJoins(t, v), []text.ID{"kate"}, approve...)
}

func TestRecoveryByRealDormancy(t *testing.T) {
	v := signertest.New(t, line("recovery after 26208 cool 0 named", "recovery after 50 cool 3 named"))
	v.Fund(coin)
	for _, s := range v.Signers { // each log names a tip and a sign of life
		codes(t, s.Release(v.Bundle(v.Decide("alice", quorum.Rehearsal{Statement: "here we are"}))))
	}
	a := v.Signer("signer-a")
	v.Chain.Mine(49)
	told(t, a, a.Begin(v.Bundle(recovery(t, v, "carol", "dave"))), "recovery: want 50 credits without a sign of life in any signer's log, found 49 (REC-NOTDORMANT)")
	v.Chain.Mine(1)
	o := recovery(t, v, "carol", "dave")
	told(t, a, a.Begin(v.Bundle(recovery(t, v, "carol", "dave", "bob"))), "recovery: want nobody else alive, found that bob signs (REC-NOTDORMANT)")
	told(t, a, a.Begin(v.Bundle(recovery(t, v, "alice", "dave", "erin"))), "maker: want an officer who may recover, found alice (SEAT-ROLE)")
	told(t, a, a.Begin(v.Bundle(recovery(t, v, "carol"))), fmt.Sprintf(lockedOut, 2, 2), "approvals: want 2 of group recovery for recovery, found 1 (POL-SEATS)")
	codes(t, a.Begin(v.Bundle(o)))
	v.Chain.Mine(3)
	told(t, a, a.Release(v.Bundle(o)), "clearances: want 1 of group watch for recovery, by people without a seat, found 0 (CLR-MISSING)")
	cleared := append(v.Bundle(o), v.Clear("frank", o.Proposal)...)
	told(t, a, a.Release(append(cleared, signertest.SignatureFile(v.Sign("bob", quorum.Veto, o.Proposal.Bytes())))), "veto: want none, found that of bob (STATE-VETOED)")
}

func TestRecoveryTakesEffect(t *testing.T) {
	v := silent(t, line("group watch frank grace", "group watch erin frank grace"))
	a, o := v.Signer("signer-a"), recovery(t, v, "carol", "dave")
	codes(t, a.Begin(v.Bundle(o)))
	v.Chain.Mine(3)
	told(t, a, a.Release(append(v.Bundle(o), v.Clear("erin", o.Proposal)...)), "clearances: want 1 of group watch for recovery, by people without a seat, found 0 (CLR-MISSING)")
	codes(t, a.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)))
	if version, _, _ := a.Machine.State().Head(); version != 2 {
		t.Errorf("want version 2 in force, found %d", version)
	}
}

// A new key, slipped in before the silence, makes nobody of recovery.
func TestRecoveryByANewKey(t *testing.T) {
	v := silent(t, line("quiet signer 0 mildest", "quiet signer 400 mildest"))
	a := v.Signer("signer-a")
	fresh := signertest.NewKey(t, sshsig.Ed25519, "carol's second")
	key := fresh.Key()
	rekey := v.AmendAs(0, "erin", func(p *policy.Policy) (*policy.Policy, error) { return p.ReplaceKey("erin", nil, &key) }, nil, "bob", "dave")
	rekey.Beside = append(rekey.Beside, signertest.SignatureFile(v.SignWith(fresh, "erin", quorum.Consent, rekey.Beside[0].Bytes)))
	codes(t, a.Release(v.Bundle(rekey)))
	v.Adopted(rekey)
	v.Chain.Mine(50)
	o := recovery(t, v, "erin", "dave")
	o.Signatures[0] = v.SignWith(fresh, "erin", quorum.Propose, o.Proposal.Bytes())
	answer := a.Begin(v.Bundle(o))
	told(t, a, answer, fmt.Sprintf(lockedOut, 3, 2), "approvals: want 2 of group recovery for recovery, found 1 (POL-SEATS)")
	if got, want := notes(answer), "[erin: want approvals with keys that the policy has listed for a while, found one with a new key, which does not count yet (QUIET-SIGNER)]"; got != want {
		t.Errorf("want %s, found %s", want, got)
	}
}

// The signed resync says that records are missing; whatever else came along must
// wait until they are back.
func TestNothingIsDoneBesideTheResyncThatGivesRecordsBack(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	old := v.Order(signertest.Pay(v.To("payroll", coin/8)))
	freeze := v.Decide("grace", quorum.Freeze{Scope: record.Scope{What: record.ScopeAll}})
	s, resync, _ := lostSome(t, v, func(s *signertest.Signer) {
		s.MustRelease(v.Bundle(v.Order(signertest.Pay(v.To("payroll", coin/8)))))
	})
	files := signertest.Without(v.Bundle(old, freeze, resync), "signer-a.checkpoint", "signer-a.entries")
	visit, key, size := s.Machine.Judge(files, quorum.Release, 1), s.Unlock(), len(s.Records())
	want := map[quorum.Kind]string{quorum.KindFreeze: "a freeze", quorum.KindWithdrawal: "a withdrawal"}
	for _, item := range visit.Items {
		var err error
		switch item.Kind() {
		case quorum.KindFreeze:
			err = s.Machine.Enact(visit, v.Session("frank"), item)
		case quorum.KindWithdrawal:
			_, err = s.Machine.Release(visit, v.Session("frank"), item, key, 1)
		default:
			continue
		}
		doubt := "signer: want nothing but a resync while others have seen more of its log than it has, found " + want[item.Kind()] + " (STATE-ROLLBACK)"
		if err == nil || err.Error() != doubt {
			t.Errorf("want %s, found %v", doubt, err)
		}
	}
	must(t, s.Machine.Finish(visit, v.Session("frank"), ""))
	if len(visit.Items) != 3 || len(s.Records()) != size {
		t.Errorf("want three proposals and nothing done, found %v", s.Kinds()[size:])
	}
}

// A freeze would take effect whatever it names, and a stranger's cancel is refused
// before anything is looked at: also of them a signer that was put back to an old
// state writes nothing.
func TestSignerThatWasPutBackWritesNothing(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	old := copied(t, s)
	s.MustRelease(v.Bundle(v.Order()))
	freeze, cancel := v.Decide("grace", freezing(record.ScopeAll, "")), v.Decide("bob", quorum.Freeze{Scope: record.Scope{What: record.ScopeSigner, Name: "signer-a"}})
	cancel.Signatures = nil
	brought := [][]quorum.File{v.Bundle(freeze), v.Bundle(cancel)}
	restored(s, old)
	for _, files := range brought {
		size := len(s.Records())
		if a := s.Release(files); len(s.Records()) != size {
			t.Errorf("want nothing written, found %v, %v", s.Kinds()[size:], a.Err)
		}
	}
}
