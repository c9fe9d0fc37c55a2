package signer_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"strongroom/custody"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/keystore"
	"strongroom/signer/signertest"
)

// begin begins to gather shares in a session of its own.
func begin(t *testing.T, v *signertest.Vault, s *signertest.Signer) *signer.Unlocking {
	t.Helper()
	u, err := s.Machine.BeginUnlock(v.Session("frank"))
	must(t, err)
	return u
}

// give has holders give what they were given in the ceremony.
func give(t *testing.T, u *signer.Unlocking, s *signertest.Signer, who ...text.ID) {
	t.Helper()
	for _, h := range who {
		must(t, u.Give(h, s.Words[h]))
	}
}

// opens demands that the key opens, and returns what the record says.
func opens(t *testing.T, u *signer.Unlocking, s *signertest.Signer) record.Unlock {
	t.Helper()
	a, err := u.Open()
	must(t, err)
	defer a.Wipe()
	if !a.Key().SameMaterial(s.Record.Key) {
		t.Error("want this signer's key, found another")
	}
	if sig, err := a.Sign(custody.Receive, 0, [32]byte{1}); err != nil || len(sig) == 0 {
		t.Errorf("want a key that signs, found %v", err)
	}
	records := s.Records()
	unlock, ok := records[len(records)-1].Body.(record.Unlock)
	if !ok {
		t.Fatalf("want an unlock as the last record, found %v", s.Kinds())
	}
	return unlock
}

// because demands one refusal, by its whole text.
func because(t *testing.T, err error, want ...string) {
	t.Helper()
	var refused *signer.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("want it refused, %s, found %v", want, err)
	}
	var found []string
	for _, r := range refused.Reasons {
		found = append(found, r.String())
	}
	if strings.Join(found, "\n") != strings.Join(want, "\n") {
		t.Errorf("want\n%s\nfound\n%s", strings.Join(want, "\n"), strings.Join(found, "\n"))
	}
}

// unchanged demands that nothing on disk is changed by what is done.
func unchanged(t *testing.T, s *signertest.Signer, do func()) {
	t.Helper()
	before := onDisk(t, s.Dir)
	do()
	if after := onDisk(t, s.Dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("want nothing on disk changed, found something")
	}
}

// failures returns the wrong entries that the log holds.
func failures(s *signertest.Signer) (why []string) {
	for _, r := range s.Records() {
		if f, ok := r.Body.(record.UnlockFailed); ok {
			why = append(why, fmt.Sprintf("%s %d: %s", f.Holder, f.Generation, f.Why))
		}
	}
	return why
}

// Everything as it is done: the home's sealed share, the holder's passphrase.
func TestTwoOfThreeHoldersOpenTheKeyAndTheRecordSaysWho(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	before := onDisk(t, s.Dir)
	files, err := s.Machine.SealedShares()
	must(t, err)
	with, err := keystore.WithPassphrase([]byte(signertest.Passphrase))
	must(t, err)
	u := begin(t, v, s)
	for _, h := range []text.ID{"cleo", "anna"} {
		share, wait, err := u.Ask(h)
		if err != nil || wait != 0 || share.Holder != h || share.Seal != record.SealPassphrase {
			t.Fatalf("want %s asked for a passphrase at once, found %v, %s, %v", h, share, wait, err)
		}
		words, err := keystore.OpenShare(files[h], with)
		must(t, err)
		must(t, u.Give(h, words))
	}
	if got := fmt.Sprint(u.Given(), u.Enough(), u.NeedsWitness()); got != "[anna cleo] true false" {
		t.Errorf("want enough of anna and cleo without a witness, found %s", got)
	}
	got, want := opens(t, u, s), record.Unlock{Fingerprint: s.Record.Key.Origin().Fingerprint, Generation: 1, Holders: []text.ID{"anna", "cleo"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("want %v recorded, found %v", want, got)
	}
	onlyLogGrew(t, before, onDisk(t, s.Dir))
	if len(u.Given()) != 0 {
		t.Error("want what was given forgotten, found it")
	}
	s.Reopen()
	u = begin(t, v, s)
	give(t, u, s, "bert", "anna", "cleo") // one more than is needed
	if got := opens(t, u, s); fmt.Sprint(got.Holders) != "[anna bert cleo]" {
		t.Errorf("want everybody who gave a share recorded, found %v", got.Holders)
	}
}

func TestOneHolderAloneOpensNothing(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-b")
	unchanged(t, s, func() {
		u := begin(t, v, s)
		_, err := u.Open()
		because(t, err, "shares: want 2 of dora, emil, fay, found those of nobody (KEY-SHORT)")
		give(t, u, s, "emil")
		if u.Enough() {
			t.Error("want one share too few, found it enough")
		}
		a, err := u.Open()
		because(t, err, "shares: want 2 of dora, emil, fay, found those of emil (KEY-SHORT)")
		if a != nil || len(u.Given()) != 0 {
			t.Error("want no key, and the share wiped, found one")
		}
		give(t, u, s, "fay") // the one who came before is to come again
		_, err = u.Open()
		because(t, err, "shares: want 2 of dora, emil, fay, found those of fay (KEY-SHORT)")
	})
}

func TestStrangersAndHoldersWhoComeTwice(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	key := s.Record.Key.Origin().Fingerprint
	unchanged(t, s, func() {
		u := begin(t, v, s)
		for _, who := range []text.ID{"mallory", "dora", "alice", ""} {
			want := fmt.Sprintf("share: want a holder of generation 1 of key %x, found %s (KEY-SHARE)", key, who)
			_, _, err := u.Ask(who)
			because(t, err, want)
			_, _, err = s.Machine.AskShare(who)
			because(t, err, want)
			because(t, u.Give(who, s.Words["anna"]), want)
			because(t, s.Machine.ProveShare(v.Session(), who, s.Words["anna"]), want)
		}
		give(t, u, s, "anna")
		const twice = "share: want another holder, found anna again (KEY-SHARE)"
		_, _, err := u.Ask("anna")
		because(t, err, twice)
		because(t, u.Give("anna", s.Words["anna"]), twice)
		because(t, u.Give("anna", s.Words["bert"]), twice)
		_, err = u.Open()
		because(t, err, "shares: want 2 of anna, bert, cleo, found those of anna (KEY-SHORT)")
	})
}

func TestWordsOfSomethingElseAreAWrongEntry(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	good := s.Words["anna"]
	last := append([]byte(nil), good...)
	last[len(last)-1] ^= 1
	before := onDisk(t, s.Dir)
	u := begin(t, v, s)
	for _, c := range []struct {
		name, want string
		words      []byte
	}{
		{"another key's", "something else", v.Signer("signer-b").Words["dora"]},
		{"another holder's", "that of bert in generation 1", s.Words["bert"]},
		{"with their LF", "something else", append(append([]byte(nil), good...), '\n')},
		{"with a changed letter", "something else", last},
		{"in capitals", "something else", []byte(strings.ToUpper(string(good)))},
		{"none", "something else", nil},
	} {
		because(t, u.Give("anna", c.words), "share of anna: want that of generation 1, found "+c.want+" (KEY-SHARE)")
		if all := failures(s); all[len(all)-1] != "anna 1: another share: found "+c.want {
			t.Errorf("%s: want the wrong entry recorded, found %s", c.name, all)
		}
	}
	onlyLogGrew(t, before, onDisk(t, s.Dir))
	if n := count(s, record.KindUnlockFailed); n != 6 || len(u.Given()) != 0 {
		t.Errorf("want six wrong entries and nothing given, found %d and %v", n, u.Given())
	}
	must(t, u.Fail("anna", "age: another passphrase"))
	if all := failures(s); all[len(all)-1] != "anna 1: age: another passphrase" {
		t.Errorf("want it recorded, found %s", all)
	}
	give(t, u, s, "anna", "cleo")
	opens(t, u, s)
}

// Ten in a row, across restarts; waits are 1 s, doubling.
func TestTenWrongEntriesLockThatShareAndNoOther(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	for n := range 10 {
		u := begin(t, v, s)
		want := time.Duration(0)
		if n > 0 {
			want = time.Second << (n - 1)
		}
		for _, ask := range []func(text.ID) (record.Share, time.Duration, error){u.Ask, s.Machine.AskShare} {
			if _, wait, err := ask("anna"); err != nil || wait != want || wait > 5*time.Minute {
				t.Fatalf("entry %d: want to wait %s, found %s, %v", n, want, wait, err)
			}
		}
		because(t, u.Give("anna", []byte("academic")), "share of anna: want that of generation 1, found something else (KEY-SHARE)")
		if n == 5 {
			s.Reopen()
		}
	}
	s.Reopen()
	u := begin(t, v, s)
	const locked = "share of anna: want less than 10 wrong entries in a row, found 10; the other holders share the key anew (KEY-LOCKED)"
	unchanged(t, s, func() {
		_, _, err := u.Ask("anna")
		because(t, err, locked)
		_, _, err = s.Machine.AskShare("anna")
		because(t, err, locked)
		because(t, u.Give("anna", s.Words["anna"]), locked)
		because(t, s.Machine.ProveShare(v.Session(), "anna", s.Words["anna"]), locked)
	})
	if _, wait, err := u.Ask("bert"); err != nil || wait != 0 {
		t.Errorf("want bert asked at once, found %s, %v", wait, err)
	}
	give(t, u, s, "bert", "cleo")
	opens(t, u, s)
	u = begin(t, v, s)
	_, _, err := u.Ask("anna")
	because(t, err, locked) // that others opened the key changes nothing
	next := reshare(t, s, 2, "anna", "bert", "cleo")
	must(t, s.Machine.TakeShares(v.Session(), next.Transcript, next.Shares, next.Sealed))
	u = begin(t, v, s)
	must(t, u.Give("anna", next.Words["anna"]))
}

func TestAnOpenedShareBeginsToCountAnew(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	waits := func(who text.ID) time.Duration {
		_, wait, err := s.Machine.AskShare(who)
		must(t, err)
		return wait
	}
	fail := func(who text.ID, times int) {
		for range times {
			must(t, s.Machine.FailShare(v.Session(), who, "a wrong passphrase"))
		}
	}
	fail("anna", 3)
	fail("bert", 2)
	u := begin(t, v, s)
	give(t, u, s, "anna", "cleo")
	if waits("anna") != 4*time.Second {
		t.Errorf("want a share that was only given still counted, found %s", waits("anna"))
	}
	opens(t, u, s)
	s.Reopen()
	if waits("anna") != 0 || waits("bert") != 2*time.Second || waits("cleo") != 0 {
		t.Errorf("want those who opened it forgiven and bert not, found %s, %s, %s", waits("anna"), waits("bert"), waits("cleo"))
	}
	must(t, s.Machine.ProveShare(v.Session(), "bert", s.Words["bert"]))
	if waits("bert") != 0 {
		t.Errorf("want bert forgiven who proved the share, found %s", waits("bert"))
	}
}

func TestSharesInFilesAreRefusedWithoutTheAllowance(t *testing.T) {
	strict := signertest.New(t, signertest.WithStrictShares())
	draft := signertest.Draft(t, signertest.WithShares()) // nothing is trusted yet
	for name, v := range map[string]*signertest.Vault{"no annex": strict, "no policy": draft} {
		s := v.Signer("signer-a")
		unchanged(t, s, func() {
			u := begin(t, v, s)
			const want = "share of anna: want one that is sealed to hardware, found a passphrase, which annex workstation does not allow (KEY-FACTOR)"
			_, _, err := u.Ask("anna")
			because(t, err, want)
			because(t, u.Give("anna", s.Words["anna"]), want)
			_, err = u.Open()
			because(t, err, "shares: want 2 of anna, bert, cleo, found those of nobody (KEY-SHORT)",
				"witness: want the signature of an officer who saw the holders in person, found none (KEY-WITNESS)")
		})
		if !t.Failed() {
			t.Log(name)
		}
	}
	s := signertest.New(t).Signer("signer-a") // sealed to hardware, where nothing is allowed
	u, err := s.Machine.BeginUnlock(signer.Session{})
	must(t, err)
	if share, _, err := u.Ask("anna"); err != nil || share.Seal != record.SealHardware {
		t.Errorf("want a share in hardware asked for, found %v", err)
	}
}

// Whoever takes the annex away, or writes another one, gains nothing.
func TestAnnexThatIsNotThePolicysAllowsNothing(t *testing.T) {
	v := signertest.New(t, signertest.WithStrictShares())
	s, lenient := v.Signer("signer-a"), signertest.New(t, signertest.WithShares())
	for name := range onDisk(t, lenient.Signer("signer-a").Dir) {
		if strings.HasPrefix(name, "annex-") {
			b, err := os.ReadFile(lenient.Signer("signer-a").Dir + "/" + name)
			must(t, err)
			must(t, os.WriteFile(s.Dir+"/"+name, b, 0o600))
		}
	}
	s.Reopen()
	_, _, err := begin(t, v, s).Ask("anna")
	because(t, err, "share of anna: want one that is sealed to hardware, found a passphrase, which annex workstation does not allow (KEY-FACTOR)")
	b := lenient.Signer("signer-b")
	for name := range onDisk(t, b.Dir) {
		if !strings.HasPrefix(name, "annex-") {
			continue
		}
		raw, err := os.ReadFile(b.Dir + "/" + name)
		must(t, err)
		must(t, os.WriteFile(b.Dir+"/"+name, signertest.Replace(t, raw, "allow files", "allow network"), 0o600))
		_, err = b.Machine.BeginUnlock(signer.Session{})
		var corrupt *signer.CorruptError
		if !errors.As(err, &corrupt) {
			t.Errorf("changed annex: want STATE-CORRUPT, found %v", err)
		}
		must(t, os.Remove(b.Dir+"/"+name))
		if _, err = b.Machine.BeginUnlock(signer.Session{}); !errors.As(err, &corrupt) || !strings.HasSuffix(err.Error(), name+": open: no such file or directory") {
			t.Errorf("no annex: want STATE-CORRUPT, found %v", err)
		}
	}
}
