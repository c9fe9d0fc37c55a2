package main

import (
	"testing"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
	"strongroom/signer/signertest"
)

// pastOf makes a withdrawal that bob and carol approved, with so many credits of
// work on the block at which it was released.
func pastOf(v *signertest.Vault, above uint64, edits ...signertest.Edit) past {
	p := v.Propose(edits...)
	return past{proposal: p, root: p.ID(), above: above, released: true, approve: []text.ID{"bob", "carol"}}
}

// ruled returns the vault's policy with lines in the place of others.
func ruled(t *testing.T, p *policy.Policy, lines ...string) *policy.Policy {
	t.Helper()
	for i := 0; i+1 < len(lines); i += 2 {
		var err error
		if p, err = p.Edited(lines[i], lines[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// What was released within a window counts with what is asked for, work and not
// time decides what lies in it, and a line of replacements counts once.
func TestSimulationCountsWhatWasReleasedBefore(t *testing.T) {
	v := signertest.New(t)
	half := signertest.Pay(v.To("exchange-hot", coin/2))
	capped := ruled(t, v.Policy, "velocity 50.00000000 rBTC window 1008", "velocity 0.75000000 rBTC window 100")
	first := pastOf(v, 100, half)
	tests := []struct {
		name   string
		policy *policy.Policy
		asked  past
		before []past
		want   string
	}{
		{"alone", v.Policy, pastOf(v, 0, half), nil, "tier small, 2 of treasury"},
		{"after another in the tier's window", v.Policy, pastOf(v, 0, half), []past{first},
			"refused, approvals: want 3 of group treasury for tier large, found 2 (SEAT-SHORT)"},
		{"after another before the tier's window", v.Policy, pastOf(v, 0, half), []past{pastOf(v, 144, half)}, "tier small, 2 of treasury"},
		{"velocity, in the window", capped, pastOf(v, 1, signertest.Pay(v.To("exchange-hot", coin/2))), []past{first},
			"refused, velocity: want at most 0.75000000 rBTC in 100 blocks, found 1.00020000 rBTC with this withdrawal (LIM-VELOCITY)"},
		{"velocity, just out of it", ruled(t, capped, "tier small below 1.00000000 rBTC window 144 cool 0 named", "tier small below 2.00000000 rBTC window 144 cool 0 named"),
			pastOf(v, 0, half), []past{first}, "tier small, 2 of treasury"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if got := (trial{c.policy, c.before}).judge(c.asked).String(); got != c.want {
				t.Errorf("want %q, found %q", c.want, got)
			}
		})
	}
	again := pastOf(v, 0, half)
	again.root = first.root
	if got := (trial{v.Policy, []past{first}}).judge(again).Code; got != "" {
		t.Errorf("want a replacement to count once, found %s", got)
	}
}

// Each ground for a refusal, in full.
func TestSimulationRefuses(t *testing.T) {
	v := signertest.New(t)
	asked := pastOf(v, 0)
	own := asked
	own.approve = []text.ID{"alice", "bob"}
	gone, err := v.Policy.RemoveDestination("exchange-hot")
	if err != nil {
		t.Fatal(err)
	}
	moved, err := gone.AddDestination(policy.Destination{Label: "exchange-hot", Address: signertest.Address(t, "elsewhere"), Cap: coin, Window: 144})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		policy *policy.Policy
		asked  past
		want   quorum.Code
	}{
		{"the maker approves", v.Policy, own, quorum.SeatShort},
		{"the payee is gone", gone, asked, quorum.DestUnknown},
		{"the payee has another address", moved, asked, quorum.DestAddress},
		{"the maker may no longer", ruled(t, v.Policy, "role propose treasury", "role propose recovery"), asked, quorum.SeatRole},
		{"the cap is lower", ruled(t, v.Policy, "destination exchange-hot address "+signertest.Address(t, "exchange-hot").String()+" cap 20.00000000 rBTC window 1008",
			"destination exchange-hot address "+signertest.Address(t, "exchange-hot").String()+" cap 0.25000000 rBTC window 1008"), asked, quorum.LimDestination},
		{"nobody may take as much", ruled(t, v.Policy, "tier small below 1.00000000 rBTC window 144 cool 0 named", "tier small below 0.20000000 rBTC window 144 cool 0 named",
			"tier large below 50.00000000 rBTC window 1008 cool 0 named", "tier large below 0.40000000 rBTC window 1008 cool 0 named"), asked, quorum.LimTier},
		{"somebody has to clear", ruled(t, v.Policy, "need small 2 treasury", "need small 2 treasury\nclear small 1 watch"), asked, quorum.ClrMissing},
		{"nothing", v.Policy, asked, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if got := (trial{policy: c.policy}).judge(c.asked); got.Code != c.want {
				t.Errorf("want %q, found %s", c.want, got)
			}
		})
	}
}
