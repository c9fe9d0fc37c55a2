package main

import (
	"errors"
	"fmt"
	"io/fs"

	"strongroom/custody"
	"strongroom/custody/auditlog"
	"strongroom/custody/headers"
	"strongroom/quorum"
	"strongroom/quorum/policy"
	"strongroom/quorum/record"
	"strongroom/quorum/text"
)

// view is what the desk knows of one vault: the same things that a signer
// judges by, gathered from the registry. The desk has no log of its own.
type view struct {
	policy *policy.Policy
	chain  *headers.Chain
	logs   []quorum.LogFile
}

// view gathers the policy, the header chain and every signer's newest log.
func (d *desk) view() (*view, error) {
	p, err := d.policy()
	if err != nil {
		return nil, err
	}
	c, err := d.chain(p)
	if err != nil {
		return nil, err
	}
	logs, err := d.logs(p)
	if err != nil {
		return nil, err
	}
	return &view{policy: p, chain: c, logs: logs}, nil
}

// logs returns the newest log of each signer that the registry holds. A signer
// whose log never came is left out.
func (d *desk) logs(p *policy.Policy) ([]quorum.LogFile, error) {
	var logs []quorum.LogFile
	for _, dev := range p.Devices {
		v, err := auditlog.ParseVerifier(dev.Verifier)
		if err != nil {
			return nil, fmt.Errorf("signer %s: %w", dev.ID, err)
		}
		_, checkpoint, entries, err := d.reg.Log(v, dev.ID)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("signer %s: %w", dev.ID, err)
		}
		logs = append(logs, quorum.LogFile{Device: dev.ID, Checkpoint: checkpoint, Entries: entries})
	}
	return logs, nil
}

// world is what the desk judges by. It grants nothing: only signers release.
func (v *view) world() quorum.World {
	return quorum.World{Policy: v.policy, Genesis: v.policy.Hash(), State: record.NewState(v.policy.Network), Chain: v.chain}
}

// submission gathers a proposal and everything signed about it.
func (d *desk) submission(v *view, id text.Hash) (quorum.Submission, error) {
	b, err := d.reg.Text(id)
	if err != nil {
		return quorum.Submission{}, err
	}
	sigs, odd, err := d.reg.SignatureFiles(v.policy, id, id.Short())
	if err != nil {
		return quorum.Submission{}, err
	}
	for _, s := range odd {
		d.world.Warnf("%s", s)
	}
	descriptors, err := d.descriptors(v.policy)
	if err != nil {
		return quorum.Submission{}, err
	}
	return quorum.Submission{Text: b, Signatures: sigs, Logs: v.logs, Descriptors: descriptors}, nil
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
