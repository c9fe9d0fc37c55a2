package main

import (
	"errors"
	"io/fs"
	"runtime"
	"slices"

	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/registry"
	"strongroom/quorum/text"
)

// follow builds the policy chain as the signers have it: from the first version
// on, every amendment that a signer's log says was adopted, if it has every
// signature, seat and consent that it takes. When a change takes effect is
// decided by signers alone; the desk follows the first of them.
func (d *desk) follow(v *view) error {
	var steps []quorum.Step
	for head := v.policies.Head(); head != nil; {
		adopted, at, ok := v.nextAdopted(head.Version)
		if !ok {
			break
		}
		sub, err := d.adoption(v, head, adopted.ID)
		if errors.Is(err, fs.ErrNotExist) {
			d.world.Warnf("policy %d: want the amendment %s that a signer adopted in the registry, found none; receive it", adopted.Version, adopted.ID.Short())
			break
		}
		if err != nil {
			return err
		}
		steps = append(steps, quorum.Step{Submission: sub, At: at})
		head, _ = policy.Parse(sub.Next.Policy) // without it the judgement tells
	}
	from := v.policies.Head().Version
	var report quorum.Report
	if v.policies, report = quorum.Follow(v.world(), steps, runtime.GOMAXPROCS(0)); len(report.Reasons) > 0 {
		d.world.Warnf("policy %d: a signer adopted it, but %s", v.policies.Head().Version+1, report.Reasons[0])
	}
	v.policy = v.policies.Head()
	if v.policy.Version > from {
		v.clearances = nil // they are signed by another roster now
	}
	return nil
}

// adoption gathers an amendment of one version with its signatures and what
// travels with it.
func (d *desk) adoption(v *view, head *policy.Policy, id text.Hash) (quorum.Submission, error) {
	b, err := d.reg.Text(id)
	if err != nil {
		return quorum.Submission{}, err
	}
	s := quorum.Submission{Text: b, Logs: v.logs()}
	if s.Signatures, err = d.signaturesOn(id, id.Short(), head); err != nil {
		return s, err
	}
	if p, err := quorum.ParseProposal(b); err == nil {
		if a, ok := p.Body.(quorum.Amendment); ok {
			if s.Next, err = d.next(a); err == nil {
				s.Logs, err = d.withNew(v, head.Bytes(), s.Next.Policy)
			}
			return s, err
		}
	}
	return s, nil
}

// nextAdopted returns what the logs say followed a version of the policy, and the
// newest tip at which a signer adopted it.
func (v *view) nextAdopted(version uint64) (a record.Adoption, at record.Tip, ok bool) {
	for _, s := range v.signers {
		x, adopted := s.state.Adoption(version + 1)
		if !adopted || ok && x.Policy != a.Policy {
			continue
		}
		if !ok || x.Tip.Height > at.Height {
			at = x.Tip
		}
		a, ok = x, true
	}
	return a, at, ok
}

// rosters returns the policies by which the signatures on a text may be read:
// the one that it names, where it is a proposal, and the one in force.
func (v *view) rosters(b []byte) []*policy.Policy {
	out := []*policy.Policy{v.policies.Head()}
	if p, err := quorum.ParseProposal(b); err == nil {
		if named, ok := v.policies.At(p.PolicyVersion); ok && named.Policy != out[0] {
			out = append(out, named.Policy)
		}
	}
	return out
}

// signaturesOn returns the signatures on a text as a bundle holds them under
// name, each once, whichever of the rosters knows its key.
func (d *desk) signaturesOn(on text.Hash, name string, rosters ...*policy.Policy) ([]quorum.SignatureFile, error) {
	var out []quorum.SignatureFile
	var odd []string
	for _, p := range rosters {
		sigs, notes, err := d.reg.SignatureFiles(p, on, name)
		if err != nil {
			return nil, err
		}
		for _, s := range sigs {
			same := func(o quorum.SignatureFile) bool { return o.Name() == s.Name() && slices.Equal(o.Bytes, s.Bytes) }
			if !slices.ContainsFunc(out, same) {
				out = append(out, s)
			}
		}
		odd = notes
	}
	if len(rosters) == 1 {
		for _, s := range odd {
			d.world.Warnf("%s", s)
		}
	}
	return out, nil
}

// next gathers what travels with an amendment: the policy, the consents to it
// and the annexes that it names. What is missing is left out, and missed by the
// judgement.
func (d *desk) next(a quorum.Amendment) (quorum.Next, error) {
	b, err := d.reg.Text(a.Policy)
	if errors.Is(err, fs.ErrNotExist) {
		return quorum.Next{}, nil
	}
	if err != nil {
		return quorum.Next{}, err
	}
	p, err := policy.Parse(b)
	if err != nil {
		return quorum.Next{Policy: b}, nil
	}
	consents, err := d.signaturesOn(a.Policy, quorum.PolicyName(a.Version), p)
	if err != nil {
		return quorum.Next{}, err
	}
	annexes, err := annexesOf(d.reg, p)
	return quorum.Next{Policy: b, Consents: consents, Annexes: annexes}, err
}

// annexesOf returns the texts that a policy names, those that the registry has.
func annexesOf(reg *registry.Registry, p *policy.Policy) ([][]byte, error) {
	var out [][]byte
	for _, a := range p.Annexes {
		b, err := reg.Text(a.Hash)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// clearances returns the watchers' statements about a proposal, with their
// signatures.
func (d *desk) clearances(v *view, proposal text.Hash) ([]quorum.Signed, error) {
	if v.clearances == nil {
		if err := d.readClearances(v); err != nil {
			return nil, err
		}
	}
	return v.clearances[proposal], nil
}

// readClearances reads every clearance of the registry, once for a view.
func (d *desk) readClearances(v *view) error {
	v.clearances = map[text.Hash][]quorum.Signed{}
	all, err := d.reg.Texts()
	if err != nil {
		return err
	}
	for _, h := range all {
		b, err := d.reg.Text(h)
		if err != nil {
			return err
		}
		if t, ok := text.TypeOf(b); !ok || t != text.Clearance {
			continue
		}
		c, err := quorum.ParseClearance(b)
		if err != nil {
			d.world.Warnf("clearance %s: %v", h.Short(), err)
			continue
		}
		sigs, err := d.signaturesOn(h, quorum.ClearancePrefix+h.Short(), v.policies.Head())
		if err != nil {
			return err
		}
		v.clearances[c.Proposal] = append(v.clearances[c.Proposal], quorum.Signed{Text: b, Signatures: sigs})
	}
	return nil
}
