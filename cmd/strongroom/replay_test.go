package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/btcsuite/btcd/wire/v2"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// scene is a vault and the home in which an auditor finds what is known of it.
type scene struct {
	t    *testing.T
	v    *signertest.Vault
	home string
}

// newScene makes the home of a vault that released nothing yet.
func newScene(t *testing.T, opts ...signertest.Option) *scene {
	t.Helper()
	s := &scene{t: t, v: signertest.New(t, opts...), home: filepath.Join(t.TempDir(), "home")}
	s.v.Fund(3*coin, 2*coin, coin)
	dir, err := durable.Create(s.home)
	s.must(err)
	b, err := deskText(s.v.Policy.Vault, s.v.Network)
	s.must(err)
	s.must(dir.WriteNew(deskFile, b))
	s.must(dir.WriteNew(policyOne, s.v.PolicyText))
	s.must(dir.Close())
	s.in(func(reg *registry.Registry) {
		founding, _ := quorum.ReadBundle(s.v.Founding())
		_, err := reg.PutText(s.v.PolicyText)
		s.must(err)
		for _, sig := range founding.Signatures {
			_, err := reg.PutSignature(s.v.Genesis, sig.Bytes)
			s.must(err)
		}
		for _, d := range founding.Descriptors {
			_, err := reg.PutDescriptor(d)
			s.must(err)
		}
	})
	return s
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) path(elements ...string) string {
	return filepath.Join(append([]string{s.home, registryIn}, elements...)...)
}

// in opens the registry for a moment.
func (s *scene) in(work func(*registry.Registry)) {
	s.t.Helper()
	home, err := durable.Open(s.home)
	s.must(err)
	dir, err := home.Sub(registryIn)
	s.must(err)
	reg, err := registry.Open(dir)
	s.must(err)
	work(reg)
	s.must(errors.Join(reg.Close(), dir.Close(), home.Close()))
}

// keep puts an order and what signers answered into the registry.
func (s *scene) keep(o *signertest.Order, signed ...[]byte) {
	s.t.Helper()
	s.in(func(reg *registry.Registry) {
		id, err := reg.PutText(o.Proposal.Bytes())
		s.must(err)
		for _, sig := range o.Signatures {
			_, err := reg.PutSignature(id, sig.Bytes)
			s.must(err)
		}
		for _, b := range append([][]byte{o.Packet.Bytes()}, signed...) {
			_, err := reg.PutPSBT(id, b)
			s.must(err)
		}
	})
}

// keepLogs puts the headers and every signer's log into the registry.
func (s *scene) keepLogs() {
	s.t.Helper()
	s.in(func(reg *registry.Registry) {
		s.must(reg.PutHeaders(s.v.Chain.Headers))
		for _, m := range s.v.Signers {
			checkpoint, entries := m.Machine.Export()
			_, err := reg.PutLog(m.Machine.Verifier(), m.ID, checkpoint, entries)
			s.must(err)
		}
	})
}

// release has two signers release an order and keeps everything.
func (s *scene) release(o *signertest.Order) {
	s.t.Helper()
	bundle := s.v.Bundle(o)
	a, b := s.v.Signer("signer-a").MustRelease(bundle), s.v.Signer("signer-b").MustRelease(bundle)
	tx := s.v.Complete(a, b)
	s.keep(o, a, b)
	s.in(func(reg *registry.Registry) { _, err := reg.PutTx(tx); s.must(err) })
}

// verify judges the home as the command does.
func (s *scene) verify(genesis text.Hash) (*replay, error) {
	a, err := openArchive(s.world(), s.home, genesis)
	if err != nil {
		return nil, err
	}
	s.t.Cleanup(func() { _ = a.Close() })
	r, err := newReplay(a, 2)
	s.must(err)
	return r, r.verdict()
}

func (s *scene) world() cli.World {
	w := cli.System()
	w.Out, w.Err = new(bytes.Buffer), new(bytes.Buffer)
	return w
}

// rogue is signer-a's log as somebody writes it who has its log key: the real
// entries and whatever more he likes.
func (s *scene) rogue(more ...record.Body) (checkpoint, entries []byte) {
	s.t.Helper()
	m := s.v.Signer("signer-a")
	b, err := os.ReadFile(filepath.Join(m.Dir, "log.key"))
	s.must(err)
	key, err := auditlog.ParseKeyFile(b)
	s.must(err)
	_, exported := m.Machine.Export()
	old, err := auditlog.DecodeEntries(exported)
	s.must(err)
	dir, err := durable.Create(filepath.Join(s.t.TempDir(), "log"))
	s.must(err)
	log, err := auditlog.Create(dir, key)
	s.must(err)
	s.must(log.Append(old...))
	tip := s.v.Chain.Tip()
	session := s.v.Session()
	for i, body := range more {
		head := record.Head{Seq: int64(len(old) + i), Tip: record.Tip{Known: true, Height: tip.Height, Hash: tip.Hash}, Binary: session.Binary, Session: session.ID, RTC: session.RTC}
		entry, err := record.Record{Head: head, Body: body}.Bytes(s.v.Network)
		s.must(err)
		s.must(log.Append(entry))
	}
	checkpoint, entries = log.Export()
	s.must(errors.Join(log.Close(), dir.Close()))
	return checkpoint, entries
}

// forge has signer-a's log say that an order was released.
func (s *scene) forge(o *signertest.Order, change func(*record.Released)) {
	s.t.Helper()
	b := record.Released{ID: o.ID(), Wallet: o.Wallet, Tier: o.Tier, Total: o.Total, Pays: o.Pays, Rungs: []record.Rung{{TxID: o.Packet.TxID()}}}
	fee, err := o.Packet.Fee()
	s.must(err)
	b.Fee = fee
	for _, in := range o.Packet.Tx.TxIn {
		b.Rungs[0].Inputs = append(b.Rungs[0].Inputs, in.PreviousOutPoint)
	}
	slices.SortFunc(b.Rungs[0].Inputs, record.CompareOutPoints)
	for i, out := range o.Packet.Outputs {
		if branch, index, err := out.Claim(s.v.Wallet); err == nil && branch == custody.Change {
			b.Rungs[0].Change = append(b.Rungs[0].Change, record.Change{Vout: uint32(i), Index: index, Amount: custody.Amount(o.Packet.Tx.TxOut[i].Value)})
		}
	}
	change(&b)
	var inputs record.Inputs
	for _, f := range s.v.Bundle(o) {
		inputs.Files = append(inputs.Files, record.File{Name: f.Name, Size: int64(len(f.Bytes)), Hash: text.Identity(f.Bytes)})
	}
	slices.SortFunc(inputs.Files, func(a, b record.File) int { return strings.Compare(a.Name, b.Name) })
	checkpoint, entries := s.rogue(record.SessionOpen{}, inputs, b, record.SessionClose{})
	s.keep(o)
	s.keepLogs()
	s.in(func(reg *registry.Registry) {
		_, err := reg.PutLog(s.v.Signer("signer-a").Machine.Verifier(), "signer-a", checkpoint, entries)
		s.must(err)
	})
}

func (s *scene) removeOne(pattern string) {
	s.t.Helper()
	found, err := filepath.Glob(s.path(pattern))
	s.must(err)
	if len(found) == 0 {
		s.t.Fatalf("want a file %s, found none", pattern)
	}
	s.must(os.Remove(found[0]))
}

// removeSignature takes an officer's signature out of the registry.
func (s *scene) removeSignature(o *signertest.Order, officer text.ID) {
	s.t.Helper()
	for _, sig := range o.Signatures {
		if sig.Officer == officer {
			s.must(os.Remove(s.path("sigs", o.ID().String(), text.Identity(sig.Bytes).String())))
		}
	}
}

func TestReplayFindsNothingWrongWithHonestReleases(t *testing.T) {
	s := newScene(t)
	first := s.v.Order()
	s.release(first)
	s.v.Chain.Mine(3)
	s.v.Officers["carol"].Keys[0].Counter++ // her hardware counts
	// with the first one in the window this is beyond the small tier; had the
	// first one been judged with this one before it, so it would have been
	p := s.v.Propose(signertest.Pay(s.v.To("payroll", 3*coin/4)), func(w *signertest.Asked) { w.Tier = "large" })
	second := &signertest.Order{Proposal: p, Signatures: s.v.Approve(p, "bob", "carol", "dave"), Packet: s.v.BuildPSBT(p)}
	bundle := s.v.Bundle(second)
	signed := s.v.Signer("signer-c").MustRelease(bundle)
	again := s.v.Signer("signer-a").MustRelease(bundle) // not combined yet
	second.Signatures = append(second.Signatures, s.v.Sign("frank", quorum.Veto, second.Proposal.Bytes()))
	s.keep(second, signed, again) // the veto came after the release
	waits := &signertest.Order{Proposal: s.v.Propose(), Packet: second.Packet}
	if codes := s.v.Signer("signer-b").Release(s.v.Bundle(waits)).Codes(); len(codes) == 0 {
		t.Fatal("want a refusal in the log, found none")
	}
	s.keep(waits)
	s.keepLogs()
	r, err := s.verify(s.v.Genesis)
	if err != nil || len(r.Findings) != 0 {
		t.Fatalf("want no findings, found %v %v", err, r.Findings)
	}
	if len(r.Releases) != 4 || len(r.Refused) != 1 || len(r.Waiting) != 1 {
		t.Errorf("want 4 releases, 1 refusal, 1 waiting, found %d, %d, %d", len(r.Releases), len(r.Refused), len(r.Waiting))
	}
	w := s.world()
	stock, err := r.stock("")
	s.must(err)
	r.print(w, s.v.Genesis, stock)
	for _, line := range strings.Split(w.Out.(*bytes.Buffer).String(), "\n") {
		if utf8.RuneCountInString(line) > 80 && !strings.HasPrefix(line, "cd ") {
			t.Errorf("want 80 columns, found %q", line)
		}
	}
	if got := s.kit(); got != 0 {
		t.Errorf("kit: want exit status 0, found %d", got)
	}
	for _, x := range r.Releases {
		if x.word() != "permitted" || len(x.Packets) != 1 || x.Final != (x.ID == first.ID()) {
			t.Errorf("%s: found %s, %d packets, final %v", x.where(), x.word(), len(x.Packets), x.Final)
		}
	}
}

// Each attack or loss is found, by its code, and is an alarm or is not.
func TestReplayFindsWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *scene, o *signertest.Order)
		codes  []string
		alarm  bool
		kit    int // exit status of the shell kit; 0 where that is more than it looks at
	}{
		{"a release that one officer approved", func(s *scene, o *signertest.Order) {
			o.Signatures = o.Signatures[:2]
			s.forge(o, func(*record.Released) {})
		}, []string{"SEAT-SHORT"}, true, 1},
		{"a release that the maker approved as well", func(s *scene, o *signertest.Order) {
			o.Signatures = append(o.Signatures[:2], s.v.Sign("alice", quorum.Approve, o.Proposal.Bytes()))
			s.forge(o, func(*record.Released) {})
		}, []string{"SEAT-SHORT"}, true, 1},
		{"a release of a vetoed proposal", func(s *scene, o *signertest.Order) {
			o.Signatures = append(o.Signatures, s.v.Sign("frank", quorum.Veto, o.Proposal.Bytes()))
			s.forge(o, func(*record.Released) {})
		}, []string{"STATE-VETOED"}, true, 0},
		{"a record that tells a lower fee", func(s *scene, o *signertest.Order) {
			s.forge(o, func(b *record.Released) { b.Fee-- })
		}, []string{"TX-FORM"}, true, 0},
		{"a record that tells another payment", func(s *scene, o *signertest.Order) {
			s.forge(o, func(b *record.Released) { b.Pays = []record.Pay{s.v.To("payroll", coin/2)} })
		}, []string{"TX-FORM"}, true, 1},
		{"two histories of one log", func(s *scene, o *signertest.Order) {
			checkpoint, entries := s.rogue(record.Exception{Note: "another history"})
			s.release(o)
			s.keepLogs()
			s.in(func(reg *registry.Registry) {
				_, err := reg.PutLog(s.v.Signer("signer-a").Machine.Verifier(), "signer-a", checkpoint, entries)
				if !errors.Is(err, registry.ErrFork) {
					s.t.Fatalf("want a fork, found %v", err)
				}
			})
		}, []string{"STATE-FORK"}, true, 4},
		{"two transactions for one proposal, by two signers", func(s *scene, o *signertest.Order) {
			bundle := s.v.Bundle(o)
			s.v.Signer("signer-a").MustRelease(bundle)
			other := &signertest.Order{Proposal: o.Proposal, Signatures: o.Signatures, Packet: s.v.BuildPSBT(o.Proposal)}
			s.v.Signer("signer-b").MustRelease(append(signertest.Without(bundle, o.ID().Short()+".psbt"), quorum.File{Name: o.ID().Short() + ".psbt", Bytes: other.Packet.Bytes()}))
			s.keep(o)
			s.keep(other)
			s.keepLogs()
		}, []string{"TX-SECOND"}, true, 0},
		{"one coin for two proposals, by two signers", func(s *scene, o *signertest.Order) {
			s.v.Officers["carol"].Keys[0].Counter++
			p := s.v.Propose(signertest.Pay(s.v.To("payroll", coin/4)))
			var coins []custody.Coin
			for _, in := range o.Packet.Inputs {
				coins = append(coins, coinOf(s, in.Previous))
			}
			other := &signertest.Order{Proposal: p, Signatures: s.v.Approve(p, "bob", "dave"), Packet: s.v.BuildPSBT(p, coins...)}
			early := s.v.Bundle(other)
			s.v.Signer("signer-a").MustRelease(s.v.Bundle(o))
			s.v.Signer("signer-b").MustRelease(early)
			s.keep(o)
			s.keep(other)
			s.keepLogs()
		}, []string{"TX-INPUTUSED"}, true, 0},
		{"an approval that is gone", func(s *scene, o *signertest.Order) {
			s.release(o)
			s.keepLogs()
			s.removeSignature(o, "bob")
		}, []string{"SEAT-SHORT"}, true, 1},
		{"a proposal that was changed", func(s *scene, o *signertest.Order) {
			s.release(o)
			s.keepLogs()
			s.must(os.WriteFile(s.path("texts", o.ID().String()), signertest.Replace(s.t, o.Proposal.Bytes(), "4411", "4412"), 0o600))
		}, []string{"STATE-CORRUPT"}, true, 1},
		{"a proposal that is gone", func(s *scene, o *signertest.Order) {
			s.release(o)
			s.keepLogs()
			s.removeOne("texts/" + o.ID().String())
		}, []string{"SEAT-SHORT"}, true, 1},
		{"packets that are gone", func(s *scene, o *signertest.Order) {
			s.release(o)
			s.keepLogs()
			s.must(os.RemoveAll(s.path("psbts", o.ID().String())))
		}, []string{"TX-FORM"}, false, 0},
		{"a record of the log that is changed", func(s *scene, o *signertest.Order) {
			s.release(o)
			s.keepLogs()
			name := s.path("logs", "signer-a", "entries", "000003")
			b, err := os.ReadFile(name)
			s.must(err)
			s.must(os.WriteFile(name, bytes.Replace(b, []byte("seq"), []byte("sep"), 1), 0o600))
		}, []string{"STATE-CORRUPT", "LIM-UNPROVEN"}, false, 1},
		{"a log that is gone", func(s *scene, o *signertest.Order) {
			s.release(o)
			s.keepLogs()
			s.must(os.RemoveAll(s.path("logs", "signer-b")))
		}, []string{"LIM-UNPROVEN"}, false, 1},
		{"a descriptor that is gone", func(s *scene, o *signertest.Order) {
			s.release(o)
			s.keepLogs()
			s.removeOne("descriptors/*")
		}, []string{"POL-WALLET"}, false, 0},
		{"a transaction that no log released", func(s *scene, o *signertest.Order) {
			tx := wire.NewMsgTx(2)
			tx.AddTxIn(&wire.TxIn{})
			tx.AddTxOut(&wire.TxOut{Value: 1, PkScript: []byte{0x51}})
			s.in(func(reg *registry.Registry) { _, err := reg.PutTx(tx); s.must(err) })
			s.keepLogs()
		}, []string{"STATE-CUSTODY-GAP"}, false, 0},
		{"headers that are gone", func(s *scene, o *signertest.Order) {
			s.release(o)
			s.keepLogs()
			s.removeOne("headers/*")
		}, []string{"CLK-OFFCHAIN"}, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			c.change(s, s.v.Order())
			r, err := s.verify(s.v.Genesis)
			var refusal cli.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("want a refusal, found %v", err)
			}
			if refusal.Alarm != c.alarm || !sameSet(refusal.Codes, c.codes) {
				t.Errorf("want alarm %v and codes %v, found %v and %v: %v", c.alarm, c.codes, refusal.Alarm, refusal.Codes, r.Findings)
			}
			if c.kit == 0 {
				return
			}
			if got := s.kit(); got != c.kit {
				t.Errorf("kit: want exit status %d, found %d", c.kit, got)
			}
		})
	}
}

// coinOf is the wallet's coin that a funding transaction made.
func coinOf(s *scene, tx *wire.MsgTx) custody.Coin {
	for i := range uint32(8) {
		script, err := s.v.Wallet.Derive(custody.Receive, i)
		s.must(err)
		if bytes.Equal(tx.TxOut[0].PkScript, script.Output) {
			return custody.Coin{Outpoint: wire.OutPoint{Hash: tx.TxHash()}, Value: custody.Amount(tx.TxOut[0].Value), Branch: custody.Receive, Index: i, Height: 1, Previous: tx}
		}
	}
	s.t.Fatal("want a coin of the wallet, found none")
	return custody.Coin{}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// kit runs the shell kit over the registry and returns its exit status.
func (s *scene) kit() int {
	s.t.Helper()
	dir := filepath.Join(s.t.TempDir(), "kit")
	s.must(writeKit(dir))
	out, err := exec.Command("sh", filepath.Join(dir, "audit.sh"), s.path(), s.v.Genesis.String()).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	s.t.Logf("%s", out)
	if exit == nil {
		return 0
	}
	return exit.ExitCode()
}

func TestReplayNeedsTheConsentOfEveryOfficer(t *testing.T) {
	s := newScene(t)
	s.keepLogs()
	s.must(os.Remove(s.path("sigs", s.v.Genesis.String(), consentBy(s, "grace"))))
	_, err := s.verify(text.Hash{})
	var refusal cli.Refusal
	if !errors.As(err, &refusal) || !slices.Equal(refusal.Codes, []string{"POL-CONSENT"}) || refusal.Sentence != "consent: want one of every officer, found none of grace" {
		t.Fatalf("want POL-CONSENT, found %v", err)
	}
}

func consentBy(s *scene, officer text.ID) string {
	return text.Identity(s.v.Sign(officer, quorum.Consent, s.v.PolicyText).Bytes).String()
}

func TestReplayHoldsToTheGenesisThatTheOfficersRead(t *testing.T) {
	s := newScene(t)
	s.keepLogs()
	other := text.Identity([]byte("another policy"))
	_, err := s.verify(other)
	if err == nil || err.Error() != "policy: want "+other.String()+", found no such text" {
		t.Fatalf("want a refusal, found %v", err)
	}
}

func TestReplayOfAFolderThatIsNoVault(t *testing.T) {
	dir := t.TempDir()
	s := &scene{t: t}
	_, err := openArchive(s.world(), dir, text.Hash{})
	if err == nil || err.Error() != dir+": want a home or a registry, found neither" {
		t.Fatalf("found %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("want the folder as it was, found %d files", len(left))
	}
}
