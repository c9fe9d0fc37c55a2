package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/signer"
	"strongroom/signer/host"
	"strongroom/signer/signertest"
)

// testWorkFactor is the least scrypt cost that keystore takes.
const testWorkFactor = 10

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"strongroom-signer": func() {
		p := &program{world: cli.System(), workFactor: testWorkFactor, pause: slept}
		// The tests may run at a terminal; a script must not ask whoever sits there.
		p.world.TTY = func() (*os.File, error) { return nil, errors.New("/dev/tty: not for scripts") }
		if name := os.Getenv(ttyVariable); name != "" {
			p.world.TTY = func() (*os.File, error) { return os.OpenFile(name, os.O_RDWR, 0) }
		}
		os.Exit(cli.Main(p.world, p.root(), os.Args[1:]))
	}})
}

// ttyVariable names the terminal of a script that has somebody sit at one.
const ttyVariable = "STRONGROOM_TEST_TTY"

// slept says on standard error how long the program would have waited.
func slept(d time.Duration) { fmt.Fprintf(os.Stderr, "slept %s\n", d) }

// fewestScripts is a floor: fewer means that the folder was not read.
const fewestScripts = 12

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) < fewestScripts {
		t.Fatalf("testdata: want at least %d scripts, found %d: %v", fewestScripts, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := &stage{t: t, typed: map[string]string{}}
			testscript.Run(t, testscript.Params{Setup: quickExit, Files: []string{file}, RequireExplicitExec: true, RequireUniqueNames: true, Cmds: s.commands(), Condition: conditions})
		})
	}
}

// quickExit spares the programs of a script the second that the race detector has
// them wait at their end.
func quickExit(e *testscript.Env) error {
	e.Setenv("GORACE", "atexit_sleep_ms=0")
	return nil
}

// conditions knows "online": that the machine of the tests has a network
// interface up, as the program finds it.
func conditions(name string) (bool, error) {
	if name != "online" {
		return false, fmt.Errorf("want a known condition, found %s", name)
	}
	for _, f := range host.Assess(os.DirFS("/"), host.Ask("/"), time.Now()) {
		if f.Name == "network" {
			return f.Status != host.Pass, nil
		}
	}
	return false, errors.New("want a finding about the network, found none")
}

// stage is the vault of one script. Its signers are switched off whenever the
// script runs a command, since a home belongs to one process at a time.
type stage struct {
	t     *testing.T
	v     *signertest.Vault
	order *signertest.Order   // the last one
	all   []*signertest.Order // that together brings
	ever  []*signertest.Order
	held  *durable.Lock

	marked record.LogHead       // signer-a's log as it was
	next   *custody.Descriptor  // the wallet in state next
	spare  *signertest.Hardware // its third key

	typed map[string]string // every secret that act has had typed, by what it is
}

func (s *stage) commands() map[string]func(*testscript.TestScript, bool, []string) {
	plain := func(f func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
		return func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("this command cannot fail")
			}
			f(ts, args)
		}
	}
	return map[string]func(*testscript.TestScript, bool, []string){
		"vault":    plain(s.vault),
		"propose":  plain(s.propose),
		"bundle":   plain(s.bundle),
		"together": plain(s.together),
		"answers":  plain(answers),
		"hold":     plain(s.hold),
		"flip":     plain(flip),
		"sparse":   plain(sparse),
		"oddname":  plain(oddName),
		"copyless": plain(copyLess),
		"picture":  plain(picture),
		"develop":  plain(develop),
		"exits":    exits,

		"decide":     plain(s.decide),
		"amend":      plain(s.amend),
		"adopted":    plain(s.adopted),
		"adopt":      plain(s.adopt),
		"begin":      plain(s.begin),
		"clear":      plain(s.clear),
		"mine":       plain(s.mine),
		"mark":       plain(s.mark),
		"forget":     plain(s.forget),
		"join":       plain(s.join),
		"founded":    plain(s.founded),
		"descriptor": plain(s.descriptor),
		"move":       plain(s.move),

		"plan":    plain(s.plan),
		"build":   plain(s.build),
		"act":     plain(s.act),
		"keyfile": plain(s.keyFile),
		"silent":  plain(s.silent),
		"clearly": plain(s.clearly),
		"paper":   plain(s.paper),
		"sit":     plain(s.sit),
		"audited": plain(s.audited),
	}
}

// vault [draft|waiting|imported|witnessed|hardware|strict|clear|cut-off] sets a vault up: homes in $A, $B and $C, the
// founding folder in founding, the policy's hash in $GENESIS. The shares of signer-a's
// key are in $A1, $A2 and $A3 until they are proven, and so on; each is sealed to $PASS.
func (s *stage) vault(ts *testscript.TestScript, args []string) {
	kind := append(args, "whole")[0]
	shares := signertest.WithShares(policy.AllowNetwork, policy.AllowUnreviewed)
	switch kind {
	case "draft":
		s.v = signertest.Draft(s.t, shares)
	case "waiting":
		s.v = signertest.New(s.t, append(waiting(), shares)...)
	case "imported":
		s.v = signertest.New(s.t, shares, signertest.WithImported())
	case "witnessed":
		s.v = signertest.New(s.t, signertest.WithWitnesses(policy.AllowNetwork))
	case "strict":
		s.v = signertest.New(s.t, signertest.WithStrictShares())
	case "hardware":
		s.v = signertest.New(s.t, signertest.WithStrictShares(policy.AllowNetwork, policy.AllowUnwitnessed))
	case "clear":
		s.v = signertest.New(s.t, signertest.WithShares(policy.AllowNetwork, policy.AllowClearWords, policy.AllowUnreviewed))
	case "cut-off":
		s.v = signertest.New(s.t, signertest.WithShares())
	case "whole":
		s.v = signertest.New(s.t, shares)
	default:
		ts.Fatalf("want a known vault, found %s", kind)
	}
	s.v.Fund(5*coin, 4*coin, 3*coin, 2*coin, coin)
	ts.Check(os.RemoveAll(ts.MkAbs("founding"))) // of the vault before
	s.v.WriteBundle(ts.MkAbs("founding"), s.v.Founding())
	for i, name := range []string{"A", "B", "C"} {
		s.v.Signers[i].Close()
		s.setShares(ts, name, s.v.Signers[i])
	}
	first, err := s.v.Wallet.Derive(custody.Receive, 0)
	ts.Check(err)
	ts.Setenv("STRONGROOM_SIGNER_HOME", s.v.Signers[0].Dir)
	ts.Setenv("GENESIS", s.v.Genesis.String())
	ts.Setenv("POLICY16", s.v.Genesis.Short())
	ts.Setenv("TIP", s.v.Chain.Tip().Hash.String())
	ts.Setenv("KEY", fmt.Sprintf("%x", s.v.Signers[0].Record.Key.Origin().Fingerprint))
	ts.Setenv("PASS", signertest.Passphrase)
	ts.Setenv("LASTGROUP", first.Address(s.v.Network).LastGroup())
}

// setShares puts a signer's home, and the files of its shares, where scripts find
// them.
func (s *stage) setShares(ts *testscript.TestScript, name string, of *signertest.Signer) {
	ts.Setenv(name, of.Dir)
	for i, holder := range signertest.Holders(of.ID) {
		file := signer.ShareFile(record.Shares{Fingerprint: of.Record.Key.Origin().Fingerprint, Generation: 1}, holder)
		ts.Setenv(fmt.Sprintf("%s%d", name, i+1), filepath.Join(of.Dir, file))
	}
}

const coin custody.Amount = 1_0000_0000

// propose [EDIT...] [dave] makes the order that bundle brings: $ID, $ID8, $ID16, $TXID,
// and what a person types for its payee: $AMOUNT and $END.
func (s *stage) propose(ts *testscript.TestScript, args []string) {
	s.on(func() {
		var edits []signertest.Edit
		for _, a := range slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "dave" }) {
			edit, ok := s.edits()[a]
			if !ok {
				ts.Fatalf("want a known edit, found %s", a)
			}
			edits = append(edits, edit)
		}
		s.order = s.v.Order(edits...)
		if slices.Contains(args, "dave") { // and not carol, whose token counts
			s.order.Signatures = s.v.Approve(s.order.Proposal, "bob", "dave")
		}
		if slices.Contains(args, "top") { // which takes three
			s.order.Signatures = append(s.order.Signatures, s.v.Sign("dave", quorum.Approve, s.order.Bytes()))
		}
	})
	s.take(ts, s.order)
	pay := s.order.Pays[0]
	ts.Setenv("TXID", s.order.Packet.TxID().String())
	ts.Setenv("TXID16", s.order.Packet.TxID().String()[:16])
	ts.Setenv("AMOUNT", pay.Amount.String())
	ts.Setenv("END", pay.Address.LastGroup())
	s.setChange(ts, pay.Address.Script())
}

// setChange puts the change address as a person reads it, in fours over two
// lines, into $CHANGE1 and $CHANGE2.
func (s *stage) setChange(ts *testscript.TestScript, paid []byte) {
	for _, out := range s.order.Packet.Tx.TxOut {
		if bytes.Equal(out.PkScript, paid) {
			continue
		}
		a, _ := custody.AddressOf(s.v.Network, out.PkScript)
		var fours []string
		for group := range slices.Chunk([]byte(a.String()), 4) {
			fours = append(fours, string(group))
		}
		ts.Setenv("CHANGE1", strings.Join(fours[:13], " "))
		ts.Setenv("CHANGE2", strings.Join(fours[13:], " "))
	}
}

func (s *stage) edits() map[string]signertest.Edit {
	return map[string]signertest.Edit{
		"small":     signertest.Pay(s.v.To("exchange-hot", coin/10)),
		"small-fee": func(w *signertest.Asked) { w.FeeMax = 1 },
		"payroll":   signertest.Pay(s.v.To("payroll", coin/4)),
		"two":       signertest.Pay(s.v.To("payroll", coin/4), s.v.To("exchange-hot", coin/8)),
		"ahead":     func(w *signertest.Asked) { w.Seen[0].Size += 100 },
		"top":       func(w *signertest.Asked) { w.Tier = s.v.Policy.Tiers[len(s.v.Policy.Tiers)-1].ID },
	}
}

// bundle DIR [FILE...] writes the bundle of the last order, less the files
// named.
func (s *stage) bundle(ts *testscript.TestScript, args []string) {
	s.on(func() {
		files := signertest.Without(s.v.Bundle(s.order), args[1:]...)
		s.v.WriteBundle(ts.MkAbs(args[0]), files)
	})
}

// together DIR writes one bundle of all orders.
func (s *stage) together(ts *testscript.TestScript, args []string) {
	s.on(func() { s.v.WriteBundle(ts.MkAbs(args[0]), s.v.Bundle(s.all...)) })
}

// on switches the signers on for a moment, those that are there.
func (s *stage) on(f func()) {
	for _, signer := range s.v.Signers {
		signer.Reopen()
		defer signer.Close()
	}
	f()
}

// answers FILE LINE... writes what a person types.
func answers(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(args[1:], "\n")+"\n"), 0o600))
}

// hold DIR locks a home, as another process does that works in it; hold alone
// lets it go.
func (s *stage) hold(ts *testscript.TestScript, args []string) {
	if len(args) == 0 {
		ts.Check(s.held.Close())
		return
	}
	d, err := durable.Open(args[0])
	ts.Check(err)
	s.held, err = d.Lock()
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.held.Close()); ts.Check(d.Close()) })
}

// flip FILE changes one bit in the middle of a file.
func flip(ts *testscript.TestScript, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// sparse FILE makes a file of a terabyte that takes no room.
func sparse(ts *testscript.TestScript, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(f.Truncate(1 << 40))
	ts.Check(f.Close())
}

// oddname DIR puts a file there whose name clears a terminal.
func oddName(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), "\x1b[2Jheaders.bin"), nil, 0o600))
}

// copyless FROM TO PREFIX copies a folder less the files of a prefix.
func copyLess(ts *testscript.TestScript, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[1]), args[2]+"*"))
	ts.Check(err)
	for _, name := range found {
		ts.Check(os.Remove(name))
	}
}

// exits N CMD... runs a command that must end with exit status N.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("want exit status %s, found %v", args[0], err)
	}
}

func TestEveryCommandHasAnExample(t *testing.T) {
	p := &program{world: cli.System(), workFactor: testWorkFactor}
	if missing := cli.CheckCommands(p.root()); len(missing) > 0 {
		t.Error(strings.Join(missing, "\n"))
	}
}
