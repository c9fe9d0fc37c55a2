package signertest

import (
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/text"
)

// Change makes the next version of a policy.
type Change func(*policy.Policy) (*policy.Policy, error)

// Amend proposes the next version of the policy: alice asks, the officers given
// approve, and those in consents consent to it. The class is the computed one.
// The vault's policy stays as it is; see Adopted.
func (v *Vault) Amend(change Change, consents []text.ID, approve ...text.ID) *Order {
	v.t.Helper()
	return v.AmendAs(0, "alice", change, consents, approve...)
}

// AmendAs is Amend with a class to claim, 0 for the computed one, and a maker.
func (v *Vault) AmendAs(class policy.Class, maker text.ID, change Change, consents []text.ID, approve ...text.ID) *Order {
	v.t.Helper()
	return v.AmendWith(func(a *quorum.Amendment) {
		if class != 0 {
			a.Class = class
		}
	}, maker, change, consents, approve...)
}

// AmendWith is AmendAs with an amendment that is spoiled before it is signed.
func (v *Vault) AmendWith(spoil func(*quorum.Amendment), maker text.ID, change Change, consents []text.ID, approve ...text.ID) *Order {
	v.t.Helper()
	next, err := v.Policy.Next()
	v.must(err)
	next, err = change(next)
	v.must(err)
	a := quorum.Amendment{Version: next.Version, Policy: next.Hash(), Changes: policy.Changes(v.Policy, next)}
	if diff, err := policy.Compare(v.Policy, next); err == nil {
		a.Class = diff.Class
	}
	spoil(&a)
	o := v.Decide(maker, a, approve...)
	name := quorum.PolicyName(next.Version)
	o.Beside = append(o.Beside, quorum.File{Name: name + ".txt", Bytes: next.Bytes()})
	for _, c := range consents {
		o.Beside = append(o.Beside, SignatureFile(v.Sign(c, quorum.Consent, next.Bytes())))
	}
	return o
}

// Adopted makes an amendment's policy the one that the vault's next proposals
// name.
func (v *Vault) Adopted(o *Order) {
	v.t.Helper()
	a, ok := o.Body.(quorum.Amendment)
	if !ok {
		v.t.Fatalf("signertest: want an amendment, found a %s", o.Kind())
	}
	name := quorum.PolicyName(a.Version) + ".txt"
	for _, f := range o.Beside {
		if f.Name == name {
			v.PolicyText = f.Bytes
		}
	}
	var err error
	v.Policy, err = policy.Parse(v.PolicyText)
	v.must(err)
}

// Decide proposes anything that moves no coins, signed by its maker and approved
// by the officers given.
func (v *Vault) Decide(maker text.ID, body quorum.Body, approve ...text.ID) *Order {
	v.t.Helper()
	p := v.Ask(maker, body)
	return &Order{Proposal: p, Signatures: v.Approve(p, approve...)}
}

// Clear returns a watcher's clearance of a proposal, as of now, and its
// signature.
func (v *Vault) Clear(watcher text.ID, p *quorum.Proposal) []quorum.File {
	v.t.Helper()
	h := v.Head(watcher)
	b, err := quorum.Clearance{Vault: h.Vault, Network: h.Network, Genesis: h.Genesis, Proposal: p.ID(), Block: h.Block, Seen: h.Seen, Watcher: watcher}.Bytes()
	v.must(err)
	return []quorum.File{
		{Name: quorum.ClearancePrefix + text.Identity(b).Short() + ".txt", Bytes: b},
		SignatureFile(v.Sign(watcher, quorum.Clear, b)),
	}
}
