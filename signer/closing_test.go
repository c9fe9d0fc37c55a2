package signer_test

import (
	"fmt"
	"testing"

	"strongroom/quorum/policy"
	"strongroom/signer/signertest"
)

// Three officers let everybody's term end tomorrow, and call it a tightening:
// nothing would wait, and nobody could ever decide anything again.
func TestTermsCannotCloseTheVaultForEver(t *testing.T) {
	v := signertest.New(t, signertest.WithLine("act loosen cool 0 named", "act loosen cool 12 named"))
	ending := func(p *policy.Policy) (*policy.Policy, error) {
		var err error
		for _, o := range p.Officers {
			if p, err = p.Edited(fmt.Sprintf("term %s none", o.ID), fmt.Sprintf("term %s %d", o.ID, v.Chain.Tip().Height+20)); err != nil {
				return nil, err
			}
		}
		return p, nil
	}
	a := v.Signer("signer-a")
	tight := v.AmendAs(policy.ClassTighten, "alice", ending, nil, "bob", "dave", "erin")
	codes(t, a.Release(v.Bundle(tight)), "POL-CLASS")
	loose := v.Amend(ending, nil, "bob", "dave", "erin")
	codes(t, a.Begin(v.Bundle(loose)))
	v.Chain.Mine(12) // nobody could change it back in time
	codes(t, a.Release(append(v.Bundle(loose), v.Clear("frank", loose.Proposal)...)), "POL-LOCKOUT")
	if version, _, _ := a.Machine.State().Head(); version != 1 {
		t.Errorf("want version 1 in force still, found %d", version)
	}
}
