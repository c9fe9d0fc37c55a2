package signer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/sshsig"
	"strongroom/quorum/text"
	"strongroom/signer"
	"strongroom/signer/signertest"
)

// edited is a change of one line of the policy.
func edited(from, to string) signertest.Change {
	return func(p *policy.Policy) (*policy.Policy, error) { return p.Edited(from, to) }
}

// loosened and tightened are the smallest changes of their classes.
func loosened() signertest.Change  { return edited("fee-rate-max 300", "fee-rate-max 301") }
func tightened() signertest.Change { return edited("fee-rate-max 300", "fee-rate-max 299") }

// told demands that a visit is refused for these reasons alone, written as "text
// (CODE)", and that the log holds each of their codes.
func told(t *testing.T, s *signertest.Signer, a signertest.Answer, want ...string) {
	t.Helper()
	if a.Err != nil {
		t.Fatal(a.Err)
	}
	reasons := slices.Clone(a.Visit.Reasons)
	for _, i := range a.Visit.Items {
		reasons = append(reasons, i.Reasons...)
	}
	var found []string
	for _, r := range reasons {
		found = append(found, r.String())
	}
	if !slices.Equal(found, want) {
		t.Errorf("want\n%s\nfound\n%s", strings.Join(want, "\n"), strings.Join(found, "\n"))
	}
	refused := map[string]bool{}
	for _, r := range s.Records() {
		if b, ok := r.Body.(record.Refused); ok {
			for _, c := range b.Codes {
				refused[c] = true
			}
		}
	}
	if a.Visit.Doubted() || slices.ContainsFunc(a.Visit.Items, (*signer.Item).Idle) {
		return
	}
	for _, c := range a.Codes() {
		if !refused[c] {
			t.Errorf("want %s in the log, found it missing", c)
		}
	}
}

// Each is signed by all whom a loosening takes; one thing about it is wrong.
func TestAttacksWithAnAmendment(t *testing.T) {
	claimed := func(a *quorum.Amendment) { a.Class = policy.ClassLoosen }
	three := []text.ID{"bob", "carol", "dave"}
	for _, c := range []struct {
		attack string
		make   func(v *signertest.Vault) *signertest.Order
		want   []string
	}{
		{"a line that the officers did not sign", func(v *signertest.Vault) *signertest.Order {
			return v.AmendWith(func(a *quorum.Amendment) { a.Changes = a.Changes[:1] }, "alice", loosened(), nil, three...)
		}, []string{"change: want the lines in which versions 1 and 2 differ, found others (POL-CHANGES)"}},
		{"other lines than those that change", func(v *signertest.Vault) *signertest.Order {
			return v.AmendWith(func(a *quorum.Amendment) { a.Changes[1].Line = "fee-rate-max 299" }, "alice", loosened(), nil, three...)
		}, []string{"change: want the lines in which versions 1 and 2 differ, found others (POL-CHANGES)"}},
		{"a loosening called tightening", func(v *signertest.Vault) *signertest.Order {
			return v.AmendAs(policy.ClassTighten, "alice", loosened(), nil, three...)
		}, []string{"class: want loosen or recovery for these changes, found tighten (POL-CLASS)"}},
		{"a loosening called rekey", func(v *signertest.Vault) *signertest.Order {
			return v.AmendAs(policy.ClassRekey, "alice", loosened(), nil, three...)
		}, []string{"class: want loosen or recovery for these changes, found rekey (POL-CLASS)"}},
		{"an origin that stays called reanchor", func(v *signertest.Vault) *signertest.Order {
			return v.AmendAs(policy.ClassReanchor, "alice", loosened(), nil, three...)
		}, []string{"class: want loosen or recovery for these changes, found reanchor (POL-CLASS)"}},
		{"text left at home", func(v *signertest.Vault) *signertest.Order {
			o := v.Amend(loosened(), nil, three...)
			o.Beside = nil
			return o
		}, []string{"adopt: want the text of version 2, {next}, beside the amendment, found it missing (POL-MISSING)"}},
		{"a version left out", func(v *signertest.Vault) *signertest.Order {
			o := v.AmendWith(func(a *quorum.Amendment) { a.Version = 3 }, "alice", loosened(), nil, three...)
			o.Beside[0].Name = "policy-3.txt"
			return o
		}, []string{"adopt: want version 2, which follows the one in force, found 3 (POL-VERSION)"}},
		{"the version in force again", func(v *signertest.Vault) *signertest.Order {
			return v.AmendWith(func(a *quorum.Amendment) { a.Version, a.Policy = 1, v.Genesis }, "alice", loosened(), nil, three...)
		}, []string{"policy: want a version 2 that an amendment of the bundle asks for, found one that nobody asks for (POL-STALE)"}},
		{"child of another version", func(v *signertest.Vault) *signertest.Order {
			previous := "previous " + v.Genesis.String()
			return v.AmendWith(claimed, "alice", func(p *policy.Policy) (*policy.Policy, error) {
				p, err := loosened()(p)
				if err != nil {
					return nil, err
				}
				return p.Edited(previous, "previous "+strings.Repeat("11", 32))
			}, nil, three...)
		}, []string{"policy: want version 2 after {genesis}, found version 2 after 1111111111111111 (POL-VERSION)"}},
		{"another vault's policy", func(v *signertest.Vault) *signertest.Order {
			return v.AmendWith(claimed, "alice", edited("clock test", "clock full"), nil, three...)
		}, []string{"act loosen: cool: want at least 144, found 0 (POL-FLOOR)", "act loosen: want stamped, found named (POL-FLOOR)",
			"act rekey: cool: want at least 144, found 0 (POL-FLOOR)", "recovery: cool: want at least 1008, found 0 (POL-FLOOR)",
			"recovery: want stamped, found named (POL-FLOOR)",
			"policy: want vault acme-treasury on regtest by clock test, which never change, found acme-treasury on regtest by clock full (POL-VERSION)"}},
		{"two approvals where three are asked", func(v *signertest.Vault) *signertest.Order {
			return v.Amend(loosened(), nil, "bob", "carol")
		}, []string{"approvals: want 3 of group treasury for loosen, found 2 (POL-SEATS)"}},
		{"the maker as third", func(v *signertest.Vault) *signertest.Order {
			return v.Amend(loosened(), nil, "alice", "bob", "carol")
		}, []string{"approvals: want 3 of group treasury for loosen, found 2 (POL-SEATS)"}},
		{"people who could not change it again", func(v *signertest.Vault) *signertest.Order {
			return v.Amend(edited("need small 2 treasury", "need small 3 treasury"), nil, "bob", "carol")
		}, []string{"approvals: want people who could also change version 2, 3 of group treasury among those who approve and consent, found 2 (POL-LOCKOUT)"}},
		{"somebody new who never agreed", func(v *signertest.Vault) *signertest.Order {
			return v.Amend(kateJoins(t, v), nil, three...)
		}, []string{"consent: want one of kate with the new key, found none (POL-CONSENT)"}},
		{"proposed by somebody who may not", func(v *signertest.Vault) *signertest.Order {
			return v.AmendAs(0, "frank", loosened(), nil, three...)
		}, []string{"maker: want an officer who may propose, found frank (SEAT-ROLE)"}},
	} {
		t.Run(c.attack, func(t *testing.T) {
			v := signertest.New(t)
			o := c.make(v)
			s := v.Signer("signer-a")
			next := ""
			if a, ok := o.Body.(quorum.Amendment); ok {
				next = a.Policy.Short()
			}
			for i := range c.want {
				c.want[i] = strings.NewReplacer("{next}", next, "{genesis}", v.Genesis.Short()).Replace(c.want[i])
			}
			told(t, s, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)), c.want...)
			if version, _, _ := s.Machine.State().Head(); version != 1 {
				t.Errorf("want version 1 in force, found %d", version)
			}
		})
	}
}

func TestTwoChangesNeverWaitAtOnce(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("act loosen cool 0 named", "act loosen cool 12 stamped"))
	a, b := v.Signer("signer-a"), v.Signer("signer-b")
	first := v.Amend(loosened(), nil, "bob", "carol", "dave")
	codes(t, a.Begin(v.Bundle(first)))
	second := v.Amend(edited("anchor-age-max 12", "anchor-age-max 13"), nil, "bob", "carol", "dave")
	busy := fmt.Sprintf("amendment: want no other change of class loosen waiting on any signer, found %s; cancel it or wait (POL-BUSY)", first.ID().Short())
	told(t, a, a.Begin(v.Bundle(second)), busy)
	told(t, b, b.Begin(v.Bundle(second)), busy)
	codes(t, a.Release(v.Bundle(v.Decide("grace", quorum.Cancel{Kills: first.ID()}))))
	codes(t, b.Begin(v.Bundle(second)))
}

// A signer that is away holds a recording of a change that took effect long ago.
// It waits for nothing any more.
func TestLateSignersRecordingBarsNobody(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("act loosen cool 0 named", "act loosen cool 12 stamped"))
	first := v.Amend(loosened(), nil, "bob", "carol", "dave")
	for _, s := range v.Signers {
		codes(t, s.Begin(v.Bundle(first)))
	}
	v.Chain.Mine(12)
	for _, s := range v.Signers[:2] {
		codes(t, s.Release(append(v.Bundle(first), v.Clear("frank", first.Proposal)...)))
	}
	v.Adopted(first)
	second := v.Amend(edited("anchor-age-max 12", "anchor-age-max 13"), nil, "bob", "carol", "dave")
	codes(t, v.Signer("signer-a").Begin(v.Bundle(second)))
}

func TestTighteningTwiceWithinSixHours(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	first := v.Amend(tightened(), nil, "bob", "carol")
	codes(t, s.Release(v.Bundle(first)))
	v.Adopted(first)
	v.Chain.Mine(35)
	second := v.Amend(edited("fee-rate-max 299", "fee-rate-max 298"), nil, "bob", "carol")
	told(t, s, s.Release(v.Bundle(second)), "amendment: want 36 credits since the last tightening, found 35 (POL-BUSY)")
	v.Chain.Mine(1)
	codes(t, s.Release(v.Bundle(second)))
}

// Officers signed two changes and one is in force. The other is of no use any
// more, however many signed it; carrying it about stops nobody.
func TestSecondChildThatNobodyAdoptedIsStale(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin)
	s := v.Signer("signer-a")
	first := v.Amend(loosened(), nil, "bob", "carol", "dave")
	second := v.Amend(edited("fee-rate-max 300", "fee-rate-max 302"), nil, "bob", "carol", "dave")
	codes(t, s.Release(append(v.Bundle(first), v.Clear("frank", first.Proposal)...)))
	told(t, s, s.Release(v.Bundle(second)), fmt.Sprintf("policy: want version 2 %s, found 1 %s; propose again under the policy in force (POL-STALE)",
		first.Body.(quorum.Amendment).Policy.Short(), v.Genesis.Short()))
	v.Adopted(first)
	s.MustRelease(v.Bundle(v.Order()))
}

// A second child without the signatures is no fork, only late.
func TestSecondChildWithoutItsSeatsIsStale(t *testing.T) {
	v := signertest.New(t)
	s := v.Signer("signer-a")
	first := v.Amend(loosened(), nil, "bob", "carol", "dave")
	second := v.Amend(edited("fee-rate-max 300", "fee-rate-max 302"), nil, "bob", "carol")
	codes(t, s.Release(append(v.Bundle(first), v.Clear("frank", first.Proposal)...)))
	told(t, s, s.Release(v.Bundle(second)), fmt.Sprintf("policy: want version 2 %s, found 1 %s; propose again under the policy in force (POL-STALE)",
		first.Body.(quorum.Amendment).Policy.Short(), v.Genesis.Short()))
	if _, yes := s.Machine.State().Quarantined(); yes {
		t.Error("want the signer at work, found it in quarantine")
	}
}

// Two signers adopted different policies: whoever sees both logs stops, whatever
// it was asked. A resync by twice the people ends it.
func TestForkInAnotherSignersLogStopsTheSigner(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("role propose treasury", "role propose treasury watch"),
		signertest.WithLine("group watch frank grace", "group watch alice frank grace"))
	v.Fund(coin, coin)
	a, b := v.Signer("signer-a"), v.Signer("signer-b")
	first := v.Amend(loosened(), nil, "bob", "carol", "dave")
	second := v.Amend(edited("fee-rate-max 300", "fee-rate-max 302"), nil, "bob", "carol", "dave")
	before := append(v.Bundle(second), v.Clear("frank", second.Proposal)...)
	codes(t, a.Release(append(v.Bundle(first), v.Clear("frank", first.Proposal)...)))
	codes(t, b.Release(before))
	v.Adopted(first)
	hash := func(o *signertest.Order) string { return o.Body.(quorum.Amendment).Policy.Short() }
	fork := fmt.Sprintf("policy: want one version 2 everywhere, found %s here and %s in another signer's log (POL-FORK)", hash(first), hash(second))
	told(t, a, a.Release(v.Bundle(v.Order())), fork)
	resync := func(approve ...text.ID) *signertest.Order {
		seen := v.Seen()[0]
		head := record.LogHead{Size: seen.Size, Root: seen.Root}
		return v.Decide("grace", quorum.Resync{Device: "signer-a", From: head, To: head}, approve...)
	}
	few := resync("bob", "carol", "dave", "erin")
	told(t, a, a.Release(append(v.Bundle(few), v.Clear("frank", few.Proposal)...)), "approvals: want 2 of group recovery for fork, found 1 (SEAT-SHORT)")
	all := resync("alice", "bob", "carol", "dave", "erin")
	told(t, a, a.Release(v.Bundle(all)), "clearances: want 1 of group watch for fork, by people without a seat, found 0 (CLR-MISSING)")
	codes(t, a.Release(append(v.Bundle(all), v.Clear("frank", all.Proposal)...)))
	a.MustRelease(v.Bundle(v.Order()))
}

// Approvals of a policy that is no more.
func TestApprovalsDieWhenTheRulesAreLoosened(t *testing.T) {
	v := signertest.New(t)
	v.Fund(coin, coin)
	s, order := v.Signer("signer-a"), v.Order()
	o := v.Amend(loosened(), nil, "bob", "carol", "dave")
	codes(t, s.Release(append(v.Bundle(o), v.Clear("frank", o.Proposal)...)))
	next := o.Body.(quorum.Amendment).Policy.Short()
	told(t, s, s.Release(v.Bundle(order)), fmt.Sprintf("policy: want version 2 %s, found 1 %s; propose again under the policy in force (POL-STALE)", next, v.Genesis.Short()))
	v.Adopted(o)
	told(t, v.Signer("signer-b"), v.Signer("signer-b").Release(v.Bundle(v.Order())), "policy: want version 1, which this machine holds, found 2; carry the newer policy first (POL-BEHIND)")
}

// Both versions have to pass: a tightening takes away what it takes away, and
// leaves the rest of what is signed alive.
func TestWithdrawalSurvivesATighteningThatItPasses(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		want           []string
	}{
		{"a limit that it keeps", "velocity 50.00000000 rBTC window 1008", "velocity 40.00000000 rBTC window 1008", nil},
		{"a limit that it breaks", "velocity 50.00000000 rBTC window 1008", "velocity 0.50000000 rBTC window 1008",
			[]string{"velocity: want at most 0.50000000 rBTC in 1008 blocks, found 0.50010000 rBTC with this withdrawal (LIM-VELOCITY)"}},
		{"a seat more", "need small 2 treasury", "need small 3 treasury", []string{"approvals: want 3 of group treasury for tier small, found 2 (SEAT-SHORT)"}},
		{"a checker in conflict", "conflict none", "conflict exchange-hot carol", []string{"approvals: want 2 of group treasury for tier small, found 1 (SEAT-SHORT)"}},
		{"a shorter life", "expiry-max 2016", "expiry-max 143", []string{"expires: want at most height 154 under this policy, found 155 (CLK-EXPIRY-LONG)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := signertest.New(t)
			v.Fund(coin)
			s, order := v.Signer("signer-a"), v.Order()
			o := v.Amend(edited(c.from, c.to), nil, "bob", "carol", "dave")
			codes(t, s.Release(v.Bundle(o)))
			told(t, s, s.Release(v.Bundle(order)), c.want...)
		})
	}
}

// keyOf returns an officer's n-th key.
func keyOf(v *signertest.Vault, officer text.ID, n int) sshsig.Key {
	return v.Officers[officer].Keys[n].Key()
}

// filled puts values in the place of the names in braces.
func filled(s string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(s) }
