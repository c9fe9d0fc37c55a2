package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"

	"strongroom/cmd/internal/cli"
	"strongroom/custody"
	"strongroom/custody/durable"
	"strongroom/quorum"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

const coin custody.Amount = 1_0000_0000

// stage is what one script plays on: a vault, its signers' machines and, where
// a script asks for it, a node.
type stage struct {
	t    *testing.T
	v    *signertest.Vault
	node *testNode
	opts []signertest.Option // of the vault that is made next
}

// commands are those that scripts have beside the program.
func (s *stage) commands() map[string]func(*testscript.TestScript, bool, []string) {
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"answers":   plain(answers),
		"exits":     exits,
		"confirmed": plain(confirmed),
		"count":     plain(countFiles),
		"desk":      plain(s.desk),
		"with":      plain(s.with),
		"sign":      plain(s.sign),
		"packet":    plain(s.packet),
		"release":   plain(s.release),
		"mine":      plain(s.mine),
		"node":      plain(s.startNode),
		"fund":      plain(s.fund),
		"headers":   plain(s.headers),
		"newest":    plain(s.newest),
		"fork":      plain(s.fork),
		"held":      func(ts *testscript.TestScript, neg bool, args []string) { held(s.v)(ts, neg, args) },
	}
	maps.Copy(commands, auditCommands())
	maps.Copy(commands, s.orderCommands())
	maps.Copy(commands, s.moveCommands())
	maps.Copy(commands, s.amendCommands())
	maps.Copy(commands, codeCommands())
	maps.Copy(commands, s.rotateCommands())
	maps.Copy(commands, hardwareCommands(s.t))
	maps.Copy(commands, s.drillCommands())
	maps.Copy(commands, s.backupCommands())
	return commands
}

// desk makes a vault that three signers trust, its desk in $STRONGROOM_HOME
// with everything received, and the officers' key files alice, bob, dave and
// erin. With "desk node" its coins come from a node, otherwise
// out of nothing.
func (s *stage) desk(ts *testscript.TestScript, args []string) {
	if s.v == nil {
		s.v = signertest.New(s.t, s.opts...)
	}
	if len(args) == 0 {
		s.v.Fund(3*coin, 2*coin, coin)
	}
	home := ts.MkAbs("desk")
	ts.Setenv("STRONGROOM_HOME", home)
	dir, err := durable.Create(home)
	ts.Check(err)
	b, err := deskText(s.v.Policy.Vault, s.v.Network)
	ts.Check(err)
	ts.Check(dir.WriteNew(deskFile, b))
	ts.Check(dir.WriteNew(policyOne, s.v.PolicyText))
	sub, err := dir.Sub(registryIn)
	ts.Check(err)
	reg, err := registry.Open(sub)
	ts.Check(err)
	s.found(ts, reg)
	if len(args) == 0 {
		ts.Check(reg.PutHeaders(s.v.Chain.Headers))
	}
	for _, signer := range s.v.Signers {
		checkpoint, entries := signer.Machine.Export()
		_, err := reg.PutLog(signer.Machine.Verifier(), signer.ID, checkpoint, entries)
		ts.Check(err)
	}
	ts.Check(reg.Close())
	ts.Check(dir.Close())
	s.keyFiles(ts)
}

// with external, before desk, makes a vault whose wallet has the key of a
// hardware wallet, coldcard-7, in the place of signer-c's.
func (s *stage) with(ts *testscript.TestScript, args []string) {
	if len(args) != 1 || args[0] != "external" {
		ts.Fatalf("want with external, found with %v", args)
	}
	s.opts = append(s.opts, signertest.WithExternal())
}

// found puts what founded the vault into the registry.
func (s *stage) found(ts *testscript.TestScript, reg *registry.Registry) {
	b, reasons := quorum.ReadBundle(s.v.Founding())
	if len(reasons) > 0 {
		ts.Fatalf("founding: %v", reasons)
	}
	policy, err := reg.PutText(s.v.PolicyText)
	ts.Check(err)
	for _, sig := range b.Signatures {
		_, err := reg.PutSignature(policy, sig.Bytes)
		ts.Check(err)
	}
	for _, a := range b.Annexes {
		_, err := reg.PutText(a)
		ts.Check(err)
	}
	for _, d := range b.Descriptors {
		_, err := reg.PutDescriptor(d)
		ts.Check(err)
	}
	for _, k := range b.KeyRecords {
		_, err := reg.PutKeyRecord(k)
		ts.Check(err)
	}
}

// keyFiles writes officers' keys as OpenSSH keeps them. Carol's is hardware.
func (s *stage) keyFiles(ts *testscript.TestScript) {
	for _, name := range []string{"alice", "bob", "dave", "erin", "frank"} {
		seed := sha256.Sum256([]byte("strongroom test key " + name))
		var key crypto.PrivateKey = ed25519.NewKeyFromSeed(seed[:])
		if name == "bob" {
			var err error
			key, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
			ts.Check(err)
		}
		block, err := ssh.MarshalPrivateKey(key, name)
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(block), 0o600))
	}
}

// proposal returns the one of $ID.
func (s *stage) proposal(ts *testscript.TestScript) *quorum.Proposal {
	b, err := os.ReadFile(filepath.Join(ts.Getenv("STRONGROOM_HOME"), registryIn, "texts", ts.Getenv("ID")))
	ts.Check(err)
	p, err := quorum.ParseProposal(b)
	ts.Check(err)
	return p
}

// registry opens the desk's registry for a moment, wherever it is.
func (s *stage) registry(ts *testscript.TestScript, work func(*registry.Registry)) {
	ts.Check(inDesk(cli.System(), ts.Getenv("STRONGROOM_HOME"), func(d *desk) error {
		work(d.reg)
		return nil
	}))
}

// sign OFFICER ACT stores an officer's signature on the proposal $ID, made
// without the program.
func (s *stage) sign(ts *testscript.TestScript, args []string) {
	act, err := quorum.ParseAct(args[1])
	ts.Check(err)
	p := s.proposal(ts)
	sig := s.v.Sign(text.ID(args[0]), act, p.Bytes())
	s.registry(ts, func(reg *registry.Registry) {
		_, err := reg.PutSignature(p.ID(), sig.Bytes)
		ts.Check(err)
	})
}

// packet stores a transaction for $ID, of coins that no node knows, as build
// would, and its id in $TXID.
func (s *stage) packet(ts *testscript.TestScript, _ []string) {
	p := s.proposal(ts)
	packet := s.v.BuildPSBT(p)
	ts.Setenv("TXID", packet.TxID().String())
	s.registry(ts, func(reg *registry.Registry) {
		_, err := reg.PutPSBT(p.ID(), packet.Bytes())
		ts.Check(err)
	})
}

// release SIGNER DIR OUT brings a bundle to a signer and writes its answer.
// What it refuses is logged, and in the answer's log.
func (s *stage) release(ts *testscript.TestScript, args []string) {
	signer := s.v.Signer(text.ID(args[0]))
	entries, err := os.ReadDir(ts.MkAbs(args[1]))
	ts.Check(err)
	var files []quorum.File
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(ts.MkAbs(args[1]), e.Name()))
		ts.Check(err)
		files = append(files, quorum.File{Name: e.Name(), Bytes: b})
	}
	answer := signer.Release(files)
	ts.Check(answer.Err)
	ts.Logf("%s: %v", signer.ID, answer.Codes())
	out := ts.MkAbs(args[2])
	ts.Check(os.MkdirAll(out, 0o700))
	for i, signed := range answer.Signed {
		if signed != nil {
			ts.Check(os.WriteFile(filepath.Join(out, answer.Visit.Items[i].ID().Short()+".psbt"), signed, 0o600))
		}
	}
	checkpoint, log := signer.Machine.Export()
	ts.Check(os.WriteFile(filepath.Join(out, args[0]+".checkpoint"), checkpoint, 0o600))
	ts.Check(os.WriteFile(filepath.Join(out, args[0]+".entries"), log, 0o600))
}

// headers FILE [N] writes the chain's headers, all or up to height N.
func (s *stage) headers(ts *testscript.TestScript, args []string) {
	c := s.v.Chain.Headers
	if len(args) == 2 {
		c, _ = c.Prefix(uint32(atoi(ts, args[1])))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), c.Bytes(), 0o600))
}

// newest DIR puts the id of the transaction in work that was stored last into
// $TXID.
func (s *stage) newest(ts *testscript.TestScript, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var last time.Time
	for _, e := range entries {
		info, err := e.Info()
		ts.Check(err)
		if info.ModTime().Before(last) {
			continue
		}
		last = info.ModTime()
		b, err := os.ReadFile(filepath.Join(ts.MkAbs(args[0]), e.Name()))
		ts.Check(err)
		p, err := custody.ParsePSBT(b)
		ts.Check(err)
		ts.Setenv("TXID", p.TxID().String())
	}
}

// fork SIGNER puts a second history of a signer's log into the registry: the
// signer's home was copied, and the copy and the signer each wrote on.
func (s *stage) fork(ts *testscript.TestScript, args []string) {
	signer := s.v.Signer(text.ID(args[0]))
	signer.Close()
	before := ts.MkAbs("copy-of-" + args[0])
	ts.Check(os.CopyFS(before, os.DirFS(signer.Dir)))
	for range 2 {
		signer.Reopen()
		answer := signer.Release(nil)
		ts.Check(answer.Err)
		checkpoint, entries := signer.Machine.Export()
		s.registry(ts, func(reg *registry.Registry) {
			_, err := reg.PutLog(signer.Machine.Verifier(), signer.ID, checkpoint, entries)
			if err != nil && !errors.Is(err, registry.ErrFork) {
				ts.Check(err)
			}
		})
		signer.Close()
		signer.Dir = before
	}
	signer.Reopen()
}
