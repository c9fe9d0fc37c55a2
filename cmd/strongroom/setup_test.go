package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"

	"strongroom/cmd/internal/cli"
	"strongroom/cmd/internal/regtest"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// fewestSetupScripts is a floor: fewer means that the folder was not read.
const fewestSetupScripts = 9

// Each script in testdata/setup tells of one noun, from an empty folder on, and of
// how it refuses. A real node
// runs where the script asks for one; without one, or with -short, those scripts
// are skipped.
func TestSetupScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/setup/*.txtar")
	if err != nil || len(files) < fewestSetupScripts {
		t.Fatalf("testdata/setup: want at least %d scripts, found %d: %v", fewestSetupScripts, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := &setup{t: t}
			testscript.Run(t, testscript.Params{
				Files: []string{file}, RequireExplicitExec: true, RequireUniqueNames: true, Cmds: s.commands(),
				Setup: func(e *testscript.Env) error {
					e.Setenv("STRONGROOM_HOME", filepath.Join(e.WorkDir, "home"))
					return quickExit(e)
				},
			})
		})
	}
}

// setup is the vault of one script, with signers that are switched on only
// while one of the commands below runs, and perhaps a node.
type setup struct {
	t     *testing.T
	v     *signertest.Vault
	order *signertest.Order
	node  *regtest.Node
}

type scriptCommand = func(*testscript.TestScript, bool, []string)

func (s *setup) commands() map[string]scriptCommand {
	commands := map[string]scriptCommand{
		"vault":      plain(s.vault),
		"order":      plain(s.ask),
		"bundle":     plain(s.bundle),
		"release":    plain(s.release),
		"export":     plain(s.export),
		"shelve":     plain(s.shelve),
		"twin":       plain(s.twin),
		"claim":      plain(s.claim),
		"passes":     plain(s.passes),
		"strange":    plain(s.strange),
		"hold":       plain(hold),
		"node":       plain(s.startNode),
		"mine":       plain(s.mine),
		"reorg":      plain(s.reorg),
		"fund":       plain(s.fund),
		"keys":       plain(keys),
		"programs":   plain(smallPrograms),
		"identity":   plain(identity),
		"answers":    plain(answers),
		"flip":       plain(flip),
		"sparse":     plain(sparse),
		"change":     plain(change),
		"setenvfrom": plain(setEnvFrom),
		"held":       func(ts *testscript.TestScript, neg bool, args []string) { held(s.v)(ts, neg, args) },
		"exits":      exits,
	}
	maps.Copy(commands, hardwareCommands(s.t))
	return commands
}

// vault [draft] sets a vault up: what its signers export in from-signer-a and so
// on, what its officers signed in founding, the policy's hash in $GENESIS. With
// draft the signers trust nothing yet.
func (s *setup) vault(ts *testscript.TestScript, args []string) {
	if len(args) == 1 && args[0] == "draft" {
		s.v = signertest.Draft(s.t)
	} else {
		s.v = signertest.New(s.t)
		s.v.Fund(3*coin, 2*coin, coin)
	}
	s.v.WriteBundle(ts.MkAbs("founding"), s.v.Founding())
	for _, x := range s.v.Signers {
		s.writeExport(ts, x, "from-"+string(x.ID))
		x.Close()
	}
	ts.Setenv("GENESIS", s.v.Genesis.String())
	ts.Setenv("GENESIS8", s.v.Genesis.String()[:8])
}

// writeExport writes what a signer's key show -o writes.
func (s *setup) writeExport(ts *testscript.TestScript, x *signertest.Signer, dir string) {
	checkpoint, entries := x.Machine.Export()
	s.v.WriteBundle(ts.MkAbs(dir), []quorum.File{
		{Name: fmt.Sprintf("keyrecord-%x.txt", x.Record.Key.Origin().Fingerprint), Bytes: x.Record.Bytes()},
		{Name: string(x.ID) + ".verifier", Bytes: []byte(x.Machine.Verifier().String() + "\n")},
		{Name: string(x.ID) + ".checkpoint", Bytes: checkpoint},
		{Name: string(x.ID) + ".entries", Bytes: entries},
	})
}

// on switches the signers on for a moment.
func (s *setup) on(f func()) {
	for _, x := range s.v.Signers {
		x.Reopen()
		defer x.Close()
	}
	f()
}

// export SIGNER DIR writes what the signer exports now.
func (s *setup) export(ts *testscript.TestScript, args []string) {
	s.on(func() { s.writeExport(ts, s.v.Signer(text.ID(args[0])), args[1]) })
}

// order makes a withdrawal that two officers approved, with its transaction:
// $ID, $ID16, $TXID.
func (s *setup) ask(ts *testscript.TestScript, _ []string) {
	s.on(func() { s.order = s.v.Order() })
	ts.Setenv("ID", s.order.ID().String())
	ts.Setenv("ID16", s.order.ID().Short())
	ts.Setenv("TXID", s.order.Packet.TxID().String())
}

// bundle DIR [FILE...] writes the bundle of the last order, less the files named.
func (s *setup) bundle(ts *testscript.TestScript, args []string) {
	s.on(func() {
		s.v.WriteBundle(ts.MkAbs(args[0]), signertest.Without(s.v.Bundle(s.order), args[1:]...))
	})
}

// release SIGNER DIR lets a signer release the last order and writes its answer.
func (s *setup) release(ts *testscript.TestScript, args []string) {
	s.on(func() {
		x := s.v.Signer(text.ID(args[0]))
		packet := x.MustRelease(s.v.Bundle(s.order))
		checkpoint, entries := x.Machine.Export()
		s.v.WriteBundle(ts.MkAbs(args[1]), []quorum.File{
			{Name: s.order.ID().Short() + ".psbt", Bytes: packet},
			{Name: args[0] + ".checkpoint", Bytes: checkpoint},
			{Name: args[0] + ".entries", Bytes: entries},
		})
	})
}

// shelve puts the last order's transaction into the registry of $STRONGROOM_HOME,
// as build does.
func (s *setup) shelve(ts *testscript.TestScript, _ []string) {
	d, err := durable.Open(filepath.Join(ts.Getenv("STRONGROOM_HOME"), registryIn))
	ts.Check(err)
	defer d.Close()
	r, err := registry.Open(d)
	ts.Check(err)
	defer r.Close()
	_, err = r.PutPSBT(s.order.ID(), s.order.Packet.Bytes())
	ts.Check(err)
}

// twin SIGNER DIR writes another history of the same signer: what somebody
// signs who has a copy of its home.
func (s *setup) twin(ts *testscript.TestScript, args []string) {
	x := s.v.Signer(text.ID(args[0]))
	copied := filepath.Join(s.t.TempDir(), "copy")
	ts.Check(os.CopyFS(copied, os.DirFS(x.Dir)))
	s.on(func() {
		_, err := x.Machine.Trust(s.v.Session("alice"), emptyBundle(), "")
		ts.Check(err)
		s.writeExport(ts, x, args[1])
	})
	ts.Check(os.RemoveAll(x.Dir))
	ts.Check(os.CopyFS(x.Dir, os.DirFS(copied)))
	s.on(func() {
		_, err := x.Machine.Trust(s.v.Session("mallory"), emptyBundle(), "")
		ts.Check(err)
	})
}

// claim SIGNER NAME FILE writes a key record of a signer's key that says it is
// another signer's, and FILE.verifier, the signer's log key under that name.
func (s *setup) claim(ts *testscript.TestScript, args []string) {
	s.on(func() {
		r, err := s.v.Signer(text.ID(args[0])).Unlock().KeyRecord(string(s.v.Policy.Vault) + "/" + args[1])
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), r.Bytes(), 0o600))
		parts := strings.Split(s.v.Signer(text.ID(args[0])).Machine.Verifier().String(), "+")
		public, err := base64.StdEncoding.DecodeString(strings.Join(parts[2:], "+"))
		ts.Check(err)
		v, err := policy.LogVerifier(string(s.v.Policy.Vault)+"/"+args[1], public[1:])
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[2]+".verifier"), []byte(v+"\n"), 0o600))
	})
}

// passes SIGNER DESCRIPTION FILE writes a key record of a signer's key that says
// it is something else's.
func (s *setup) passes(ts *testscript.TestScript, args []string) {
	s.on(func() {
		r, err := s.v.Signer(text.ID(args[0])).Unlock().KeyRecord(args[1])
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), r.Bytes(), 0o600))
	})
}

// strange FILE writes the descriptor of a wallet that is not ours.
func (s *setup) strange(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), signertest.Stranger(s.t, "stranger").File(), 0o600))
}

// hold locks $STRONGROOM_HOME, as another process does that works in it, until
// the script ends.
func hold(ts *testscript.TestScript, _ []string) {
	d, err := durable.Open(ts.Getenv("STRONGROOM_HOME"))
	ts.Check(err)
	lock, err := d.Lock()
	ts.Check(err)
	ts.Defer(func() { ts.Check(lock.Close()); ts.Check(d.Close()) })
}

// emptyBundle is a bundle without anything in it; trusting it is refused, and the
// refusal recorded.
func emptyBundle() *quorum.Bundle {
	b, _ := quorum.ReadBundle(nil)
	return b
}

// node starts a private bitcoin node, mines blocks enough to spend, and writes
// node.txt.
func (s *setup) startNode(ts *testscript.TestScript, _ []string) {
	binary, err := regtest.Find(s.t.Context(), os.Getenv("STRONGROOM_BTCD"))
	ts.Check(err)
	folder := ts.MkAbs("btcd")
	ts.Check(os.Mkdir(folder, 0o700))
	s.node, err = regtest.Start(s.t.Context(), regtest.Options{Binary: binary, Folder: folder, Rand: cli.System().Rand})
	ts.Check(err)
	s.t.Cleanup(s.node.Stop)
	_, err = s.node.Mine(s.t.Context(), 110)
	ts.Check(err)
	c := s.node.Config()
	ts.Check(os.WriteFile(ts.MkAbs("node.password"), append(c.Password, '\n'), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("node.cert"), c.Certificate, 0o600))
	lines := fmt.Sprintf("url %s\nuser %s\npassword-file %s\ncertificate %s\n", c.URL, c.User, ts.MkAbs("node.password"), ts.MkAbs("node.cert"))
	ts.Check(os.WriteFile(ts.MkAbs("node.txt"), []byte(lines), 0o600))
}

// mine N adds blocks to the node's chain.
func (s *setup) mine(ts *testscript.TestScript, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	_, err = s.node.Mine(s.t.Context(), n)
	ts.Check(err)
}

// reorg N replaces the last blocks of the node's chain by one more.
func (s *setup) reorg(ts *testscript.TestScript, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	_, err = s.node.Reorg(s.t.Context(), n)
	ts.Check(err)
}

// fund ADDRESS AMOUNT... pays an address from the miner's rewards, in one
// transaction that waits for a block.
func (s *setup) fund(ts *testscript.TestScript, args []string) {
	a, err := custody.ParseAddress(custody.Regtest, args[0])
	ts.Check(err)
	var outputs []*wire.TxOut
	for _, x := range args[1:] {
		amount, err := custody.ParseAmount(x)
		ts.Check(err)
		outputs = append(outputs, wire.NewTxOut(int64(amount), a.Script()))
	}
	_, err = s.node.Fund(s.t.Context(), outputs...)
	ts.Check(err)
}

// keys NAME... writes ed25519 keys as ssh-keygen does: NAME and NAME.pub.
func keys(ts *testscript.TestScript, args []string) {
	for _, name := range args {
		seed := sha256.Sum256([]byte("desk test key " + name))
		private := ed25519.NewKeyFromSeed(seed[:])
		block, err := ssh.MarshalPrivateKey(private, name)
		ts.Check(err)
		public, err := ssh.NewPublicKey(private.Public())
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(block), 0o600))
		line := strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(public)), "\n") + " " + name + "\n"
		ts.Check(os.WriteFile(ts.MkAbs(name+".pub"), []byte(line), 0o600))
	}
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

// change FILE OLD NEW puts one text in the place of another that stands in the
// file once.
func change(ts *testscript.TestScript, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if n := strings.Count(string(b), args[1]); n != 1 {
		ts.Fatalf("%s: want %q once, found it %d times", args[0], args[1], n)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(string(b), args[1], args[2], 1)), 0o600))
}

// setenvfrom NAME FIELD sets a variable to what stands behind a field of the
// last output.
func setEnvFrom(ts *testscript.TestScript, args []string) {
	for line := range strings.SplitSeq(ts.ReadFile("stdout"), "\n") {
		if rest, ok := strings.CutPrefix(line, args[1]); ok {
			ts.Setenv(args[0], strings.TrimSpace(rest))
			return
		}
	}
	ts.Fatalf("stdout: want a line that begins with %q, found none", args[1])
}
