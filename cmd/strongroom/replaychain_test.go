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
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// slow makes a loosening wait for twelve blocks.
func slow() signertest.Option {
	return signertest.WithLine("act loosen cool 0 named", "act loosen cool 12 stamped")
}

// keepPapers puts the texts and signatures of a bundle into the registry.
func (s *scene) keepPapers(files []quorum.File) {
	s.t.Helper()
	ids := map[string]text.Hash{}
	s.in(func(reg *registry.Registry) {
		for _, f := range files {
			if on, ok := strings.CutSuffix(f.Name, ".txt"); ok && isPaper(f.Name) {
				id, err := reg.PutText(f.Bytes)
				s.must(err)
				ids[on] = id
			}
		}
		for _, f := range files {
			if on, _, _ := strings.Cut(f.Name, "."); strings.HasSuffix(f.Name, ".sig") {
				_, err := reg.PutSignature(ids[on], f.Bytes)
				s.must(err)
			}
		}
	})
}

// bring brings papers to signers, who must carry them all out, and keeps them.
func (s *scene) bring(files []quorum.File, signers ...text.ID) {
	s.t.Helper()
	for _, id := range signers {
		a := s.v.Signer(id).Release(files)
		s.must(a.Err)
		if codes := a.Codes(); len(codes) > 0 {
			s.t.Fatalf("%s: want it carried out, found %v", id, codes)
		}
	}
	s.keepPapers(files)
}

// begin has signers record what has to wait.
func (s *scene) begin(o *signertest.Order, signers ...text.ID) {
	s.t.Helper()
	for _, id := range signers {
		a := s.v.Signer(id).Begin(s.v.Bundle(o))
		s.must(a.Err)
		if codes := a.Codes(); len(codes) > 0 {
			s.t.Fatalf("%s: want it recorded, found %v", id, codes)
		}
	}
	s.keepPapers(o.Files())
}

// kateJoins proposes that kate joins treasury and that the otc desk can be paid.
func (s *scene) kateJoins() *signertest.Order {
	s.t.Helper()
	s.v.Hire("kate")
	return s.v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		p, err := p.AddOfficer("kate", "acme-ops", "Kate Example", []sshsig.Key{s.v.Officers["kate"].Keys[0].Key()}, "treasury")
		if err != nil {
			return nil, err
		}
		return p.AddDestination(policy.Destination{Label: "otc-desk", Address: signertest.Address(s.t, "otc-desk"), Cap: 5 * coin, Window: 1008})
	}, []text.ID{"kate"}, "bob", "dave", "erin")
}

// adopt has kate join: two signers wait, the third follows them.
func (s *scene) adopt() *signertest.Order {
	s.t.Helper()
	o := s.kateJoins()
	s.begin(o, "signer-a", "signer-b")
	s.v.Chain.Mine(12)
	cleared := s.v.Clear("frank", o.Proposal)
	for _, id := range []text.ID{"signer-a", "signer-b", "signer-c"} {
		s.bring(append(s.v.Bundle(o), cleared...), id)
	}
	s.v.Adopted(o)
	return o
}

// paid is an order to the otc desk, which the second version lists.
func (s *scene) paid() *signertest.Order {
	s.t.Helper()
	p := s.v.Propose(signertest.Pay(s.v.To("otc-desk", coin/4)))
	return &signertest.Order{Proposal: p, Signatures: s.v.Approve(p, "kate", "bob"), Packet: s.v.BuildPSBT(p)}
}

func freezeAll() quorum.Body {
	return quorum.Freeze{Scope: record.Scope{What: record.ScopeAll}}
}

// lived has a vault go through everything that officers can decide.
func lived(t *testing.T) *scene {
	s := newScene(t, slow())
	s.adopt()
	order := s.paid()
	freeze := s.v.Decide("grace", freezeAll())
	s.bring(s.v.Bundle(freeze), "signer-a", "signer-b")
	if codes := s.v.Signer("signer-a").Release(s.v.Bundle(order)).Codes(); !slices.Equal(codes, []string{"FRZ-ACTIVE"}) {
		t.Fatalf("want FRZ-ACTIVE, found %v", codes)
	}
	s.bring(s.v.Bundle(s.v.Decide("alice", quorum.Thaw{Lifts: freeze.ID()}, "bob", "dave")), "signer-a", "signer-b")
	s.release(order)
	vetoed := s.v.Order()
	vetoed.Signatures = append(vetoed.Signatures, s.v.Sign("frank", quorum.Veto, vetoed.Proposal.Bytes()))
	s.v.Signer("signer-c").Release(s.v.Bundle(vetoed))
	s.keep(vetoed)
	killed := s.v.Order()
	s.bring(s.v.Bundle(s.v.Decide("grace", quorum.Cancel{Kills: killed.ID()})), "signer-b")
	s.keep(killed)
	s.bring(s.v.Bundle(s.v.Decide("alice", quorum.Rehearsal{Statement: "answer within the hour"}, "erin")), "signer-a")
	s.bring(s.v.Bundle(s.v.Decide("alice", quorum.Restore{Snapshot: text.Identity([]byte("manifest")), Store: "far", Place: "lab", Operator: "alice", Recipients: []string{"age1lab"}}, "bob", "dave")), "signer-c")
	s.keepLogs()
	return s
}

func TestReplayFindsNothingWrongWithWhatAVaultLivedThrough(t *testing.T) {
	s := lived(t)
	r, err := s.verify(s.v.Genesis)
	if err != nil || len(r.Findings) != 0 {
		t.Fatalf("want no findings, found %v %v", err, r.Findings)
	}
	kinds := map[record.Kind]int{}
	for _, x := range r.Decisions {
		kinds[x.Body.Kind()]++
	}
	for kind, want := range map[record.Kind]int{record.KindAdopted: 3, record.KindRecorded: 2, record.KindCleared: 3, record.KindFrozen: 2, record.KindThawed: 2,
		record.KindReleased: 2, record.KindVetoed: 1, record.KindKilled: 1, record.KindRehearsal: 1, record.KindRestore: 1} {
		if kinds[kind] != want {
			t.Errorf("%s: want %d records judged, found %d", kind, want, kinds[kind])
		}
	}
	if len(r.Versions) != 1 || r.policy.Version != 2 || len(r.Versions[0].Adopted) != 3 {
		t.Errorf("want version 2 in force on three signers, found %d and %v", r.policy.Version, r.Versions)
	}
	if got := r.sentence(); got != "every one of 2 releases and 16 other decisions were permitted, in 3 logs that their signed roots cover" {
		t.Errorf("found %s", got)
	}
	s.narrow(r)
	s.stockRuns(r)
	if got := s.kit(); got != 0 {
		t.Errorf("kit: want exit status 0, found %d", got)
	}
}

// stockRuns runs the commands of stock tools, in one shell, as a person pastes
// them; each must succeed.
func (s *scene) stockRuns(r *replay) {
	s.t.Helper()
	lines, err := r.stock("")
	s.must(err)
	end := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "# all of it") })
	lines = slices.DeleteFunc(lines[:end], func(l string) bool { return strings.HasPrefix(l, "bitcoin-cli") })
	out, err := exec.Command("sh", "-c", "set -e\n"+strings.Join(lines, "\n")).CombinedOutput()
	if err != nil {
		s.t.Errorf("want every command to succeed, found %v: %s", err, out)
	}
	for _, want := range []string{`Good "consent.v1@strongroom" signature for kate`, `Good "clear.v1@strongroom" signature for frank`, `Good "approve.v1@strongroom" signature for kate`, `Good "veto.v1@strongroom" signature for frank`} {
		if !strings.Contains(string(out), want) {
			s.t.Errorf("want %s, found %s", want, out)
		}
	}
}

// narrow wants what is printed within 80 columns.
func (s *scene) narrow(r *replay) {
	s.t.Helper()
	w := s.world()
	stock, err := r.stock("")
	s.must(err)
	r.print(w, s.v.Genesis, stock)
	s.t.Logf("%s", w.Out.(*bytes.Buffer))
	for _, line := range strings.Split(w.Out.(*bytes.Buffer).String(), "\n") {
		if utf8.RuneCountInString(line) > 80 && !strings.HasPrefix(line, "cd ") {
			s.t.Errorf("want 80 columns, found %q", line)
		}
	}
}

// visited is what a log says of a visit to which files were brought.
func visited(files []quorum.File, bodies ...record.Body) []record.Body {
	var in record.Inputs
	for _, f := range files {
		in.Files = append(in.Files, record.File{Name: f.Name, Size: int64(len(f.Bytes)), Hash: text.Identity(f.Bytes)})
	}
	slices.SortFunc(in.Files, func(a, b record.File) int { return strings.Compare(a.Name, b.Name) })
	out := append([]record.Body{record.SessionOpen{}, in}, bodies...)
	return append(out, record.SessionClose{})
}

// write has signer-a's log say more than signer-a did, in its own name.
func (s *scene) write(files []quorum.File, bodies ...record.Body) {
	s.t.Helper()
	checkpoint, entries := s.rogue(visited(files, bodies...)...)
	s.keepPapers(files)
	s.keepLogs()
	s.in(func(reg *registry.Registry) {
		_, err := reg.PutLog(s.v.Signer("signer-a").Machine.Verifier(), "signer-a", checkpoint, entries)
		s.must(err)
	})
}

// adoptedRecord is what a log says when it adopts an amendment.
func adoptedRecord(o *signertest.Order, signers ...text.ID) record.Adopted {
	a := o.Body.(quorum.Amendment)
	return record.Adopted{ID: o.ID(), Version: a.Version, Policy: a.Policy, Class: text.ID(a.Class.String()), Signers: signers}
}

// Whoever has a signer's log key can write into its log what the signer would not
// have done. Each such record is an alarm and is named.
func TestReplayFindsWhatNobodyMayHaveDecided(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *scene)
		where  string
		codes  []string
		kit    int
	}{
		{"a policy adopted without seats", func(s *scene) {
			o := s.kateJoins()
			o.Signatures = o.Signatures[:2]
			s.write(s.v.Bundle(o), adoptedRecord(o, "bob"))
		}, "adopted", []string{"CLR-MISSING", "POL-LOCKOUT", "POL-SEATS"}, 1},
		{"a policy adopted without the consent of who joins", func(s *scene) {
			o := s.kateJoins()
			o.Beside = o.Beside[:1]
			s.write(s.v.Bundle(o), adoptedRecord(o, "bob", "dave", "erin"))
		}, "adopted", []string{"POL-CONSENT"}, 1},
		{"a policy adopted too early", func(s *scene) {
			o := s.kateJoins()
			s.begin(o, "signer-a")
			s.v.Chain.Mine(11)
			cleared := s.v.Clear("frank", o.Proposal)
			b, _ := quorum.ReadBundle(cleared)
			c := b.Submission("").Clearances[0]
			s.write(append(s.v.Bundle(o), cleared...), record.Cleared{ID: o.ID(), Clearance: text.Identity(c.Text), Watcher: "frank"}, adoptedRecord(o, "bob", "dave", "erin"))
		}, "adopted", []string{"CLK-COOLING"}, 0},
		{"a policy adopted without a watcher", func(s *scene) {
			o := s.kateJoins()
			s.begin(o, "signer-a")
			s.v.Chain.Mine(12)
			s.write(s.v.Bundle(o), adoptedRecord(o, "bob", "dave", "erin"))
		}, "adopted", []string{"CLR-MISSING"}, 0},
		{"a clearance that is in the bundle and not in the log", func(s *scene) {
			o := s.kateJoins()
			s.begin(o, "signer-a")
			s.v.Chain.Mine(12)
			s.write(append(s.v.Bundle(o), s.v.Clear("frank", o.Proposal)...), adoptedRecord(o, "bob", "dave", "erin"))
		}, "adopted", []string{"CLR-MISSING"}, 0},
		{"an adoption that names other officers", func(s *scene) {
			o := s.kateJoins()
			s.begin(o, "signer-a")
			s.v.Chain.Mine(12)
			cleared := s.v.Clear("frank", o.Proposal)
			b, _ := quorum.ReadBundle(cleared)
			c := b.Submission("").Clearances[0]
			s.write(append(s.v.Bundle(o), cleared...), record.Cleared{ID: o.ID(), Clearance: text.Identity(c.Text), Watcher: "frank"}, adoptedRecord(o, "bob", "carol", "erin"))
		}, "adopted", []string{"STATE-CORRUPT"}, 0},
		{"a wait that nobody approved", func(s *scene) {
			o := s.kateJoins()
			o.Signatures = o.Signatures[:1]
			s.write(s.v.Bundle(o), record.Recorded{ID: o.ID(), What: "amendment", Sitting: "loosen", Expires: o.Expires, Signatures: []text.Hash{{1}}})
		}, "recorded", []string{"POL-SEATS", "POL-LOCKOUT"}, 1},
		{"a clearance that no watcher signed", func(s *scene) {
			o := s.kateJoins()
			s.begin(o, "signer-a")
			s.v.Chain.Mine(12)
			s.write(s.v.Bundle(o), record.Cleared{ID: o.ID(), Clearance: text.Hash{2}, Watcher: "frank"})
		}, "cleared", []string{"CLR-MISSING"}, 1},
		{"a veto that nobody signed", func(s *scene) {
			o := s.v.Order()
			s.keep(o)
			s.write(s.v.Bundle(o), record.Vetoed{ID: o.ID(), Officers: []text.ID{"frank"}})
		}, "vetoed", []string{"SIG-BAD"}, 1},
		{"a freeze by somebody who may not", func(s *scene) {
			o := s.v.Decide("alice", freezeAll())
			o.Signatures = nil
			s.write(s.v.Bundle(o), record.Frozen{ID: o.ID(), Scope: record.Scope{What: record.ScopeAll}, Officer: "alice"})
		}, "frozen", []string{"SEAT-NOMAKER"}, 1},
		{"a thaw that one officer approved", func(s *scene) {
			freeze := s.v.Decide("grace", freezeAll())
			s.bring(s.v.Bundle(freeze), "signer-a")
			thaw := s.v.Decide("alice", quorum.Thaw{Lifts: freeze.ID()}, "bob")
			s.write(s.v.Bundle(thaw), record.Thawed{ID: thaw.ID(), Lifts: freeze.ID(), Signers: []text.ID{"bob"}})
		}, "thawed", []string{"SEAT-SHORT"}, 1},
		{"a cancel by somebody who may not", func(s *scene) {
			o := s.v.Order()
			s.keep(o)
			cancel := s.v.Decide("bob", quorum.Cancel{Kills: o.ID()})
			cancel.Signatures = nil
			s.write(s.v.Bundle(cancel), record.Killed{ID: o.ID(), By: cancel.ID(), Officer: "bob"})
		}, "killed", []string{"SEAT-NOMAKER"}, 1},
		{"a rehearsal that says that others answered", func(s *scene) {
			o := s.v.Decide("alice", quorum.Rehearsal{Statement: "answer"}, "erin")
			s.write(s.v.Bundle(o), record.Rehearsal{ID: o.ID(), Statement: "answer", Answered: []text.ID{"alice", "bob", "erin"}})
		}, "rehearsal", []string{"STATE-CORRUPT"}, 0},
		{"a restore at another place", func(s *scene) {
			body := quorum.Restore{Snapshot: text.Identity([]byte("manifest")), Store: "far", Place: "lab", Operator: "alice", Recipients: []string{"age1lab"}}
			o := s.v.Decide("alice", body, "bob", "dave")
			s.write(s.v.Bundle(o), record.Restore{ID: o.ID(), Snapshot: body.Snapshot, Store: "far", Place: "home", Operator: "alice", Recipients: body.Recipients, Signers: []text.ID{"bob", "dave"}})
		}, "restore", []string{"STATE-CORRUPT"}, 0},
		{"a resync that nobody approved", func(s *scene) {
			head := s.v.Seen()[0]
			at := record.LogHead{Size: head.Size, Root: head.Root}
			o := s.v.Decide("alice", quorum.Resync{Device: "signer-a", From: at, To: at})
			s.write(s.v.Bundle(o), record.Resync{ID: o.ID(), Device: "signer-a", From: at, To: at, Signers: []text.ID{"bob"}})
		}, "resync", []string{"SEAT-SHORT"}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, slow())
			c.change(s)
			r := s.alarmed(c.codes)
			s.named(r, c.where)
			s.narrow(r)
			if c.kit == 0 {
				return
			}
			if got := s.kit(); got != c.kit {
				t.Errorf("kit: want exit status %d, found %d", c.kit, got)
			}
		})
	}
}

// alarmed wants an alarm with these codes and no others.
func (s *scene) alarmed(codes []string) *replay {
	s.t.Helper()
	r, err := s.verify(s.v.Genesis)
	var refusal cli.Refusal
	if !errors.As(err, &refusal) || !refusal.Alarm || !sameSet(refusal.Codes, codes) {
		s.t.Errorf("want an alarm with %v, found %v %v", codes, err, r.Findings)
	}
	return r
}

// named wants every finding at a record of signer-a of one kind.
func (s *scene) named(r *replay, kind string) {
	s.t.Helper()
	l := r.log("signer-a")
	for _, f := range r.Findings {
		if !slices.ContainsFunc(l.Records, func(rec record.Record) bool {
			return f.Where == l.where(int(rec.Seq)) && string(rec.Body.Kind()) == kind
		}) {
			s.t.Errorf("want a finding at a record of kind %s, found %s: %s", kind, f.Where, f.Reason)
		}
	}
}

// What is released under a version that this signer never adopted, or in a vault
// that stands still, was released without leave.
func TestReplayFindsReleasesOutOfTheirTime(t *testing.T) {
	t.Run("under a version that was not adopted", func(t *testing.T) {
		s := newScene(t, slow())
		o := s.kateJoins()
		s.begin(o, "signer-b")
		s.v.Chain.Mine(12)
		s.bring(append(s.v.Bundle(o), s.v.Clear("frank", o.Proposal)...), "signer-b")
		s.v.Adopted(o)
		s.forge(s.paid(), func(*record.Released) {})
		s.named(s.alarmed([]string{"POL-BEHIND"}), "released")
	})
	t.Run("under a version that was adopted without seats", func(t *testing.T) {
		s := newScene(t, slow())
		o := s.kateJoins()
		o.Signatures = o.Signatures[:2]
		s.v.Adopted(o)
		s.write(append(s.v.Bundle(o), s.v.Bundle(s.paid())[7:]...), adoptedRecord(o, "bob"), released(s, s.paid()))
		r := s.alarmed([]string{"CLR-MISSING", "POL-SEATS", "POL-LOCKOUT", "POL-BEHIND"})
		if r.policy.Version != 1 {
			t.Errorf("want version 1 in force, found %d", r.policy.Version)
		}
	})
	t.Run("in a vault that this signer had frozen", func(t *testing.T) {
		s := newScene(t)
		s.bring(s.v.Bundle(s.v.Decide("grace", freezeAll())), "signer-a")
		s.forge(s.v.Order(), func(*record.Released) {})
		s.named(s.alarmed([]string{"FRZ-ACTIVE", "STATE-CORRUPT"}), "released")
	})
	t.Run("in a vault that another signer had frozen", func(t *testing.T) {
		s := newScene(t)
		s.bring(s.v.Bundle(s.v.Decide("grace", freezeAll())), "signer-b")
		s.forge(s.v.Order(), func(*record.Released) {})
		s.named(s.alarmed([]string{"FRZ-ACTIVE"}), "released")
	})
}

// released is what a log says when it releases an order; only its proposal is
// looked at here.
func released(s *scene, o *signertest.Order) record.Released {
	s.keep(o)
	return record.Released{ID: o.ID(), Wallet: o.Wallet, Tier: o.Tier, Total: o.Total, Pays: o.Pays, Fee: o.FeeMax,
		Rungs: []record.Rung{{TxID: o.Packet.TxID(), Inputs: []wire.OutPoint{o.Packet.Tx.TxIn[0].PreviousOutPoint}}}}
}

// Two signers that follow two policies are a fork, though each of them was
// decided by everybody it takes.
func TestReplayFindsTwoPoliciesAfterOne(t *testing.T) {
	s := newScene(t, slow())
	first := s.kateJoins()
	second := s.v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		return p.AddDestination(policy.Destination{Label: "otc-desk", Address: signertest.Address(t, "another desk"), Cap: 5 * coin, Window: 1008})
	}, nil, "bob", "dave", "erin")
	early := map[text.ID][]quorum.File{"signer-b": s.v.Bundle(second)}
	s.begin(first, "signer-a")
	s.v.Chain.Mine(12)
	s.bring(append(s.v.Bundle(first), s.v.Clear("frank", first.Proposal)...), "signer-a")
	a := s.v.Signer("signer-b").Release(early["signer-b"])
	s.must(a.Err)
	if codes := a.Codes(); len(codes) > 0 {
		t.Fatalf("want signer-b to adopt another version, found %v", codes)
	}
	s.keepPapers(early["signer-b"])
	s.keepLogs()
	r := s.alarmed([]string{"POL-FORK"})
	want := "policy: want one version 2 everywhere, found " + r.Versions[0].Hash.Short() + " on signer-a and " + r.Versions[1].Hash.Short() + " on signer-b"
	if got := r.Findings[0].Text; got != want {
		t.Errorf("want %s, found %s", want, got)
	}
	if got := s.kit(); got != 4 {
		t.Errorf("kit: want exit status 4, found %d", got)
	}
}

// A signer that lost records gets them back by a resync, and one that lost none
// is put back to work by one; both are judged by the log as it was then.
func TestReplayJudgesResyncs(t *testing.T) {
	s := newScene(t)
	s.v.Assessed = record.Assessed{Findings: text.Identity([]byte("found")), Points: 2, Lacks: []record.Lack{{Finding: "swap", Failed: true}}}
	s.v.Integrity = record.Integrity{Root: text.Identity([]byte("baseline"))}
	head := func(id text.ID) record.LogHead {
		i := slices.IndexFunc(s.v.Seen(), func(x quorum.Seen) bool { return x.Device == id })
		return record.LogHead{Size: s.v.Seen()[i].Size, Root: s.v.Seen()[i].Root}
	}
	s.bring(s.v.Bundle(s.v.Decide("alice", quorum.Resync{Device: "signer-b", From: head("signer-b"), To: head("signer-b")}, "bob", "dave", "erin")), "signer-b")
	a := s.v.Signer("signer-a")
	from, copied := head("signer-a"), filepath.Join(t.TempDir(), "copy")
	a.Close()
	s.must(os.CopyFS(copied, os.DirFS(a.Dir)))
	a.Reopen()
	s.release(s.v.Order())
	to := head("signer-a")
	checkpoint, entries := a.Machine.Export()
	a.Close()
	a.Dir = copied
	a.Reopen()
	o := s.v.Decide("alice", quorum.Resync{Device: "signer-a", From: from, To: to}, "bob", "dave", "erin")
	files := append(signertest.Without(s.v.Bundle(o), "signer-a.checkpoint", "signer-a.entries"),
		quorum.File{Name: "signer-a.checkpoint", Bytes: checkpoint}, quorum.File{Name: "signer-a.entries", Bytes: entries})
	s.bring(files, "signer-a")
	s.keepLogs()
	r, err := s.verify(s.v.Genesis)
	if err != nil || len(r.Findings) != 0 {
		t.Fatalf("want no findings, found %v %v", err, r.Findings)
	}
	i := slices.IndexFunc(r.Decisions, func(x *decision) bool { return x.ID == o.ID() })
	if i < 0 || r.Decisions[i].Body.(record.Resync).From != from || r.Decisions[i].Body.(record.Resync).To != to {
		t.Errorf("want the resync from %s to %s judged, found %v", from, to, r.Decisions)
	}
	if got := s.kit(); got != 0 {
		t.Errorf("kit: want exit status 0, found %d", got)
	}
}
