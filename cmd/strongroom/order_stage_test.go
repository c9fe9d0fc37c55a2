package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/registry"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// orderCommands are those of scripts in which more is decided than payments.
func (s *stage) orderCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"rule":      plain(s.rule),
		"write":     plain(func(ts *testscript.TestScript, args []string) { s.visit(ts, quorum.Record, args) }),
		"carry":     plain(func(ts *testscript.TestScript, args []string) { s.visit(ts, quorum.Release, args) }),
		"amend":     plain(s.amend),
		"consent":   plain(s.consent),
		"clearance": plain(s.clearance),
		"tip":       plain(func(ts *testscript.TestScript, args []string) { s.tip(ts, args) }),
		"forget":    plain(s.forget),
		"head":      plain(s.head),
		"alarm":     plain(s.alarm),
	}
}

// rule OLD NEW changes a line of the policy of the desk that is made next.
func (s *stage) rule(_ *testscript.TestScript, args []string) {
	s.opts = append(s.opts, signertest.WithLine(args[0], strings.ReplaceAll(args[1], "\\n", "\n")))
}

// tip N mines so many blocks and lets the desk know, and writes tip.bin.
func (s *stage) tip(ts *testscript.TestScript, args []string) {
	s.v.Chain.Mine(atoi(ts, args[0]))
	s.registry(ts, func(reg *registry.Registry) { ts.Check(reg.PutHeaders(s.v.Chain.Headers)) })
	s.headers(ts, []string{"tip.bin"})
}

// visit SIGNER [ID...] brings what the registry holds on the proposals, $ID when
// none is named, to a signer, which records or carries out what it may, and puts
// the signer's log into the registry.
func (s *stage) visit(ts *testscript.TestScript, verb quorum.Verb, args []string) {
	ids := args[1:]
	if len(ids) == 0 {
		ids = []string{ts.Getenv("ID")}
	}
	files := s.v.Bundle()
	s.registry(ts, func(reg *registry.Registry) {
		for _, id := range ids {
			files = append(files, s.brought(ts, reg, id)...)
		}
	})
	signer := s.v.Signer(text.ID(args[0]))
	visit := signer.Begin
	if verb == quorum.Release {
		visit = signer.Release
	}
	answer := visit(unique(files))
	ts.Check(answer.Err)
	ts.Logf("%s: %v", signer.ID, answer.Codes())
	s.sendLog(ts, signer)
}

// sendLog puts a signer's log into the registry.
func (s *stage) sendLog(ts *testscript.TestScript, signer *signertest.Signer) {
	s.registry(ts, func(reg *registry.Registry) {
		checkpoint, entries := signer.Machine.Export()
		_, err := reg.PutLog(signer.Machine.Verifier(), signer.ID, checkpoint, entries)
		ts.Check(err)
	})
}

// brought returns the files on one proposal.
func (s *stage) brought(ts *testscript.TestScript, reg *registry.Registry, prefix string) []quorum.File {
	id, err := reg.Find(prefix)
	ts.Check(err)
	b, err := reg.Text(id)
	ts.Check(err)
	p, err := quorum.ParseProposal(b)
	ts.Check(err)
	files := append([]quorum.File{{Name: id.Short() + ".txt", Bytes: b}}, s.signed(ts, reg, s.v.Policy, id, id.Short())...)
	switch body := p.Body.(type) {
	case quorum.Cancel:
		b, err := reg.Text(body.Kills)
		ts.Check(err)
		files = append(files, quorum.File{Name: body.Kills.Short() + ".txt", Bytes: b})
	case quorum.Amendment:
		b, err := reg.Text(body.Policy)
		ts.Check(err)
		next, err := policy.Parse(b)
		ts.Check(err)
		name := quorum.PolicyName(body.Version)
		files = append(append(files, quorum.File{Name: name + ".txt", Bytes: b}), s.signed(ts, reg, next, body.Policy, name)...)
	}
	all, err := reg.Texts()
	ts.Check(err)
	for _, h := range all {
		b, err := reg.Text(h)
		ts.Check(err)
		if c, err := quorum.ParseClearance(b); err == nil && c.Proposal == id {
			name := quorum.ClearancePrefix + h.Short()
			files = append(append(files, quorum.File{Name: name + ".txt", Bytes: b}), s.signed(ts, reg, s.v.Policy, h, name)...)
		}
	}
	psbts, err := reg.PSBTs(id)
	ts.Check(err)
	for _, b := range psbts[:min(1, len(psbts))] {
		files = append(files, quorum.File{Name: id.Short() + ".psbt", Bytes: b.Bytes})
	}
	return files
}

func (s *stage) signed(ts *testscript.TestScript, reg *registry.Registry, p *policy.Policy, on text.Hash, name string) []quorum.File {
	sigs, _, err := reg.SignatureFiles(p, on, name)
	ts.Check(err)
	var files []quorum.File
	for _, sig := range sigs {
		files = append(files, signertest.SignatureFile(sig))
	}
	return files
}

// amend WHAT proposes a change of the policy, in the name of alice, whose id is
// then $ID: kate joins the treasury, one line is edited, or one line by
// a recovery.
func (s *stage) amend(ts *testscript.TestScript, args []string) {
	var change signertest.Change
	var class policy.Class // the computed one
	switch args[0] {
	case "recovery":
		class = policy.ClassRecovery
		change = func(p *policy.Policy) (*policy.Policy, error) {
			return p.Edited("fee-rate-max 300", "fee-rate-max 200")
		}
	case "kate":
		s.v.Hire("kate")
		change = func(p *policy.Policy) (*policy.Policy, error) {
			return p.AddOfficer("kate", "acme-ops", "Kate Example", []sshsig.Key{s.v.Officers["kate"].Keys[0].Key()}, "treasury")
		}
	case "edit":
		change = func(p *policy.Policy) (*policy.Policy, error) { return p.Edited(args[1], args[2]) }
	default:
		ts.Fatalf("want kate, edit or recovery, found %s", args[0])
	}
	o := s.v.AmendAs(class, "alice", change, nil)
	s.registry(ts, func(reg *registry.Registry) {
		_, err := reg.PutText(o.Proposal.Bytes())
		ts.Check(err)
		for _, f := range o.Beside {
			if strings.HasSuffix(f.Name, ".txt") {
				_, err := reg.PutText(f.Bytes)
				ts.Check(err)
			}
		}
		for _, sig := range o.Signatures {
			_, err := reg.PutSignature(o.ID(), sig.Bytes)
			ts.Check(err)
		}
	})
	ts.Setenv("ID", o.ID().String())
	ts.Setenv("ID8", o.ID().String()[:8])
	ts.Setenv("ID16", o.ID().Short())
}

// consent OFFICER VERSION stores an officer's consent to the policy that $ID
// adopts, made without the program.
func (s *stage) consent(ts *testscript.TestScript, args []string) {
	a, ok := s.proposal(ts).Body.(quorum.Amendment)
	if !ok || text.FormatUint(a.Version) != args[1] {
		ts.Fatalf("want an amendment that adopts policy %s, found another", args[1])
	}
	s.registry(ts, func(reg *registry.Registry) {
		b, err := reg.Text(a.Policy)
		ts.Check(err)
		_, err = reg.PutSignature(a.Policy, s.v.Sign(text.ID(args[0]), quorum.Consent, b).Bytes)
		ts.Check(err)
	})
}

// clearance FILE OFFICER signs a clearance that was written by hand, without the
// program, and stores both.
func (s *stage) clearance(ts *testscript.TestScript, args []string) {
	b := []byte(ts.ReadFile(args[0]))
	sig := s.v.Sign(text.ID(args[1]), quorum.Clear, b)
	s.registry(ts, func(reg *registry.Registry) {
		id, err := reg.PutText(b)
		ts.Check(err)
		_, err = reg.PutSignature(id, sig.Bytes)
		ts.Check(err)
	})
}

// forget removes a text from the registry, as if it had never come.
func (s *stage) forget(ts *testscript.TestScript, args []string) {
	name := filepath.Join(ts.Getenv("STRONGROOM_HOME"), registryIn, "texts", args[0])
	ts.Check(os.Remove(name))
}

// head SIGNER N puts the length and the root of the first N records of a
// signer's log into $HEAD; N is a number, or all.
func (s *stage) head(ts *testscript.TestScript, args []string) {
	_, raw := s.v.Signer(text.ID(args[0])).Machine.Export()
	entries, err := auditlog.DecodeEntries(raw)
	ts.Check(err)
	n := len(entries)
	if args[1] != "all" {
		n = atoi(ts, args[1])
	}
	ts.Setenv("HEAD", itoa(n)+":"+auditlog.RootOf(entries[:n]).String())
}

// alarm SIGNER shows a signer a branch of the chain that parts from it deeper
// than any reorganisation is followed: it stops itself.
func (s *stage) alarm(ts *testscript.TestScript, args []string) {
	s.tip(ts, []string{"120"})
	signer := s.v.Signer(text.ID(args[0]))
	ts.Check(signer.Release(s.v.Bundle()).Err) // takes in the chain, and refuses an empty bundle
	const fork, length = 5, 200
	ts.Check(signer.Release([]quorum.File{{Name: "headers.bin", Bytes: s.v.Chain.Fork(fork, length)}}).Err)
	s.sendLog(ts, signer)
}
