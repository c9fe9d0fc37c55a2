package policy

import (
	"fmt"

	"strongroom/quorum/text"
)

// Unfilled lists, as sentences, what a draft still needs before it is a policy;
// nothing for a complete one.
func (p *Policy) Unfilled() []string {
	var out []string
	missing := func(have int, sentence string) {
		if have == 0 {
			out = append(out, sentence)
		}
	}
	missing(len(p.Wallets), "wallet: want at least one, found none")
	missing(len(p.Cosigners), "cosigner: want those of every wallet, found none")
	missing(len(p.Devices), "device: want at least one, found none")
	missing(len(p.Officers), "officer: want at least one, found none")
	for _, o := range p.Officers {
		missing(len(p.Keys(o.ID)), fmt.Sprintf("signer: want at least one key of %s, found none", o.ID))
	}
	for _, g := range p.Groups {
		missing(len(g.Members), fmt.Sprintf("group %s: want at least %d members, found none", g.ID, p.wantMembers(g.ID)))
	}
	return out
}

// wantMembers returns how many members the group needs for the floors to hold
// in every tier and act, and for nobody to be indispensable: where somebody's
// keys are replaced, one more than the floor.
func (p *Policy) wantMembers(group text.ID) int {
	want := 1
	for _, s := range p.sittings() {
		for _, n := range append(s.needs, s.clears...) {
			if n.Group == group {
				want = max(want, n.Seats+s.maker.extra(p.mayPropose(group)))
				if s.maker == replaced {
					want = max(want, n.Seats+s.maker.extra(false)+spare)
				}
			}
		}
	}
	return want
}
