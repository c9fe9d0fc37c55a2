package signer_test

import (
	"slices"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// kate joins treasury, and the otc desk can be paid: a loosening.
func kateJoins(t *testing.T, v *signertest.Vault) signertest.Change {
	v.Hire("kate")
	return func(p *policy.Policy) (*policy.Policy, error) {
		p, err := p.AddOfficer("kate", "acme-ops", "Kate Example", []sshsig.Key{v.Officers["kate"].Keys[0].Key()}, "treasury")
		if err != nil {
			return nil, err
		}
		return p.AddDestination(policy.Destination{Label: "otc-desk", Address: signertest.Address(t, "otc-desk"), Cap: 5 * coin, Window: 1008})
	}
}

// codes demands that an answer is refused by exactly these codes, or by none.
func codes(t *testing.T, a signertest.Answer, want ...string) {
	t.Helper()
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	if got := a.Codes(); !slices.Equal(got, want) {
		for _, i := range a.Visit.Items {
			t.Logf("%v %v", i.Reasons, i.Report.Notes)
		}
		t.Errorf("want %v, found %v", want, got)
	}
}

func TestLooseningWaitsOnEachSigner(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("act loosen cool 0 named", "act loosen cool 12 stamped"))
	v.Fund(coin, coin)
	a := v.Signer("signer-a")
	o := v.Amend(kateJoins(t, v), []text.ID{"kate"}, "bob", "carol", "dave")

	codes(t, a.Release(v.Bundle(o)), "CLK-NOTRECORDED", "CLR-MISSING")
	codes(t, a.Begin(v.Bundle(o)))
	codes(t, a.Begin(v.Bundle(o)), "CLK-RECORDED")
	v.Chain.Mine(11)
	cleared := v.Clear("frank", o.Proposal)
	codes(t, a.Release(append(v.Bundle(o), cleared...)), "CLK-COOLING")
	v.Chain.Mine(1)
	codes(t, a.Release(append(v.Bundle(o), cleared...)))
	if version, _, _ := a.Machine.State().Head(); version != 2 {
		t.Fatalf("want version 2 in force, found %d", version)
	}
	a.Reopen()
	v.Adopted(o)
	pay := signertest.Pay(v.To("otc-desk", coin/4))
	order := v.Order(pay)
	order.Signatures = v.Approve(order.Proposal, "kate", "bob")
	a.MustRelease(v.Bundle(order))
	codes(t, v.Signer("signer-b").Release(v.Bundle(order)), "POL-BEHIND")
	if got := kinds(a.Records()); got == "" || !slices.Contains(a.Kinds(), record.KindCleared) {
		t.Errorf("want the clearance in the log, found %s", got)
	}
}

// A signer that was away, or is new, follows those that waited, without a wait
// of its own; fewer of them than can move coins convince nobody, and neither do
// their logs alone, without what officers and watchers signed.
func TestLateSignerFollowsThoseThatWaited(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("act loosen cool 0 named", "act loosen cool 12 stamped"))
	o := v.Amend(kateJoins(t, v), []text.ID{"kate"}, "bob", "carol", "dave")
	var cleared []quorum.File
	adopt := func(id text.ID) {
		t.Helper()
		s := v.Signer(id)
		codes(t, s.Begin(v.Bundle(o)))
		v.Chain.Mine(12)
		cleared = v.Clear("frank", o.Proposal)
		codes(t, s.Release(append(v.Bundle(o), cleared...)))
	}
	adopt("signer-a")
	codes(t, v.Signer("signer-c").Release(v.Bundle(o)), "CLK-NOTRECORDED", "CLR-MISSING")
	adopt("signer-b")
	v.Chain.Mine(3000) // long after it expired
	codes(t, v.Signer("signer-c").Release(v.Bundle(o)), "CLR-MISSING")
	codes(t, v.Signer("signer-c").Release(append(v.Bundle(o), cleared...)))
	v.Adopted(o)
	v.Fund(coin)
	v.Signer("signer-c").MustRelease(v.Bundle(v.Order()))
}

func TestFreezeStopsWhatIsSignedFor(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	order := v.Order()
	freeze := v.Decide("grace", quorum.Freeze{Scope: record.Scope{What: record.ScopeAll}})
	a, b := v.Signer("signer-a"), v.Signer("signer-b")
	codes(t, a.Release(v.Bundle(order, freeze)), "FRZ-ACTIVE")
	codes(t, a.Release(v.Bundle(order)), "FRZ-ACTIVE")
	codes(t, b.Release(v.Bundle(order)), "FRZ-ACTIVE") // a's log tells
	thaw := v.Decide("alice", quorum.Thaw{Lifts: freeze.ID()}, "bob", "carol")
	codes(t, a.Release(v.Bundle(thaw)))
	a.MustRelease(v.Bundle(order))
	b.MustRelease(v.Bundle(order))
}

func TestCancelledProposalIsDead(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("role veto treasury watch", "role veto watch"))
	v.Fund(coin, coin)
	order := v.Order()
	a := v.Signer("signer-a")
	codes(t, a.Release(v.Bundle(v.Decide("bob", quorum.Cancel{Kills: order.ID()}))), "SEAT-ROLE")
	cancel := v.Decide("alice", quorum.Cancel{Kills: order.ID()})
	codes(t, a.Release(v.Bundle(cancel)), "SEAT-ROLE") // without the text nobody can tell who made it
	codes(t, a.Release(v.Bundle(cancel, order)), "STATE-KILLED")
	codes(t, v.Signer("signer-b").Release(v.Bundle(order)), "STATE-KILLED")
}
