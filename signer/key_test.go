package signer_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/keystore"
	"strongroom/signer/signertest"
)

func TestProvenShareLeavesTheHomeAndNothingElse(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	key := s.Record.Key.Origin().Fingerprint
	before := onDisk(t, s.Dir)
	because(t, s.Machine.ProveShare(v.Session(), "bert", s.Words["anna"]), "share of bert: want that of generation 1, found that of anna in generation 1 (KEY-SHARE)")
	onlyLogGrew(t, before, onDisk(t, s.Dir))
	must(t, s.Machine.ProveShare(v.Session(), "bert", s.Words["bert"]))
	name := fmt.Sprintf("share-%x-1-bert.age", key)
	after := onDisk(t, s.Dir)
	if _, gone := after[name]; gone || before[name] == [32]byte{} {
		t.Errorf("want %s removed, found it", name)
	}
	delete(before, name)
	onlyLogGrew(t, before, after)
	if n := len(s.Machine.State().Proven(key, 1, "bert")); n != 1 {
		t.Errorf("want it proven once, found %d", n)
	}
	left, err := s.Machine.SealedShares()
	if _, has := left["bert"]; err != nil || len(left) != 2 || has {
		t.Errorf("want the shares of anna and cleo left, found %d, %v", len(left), err)
	}
	must(t, s.Machine.ProveShare(v.Session(), "bert", s.Words["bert"])) // next year
	s.Reopen()
	if n := len(s.Machine.State().Proven(key, 1, "bert")); n != 2 {
		t.Errorf("want it proven twice, found %d", n)
	}
	u := begin(t, v, s)
	give(t, u, s, "bert", "anna")
	opens(t, u, s)
}

// What a crash leaves of a copy is removed at the next start.
func TestCrashAtAnyStepOfProvingAShare(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	s.Close()
	home := s.Dir
	for n := 0; ; n++ {
		s.Dir = filepath.Join(t.TempDir(), "home")
		must(t, os.CopyFS(s.Dir, os.DirFS(home)))
		steps := 0
		err := s.ReopenWith(stopBefore(n, &steps, errors.New("power cut")))
		if err == nil {
			err = s.Machine.ProveShare(v.Session(), "anna", s.Words["anna"])
		}
		s.Reopen()
		left, readErr := s.Machine.SealedShares()
		must(t, readErr)
		proven := len(s.Machine.State().Proven(s.Record.Key.Origin().Fingerprint, 1, "anna")) == 1
		if _, has := left["anna"]; has == proven {
			t.Errorf("step %d: want the share here until it is proven and no longer, found it here %t, proven %t", n, has, proven)
		}
		must(t, s.Machine.ProveShare(v.Session(), "anna", s.Words["anna"]))
		if left, err := s.Machine.SealedShares(); err != nil || len(left) != 2 {
			t.Errorf("step %d: want the copy removed, found %d, %v", n, len(left), err)
		}
		s.Close()
		if err == nil {
			if n < 5 {
				t.Errorf("want several steps, found %d", n)
			}
			return
		}
	}
}

func TestCrashAtAnyStepOfTakingFurtherShares(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	next := reshare(t, s, 2, "anna", "bert", "kim")
	s.Close()
	home, old := s.Dir, 0
	for n := 0; ; n++ {
		s.Dir = filepath.Join(t.TempDir(), "home")
		must(t, os.CopyFS(s.Dir, os.DirFS(home)))
		steps := 0
		err := s.ReopenWith(stopBefore(n, &steps, errors.New("power cut")))
		if err == nil {
			err = s.Machine.TakeShares(v.Session(), next.Transcript, next.Shares, next.Sealed)
		}
		s.Reopen()
		if len(s.Machine.Shares()) == 1 {
			old++
			u := begin(t, v, s)
			give(t, u, s, "anna", "cleo") // the shares before are as good as ever
			opens(t, u, s)
			must(t, s.Machine.TakeShares(v.Session(), next.Transcript, next.Shares, next.Sealed))
		}
		if left, err := s.Machine.SealedShares(); err != nil || len(left) != 3 {
			t.Errorf("step %d: want three sealed shares, found %d, %v", n, len(left), err)
		}
		u := begin(t, v, s)
		give(t, u, holdersOf(s, next), "bert", "kim")
		opens(t, u, s)
		s.Reopen()
		noLeftovers(t, n, s.Dir)
		s.Close()
		if err == nil {
			if n < 20 || old < 10 {
				t.Errorf("want twenty steps, ten of them before the record, found %d and %d", n, old)
			}
			return
		}
	}
}

// No key is in anybody's hands before the record of its opening is on disk.
func TestCrashAtAnyStepOfOpeningTheKey(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	s.Close()
	home := s.Dir
	for n := 0; ; n++ {
		s.Dir = filepath.Join(t.TempDir(), "home")
		must(t, os.CopyFS(s.Dir, os.DirFS(home)))
		steps := 0
		err := s.ReopenWith(stopBefore(n, &steps, errors.New("power cut")))
		opened := false
		if err == nil {
			u := begin(t, v, s)
			give(t, u, s, "anna", "bert")
			var a *keystore.Account
			a, err = u.Open()
			if opened = a != nil; opened != (err == nil) || len(u.Given()) != 0 {
				t.Errorf("step %d: want a key or an error, and the shares wiped, found %v", n, err)
			}
		}
		s.Reopen()
		if recorded := count(s, record.KindUnlock) == 1; opened && !recorded {
			t.Errorf("step %d: want an opening in the log, found %v", n, s.Kinds())
		}
		s.Close()
		if opened {
			if n < 5 {
				t.Errorf("want several steps, found %d", n)
			}
			return
		}
	}
}

func TestChangedOrMissingTranscriptIsCorrupt(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	next := reshare(t, s, 2, "anna", "bert", "kim")
	must(t, s.Machine.TakeShares(v.Session(), next.Transcript, next.Shares, next.Sealed))
	generations := s.Machine.Shares()
	if b, err := s.Machine.Transcript(generations[0].Transcript); err != nil || string(b) != "a ceremony\n" {
		t.Errorf("want the account of the first ceremony, found %q, %v", b, err)
	}
	s.Close()
	for _, g := range generations {
		short := g.Transcript.Short()
		name := "transcript-" + short + ".txt"
		for _, c := range []struct {
			what   string
			change func(path string) error
			want   string
		}{
			{"removed", os.Remove, "signer home: DIR/" + name + ": open: no such file or directory"},
			{"changed", func(p string) error { return os.WriteFile(p, []byte("another ceremony\n"), 0o600) }, "signer home: transcript: want " + short + ", found another text"},
			{"cut", func(p string) error { return os.Truncate(p, 3) }, "signer home: transcript: want " + short + ", found another text"},
		} {
			var at string
			err := openCopy(t, s.Dir, func(dir string) { at = dir; must(t, c.change(filepath.Join(dir, name))) })
			if err == nil || strings.ReplaceAll(err.Error(), at, "DIR") != c.want || quorum.ReasonOf(err, "NONE").Code != quorum.StateCorrupt {
				t.Errorf("generation %d, %s: want %s, found %v", g.Generation, c.what, c.want, err)
			}
		}
	}
}

// A share that lies in the home is a file like any other until it is opened.
func TestDamagedShareInTheHomeIsNoticedWhenItIsOpened(t *testing.T) {
	v := signertest.New(t, signertest.WithShares())
	s := v.Signer("signer-a")
	key := s.Record.Key.Origin().Fingerprint
	path := func(h text.ID) string { return fmt.Sprintf("%s/share-%x-1-%s.age", s.Dir, key, h) }
	anna, err := os.ReadFile(path("anna"))
	must(t, err)
	bert, err := os.ReadFile(path("bert"))
	must(t, err)
	anna[len(anna)-1] ^= 1
	must(t, os.WriteFile(path("anna"), anna, 0o600))
	must(t, os.WriteFile(path("cleo"), bert, 0o600))
	s.Reopen()
	files, err := s.Machine.SealedShares()
	must(t, err)
	with, err := keystore.WithPassphrase([]byte(signertest.Passphrase))
	must(t, err)
	if _, err := keystore.OpenShare(files["anna"], with); err == nil || err.Error() != "share: want an undamaged file, found a damaged one" {
		t.Errorf("want the damage noticed, found %v", err)
	}
	words, err := keystore.OpenShare(files["cleo"], with)
	must(t, err)
	because(t, begin(t, v, s).Give("cleo", words), "share of cleo: want that of generation 1, found that of bert in generation 1 (KEY-SHARE)")
	must(t, os.Remove(path("bert")))
	if files, err := s.Machine.SealedShares(); err != nil || len(files) != 2 {
		t.Errorf("want two files left, found %d, %v", len(files), err)
	}
}

// A ceremony that lied, or a machine that computes wrong, is found when the key
// is rebuilt.
func TestKeyThatItsSharesDoNotRebuild(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(k *signertest.WalletKey)
		want  string
	}{
		{"shares of another key", func(*signertest.WalletKey) {}, "signer home: key: want the key that the log names from its shares, found another"},
		{"words of no share", func(k *signertest.WalletKey) {
			for i, s := range k.Shares.Shares {
				k.Words[s.Holder] = fmt.Appendf(nil, "academic %d", i)
				k.Shares.Shares[i].Commitment = text.Hash(keystore.CommitShare(k.Words[s.Holder]))
			}
		}, "signer home: share of anna: want words that the ceremony could read, found some that it cannot"},
		{"a set of two", func(k *signertest.WalletKey) { // bert's is of a third split
			k.Words["bert"] = reshare(t, signertest.New(t).Signer("signer-c"), 2, "anna", "bert", "kim").Words["bert"]
			k.Shares.Shares[1].Commitment = text.Hash(keystore.CommitShare(k.Words["bert"]))
		}, "signer home: shares: combine: group 1: want shares that agree with their digest, found a foreign or changed one among them"},
	} {
		v := signertest.New(t, signertest.WithShares())
		s := v.Signer("signer-a")
		k := reshare(t, v.Signer("signer-b"), 2, "anna", "bert", "kim")
		k.Shares.Fingerprint = s.Record.Key.Origin().Fingerprint
		c.spoil(&k)
		must(t, s.Machine.TakeShares(v.Session(), k.Transcript, k.Shares, k.Sealed))
		unchanged(t, s, func() {
			u := begin(t, v, s)
			err := u.Give("anna", k.Words["anna"])
			if err == nil {
				must(t, u.Give("bert", k.Words["bert"]))
				var a *keystore.Account
				if a, err = u.Open(); a != nil || len(u.Given()) != 0 {
					t.Errorf("%s: want no key and the shares wiped, found one", c.name)
				}
			}
			if err == nil || err.Error() != c.want || quorum.ReasonOf(err, "NONE").Code != quorum.StateCorrupt {
				t.Errorf("%s: want %s, found %v", c.name, c.want, err)
			}
		})
	}
}

func TestTakeKeyRefuses(t *testing.T) {
	m, dir := newMachine(t, signer.Setup{Vault: signertest.VaultID, Device: "signer-x", Network: custody.Regtest})
	source := strings.NewReader("chance of a kind, 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.: and so on and on, never the same twice; 98765432")
	good := signertest.MakeWalletKey(t, m, source, false)
	fingerprint := good.Shares.Fingerprint
	need := fmt.Sprintf("key: want the first shares of key %x, found generation %%d of %%x", fingerprint)
	for _, c := range []struct {
		name   string
		change func(k *signer.NewKey)
		want   string
	}{
		{"a later generation", func(k *signer.NewKey) { k.Shares.Generation = 2 }, fmt.Sprintf(need, 2, fingerprint)},
		{"none", func(k *signer.NewKey) { k.Shares.Generation = 0 }, fmt.Sprintf(need, 0, fingerprint)},
		{"another key's shares", func(k *signer.NewKey) { k.Shares.Fingerprint[0] ^= 1 }, fmt.Sprintf(need, 1, [4]byte{fingerprint[0] ^ 1, fingerprint[1], fingerprint[2], fingerprint[3]})},
		{"another transcript", func(k *signer.NewKey) { k.Transcript = nil }, "ceremony: want the transcript " + good.Shares.Transcript.Short() + ", found another"},
		{"a share in no file", func(k *signer.NewKey) {
			k.Shares.Shares = append([]record.Share(nil), k.Shares.Shares...)
			k.Shares.Shares[1].Seal = record.SealKey
		}, "share of signer-x-y: want it sealed, found no file"},
		{"a stranger's file", func(k *signer.NewKey) { k.Sealed = signer.Sealed{"mallory": []byte("x"), "signer-x-x": []byte("y")} },
			"share of mallory: want a holder of this generation, found another person"},
	} {
		k := good.NewKey
		c.change(&k)
		before := onDisk(t, dir)
		if err := m.TakeKey(signer.Session{RTC: "x"}, k); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %s, found %v", c.name, c.want, err)
		}
		if fmt.Sprint(onDisk(t, dir)) != fmt.Sprint(before) {
			t.Errorf("%s: want nothing on disk changed, found something", c.name)
		}
	}
	const none = "key: want a wallet key on this machine, found none"
	if _, err := m.BeginUnlock(signer.Session{}); err == nil || err.Error() != none {
		t.Errorf("want %s, found %v", none, err)
	}
	must(t, m.TakeKey(signer.Session{RTC: "x"}, good.NewKey))
	before := onDisk(t, dir)
	other := signertest.MakeWalletKey(t, m, source, false)
	if err := m.TakeKey(signer.Session{RTC: "x"}, other.NewKey); err == nil || err.Error() != "key: want one wallet key a machine, found one already made" {
		t.Errorf("want a second key refused, found %v", err)
	}
	if fmt.Sprint(onDisk(t, dir)) != fmt.Sprint(before) {
		t.Error("want the first key as it was, found it changed")
	}
}

// A key whose making was cut short is replaced by another one, made later.
func TestKeyThatNoRecordNamesIsReplaced(t *testing.T) {
	setup := signer.Setup{Vault: signertest.VaultID, Device: "signer-x", Network: custody.Regtest}
	elsewhere, _ := newMachine(t, setup)
	first := signertest.MakeWalletKey(t, elsewhere, strings.NewReader(strings.Repeat("the first source, "+"0123456789abcdefghijklmnopqr", 40)), true)
	second := signertest.MakeWalletKey(t, elsewhere, strings.NewReader(strings.Repeat("and another source, "+"stuvwxyzABCDEFGHIJKLMNOPQ", 40)), true)
	for n := 0; ; n++ {
		dir := cutShort(t, setup, n, first.NewKey)
		m, err := signer.Open(openDir(t, dir))
		must(t, err)
		made := len(m.State().Keys()) == 1
		if !made {
			must(t, m.TakeKey(signer.Session{RTC: "x"}, second.NewKey))
			if r, err := m.KeyRecord(); err != nil || !r.Key.SameMaterial(second.Record.Key) {
				t.Errorf("step %d: want the second key, found %v", n, err)
			}
			if s, err := m.SealedShares(); err != nil || len(s) != 3 {
				t.Errorf("step %d: want its three shares, found %d, %v", n, len(s), err)
			}
		}
		must(t, m.Close())
		m, err = signer.Open(openDir(t, dir))
		must(t, err)
		must(t, m.Close())
		if made {
			return
		}
	}
}

// cutShort takes a key on a new machine that stops before step n.
func cutShort(t *testing.T, setup signer.Setup, n int, k signer.NewKey) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "home")
	d, err := durable.Create(dir)
	must(t, err)
	m, err := signer.Init(d, setup, strings.NewReader("thirty-two bytes of another chance"))
	must(t, err)
	must(t, m.Close())
	steps := 0
	m, err = signer.Open(openDir(t, dir).WithFault(stopBefore(n, &steps, errors.New("power cut"))))
	if err != nil {
		return dir
	}
	if err := m.TakeKey(signer.Session{RTC: "x"}, k); err != nil && steps < n {
		t.Fatal(err)
	}
	must(t, m.Close())
	return dir
}

func openDir(t *testing.T, dir string) *durable.Dir {
	t.Helper()
	d, err := durable.Open(dir)
	must(t, err)
	return d
}
