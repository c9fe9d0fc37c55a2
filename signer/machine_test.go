package signer_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

// home returns a signer that has released once, and is switched off.
func home(t *testing.T) *signertest.Signer {
	t.Helper()
	v := signertest.New(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	s.MustRelease(v.Bundle(v.Order()))
	s.Close()
	return s
}

// openCopy changes a copy of a home and opens it, and demands that opening
// changes nothing more.
func openCopy(t *testing.T, dir string, change func(dir string)) error {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "home")
	must(t, os.CopyFS(copied, os.DirFS(dir)))
	change(copied)
	before := onDisk(t, copied)
	d, err := durable.Open(copied)
	must(t, err)
	m, err := signer.Open(d)
	if err == nil {
		must(t, m.Close())
		return nil
	}
	must(t, d.Close())
	after := onDisk(t, copied)
	delete(before, "lock")
	delete(after, "lock")
	if fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("want a home that is refused left as it is, found it changed")
	}
	return err
}

// Whatever is changed in a home is found at the next start, or when it is used:
// a sealed share when it is opened. Consents and the lock decide nothing any
// more.
func TestChangedHomeIsRefused(t *testing.T) {
	s := home(t)
	files := 0
	for name := range onDisk(t, s.Dir) {
		if name == "lock" || strings.HasSuffix(name, ".sig") || name == "keyrecord.txt" {
			continue
		}
		files++
		for _, at := range []float64{0, 0.3, 0.6, 0.99} {
			err := openCopy(t, s.Dir, func(dir string) {
				b, err := os.ReadFile(filepath.Join(dir, name))
				must(t, err)
				b[int(float64(len(b))*at)] ^= 1
				must(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
			})
			var corrupt *signer.CorruptError
			if !errors.As(err, &corrupt) || quorum.ReasonOf(err, "NONE").Code != quorum.StateCorrupt {
				t.Errorf("%s changed at %.2f: want it refused as STATE-CORRUPT, found %v", name, at, err)
			}
		}
	}
	if files < 14 {
		t.Errorf("want fourteen files tried, found %d", files)
	}
}

func TestHomesThatLackSomething(t *testing.T) {
	s := home(t)
	for _, c := range []struct{ name, want string }{
		{"machine.txt", "DIR: want a signer's home, found no machine.txt"},
		{"log.key", "signer home: DIR/log.key: open: no such file or directory"},
		{"log/checkpoint", "signer home: log: DIR/log/checkpoint: open: no such file or directory"},
		{"log/entries/000005", "signer home: log corrupt: entry 5 is missing, and there are later ones"},
		{"log/entries/000009", "signer home: log truncated: wanted 10 entries as the checkpoint says, found 9"},
		{"policy-1.txt", "signer home: DIR/policy-1.txt: open: no such file or directory"},
		{"wallet-main.txt", "signer home: DIR/wallet-main.txt: open: no such file or directory"},
	} {
		var at string
		err := openCopy(t, s.Dir, func(dir string) {
			at = dir
			must(t, os.Remove(filepath.Join(dir, c.name)))
		})
		if err == nil {
			t.Errorf("%s: want the home refused, found it opened", c.name)
			continue
		}
		if got := strings.ReplaceAll(err.Error(), at, "DIR"); got != c.want {
			t.Errorf("%s: want\n%s\nfound\n%s", c.name, c.want, got)
		}
	}
}

// Headers only ever accumulate. A home whose chain is far behind its log was put
// together from two.
func TestHeadersFarBehindTheLogAreRefused(t *testing.T) {
	v := signertest.New(t)
	v.Chain.Mine(120)
	v.Fund(coin)
	s := v.Signer("signer-a")
	s.MustRelease(v.Bundle(v.Order()))
	s.Close()
	cut := func(headers int64) error {
		return openCopy(t, s.Dir, func(dir string) { must(t, os.Truncate(dir+"/headers.bin", headers*80)) })
	}
	if err := cut(132 - 100); err != nil {
		t.Errorf("want a chain that may have been reorganised taken, found %v", err)
	}
	if err, want := cut(132-101), "signer home: headers: want the chain near block 131, where the log ends, found block 30"; err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
}

func TestSwappedKeyRecordIsFoundBeforeAnybodyGivesAShare(t *testing.T) {
	v := signertest.New(t)
	a, b := v.Signer("signer-a"), v.Signer("signer-b")
	public, err := os.ReadFile(b.Dir + "/keyrecord.txt")
	must(t, err)
	must(t, os.WriteFile(a.Dir+"/keyrecord.txt", public, 0o600))
	_, err = a.Machine.BeginUnlock(v.Session())
	if want := "signer home: key: want the key record that the log names, found another"; err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
}

func TestHomeBelongsToOneProcess(t *testing.T) {
	v := signertest.New(t)
	d, err := durable.Open(v.Signer("signer-a").Dir)
	must(t, err)
	defer d.Close()
	if _, err := signer.Open(d); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("want the home locked, found %v", err)
	}
	if _, err := signer.Init(d, signer.Setup{Vault: "v", Device: "d", Network: custody.Regtest}, nil); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("want the home locked, found %v", err)
	}
}

func TestHomeIsSetUpOnce(t *testing.T) {
	v := signertest.Draft(t)
	s := v.Signer("signer-a")
	s.Close()
	before := onDisk(t, s.Dir)
	d, err := durable.Open(s.Dir)
	must(t, err)
	defer d.Close()
	_, err = signer.Init(d, signer.Setup{Vault: "v", Device: "d", Network: custody.Regtest}, strings.NewReader(strings.Repeat("x", 99)))
	if want := s.Dir + ": want an empty folder for a new signer, found one already set up"; err == nil || err.Error() != want {
		t.Errorf("want %s, found %v", want, err)
	}
	if fmt.Sprint(onDisk(t, s.Dir)) != fmt.Sprint(before) {
		t.Error("want the home as it was, found it changed")
	}
}

// A machine that computes wrongly lets nothing out, and says so in its log.
func TestSignatureThatDoesNotVerifyNeverLeaves(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s, order := v.Signer("signer-a"), v.Order()
	visit := s.Machine.Judge(v.Bundle(order), quorum.Release, 2)
	item := visit.Items[0]
	item.Spend.Miscompute()
	b, err := s.Machine.Release(visit, v.Session(), item, s.Unlock(), 2)
	var refused *signer.RefusedError
	if b != nil || !errors.As(err, &refused) || refused.Reasons[0].Code != quorum.TxSelfcheck {
		t.Fatalf("want TX-SELFCHECK, found %v", err)
	}
	must(t, s.Machine.Finish(visit, v.Session(), ""))
	s.Reopen()
	records := s.Records()[4:]
	if got := kinds(records); got != "session-open inputs headers released refused session-close" {
		t.Errorf("want a release and a refusal in the log, found %s", got)
	}
	if r := records[4].Body.(record.Refused); !slices.Equal(r.Codes, []string{"TX-SELFCHECK"}) || r.ID != order.ID() {
		t.Errorf("want TX-SELFCHECK of the proposal recorded, found %+v", r)
	}
	s.MustRelease(v.Bundle(order)) // on a machine that computes well, the same transaction
}

func TestSetupIsWrittenAsItIsRead(t *testing.T) {
	const golden = "strongroom/machine@v1\nvault acme-treasury\nsigner signer-a\nchain regtest\n"
	s := signer.Setup{Vault: "acme-treasury", Device: "signer-a", Network: custody.Regtest}
	if b, err := s.Bytes(); err != nil || string(b) != golden {
		t.Errorf("want\n%s\nfound\n%s\n%v", golden, b, err)
	}
	if got, err := signer.ParseSetup([]byte(golden)); err != nil || got != s || got.Origin() != "acme-treasury/signer-a" {
		t.Errorf("want it read back, found %+v, %v", got, err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"chain regtest", "chain moon", `line 4: chain: network: want mainnet, testnet, signet or regtest, found "moon"`},
		{"signer signer-a", "signer A", `line 3: signer: want an id: a lower-case letter, then up to 31 letters, digits and single hyphens, found "A"`},
		{"chain regtest\n", "chain regtest\nx y\n", `line 5: want the end of the text, found "x"`},
	} {
		_, err := signer.ParseSetup([]byte(strings.Replace(golden, c.old, c.new, 1)))
		if err == nil || err.Error() != c.want {
			t.Errorf("want\n%s\nfound\n%v", c.want, err)
		}
	}
}

func FuzzParseSetup(f *testing.F) {
	f.Add([]byte("strongroom/machine@v1\nvault acme-treasury\nsigner signer-a\nchain regtest\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := signer.ParseSetup(b)
		if err != nil {
			return
		}
		if again, err := s.Bytes(); err != nil || string(again) != string(b) {
			t.Fatalf("want the same bytes %q, found %q, %v", b, again, err)
		}
	})
}
