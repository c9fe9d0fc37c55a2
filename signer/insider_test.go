package signer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"strongroom/custody/auditlog"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// refusedWith brings an amendment with a watcher's clearance, wants these codes,
// and a signer that still works under the version it had.
func refusedWith(t *testing.T, v *signertest.Vault, o *signertest.Order, want ...string) {
	t.Helper()
	s := v.Signer("signer-a")
	before, _, _ := s.Machine.State().Head()
	codes(t, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)), want...)
	s.Reopen()
	if after, _, _ := s.Machine.State().Head(); after != before {
		t.Errorf("want version %d in force still, found %d", before, after)
	}
}

// A loosening that also moves the origin to a block with other work would be
// adopted and never opened again.
func TestOriginDoesNotChangeBesideOtherThings(t *testing.T) {
	v := signertest.New(t)
	o := v.Amend(func(p *policy.Policy) (*policy.Policy, error) {
		for line := range strings.Lines(string(p.Bytes())) {
			if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "origin-block ") {
				return p.Edited(line, strings.Replace(line, "207fffff", "1d00ffff", 1))
			}
		}
		return nil, fmt.Errorf("want an origin-block line, found none")
	}, nil, "bob", "carol", "dave")
	refusedWith(t, v, o, "POL-ANCHOR")
}

// What was said against a payee goes with it when it is taken out. It must not
// come back without.
func TestPayeeThatWasTakenOutComesBackByALooseningOnly(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("conflict none", "conflict payroll bob"))
	out := v.Amend(func(p *policy.Policy) (*policy.Policy, error) { return p.RemoveDestination("payroll") }, nil, "bob", "carol")
	a := v.Signer("signer-a")
	payroll, _ := v.Policy.Destination("payroll")
	codes(t, a.Release(v.Bundle(out)))
	v.Adopted(out)
	for _, label := range []text.ID{"payroll", "wages"} {
		back := payroll
		back.Label = label
		o := v.AmendAs(policy.ClassDestination, "alice", func(p *policy.Policy) (*policy.Policy, error) { return p.AddDestination(back) }, nil, "bob", "carol")
		refusedWith(t, v, o, "POL-CLASS")
	}
}

// A wait without end, called a tightening, would bar every later change.
func TestWaitsHaveACeiling(t *testing.T) {
	v := signertest.New(t)
	for _, line := range [][2]string{
		{"quiet policy 0", "quiet policy 4321"}, {"quiet destination 0", "quiet destination 4321"},
		{"act thaw cool 0 named", "act thaw cool 8641 named"},
	} {
		next, err := v.Policy.Next()
		must(t, err)
		next, err = next.Edited(line[0], line[1])
		must(t, err)
		if found := fmt.Sprint(next.Check()); !strings.Contains(found, "POL-FLOOR") {
			t.Errorf("%s: want POL-FLOOR, found %s", line[1], found)
		}
	}
}

// Every signer has a line in every proposal, so there is room for so many only.
func TestMoreSignersThanAProposalCanNameAreRefused(t *testing.T) {
	v := signertest.New(t)
	seed := bytes.Repeat([]byte{7}, 64*64)
	devices := v.Policy.Devices
	for i := range 30 {
		id := text.ID(fmt.Sprintf("signer-x%d", i))
		seed[0] = byte(i)
		k, err := auditlog.NewKey(bytes.NewReader(seed), string(v.Policy.Vault)+"/"+string(id))
		must(t, err)
		devices = append(devices, policy.Device{ID: id, Verifier: k.Verifier().String()})
	}
	p, err := v.Policy.SetDevices(devices)
	must(t, err)
	if found := fmt.Sprint(p.Check()); !strings.Contains(found, "device: number: want at most 32, found 33") {
		t.Errorf("want a ceiling of 32 signers, found %s", found)
	}
}

// Somebody has a copy of one signer's log key and writes what he likes with it.
// The officers can take that signer out; its log has no say about that.
func TestSpoiledLogDoesNotKeepItsSigner(t *testing.T) {
	v := signertest.New(t)
	spoiled := v.Join("signer-x")
	o := v.Amend(spoiled.Listing(), nil, "bob", "carol", "dave")
	if reasons := spoiled.TrustLater(o); len(reasons) > 0 {
		t.Fatal(reasons)
	}
	cleared := v.Clear("frank", o.Proposal)
	for _, s := range v.Signers {
		if s != spoiled {
			codes(t, s.Release(append(v.Bundle(o), cleared...)))
		}
	}
	codes(t, spoiled.Release(append(v.Bundle(o), cleared...)))
	v.Adopted(o)
	freeze := v.Decide("grace", quorum.Freeze{Scope: record.Scope{What: record.ScopeAll}})
	codes(t, spoiled.Release(v.Bundle(freeze)))
	v.Fund(coin)
	codes(t, v.Signer("signer-a").Release(v.Bundle(v.Order())), "FRZ-ACTIVE")
	without := v.Amend(func(p *policy.Policy) (*policy.Policy, error) { return p.SetDevices(p.Devices[:3]) }, nil, "bob", "carol", "dave")
	a := v.Signer("signer-a")
	codes(t, a.Release(append(v.Bundle(without), v.Clear("frank", without.Proposal)...)))
	v.Adopted(without)
	v.Fund(coin)
	a.MustRelease(v.Bundle(v.Order()))
}

// Two changes are signed. Once one is in force on a signer, no other signer that
// is shown its log takes the other.
func TestRivalIsNotAdoptedBesideWhatIsInForce(t *testing.T) {
	v := signertest.New(t)
	first := v.Amend(loosened(), nil, "bob", "carol", "dave")
	second := v.Amend(edited("fee-rate-max 300", "fee-rate-max 302"), nil, "bob", "carol", "dave")
	codes(t, v.Signer("signer-a").Release(append(v.Bundle(first), v.Clear("frank", first.Proposal)...)))
	codes(t, v.Signer("signer-b").Release(append(v.Bundle(second), v.Clear("grace", second.Proposal)...)), "POL-STALE")
}
