package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// amendCommands are those of scripts about changes of the policy.
func (s *stage) amendCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"rules":    plain(s.rules),
		"record":   plain(s.record),
		"keys":     plain(keys),
		"freezes":  plain(s.freezes),
		"joins":    plain(s.joins),
		"trusts":   plain(s.trusts),
		"clears":   plain(s.clears),
		"identity": plain(identity),
		"programs": plain(smallPrograms),
		"adopted":  plain(s.adopted),
		"block":    plain(s.block),
		"key":      plain(s.key),
	}
}

// rules OLD NEW... makes the vault, before desk does, with lines of its first
// policy in the place of others.
func (s *stage) rules(_ *testscript.TestScript, args []string) {
	var opts []signertest.Option
	for i := 0; i+1 < len(args); i += 2 {
		opts = append(opts, signertest.WithLine(args[i], args[i+1]))
	}
	s.v = signertest.New(s.t, opts...)
}

// record SIGNER DIR OUT lets a signer record what a bundle brings, and writes its
// log.
func (s *stage) record(ts *testscript.TestScript, args []string) {
	signer := s.v.Signer(text.ID(args[0]))
	answer := signer.Begin(readBundle(ts, args[1]))
	ts.Check(answer.Err)
	ts.Logf("%s: %v", signer.ID, answer.Codes())
	checkpoint, log := signer.Machine.Export()
	out := ts.MkAbs(args[2])
	ts.Check(os.MkdirAll(out, 0o700))
	ts.Check(os.WriteFile(filepath.Join(out, args[0]+".checkpoint"), checkpoint, 0o600))
	ts.Check(os.WriteFile(filepath.Join(out, args[0]+".entries"), log, 0o600))
}

func readBundle(ts *testscript.TestScript, dir string) []quorum.File {
	entries, err := os.ReadDir(ts.MkAbs(dir))
	ts.Check(err)
	var files []quorum.File
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(ts.MkAbs(dir), e.Name()))
		ts.Check(err)
		files = append(files, quorum.File{Name: e.Name(), Bytes: b})
	}
	return files
}

// clears WATCHER DIR writes a watcher's clearance of $ID, as of now, with its
// signature.
func (s *stage) clears(ts *testscript.TestScript, args []string) {
	files := s.v.Clear(text.ID(args[0]), s.proposal(ts))
	ts.Check(os.MkdirAll(ts.MkAbs(args[1]), 0o700))
	for _, f := range files {
		ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[1]), f.Name), f.Bytes, 0o600))
	}
}

// identity NAME FILE sets $NAME to a file's SHA-256 and $NAME8 to its first
// digits.
func identity(ts *testscript.TestScript, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	h := text.Identity(b)
	ts.Setenv(args[0], h.String())
	ts.Setenv(args[0]+"8", h.String()[:8])
}

// adopted FILE makes a policy the one that the vault's own proposals name.
func (s *stage) adopted(ts *testscript.TestScript, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	s.v.PolicyText = b
	s.v.Policy, err = policy.Parse(b)
	ts.Check(err)
}

// block HEIGHT sets $BLOCK to the hash of a block of the chain.
func (s *stage) block(ts *testscript.TestScript, args []string) {
	p, ok := s.v.Chain.Headers.PointAt(uint32(atoi(ts, args[0])))
	if !ok {
		ts.Fatalf("block %s: want one of the chain, found none", args[0])
	}
	ts.Setenv("BLOCK", p.Hash.String())
}

// freezes OFFICER puts an officer's freeze of everything into the registry, and
// its id into $FREEZE and $FREEZE16.
func (s *stage) freezes(ts *testscript.TestScript, args []string) {
	o := s.v.Decide(text.ID(args[0]), quorum.Freeze{Scope: record.Scope{What: record.ScopeAll}})
	ts.Setenv("FREEZE", o.ID().String())
	ts.Setenv("FREEZE16", o.ID().Short())
	s.registry(ts, func(reg *registry.Registry) {
		_, err := reg.PutText(o.Bytes())
		ts.Check(err)
		for _, sig := range o.Signatures {
			_, err := reg.PutSignature(o.ID(), sig.Bytes)
			ts.Check(err)
		}
	})
}

// joins SIGNER DIR makes a machine that trusts nothing yet, and writes what it
// exports: its key record, its log key and its log.
func (s *stage) joins(ts *testscript.TestScript, args []string) {
	x := s.v.Join(text.ID(args[0]))
	checkpoint, entries := x.Machine.Export()
	s.v.WriteBundle(ts.MkAbs(args[1]), []quorum.File{
		{Name: fmt.Sprintf("keyrecord-%x.txt", x.Record.Key.Origin().Fingerprint), Bytes: x.Record.Bytes()},
		{Name: args[0] + ".verifier", Bytes: []byte(x.Machine.Verifier().String() + "\n")},
		{Name: args[0] + ".checkpoint", Bytes: checkpoint},
		{Name: args[0] + ".entries", Bytes: entries},
	})
}

// trusts SIGNER DIR lets a machine trust the vault that a bundle brings.
func (s *stage) trusts(ts *testscript.TestScript, args []string) {
	b, reasons := quorum.ReadBundle(readBundle(ts, args[1]))
	if len(reasons) > 0 {
		ts.Fatalf("bundle: %v", reasons)
	}
	reasons, err := s.v.Signer(text.ID(args[0])).Machine.Trust(s.v.Session("frank"), b, s.v.Genesis.String())
	ts.Check(err)
	if len(reasons) > 0 {
		ts.Fatalf("trust: %v", reasons)
	}
}

// key NAME SIGNER sets $NAME to the fingerprint of a signer's key.
func (s *stage) key(ts *testscript.TestScript, args []string) {
	ts.Setenv(args[0], fmt.Sprintf("%x", s.v.Signer(text.ID(args[1])).Record.Key.Origin().Fingerprint))
}
