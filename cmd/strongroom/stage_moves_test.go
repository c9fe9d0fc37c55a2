package main

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// moveCommands are those of scripts about movements within the vault, and about
// what signers take in before them.
func (s *stage) moveCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"next":   plain(s.next),
		"line":   plain(s.line),
		"begin":  plain(s.begin),
		"adopt":  plain(s.adopt),
		"enroll": plain(s.enroll),
		"freeze": plain(s.freeze),
		"lose":   plain(s.lose),
		"thaw":   plain(s.thaw),
	}
}

// next, before desk, makes a vault whose first policy has a wallet in state
// next, reserve: 2 of the keys of signer-a, signer-b and a hardware wallet. Its
// descriptor and the hardware wallet's key record are in the folder reserve.
func (s *stage) next(ts *testscript.TestScript, _ []string) {
	keys := signertest.Draft(s.t) // made again from the same seed, the keys are the same
	spare := signertest.NewHardware(s.t, "coldcard-7")
	reserve, cosigners, err := keys.WithHardware(spare)
	ts.Check(err)
	s.v = signertest.New(s.t, signertest.WithPolicy(func(p *policy.Policy) (*policy.Policy, error) {
		return p.SetWallet(policy.Wallet{ID: "reserve", State: policy.Next, Descriptor: reserve.Hash(), M: 2, N: 3}, cosigners)
	}))
	s.v.WriteBundle(ts.MkAbs("reserve"), []quorum.File{signertest.DescriptorFile(reserve), spare.RecordFile()})
}

// enroll SIGNER DIR lets a signer take the wallet reserve, of the folder's files,
// and writes what it exports to DIR.
func (s *stage) enroll(ts *testscript.TestScript, args []string) {
	signer := s.v.Signer(text.ID(args[0]))
	entries, err := os.ReadDir(ts.MkAbs("reserve"))
	ts.Check(err)
	files := s.v.Founding()
	for _, e := range entries {
		files = append(files, quorum.File{Name: e.Name(), Bytes: []byte(ts.ReadFile("reserve/" + e.Name()))})
	}
	bundle, reasons := quorum.ReadBundle(files)
	if len(reasons) == 0 {
		reasons, err = signer.Machine.Enroll(s.v.Session(), bundle, "reserve")
		ts.Check(err)
	}
	if len(reasons) > 0 {
		ts.Fatalf("%v", reasons)
	}
	s.writeLog(ts, args)
}

// writeLog writes, as SIGNER DIR, the log of a signer as it is now.
func (s *stage) writeLog(ts *testscript.TestScript, args []string) {
	signer := s.v.Signer(text.ID(args[0]))
	checkpoint, entries := signer.Machine.Export()
	s.v.WriteBundle(ts.MkAbs(args[1]), []quorum.File{
		{Name: args[0] + ".checkpoint", Bytes: checkpoint}, {Name: args[0] + ".entries", Bytes: entries},
	})
}

// line OLD NEW, before desk, makes a vault with one line of its first policy
// exchanged.
func (s *stage) line(_ *testscript.TestScript, args []string) {
	s.v = signertest.New(s.t, signertest.WithLine(args[0], args[1]))
}

// begin SIGNER DIR OUT lets a signer record what a bundle brings, and writes its
// log.
func (s *stage) begin(ts *testscript.TestScript, args []string) {
	answer := s.v.Signer(text.ID(args[0])).Begin(readFolder(ts, args[1]))
	ts.Check(answer.Err)
	ts.Logf("%s: %v", args[0], answer.Codes())
	s.writeLog(ts, []string{args[0], args[2]})
}

func readFolder(ts *testscript.TestScript, name string) []quorum.File {
	entries, err := os.ReadDir(ts.MkAbs(name))
	ts.Check(err)
	var files []quorum.File
	for _, e := range entries {
		files = append(files, quorum.File{Name: e.Name(), Bytes: []byte(ts.ReadFile(name + "/" + e.Name()))})
	}
	return files
}

// freeze puts grace's freeze of everything into the registry; no signer has it.
// Its id is then $FREEZE.
func (s *stage) freeze(ts *testscript.TestScript, _ []string) {
	o := s.v.Decide("grace", quorum.Freeze{Scope: record.Scope{What: record.ScopeAll}})
	ts.Setenv("FREEZE", o.ID().String())
	s.shelve(ts, o)
}

// thaw SIGNER lets one signer lift the freeze, $FREEZE, and puts its log into the
// registry.
func (s *stage) thaw(ts *testscript.TestScript, args []string) {
	lifts, err := text.ParseHash(ts.Getenv("FREEZE"))
	ts.Check(err)
	signer := s.v.Signer(text.ID(args[0]))
	answer := signer.Release(s.v.Bundle(s.v.Decide("alice", quorum.Thaw{Lifts: lifts}, "bob", "carol")))
	ts.Check(answer.Err)
	if codes := answer.Codes(); len(codes) > 0 {
		ts.Fatalf("%v", codes)
	}
	s.registry(ts, func(reg *registry.Registry) {
		checkpoint, entries := signer.Machine.Export()
		_, err := reg.PutLog(signer.Machine.Verifier(), signer.ID, checkpoint, entries)
		ts.Check(err)
	})
}

// lose SIGNER N lets a signer lose its last records, as a copy that was restored
// has, and puts what gives them back into the registry, proposed and approved:
// $RESYNC.
func (s *stage) lose(ts *testscript.TestScript, args []string) {
	signer := s.v.Signer(text.ID(args[0]))
	_, raw := signer.Machine.Export()
	entries, err := auditlog.DecodeEntries(raw)
	ts.Check(err)
	kept := entries[:len(entries)-atoi(ts, args[1])]
	o := s.v.Decide("alice", quorum.Resync{Device: signer.ID, From: logHead(kept), To: logHead(entries)}, "bob", "carol", "dave")
	ts.Setenv("RESYNC", o.ID().String())
	s.shelve(ts, o)
}

func logHead(entries [][]byte) record.LogHead {
	return record.LogHead{Size: int64(len(entries)), Root: auditlog.RootOf(entries)}
}

// shelve puts a proposal, its signatures and the policy into the registry.
func (s *stage) shelve(ts *testscript.TestScript, o *signertest.Order) {
	s.registry(ts, func(reg *registry.Registry) {
		for _, b := range [][]byte{o.Proposal.Bytes(), s.v.PolicyText} {
			_, err := reg.PutText(b)
			ts.Check(err)
		}
		for _, sig := range o.Signatures {
			_, err := reg.PutSignature(o.ID(), sig.Bytes)
			ts.Check(err)
		}
	})
}

// adoptWait is how long an amendment of a script may have to wait, in blocks.
const adoptWait = 12

// adopt SIGNER... adopts a second policy, which also lists the destination
// otc-desk, on the signers named, and puts all of it into the registry.
func (s *stage) adopt(ts *testscript.TestScript, args []string) {
	o := s.v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		return p.AddDestination(policy.Destination{Label: "otc-desk", Address: signertest.Address(s.t, "otc-desk"), Cap: 5 * coin, Window: 1008})
	}, nil, "bob", "carol", "dave")
	for _, id := range args {
		ts.Check(s.v.Signer(text.ID(id)).Begin(s.v.Bundle(o)).Err) // refused where nothing waits
	}
	s.v.Chain.Mine(adoptWait)
	for _, id := range args {
		answer := s.v.Signer(text.ID(id)).Release(s.v.Bundle(o))
		ts.Check(answer.Err)
		if codes := answer.Codes(); len(codes) > 0 {
			ts.Fatalf("%s: %v", id, codes)
		}
	}
	s.v.Adopted(o)
	s.shelve(ts, o)
	s.registry(ts, func(reg *registry.Registry) {
		ts.Check(reg.PutHeaders(s.v.Chain.Headers))
		for _, id := range args {
			signer := s.v.Signer(text.ID(id))
			checkpoint, entries := signer.Machine.Export()
			_, err := reg.PutLog(signer.Machine.Verifier(), signer.ID, checkpoint, entries)
			ts.Check(err)
		}
	})
}
