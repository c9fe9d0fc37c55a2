package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"strongroom/custody"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// view is what the desk knows of one vault: the same things that a signer
// judges by, gathered from the registry. The desk has no log of its own.
type view struct {
	policies *quorum.Policies // the policy chain as the signers have it
	policy   *policy.Policy   // its head
	chain    *headers.Chain
	signers  []signerLog // of every signer whose log came, also of former ones

	clearances map[text.Hash][]quorum.Signed // by proposal; nil before they are asked for
	beside     *beside                       // what bundles carry beside their order; nil before it is asked for
	brakes     []brake                       // freezes and cancellations; nil before they are asked for
	coming     map[string]*quorum.LogFile    // by log key: of signers that only versions not yet in force list

	texts func(text.Hash) ([]byte, error) // reads one text of the registry
}

// view gathers the policy chain, the header chain and every signer's newest log.
func (d *desk) view() (*view, error) {
	first, err := d.policy()
	if err != nil {
		return nil, err
	}
	c, err := d.chain(first)
	if err != nil {
		return nil, err
	}
	v := &view{policies: quorum.NewPolicies(first), policy: first, chain: c, texts: d.reg.Text}
	for {
		known := v.policy.Version
		if err := d.readLogs(v); err != nil {
			return nil, err
		}
		if err := d.follow(v); err != nil {
			return nil, err
		}
		if v.policy.Version == known {
			return v, nil
		}
	}
}

// versions returns every version of the policy that the signers' logs in the
// registry have adopted, the one in force first.
func (d *desk) versions() ([]*policy.Policy, error) {
	v, err := d.view()
	if err != nil {
		return nil, err
	}
	var out []*policy.Policy
	for _, x := range slices.Backward(v.policies.Versions()) {
		out = append(out, x.Policy)
	}
	return out, nil
}

// inForce returns the policy in force, as the signers' logs in the registry have
// it: the first, until one of them has adopted another.
func (d *desk) inForce() (*policy.Policy, error) {
	v, err := d.view()
	if err != nil {
		return nil, err
	}
	return v.policy, nil
}

// world is what the desk judges by. It grants nothing: only signers release.
func (v *view) world() quorum.World {
	return quorum.World{Policies: v.policies, State: record.NewState(v.policy.Network), Chain: v.chain}
}

// submission gathers a proposal and everything signed about it.
func (d *desk) submission(v *view, id text.Hash) (quorum.Submission, error) {
	s, err := d.submissionUnder(v, id)
	if err != nil {
		return s, err
	}
	s.Descriptors, err = d.descriptors(v.policy)
	return s, err
}

// submissionUnder is submission without the destinations' descriptors.
func (d *desk) submissionUnder(v *view, id text.Hash) (quorum.Submission, error) {
	b, err := d.reg.Text(id)
	if err != nil {
		return quorum.Submission{}, err
	}
	s := quorum.Submission{Text: b, Logs: v.logs()}
	if s.Signatures, err = d.signaturesOn(id, id.Short(), v.rosters(b)...); err != nil {
		return s, err
	}
	p, err := quorum.ParseProposal(b)
	if err != nil {
		return s, nil // the judgement tells
	}
	switch body := p.Body.(type) {
	case quorum.Amendment:
		if s.Next, err = d.next(body); err == nil {
			s.Logs, err = d.withNew(v, s.Next.Policy)
		}
	case quorum.Cancel:
		s.Target, err = d.reg.Text(body.Kills)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return s, err
	}
	s.Clearances, err = d.clearances(v, id)
	return s, err
}

// descriptors returns those of the policy's wallets and destinations that the
// registry holds.
func (d *desk) descriptors(p *policy.Policy) ([]*custody.Descriptor, error) {
	var out []*custody.Descriptor
	for _, h := range descriptorHashes(p) {
		b, err := d.reg.Descriptor(h)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		desc, err := custody.ParseDescriptorFile(d.network, b)
		if err != nil {
			return nil, fmt.Errorf("descriptor %s: %w", h.Short(), err)
		}
		out = append(out, desc)
	}
	return out, nil
}

func descriptorHashes(p *policy.Policy) []text.Hash {
	var out []text.Hash
	for _, w := range p.Wallets {
		out = append(out, w.Descriptor)
	}
	for _, t := range p.Destinations {
		if t.ByDescriptor() {
			out = append(out, t.Descriptor)
		}
	}
	return out
}

// wallet returns the descriptor of one of the policy's wallets.
func (d *desk) wallet(p *policy.Policy, id text.ID) (*custody.Descriptor, error) {
	w, ok := p.Wallet(id)
	if !ok {
		return nil, fmt.Errorf("wallet: want one of policy %d, found %s", p.Version, id)
	}
	b, err := d.reg.Descriptor(w.Descriptor)
	if err != nil {
		return nil, fmt.Errorf("wallet %s: %w", id, err)
	}
	return custody.ParseDescriptorFile(d.network, b)
}
