package signer_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// The same paper is carried to a machine twice: it has no second effect, is no
// refusal, and leaves no record.
func TestPaperThatIsCarriedTwiceTakesEffectOnce(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	freeze := v.Decide("grace", quorum.Freeze{Scope: record.Scope{What: record.ScopeOfficer, Name: "bob"}})
	for _, ask := range []func() *signertest.Order{
		func() *signertest.Order { return freeze },
		func() *signertest.Order { return v.Decide("alice", quorum.Thaw{Lifts: freeze.ID()}, "carol", "dave") },
		func() *signertest.Order {
			return v.Decide("grace", quorum.Cancel{Kills: text.Identity([]byte("something"))})
		},
		func() *signertest.Order { return v.Decide("alice", quorum.Rehearsal{Statement: "here"}, "erin") },
		func() *signertest.Order {
			return v.Decide("alice", quorum.Restore{Snapshot: text.Identity([]byte("manifest")), Store: "oslo", Place: "host", Operator: "dave", Recipients: []string{"age1qqqq"}}, "dave", "erin")
		},
		func() *signertest.Order {
			head := record.LogHead{Size: v.Seen()[0].Size, Root: v.Seen()[0].Root}
			return v.Decide("alice", quorum.Resync{Device: s.ID, From: head, To: head}, "bob", "dave", "erin")
		},
		func() *signertest.Order {
			return v.Amend(func(p *policy.Policy) (*policy.Policy, error) { return p.RemoveDestination("payroll") }, nil, "dave", "erin")
		},
	} {
		paper := ask()
		codes(t, s.Release(v.Bundle(paper)))
		once := s.Machine.State().Size()
		a := s.Release(v.Bundle(paper))
		item := a.Visit.Items[0]
		if a.Err != nil || !item.Stands || s.Machine.State().Size() != once {
			t.Errorf("%s: want it to stand without a record more, found %v, %d more: %v", paper.Kind(), item.Stands, s.Machine.State().Size()-once, a.Err)
		}
		if len(item.Reasons) > 0 && !item.Idle() {
			t.Errorf("%s: want nothing to do, found %v", paper.Kind(), item.Reasons)
		}
	}
}

// A signer was restored from an old copy. What it writes before the resync would
// stand in the place of a record that it lost, and the resync could not be
// carried out any more: a refused resync leaves nothing.
func TestRefusedResyncLeavesTheLogAsItWas(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	s.Close()
	old := filepath.Join(t.TempDir(), "old")
	must(t, os.CopyFS(old, os.DirFS(s.Dir)))
	s.Reopen()
	from := v.Seen()[0]
	s.MustRelease(v.Bundle(v.Order()))
	to := v.Seen()[0]
	body := quorum.Resync{Device: "signer-a", From: record.LogHead{Size: from.Size, Root: from.Root}, To: record.LogHead{Size: to.Size, Root: to.Root}}
	resync := v.Decide("alice", body, "bob", "dave", "erin")
	files := v.Bundle(resync)
	s.Close()
	s.Dir = old
	s.Reopen()
	for _, without := range []string{"signer-a.entries", resync.ID().Short() + ".bob.approve.sig", "headers.bin"} {
		s.Reopen() // it remembers headers otherwise
		a := s.Release(signertest.Without(files, without))
		if !a.Visit.Doubted() || s.Machine.State().Size() != from.Size {
			t.Errorf("without %s: want a doubted visit and %d records, found %v and %d", without, from.Size, a.Visit.Doubted(), s.Machine.State().Size())
		}
	}
	codes(t, s.Release(files))
	if !slices.Contains(s.Kinds(), record.KindResync) || s.Machine.State().Size() <= to.Size {
		t.Errorf("want the log back and a resync behind it, found %v", s.Kinds())
	}
}
